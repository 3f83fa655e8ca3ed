//! The stack behind `make quickstart`.
fn main() {}
