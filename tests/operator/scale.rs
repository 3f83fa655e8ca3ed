//! Many people, killed operators, and two operators at once.
