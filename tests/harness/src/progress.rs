//! Progress lines for people who wait.

use std::io::Write;

/// Writes a line to standard error, past the capture of the test runner, so that a long build is seen while it runs.
pub fn say(line: &str) {
    // Nobody to tell when standard error is closed; the work goes on.
    let _ = writeln!(std::io::stderr(), "{line}");
}
