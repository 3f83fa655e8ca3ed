//! customers.get.

use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::params::Params;
use super::{gate, methods};
use crate::answers::ApiError;
use crate::schema;
use crate::workspace::{Shared, Workspace};

/// `GET admin/directory/v1/customers/{customerKey}`
pub(crate) async fn get(
    State(workspace): State<Shared>,
    Path(key): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.as_deref());
    match answer(&workspace, &headers, &params, &key) {
        Ok(body) => params.answer(&body),
        Err(error) => error.into_response(),
    }
}

fn answer(workspace: &Workspace, headers: &HeaderMap, params: &Params, key: &str) -> Result<Value, ApiError> {
    let caller = gate::admit(workspace, headers, params, &methods::CUSTOMERS_GET)?;
    let mask = params.mask(&schema::CUSTOMER)?;
    let directory = workspace.directory();
    if key == "my_customer" && caller.as_itself() {
        return Err(ApiError::invalid_input());
    }
    caller.require_admin()?;
    if key == "my_customer" || key == directory.customer_id() {
        return Ok(Value::Object(mask.apply_object(directory.customer(), |_| true)));
    }
    Err(ApiError::not_found("Customer doesn't exist"))
}
