//! The HTTP server: probes, metrics and Google's notifications.

mod push;
mod served;

pub use served::Served;

use std::future::Future;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use tokio::net::TcpListener;

use crate::operator::realtime::PATH;

/// Serves `/healthz`, `/readyz`, `/metrics` and `/push/google` until `end`.
pub async fn serve(
    listener: TcpListener,
    served: Served,
    end: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router(served))
        .with_graceful_shutdown(end)
        .await
}

fn router(served: Served) -> Router {
    let callback = format!("{PATH}/{{uid}}");
    // A proxy in front may take the public URL's path away, or leave it there.
    let prefix = served.push.public_url().map(|url| url.prefix().to_owned());
    let mut router = Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route(&callback, post(push::receive));
    if let Some(prefix) = prefix.filter(|prefix| !prefix.is_empty()) {
        router = router.route(&format!("{prefix}{callback}"), post(push::receive));
    }
    router.with_state(served)
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
