//! How test support fails: at once and with the whole chain of causes.

/// Ends the test when a step of its preparation failed.
pub(crate) trait OrFail<T> {
    /// The value, or a panic that says what was being done and why it failed.
    fn or_fail(self, doing: &str) -> T;
}

impl<T, E: Into<anyhow::Error>> OrFail<T> for Result<T, E> {
    #[track_caller]
    #[allow(
        clippy::panic,
        reason = "test support: a test cannot go on without what it asked for"
    )]
    fn or_fail(self, doing: &str) -> T {
        match self {
            Ok(value) => value,
            Err(error) => panic!("{doing}: {:#}", error.into()),
        }
    }
}
