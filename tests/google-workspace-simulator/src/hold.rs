//! Requests that wait until a test lets them go on, so that it can act while they are on their way.

use tokio::sync::watch;

/// Holds requests back while it lives. See [`crate::Simulator::hold`].
#[derive(Debug)]
pub struct Hold {
    held: watch::Receiver<usize>,
    // Requests wait for the end of this sender.
    _open: watch::Sender<()>,
}

/// The side of the requests.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    held: watch::Sender<usize>,
    open: watch::Receiver<()>,
}

impl Hold {
    pub(crate) fn new() -> (Self, Gate) {
        let (count, held) = watch::channel(0);
        let (open, opened) = watch::channel(());
        let gate = Gate {
            held: count,
            open: opened,
        };
        (Self { held, _open: open }, gate)
    }

    /// Returns when so many requests have come, and wait or have given up waiting.
    pub async fn reached(&self, requests: usize) {
        // The gate's sender lives as long as it can be reached; without it nobody comes any more.
        let reached = self.held.clone().wait_for(|held| *held >= requests).await.is_ok();
        if !reached {
            std::future::pending::<()>().await;
        }
    }

    /// Lets every request go on, those that come later too.
    pub fn release(self) {}
}

impl Gate {
    pub(crate) fn is_open(&self) -> bool {
        self.open.has_changed().is_err()
    }

    /// Returns when the request may go on.
    pub(crate) async fn pass(mut self) {
        self.held.send_modify(|held| *held += 1);
        while self.open.changed().await.is_ok() {}
    }
}
