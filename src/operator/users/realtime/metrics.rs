//! What is counted of notifications and of the channels that bring them.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::operator::engine::metrics::Object;
use crate::operator::engine::subject::Subject;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Received {
    result: &'static str,
}

/// The metrics of notifications.
#[derive(Debug)]
pub struct PushMetrics {
    notifications: Family<Received, Counter>,
    channels: Family<Object, Gauge>,
}

impl PushMetrics {
    /// Nothing has come yet, of any of these kinds.
    pub fn of(results: impl IntoIterator<Item = &'static str>) -> Self {
        let notifications = Family::<Received, Counter>::default();
        for result in results {
            drop(notifications.get_or_create(&Received { result }));
        }
        Self {
            notifications,
            channels: Family::default(),
        }
    }

    /// Adds them to what Prometheus can ask.
    pub fn register(&self, ours: &mut Registry) {
        ours.register(
            "push_notifications",
            "Requests to the push endpoint, by result",
            self.notifications.clone(),
        );
        ours.register(
            "push_channels",
            "Open notification channels",
            self.channels.clone(),
        );
    }

    /// A request came to the endpoint of notifications.
    pub fn notified(&self, result: &'static str) {
        self.notifications.get_or_create(&Received { result }).inc();
    }

    /// How many notification channels are open. An integration that never had one shows none.
    pub fn channels(&self, subject: &Subject, count: usize) {
        let object = Object::of(subject);
        if count > 0 || self.channels.get(&object).is_some() {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            self.channels.get_or_create(&object).set(count);
        }
    }

    /// The integration is gone: so are its numbers.
    pub fn forget(&self, subject: &Subject) {
        self.channels.remove(&Object::of(subject));
    }
}
