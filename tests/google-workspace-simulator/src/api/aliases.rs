//! users.aliases.list and groups.aliases.list.

use axum::extract::Path;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::asked::Asked;
use super::call::{self, Refused};
use super::users::no_such_person;
use super::{groups, methods};
use crate::directory::draft::etag;
use crate::push::Event;
use crate::schema;

/// `GET admin/directory/v1/users/{userKey}/aliases`
pub(crate) async fn of_user(asked: Asked, Path(key): Path<String>) -> Response {
    asked.respond(answer_user(&asked, &key))
}

fn answer_user(asked: &Asked, key: &str) -> Result<Value, Refused> {
    let caller = asked.admit(&methods::USERS_ALIASES_LIST)?;
    let mask = asked.params.mask(&schema::ALIASES)?;
    asked.params.one_of("event", &Event::OF_ALIASES)?;
    caller.require_admin()?;
    let directory = asked.workspace.directory();
    let user = directory
        .find(key)
        .ok_or_else(|| no_such_person(&directory, key))?;
    let aliases = user.aliases().into_iter();
    let shown: Vec<_> = aliases
        .map(|alias| show(&user.id(), &user.primary_email(), &alias))
        .collect();
    Ok(call::plain_list(
        "admin#directory#aliases",
        &mask,
        "aliases",
        &shown,
        None,
    ))
}

/// `GET admin/directory/v1/groups/{groupKey}/aliases`
pub(crate) async fn of_group(asked: Asked, Path(key): Path<String>) -> Response {
    asked.respond(answer_group(&asked, &key))
}

fn answer_group(asked: &Asked, key: &str) -> Result<Value, Refused> {
    let caller = asked.admit(&methods::GROUPS_ALIASES_LIST)?;
    let mask = asked.params.mask(&schema::ALIASES)?;
    caller.require_admin()?;
    let directory = asked.workspace.directory();
    let group = groups::find(&directory, key)?;
    let aliases = group.resource.get("aliases").and_then(Value::as_array);
    let texts = aliases.into_iter().flatten().filter_map(Value::as_str);
    let shown: Vec<_> = texts.map(|alias| show(&group.id, &group.email, alias)).collect();
    Ok(call::plain_list(
        "admin#directory#aliases",
        &mask,
        "aliases",
        &shown,
        None,
    ))
}

/// The `Alias` resource.
fn show(id: &str, primary: &str, alias: &str) -> Map<String, Value> {
    let fields = [
        ("kind", json!("admin#directory#alias")),
        ("id", id.into()),
        ("etag", etag(&(id, alias)).into()),
        ("alias", alias.into()),
        ("primaryEmail", primary.into()),
    ];
    fields
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}
