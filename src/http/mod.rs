//! The HTTP server: probes and metrics.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;

use crate::operator::Readiness;
use crate::operator::metrics::Metrics;

/// What the server tells about.
#[derive(Clone)]
pub struct Served {
    /// For `/metrics`.
    pub metrics: Arc<Metrics>,
    /// For `/readyz`.
    pub readiness: Readiness,
}

/// Serves `/healthz`, `/readyz` and `/metrics` until `end`.
pub async fn serve(
    listener: TcpListener,
    served: Served,
    end: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let router = Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(served);
    axum::serve(listener, router).with_graceful_shutdown(end).await
}

async fn ready(State(served): State<Served>) -> impl IntoResponse {
    if served.readiness.is_ready() {
        return (StatusCode::OK, "ok\n");
    }
    (
        StatusCode::SERVICE_UNAVAILABLE,
        "the caches are not filled yet: are the CRDs and the RBAC installed?\n",
    )
}

async fn metrics(State(served): State<Served>) -> impl IntoResponse {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], served.metrics.text())
}
