//! Answers with the headers of Google's front end, and its HTML pages.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// The content type of every JSON answer of the APIs.
pub(crate) const JSON: &str = "application/json; charset=UTF-8";

/// An API answer with the headers that were seen on real Directory answers.
pub(crate) fn api_response(status: StatusCode, body: &Value, pretty: bool) -> Response {
    let text = if pretty {
        serde_json::to_vec_pretty(body)
    } else {
        serde_json::to_vec(body)
    };
    let mut response = raw(status, JSON, text.unwrap_or_default());
    let headers = response.headers_mut();
    for (name, value) in [
        (header::VARY, "Origin"),
        (header::VARY, "X-Origin"),
        (header::VARY, "Referer"),
    ] {
        headers.append(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private"));
    if let Some(etag) = body
        .get("etag")
        .and_then(Value::as_str)
        .and_then(|etag| HeaderValue::from_str(etag).ok())
    {
        headers.insert(header::ETAG, etag);
    }
    response
}

/// An answer as it is, from Google's front end.
pub(crate) fn raw(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let server = (header::SERVER, HeaderValue::from_static("ESF"));
    (
        status,
        [
            (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
            server,
        ],
        body.into(),
    )
        .into_response()
}

/// The gateway's page for an unknown path or a verb that the path does not have: never JSON, never 405.
pub(crate) fn html_error(status: StatusCode, text: &str) -> Response {
    let code = status.as_u16();
    let title = status.canonical_reason().unwrap_or("Error");
    let page = format!(
        "<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n  <title>Error {code} ({title})!!1</title>\n  \
         <p><b>{code}.</b> <ins>That\u{2019}s an error.</ins>\n  <p>{text}  <ins>That\u{2019}s all we know.</ins>\n"
    );
    raw(status, "text/html; charset=UTF-8", page)
}

/// The page for something that is not there. The path comes from the caller and is escaped.
pub(crate) fn html_not_found(path: &str) -> Response {
    let path = path
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    html_error(
        StatusCode::NOT_FOUND,
        &format!("The requested URL <code>{path}</code> was not found on this server."),
    )
}
