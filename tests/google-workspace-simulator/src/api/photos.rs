//! users.photos.get.

use axum::extract::Path;
use axum::response::Response;
use serde_json::Value;

use super::asked::Asked;
use super::call::Refused;
use super::methods;
use super::users::no_such_person;
use crate::answers::ApiError;
use crate::schema;

/// `GET admin/directory/v1/users/{userKey}/photos/thumbnail`
pub(crate) async fn get(asked: Asked, Path(key): Path<String>) -> Response {
    asked.respond(answer(&asked, &key))
}

fn answer(asked: &Asked, key: &str) -> Result<Value, Refused> {
    let caller = asked.admit(&methods::USERS_PHOTOS_GET)?;
    let mask = asked.params.mask(&schema::PHOTO)?;
    caller.require_admin()?;
    let directory = asked.workspace.directory();
    let user = directory
        .find(key)
        .ok_or_else(|| no_such_person(&directory, key))?;
    let photo = directory
        .photo(&user, asked.workspace.switches())
        .ok_or_else(|| ApiError::not_found("Resource Not Found: photo"))?;
    Ok(Value::Object(mask.apply_object(&photo, |_| true)))
}
