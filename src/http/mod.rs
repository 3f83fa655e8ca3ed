//! The HTTP servers: one for whoever reaches the public port, with Google's notifications, and one for metrics. Both have the probes.

#[cfg(any(fuzzing, test))]
pub mod fuzzing;
mod push;
mod served;
mod server;

pub use served::Served;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use tokio::net::TcpListener;

use crate::operator::realtime::PATH;

/// Serves `/healthz`, `/readyz` and `/push/google` until `end`.
pub async fn serve(listener: TcpListener, served: Served, end: impl Future<Output = ()>) {
    server::serve(listener, public(served), server::SMALL, end).await;
}

/// Serves `/healthz`, `/readyz` and `/metrics` until `end`: what strangers do to the other port does not keep the kubelet out.
pub async fn serve_metrics(listener: TcpListener, served: Served, end: impl Future<Output = ()>) {
    let router = probes().route("/metrics", get(metrics)).with_state(served);
    server::serve(listener, router, server::SMALL, end).await;
}

fn public(served: Served) -> Router {
    let callback = format!("{PATH}/{{uid}}");
    // A proxy in front may take the public URL's path away, or leave it there.
    let prefix = served.push.public_url().map(|url| url.prefix().to_owned());
    let mut router = probes().route(&callback, post(push::receive));
    if let Some(prefix) = prefix.filter(|prefix| !prefix.is_empty()) {
        router = router.route(&format!("{prefix}{callback}"), post(push::receive));
    }
    router.with_state(served)
}

fn probes() -> Router<Served> {
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
}

async fn alive(State(served): State<Served>) -> impl IntoResponse {
    let stuck = served.pulse.stuck();
    if stuck.is_empty() {
        return (StatusCode::OK, "ok\n".to_owned());
    }
    (StatusCode::SERVICE_UNAVAILABLE, stuck)
}

async fn ready(State(served): State<Served>) -> impl IntoResponse {
    if served.readiness.is_ready() {
        return (StatusCode::OK, "ok\n".to_owned());
    }
    (StatusCode::SERVICE_UNAVAILABLE, served.readiness.missing())
}

async fn metrics(State(served): State<Served>) -> impl IntoResponse {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], served.metrics.text())
}
