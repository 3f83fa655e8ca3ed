//! What every test of the operator starts with.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use anyhow::Context as _;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use dialplane::api::names::ANNOTATION_SYNC_REQUESTED_AT;
use dialplane::api::{GoogleWorkspaceIntegration, PbxExtension, conditions};
use dialplane_test_harness::world::{wait_for, wait_gone};
use dialplane_test_harness::{
    AuditEntries, AuditLog, AuditMark, CommandOutput, ControlPlane, ControlPlaneOptions, Operator,
    OperatorBuilder, conditions as rules, kstatus,
};
use futures::StreamExt;
use google_workspace_simulator::{Fault, Hold, Options, Seed, ServiceAccountSeed, Simulator, generate, keys};
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::api::events::v1::Event;
use kube::api::{DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use kube::core::ApiResource;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, watcher};
use kube::{Api, Client, ResourceExt};
use serde_json::{Value, json};
use tokio::sync::{OnceCell, watch};
use tokio_util::task::AbortOnDropHandle;

/// Name of the integration, of its tenant, and the first part of every extension's name.
pub(crate) const NAME: &str = "acme";
/// The integration that goes on when that one does not, and its tenant. It comes after it.
const BYSTANDER: &str = "beta";
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
        let kubeconfig = install(&plane).await;
        Self::on(plane, kubeconfig, generate::directory(people), Duration::ZERO).await
    }

    async fn on(plane: Arc<ControlPlane>, kubeconfig: PathBuf, mut seed: Seed, latency: Duration) -> Self {
        let (key, mut account) = ACCOUNT.clone();
        account.delegated_scopes = vec![SCOPE.to_owned()];
        seed.add_service_account(account.clone());
        let google = Simulator::start(Options {
            seed,
            latency,
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

    /// Puts a key file into the Secret that integrations refer to.
    pub(crate) async fn put_secret(&self, key: &Value) {
        self.put_secret_data("key.json", &key.to_string()).await;
    }

    /// Puts any text under one key of that Secret, and takes all other keys away.
    pub(crate) async fn put_secret_data(&self, key: &str, text: &str) {
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": "google-key"}, "data": {key: BASE64_STANDARD.encode(text)},
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

    /// Declares the integration `acme`: Automatic, numbers from 1001, once a day, with `spec` merged over it: no
    /// sync comes by itself in a test that is not about the schedule, however slow the machine is.
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
                "users": {"enabled": true, "syncMode": "Automatic", "schedule": {"interval": "24h"}, "numbering": {"start": "1001"}},
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
        self.annotate_other(NAME, key, value).await;
    }

    async fn annotate_other(&self, name: &str, key: &str, value: &str) {
        let patch = Patch::Merge(json!({"metadata": {"annotations": {key: value}}}));
        self.integrations()
            .patch(name, &PatchParams::default(), &patch)
            .await
            .unwrap();
    }

    /// Asks for a sync and waits until it was carried out.
    pub(crate) async fn sync(&self) -> GoogleWorkspaceIntegration {
        let mark = self.audit.mark().await;
        let token = self.request_sync().await;
        let object = self.until(|object| handled(object) == Some(token.as_str())).await;
        // A watch shows the status a moment before the audit log does; whatever was written before is there by then.
        self.until_written(mark, |writes| {
            writes.contains_key("patch googleworkspaceintegrations/status")
        })
        .await;
        object
    }

    /// Has the operator look at the integration without a request, and without a change of the declaration: a finalizer of
    /// somebody else comes or goes.
    pub(crate) async fn look(&self) {
        const OTHER: &str = "test.dialplane.io/look";
        let object = self.integrations().get(NAME).await.unwrap();
        let mut finalizers = object.finalizers().to_vec();
        if finalizers.iter().any(|finalizer| finalizer == OTHER) {
            finalizers.retain(|finalizer| finalizer != OTHER);
        } else {
            finalizers.push(OTHER.to_owned());
        }
        let patch = Patch::Merge(json!({"metadata": {
            "finalizers": finalizers, "resourceVersion": object.resource_version(),
        }}));
        self.integrations()
            .patch(NAME, &PatchParams::default(), &patch)
            .await
            .unwrap();
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

    /// Every extension of the tenant by its number.
    pub(crate) async fn all(&self) -> BTreeMap<String, PbxExtension> {
        let list = self.extensions().list(&ListParams::default()).await.unwrap();
        list.items
            .into_iter()
            .filter(|extension| extension.spec.tenant == NAME)
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

    /// Requests in this namespace since a mark.
    pub(crate) async fn requests(&self, since: AuditMark) -> AuditEntries {
        self.audit.since_in(since, &self.namespace).await
    }

    /// Those of the operator.
    pub(crate) async fn asked_by_operator(&self, since: AuditMark) -> AuditEntries {
        let requests = self.requests(since).await;
        requests.service_account("dialplane-system", "dialplane")
    }

    /// Its writes, by verb and resource, without events.
    pub(crate) async fn writes(&self, since: AuditMark) -> BTreeMap<String, usize> {
        let writes = self.asked_by_operator(since).await.writes();
        writes.filter(|entry| entry.resource != "events").counts()
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
    KUBECONFIG.get_or_init(|| install(plane)).await.clone()
}

/// Installs the chart with the operator outside; the kubeconfig of its ServiceAccount.
async fn install(plane: &ControlPlane) -> PathBuf {
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
    plane.helm(&chart).ok().context("install the chart").unwrap();
    plane
        .service_account_kubeconfig("dialplane-system", "dialplane")
        .await
}

/// Holds every status that anybody could have seen against the rules.
struct Witness {
    integrations: Api<DynamicObject>,
    violations: Arc<Mutex<Vec<String>>>,
    versions: watch::Receiver<Versions>,
    _watching: AbortOnDropHandle<()>,
}

/// The last version seen of each object, by uid.
type Versions = BTreeMap<String, u64>;

/// The version of an object that is gone.
const GONE: u64 = u64::MAX;

impl Witness {
    fn of(client: Client, namespace: &str) -> Self {
        let kind = ApiResource::erase::<GoogleWorkspaceIntegration>(&());
        let integrations = Api::namespaced_with(client, namespace, &kind);
        let violations = Arc::default();
        let (seen, versions) = watch::channel(Versions::new());
        let watching = watch_conditions(integrations.clone(), Arc::clone(&violations), seen);
        Self {
            integrations,
            violations,
            versions,
            _watching: AbortOnDropHandle::new(tokio::spawn(watching)),
        }
    }

    /// Looks at what is there now as well, then fails if any status broke a rule.
    async fn judge(&mut self) {
        let list = self.integrations.list(&ListParams::default()).await.unwrap();
        let end = version(list.metadata.resource_version.as_deref());
        let listed: Versions = list.iter().map(identified).collect();
        // Of everything else that was ever seen, the end has been seen too, or it came after the list.
        let seen = |versions: &Versions| {
            listed
                .iter()
                .all(|(uid, version)| versions.get(uid) >= Some(version))
                && versions
                    .iter()
                    .all(|(uid, version)| listed.contains_key(uid) || *version > end)
        };
        let caught_up = tokio::time::timeout(PATIENCE, self.versions.wait_for(seen)).await;
        assert!(
            matches!(caught_up, Ok(Ok(_))),
            "the watch of statuses has not seen {listed:?} at {end}"
        );
        let violations = self.violations.lock().unwrap();
        assert!(
            violations.is_empty(),
            "conditions broke the rules:\n{}",
            violations.join("\n\n")
        );
    }
}

fn identified(object: &DynamicObject) -> (String, u64) {
    (
        object.uid().unwrap(),
        version(object.metadata.resource_version.as_deref()),
    )
}

fn version(text: Option<&str>) -> u64 {
    text.unwrap().parse().unwrap()
}

async fn watch_conditions(
    integrations: Api<DynamicObject>,
    violations: Arc<Mutex<Vec<String>>>,
    seen: watch::Sender<Versions>,
) {
    let mut events = watcher(integrations, watcher::Config::default())
        .default_backoff()
        .boxed();
    let mut listed = BTreeSet::new();
    while let Some(event) = events.next().await {
        // A watch that failed begins again.
        match event {
            Err(_) => {}
            Ok(watcher::Event::Init) => listed.clear(),
            Ok(watcher::Event::InitDone) => seen.send_modify(|versions| {
                for (_, version) in versions.iter_mut().filter(|(uid, _)| !listed.contains(*uid)) {
                    *version = GONE;
                }
            }),
            Ok(watcher::Event::Delete(object)) => {
                seen.send_modify(|versions| {
                    versions.insert(object.uid().unwrap(), GONE);
                });
            }
            Ok(watcher::Event::Apply(object) | watcher::Event::InitApply(object)) => {
                if let Err(broken) = rules::check(&as_answered(serde_json::to_value(&object).unwrap())) {
                    let violation = format!("{}: {broken}", object.name_any());
                    violations.lock().unwrap().push(violation);
                }
                let (uid, version) = identified(&object);
                listed.insert(uid.clone());
                seen.send_modify(|versions| {
                    versions.insert(uid, version);
                });
            }
        }
    }
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

    /// How an operator of this world signs in.
    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
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

    /// Returns when the operator has looked at every integration that was changed before the call: one that is made now, in
    /// mode Manual, has been looked at and has gone again, and what was changed before was seen before. It says nothing of
    /// extensions, which have a watch of their own: see [`Self::caught_up`].
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

    /// Returns when the operator has looked after every extension that was changed before the call. It is so when the
    /// extension with this number, which somebody edits now, is right again for the second time: what is noticed together
    /// is looked after in no order, one lot after the other. Costs two questions about its person and two patches.
    pub(crate) async fn caught_up(&self, number: &str) {
        for _ in 0..2 {
            self.spoil_and_heal(&format!("{NAME}-{number}")).await;
        }
    }

    /// Edits an extension by hand, and waits until it is right again.
    async fn spoil_and_heal(&self, name: &str) {
        let right = self.extensions().get(name).await.unwrap().spec;
        let wrong = Patch::Merge(json!({"spec": {"user": {"firstName": "Barrier"}}}));
        let params = PatchParams::default();
        let edited = self.extensions().patch(name, &params, &wrong).await.unwrap();
        assert_ne!(edited.spec, right, "nothing was there to be made right");
        wait_for(&self.extensions(), name, |now| now.spec == right, PATIENCE).await;
    }

    /// An integration of another tenant, `beta`, that serves everybody and goes on when `acme` does not.
    pub(crate) async fn declare_bystander(&self) {
        self.declare_as(BYSTANDER, json!({"tenant": {"name": BYSTANDER}}))
            .await;
        let synced = |object: &GoogleWorkspaceIntegration| {
            condition(object, conditions::READY).is_some_and(|ready| ready.status == "True")
        };
        self.until_other(BYSTANDER, synced).await;
    }

    /// Returns when the operator has looked at every extension that was changed before the call, also where `acme` has them
    /// passed over: in each lot, [its neighbour](Self::declare_bystander) comes after it. Costs one question about the
    /// administrator and one patch.
    pub(crate) async fn passed_by(&self) {
        self.spoil_and_heal(&format!("{BYSTANDER}-1001")).await;
    }
}

/// What Google was asked for, by the three kinds of reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Pages of the list of users.
    pub(crate) lists: usize,
    /// Pages of the list of deleted users.
    pub(crate) deleted: usize,
    /// Single users by id.
    pub(crate) single: usize,
}

impl World {
    /// How to start an operator for this namespace, for tests that start it their own way.
    pub(crate) fn builder(&self) -> OperatorBuilder {
        self.operator_builder().namespace(&self.namespace)
    }

    /// Begins to count anew: Google's calls from zero, Kubernetes' writes from this mark.
    pub(crate) async fn mark(&self) -> AuditMark {
        self.google.clear_requests();
        self.audit.mark().await
    }

    /// What Google was asked for since the last mark.
    pub(crate) fn asked(&self) -> Asked {
        const USERS: &str = "/admin/directory/v1/users";
        let mut asked = Asked::default();
        for request in self.google.requests() {
            match request.path.strip_prefix(USERS) {
                Some("") if request.query.contains("showDeleted=true") => asked.deleted += 1,
                Some("") => asked.lists += 1,
                Some(_) => asked.single += 1,
                None => {}
            }
        }
        asked
    }

    /// Waits until Google was asked for what is wanted.
    pub(crate) async fn until_asked(&self, wanted: impl Fn(Asked) -> bool) {
        let deadline = std::time::Instant::now() + PATIENCE;
        while !wanted(self.asked()) {
            assert!(
                std::time::Instant::now() < deadline,
                "Google was asked only {:?}",
                self.asked()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the audit log has what is wanted, and returns all writes: the line of a write comes a moment after its
    /// effect can be seen.
    pub(crate) async fn until_written(
        &self,
        since: AuditMark,
        wanted: impl Fn(&BTreeMap<String, usize>) -> bool,
    ) -> BTreeMap<String, usize> {
        let deadline = std::time::Instant::now() + PATIENCE;
        loop {
            let writes = self.writes(since).await;
            if wanted(&writes) {
                return writes;
            }
            assert!(
                std::time::Instant::now() < deadline,
                "not all that was expected was written, only {writes:?}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Insists on exactly these writes. Missing ones are waited for; one too many fails at once.
    pub(crate) async fn wrote(&self, since: AuditMark, expected: BTreeMap<String, usize>) {
        let total: usize = expected.values().sum();
        let complete = |writes: &BTreeMap<String, usize>| writes.values().sum::<usize>() >= total;
        assert_eq!(self.until_written(since, complete).await, expected);
    }

    /// Waits until the extension with this number is as wanted.
    pub(crate) async fn until_extension(
        &self,
        number: &str,
        wanted: impl FnMut(&PbxExtension) -> bool,
    ) -> PbxExtension {
        wait_for(&self.extensions(), &format!("{NAME}-{number}"), wanted, PATIENCE).await
    }

    /// The number of the person with this address, by Google's id.
    pub(crate) async fn number_of(&self, address: &str) -> Option<String> {
        let extension = self.extension_of(&self.id_of(address)).await?;
        Some(extension.spec.number)
    }

    /// Changes an extension as somebody with all rights does: a merge patch of the whole object.
    pub(crate) async fn edit(&self, number: &str, patch: Value) -> PbxExtension {
        let name = format!("{NAME}-{number}");
        self.extensions()
            .patch(&name, &PatchParams::default(), &Patch::Merge(patch))
            .await
            .unwrap()
    }
}

/// The administrator and these people, as `first@acme.example`: in directory order when the names are sorted.
pub(crate) fn company(first_names: &[&str]) -> Seed {
    let mut seed = generate::directory(1);
    seed.users.extend(first_names.iter().map(|name| colleague(name)));
    seed
}

/// One person of a [`company`], fit for the simulator's `create_user`.
pub(crate) fn colleague(first_name: &str) -> Value {
    json!({
        "primaryEmail": format!("{first_name}@acme.example"),
        "name": {"givenName": first_name, "familyName": "Example"},
    })
}

/// Expected writes, as [`World::writes`] counts them.
pub(crate) fn counts<const N: usize>(expected: [(&str, usize); N]) -> BTreeMap<String, usize> {
    expected
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| (kind.to_owned(), count))
        .collect()
}

/// JSON pointers of everything that differs between two versions of an object, but for what every write changes.
pub(crate) fn differences<T: serde::Serialize>(before: &T, after: &T) -> Vec<String> {
    fn walk(path: &str, before: &Value, after: &Value, found: &mut Vec<String>) {
        if let (Value::Object(before), Value::Object(after)) = (before, after) {
            let keys: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
            for key in keys {
                let path = format!("{path}/{key}");
                let at = |map: &serde_json::Map<String, Value>| map.get(key).cloned().unwrap_or_default();
                walk(&path, &at(before), &at(after), found);
            }
        } else if before != after {
            found.push(path.to_owned());
        }
    }
    let plain = |object: &T| {
        let mut object = serde_json::to_value(object).unwrap();
        for field in ["resourceVersion", "generation", "managedFields"] {
            object["metadata"].as_object_mut().unwrap().remove(field);
        }
        object
    };
    let mut found = Vec::new();
    walk("", &plain(before), &plain(after), &mut found);
    found
}

impl World {
    /// The events of this namespace with this reason.
    pub(crate) async fn events(&self, reason: &str) -> Vec<Event> {
        let api: Api<Event> = Api::namespaced(self.client.clone(), &self.namespace);
        let mut events = api.list(&ListParams::default()).await.unwrap().items;
        events.retain(|event| event.reason.as_deref() == Some(reason));
        events
    }

    /// Asks for a sync, and returns the token that tells when it was carried out.
    pub(crate) async fn request_sync(&self) -> String {
        self.request_sync_of(NAME).await
    }

    /// The same for another integration.
    pub(crate) async fn request_sync_of(&self, name: &str) -> String {
        let token = format!("{:?}", std::time::SystemTime::now());
        self.annotate_other(name, ANNOTATION_SYNC_REQUESTED_AT, &token)
            .await;
        token
    }
}

/// How many syncs of an operator have ended, by result.
pub(crate) async fn syncs(operator: &Operator) -> BTreeMap<String, u64> {
    let text = operator.metrics().await.unwrap();
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix("dialplane_syncs_total{result=\""));
    lines
        .filter_map(|line| line.split_once("\"} "))
        .map(|(result, count)| (result.to_owned(), count.parse().unwrap()))
        .collect()
}

/// What somebody waits for, unless it takes too long.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let result = tokio::time::timeout(PATIENCE, future).await;
    result.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// Looks again and again until something is there. For what cannot be watched: metrics, logs, the audit log.
pub(crate) async fn poll<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(tokio::time::Instant::now() < deadline, "no sign of {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The scopes that groups and organizational units of a scope need.
pub(crate) const GROUPS: &str = "https://www.googleapis.com/auth/admin.directory.group.member.readonly";
pub(crate) const UNITS: &str = "https://www.googleapis.com/auth/admin.directory.orgunit.readonly";

impl World {
    /// Lets the account read users, and what else these scopes allow.
    pub(crate) fn delegate(&self, scopes: &[&str]) {
        let mut account = self.account.clone();
        account
            .delegated_scopes
            .extend(scopes.iter().map(|scope| (*scope).to_owned()));
        self.google.put_service_account(account).unwrap();
    }

    /// How often each method of the Directory API was called since the last mark. Nothing may ever be searched for: what
    /// a search leaves out is no evidence.
    pub(crate) fn called(&self) -> BTreeMap<String, usize> {
        let mut called = BTreeMap::new();
        for request in self.google.requests() {
            let Some(path) = request.path.strip_prefix("/admin/directory/v1/") else {
                continue;
            };
            let mut query = request.query.split('&');
            assert!(!query.any(|pair| pair.starts_with("query=")), "{request:?}");
            let parts: Vec<_> = path.split('/').collect();
            let method = match parts[..] {
                ["users"] if request.query.contains("showDeleted=true") => "users.list deleted",
                ["users"] => "users.list",
                ["users", _] => "users.get",
                ["groups", _, "members"] => "members.list",
                ["groups", _, "hasMember", _] => "members.hasMember",
                ["customer", _, "orgunits"] => "orgunits.list",
                _ => path,
            };
            *called.entry(method.to_owned()).or_default() += 1;
        }
        called
    }

    /// Has Google hold the calls of a method of the Directory API until they are released; of each list only the pages after
    /// the first so many.
    pub(crate) fn hold(&self, method: &str, skip: u64) -> Hold {
        let fault = Fault {
            method: Some(method.to_owned()),
            skip,
            ..Fault::default()
        };
        self.google.hold(fault).unwrap()
    }

    /// Waits until these methods were called at least so often, together.
    pub(crate) async fn until_called(&self, method: &str, times: usize) {
        poll(method, async || {
            (self.called().get(method).copied().unwrap_or_default() >= times).then_some(())
        })
        .await;
    }

    /// Waits until this request was carried out.
    pub(crate) async fn until_handled(&self, token: &str) -> GoogleWorkspaceIntegration {
        self.until(|object| handled(object) == Some(token)).await
    }

    /// The extensions, in the order of their numbers: whose they are by the first part of the address, and why they are
    /// disabled. For example `1001 ana, 1002 bo (Suspended)`.
    pub(crate) async fn roll(&self) -> String {
        let line = |extension: &PbxExtension| {
            let user = extension.spec.user.as_ref();
            let email = user.and_then(|user| user.email.as_deref()).unwrap_or("nobody");
            let name = email.split('@').next().unwrap_or_default();
            let reason = match (extension.spec.enabled, extension.spec.disabled_reason) {
                (true, None) => String::new(),
                (true, Some(_)) => " (enabled for a reason)".to_owned(),
                (false, None) => " (off)".to_owned(),
                (false, Some(reason)) => format!(" ({})", reason.as_str()),
            };
            format!("{} {name}{reason}", extension.spec.number)
        };
        let all = self.all().await;
        all.values().map(line).collect::<Vec<_>>().join(", ")
    }
}

/// A person with further fields.
pub(crate) fn somebody(first_name: &str, fields: Value) -> Value {
    let mut person = colleague(first_name);
    merge(&mut person, fields);
    person
}

/// The message of a condition.
pub(crate) fn message(object: &GoogleWorkspaceIntegration, kind: &str) -> String {
    condition(object, kind)
        .unwrap_or_else(|| panic!("no {kind}"))
        .message
        .clone()
}
