//! The files of one control plane.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::{pki, ports};

/// Where everything of one control plane lies.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    root: PathBuf,
}

/// The TCP ports of one control plane, all on 127.0.0.1.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub(super) struct Ports {
    pub(super) etcd_client: u16,
    pub(super) etcd_peer: u16,
    pub(super) api_server: u16,
    pub(super) controller_manager: u16,
}

impl Ports {
    pub(super) fn url(self) -> String {
        format!("https://127.0.0.1:{}", self.api_server)
    }

    fn choose() -> anyhow::Result<Self> {
        Ok(Self {
            etcd_client: ports::free()?,
            etcd_peer: ports::free()?,
            api_server: ports::free()?,
            controller_manager: ports::free()?,
        })
    }

    fn are_free(self) -> bool {
        [
            self.etcd_client,
            self.etcd_peer,
            self.api_server,
            self.controller_manager,
        ]
        .into_iter()
        .all(ports::is_free)
    }
}

const PORTS: &str = "ports.json";

/// Who did what, without the bodies: enough to count writes. `RequestReceived` says nothing that the later stages
/// do not say too.
const AUDIT_POLICY: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
";

impl Layout {
    /// Creates the directories, keys and policy that are not there yet.
    pub(super) fn prepare(root: &Path) -> anyhow::Result<Self> {
        let layout = Self {
            root: root.to_path_buf(),
        };
        for dir in [layout.root.clone(), layout.path("log"), layout.path("tools")] {
            fs::create_dir_all(&dir).with_context(|| format!("create {}", dir.display()))?;
        }
        if !layout.pki("sa.pub").exists() {
            pki::create(&layout.path("pki"))?;
        }
        fs::write(layout.audit_policy(), AUDIT_POLICY).context("write the audit policy")?;
        // An API server that finds the file appends to it, and so a second one may write to it too.
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(layout.audit_log());
        log.context("create the audit log")?;
        Ok(layout)
    }

    /// The ports of the last start when they are still free, so that kubeconfigs stay good; new ones otherwise.
    pub(super) fn ports(&self) -> anyhow::Result<Ports> {
        if let Some(ports) = self.last_ports().filter(|ports| ports.are_free()) {
            return Ok(ports);
        }
        let ports = Ports::choose()?;
        fs::write(self.path(PORTS), serde_json::to_vec(&ports)?).context("write down the ports")?;
        Ok(ports)
    }

    /// The ports of the last start.
    pub(super) fn last_ports(&self) -> Option<Ports> {
        serde_json::from_slice(&fs::read(self.path(PORTS)).ok()?).ok()
    }

    pub(super) fn forget_ports(&self) -> anyhow::Result<()> {
        fs::remove_file(self.path(PORTS)).context("forget the ports")
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(super) fn pki(&self, name: &str) -> PathBuf {
        self.path("pki").join(name)
    }

    pub(super) fn log(&self, component: &str) -> PathBuf {
        self.path("log").join(format!("{component}.log"))
    }

    pub(super) fn audit_policy(&self) -> PathBuf {
        self.path("audit-policy.yaml")
    }

    pub(super) fn audit_log(&self) -> PathBuf {
        self.path("log").join("audit.log")
    }

    pub(super) fn admin_kubeconfig(&self) -> PathBuf {
        self.path("admin.kubeconfig")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_second_preparation_keeps_keys_and_ports() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::prepare(dir.path()).unwrap();
        let key = fs::read(layout.pki("admin.key")).unwrap();
        let ports = layout.ports().unwrap();
        let again = Layout::prepare(dir.path()).unwrap();
        assert_eq!(fs::read(again.pki("admin.key")).unwrap(), key);
        assert_eq!(again.ports().unwrap().api_server, ports.api_server);
    }

    #[test]
    fn a_port_that_somebody_took_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::prepare(dir.path()).unwrap();
        let ports = layout.ports().unwrap();
        let _taken = std::net::TcpListener::bind(("127.0.0.1", ports.etcd_peer)).unwrap();
        assert_ne!(layout.ports().unwrap().etcd_peer, ports.etcd_peer);
    }

    #[test]
    fn private_keys_are_private() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::prepare(dir.path()).unwrap();
        for key in ["apiserver.key", "admin.key", "sa.key"] {
            let mode = fs::metadata(layout.pki(key)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{key}");
        }
    }
}
