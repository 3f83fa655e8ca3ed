//! What people read of an integration.

pub mod draft;
pub mod progress;
pub mod publish;
pub mod written;
