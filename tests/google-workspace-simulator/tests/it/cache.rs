//! Directories outside the tree where what the tests install stays, each named by a hash of what pins it.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// One such directory, which nobody else prepares while this lives.
pub(crate) struct Cached {
    pub(crate) directory: PathBuf,
    _lock: File,
}

impl Cached {
    /// The directory for a kind of thing, made when it is not there. What was prepared in it marks itself as complete.
    pub(crate) fn open<'a>(kind: &str, pins: impl IntoIterator<Item = &'a str>) -> Self {
        let mut hasher = DefaultHasher::new();
        for pin in pins {
            pin.hash(&mut hasher);
        }
        let directory = root().join(format!("{kind}-{:016x}", hasher.finish()));
        fs::create_dir_all(&directory).unwrap();
        // Another test, or another test binary, may be preparing the same directory.
        let lock = locked(&directory.join("lock"));
        Self {
            directory,
            _lock: lock,
        }
    }

    /// A file or directory in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Whether something was prepared to its end.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.marker(name).exists()
    }

    /// Marks something as prepared to its end.
    pub(crate) fn complete(&self, name: &str) {
        fs::write(self.marker(name), "").unwrap();
    }

    fn marker(&self, name: &str) -> PathBuf {
        self.path(&format!("complete-{name}"))
    }
}

/// `DIALPLANE_CACHE`, or `dialplane` in the user's cache directory, as the Makefile and the harness have it.
fn root() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let below = |name: &str, path: &str| Some(Path::new(&set(name)?).join(path));
    below("DIALPLANE_CACHE", "")
        .or_else(|| below("XDG_CACHE_HOME", "dialplane"))
        .or_else(|| below("HOME", ".cache/dialplane"))
        .expect("HOME or DIALPLANE_CACHE is set")
}

/// A lock that ends with the file, or with the process.
fn locked(path: &Path) -> File {
    let file = File::create(path).unwrap();
    file.lock().unwrap();
    file
}

/// Whether a command could be run and succeeded. What it says on standard error is shown.
pub(crate) fn run(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Installs packages of Debian, where that is allowed.
pub(crate) fn apt_get(packages: &[&str]) -> bool {
    // apt-get does not wait for another one, and tests install at the same time.
    let _lock = locked(&root().join("apt-get.lock"));
    let mut install = Command::new("apt-get");
    install
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(["install", "-y", "--no-install-recommends"])
        .args(packages);
    run(Command::new("apt-get").arg("update")) && run(&mut install)
}
