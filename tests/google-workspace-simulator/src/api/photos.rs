//! users.photos.get.

use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::Value;

use super::call::{Refused, respond};
use super::params::Params;
use super::users::no_such_person;
use super::{gate, methods};
use crate::answers::ApiError;
use crate::schema;
use crate::workspace::{Shared, Workspace};

/// `GET admin/directory/v1/users/{userKey}/photos/thumbnail`
pub(crate) async fn get(
    State(workspace): State<Shared>,
    Path(key): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.as_deref());
    respond(&params, answer(&workspace, &headers, &params, &key))
}

fn answer(workspace: &Workspace, headers: &HeaderMap, params: &Params, key: &str) -> Result<Value, Refused> {
    let caller = gate::admit(workspace, headers, params, &methods::USERS_PHOTOS_GET)?;
    let mask = params.mask(&schema::PHOTO)?;
    caller.require_admin()?;
    let directory = workspace.directory();
    let user = directory
        .find(key)
        .ok_or_else(|| no_such_person(&directory, key))?;
    let photo = directory
        .photo(&user, workspace.switches())
        .ok_or_else(|| ApiError::not_found("Resource Not Found: photo"))?;
    Ok(Value::Object(mask.apply_object(&photo, |_| true)))
}
