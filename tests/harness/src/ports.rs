//! Free TCP ports on the loopback address.

use std::collections::HashSet;
use std::net::TcpListener;
use std::sync::{Mutex, PoisonError};

use anyhow::bail;
use rand::Rng as _;

/// Below Linux's default range for outgoing connections (32768 and up): a port that a restarted server needs again
/// is never in use as the near end of somebody's connection.
const RANGE: std::ops::Range<u16> = 20_000..32_000;

static GIVEN: Mutex<Option<HashSet<u16>>> = Mutex::new(None);

/// A port that nobody listens on right now and that this process has not given out before. Another process may
/// still take it first; whoever starts a server on it retries with another.
pub(crate) fn free() -> anyhow::Result<u16> {
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    let given = given.get_or_insert_default();
    for _ in 0..1000 {
        let port = rand::rng().random_range(RANGE);
        if !given.contains(&port) && is_free(port) {
            given.insert(port);
            return Ok(port);
        }
    }
    bail!("no free TCP port between {} and {}", RANGE.start, RANGE.end)
}

/// Whether a server could listen on the port now.
pub(crate) fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_gives_a_port_twice_nor_one_in_use() {
        let ports: Vec<u16> = (0..200).map(|_| free().unwrap()).collect();
        assert_eq!(ports.iter().collect::<HashSet<_>>().len(), 200);
        let listener = TcpListener::bind(("127.0.0.1", ports[0])).unwrap();
        assert!(!is_free(listener.local_addr().unwrap().port()));
    }
}
