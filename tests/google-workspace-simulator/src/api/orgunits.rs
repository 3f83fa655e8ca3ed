//! orgunits.list and orgunits.get.

use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::Value;

use super::call::{self, Refused, check_customer, respond};
use super::params::Params;
use super::{gate, methods};
use crate::answers::ApiError;
use crate::directory::org_units::{ID_PREFIX, OrgUnit, OrgUnits, split};
use crate::schema;
use crate::workspace::{Shared, Workspace};

/// How much of the tree a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    Children,
    All,
    AllIncludingParent,
}

/// `GET admin/directory/v1/customer/{customerId}/orgunits`
pub(crate) async fn list(
    State(workspace): State<Shared>,
    Path(customer): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.as_deref());
    respond(&params, answer_list(&workspace, &headers, &params, &customer))
}

fn answer_list(
    workspace: &Workspace,
    headers: &HeaderMap,
    params: &Params,
    customer: &str,
) -> Result<Value, Refused> {
    let caller = gate::admit(workspace, headers, params, &methods::ORG_UNITS_LIST)?;
    let mask = params.mask(&schema::ORG_UNITS)?;
    let depths = [
        ("children", Depth::Children),
        ("all", Depth::All),
        ("allIncludingParent", Depth::AllIncludingParent),
    ];
    let depth = params.one_of("type", &depths)?.unwrap_or(Depth::Children);
    let directory = workspace.directory();
    check_customer(customer, &caller, &directory)?;
    caller.require_admin()?;
    let units = directory.org_units();
    let top = match params.get("orgUnitPath").unwrap_or_default() {
        "" => units.at("/"),
        id if id.starts_with(ID_PREFIX) => units.by_id(id),
        path => units.at(&format!("/{}", path.trim_start_matches('/'))),
    };
    let top = top.ok_or_else(|| ApiError::not_found("Org unit not found"))?;

    let is_child = |unit: &&OrgUnit| split(&unit.path).is_some_and(|(parent, _)| parent == top.path);
    let parent = Some(top).filter(|_| depth == Depth::AllIncludingParent);
    let below = units
        .below(&top.path)
        .filter(|unit| depth != Depth::Children || is_child(unit));
    let shown: Vec<&OrgUnit> = parent.into_iter().chain(below).collect();
    let etags: Vec<&str> = shown.iter().map(|unit| unit.etag.as_str()).collect();
    let items = match mask.below("organizationUnits") {
        Some(below) => shown
            .iter()
            .map(|unit| Value::Object(below.apply_object(&units.show(unit), |_| true)))
            .collect(),
        None => Vec::new(),
    };
    Ok(call::list(
        "admin#directory#orgUnits",
        &etags,
        None,
        &mask,
        ("organizationUnits", items),
    ))
}

/// `GET admin/directory/v1/customer/{customerId}/orgunits/{+orgUnitPath}`
pub(crate) async fn get(
    State(workspace): State<Shared>,
    Path((customer, key)): Path<(String, String)>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.as_deref());
    respond(
        &params,
        answer_get(&workspace, &headers, &params, &customer, &key),
    )
}

fn answer_get(
    workspace: &Workspace,
    headers: &HeaderMap,
    params: &Params,
    customer: &str,
    key: &str,
) -> Result<Value, Refused> {
    let caller = gate::admit(workspace, headers, params, &methods::ORG_UNITS_GET)?;
    let mask = params.mask(&schema::ORG_UNIT)?;
    let directory = workspace.directory();
    check_customer(customer, &caller, &directory)?;
    caller.require_admin()?;
    let units = directory.org_units();
    let unit = find(units, key)?;
    Ok(Value::Object(mask.apply_object(&units.show(unit), |_| true)))
}

/// An id, or a path without the leading slash.
fn find<'a>(units: &'a OrgUnits, key: &str) -> Result<&'a OrgUnit, ApiError> {
    let unit = match key {
        id if id.starts_with(ID_PREFIX) => units.by_id(id),
        path if path.starts_with('/') || path.ends_with('/') || path.contains("//") => {
            return Err(ApiError::invalid("Invalid Input: INVALID_OU_ID"));
        }
        path => units.at(&format!("/{path}")),
    };
    unit.ok_or_else(|| ApiError::not_found("Org unit not found"))
}
