//! schemas.list and schemas.get.

use axum::extract::Path;
use axum::response::Response;
use serde_json::Value;

use super::asked::Asked;
use super::call::{self, Refused};
use super::methods;
use crate::answers::ApiError;
use crate::schema;

/// `GET admin/directory/v1/customer/{customerId}/schemas`
pub(crate) async fn list(asked: Asked, Path(customer): Path<String>) -> Response {
    asked.respond(answer_list(&asked, &customer))
}

fn answer_list(asked: &Asked, customer: &str) -> Result<Value, Refused> {
    let mask = asked.admit_to(customer, &methods::SCHEMAS_LIST, &schema::SCHEMAS)?;
    let directory = asked.workspace.directory();
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
pub(crate) async fn get(asked: Asked, Path((customer, key)): Path<(String, String)>) -> Response {
    asked.respond(answer_get(&asked, &customer, &key))
}

fn answer_get(asked: &Asked, customer: &str, key: &str) -> Result<Value, Refused> {
    let mask = asked.admit_to(customer, &methods::SCHEMAS_GET, &schema::SCHEMA)?;
    let directory = asked.workspace.directory();
    let found = directory.schemas().find(key);
    let found = found.ok_or_else(|| ApiError::not_found("Resource Not Found: schemaKey"))?;
    Ok(Value::Object(mask.apply_object(found, |_| true)))
}
