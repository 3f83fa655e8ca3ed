//! The simulator over real HTTP, as clients meet it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests are not `#[test]` functions

mod binary;
mod control;
mod faults;
mod gate;
mod google_clients;
mod python;
mod support;
mod token_endpoint;
mod users_get;
mod users_list;
