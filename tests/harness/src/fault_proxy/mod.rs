//! A proxy between the operator and kube-apiserver that makes things go wrong at chosen requests: before the API server hears of
//! them, or after it has answered and before the operator hears of that. A kill at random would hit neither on purpose.
//!
//! It ends TLS with the API server's own certificate, so that the operator's kubeconfig differs in the address alone, and passes
//! the operator's token on: RBAC, admission and the audit log see the operator.

mod call;
mod fault;
mod passage;
mod server;
mod upstream;
mod view;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use kube::config::Kubeconfig;
pub use rustix::process::Signal;
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

pub use self::call::Call;
pub use self::fault::{Action, Fault, FaultHandle, Matcher, Moment, Refusal};
use self::passage::Passage;
pub use self::passage::Passed;
use self::upstream::Upstream;
pub use self::view::{Distortion, Sighting, View, ViewHandle};
use crate::control_plane::ControlPlane;
use crate::pki::write_private;
use crate::process::Identity;
use crate::reaper::ReapedDir;

/// A running proxy; it ends with the value.
#[derive(Debug)]
pub struct FaultProxy {
    passage: Arc<Passage>,
    url: String,
    authority: PathBuf,
    dir: ReapedDir,
    _serving: AbortOnDropHandle<()>,
}

impl FaultProxy {
    /// A proxy in front of this control plane. Nothing goes wrong yet.
    pub async fn start(plane: &ControlPlane) -> anyhow::Result<Self> {
        let pki = plane.server_identity();
        let listener = TcpListener::bind("127.0.0.1:0").await.context("listen")?;
        let url = format!("https://{}", listener.local_addr()?);
        let passage = Arc::new(Passage::to(Upstream::new(plane.url(), &pki.authority)?));
        let acceptor = server::acceptor(&pki.certificate, &pki.key)?;
        let serving = tokio::spawn(server::serve(listener, acceptor, Arc::clone(&passage)));
        Ok(Self {
            passage,
            url,
            authority: pki.authority,
            dir: ReapedDir::new("dialplane-fault-proxy-")?,
            _serving: AbortOnDropHandle::new(serving),
        })
    }

    /// `https://127.0.0.1:<port>`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A copy of this kubeconfig with the proxy in the API server's place. It has to sign in with a token: a client certificate
    /// would end here.
    pub fn kubeconfig(&self, of: &Path) -> anyhow::Result<PathBuf> {
        let mut config = Kubeconfig::read_from(of).with_context(|| format!("read {}", of.display()))?;
        let clusters = config
            .clusters
            .iter_mut()
            .filter_map(|named| named.cluster.as_mut());
        for cluster in clusters {
            cluster.server = Some(self.url.clone());
        }
        let path = self.dir.path().join("kubeconfig");
        write_private(&path, &serde_yaml::to_string(&config)?)?;
        Ok(path)
    }

    /// The process that [`Action::Signal`] is for.
    pub fn aim_at(&self, operator: Option<Identity>) {
        self.passage.aim_at(operator);
    }

    /// Sends the operator a signal now.
    pub fn signal(&self, signal: Signal) {
        self.passage.signal(signal);
    }

    /// Lets something go wrong from now on.
    pub fn add(&self, fault: Fault) -> FaultHandle {
        self.passage.faults.add(fault)
    }

    /// Distorts what watches show from now on.
    pub fn distort(&self, view: View) -> ViewHandle {
        self.passage.views.add(view)
    }

    /// Nothing goes wrong any more, and everything that is held goes on.
    pub fn end_all(&self) {
        self.passage.faults.end_all();
        self.passage.views.end_all();
    }

    /// Leads to the API server at this URL of the same control plane from now on; open connections end.
    pub fn lead_to(&self, url: &str) -> anyhow::Result<()> {
        self.passage.lead_to(Upstream::new(url, &self.authority)?);
        Ok(())
    }

    /// Ends every open connection, and so every watch.
    pub fn close_connections(&self) {
        self.passage.close_connections();
    }

    /// Every request until now, in the order in which they came.
    pub fn log(&self) -> Vec<Passed> {
        self.passage.log()
    }

    /// How many requests of each kind there were: `create pbxextensions`, `patch pbxextensions/status`, ...
    pub fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for passed in self.log() {
            let kind = Call {
                name: String::new(),
                ..passed.call
            };
            *counts.entry(kind.to_string()).or_default() += 1;
        }
        counts
    }
}
