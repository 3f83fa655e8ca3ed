//! What Prometheus can ask. Label sets are closed, except for the integrations themselves.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::google::{Method, Observer, Outcome};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SyncResult {
    result: &'static str,
}

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

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Object {
    namespace: String,
    integration: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kept {
    namespace: String,
    integration: String,
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Received {
    result: &'static str,
}

/// Every metric of the operator.
#[derive(Debug)]
pub struct Metrics {
    registry: Mutex<Registry>,
    syncs: Family<SyncResult, Counter>,
    sync_seconds: Histogram,
    google_calls: Family<Call, Counter>,
    google_seconds: Histogram,
    writes: Family<Write, Counter>,
    extensions: Family<Kept, Gauge>,
    held: Family<Object, Gauge>,
    last_success: Family<Object, Gauge>,
    notifications: Family<Received, Counter>,
    channels: Family<Object, Gauge>,
}

impl Default for Metrics {
    fn default() -> Self {
        let metrics = Self {
            registry: Mutex::default(),
            syncs: Family::default(),
            sync_seconds: Histogram::new(exponential_buckets(0.05, 2.0, 16)),
            google_calls: Family::default(),
            google_seconds: Histogram::new(exponential_buckets(0.01, 2.0, 14)),
            writes: Family::default(),
            extensions: Family::default(),
            held: Family::default(),
            last_success: Family::default(),
            notifications: Family::default(),
            channels: Family::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&self) {
        let mut registry = self.lock();
        let ours = registry.sub_registry_with_prefix("dialplane");
        ours.register(
            "syncs",
            "Syncs that ended, by result: success or the fault's reason",
            self.syncs.clone(),
        );
        ours.register_with_unit(
            "sync_duration",
            "How long a sync took",
            Unit::Seconds,
            self.sync_seconds.clone(),
        );
        ours.register(
            "google_requests",
            "HTTP calls to Google, by method and outcome",
            self.google_calls.clone(),
        );
        ours.register_with_unit(
            "google_request_duration",
            "How long a call to Google took",
            Unit::Seconds,
            self.google_seconds.clone(),
        );
        ours.register(
            "kubernetes_writes",
            "Writes to the API server, by verb and kind",
            self.writes.clone(),
        );
        ours.register(
            "extensions",
            "Extensions that an integration keeps, by state",
            self.extensions.clone(),
        );
        ours.register(
            "held_removals",
            "Removals that wait for an approval",
            self.held.clone(),
        );
        ours.register_with_unit(
            "last_successful_sync_timestamp",
            "When the last sync that reached its end did so, also if it changed nothing",
            Unit::Seconds,
            self.last_success.clone(),
        );
        ours.register(
            "push_notifications",
            "Requests to the endpoint of Google's notifications, by what became of them",
            self.notifications.clone(),
        );
        ours.register(
            "push_channels",
            "Open notification channels",
            self.channels.clone(),
        );
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Registry> {
        self.registry
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// All of it, in the OpenMetrics text format.
    pub fn text(&self) -> String {
        let mut out = String::new();
        if let Err(error) = text::encode(&mut out, &self.lock()) {
            let _ = writeln!(out, "# encoding failed: {error}");
        }
        out
    }

    /// A sync ended; `result` is `success` or the reason of its fault.
    pub fn sync_ended(&self, result: &'static str, took: Duration) {
        self.syncs.get_or_create(&SyncResult { result }).inc();
        self.sync_seconds.observe(took.as_secs_f64());
    }

    /// A sync reached its end.
    pub fn sync_succeeded(&self, namespace: &str, integration: &str, at: i64) {
        self.last_success
            .get_or_create(&object(namespace, integration))
            .set(at);
    }

    /// A write was sent to the API server.
    pub fn wrote(&self, verb: &'static str, kind: &'static str) {
        self.writes.get_or_create(&Write { verb, kind }).inc();
    }

    /// How many extensions there are, and how many removals are held.
    pub fn extensions(&self, namespace: &str, integration: &str, (enabled, disabled): (i64, i64), held: i64) {
        for (state, count) in [("enabled", enabled), ("disabled", disabled)] {
            self.extensions
                .get_or_create(&state_of(namespace, integration, state))
                .set(count);
        }
        self.held.get_or_create(&object(namespace, integration)).set(held);
    }

    /// A request came to the endpoint of notifications.
    pub fn notified(&self, result: &'static str) {
        self.notifications.get_or_create(&Received { result }).inc();
    }

    /// How many notification channels are open. An integration that never had one shows none.
    pub fn channels(&self, namespace: &str, integration: &str, count: usize) {
        let object = object(namespace, integration);
        if count > 0 || self.channels.get(&object).is_some() {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            self.channels.get_or_create(&object).set(count);
        }
    }

    /// The integration is gone: so are its numbers.
    pub fn forget(&self, namespace: &str, integration: &str) {
        for state in ["enabled", "disabled"] {
            self.extensions.remove(&state_of(namespace, integration, state));
        }
        self.held.remove(&object(namespace, integration));
        self.last_success.remove(&object(namespace, integration));
        self.channels.remove(&object(namespace, integration));
    }
}

fn object(namespace: &str, integration: &str) -> Object {
    Object {
        namespace: namespace.to_owned(),
        integration: integration.to_owned(),
    }
}

fn state_of(namespace: &str, integration: &str, state: &'static str) -> Kept {
    Kept {
        namespace: namespace.to_owned(),
        integration: integration.to_owned(),
        state,
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
