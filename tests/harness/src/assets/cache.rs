//! The directory outside the repository where built programs stay.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

use crate::progress::say;

/// How many keyed directories stay: the one in use, and the one of the branch that somebody switches back to.
const KEEP: usize = 2;

/// `DIALPLANE_CACHE`, or `dialplane` in the user's cache directory.
pub(super) fn root() -> anyhow::Result<PathBuf> {
    let set = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    set("DIALPLANE_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|dir| dir.join("dialplane")))
        .or_else(|| set("HOME").map(|dir| dir.join(".cache/dialplane")))
        .context("neither DIALPLANE_CACHE nor HOME is set: nowhere to keep the built control plane")
}

/// The SHA-256 of everything that decides what is built, in hexadecimal.
pub(super) fn key<'a>(inputs: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for input in inputs {
        // The length keeps two inputs from reading like one other.
        hash.update(input.len().to_le_bytes());
        hash.update(input);
    }
    hash.finalize()
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// Waits until no other process builds the same; the lock ends with the file, or with the process.
pub(super) fn lock(path: &Path) -> anyhow::Result<File> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .with_context(|| format!("open {}", path.display()))?;
    if file.try_lock().is_err() {
        say("another process builds the control plane; waiting for it");
        file.lock().with_context(|| format!("lock {}", path.display()))?;
    }
    Ok(file)
}

/// Removes the oldest directories `<prefix>*` beyond those that stay; never `current`.
pub(super) fn prune(root: &Path, prefix: &str, current: &Path) {
    let Ok(entries) = fs::read_dir(root) else { return };
    let mut others: Vec<(SystemTime, PathBuf)> = entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path())
        .filter(|path| path.is_dir() && path != current)
        .filter_map(|path| Some((path.metadata().ok()?.modified().ok()?, path)))
        .collect();
    others.sort();
    others.reverse();
    for (_, path) in others.into_iter().skip(KEEP - 1) {
        // Disk space is all that is at stake.
        let _ = fs::remove_dir_all(&path);
        let _ = fs::remove_file(path.with_extension("lock"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_tells_inputs_apart() {
        let key = |inputs: &[&str]| super::key(inputs.iter().map(|text| text.as_bytes()));
        assert_eq!(key(&["ab", "c"]), key(&["ab", "c"]));
        assert_ne!(key(&["ab", "c"]), key(&["a", "bc"]));
        assert_eq!(key(&[]).len(), 64);
    }

    #[test]
    fn pruning_keeps_the_current_and_the_newest_other() {
        let root = tempfile::tempdir().unwrap();
        for (name, age) in [
            ("control-plane-current", 9),
            ("control-plane-old", 8),
            ("control-plane-new", 1),
            ("else", 9),
        ] {
            let path = root.path().join(name);
            fs::create_dir(&path).unwrap();
            let time = SystemTime::now() - std::time::Duration::from_secs(age * 3600);
            File::open(&path).unwrap().set_modified(time).unwrap();
        }
        prune(
            root.path(),
            "control-plane-",
            &root.path().join("control-plane-current"),
        );
        let mut left: Vec<String> = fs::read_dir(root.path())
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, ["control-plane-current", "control-plane-new", "else"]);
    }
}
