//! How a simulator is started.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::seed::Seed;
use crate::switches::Switches;

/// How to start a simulator.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen. The default is a free port of 127.0.0.1.
    pub listen: SocketAddr,
    /// What the Workspace holds.
    pub seed: Seed,
    /// Waited before each of Google's answers.
    pub latency: Duration,
    /// What is switched from the beginning.
    pub switches: Switches,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            seed: Seed::default(),
            latency: Duration::ZERO,
            switches: Switches::default(),
        }
    }
}
