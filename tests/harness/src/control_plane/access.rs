//! What tests do with a control plane.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::{Namespace, ServiceAccount};
use kube::api::{Api, ObjectMeta, PostParams};
use rand::distr::{Alphanumeric, SampleString as _};

use super::{ControlPlane, kubeconfig, readiness};
use crate::audit::AuditLog;
use crate::fail::OrFail as _;
use crate::output::CommandOutput;
use crate::repository::repository;

/// A day: longer than any test.
const TOKEN_SECONDS: i64 = 24 * 3600;

impl ControlPlane {
    /// A new client with the admin's rights. A client lives in the runtime that made it, and every test has its own.
    /// It does not repeat failed requests.
    pub async fn client(&self) -> kube::Client {
        self.client_with(self.admin.clone()).await
    }

    /// A new client that signs in as the kubeconfig says; it does not repeat failed requests either.
    pub async fn client_from(&self, kubeconfig: &Path) -> kube::Client {
        let config = kubeconfig::config(kubeconfig).await.or_fail("read a kubeconfig");
        self.client_with(config).await
    }

    #[allow(
        clippy::unused_async,
        clippy::unused_self,
        reason = "it needs the caller's runtime"
    )]
    async fn client_with(&self, config: kube::Config) -> kube::Client {
        kube::Client::try_from(config).or_fail("make a client")
    }

    /// Creates a namespace `<prefix>-<random>` and returns its name.
    pub async fn namespace(&self, prefix: &str) -> String {
        let namespaces: Api<Namespace> = Api::all(self.client().await);
        let name = format!("{prefix}-{}", suffix());
        let namespace = Namespace {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                ..Default::default()
            },
            ..Default::default()
        };
        namespaces
            .create(&PostParams::default(), &namespace)
            .await
            .or_fail("create a namespace");
        name
    }

    /// Runs kubectl as admin.
    pub fn kubectl(&self, args: &[&str]) -> CommandOutput {
        self.run(&self.assets.kubectl, args, None)
    }

    /// Runs kubectl as admin with this standard input (`apply -f -`).
    pub fn kubectl_stdin(&self, args: &[&str], stdin: &str) -> CommandOutput {
        self.run(&self.assets.kubectl, args, Some(stdin))
    }

    /// Runs helm as admin.
    pub fn helm(&self, args: &[&str]) -> CommandOutput {
        self.run(&self.assets.helm, args, None)
    }

    /// Runs a program as admin in the repository's root, with its caches beside the control plane's files.
    fn run(&self, program: &Path, args: &[impl AsRef<OsStr>], stdin: Option<&str>) -> CommandOutput {
        let tools = self.layout.path("tools");
        let mut command = Command::new(program);
        command
            .args(args)
            .current_dir(repository())
            .env("KUBECONFIG", &self.kubeconfig)
            .env("KUBECACHEDIR", tools.join("kubectl"))
            .env("HELM_CACHE_HOME", tools.join("helm-cache"))
            .env("HELM_CONFIG_HOME", tools.join("helm-config"))
            .env("HELM_DATA_HOME", tools.join("helm-data"));
        CommandOutput::of(command, stdin).or_fail("run a program")
    }

    /// Writes a kubeconfig, readable by its owner only, that signs in as this ServiceAccount with a token of a day
    /// from the `TokenRequest` API: exactly the rights that RBAC gives it.
    pub async fn service_account_kubeconfig(&self, namespace: &str, name: &str) -> PathBuf {
        let path = self
            .layout
            .path(&format!("{namespace}-{name}-{}.kubeconfig", suffix()));
        self.token_kubeconfig(namespace, name, TOKEN_SECONDS, &path)
            .await
            .or_fail("make a ServiceAccount's kubeconfig");
        path
    }

    /// The same at a path of the caller's choice, for so many seconds.
    pub async fn token_kubeconfig(
        &self,
        namespace: &str,
        name: &str,
        seconds: i64,
        path: &Path,
    ) -> anyhow::Result<()> {
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client().await, namespace);
        let request = TokenRequest {
            spec: TokenRequestSpec {
                expiration_seconds: Some(seconds),
                ..Default::default()
            },
            ..Default::default()
        };
        let answer = accounts
            .create_token_request(name, &PostParams::default(), &request)
            .await
            .with_context(|| format!("request a token for ServiceAccount {namespace}/{name}"))?;
        let token = answer.status.context("the answer has no token")?.token;
        kubeconfig::write_token(path, &self.layout, self.ports, &token)
    }

    /// The audit log; empty unless the control plane was started with it.
    pub fn audit(&self) -> AuditLog {
        let http = readiness::admin_http(&self.layout).or_fail("make an HTTP client");
        AuditLog::new(self.layout.audit_log(), http, self.url.clone())
    }

    /// What the API server spends its CPU on, watched for so many seconds: for `go tool pprof`.
    pub async fn cpu_profile(&self, seconds: u32) -> anyhow::Result<Vec<u8>> {
        let http = readiness::admin_http(&self.layout)?;
        let answer = http
            .get(format!("{}/debug/pprof/profile?seconds={seconds}", self.url))
            .timeout(Duration::from_secs(u64::from(seconds) + 30))
            .send()
            .await?
            .error_for_status()?;
        Ok(answer.bytes().await?.to_vec())
    }

    /// Applies every file of the repository's `crds/` and waits until the API server serves them.
    pub async fn install_crds(&self) {
        self.install_crds_from(&repository().join("crds"))
            .await
            .or_fail("install the CRDs");
    }

    /// The same for another directory.
    #[allow(
        clippy::unused_async,
        reason = "the pair of install_crds, which every test awaits"
    )]
    pub async fn install_crds_from(&self, dir: &Path) -> anyhow::Result<()> {
        let files = fs::read_dir(dir).with_context(|| format!("read {}", dir.display()))?;
        let found = files.flatten().any(|file| {
            file.path()
                .extension()
                .is_some_and(|extension| extension == "yaml")
        });
        ensure!(found, "there is no CRD in {}", dir.display());
        let dir = dir.to_string_lossy();
        self.kubectl(&["apply", "--server-side", "--force-conflicts", "-f", &dir])
            .ok()?;
        self.kubectl(&["wait", "--for=condition=Established", "--timeout=60s", "-f", &dir])
            .ok()?;
        Ok(())
    }
}

/// Six lower-case letters and digits.
fn suffix() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 6).to_lowercase()
}
