//! Free TCP ports on the loopback address.

use std::collections::HashMap;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, bail};
use rand::Rng as _;

/// Below Linux's default range for outgoing connections (32768 and up): a port that a restarted server needs again
/// is never in use as the near end of somebody's connection.
const RANGE: std::ops::Range<u16> = 20_000..32_000;

/// The ports of this process, each with the lock that keeps the other test processes of this machine off it.
static GIVEN: Mutex<Option<HashMap<u16, File>>> = Mutex::new(None);

/// A port that nobody listens on right now, and that no test process has been given. A stranger may still take it
/// first; whoever starts a server on it retries with another.
pub fn free() -> anyhow::Result<u16> {
    // One directory per user: nobody else's files could be opened.
    let user = rustix::process::getuid().as_raw();
    let locks = std::env::temp_dir().join(format!("dialplane-ports-{user}"));
    fs::create_dir_all(&locks).with_context(|| format!("create {}", locks.display()))?;
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    let given = given.get_or_insert_default();
    for _ in 0..1000 {
        let port = rand::rng().random_range(RANGE);
        if given.contains_key(&port) || !is_free(port) {
            continue;
        }
        if let Some(lock) = reserve(&locks, port)? {
            given.insert(port, lock);
            return Ok(port);
        }
    }
    bail!("no free TCP port between {} and {}", RANGE.start, RANGE.end)
}

/// A lock that lasts as long as the process; none when another process has it.
fn reserve(locks: &Path, port: u16) -> anyhow::Result<Option<File>> {
    let path = locks.join(port.to_string());
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path);
    let file = file.with_context(|| format!("open {}", path.display()))?;
    Ok(file.try_lock().is_ok().then_some(file))
}

/// Whether a server could listen on the port now.
pub(crate) fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn never_gives_a_port_twice_nor_one_in_use() {
        let ports: Vec<u16> = (0..200).map(|_| free().unwrap()).collect();
        assert_eq!(ports.iter().collect::<HashSet<_>>().len(), 200);
        let listener = TcpListener::bind(("127.0.0.1", ports[0])).unwrap();
        assert!(!is_free(listener.local_addr().unwrap().port()));
    }

    #[test]
    fn a_port_of_another_holder_is_not_reserved() {
        let locks = tempfile::tempdir().unwrap();
        let first = reserve(locks.path(), 20_000).unwrap();
        assert!(first.is_some());
        assert!(reserve(locks.path(), 20_000).unwrap().is_none());
        drop(first);
        assert!(reserve(locks.path(), 20_000).unwrap().is_some());
    }
}
