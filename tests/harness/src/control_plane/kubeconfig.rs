//! Kubeconfig files.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::{Value, json};

use super::layout::{Layout, Ports};
use crate::pki::write_private;

/// Writes the admin's kubeconfig: a client certificate of the group `system:masters`.
pub(super) fn write_admin(layout: &Layout, ports: Ports) -> anyhow::Result<()> {
    let user = json!({
        "client-certificate-data": encoded(&layout.pki("admin.crt"))?,
        "client-key-data": encoded(&layout.pki("admin.key"))?,
    });
    write(&layout.admin_kubeconfig(), layout, ports, &user)
}

/// Writes a kubeconfig that signs in with a bearer token.
pub(super) fn write_token(path: &Path, layout: &Layout, ports: Ports, token: &str) -> anyhow::Result<()> {
    write(path, layout, ports, &json!({ "token": token }))
}

fn write(path: &Path, layout: &Layout, ports: Ports, user: &Value) -> anyhow::Result<()> {
    let content = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "local",
        "clusters": [{"name": "local", "cluster": {
            "server": ports.url(),
            "certificate-authority-data": encoded(&layout.pki("ca.crt"))?,
        }}],
        "users": [{"name": "local", "user": user}],
        "contexts": [{"name": "local", "context": {"cluster": "local", "user": "local"}}],
    });
    write_private(path, &serde_yaml::to_string(&content)?)
}

fn encoded(file: &Path) -> anyhow::Result<String> {
    Ok(STANDARD.encode(fs::read(file).with_context(|| format!("read {}", file.display()))?))
}

/// A client configuration from a kubeconfig; without kube's own repetition of failed requests, so that a test sees
/// each answer and the audit log holds no request that the test did not make.
pub(super) async fn config(path: &Path) -> anyhow::Result<kube::Config> {
    let kubeconfig = Kubeconfig::read_from(path).with_context(|| format!("read {}", path.display()))?;
    let mut config = kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    config.default_retry = false;
    Ok(config)
}
