//! What every route may ask.

use std::sync::Arc;

use crate::operator::metrics::Metrics;
use crate::operator::realtime::Push;
use crate::operator::{Pulse, Readiness};

/// What the server tells about.
#[derive(Clone)]
pub struct Served {
    /// For `/metrics`.
    pub metrics: Arc<Metrics>,
    /// For `/readyz`.
    pub readiness: Readiness,
    /// For `/healthz`.
    pub pulse: Pulse,
    /// For notifications.
    pub push: Arc<Push>,
}
