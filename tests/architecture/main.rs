//! The shape of the code: who may know whom. Held against the sources themselves.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of a test may fail it"
)]

mod circles;
mod graph;
mod messages;
mod orphans;
mod requests;
mod sizes;
mod source;
mod walls;
