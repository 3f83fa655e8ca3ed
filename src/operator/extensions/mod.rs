//! The extensions in the cluster: seen, claimed, changed, and guarded by hand.

pub mod apply;
pub mod break_glass;
pub mod expiry;
#[cfg(test)]
pub mod testing;
pub mod watch;
pub mod writes;
