//! groups.list and groups.get.

use std::collections::HashSet;

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use serde_json::Value;

use super::call::{self, Refused, check_customer, check_domain, is_in_domain, respond};
use super::gate::{self, Caller};
use super::methods;
use super::paging::{self, Size};
use super::params::Params;
use crate::answers::ApiError;
use crate::directory::Directory;
use crate::directory::groups::Group;
use crate::query::groups::GroupQuery;
use crate::schema;
use crate::workspace::{Shared, Workspace};

/// Both the default and the maximum of groups.list and members.list, in words only.
pub(crate) const PAGE: Size = Size {
    default: 200,
    maximum: 200,
    declared: false,
};

/// `GET admin/directory/v1/groups`
pub(crate) async fn list(
    State(workspace): State<Shared>,
    uri: Uri,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.as_deref());
    respond(&params, answer_list(&workspace, uri.path(), &headers, &params))
}

fn answer_list(
    workspace: &Workspace,
    path: &str,
    headers: &HeaderMap,
    params: &Params,
) -> Result<Value, Refused> {
    let caller = gate::admit(workspace, headers, params, &methods::GROUPS_LIST)?;
    let mask = params.mask(&schema::GROUPS)?;
    let size = paging::max_results(workspace, params, &PAGE)?;
    let ordered = params.one_of("orderBy", &[("email", ())])?.is_some();
    let descending = params.one_of("sortOrder", &[("ASCENDING", false), ("DESCENDING", true)])?;
    let query = GroupQuery::parse(params.get("query").unwrap_or_default())
        .map_err(|_| ApiError::invalid("Invalid query"))?;
    let token = paging::token(workspace, path, params)?;
    let directory = workspace.directory();
    if params.get("domain").is_some() {
        caller.require_admin()?;
    }
    check_scope(params, &caller, &directory, workspace.switches().strict)?;
    caller.require_admin()?;
    if params.get("userKey").is_some() && query.names_groups() {
        return Err(ApiError::invalid("Invalid query").into());
    }
    let of_member = params
        .get("userKey")
        .map(|key| groups_of(&directory, key))
        .transpose()?;

    let matching = directory
        .groups()
        .after(ordered && descending == Some(true), token.after.as_ref())
        .filter(|group| {
            params
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
        .map(|last| paging::next(workspace, &token, last.place()));
    let shown: Vec<_> = page.iter().map(|group| directory.show_group(group)).collect();
    let etags: Vec<&str> = shown
        .iter()
        .filter_map(|group| group.get("etag")?.as_str())
        .collect();
    let items = match mask.below("groups") {
        Some(below) => shown
            .iter()
            .map(|group| Value::Object(below.apply_object(group, |_| true)))
            .collect(),
        None => Vec::new(),
    };
    Ok(call::list(
        "admin#directory#groups",
        &etags,
        next,
        &mask,
        ("groups", items),
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
pub(crate) async fn get(
    State(workspace): State<Shared>,
    Path(key): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.as_deref());
    respond(&params, answer_get(&workspace, &headers, &params, &key))
}

fn answer_get(
    workspace: &Workspace,
    headers: &HeaderMap,
    params: &Params,
    key: &str,
) -> Result<Value, Refused> {
    let caller = gate::admit(workspace, headers, params, &methods::GROUPS_GET)?;
    let mask = params.mask(&schema::GROUP)?;
    caller.require_admin()?;
    let directory = workspace.directory();
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
