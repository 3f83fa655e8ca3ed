//! Google's paths, all on one origin.

mod call;
mod channels;
mod customers;
mod gate;
mod groups;
mod members;
pub(crate) mod methods;
mod orgunits;
pub(crate) mod page_token;
pub(crate) mod paging;
pub(crate) mod params;
mod photos;
pub(crate) mod users;
mod view;

use axum::extract::Request;
use axum::http::header;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Router, http::Uri};
use tower_http::compression::CompressionLayer;

use crate::answers::response::html_not_found;
use crate::auth::token_endpoint;
use crate::intercept;
use crate::workspace::Shared;

/// Everything that Google serves. A path that Google does not have, or a verb that a path does not have, is an HTML 404.
pub(crate) fn router(workspace: Shared) -> Router {
    Router::new()
        .route("/token", post(token_endpoint::token))
        .route("/admin/directory/v1/users", get(users::list))
        .route("/admin/directory/v1/users/{user_key}", get(users::get))
        .route("/admin/directory/v1/users/watch", post(channels::watch))
        .route("/admin/directory_v1/channels/stop", post(channels::stop))
        .route(
            "/admin/directory/v1/users/{user_key}/photos/thumbnail",
            get(photos::get),
        )
        .route("/admin/directory/v1/groups", get(groups::list))
        .route("/admin/directory/v1/groups/{group_key}", get(groups::get))
        .route(
            "/admin/directory/v1/groups/{group_key}/members",
            get(members::list),
        )
        .route(
            "/admin/directory/v1/groups/{group_key}/members/{member_key}",
            get(members::get),
        )
        .route(
            "/admin/directory/v1/groups/{group_key}/hasMember/{member_key}",
            get(members::has_member),
        )
        .route(
            "/admin/directory/v1/customer/{customer_id}/orgunits",
            get(orgunits::list),
        )
        .route(
            "/admin/directory/v1/customer/{customer_id}/orgunits/{*org_unit_path}",
            get(orgunits::get),
        )
        .route(
            "/admin/directory/v1/customers/{customer_key}",
            get(customers::get),
        )
        .method_not_allowed_fallback(not_found)
        .fallback(not_found)
        .layer(CompressionLayer::new())
        .layer(from_fn(compress_only_when_asked_twice))
        .layer(from_fn_with_state(workspace.clone(), intercept::intercept))
        .with_state(workspace)
}

async fn not_found(uri: Uri) -> Response {
    html_not_found(uri.path())
}

/// Google compresses only for clients that accept gzip and also say `gzip` in their User-Agent.
async fn compress_only_when_asked_twice(mut request: Request, next: Next) -> Response {
    let agent = request
        .headers()
        .get(header::USER_AGENT)
        .and_then(|agent| agent.to_str().ok());
    if !agent.is_some_and(|agent| agent.contains("gzip")) {
        request.headers_mut().remove(header::ACCEPT_ENCODING);
    }
    next.run(request).await
}
