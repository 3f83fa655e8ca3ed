//! One extension per person in scope: the pipe from the directory to the extensions.

pub mod evidence;
pub mod job;
pub mod numbering;
pub mod one_person;
pub mod person;
pub mod photos;
pub mod pipe;
pub mod preview;
pub mod quarantine;
pub mod reading;
pub mod realtime;
pub mod report;
pub mod selectors;
pub mod tenancy;
