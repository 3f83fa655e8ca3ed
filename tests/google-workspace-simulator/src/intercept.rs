//! What happens around every request to Google: latency, faults and the request log.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::{StreamExt as _, stream};
use serde_json::{Value, json};

use crate::answers::reasons;
use crate::answers::response::{JSON, raw};
use crate::api::params::Params;
use crate::api::{methods, paging, users};
use crate::clock::lock;
use crate::connection::Scissors;
use crate::faults::{Damage, Fault, Strike};
use crate::requests::{SeenRequest, SeenScopes, without_tokens};
use crate::workspace::{Shared, Workspace};

/// Larger answers than this do not exist.
const BODY_LIMIT: usize = 64 << 20;

/// Writes the log entry when the answer is known, or when the client went away before.
struct Entry {
    workspace: Shared,
    request: Option<SeenRequest>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(request) = self.request.take() {
            tracing::debug!(
                method = request.method,
                path = request.path,
                status = request.status,
                "request"
            );
            lock(&self.workspace.requests).push(request);
        }
    }
}

/// The layer around Google's paths.
pub(crate) async fn intercept(
    State(workspace): State<Shared>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
    next: Next,
) -> Response {
    let params = Params::parse(request.uri().query());
    let mut entry = Entry {
        workspace: workspace.clone(),
        request: Some(seen(&workspace, &request, &params)),
    };
    if !workspace.latency.is_zero() {
        tokio::time::sleep(workspace.latency).await;
    }
    let (method, path) = (request.method().as_str(), request.uri().path());
    let called = methods::called(method, path);
    let page = called
        .filter(|called| called.paged)
        .map(|_| paging::page_number(&workspace, &params));
    let strike = lock(&workspace.faults).take(method, path, called.map(|called| called.id), page);
    let response = match strike {
        None => next.run(request).await,
        Some(Strike { fault, gate }) => {
            tracing::info!(method, path, ?fault, "a fault strikes");
            if let Some(gate) = gate {
                gate.pass().await;
            }
            tokio::time::sleep(Duration::from_millis(fault.delay_ms.unwrap_or(0))).await;
            if fault.closes_only() {
                scissors.cut();
                return StatusCode::NO_CONTENT.into_response();
            }
            faulty(&workspace, &fault, &params, request, next).await
        }
    };
    if let Some(seen) = &mut entry.request {
        seen.status = response.status().as_u16();
        if let Some(SeenScopes(scopes)) = response.extensions().get() {
            seen.scopes.clone_from(scopes);
        }
    }
    response
}

fn seen(workspace: &Workspace, request: &Request, params: &Params) -> SeenRequest {
    SeenRequest {
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: without_tokens(request.uri().query().unwrap_or_default()),
        scopes: users::scopes_of(workspace, request.headers(), params),
        status: 0,
    }
}

/// The answer of a request that a fault hits.
async fn faulty(
    workspace: &Workspace,
    fault: &Fault,
    params: &Params,
    mut request: Request,
    next: Next,
) -> Response {
    let token_endpoint = request.uri().path() == "/token";
    let path = request.uri().path().to_owned();
    let items = methods::called(request.method().as_str(), &path).and_then(|called| called.items);
    let response = if let Some(response) = instead(fault, token_endpoint) {
        response
    } else {
        // Damage is done to the text, so that it must not be compressed.
        request.headers_mut().remove(header::ACCEPT_ENCODING);
        let real = next.run(request).await;
        match fault.damage() {
            Some(damage) => {
                let looping = || paging::looping_token(workspace, &path, params);
                damaged(damage, items.unwrap_or("users"), looping, real).await
            }
            None => real,
        }
    };
    if fault.cuts() {
        cut(response).await
    } else {
        response
    }
}

/// What is sent instead of the real answer; nothing when the real answer is wanted.
fn instead(fault: &Fault, token_endpoint: bool) -> Option<Response> {
    if fault.damage().is_some() {
        return None;
    }
    if let Some(body) = &fault.body {
        let status = fault.status_code().unwrap_or(StatusCode::OK);
        return Some(match body {
            Value::String(text) => raw(status, content_type(text), text.clone()),
            json => raw(status, JSON, json.to_string()),
        });
    }
    if let Some(reason) = &fault.reason {
        return reasons::response(reason, fault.status_code());
    }
    let status = fault.status_code().filter(|status| *status != StatusCode::OK)?;
    let named = reasons::for_status(status, token_endpoint).and_then(|name| reasons::response(name, None));
    Some(named.unwrap_or_else(|| {
        raw(
            status,
            "text/plain; charset=UTF-8",
            status.canonical_reason().unwrap_or(""),
        )
    }))
}

fn content_type(text: &str) -> &'static str {
    match text.trim_start().chars().next() {
        Some('{' | '[') => JSON,
        Some('<') => "text/html; charset=UTF-8",
        _ => "text/plain; charset=UTF-8",
    }
}

/// Damages a real answer, whose list is under `items`. One that is an error already stays as it is.
async fn damaged(damage: Damage, items: &str, looping: impl FnOnce() -> String, real: Response) -> Response {
    if real.status() != StatusCode::OK {
        return real;
    }
    let (mut parts, body) = real.into_parts();
    let mut text = to_bytes(body, BODY_LIMIT).await.unwrap_or_default().to_vec();
    let mut page: Value = serde_json::from_slice(&text).unwrap_or_default();
    match damage {
        Damage::ConnectionClosed | Damage::ConnectionCut => {}
        Damage::TruncatedJson => text.truncate(text.len() / 2),
        Damage::HtmlPage => {
            text = b"<!DOCTYPE html><html><title>Sign in</title><p>Please sign in to the network.</html>"
                .to_vec();
            parts.headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("text/html; charset=UTF-8"),
            );
        }
        Damage::EmptyObject => text = b"{}".to_vec(),
        Damage::EmptyPage | Damage::ShortPage | Damage::ShortRead | Damage::PageTokenLoop => {
            if let Value::Object(page) = &mut page {
                match damage {
                    Damage::EmptyPage => page.retain(|key, _| key != items && key != "nextPageToken"),
                    Damage::ShortRead => page.retain(|key, _| key != "nextPageToken"),
                    Damage::ShortPage => {
                        if let Some(Value::Array(list)) = page.get_mut(items) {
                            list.truncate(list.len() / 2);
                        }
                    }
                    _ => {
                        page.insert("nextPageToken".to_owned(), json!(looping()));
                    }
                }
            }
            text = serde_json::to_vec(&page).unwrap_or_default();
        }
    }
    set_length(&mut parts.headers, text.len());
    Response::from_parts(parts, Body::from(text))
}

/// Announces the whole answer, sends its first half and breaks off.
async fn cut(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let text = to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
    set_length(&mut parts.headers, text.len().max(1));
    let half: Result<Bytes, io::Error> = Ok(text.slice(..text.len() / 2));
    let broken = stream::once(async {
        // Lets the server write the first half before it learns of the failure.
        tokio::task::yield_now().await;
        Err(io::ErrorKind::ConnectionAborted.into())
    });
    Response::from_parts(parts, Body::from_stream(stream::iter([half]).chain(broken)))
}

fn set_length(headers: &mut HeaderMap, length: usize) {
    headers.remove(header::TRANSFER_ENCODING);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
}
