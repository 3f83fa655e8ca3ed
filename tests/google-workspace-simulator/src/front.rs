//! What Google's front end does before a request reaches a method: it undoes a disguised `GET`, and takes batches apart.

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, Method, Uri, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};

use crate::answers::ApiError;
use crate::batch;
use crate::connection::Scissors;

/// The header by which a method hides in a `POST`.
const OVERRIDE: &str = "x-http-method-override";
/// Larger requests than this do not exist.
const BODY_LIMIT: usize = 64 << 20;

/// Puts the front end before everything that is served.
pub(crate) fn router(served: Router) -> Router {
    Router::new().fallback_service(served).layer(from_fn(pass))
}

async fn pass(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if request.method() != Method::POST {
        next.run(request).await
    } else if path == "/batch" || path.starts_with("/batch/") {
        several(request, next).await
    } else if request.headers().contains_key(OVERRIDE) {
        match undisguised(request).await {
            Ok(request) => next.run(request).await,
            Err(error) => error.into_response(),
        }
    } else {
        next.run(request).await
    }
}

/// The request that a `POST` stands for. A `GET` has its parameters in the body when they are too long for a URL.
async fn undisguised(request: Request) -> Result<Request, ApiError> {
    let (mut parts, body) = request.into_parts();
    let named = parts.headers.remove(OVERRIDE);
    let method = named.and_then(|name| Method::from_bytes(name.as_bytes()).ok());
    parts.method = method.ok_or_else(ApiError::invalid_input)?;
    if parts.method != Method::GET {
        return Ok(Request::from_parts(parts, body));
    }
    let body = to_bytes(body, BODY_LIMIT)
        .await
        .map_err(|_| ApiError::invalid_input())?;
    let form = is_form(&parts.headers).then(|| String::from_utf8_lossy(&body));
    let own = parts.uri.query().map(std::borrow::Cow::Borrowed);
    let query: Vec<_> = own
        .into_iter()
        .chain(form)
        .filter(|query| !query.is_empty())
        .collect();
    if !query.is_empty() {
        let target = format!("{}?{}", parts.uri.path(), query.join("&"));
        parts.uri = target.parse().map_err(|_| ApiError::invalid_input())?;
    }
    for name in [
        header::CONTENT_TYPE,
        header::CONTENT_LENGTH,
        header::TRANSFER_ENCODING,
    ] {
        parts.headers.remove(name);
    }
    Ok(Request::from_parts(parts, Body::empty()))
}

fn is_form(headers: &HeaderMap) -> bool {
    let media_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    media_type.is_some_and(|media_type| media_type.starts_with("application/x-www-form-urlencoded"))
}

/// Answers all calls of a batch, one after the other.
async fn several(request: Request, next: Next) -> Response {
    let connection = request.extensions().get::<ConnectInfo<Scissors>>().cloned();
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
    let calls = match batch::calls(&parts.headers, &body) {
        Ok(calls) => calls,
        Err(error) => return error.into_response(),
    };
    let mut answers = Vec::new();
    for call in calls {
        let answer = match single(&call, &parts.headers, connection.clone()) {
            Some(request) => next.clone().run(request).await,
            None => ApiError::invalid_input().into_response(),
        };
        let (head, body) = answer.into_parts();
        let body = to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
        answers.push((call.id, head, body));
    }
    batch::answer(&answers)
}

/// The request of one call; the batch's own credentials serve where the call has none.
fn single(
    call: &batch::Call,
    outer: &HeaderMap,
    connection: Option<ConnectInfo<Scissors>>,
) -> Option<Request> {
    let uri: Uri = call.target.parse().ok()?;
    if uri.path().starts_with("/batch") {
        return None;
    }
    let mut request = Request::new(Body::from(Bytes::clone(&call.body)));
    *request.method_mut() = call.method.clone();
    *request.uri_mut() = uri;
    *request.headers_mut() = call.headers.clone();
    if let Some(credentials) = outer.get(header::AUTHORIZATION) {
        let headers = request.headers_mut();
        headers
            .entry(header::AUTHORIZATION)
            .or_insert_with(|| credentials.clone());
    }
    // A part is text inside a text.
    request.headers_mut().remove(header::ACCEPT_ENCODING);
    if let Some(connection) = connection {
        request.extensions_mut().insert(connection);
    }
    Some(request)
}
