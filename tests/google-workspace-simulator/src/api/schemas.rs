//! schemas.list and schemas.get.

use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::Value;

use super::call::{self, Refused, check_customer, respond};
use super::params::Params;
use super::{gate, methods};
use crate::answers::ApiError;
use crate::schema;
use crate::workspace::{Shared, Workspace};

/// `GET admin/directory/v1/customer/{customerId}/schemas`
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
    let caller = gate::admit(workspace, headers, params, &methods::SCHEMAS_LIST)?;
    let mask = params.mask(&schema::SCHEMAS)?;
    let directory = workspace.directory();
    check_customer(customer, &caller, &directory)?;
    caller.require_admin()?;
    let schemas: Vec<_> = directory.schemas().all().cloned().collect();
    Ok(call::plain_list(
        "admin#directory#schemas",
        &mask,
        "schemas",
        &schemas,
        None,
    ))
}

/// `GET admin/directory/v1/customer/{customerId}/schemas/{schemaKey}`
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
    let caller = gate::admit(workspace, headers, params, &methods::SCHEMAS_GET)?;
    let mask = params.mask(&schema::SCHEMA)?;
    let directory = workspace.directory();
    check_customer(customer, &caller, &directory)?;
    caller.require_admin()?;
    let found = directory.schemas().find(key);
    let found = found.ok_or_else(|| ApiError::not_found("Resource Not Found: schemaKey"))?;
    Ok(Value::Object(mask.apply_object(found, |_| true)))
}
