//! What every command knows of the program: the name by which it was called, and how it ends.

use std::error::Error;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

/// How a command ends: with an exit code, or with an error that is told.
pub(super) type Outcome = Result<ExitCode, Box<dyn Error>>;

/// `dialplane`, or `kubectl dialplane` for kubectl's plugin.
pub(super) fn name() -> &'static str {
    called(std::env::args_os().next())
}

fn called(own: Option<OsString>) -> &'static str {
    let own = own.unwrap_or_default();
    match Path::new(&own).file_stem().and_then(|name| name.to_str()) {
        Some("kubectl-dialplane") => "kubectl dialplane",
        _ => "dialplane",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plugin_knows_its_name() {
        for (own, name) in [
            ("dialplane", "dialplane"),
            ("/usr/bin/dialplane", "dialplane"),
            ("kubectl-dialplane", "kubectl dialplane"),
            ("/home/ana/.krew/bin/kubectl-dialplane", "kubectl dialplane"),
            ("kubectl-dialplane.exe", "kubectl dialplane"),
            ("kubectl-other", "dialplane"),
        ] {
            assert_eq!(called(Some(own.into())), name, "{own}");
        }
        assert_eq!(called(None), "dialplane");
    }
}
