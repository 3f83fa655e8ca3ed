//! Probes, metrics, logs and a graceful end.
