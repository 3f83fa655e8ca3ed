//! groups.list and groups.get.

use std::collections::HashSet;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use super::asked::Asked;
use super::call::{self, Refused, check_customer, check_domain, is_in_domain};
use super::gate::Caller;
use super::methods;
use super::paging::{self, Size};
use super::params::Params;
use crate::answers::ApiError;
use crate::directory::Directory;
use crate::directory::groups::Group;
use crate::query::groups::GroupQuery;
use crate::schema;

/// Both the default and the maximum of groups.list and members.list, in words only.
pub(crate) const PAGE: Size = Size {
    default: 200,
    maximum: 200,
    declared: false,
};

/// `GET admin/directory/v1/groups`
pub(crate) async fn list(asked: Asked) -> Response {
    asked.respond(answer_list(&asked))
}

fn answer_list(asked: &Asked) -> Result<Value, Refused> {
    let caller = asked.admit(&methods::GROUPS_LIST)?;
    let mask = asked.params.mask(&schema::GROUPS)?;
    let size = paging::max_results(&asked.workspace, &asked.params, &PAGE)?;
    let ordered = asked.params.one_of("orderBy", &[("email", ())])?.is_some();
    let descending = asked
        .params
        .one_of("sortOrder", &[("ASCENDING", false), ("DESCENDING", true)])?;
    let query = GroupQuery::parse(asked.params.get("query").unwrap_or_default())
        .map_err(|_| ApiError::invalid("Invalid query"))?;
    let token = paging::token(&asked.workspace, &asked.path, &asked.params)?;
    let directory = asked.workspace.directory();
    if asked.params.get("domain").is_some() {
        caller.require_admin()?;
    }
    check_scope(
        &asked.params,
        &caller,
        &directory,
        asked.workspace.switches().strict,
    )?;
    caller.require_admin()?;
    if asked.params.get("userKey").is_some() && query.names_groups() {
        return Err(ApiError::invalid("Invalid query").into());
    }
    let of_member = asked
        .params
        .get("userKey")
        .map(|key| groups_of(&directory, key))
        .transpose()?;

    let matching = directory
        .groups()
        .after(ordered && descending == Some(true), token.after.as_ref())
        .filter(|group| {
            asked
                .params
                .get("domain")
                .is_none_or(|domain| is_in_domain(&group.email, domain))
        })
        .filter(|group| {
            of_member
                .as_ref()
                .is_none_or(|ids| ids.contains(group.id.as_str()))
        })
        .filter(|group| query.matches(group, &directory));
    let (page, more) = paging::take(matching, size);
    let next = page
        .last()
        .filter(|_| more)
        .map(|last| paging::next(&asked.workspace, &token, last.place()));
    let shown: Vec<_> = page.iter().map(|group| directory.show_group(group)).collect();
    Ok(call::plain_list(
        "admin#directory#groups",
        &mask,
        "groups",
        &shown,
        next,
    ))
}

/// `userKey` stands in for the customer and excludes it; with neither of the three nothing can be listed. A domain wins over
/// the customer, unless it is `strict`.
fn check_scope(
    params: &Params,
    caller: &Caller,
    directory: &Directory,
    strict: bool,
) -> Result<(), ApiError> {
    match (
        params.get("customer"),
        params.get("domain"),
        params.get("userKey"),
    ) {
        (None, None, None) => Err(ApiError::classic(
            StatusCode::BAD_REQUEST,
            "Bad Request",
            "badRequest",
        )),
        (Some(_), _, Some(_)) => Err(ApiError::invalid_input()),
        (Some(_), Some(_), None) if strict => Err(ApiError::invalid_input()),
        (Some(customer), None, None) => check_customer(customer, caller, directory),
        (_, Some(domain), _) => check_domain(domain, directory),
        (None, None, Some(_)) => Ok(()),
    }
}

/// The ids of the groups that a person, a group or an outsider is a direct member of.
fn groups_of<'a>(directory: &'a Directory, key: &str) -> Result<HashSet<&'a str>, ApiError> {
    let groups: HashSet<&str> = directory
        .groups()
        .after(false, None)
        .filter(|group| directory.member_of(group, key).is_some())
        .map(|group| group.id.as_str())
        .collect();
    let foreign = key
        .rsplit_once('@')
        .is_some_and(|(_, domain)| !directory.has_domain(domain));
    let known = directory.find(key).is_some() || directory.groups().find(key).is_some() || foreign;
    if known || !groups.is_empty() {
        Ok(groups)
    } else {
        Err(ApiError::not_found("Resource Not Found: userKey"))
    }
}

/// `GET admin/directory/v1/groups/{groupKey}`
pub(crate) async fn get(asked: Asked, Path(key): Path<String>) -> Response {
    asked.respond(answer_get(&asked, &key))
}

fn answer_get(asked: &Asked, key: &str) -> Result<Value, Refused> {
    let caller = asked.admit(&methods::GROUPS_GET)?;
    let mask = asked.params.mask(&schema::GROUP)?;
    caller.require_admin()?;
    let directory = asked.workspace.directory();
    let group = directory.show_group(find(&directory, key)?);
    Ok(Value::Object(mask.apply_object(&group, |_| true)))
}

/// A group by address, alias or id: another organization's is forbidden, one that does not exist is not found.
pub(crate) fn find<'a>(directory: &'a Directory, key: &str) -> Result<&'a Group, ApiError> {
    if let Some(group) = directory.groups().find(key) {
        return Ok(group);
    }
    let foreign_address = key
        .rsplit_once('@')
        .is_some_and(|(_, domain)| !directory.has_domain(domain));
    if foreign_address || directory.is_foreign_group(key) {
        Err(ApiError::forbidden())
    } else {
        Err(ApiError::not_found("Resource Not Found: groupKey"))
    }
}
