//! A control plane with the chart, for one measurement.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use dialplane::api::PbxExtension;
use dialplane_test_harness::{ControlPlane, ControlPlaneOptions};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{DynamicObject, PostParams};
use kube::core::ApiResource;
use kube::{Api, CustomResourceExt as _};
use serde_json::Value;

/// Until a fresh API server has nothing left to do, and serves what was installed.
const SETTLE: Duration = Duration::from_secs(8);

/// What the API server checks beside the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    /// The CRD's rules and the locks, as the chart installs them.
    Ours,
    /// Nothing.
    None,
}

/// A fresh control plane without audit log, and the operator's own rights on it.
pub(crate) struct Stage {
    pub(crate) plane: ControlPlane,
    pub(crate) client: kube::Client,
    /// Of the operator's `ServiceAccount`.
    pub(crate) kubeconfig: PathBuf,
    pub(crate) namespace: String,
}

impl Stage {
    pub(crate) async fn set(rules: Rules) -> Result<Self> {
        let plane = ControlPlane::start(ControlPlaneOptions::default()).await?;
        let chart = [
            "install",
            "dialplane",
            "charts/dialplane",
            "--namespace",
            "dialplane-system",
            "--create-namespace",
            "--set",
            match rules {
                Rules::Ours => "replicaCount=0,locks.enabled=true",
                Rules::None => "replicaCount=0,locks.enabled=false",
            },
        ];
        plane.helm(&chart).ok()?;
        let kubeconfig = plane
            .service_account_kubeconfig("dialplane-system", "dialplane")
            .await;
        let client = plane.client().await;
        if rules == Rules::None {
            without_rules(&client).await?;
        }
        // What a server does to begin with is not what a creation costs.
        tokio::time::sleep(SETTLE).await;
        let namespace = plane.namespace("bench").await;
        Ok(Self {
            plane,
            client,
            kubeconfig,
            namespace,
        })
    }
}

/// Takes the rules out of the CRD of extensions. Without them it is served a moment later.
async fn without_rules(client: &kube::Client) -> Result<()> {
    let kind = ApiResource::erase::<CustomResourceDefinition>(&());
    let api: Api<DynamicObject> = Api::all_with(client.clone(), &kind);
    let mut crd = api.get(PbxExtension::crd_name()).await?;
    let versions = crd.data.pointer_mut("/spec/versions").context("no versions")?;
    strip(versions);
    api.replace(PbxExtension::crd_name(), &PostParams::default(), &crd)
        .await?;
    Ok(())
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.remove("x-kubernetes-validations");
            map.values_mut().for_each(strip);
        }
        Value::Array(list) => list.iter_mut().for_each(strip),
        _ => {}
    }
}
