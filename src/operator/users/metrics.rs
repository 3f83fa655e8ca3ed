//! What is counted of syncs and of the extensions that they keep.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::api::reasons;
use crate::operator::engine::metrics::Object;
use crate::operator::engine::subject::Subject;
use crate::sync::index;

/// The result of a sync that reached its end.
pub const SUCCESS: &str = "success";

/// What an extension can be: served, not served, or not readable by this version.
const STATES: [&str; 3] = ["enabled", "disabled", "undecodable"];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SyncResult {
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kept {
    namespace: String,
    integration: String,
    state: &'static str,
}

/// The metrics of syncs.
#[derive(Debug)]
pub struct UsersMetrics {
    syncs: Family<SyncResult, Counter>,
    sync_seconds: Histogram,
    extensions: Family<Kept, Gauge>,
    held: Family<Object, Gauge>,
    last_success: Family<Object, Gauge>,
}

impl Default for UsersMetrics {
    fn default() -> Self {
        let syncs = Family::<SyncResult, Counter>::default();
        for result in [SUCCESS].into_iter().chain(reasons::FAULTS.iter().copied()) {
            drop(syncs.get_or_create(&SyncResult { result }));
        }
        Self {
            syncs,
            sync_seconds: Histogram::new(exponential_buckets(0.05, 2.0, 16)),
            extensions: Family::default(),
            held: Family::default(),
            last_success: Family::default(),
        }
    }
}

impl UsersMetrics {
    /// Adds them to what Prometheus can ask.
    pub fn register(&self, ours: &mut Registry) {
        ours.register(
            "syncs",
            "Syncs, by result: success or the reason of the failure",
            self.syncs.clone(),
        );
        ours.register_with_unit(
            "sync_duration",
            "Duration of syncs",
            Unit::Seconds,
            self.sync_seconds.clone(),
        );
        ours.register(
            "extensions",
            "Managed extensions, by state",
            self.extensions.clone(),
        );
        ours.register(
            "held_removals",
            "Removals that wait for approval",
            self.held.clone(),
        );
        ours.register_with_unit(
            "last_successful_sync_timestamp",
            "Time of the last successful sync, also if it changed nothing",
            Unit::Seconds,
            self.last_success.clone(),
        );
    }

    /// A sync ended; `result` is `success` or the reason of its fault.
    pub fn sync_ended(&self, result: &'static str, took: Duration) {
        self.syncs.get_or_create(&SyncResult { result }).inc();
        self.sync_seconds.observe(took.as_secs_f64());
    }

    /// A sync reached its end.
    pub fn sync_succeeded(&self, subject: &Subject, at: i64) {
        self.last_success.get_or_create(&Object::of(subject)).set(at);
    }

    /// How many extensions there are, and how many removals are held.
    pub fn extensions(&self, subject: &Subject, kept: index::Kept, held: i64) {
        let counts = [kept.enabled, kept.disabled, kept.undecodable];
        for (state, count) in STATES.into_iter().zip(counts) {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            self.extensions.get_or_create(&of(subject, state)).set(count);
        }
        self.held.get_or_create(&Object::of(subject)).set(held);
    }

    /// The integration is gone: so are its numbers.
    pub fn forget(&self, subject: &Subject) {
        for state in STATES {
            self.extensions.remove(&of(subject, state));
        }
        self.held.remove(&Object::of(subject));
        self.last_success.remove(&Object::of(subject));
    }
}

fn of(subject: &Subject, state: &'static str) -> Kept {
    let Object {
        namespace,
        integration,
    } = Object::of(subject);
    Kept {
        namespace,
        integration,
        state,
    }
}
