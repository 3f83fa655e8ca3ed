//! What every test of the operator starts with.

mod barriers;
mod extensions;
mod google;
mod integrations;
mod policies;
mod waiting;
mod witness;
mod writes;

use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use anyhow::Context as _;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use dialplane::api::{GoogleWorkspaceIntegration, PbxExtension};
use dialplane_test_harness::{
    AuditLog, CommandOutput, ControlPlane, ControlPlaneOptions, Operator, OperatorBuilder,
};
use google_workspace_simulator::{Options, Seed, ServiceAccountSeed, Simulator, Switches, generate, keys};
use k8s_openapi::api::core::v1::Secret;
use kube::api::{ListParams, Patch, PatchParams};
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

pub(crate) use self::extensions::{differences, user_id};
pub(crate) use self::google::{Asked, GROUPS, UNITS, colleague, company, somebody};
pub(crate) use self::integrations::{condition, handled, message, users};
pub(crate) use self::waiting::{poll, poll_for, succeeded, syncs, within};
use self::witness::Witness;
pub(crate) use self::writes::counts;

/// Name of the integration, of its tenant, and the first part of every extension's name.
pub(crate) const NAME: &str = "acme";
/// An administrator of every generated directory.
pub(crate) const ADMIN: &str = "admin@acme.example";
/// The scope that the simulated organization delegates.
const SCOPE: &str = "https://www.googleapis.com/auth/admin.directory.user.readonly";
/// The account of every world: to make a key takes longer than many a test.
static ACCOUNT: LazyLock<(Value, ServiceAccountSeed)> = LazyLock::new(|| {
    let email = "dialplane@acme-voice.iam.gserviceaccount.com";
    keys::service_account(email, "104497032270219758213", "acme-voice").unwrap()
});
/// Long enough for anything that works at all, on two busy cores.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// A namespace with a directory, credentials for it, and whatever a test adds.
pub(crate) struct World {
    pub(crate) plane: Arc<ControlPlane>,
    pub(crate) client: Client,
    pub(crate) namespace: String,
    pub(crate) google: Simulator,
    /// The key file that is in the Secret.
    pub(crate) key: Value,
    /// The same account, as Google knows it.
    pub(crate) account: ServiceAccountSeed,
    /// The API server's log. One client for all questions of a test: each new one would sign in anew.
    pub(crate) audit: AuditLog,
    kubeconfig: PathBuf,
    witness: Witness,
    finished: bool,
}

impl World {
    /// A world with this many generated people, `admin@acme.example` among them.
    pub(crate) async fn with_people(people: usize) -> Self {
        Self::new(generate::directory(people)).await
    }

    /// A world with a directory of one's own making.
    pub(crate) async fn new(seed: Seed) -> Self {
        let plane = ControlPlane::shared().await;
        let kubeconfig = installed(&plane).await;
        Self::on(plane, kubeconfig, seed, Duration::ZERO).await
    }

    /// A world whose Google takes this long for each answer.
    pub(crate) async fn with_slow_google(people: usize, latency: Duration) -> Self {
        let plane = ControlPlane::shared().await;
        let kubeconfig = installed(&plane).await;
        Self::on(plane, kubeconfig, generate::directory(people), latency).await
    }

    /// A world on a control plane of its own, for a test that breaks it.
    pub(crate) async fn apart(people: usize) -> Self {
        let options = ControlPlaneOptions {
            audit: true,
            ..ControlPlaneOptions::default()
        };
        let plane = Arc::new(ControlPlane::start(options).await.unwrap());
        let kubeconfig = install(&plane, "locks.enabled=false").await;
        Self::on(plane, kubeconfig, generate::directory(people), Duration::ZERO).await
    }

    /// A world as the chart makes it with this value. Policies are the cluster's, so it has one of its own.
    pub(crate) async fn charted(seed: Seed, value: &str) -> Self {
        let options = ControlPlaneOptions {
            audit: true,
            ..ControlPlaneOptions::default()
        };
        let plane = Arc::new(ControlPlane::start(options).await.unwrap());
        let kubeconfig = install(&plane, value).await;
        Self::on(plane, kubeconfig, seed, Duration::ZERO).await
    }

    async fn on(plane: Arc<ControlPlane>, kubeconfig: PathBuf, mut seed: Seed, latency: Duration) -> Self {
        let (key, mut account) = ACCOUNT.clone();
        account.delegated_scopes = vec![SCOPE.to_owned()];
        seed.add_service_account(account.clone());
        let google = Simulator::start(Options {
            seed,
            latency,
            switches: Switches::strict(),
            ..Options::default()
        })
        .await
        .unwrap();
        let client = plane.client().await;
        let namespace = plane.namespace("test").await;
        let witness = Witness::of(client.clone(), &namespace);
        let world = Self {
            audit: plane.audit(),
            plane,
            client,
            namespace,
            google,
            key,
            account,
            kubeconfig,
            witness,
            finished: false,
        };
        world.put_secret(&world.key).await;
        world
    }

    /// An operator for this namespace, ready.
    pub(crate) async fn operator(&self) -> Operator {
        self.builder().spawn().await.unwrap()
    }

    /// How to start an operator for this namespace, for tests that start it their own way.
    pub(crate) fn builder(&self) -> OperatorBuilder {
        self.operator_builder().namespace(&self.namespace)
    }

    /// How an operator of this world is started; for all namespaces, as the chart's ServiceAccount.
    pub(crate) fn operator_builder(&self) -> OperatorBuilder {
        Operator::builder(env!("CARGO_BIN_EXE_dialplane"))
            .kubeconfig(&self.kubeconfig)
            .google_endpoint(self.google.url())
    }

    /// How an operator of this world signs in.
    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Runs kubectl as admin in this namespace.
    pub(crate) fn kubectl(&self, args: &[&str]) -> CommandOutput {
        self.plane
            .kubectl(&[&["--namespace", &self.namespace], args].concat())
    }

    /// Puts a key file into the Secret that integrations refer to.
    pub(crate) async fn put_secret(&self, key: &Value) {
        self.put_secret_data("key.json", key.to_string()).await;
    }

    /// Puts any bytes under one key of that Secret, and takes all other keys away.
    pub(crate) async fn put_secret_data(&self, key: &str, content: impl AsRef<[u8]>) {
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": "google-key"}, "data": {key: BASE64_STANDARD.encode(content)},
        });
        let api: Api<Secret> = Api::namespaced(self.client.clone(), &self.namespace);
        api.patch(
            "google-key",
            &PatchParams::apply("test").force(),
            &Patch::Apply(secret),
        )
        .await
        .unwrap();
    }

    /// Every status of this namespace obeyed the rules of conditions. The end of every test: a world that goes without it
    /// fails.
    pub(crate) async fn finish(mut self) {
        self.finished = true;
        self.witness.judge().await;
    }
}

impl Drop for World {
    fn drop(&mut self) {
        assert!(
            self.finished || std::thread::panicking(),
            "World::finish was not called: nobody has judged the statuses"
        );
    }
}

/// The chart, installed once on the shared control plane; the kubeconfig of its ServiceAccount.
async fn installed(plane: &ControlPlane) -> PathBuf {
    static KUBECONFIG: OnceCell<PathBuf> = OnceCell::const_new();
    let install = || install(plane, "locks.enabled=false");
    KUBECONFIG.get_or_init(install).await.clone()
}

/// Installs the chart with the operator outside; the kubeconfig of its ServiceAccount.
async fn install(plane: &ControlPlane, value: &str) -> PathBuf {
    let chart = [
        "install",
        "dialplane",
        "charts/dialplane",
        "--namespace",
        "dialplane-system",
        "--create-namespace",
        "--set",
        "replicaCount=0",
        "--set",
        value,
    ];
    plane.helm(&chart).ok().context("install the chart").unwrap();
    until_listed::<GoogleWorkspaceIntegration>(plane).await;
    until_listed::<PbxExtension>(plane).await;
    plane
        .service_account_kubeconfig("dialplane-system", "dialplane")
        .await
}

/// Waits until the API server lists a kind: for a moment after its CRD is established it answers 429, storage is (re)initializing.
async fn until_listed<K>(plane: &ControlPlane)
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug,
{
    let api: Api<K> = Api::all(plane.client().await);
    let one = ListParams::default().limit(1);
    poll("its list", async || api.list(&one).await.ok()).await;
}

/// RFC 7386.
pub(crate) fn merge(target: &mut Value, patch: Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                if value.is_null() {
                    target.remove(&key);
                } else {
                    merge(target.entry(key).or_insert(Value::Null), value);
                }
            }
        }
        (target, patch) => *target = patch,
    }
}
