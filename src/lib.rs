//! Dialplane.
