//! Google's paths, all on one origin.

mod aliases;
mod asked;
mod call;
mod channels;
mod customers;
mod discovery;
mod domains;
mod gate;
mod groups;
mod members;
pub(crate) mod methods;
mod orgunits;
pub(crate) mod page_token;
pub(crate) mod paging;
pub(crate) mod params;
mod photos;
mod roles;
mod schemas;
mod unserved;
mod usage;
pub(crate) mod users;
mod view;

use axum::extract::Request;
use axum::http::{Method, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Router, http::Uri};
use tower_http::compression::CompressionLayer;

use crate::answers::ApiError;
use crate::answers::response::html_not_found;
use crate::auth::token_endpoint;
use crate::intercept;
use crate::workspace::Shared;

/// Everything that Google serves. A path that Google does not have, or a verb that a path does not have here, is an HTML 404.
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
        .route(
            "/admin/directory/v1/customer/{customer}/domains",
            get(domains::list),
        )
        .route(
            "/admin/directory/v1/customer/{customer}/domains/{domain_name}",
            get(domains::get),
        )
        .route(
            "/admin/directory/v1/customer/{customer}/domainaliases",
            get(domains::aliases),
        )
        .route(
            "/admin/directory/v1/users/{user_key}/aliases",
            get(aliases::of_user),
        )
        .route(
            "/admin/directory/v1/users/{user_key}/aliases/watch",
            post(channels::watch_aliases),
        )
        .route(
            "/admin/directory/v1/groups/{group_key}/aliases",
            get(aliases::of_group),
        )
        .route(
            "/admin/directory/v1/customer/{customer_id}/schemas",
            get(schemas::list),
        )
        .route(
            "/admin/directory/v1/customer/{customer_id}/schemas/{schema_key}",
            get(schemas::get),
        )
        .route("/admin/directory/v1/customer/{customer}/roles", get(roles::list))
        .route(
            "/admin/directory/v1/customer/{customer}/roles/{role_id}",
            get(roles::get),
        )
        .route(
            "/admin/directory/v1/customer/{customer}/roleassignments",
            get(roles::list_assignments),
        )
        .route(
            "/admin/directory/v1/customer/{customer}/roleassignments/{role_assignment_id}",
            get(roles::get_assignment),
        )
        .route(
            "/admin/directory/v1/customer/{customer}/resources/buildings",
            get(domains::buildings),
        )
        .route("/admin/reports/v1/usage/dates/{date}", get(usage::get))
        .route("/$discovery/rest", get(discovery::by_version))
        .route("/discovery/v1/apis/{api}/{version}/rest", get(discovery::by_name))
        .method_not_allowed_fallback(not_found)
        .fallback(not_found)
        .layer(CompressionLayer::new())
        .layer(from_fn(compress_only_when_asked_twice))
        .layer(from_fn_with_state(workspace.clone(), intercept::intercept))
        .with_state(workspace)
}

/// An API says in JSON that it does not find something, the gateway in HTML that it knows no such path.
async fn not_found(method: Method, uri: Uri) -> Response {
    if method == Method::GET && unserved::is_googles(uri.path()) {
        ApiError::not_found("Not Found").into_response()
    } else {
        html_not_found(uri.path())
    }
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
