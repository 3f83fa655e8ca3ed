//! members.list, members.get and members.hasMember.

use std::borrow::Cow;

use axum::extract::Path;
use axum::response::Response;
use serde_json::{Value, json};

use super::asked::Asked;
use super::call::{self, Refused};
use super::groups::{PAGE, find};
use super::methods;
use super::paging;
use super::params::Params;
use crate::answers::ApiError;
use crate::directory::Directory;
use crate::directory::groups::{Group, Member};
use crate::directory::shelf::Place;
use crate::directory::user::User;
use crate::schema;
use crate::workspace::Workspace;

/// With the switch on, every so many derived members are missing.
const LOST: usize = 3;

/// `GET admin/directory/v1/groups/{groupKey}/members`
pub(crate) async fn list(asked: Asked, Path(key): Path<String>) -> Response {
    let answer = answer_list(&asked, &key);
    asked.respond(answer)
}

fn answer_list(asked: &Asked, key: &str) -> Result<Value, Refused> {
    let caller = asked.admit(&methods::MEMBERS_LIST)?;
    let mask = asked.params.mask(&schema::MEMBERS)?;
    let size = paging::max_results(&asked.workspace, &asked.params, &PAGE)?;
    let roles = roles(&asked.params)?;
    let derived = asked
        .params
        .one_of("includeDerivedMembership", &[("true", true), ("false", false)])?;
    let token = paging::token(&asked.workspace, &asked.path, &asked.params)?;
    caller.require_admin()?;
    let directory = asked.workspace.directory();
    let group = find(&directory, key)?;
    let after = token.after.as_ref();
    let members = if derived == Some(true) {
        derived_members(&asked.workspace, &directory, group, after)
    } else {
        group.members.after(after)
    };

    let matching = members
        .filter(|member| directory.counts(member))
        .filter(|member| roles.is_empty() || roles.contains(&member.role()));
    let (page, more) = paging::take(matching, size);
    let next = page
        .last()
        .filter(|_| more)
        .map(|last| paging::next(&asked.workspace, &token, last.place()));
    let shown: Vec<_> = page
        .iter()
        .map(|member| directory.member_resource(member))
        .collect();
    Ok(call::list_without(
        &["delivery_settings"],
        "admin#directory#members",
        &mask,
        ("members", &shown),
        next,
    ))
}

fn roles(params: &Params) -> Result<Vec<&str>, ApiError> {
    let roles: Vec<&str> = params
        .get("roles")
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|role| !role.is_empty())
        .collect();
    if roles
        .iter()
        .all(|role| ["OWNER", "MANAGER", "MEMBER"].contains(role))
    {
        Ok(roles)
    } else {
        Err(ApiError::invalid_input())
    }
}

fn derived_members<'a>(
    workspace: &Workspace,
    directory: &'a Directory,
    group: &'a Group,
    after: Option<&'a Place>,
) -> Box<dyn Iterator<Item = Cow<'a, Member>> + 'a> {
    if !workspace.switches().incomplete_derived_membership {
        return Box::new(directory.derived_members(group, after));
    }
    let kept = directory
        .derived_members(group, None)
        .enumerate()
        .filter(|(index, _)| index % LOST != LOST - 1);
    let kept = kept.map(|(_, member)| member);
    Box::new(kept.skip_while(move |member| after.is_some_and(|after| member.place() <= *after)))
}

/// `GET admin/directory/v1/groups/{groupKey}/members/{memberKey}`
pub(crate) async fn get(asked: Asked, Path((group, member)): Path<(String, String)>) -> Response {
    asked.respond(answer_get(&asked, &group, &member))
}

fn answer_get(asked: &Asked, group: &str, member: &str) -> Result<Value, Refused> {
    let caller = asked.admit(&methods::MEMBERS_GET)?;
    let mask = asked.params.mask(&schema::MEMBER)?;
    caller.require_admin()?;
    let directory = asked.workspace.directory();
    let group = find(&directory, group)?;
    let member = directory.member_of(group, member);
    let member = member.ok_or_else(|| ApiError::not_found("Resource Not Found: memberKey"))?;
    let mut shown = directory.member_resource(&member);
    shown
        .entry("delivery_settings")
        .or_insert_with(|| "ALL_MAIL".into());
    Ok(Value::Object(mask.apply_object(&shown, |_| true)))
}

/// `GET admin/directory/v1/groups/{groupKey}/hasMember/{memberKey}`
pub(crate) async fn has_member(asked: Asked, Path((group, member)): Path<(String, String)>) -> Response {
    let answer = answer_has_member(&asked, &group, &member);
    asked.respond(answer)
}

fn answer_has_member(asked: &Asked, group: &str, key: &str) -> Result<Value, Refused> {
    let caller = asked.admit(&methods::MEMBERS_HAS_MEMBER)?;
    let mask = asked.params.mask(&schema::HAS_MEMBER)?;
    caller.require_admin()?;
    let directory = asked.workspace.directory();
    let group = find(&directory, group)?;
    let is_member = is_member(&directory, group, key)?;
    Ok(mask.apply(&json!({ "isMember": is_member })))
}

/// Direct or nested membership. The whole organization in a group makes everybody in it a member.
fn is_member(directory: &Directory, group: &Group, key: &str) -> Result<bool, ApiError> {
    let person = directory.find(key);
    let nested = || directory.groups().find(key).map(|group| group.id.clone());
    let Some(id) = person.as_ref().map(|user| user.id().into_owned()).or_else(nested) else {
        let own = key
            .rsplit_once('@')
            .is_none_or(|(_, domain)| directory.has_domain(domain));
        // Of outsiders nothing is told, not even whether they are direct members.
        return Err(if own && directory.member_of(group, key).is_none() {
            ApiError::not_found("Resource Not Found: memberKey")
        } else {
            ApiError::invalid("Invalid Input: memberKey")
        });
    };
    let domain = |address: &str| address.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
    let foreign = |user: &User| domain(&user.primary_email()) != domain(&group.email);
    if person.as_ref().is_some_and(foreign) {
        return Err(ApiError::invalid("Invalid Input: memberKey"));
    }
    let everybody = person.is_some() && directory.holds_everybody(group);
    Ok(everybody || directory.is_derived(group, &id))
}
