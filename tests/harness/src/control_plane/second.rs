//! A second kube-apiserver on the same etcd, which can be cut off from it: it goes on answering from what it knew.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::{ControlPlane, components, readiness, start_recorded};
use crate::ports;
use crate::process::Process;

/// A second API server; it ends with the value.
#[derive(Debug)]
pub struct SecondApiServer {
    _process: Process,
    url: String,
    relay: Relay,
}

impl SecondApiServer {
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

impl ControlPlane {
    /// Starts a second API server and returns once it answers.
    pub async fn second_api_server(&self) -> anyhow::Result<SecondApiServer> {
        let relay = Relay::to(self.ports.etcd_client).await?;
        let ports = super::layout::Ports {
            etcd_client: relay.port,
            api_server: ports::free()?,
            ..self.ports
        };
        let program = components::second_api_server(&self.assets, &self.layout, ports, self.options.audit);
        let mut process = start_recorded(&program, &self.options)?;
        readiness::api_server(&mut process, &self.layout, ports).await?;
        Ok(SecondApiServer {
            _process: process,
            url: ports.url(),
            relay,
        })
    }
}

/// Passes TCP connections on, unless it is closed.
#[derive(Debug)]
struct Relay {
    port: u16,
    open: Arc<watch::Sender<bool>>,
    _serving: AbortOnDropHandle<()>,
}

impl Relay {
    async fn to(target: u16) -> anyhow::Result<Self> {
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
