//! Everything that every feature stands on, and that knows none of them.

pub mod context;
pub mod credentials;
pub mod due;
pub mod fault;
pub mod feature;
pub mod index;
pub mod interrupt;
pub mod kubernetes;
pub mod metrics;
pub mod place;
pub mod pulse;
pub mod readiness;
pub mod slots;
pub mod subject;
#[cfg(test)]
pub mod testing;
pub mod text;
