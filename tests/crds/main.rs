//! The custom resources as people meet them: what a real API server accepts and refuses and in which words, what it fills
//! in, and what `kubectl explain` says.
//!
//! The tables are held against the generated CRDs, so that a new field or rule without a case fails.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of a test may fail it"
)]

mod explain;
mod files;
mod fill;
mod install;
mod lint;
mod manual;
mod objects;
mod rules;
mod samples;
mod schema;
mod server;
mod settings;
mod status;
mod transitions;
mod values;
