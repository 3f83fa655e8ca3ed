//! customers.get.

use axum::extract::Path;
use axum::response::Response;
use serde_json::Value;

use super::asked::Asked;
use super::methods;
use crate::answers::ApiError;
use crate::schema;

/// `GET admin/directory/v1/customers/{customerKey}`
pub(crate) async fn get(asked: Asked, Path(key): Path<String>) -> Response {
    asked.respond(answer(&asked, &key))
}

fn answer(asked: &Asked, key: &str) -> Result<Value, ApiError> {
    let caller = asked.admit(&methods::CUSTOMERS_GET)?;
    let mask = asked.params.mask(&schema::CUSTOMER)?;
    let directory = asked.workspace.directory();
    if key == "my_customer" && caller.as_itself() {
        return Err(ApiError::invalid_input());
    }
    caller.require_admin()?;
    if key == "my_customer" || key == directory.customer_id() {
        return Ok(Value::Object(mask.apply_object(directory.customer(), |_| true)));
    }
    Err(ApiError::not_found("Customer doesn't exist"))
}
