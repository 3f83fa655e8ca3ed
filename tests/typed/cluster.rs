//! A cluster as the pages' reader has one, with a Google beside it: that of the README's integration.

use std::path::Path;

use anyhow::{Context as _, Result};
use dialplane_test_harness::{ControlPlane, ControlPlaneOptions, Operator};
use google_workspace_simulator::{Options, Simulator, generate, keys};
use serde_json::json;

/// The customer of the README's manifest.
const CUSTOMER: &str = "C01abc234";
const PEOPLE: usize = 12;

pub(crate) struct Cluster {
    pub(crate) plane: ControlPlane,
    pub(crate) google: Simulator,
    // Ends before what it works with.
    operator: Option<Operator>,
}

impl Cluster {
    /// An empty cluster. The key that the reader has downloaded is in the folder.
    pub(crate) async fn start(folder: &Path) -> Result<Self> {
        let mut seed = generate::directory(PEOPLE);
        seed.customer.insert("id".to_owned(), CUSTOMER.into());
        seed.users.push(json!({
            "primaryEmail": "ana@acme.example",
            "name": {"givenName": "Ana", "familyName": "Silva"},
        }));
        let email = "dialplane@acme-voice.iam.gserviceaccount.com";
        let (key, mut account) = keys::service_account(email, "104497032270219758213", "acme-voice")?;
        account.admin_role = true;
        seed.add_service_account(account);
        // As each page calls it.
        for name in ["downloaded-key.json", "key.json"] {
            std::fs::write(folder.join(name), key.to_string())?;
        }
        let google = Simulator::start(Options {
            seed,
            ..Options::default()
        })
        .await?;
        let options = ControlPlaneOptions {
            controller_manager: true,
            ..ControlPlaneOptions::default()
        };
        Ok(Self {
            plane: ControlPlane::start(options).await?,
            google,
            operator: None,
        })
    }

    /// Runs the operator with the rights and for the namespaces of the chart's pod. There is no node that would.
    pub(crate) async fn run_pod(&mut self) -> Result<()> {
        self.operator = None;
        let deployment = [
            "get",
            "deployment",
            "dialplane",
            "-n",
            "dialplane-system",
            "-o",
            "json",
        ];
        let deployment: serde_json::Value = serde_json::from_str(&self.plane.kubectl(&deployment).ok()?)?;
        let pod = &deployment["spec"]["template"]["spec"];
        let account = pod["serviceAccountName"].as_str().context("no account")?;
        let kubeconfig = self
            .plane
            .service_account_kubeconfig("dialplane-system", account)
            .await;
        let mut builder = Operator::builder(env!("CARGO_BIN_EXE_dialplane"))
            .kubeconfig(kubeconfig)
            .google_endpoint(self.google.url());
        let args = pod["containers"][0]["args"].as_array().context("no arguments")?;
        for arg in args.iter().filter_map(|arg| arg.as_str()) {
            if arg.starts_with("--namespace=") {
                builder = builder.arg(arg);
            }
        }
        self.operator = Some(builder.spawn().await?);
        Ok(())
    }
}
