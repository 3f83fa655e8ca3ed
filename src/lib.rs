//! Dialplane manages one `PbxExtension` for each Google Workspace user: a Kubernetes operator.
//!
//! Arrows point down only: `cli -> operator -> {sync, google, api}`, `http -> operator`, `sync -> api`.

pub mod api;
pub mod cli;
#[cfg(any(fuzzing, test))]
pub mod fuzzing;
pub mod google;
pub mod http;
pub mod operator;
pub mod sync;
