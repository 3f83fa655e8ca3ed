//! What Prometheus can ask: the registry, and what is counted of requests. Each feature adds metrics of its own. Label sets
//! are closed, except for the integrations themselves.

use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use super::subject::Subject;
use crate::google::{Method, Observer, Outcome};

/// Every kind of write that is counted, and so told as 0 before the first one.
const WRITES: [(&str, &str); 8] = [
    ("create", "PbxExtension"),
    ("patch", "PbxExtension"),
    ("delete", "PbxExtension"),
    ("create", "ConfigMap"),
    ("patch", "ConfigMap"),
    ("delete", "ConfigMap"),
    ("patch", "GoogleWorkspaceIntegration"),
    ("patch", "GoogleWorkspaceIntegration/status"),
];

/// In front of every name.
const PREFIX: &str = "dialplane";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    method: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Write {
    verb: &'static str,
    kind: &'static str,
}

/// The labels of what is counted for each integration.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Object {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub integration: String,
}

impl Object {
    /// The labels of an integration.
    pub fn of(subject: &Subject) -> Self {
        Self {
            namespace: subject.key.namespace.clone(),
            integration: subject.name.clone(),
        }
    }
}

/// The operator's metrics.
#[derive(Debug)]
pub struct Metrics {
    registry: Mutex<Registry>,
    google_calls: Family<Call, Counter>,
    google_seconds: Histogram,
    writes: Family<Write, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        let metrics = Self {
            registry: Mutex::default(),
            google_calls: Family::default(),
            google_seconds: Histogram::new(exponential_buckets(0.01, 2.0, 14)),
            writes: Family::default(),
        };
        // A counter that appears with its first event has no rate for that event.
        for (method, outcome) in Method::ALL
            .iter()
            .flat_map(|method| Outcome::ALL.map(|outcome| (method, outcome)))
        {
            drop(metrics.google_calls.get_or_create(&Call {
                method: method.as_str(),
                outcome: outcome.as_str(),
            }));
        }
        for (verb, kind) in WRITES {
            drop(metrics.writes.get_or_create(&Write { verb, kind }));
        }
        metrics.register(|ours| {
            ours.register(
                "google_requests",
                "HTTP calls to Google, by method and outcome",
                metrics.google_calls.clone(),
            );
            ours.register_with_unit(
                "google_request_duration",
                "Duration of calls to Google",
                Unit::Seconds,
                metrics.google_seconds.clone(),
            );
            ours.register(
                "kubernetes_writes",
                "Writes to the API server, by verb and kind",
                metrics.writes.clone(),
            );
        });
        metrics
    }
}

impl Metrics {
    /// Takes in the metrics of a feature, whose names come after our prefix. Once for each feature.
    pub fn register(&self, add: impl FnOnce(&mut Registry)) {
        add(self.lock().sub_registry_with_prefix(PREFIX));
    }

    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All of it, in the OpenMetrics text format.
    pub fn text(&self) -> String {
        let mut out = String::new();
        if let Err(error) = text::encode(&mut out, &self.lock()) {
            let _ = writeln!(out, "# encoding failed: {error}");
        }
        out
    }

    /// A write was sent to the API server.
    pub fn wrote(&self, verb: &'static str, kind: &'static str) {
        debug_assert!(WRITES.contains(&(verb, kind)), "{verb} {kind} is not in WRITES");
        self.writes.get_or_create(&Write { verb, kind }).inc();
    }
}

impl Observer for Metrics {
    fn call(&self, method: Method, outcome: Outcome, elapsed: Duration) {
        self.google_calls
            .get_or_create(&Call {
                method: method.as_str(),
                outcome: outcome.as_str(),
            })
            .inc();
        self.google_seconds.observe(elapsed.as_secs_f64());
    }
}
