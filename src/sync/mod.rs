//! The pure core: person -> scope -> desired extension -> plan -> guard, and the driver that orders them.
//!
//! No client, no runtime and no clock: time and the index come in as arguments, so that every rule can be tested
//! without anything running.

pub mod allocate;
pub mod desired;
pub mod driver;
pub mod fit;
#[cfg(any(fuzzing, test))]
pub mod fuzzing;
pub mod gate;
pub mod groups;
pub mod guard;
pub mod index;
pub mod number;
pub mod numbering;
pub mod person;
pub mod plan;
#[cfg(test)]
mod properties;
pub mod property;
pub mod quarantine;
pub mod room;
pub mod schedule;
pub mod scope;
pub mod selectors;
pub mod stored;
pub mod tenancy;
pub mod view;
