//! The dialplane command.
fn main() {}
