//! Changes of groups, members, organizational units and photos.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::Value;

use super::refusal::{Refusal, json_body};
use crate::directory::photos::Photo;
use crate::workspace::Shared;

type Changed = Result<Json<Value>, Refusal>;
type Gone = Result<StatusCode, Refusal>;

pub(super) async fn create_group(State(workspace): State<Shared>, body: Bytes) -> Changed {
    Ok(Json(workspace.create_group(json_body(&body)?)?))
}

pub(super) async fn patch_group(
    State(workspace): State<Shared>,
    Path(key): Path<String>,
    body: Bytes,
) -> Changed {
    Ok(Json(workspace.patch_group(&key, &json_body::<Value>(&body)?)?))
}

pub(super) async fn delete_group(State(workspace): State<Shared>, Path(key): Path<String>) -> Gone {
    workspace.delete_group(&key)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn add_member(
    State(workspace): State<Shared>,
    Path(group): Path<String>,
    body: Bytes,
) -> Changed {
    Ok(Json(workspace.add_member(&group, json_body(&body)?)?))
}

pub(super) async fn remove_member(
    State(workspace): State<Shared>,
    Path((group, member)): Path<(String, String)>,
) -> Gone {
    workspace.remove_member(&group, &member)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn create_org_unit(State(workspace): State<Shared>, body: Bytes) -> Changed {
    Ok(Json(workspace.create_org_unit(&json_body::<Value>(&body)?)?))
}

pub(super) async fn patch_org_unit(
    State(workspace): State<Shared>,
    Path(key): Path<String>,
    body: Bytes,
) -> Changed {
    Ok(Json(workspace.patch_org_unit(&key, &json_body::<Value>(&body)?)?))
}

pub(super) async fn delete_org_unit(State(workspace): State<Shared>, Path(key): Path<String>) -> Gone {
    workspace.delete_org_unit(&key)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes an image as it is, or a `UserPhoto` resource when the body is said to be JSON.
pub(super) async fn put_photo(
    State(workspace): State<Shared>,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Changed {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media_type = content_type
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    let media_type = media_type.trim().to_ascii_lowercase();
    let photo = match media_type.as_str() {
        "application/json" => Photo::from_resource(&json_body::<Value>(&body)?)?,
        image if image.starts_with("image/") => Photo::new(image, body.to_vec())?,
        other => {
            return Err(Refusal(
                StatusCode::BAD_REQUEST,
                format!("Content-Type: {other:?} is neither image/... nor application/json"),
            ));
        }
    };
    Ok(Json(workspace.put_photo(&key, photo)?))
}

pub(super) async fn delete_photo(State(workspace): State<Shared>, Path(key): Path<String>) -> Gone {
    workspace.delete_photo(&key)?;
    Ok(StatusCode::NO_CONTENT)
}
