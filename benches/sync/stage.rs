//! A control plane with the chart, for one measurement.

use std::path::PathBuf;

use anyhow::Result;
use dialplane_test_harness::{ControlPlane, ControlPlaneOptions};

/// A fresh control plane without audit log, and the operator's own rights on it.
pub(crate) struct Stage {
    pub(crate) plane: ControlPlane,
    pub(crate) client: kube::Client,
    /// Of the operator's `ServiceAccount`.
    pub(crate) kubeconfig: PathBuf,
    pub(crate) namespace: String,
}

impl Stage {
    pub(crate) async fn set() -> Result<Self> {
        let plane = ControlPlane::start(ControlPlaneOptions::default()).await?;
        let chart = [
            "install",
            "dialplane",
            "charts/dialplane",
            "--namespace",
            "dialplane-system",
            "--create-namespace",
            "--set",
            "replicaCount=0,locks.enabled=false",
        ];
        plane.helm(&chart).ok()?;
        let kubeconfig = plane
            .service_account_kubeconfig("dialplane-system", "dialplane")
            .await;
        let client = plane.client().await;
        let namespace = plane.namespace("bench").await;
        Ok(Self {
            plane,
            client,
            kubeconfig,
            namespace,
        })
    }
}
