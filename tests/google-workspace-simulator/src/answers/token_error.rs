//! Errors of the OAuth token endpoint: `{"error","error_description"}`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::response::raw;

/// An error answer of the token endpoint.
#[derive(Debug, Clone)]
pub(crate) struct TokenError {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl TokenError {
    /// 400 with a code and a description.
    pub(crate) fn new(error: &str, description: &str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            body: json!({ "error": error, "error_description": description }),
        }
    }

    /// The same error under another HTTP status.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Adds a member to the body, such as `error_subtype`.
    pub(crate) fn with(mut self, key: &str, value: &str) -> Self {
        self.body[key] = value.into();
        self
    }

    /// 400 `invalid_grant`.
    pub(crate) fn invalid_grant(description: &str) -> Self {
        Self::new("invalid_grant", description)
    }

    /// 401: the client is not registered for delegation, or for none of the scopes.
    pub(crate) fn client_unauthorized() -> Self {
        Self::new(
            "unauthorized_client",
            "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the \
             scopes requested.",
        )
        .with_status(StatusCode::UNAUTHORIZED)
    }
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        token_response(self.status, &self.body)
    }
}

/// An answer of the token endpoint, which nobody may cache.
pub(crate) fn token_response(status: StatusCode, body: &Value) -> Response {
    let text = serde_json::to_vec_pretty(body).unwrap_or_default();
    let mut response = raw(status, "application/json; charset=utf-8", text);
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache, no-store, max-age=0, must-revalidate"),
    );
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
