//! The commands for people, as child processes on a real API server with a simulated Google Workspace: what they print,
//! how they end, and what they leave alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod approve;
mod candidates;
mod explain;
mod manifest;
mod plan;
mod plugin;
mod program;
mod run;
mod suspend;
mod sync;
#[allow(
    dead_code,
    unused_imports,
    reason = "shared with the tests of the operator, which use more of it"
)]
#[path = "../operator/world/mod.rs"]
mod world;
