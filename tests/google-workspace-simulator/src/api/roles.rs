//! roles.list, roles.get, roleAssignments.list and roleAssignments.get.

use axum::extract::Path;
use axum::response::Response;
use serde_json::{Map, Value};

use super::asked::Asked;
use super::call::{self, Refused};
use super::methods;
use super::paging::{self, Size};
use crate::answers::ApiError;
use crate::directory::Directory;
use crate::directory::shelf::Place;
use crate::mask::Mask;
use crate::roles;
use crate::schema;

const ROLES_PAGE: Size = Size {
    default: 100,
    maximum: 100,
    declared: true,
};
const ASSIGNMENTS_PAGE: Size = Size {
    default: 200,
    maximum: 200,
    declared: true,
};

/// One page of items that are in the order of their ids.
fn page(
    asked: &Asked,
    kind: &str,
    mask: &Mask,
    (path, size): (&str, &Size),
    (id, items): (&str, Vec<Map<String, Value>>),
) -> Result<Value, Refused> {
    let (workspace, params) = (&asked.workspace, &asked.params);
    let size = paging::max_results(workspace, params, size)?;
    let token = paging::token(workspace, path, params)?;
    let place = |item: &Map<String, Value>| {
        let id = item.get(id).and_then(Value::as_str).unwrap_or_default();
        // Of equal length, numbers have the order of their texts.
        Place::new("", &format!("{id:0>20}"))
    };
    let mut items: Vec<_> = items.into_iter().map(|item| (place(&item), item)).collect();
    items.sort_by(|(one, _), (other, _)| one.cmp(other));
    let after = items
        .into_iter()
        .filter(|(place, _)| token.after.as_ref().is_none_or(|after| place > after));
    let (page, more) = paging::take(after, size);
    let last = page.last().filter(|_| more);
    let next = last.map(|(place, _)| paging::next(workspace, &token, place.clone()));
    let page: Vec<_> = page.into_iter().map(|(_, item)| item).collect();
    Ok(call::plain_list(kind, mask, "items", &page, next))
}

/// The one of these items with this id.
fn only(mask: &Mask, items: Vec<Map<String, Value>>, (field, id): (&str, &str)) -> Result<Value, Refused> {
    let mut items = items.into_iter();
    let found = items.find(|item| item.get(field).is_some_and(|own| own == id));
    let found = found.ok_or_else(|| ApiError::not_found(&format!("Resource Not Found: {field}")))?;
    Ok(Value::Object(mask.apply_object(&found, |_| true)))
}

/// `GET admin/directory/v1/customer/{customer}/roles`
pub(crate) async fn list(asked: Asked, Path(customer): Path<String>) -> Response {
    asked.respond(answer_list(&asked, &customer))
}

fn answer_list(asked: &Asked, customer: &str) -> Result<Value, Refused> {
    let method = &methods::ROLES_LIST;
    let mask = asked.admit_to(customer, method, &schema::ROLES)?;
    let size = (method.path, &ROLES_PAGE);
    page(
        asked,
        "admin#directory#roles",
        &mask,
        size,
        ("roleId", roles::all()),
    )
}

/// `GET admin/directory/v1/customer/{customer}/roles/{roleId}`
pub(crate) async fn get(asked: Asked, Path((customer, id)): Path<(String, String)>) -> Response {
    let mask = asked.admit_to(&customer, &methods::ROLES_GET, &schema::ROLE);
    let answer = mask.map_err(Refused::from);
    asked.respond(answer.and_then(|mask| only(&mask, roles::all(), ("roleId", &id))))
}

/// `GET admin/directory/v1/customer/{customer}/roleassignments`
pub(crate) async fn list_assignments(asked: Asked, Path(customer): Path<String>) -> Response {
    asked.respond(answer_assignments(&asked, &customer))
}

fn answer_assignments(asked: &Asked, customer: &str) -> Result<Value, Refused> {
    let method = &methods::ROLE_ASSIGNMENTS_LIST;
    let mask = asked.admit_to(customer, method, &schema::ROLE_ASSIGNMENTS)?;
    let booleans = [("true", ()), ("false", ())];
    asked.params.one_of("includeIndirectRoleAssignments", &booleans)?;
    let given = |name: &str| asked.params.get(name).filter(|text| !text.is_empty());
    if let Some(role) = given("roleId") {
        only(&mask, roles::all(), ("roleId", role))?;
    }
    let assignee = match given("userKey") {
        Some(key) => Some(assignee(&asked.workspace.directory(), key)?),
        None => None,
    };
    let is = |item: &Map<String, Value>, field: &str, wanted: Option<&str>| {
        wanted.is_none_or(|wanted| item.get(field).is_some_and(|value| value == wanted))
    };
    let mut items = roles::assignments(&asked.workspace);
    items.retain(|item| is(item, "roleId", given("roleId")) && is(item, "assignedTo", assignee.as_deref()));
    let size = (method.path, &ASSIGNMENTS_PAGE);
    let kind = "admin#directory#roleAssignments";
    page(asked, kind, &mask, size, ("roleAssignmentId", items))
}

/// The id of somebody who may have roles: a person, a group, or a service account by its number.
fn assignee(directory: &Directory, key: &str) -> Result<String, ApiError> {
    if let Some(user) = directory.find(key) {
        return Ok(user.id().into_owned());
    }
    if let Some(group) = directory.groups().find(key) {
        return Ok(group.id.clone());
    }
    if !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(key.to_owned());
    }
    Err(ApiError::not_found("Resource Not Found: userKey"))
}

/// `GET admin/directory/v1/customer/{customer}/roleassignments/{roleAssignmentId}`
pub(crate) async fn get_assignment(asked: Asked, Path((customer, id)): Path<(String, String)>) -> Response {
    let mask = asked.admit_to(
        &customer,
        &methods::ROLE_ASSIGNMENTS_GET,
        &schema::ROLE_ASSIGNMENT,
    );
    let assignments = roles::assignments(&asked.workspace);
    let answer = mask.map_err(Refused::from);
    asked.respond(answer.and_then(|mask| only(&mask, assignments, ("roleAssignmentId", &id))))
}
