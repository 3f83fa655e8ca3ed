//! orgunits.list and orgunits.get.

use axum::extract::Path;
use axum::response::Response;
use serde_json::Value;

use super::asked::Asked;
use super::call::{self, Refused, check_customer};
use super::methods;
use crate::answers::ApiError;
use crate::directory::org_units::{ID_PREFIX, OrgUnit, OrgUnits, split};
use crate::schema;

/// How much of the tree a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    Children,
    All,
    AllIncludingParent,
}

/// `GET admin/directory/v1/customer/{customerId}/orgunits`
pub(crate) async fn list(asked: Asked, Path(customer): Path<String>) -> Response {
    asked.respond(answer_list(&asked, &customer))
}

fn answer_list(asked: &Asked, customer: &str) -> Result<Value, Refused> {
    let caller = asked.admit(&methods::ORG_UNITS_LIST)?;
    let mask = asked.params.mask(&schema::ORG_UNITS)?;
    let depths = [
        ("children", Depth::Children),
        ("all", Depth::All),
        ("allIncludingParent", Depth::AllIncludingParent),
    ];
    let depth = asked.params.one_of("type", &depths)?.unwrap_or(Depth::Children);
    let directory = asked.workspace.directory();
    check_customer(customer, &caller, &directory)?;
    caller.require_admin()?;
    let units = directory.org_units();
    let top = match asked.params.get("orgUnitPath").unwrap_or_default() {
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
pub(crate) async fn get(asked: Asked, Path((customer, key)): Path<(String, String)>) -> Response {
    asked.respond(answer_get(&asked, &customer, &key))
}

fn answer_get(asked: &Asked, customer: &str, key: &str) -> Result<Value, Refused> {
    let mask = asked.admit_to(customer, &methods::ORG_UNITS_GET, &schema::ORG_UNIT)?;
    let directory = asked.workspace.directory();
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
