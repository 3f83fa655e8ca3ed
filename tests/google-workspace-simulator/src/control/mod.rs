//! The control paths, below `/_simulator/`. They are no part of Google and are neither logged nor hit by faults.

mod refusal;
mod resources;

use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, patch, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use self::refusal::{Refusal, json_body};
use crate::clock::{google_time, lock, parse_duration};
use crate::faults::Fault;
use crate::requests::SeenRequest;
use crate::seed::ServiceAccountSeed;
use crate::switches::Switches;
use crate::workspace::Shared;

/// The largest body in bytes: room for photos that a client would refuse.
const BODY_LIMIT: usize = 32 << 20;

/// Everything below `/_simulator`.
pub(crate) fn router(workspace: Shared) -> Router {
    let control = Router::new()
        .route("/requests", get(requests).delete(clear_requests))
        .route("/users", post(create_user))
        .route("/users/{key}", patch(patch_user))
        .route("/users/{key}", delete(delete_user))
        .route(
            "/users/{key}/photo",
            put(resources::put_photo).delete(resources::delete_photo),
        )
        .route("/groups", post(resources::create_group))
        .route(
            "/groups/{key}",
            patch(resources::patch_group).delete(resources::delete_group),
        )
        .route("/groups/{key}/members", post(resources::add_member))
        .route("/groups/{key}/members/{member}", delete(resources::remove_member))
        .route("/orgunits", post(resources::create_org_unit))
        .route(
            "/orgunits/{key}",
            patch(resources::patch_org_unit).delete(resources::delete_org_unit),
        )
        .route("/channels", get(channels))
        .route("/switches", get(switches).patch(patch_switches))
        .route("/faults", post(add_fault).delete(clear_faults))
        .route("/clock", post(advance))
        .route("/apis", post(set_api))
        .route("/serviceAccounts", post(put_service_account))
        .method_not_allowed_fallback(unknown)
        .fallback(unknown)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(workspace);
    Router::new().nest("/_simulator", control)
}

async fn unknown() -> Refusal {
    Refusal(
        StatusCode::NOT_FOUND,
        "unknown control path or method; there are GET|DELETE requests, POST users, PATCH|DELETE users/{id}, \
         PUT|DELETE users/{id}/photo, POST groups, PATCH|DELETE groups/{key}, POST groups/{key}/members, \
         DELETE groups/{key}/members/{member}, POST orgunits, PATCH|DELETE orgunits/{id}, GET channels, GET|PATCH switches, \
         POST|DELETE faults, POST clock, POST apis, POST serviceAccounts"
            .to_owned(),
    )
}

async fn requests(State(workspace): State<Shared>) -> Json<Vec<SeenRequest>> {
    Json(lock(&workspace.requests).all())
}

async fn clear_requests(State(workspace): State<Shared>) -> StatusCode {
    lock(&workspace.requests).clear();
    StatusCode::NO_CONTENT
}

async fn create_user(State(workspace): State<Shared>, body: Bytes) -> Result<Json<Value>, Refusal> {
    Ok(Json(workspace.create_user(json_body(&body)?)?))
}

async fn patch_user(
    State(workspace): State<Shared>,
    Path(key): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    Ok(Json(workspace.patch_user(&key, &json_body::<Value>(&body)?)?))
}

async fn delete_user(
    State(workspace): State<Shared>,
    Path(key): Path<String>,
) -> Result<StatusCode, Refusal> {
    workspace.delete_user(&key)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn channels(State(workspace): State<Shared>) -> Json<Vec<Value>> {
    Json(workspace.channels.list(workspace.clock.now()))
}

async fn switches(State(workspace): State<Shared>) -> Json<Switches> {
    Json(workspace.switches())
}

/// Switches that the body does not name stay as they are.
async fn patch_switches(State(workspace): State<Shared>, body: Bytes) -> Result<Json<Switches>, Refusal> {
    let patch: serde_json::Map<String, Value> = json_body(&body)?;
    let mut switches = json!(workspace.switches());
    for (name, value) in patch {
        switches[name] = value;
    }
    let switches = serde_json::from_value(switches)
        .map_err(|error| Refusal(StatusCode::BAD_REQUEST, format!("the body is not valid: {error}")))?;
    workspace.set_switches(switches);
    Ok(Json(switches))
}

async fn add_fault(State(workspace): State<Shared>, body: Bytes) -> Result<Json<Fault>, Refusal> {
    let fault: Fault = json_body(&body)?;
    lock(&workspace.faults).add(fault.clone(), None)?;
    Ok(Json(fault))
}

async fn clear_faults(State(workspace): State<Shared>) -> StatusCode {
    lock(&workspace.faults).clear();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance: String,
}

async fn advance(State(workspace): State<Shared>, body: Bytes) -> Result<Json<Value>, Refusal> {
    let Advance { advance } = json_body(&body)?;
    workspace.clock.advance(parse_duration(&advance)?);
    Ok(Json(json!({ "now": google_time(workspace.clock.now()) })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApiSwitch {
    service: String,
    enabled: bool,
}

async fn set_api(State(workspace): State<Shared>, body: Bytes) -> Result<StatusCode, Refusal> {
    let ApiSwitch { service, enabled } = json_body(&body)?;
    workspace.set_api(&service, enabled)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn put_service_account(State(workspace): State<Shared>, body: Bytes) -> Result<StatusCode, Refusal> {
    workspace.put_service_account(json_body::<ServiceAccountSeed>(&body)?)?;
    Ok(StatusCode::NO_CONTENT)
}
