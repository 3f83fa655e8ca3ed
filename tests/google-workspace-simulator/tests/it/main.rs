//! The simulator over real HTTP, as clients meet it.
// Helpers of tests are not `#[test]` functions, tables are long, and people want to see what is prepared.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::too_many_lines, clippy::print_stdout, clippy::print_stderr)]

mod binary;
mod bitwarden;
mod cache;
mod changes;
mod channels;
mod clients;
mod control;
mod faults;
mod front;
mod gam;
mod gate;
mod generated;
mod google_clients;
mod groups;
mod members;
mod notifications;
mod organization;
mod orgunits;
mod photos;
mod programs;
mod python;
mod receiver;
mod self_signed;
mod support;
mod token_endpoint;
mod tolerance;
mod users_get;
mod users_list;
