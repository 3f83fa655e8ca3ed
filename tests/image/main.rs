//! The container image that `make image` writes: what is in it, and that it runs with nothing beside it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of a test may fail it"
)]

mod archive;
mod packing;
mod released;
