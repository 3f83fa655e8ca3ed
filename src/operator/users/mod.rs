//! One extension per person in scope: the pipe from the directory to the extensions.

mod announcement;
pub mod cause;
pub mod companion;
pub mod evidence;
pub mod feature;
pub mod job;
pub mod memory;
pub mod metrics;
pub mod numbering;
pub mod one_person;
pub mod outcome;
pub mod person;
pub mod photos;
pub mod pipe;
pub mod preview;
pub mod property;
pub mod quarantine;
pub mod reading;
pub mod realtime;
mod removal;
pub mod report;
mod run;
pub mod selectors;
pub mod tenancy;
