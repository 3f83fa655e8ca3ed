//! Every version of every object that anybody could have seen, and the promises as rules over all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dialplane::api::PbxExtension;
use dialplane::api::names::LABEL_INTEGRATION;
use futures::StreamExt as _;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{DynamicObject, ListParams, WatchEvent, WatchParams};
use kube::core::ApiResource;
use kube::{Api, ResourceExt as _};
use serde_json::Value;
use tokio_util::task::AbortOnDropHandle;

use super::stage::plain;
use crate::world::World;

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Happened {
    Added,
    Modified,
    Deleted,
}

/// One event of a watch.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) happened: Happened,
    pub(super) object: Value,
}

/// Everything that happened to the objects of one namespace, in the order of each kind.
pub(super) struct Diary {
    entries: Arc<Mutex<Vec<Entry>>>,
    /// Whom a workload has let go: only they may be removed.
    leavers: Mutex<BTreeSet<String>>,
    anybody: Mutex<bool>,
    apis: Vec<Api<DynamicObject>>,
    _watching: Vec<AbortOnDropHandle<()>>,
}

impl Diary {
    pub(super) async fn of(world: &World) -> Self {
        let entries = Arc::default();
        let kinds = [
            ("PbxExtension", ApiResource::erase::<PbxExtension>(&())),
            ("ConfigMap", ApiResource::erase::<ConfigMap>(&())),
        ];
        let (mut apis, mut watching) = (Vec::new(), Vec::new());
        for (kind, resource) in kinds {
            let api: Api<DynamicObject> =
                Api::namespaced_with(world.client.clone(), &world.namespace, &resource);
            let list = api.list(&ListParams::default()).await.unwrap();
            let version = list.metadata.resource_version.unwrap_or_default();
            let task = tokio::spawn(follow(api.clone(), kind, version, Arc::clone(&entries)));
            watching.push(AbortOnDropHandle::new(task));
            apis.push(api);
        }
        Self {
            entries,
            leavers: Mutex::default(),
            anybody: Mutex::default(),
            apis,
            _watching: watching,
        }
    }

    /// From now on this person may be disabled, deleted or released.
    pub(super) fn leaves(&self, id: &str) {
        self.leavers.lock().unwrap().insert(id.to_owned());
    }

    /// From now on everybody may.
    pub(super) fn all_may_leave(&self) {
        *self.anybody.lock().unwrap() = true;
    }

    /// Everything until now: waits until what is there has been seen.
    pub(super) async fn read(&self) -> Vec<Entry> {
        for api in &self.apis {
            let list = api.list(&ListParams::default()).await.unwrap();
            let versions: BTreeMap<String, String> = list
                .iter()
                .map(|object| (object.name_any(), object.resource_version().unwrap_or_default()))
                .collect();
            for _ in 0..500 {
                if self.has(&versions) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        self.entries.lock().unwrap().clone()
    }

    fn has(&self, versions: &BTreeMap<String, String>) -> bool {
        let entries = self.entries.lock().unwrap();
        let seen: BTreeSet<(&str, &str)> = entries
            .iter()
            .map(|entry| {
                let version = entry.object["metadata"]["resourceVersion"].as_str();
                (entry.name.as_str(), version.unwrap_or_default())
            })
            .collect();
        versions
            .iter()
            .all(|(name, version)| seen.contains(&(name.as_str(), version.as_str())))
    }

    /// Where the promises were broken, whatever came of it in the end.
    pub(super) async fn broken_promises(&self) -> Vec<String> {
        let entries = self.read().await;
        let leavers = self.leavers.lock().unwrap().clone();
        let anybody = *self.anybody.lock().unwrap();
        let mut broken = Vec::new();
        let mut known: BTreeMap<(&str, &str), &Value> = BTreeMap::new();
        for entry in &entries {
            let key = (entry.kind, entry.name.as_str());
            let before = known.get(&key).copied();
            if entry.kind == "PbxExtension" {
                let after = (entry.happened != Happened::Deleted).then_some(&entry.object);
                let person = before.and_then(person);
                if let Some(person) = person
                    && is_removal(before, after)
                    && !anybody
                    && !leavers.contains(person)
                    && !moves(&known, &entry.name, person)
                {
                    broken.push(format!("{}: taken from {person}, who has not left", entry.name));
                }
            }
            if entry.happened == Happened::Modified
                && before.is_some_and(|before| means(before) == means(&entry.object))
            {
                broken.push(format!("{} {}: written for nothing", entry.kind, entry.name));
            }
            if entry.happened == Happened::Deleted {
                known.remove(&key);
            } else {
                known.insert(key, &entry.object);
            }
            for (person, names) in holders(&known) {
                if names.len() > 2 {
                    broken.push(format!("{person} has {names:?} at once"));
                }
            }
        }
        for (person, names) in holders(&known) {
            if names.len() > 1 {
                broken.push(format!("{person} has {names:?} in the end"));
            }
        }
        broken
    }
}

async fn follow(
    api: Api<DynamicObject>,
    kind: &'static str,
    mut version: String,
    entries: Arc<Mutex<Vec<Entry>>>,
) {
    loop {
        let Ok(events) = api.watch(&WatchParams::default(), &version).await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let mut events = events.boxed();
        while let Some(Ok(event)) = events.next().await {
            let (happened, object) = match event {
                WatchEvent::Added(object) => (Happened::Added, object),
                WatchEvent::Modified(object) => (Happened::Modified, object),
                WatchEvent::Deleted(object) => (Happened::Deleted, object),
                WatchEvent::Bookmark(_) | WatchEvent::Error(_) => continue,
            };
            version = object.resource_version().unwrap_or_default();
            // Every namespace has this one.
            if object.name_any() == "kube-root-ca.crt" {
                continue;
            }
            entries.lock().unwrap().push(Entry {
                kind,
                name: object.name_any(),
                happened,
                object: serde_json::to_value(&object).unwrap(),
            });
        }
    }
}

fn person(object: &Value) -> Option<&str> {
    object["spec"]["google"]["userId"].as_str()
}

fn is_managed(object: &Value) -> bool {
    object["metadata"]["labels"].get(LABEL_INTEGRATION).is_some()
}

fn is_on(object: &Value) -> bool {
    object["spec"]["enabled"].as_bool().unwrap_or(true)
}

/// Somebody loses a phone, or the operator's care of it.
fn is_removal(before: Option<&Value>, after: Option<&Value>) -> bool {
    let Some(before) = before.filter(|before| is_managed(before)) else {
        return false;
    };
    match after {
        None => true,
        Some(after) => is_on(before) && !is_on(after) || !is_managed(after),
    }
}

/// Another extension is the person's already: the number has changed.
fn moves(known: &BTreeMap<(&str, &str), &Value>, name: &str, id: &str) -> bool {
    known
        .iter()
        .any(|((_, other), object)| *other != name && person(object) == Some(id) && is_on(object))
}

/// Whose each enabled extension is: in each tenant a person may have one.
fn holders<'a>(known: &BTreeMap<(&'a str, &'a str), &'a Value>) -> BTreeMap<String, Vec<&'a str>> {
    let mut holders: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for ((_, name), object) in known {
        if let Some(person) = person(object).filter(|_| is_managed(object) && is_on(object)) {
            let tenant = object["spec"]["tenant"].as_str().unwrap_or_default();
            holders
                .entry(format!("{person} of {tenant}"))
                .or_default()
                .push(name);
        }
    }
    holders
}

/// What an object says, without what every write changes.
fn means(object: &Value) -> Value {
    let mut object = plain(object.clone());
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("generation");
    }
    object
}
