//! The operator on a real API server, reading a simulated Google Workspace: one file per capability.
//!
//! Each test has a namespace, a directory and an operator of its own. The operator runs as the chart's ServiceAccount, so
//! that a missing rule of its RBAC fails here.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod break_glass;
mod deletion;
mod faults;
mod gateway;
mod guard;
mod judgement;
mod lifecycle;
mod locked;
mod modes;
mod numbering;
mod photos;
mod plans;
mod quickstart;
mod reads;
mod realtime;
mod repair;
mod scale;
mod scenarios;
mod schedule;
mod scope;
mod serving;
mod undecodable;
mod world;
