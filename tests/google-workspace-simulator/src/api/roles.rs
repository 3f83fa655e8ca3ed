//! roles.list, roles.get, roleAssignments.list and roleAssignments.get.

use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Map, Value};

use super::call::{self, Refused, check_customer, respond};
use super::methods::Method;
use super::paging::{self, Size};
use super::params::Params;
use super::{gate, methods};
use crate::answers::ApiError;
use crate::directory::Directory;
use crate::directory::shelf::Place;
use crate::roles;
use crate::schema::{self, Resource};
use crate::workspace::{Shared, Workspace};

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

/// One request that names a customer.
struct Call<'a> {
    workspace: &'a Workspace,
    headers: &'a HeaderMap,
    params: &'a Params,
    customer: &'a str,
}

impl Call<'_> {
    /// Lets administrators of the customer read.
    fn admit(&self, method: &Method) -> Result<(), ApiError> {
        let caller = gate::admit(self.workspace, self.headers, self.params, method)?;
        check_customer(self.customer, &caller, &self.workspace.directory())?;
        caller.require_admin()
    }

    /// One page of items that are in the order of their ids.
    fn page(
        &self,
        kind: &str,
        resource: &'static Resource,
        (path, size): (&str, &Size),
        (id, items): (&str, Vec<Map<String, Value>>),
    ) -> Result<Value, Refused> {
        let mask = self.params.mask(resource)?;
        let size = paging::max_results(self.workspace, self.params, size)?;
        let token = paging::token(self.workspace, path, self.params)?;
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
        let next = last.map(|(place, _)| paging::next(self.workspace, &token, place.clone()));
        let page: Vec<_> = page.into_iter().map(|(_, item)| item).collect();
        Ok(call::plain_list(kind, &mask, "items", &page, next))
    }
}

/// `GET admin/directory/v1/customer/{customer}/roles`
pub(crate) async fn list(
    State(workspace): State<Shared>,
    Path(customer): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.as_deref());
    let call = Call {
        workspace: &workspace,
        headers: &headers,
        params: &params,
        customer: &customer,
    };
    let answer = call
        .admit(&methods::ROLES_LIST)
        .map_err(Refused::from)
        .and_then(|()| {
            let page = (methods::ROLES_LIST.path, &ROLES_PAGE);
            call.page(
                "admin#directory#roles",
                &schema::ROLES,
                page,
                ("roleId", roles::all()),
            )
        });
    respond(&params, answer)
}

/// `GET admin/directory/v1/customer/{customer}/roles/{roleId}`
pub(crate) async fn get(
    State(workspace): State<Shared>,
    Path((customer, id)): Path<(String, String)>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.as_deref());
    let call = Call {
        workspace: &workspace,
        headers: &headers,
        params: &params,
        customer: &customer,
    };
    let answer = call.admit(&methods::ROLES_GET).and_then(|()| {
        let found = roles::all()
            .into_iter()
            .find(|role| role.get("roleId").is_some_and(|own| *own == id));
        let found = found.ok_or_else(|| ApiError::not_found("Resource Not Found: roleId"))?;
        Ok(Value::Object(
            params.mask(&schema::ROLE)?.apply_object(&found, |_| true),
        ))
    });
    respond(&params, answer.map_err(Refused::from))
}

/// `GET admin/directory/v1/customer/{customer}/roleassignments`
pub(crate) async fn list_assignments(
    State(workspace): State<Shared>,
    Path(customer): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.as_deref());
    let call = Call {
        workspace: &workspace,
        headers: &headers,
        params: &params,
        customer: &customer,
    };
    respond(&params, answer_assignments(&call))
}

fn answer_assignments(call: &Call<'_>) -> Result<Value, Refused> {
    call.admit(&methods::ROLE_ASSIGNMENTS_LIST)?;
    let booleans = [("true", ()), ("false", ())];
    call.params.one_of("includeIndirectRoleAssignments", &booleans)?;
    let given = |name: &str| call.params.get(name).filter(|text| !text.is_empty());
    if let Some(role) = given("roleId")
        && !roles::all()
            .iter()
            .any(|own| own.get("roleId").is_some_and(|id| id == role))
    {
        return Err(ApiError::not_found("Resource Not Found: roleId").into());
    }
    let assignee = match given("userKey") {
        Some(key) => Some(assignee(&call.workspace.directory(), key)?),
        None => None,
    };
    let is = |item: &Map<String, Value>, field: &str, wanted: Option<&str>| {
        wanted.is_none_or(|wanted| item.get(field).is_some_and(|value| value == wanted))
    };
    let mut items = roles::assignments(call.workspace);
    items.retain(|item| is(item, "roleId", given("roleId")) && is(item, "assignedTo", assignee.as_deref()));
    let page = (methods::ROLE_ASSIGNMENTS_LIST.path, &ASSIGNMENTS_PAGE);
    let kind = "admin#directory#roleAssignments";
    call.page(kind, &schema::ROLE_ASSIGNMENTS, page, ("roleAssignmentId", items))
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
pub(crate) async fn get_assignment(
    State(workspace): State<Shared>,
    Path((customer, id)): Path<(String, String)>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.as_deref());
    let call = Call {
        workspace: &workspace,
        headers: &headers,
        params: &params,
        customer: &customer,
    };
    let answer = call.admit(&methods::ROLE_ASSIGNMENTS_GET).and_then(|()| {
        let mut items = roles::assignments(&workspace).into_iter();
        let found = items.find(|item| item.get("roleAssignmentId").is_some_and(|own| *own == id));
        let found = found.ok_or_else(|| ApiError::not_found("Resource Not Found: roleAssignmentId"))?;
        let mask = params.mask(&schema::ROLE_ASSIGNMENT)?;
        Ok(Value::Object(mask.apply_object(&found, |_| true)))
    });
    respond(&params, answer.map_err(Refused::from))
}
