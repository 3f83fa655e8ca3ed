//! When a component can be used.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use super::layout::{Layout, Ports};
use crate::assets::KUBERNETES_VERSION;
use crate::process::Process;

/// The API server is ready after 4 s on two idle cores; a loaded machine gets much longer.
const PATIENCE: Duration = Duration::from_mins(2);
const PAUSE: Duration = Duration::from_millis(50);

pub(super) async fn etcd(process: &mut Process, ports: Ports) -> anyhow::Result<()> {
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(5))
        .no_proxy()
        .build()?;
    wait(
        process,
        &client,
        &format!("http://127.0.0.1:{}/health", ports.etcd_client),
    )
    .await
}

pub(super) async fn api_server(process: &mut Process, layout: &Layout, ports: Ports) -> anyhow::Result<()> {
    wait(process, &admin_http(layout)?, &format!("{}/readyz", ports.url())).await
}

pub(super) async fn controller_manager(
    process: &mut Process,
    layout: &Layout,
    ports: Ports,
) -> anyhow::Result<()> {
    let url = format!("https://127.0.0.1:{}/healthz", ports.controller_manager);
    wait(process, &admin_http(layout)?, &url).await
}

/// A server that was built here must be the pinned version; one from `KUBEBUILDER_ASSETS` may be any.
pub(super) async fn version(layout: &Layout, ports: Ports, pinned: bool) -> anyhow::Result<()> {
    let url = format!("{}/version", ports.url());
    let version: serde_json::Value = serde_json::from_str(
        &admin_http(layout)?
            .get(url)
            .send()
            .await?
            .error_for_status()?
            .text()
            .await?,
    )?;
    let version = version["gitVersion"]
        .as_str()
        .context("/version has no gitVersion")?;
    ensure!(
        !pinned || version == KUBERNETES_VERSION,
        "the API server says that it is {version}, but {KUBERNETES_VERSION} is pinned"
    );
    Ok(())
}

/// A plain HTTPS client with the admin's certificate, for paths that are no Kubernetes resources.
pub(super) fn admin_http(layout: &Layout) -> anyhow::Result<reqwest::Client> {
    let mut identity = fs::read(layout.pki("admin.crt"))?;
    identity.extend(fs::read(layout.pki("admin.key"))?);
    let client = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&fs::read(layout.pki("ca.crt"))?)?])
        .identity(reqwest::Identity::from_pem(&identity)?)
        .timeout(Duration::from_secs(5))
        .no_proxy()
        .build()?;
    Ok(client)
}

async fn wait(process: &mut Process, client: &reqwest::Client, url: &str) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if client
            .get(url)
            .send()
            .await
            .is_ok_and(|answer| answer.status().is_success())
        {
            return Ok(());
        }
        if process.ended().is_some() {
            return Err(process.failure("did not start"));
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(process.failure(&format!("was not ready within {} s", PATIENCE.as_secs())))
}
