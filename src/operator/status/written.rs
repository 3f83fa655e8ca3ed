//! Whether the status of an integration says what is known. One that may not be written goes on saying what was true once, so it
//! is told everywhere else: by a metric, an event, and the log.

use std::sync::atomic::{AtomicBool, Ordering};

use kube::runtime::events::{Event, EventType};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::publish::tell;
use crate::api::reasons;
use crate::operator::engine::context::Context;
use crate::operator::engine::kubernetes::is_right_missing;
use crate::operator::engine::metrics::Object;
use crate::operator::engine::subject::Subject;

/// What is told to Prometheus.
#[derive(Debug, Default)]
pub struct StatusMetrics {
    current: Family<Object, Gauge>,
}

impl StatusMetrics {
    /// Adds it to what Prometheus can ask.
    pub fn register(&self, ours: &mut Registry) {
        ours.register(
            "status_current",
            "1 if the status of an integration is up to date, 0 if the last write of it failed",
            self.current.clone(),
        );
    }

    /// The integration is gone.
    pub fn forget(&self, subject: &Subject) {
        self.current.remove(&Object::of(subject));
    }
}

/// Of one integration: whether the last write of its status failed.
#[derive(Default)]
struct IsOutdated(AtomicBool);

/// The status was written, or need not be.
pub fn succeeded(ctx: &Context, subject: &Subject) {
    let outdated = ctx.memory(&subject.uid).slot::<IsOutdated>();
    outdated.0.store(false, Ordering::Relaxed);
    let metrics = ctx.slot::<StatusMetrics>();
    metrics.current.get_or_create(&Object::of(subject)).set(1);
}

/// The status could not be written. Told once, until it can be again.
pub async fn failed(ctx: &Context, subject: &Subject, error: &kube::Error) {
    let outdated = ctx.memory(&subject.uid).slot::<IsOutdated>();
    let metrics = ctx.slot::<StatusMetrics>();
    metrics.current.get_or_create(&Object::of(subject)).set(0);
    if outdated.0.swap(true, Ordering::Relaxed) {
        return;
    }
    let (integration, namespace) = (&subject.name, &subject.key.namespace);
    tracing::warn!(%error, integration, namespace, "failed to write the status, which is outdated until a write succeeds");
    if is_right_missing(error) {
        let note = "Dialplane has no permission to write the status, so the conditions are outdated. Restore the chart's RBAC with helm upgrade. With Helm 4, add --force-conflicts if the RBAC was edited by hand.";
        let event = Event {
            type_: EventType::Warning,
            reason: reasons::FORBIDDEN.to_owned(),
            note: Some(note.to_owned()),
            action: "WriteStatus".to_owned(),
            secondary: None,
        };
        tell(ctx, subject, &event).await;
    }
}
