//! What every test of the operator starts with.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context as _;
use dialplane::api::names::ANNOTATION_SYNC_REQUESTED_AT;
use dialplane::api::{GoogleWorkspaceIntegration, PbxExtension, conditions};
use dialplane_test_harness::world::{wait_for, wait_gone};
use dialplane_test_harness::{
    AuditMark, CommandOutput, ControlPlane, Operator, OperatorBuilder, conditions as rules, kstatus,
};
use futures::StreamExt;
use google_workspace_simulator::{Options, Seed, Simulator, generate, keys};
use k8s_openapi::api::core::v1::Secret;
use kube::api::{DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use kube::core::ApiResource;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client, ResourceExt};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

/// Name of the integration, of its tenant, and the first part of every extension's name.
pub(crate) const NAME: &str = "acme";
/// An administrator of every generated directory.
pub(crate) const ADMIN: &str = "admin@acme.example";
/// The scope that the simulated organization delegates.
const SCOPE: &str = "https://www.googleapis.com/auth/admin.directory.user.readonly";
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
    kubeconfig: PathBuf,
    violations: Arc<Mutex<Vec<String>>>,
    watching: tokio::task::JoinHandle<()>,
}

impl World {
    /// A world with this many generated people, `admin@acme.example` among them.
    pub(crate) async fn with_people(people: usize) -> Self {
        Self::new(generate::directory(people)).await
    }

    /// A world with a directory of one's own making.
    pub(crate) async fn new(mut seed: Seed) -> Self {
        let plane = ControlPlane::shared().await;
        let kubeconfig = installed(&plane).await;
        let email = "dialplane@acme-voice.iam.gserviceaccount.com";
        let (key, mut account) = keys::service_account(email, "104497032270219758213", "acme-voice").unwrap();
        account.delegated_scopes = vec![SCOPE.to_owned()];
        seed.add_service_account(account);
        let google = Simulator::start(Options {
            seed,
            ..Options::default()
        })
        .await
        .unwrap();
        let client = plane.client().await;
        let namespace = plane.namespace("test").await;
        let (violations, watching) = watch_conditions(client.clone(), &namespace);
        let world = Self {
            plane,
            client,
            namespace,
            google,
            key,
            kubeconfig,
            violations,
            watching,
        };
        world.put_secret(&world.key).await;
        world
    }

    /// An operator for this namespace, ready.
    pub(crate) async fn operator(&self) -> Operator {
        self.operator_builder()
            .namespace(&self.namespace)
            .spawn()
            .await
            .unwrap()
    }

    /// Puts a key file into the Secret that integrations refer to.
    pub(crate) async fn put_secret(&self, key: &Value) {
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": "google-key"}, "stringData": {"key.json": key.to_string()},
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

    pub(crate) fn integrations(&self) -> Api<GoogleWorkspaceIntegration> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub(crate) fn extensions(&self) -> Api<PbxExtension> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Declares the integration `acme`: Automatic, numbers from 1001, every 30 seconds, with `spec` merged over it.
    pub(crate) async fn declare(&self, spec: Value) -> GoogleWorkspaceIntegration {
        self.declare_as(NAME, spec).await
    }

    /// Declares an integration of this name.
    pub(crate) async fn declare_as(&self, name: &str, spec: Value) -> GoogleWorkspaceIntegration {
        let mut object = json!({
            "apiVersion": "dialplane.io/v1alpha1", "kind": "GoogleWorkspaceIntegration",
            "metadata": {"name": name},
            "spec": {
                "tenant": {"name": NAME},
                "google": {"credentials": {"serviceAccount": {"secretRef": {"name": "google-key"}, "subject": ADMIN}}},
                "users": {"enabled": true, "syncMode": "Automatic", "schedule": {"interval": "30s"}, "numbering": {"start": "1001"}},
            },
        });
        merge(&mut object["spec"], spec);
        let kind = ApiResource::erase::<GoogleWorkspaceIntegration>(&());
        let api: Api<DynamicObject> = Api::namespaced_with(self.client.clone(), &self.namespace, &kind);
        let object: DynamicObject = serde_json::from_value(object).unwrap();
        let created = api.create(&PostParams::default(), &object).await.unwrap();
        serde_json::from_value(serde_json::to_value(created).unwrap()).unwrap()
    }

    /// Changes the spec of the integration by a merge patch.
    pub(crate) async fn change(&self, spec: Value) -> GoogleWorkspaceIntegration {
        let patch = Patch::Merge(json!({"spec": spec}));
        self.integrations()
            .patch(NAME, &PatchParams::default(), &patch)
            .await
            .unwrap()
    }

    /// Sets an annotation of the integration.
    pub(crate) async fn annotate(&self, key: &str, value: &str) {
        let patch = Patch::Merge(json!({"metadata": {"annotations": {key: value}}}));
        self.integrations()
            .patch(NAME, &PatchParams::default(), &patch)
            .await
            .unwrap();
    }

    /// Asks for a sync and waits until it was carried out.
    pub(crate) async fn sync(&self) -> GoogleWorkspaceIntegration {
        let token = format!("{:?}", std::time::SystemTime::now());
        self.annotate(ANNOTATION_SYNC_REQUESTED_AT, &token).await;
        self.until(|object| handled(object) == Some(token.as_str())).await
    }

    /// Waits until the integration is as wanted.
    pub(crate) async fn until(
        &self,
        wanted: impl FnMut(&GoogleWorkspaceIntegration) -> bool,
    ) -> GoogleWorkspaceIntegration {
        wait_for(&self.integrations(), NAME, wanted, PATIENCE).await
    }

    /// Waits until `Ready` of the present generation has this status and reason.
    pub(crate) async fn until_ready(&self, status: &str, reason: &str) -> GoogleWorkspaceIntegration {
        self.until(|object| {
            let ready = condition(object, conditions::READY);
            ready.is_some_and(|ready| {
                ready.status == status
                    && ready.reason == reason
                    && ready.observed_generation == object.metadata.generation
            })
        })
        .await
    }

    /// Waits until the present generation has been synchronised with success.
    pub(crate) async fn until_synced(&self) -> GoogleWorkspaceIntegration {
        self.until_ready("True", "Succeeded").await
    }

    /// Every extension of the namespace by its number.
    pub(crate) async fn all(&self) -> BTreeMap<String, PbxExtension> {
        let list = self.extensions().list(&ListParams::default()).await.unwrap();
        list.items
            .into_iter()
            .map(|extension| (extension.spec.number.clone(), extension))
            .collect()
    }

    /// The extension of the person with this Google id.
    pub(crate) async fn extension_of(&self, id: &str) -> Option<PbxExtension> {
        let mut found = self
            .all()
            .await
            .into_values()
            .filter(|extension| user_id(extension) == Some(id));
        let first = found.next();
        assert!(found.next().is_none(), "{id} has two extensions");
        first
    }

    /// Writes of this namespace since a mark, by verb and resource, without events.
    pub(crate) async fn writes(&self, since: AuditMark) -> BTreeMap<String, usize> {
        let entries = self.plane.audit().since(since).await;
        let ours = entries
            .service_account("dialplane-system", "dialplane")
            .namespace(&self.namespace);
        ours.writes().filter(|entry| entry.resource != "events").counts()
    }

    /// How many calls Google saw since the log was last cleared: method and path with this beginning.
    pub(crate) fn google_calls(&self, path: &str) -> usize {
        self.google
            .requests()
            .iter()
            .filter(|request| request.path.starts_with(path))
            .count()
    }

    /// The Google id of somebody.
    pub(crate) fn id_of(&self, address: &str) -> String {
        self.google.user(address).unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Every status seen in this namespace obeyed the rules of conditions. Call it at the end of every test.
    pub(crate) fn finish(self) {
        let violations = self.violations.lock().unwrap();
        assert!(
            violations.is_empty(),
            "conditions broke the rules:\n{}",
            violations.join("\n\n")
        );
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

/// The chart, installed once per control plane with the operator outside; the kubeconfig of its ServiceAccount.
async fn installed(plane: &ControlPlane) -> PathBuf {
    static KUBECONFIG: OnceCell<PathBuf> = OnceCell::const_new();
    let install = || async {
        let chart = [
            "install",
            "dialplane",
            "charts/dialplane",
            "--namespace",
            "dialplane-system",
            "--create-namespace",
            "--set",
            "replicaCount=0",
        ];
        plane.helm(&chart).ok().context("install the chart").unwrap();
        plane
            .service_account_kubeconfig("dialplane-system", "dialplane")
            .await
    };
    KUBECONFIG.get_or_init(install).await.clone()
}

/// Holds every status that anybody could have seen against the rules.
fn watch_conditions(
    client: Client,
    namespace: &str,
) -> (Arc<Mutex<Vec<String>>>, tokio::task::JoinHandle<()>) {
    let violations = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&violations);
    let kind = ApiResource::erase::<GoogleWorkspaceIntegration>(&());
    let api: Api<DynamicObject> = Api::namespaced_with(client, namespace, &kind);
    let watching = tokio::spawn(async move {
        let mut objects = watcher(api, watcher::Config::default())
            .default_backoff()
            .applied_objects()
            .boxed();
        while let Some(object) = objects.next().await {
            let Ok(object) = object else { continue };
            if let Err(broken) = rules::check(&as_answered(serde_json::to_value(&object).unwrap())) {
                seen.lock()
                    .unwrap()
                    .push(format!("{}: {broken}", object.name_any()));
            }
        }
    });
    (violations, watching)
}

/// Nobody can keep `Ready` from being True for a moment after a change of the spec, and every reader can see that it
/// speaks of the generation before: such a status has to be right for that one.
fn as_answered(mut object: Value) -> Value {
    let ready = kstatus::condition(&object, "Ready").is_some_and(|ready| ready["status"] == "True");
    let observed = object["status"]["observedGeneration"].clone();
    if ready && observed.as_i64() < object["metadata"]["generation"].as_i64() {
        object["metadata"]["generation"] = observed;
    }
    object
}

/// A condition of an integration.
pub(crate) fn condition<'a>(
    object: &'a GoogleWorkspaceIntegration,
    kind: &str,
) -> Option<&'a k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition> {
    conditions::get(&object.status.as_ref()?.conditions, kind)
}

/// The request that was last carried out.
pub(crate) fn handled(object: &GoogleWorkspaceIntegration) -> Option<&str> {
    object
        .status
        .as_ref()?
        .users
        .as_ref()?
        .last_handled_sync_request
        .as_deref()
}

/// The Google id that an extension belongs to.
pub(crate) fn user_id(extension: &PbxExtension) -> Option<&str> {
    Some(extension.spec.google.as_ref()?.user_id.as_str())
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

impl World {
    /// How an operator of this world is started; for all namespaces, as the chart's ServiceAccount.
    pub(crate) fn operator_builder(&self) -> OperatorBuilder {
        Operator::builder(env!("CARGO_BIN_EXE_dialplane"))
            .kubeconfig(&self.kubeconfig)
            .google_endpoint(self.google.url())
    }

    /// Runs kubectl as admin in this namespace.
    pub(crate) fn kubectl(&self, args: &[&str]) -> CommandOutput {
        self.plane
            .kubectl(&[&["--namespace", &self.namespace], args].concat())
    }

    /// Waits until the integration of this name is as wanted.
    pub(crate) async fn until_other(
        &self,
        name: &str,
        wanted: impl FnMut(&GoogleWorkspaceIntegration) -> bool,
    ) -> GoogleWorkspaceIntegration {
        wait_for(&self.integrations(), name, wanted, PATIENCE).await
    }

    /// How many pages of users Google was asked for since its log was last cleared.
    pub(crate) fn pages_read(&self) -> usize {
        let requests = self.google.requests();
        requests
            .iter()
            .filter(|request| request.path == "/admin/directory/v1/users")
            .count()
    }

    /// Returns when the operator has looked at everything that was changed before the call: an integration that is made
    /// now, in mode Manual, has been looked at too, and what was changed before was seen before.
    pub(crate) async fn settled(&self) {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("probe-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let manual = json!({"tenant": {"name": name}, "users": {"syncMode": "Manual", "schedule": null}});
        self.declare_as(&name, manual).await;
        let seen = |object: &GoogleWorkspaceIntegration| condition(object, conditions::READY).is_some();
        wait_for(&self.integrations(), &name, seen, PATIENCE).await;
        let delete = DeleteParams::default();
        self.integrations().delete(&name, &delete).await.unwrap();
        wait_gone(&self.integrations(), &name, PATIENCE).await;
    }
}
