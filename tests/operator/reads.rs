//! Nobody loses a phone because of a bad read.
