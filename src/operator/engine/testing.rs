//! What tests of every floor begin with.

use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use kube::runtime::events::Reporter;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::context::{Context, Parts};
use super::metrics::Metrics;
use super::subject::Subject;
use crate::api::names::FIELD_MANAGER;
use crate::google;

/// An integration of generation 1, as the API server would send it, with `over` merged over it (RFC 7386).
pub fn subject(over: Value) -> Subject {
    let mut object = json!({
        "apiVersion": "dialplane.io/v1alpha1",
        "kind": "GoogleWorkspaceIntegration",
        "metadata": {"name": "acme", "namespace": "voice", "uid": "u-1", "generation": 1},
        "spec": {
            "tenant": {"name": "acme"},
            "google": {"credentials": {"serviceAccount": {"secretRef": {"name": "key"}}}},
            "users": {"enabled": true, "syncMode": "Automatic", "schedule": {"interval": "15m"}},
        },
    });
    merge(&mut object, over);
    Subject::new(Arc::new(serde_json::from_value(object).unwrap()))
}

pub fn merge(target: &mut Value, over: Value) {
    match (target, over) {
        (Value::Object(target), Value::Object(over)) => {
            for (key, value) in over {
                merge(target.entry(key).or_insert(Value::Null), value);
            }
        }
        (target, over) => *target = over,
    }
}

/// A context that knows nothing yet.
pub fn context(client: kube::Client) -> Context {
    let metrics = Arc::new(Metrics::default());
    let google = google::Client::new(
        google::Endpoints::default(),
        google::Tuning::default(),
        metrics.clone(),
    );
    let reporter = Reporter {
        controller: FIELD_MANAGER.to_owned(),
        instance: None,
    };
    Context::new(Parts {
        reporter,
        watching: client.clone(),
        client,
        google: google.unwrap(),
        metrics,
        shutdown: CancellationToken::new(),
        integrations: Vec::new(),
        wakers: Vec::new(),
        sightings: mpsc::unbounded_channel().0,
    })
}

/// What was written: path and body of every request that changes something, in order.
pub type Written = Arc<Mutex<Vec<(String, Value)>>>;

/// A context whose API server takes every write and answers it with `object`. It shows what is written and when,
/// and says nothing about how Kubernetes behaves.
pub async fn recording(object: Value) -> (Context, Written) {
    // The second test of a process finds it installed.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let written = Written::default();
    let take = |State((written, object)): State<(Written, Value)>, request: Request| async move {
        let path = request.uri().path().to_owned();
        let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        let answer = if path.ends_with("/status") {
            object
        } else {
            body.clone()
        };
        written.lock().unwrap().push((path, body));
        axum::Json(answer)
    };
    let app = axum::Router::new()
        .fallback(take)
        .with_state((Arc::clone(&written), object));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let config = kube::Config::new(format!("http://{address}").parse().unwrap());
    let client = kube::Client::try_from(config).unwrap();
    (context(client), written)
}
