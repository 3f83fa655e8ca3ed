//! Removes a test's directory when the test process is gone, also when it was killed.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;

// Blocks until the pipe from the test process closes. What used the directory dies at the same moment and may
// still write for an instant, hence the repetition.
const SCRIPT: &str =
    r#"cat >/dev/null; for _ in 1 2 3 4 5 6 7 8 9 10; do rm -rf -- "$1" && exit; sleep 0.2; done"#;

/// A directory that disappears with this value, and with this process.
#[derive(Debug)]
pub(crate) struct ReapedDir {
    path: PathBuf,
    watcher: Child,
}

impl ReapedDir {
    pub(crate) fn new(prefix: &str) -> anyhow::Result<Self> {
        let path = tempfile::Builder::new()
            .prefix(prefix)
            .tempdir()
            .context("create a directory")?
            .keep();
        // Its own process group: Ctrl-C must end the test process and not the one who cleans up after it.
        let watcher = Command::new("sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("start sh to clean up after this process")?;
        Ok(Self { path, watcher })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for ReapedDir {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        // Nothing is lost when either fails: the directory is a temporary one.
        let _ = self.watcher.wait();
        let _ = fs::remove_dir_all(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_goes_with_the_value() {
        let dir = ReapedDir::new("reaper-").unwrap();
        let path = dir.path().to_path_buf();
        fs::write(path.join("file"), "x").unwrap();
        drop(dir);
        assert!(!path.exists());
    }
}
