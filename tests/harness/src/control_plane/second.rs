//! A second kube-apiserver on the same etcd, which can be cut off from it: it goes on answering from what it knew.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use crate::process::Process;

/// A second API server; it ends with the value.
#[derive(Debug)]
pub struct SecondApiServer {
    _process: Process,
    url: String,
    relay: Relay,
}

impl SecondApiServer {
    /// The one that runs as this process, answers at this URL and reaches etcd by the relay.
    pub(super) fn new(process: Process, url: String, relay: Relay) -> Self {
        Self {
            _process: process,
            url,
            relay,
        }
    }

    /// `https://127.0.0.1:<port>`; with the certificate and the credentials of the first one.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// From now on it hears nothing from etcd, and etcd nothing from it. Connections stay open, as they do when a network drops
    /// packets.
    pub fn cut_off(&self) {
        self.relay.open.send_replace(false);
    }

    /// It hears from etcd again, what was sent meanwhile included.
    pub fn reconnect(&self) {
        self.relay.open.send_replace(true);
    }
}

/// Passes TCP connections on, unless it is closed.
#[derive(Debug)]
pub(super) struct Relay {
    pub(super) port: u16,
    open: Arc<watch::Sender<bool>>,
    _serving: AbortOnDropHandle<()>,
}

impl Relay {
    /// A relay to this port of this machine.
    pub(super) async fn to(target: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("listen")?;
        let port = listener.local_addr()?.port();
        let open = Arc::new(watch::Sender::new(true));
        let gate = Arc::clone(&open);
        let serving = tokio::spawn(async move {
            loop {
                // What fails is a connection that went away before it was taken.
                if let Ok((near, _)) = listener.accept().await {
                    tokio::spawn(connect(near, target, gate.subscribe()));
                }
            }
        });
        Ok(Self {
            port,
            open,
            _serving: AbortOnDropHandle::new(serving),
        })
    }
}

async fn connect(near: TcpStream, target: u16, mut open: watch::Receiver<bool>) {
    if open.wait_for(|open| *open).await.is_err() {
        return;
    }
    // etcd that is down refuses this connection, and so ours ends.
    let Ok(far) = TcpStream::connect(("127.0.0.1", target)).await else {
        return;
    };
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    tokio::select! {
        () = pump(near_in, far_out, open.clone()) => {}
        () = pump(far_in, near_out, open) => {}
    }
}

/// Returns when one of the two ends, or the relay does.
async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut open: watch::Receiver<bool>) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let Ok(read @ 1..) = from.read(&mut buffer).await else {
            return;
        };
        if open.wait_for(|open| *open).await.is_err() || to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
