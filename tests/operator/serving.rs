//! Probes, metrics, logs and a graceful end.

mod floods;
mod logs;
mod metrics;
mod probes;
mod proxy;
mod shutdown;
mod tenants;
