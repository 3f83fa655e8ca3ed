//! The Google client over real HTTP against the simulated Workspace.

#![allow(clippy::unwrap_used, reason = "the helpers of a test may fail it")]

mod channels;
mod credentials;
mod errors;
mod groups;
mod org_units;
mod people;
mod photos;
mod users;
mod world;
