//! Holds every status that anybody could have seen against the rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use dialplane::api::GoogleWorkspaceIntegration;
use dialplane_test_harness::{conditions as rules, kstatus};
use futures::StreamExt;
use kube::api::{DynamicObject, ListParams};
use kube::core::ApiResource;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, watcher};
use kube::{Api, Client, ResourceExt};
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::PATIENCE;

/// Holds every status that anybody could have seen against the rules.
pub(super) struct Witness {
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
    pub(super) fn of(client: Client, namespace: &str) -> Self {
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
    pub(super) async fn judge(&mut self) {
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
