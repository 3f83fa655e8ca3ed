//! How a run ended: every object of every kind, how often each was made and removed, and what the operator still holds.

use std::collections::{BTreeMap, BTreeSet};

use dialplane::api::{GoogleWorkspaceIntegration, PbxExtension};
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::{DynamicObject, ListParams};
use kube::core::ApiResource;
use kube::{Api, ResourceExt as _};
use serde_json::Value;

use super::diary::{Diary, Happened};
use super::stage::plain;
use crate::world::World;

/// What tells of the last sync that changed something: after a crash that is another one.
const HISTORY: [&str; 6] = [
    "/status/users/counts",
    "/status/users/message",
    "/status/users/lastSyncTime",
    "/status/users/nextSyncTime",
    "/status/users/lastHandledSyncRequest",
    "/metadata/annotations/dialplane.io~1sync-requested-at",
];

/// The end of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outcome {
    /// Values by kind, name and JSON pointer.
    pub(super) values: BTreeMap<String, Value>,
    /// How often each object was made, and how often removed.
    pub(super) lives: BTreeMap<String, (usize, usize)>,
}

pub(super) async fn of(world: &World, diary: &Diary) -> Outcome {
    let kinds = [
        ("Secret", ApiResource::erase::<Secret>(&())),
        ("ConfigMap", ApiResource::erase::<ConfigMap>(&())),
        ("Lease", ApiResource::erase::<Lease>(&())),
        ("PbxExtension", ApiResource::erase::<PbxExtension>(&())),
        (
            "GoogleWorkspaceIntegration",
            ApiResource::erase::<GoogleWorkspaceIntegration>(&()),
        ),
    ];
    let mut outcome = Outcome::default();
    for (kind, resource) in kinds {
        let api: Api<DynamicObject> = Api::namespaced_with(world.client.clone(), &world.namespace, &resource);
        for object in api.list(&ListParams::default()).await.unwrap() {
            let name = object.name_any();
            let object = plain(serde_json::to_value(&object).unwrap());
            flatten(&format!("{kind} {name} "), "", &object, &mut outcome.values);
        }
    }
    for entry in diary.read().await {
        let lives = outcome
            .lives
            .entry(format!("{} {}", entry.kind, entry.name))
            .or_default();
        match entry.happened {
            Happened::Added => lives.0 += 1,
            Happened::Deleted => lives.1 += 1,
            Happened::Modified => {}
        }
    }
    outcome
}

impl Outcome {
    /// What differs between two runs that ought to be the same, for nobody to look at later.
    pub(super) fn noise(&self, other: &Self) -> BTreeSet<String> {
        let keys = self.values.keys().chain(other.values.keys());
        let differing = keys.filter(|key| self.values.get(*key) != other.values.get(*key));
        differing.cloned().collect()
    }

    /// What is otherwise than in the undisturbed run, one line each.
    pub(super) fn differences(&self, reference: &Self, noise: &BTreeSet<String>) -> Vec<String> {
        let keys: BTreeSet<&String> = self.values.keys().chain(reference.values.keys()).collect();
        let mut lines: Vec<String> = keys
            .into_iter()
            .filter(|key| !noise.contains(*key) && !self.is_left_by_a_detour(key))
            .filter_map(|key| {
                let (now, then) = (self.values.get(key), reference.values.get(key));
                (now != then).then(|| format!("{key}: {} instead of {}", show(now), show(then)))
            })
            .collect();
        let keys: BTreeSet<&String> = self.lives.keys().chain(reference.lives.keys()).collect();
        lines.extend(keys.into_iter().filter_map(|key| {
            let of = |outcome: &Self| outcome.lives.get(key).copied().unwrap_or_default();
            let ((made, removed), then) = (of(self), of(reference));
            // Two people who exchange their numbers meet by way of a third one; one that is caught on the way may take another.
            let detour = then.0 == then.1 && made == removed && made <= then.0 + 1;
            ((made, removed) != then && !detour).then(|| {
                format!(
                    "{key}: made {made} times and removed {removed} times instead of {} and {}",
                    then.0, then.1
                )
            })
        }));
        lines
    }

    /// Whether this says that a number waits in quarantine which was somebody's on the way to another one only. After a crash nobody
    /// knows that any more, and the number waits for that person like any other.
    fn is_left_by_a_detour(&self, key: &str) -> bool {
        let Some((map, number)) = key
            .strip_prefix("ConfigMap ")
            .and_then(|rest| rest.split_once(" /data/"))
        else {
            return false;
        };
        let Some((tenant, _)) = map.split_once("-quarantine-") else {
            return false;
        };
        let gone = format!("PbxExtension {tenant}-{number}");
        self.lives.get(&gone) == Some(&(1, 1)) && !self.values.keys().any(|key| key.starts_with(&gone))
    }
}

fn show(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), Value::to_string)
}

fn flatten(prefix: &str, pointer: &str, value: &Value, into: &mut BTreeMap<String, Value>) {
    if HISTORY.contains(&pointer) {
        return;
    }
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                flatten(prefix, &format!("{pointer}/{key}"), value, into);
            }
        }
        Value::Array(list) if !list.is_empty() => {
            for (place, value) in list.iter().enumerate() {
                // Conditions are found by their type.
                let place = value["type"]
                    .as_str()
                    .map_or_else(|| place.to_string(), str::to_owned);
                flatten(prefix, &format!("{pointer}/{place}"), value, into);
            }
        }
        leaf => {
            into.insert(format!("{prefix}{pointer}"), leaf.clone());
        }
    }
}
