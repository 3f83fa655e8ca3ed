//! Probes, metrics, logs and a graceful end.

mod floods;
mod logs;
mod metrics;
mod probes;
mod shutdown;
mod tenants;
