//! Probes, metrics, logs and a graceful end.

mod addresses;
mod documented;
mod floods;
mod logs;
mod metrics;
mod probes;
mod proxy;
mod shutdown;
mod tenants;
