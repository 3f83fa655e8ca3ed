//! The chart, and the operator beside the cluster.

use std::fs;

use anyhow::Context as _;
use dialplane_test_harness::{ControlPlane, Service, repository, say};

use crate::google::Google;
use crate::stack::{OPERATOR, Stack};

/// Where the chart goes.
const SYSTEM: &str = "dialplane-system";
/// A year: nobody renews the token of an operator that runs outside the cluster.
const TOKEN_SECONDS: i64 = 365 * 24 * 3600;

/// Installs the chart and runs the operator as the chart's service account, with exactly the rights that the chart
/// gives it.
pub(crate) async fn ensure(
    stack: &Stack,
    control_plane: &ControlPlane,
    google: &Google,
) -> anyhow::Result<()> {
    install_chart(control_plane)?;
    let kubeconfig = stack.path("operator.kubeconfig");
    let written = fs::read_to_string(&kubeconfig).unwrap_or_default();
    if !stack.services.is_alive(OPERATOR) || !written.contains(control_plane.url()) {
        stack.services.end(OPERATOR);
        control_plane
            .token_kubeconfig(SYSTEM, "dialplane", TOKEN_SECONDS, &kubeconfig)
            .await?;
    }
    let endpoint = stack.endpoint("operator-endpoint", OPERATOR)?;
    let address = endpoint.trim_start_matches("http://");
    let metrics = stack.endpoint("metrics-endpoint", OPERATOR)?;
    let args = [
        "run",
        "--google-endpoint",
        &google.endpoint,
        "--http-address",
        address,
        "--metrics-address",
        metrics.trim_start_matches("http://"),
        "--log-format",
        "json",
    ];
    let program = stack.sibling(OPERATOR)?;
    stack.plugin(&program)?;
    let service = Service {
        name: OPERATOR,
        program,
        args: args.map(str::to_owned).into(),
        env: vec![("KUBECONFIG".into(), kubeconfig.to_string_lossy().into_owned())],
        ready_url: format!("{endpoint}/readyz"),
    };
    if stack.services.ensure(&service).await? {
        say(&format!(
            "the operator runs; its metrics are at {metrics}/metrics"
        ));
    }
    Ok(())
}

fn install_chart(control_plane: &ControlPlane) -> anyhow::Result<()> {
    say("installing the chart");
    let chart = repository().join("charts/dialplane");
    let install = [
        "upgrade",
        "--install",
        "dialplane",
        &chart.to_string_lossy(),
        "--namespace",
        SYSTEM,
    ];
    // There is no node to run a pod on: the operator is a process beside the cluster.
    let options = ["--create-namespace", "--set=replicaCount=0"];
    control_plane
        .helm(&[install.as_slice(), &options].concat())
        .ok()
        .context("install the chart")?;
    let crds = repository().join("crds");
    let wait = [
        "wait",
        "--for=condition=Established",
        "--timeout=60s",
        "-f",
        &crds.to_string_lossy(),
    ];
    control_plane.kubectl(&wait).ok().context("wait for the CRDs")?;
    Ok(())
}
