//! What becomes of the extensions when their integration goes: released or deleted, whatever happens on the way.

mod again;
mod crashes;
mod namespaces;
mod obstacles;
mod policies;

use std::collections::{BTreeMap, BTreeSet};

use dialplane::api::PbxExtension;
use dialplane::api::names::EXTENSION_LABELS;
use dialplane_test_harness::world::wait_gone;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{DeleteParams, DynamicObject, ListParams, PostParams};
use kube::core::ApiResource;
use kube::{Api, ResourceExt};
use serde_json::{Value, json};

use crate::world::{NAME, PATIENCE, World};

const LIST: &str = "/admin/directory/v1/users";

fn policy(policy: &str) -> Value {
    json!({"deletionPolicy": policy})
}

async fn delete(world: &World) {
    let params = DeleteParams::default();
    world.integrations().delete(NAME, &params).await.unwrap();
}

async fn gone(world: &World) {
    wait_gone(&world.integrations(), NAME, PATIENCE).await;
}

/// Every extension as the API server stores it, by name.
async fn stored(world: &World) -> BTreeMap<String, Value> {
    let kind = ApiResource::erase::<PbxExtension>(&());
    let api: Api<DynamicObject> = Api::namespaced_with(world.client.clone(), &world.namespace, &kind);
    let list = api.list(&ListParams::default()).await.unwrap();
    list.into_iter()
        .map(|object| (object.name_any(), serde_json::to_value(object).unwrap()))
        .collect()
}

/// What is left of an object when what every write changes is taken away.
fn essence(mut object: Value, without_our_labels: bool) -> Value {
    let metadata = object["metadata"].as_object_mut().unwrap();
    metadata.remove("resourceVersion");
    metadata.remove("managedFields");
    if without_our_labels && let Some(labels) = metadata.get_mut("labels").and_then(Value::as_object_mut) {
        labels.retain(|label, _| !EXTENSION_LABELS.contains(&label.as_str()));
        if labels.is_empty() {
            metadata.remove("labels");
        }
    }
    object
}

fn assert_released(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) {
    let names = |objects: &BTreeMap<String, Value>| objects.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(before), names(after));
    for (name, object) in before {
        assert_eq!(
            essence(object.clone(), true),
            essence(after[name].clone(), false),
            "{name}"
        );
    }
}

/// Extensions are nobody's property to the garbage collector, and nothing keeps them from being deleted.
fn assert_unbound(objects: &BTreeMap<String, Value>) {
    for (name, object) in objects {
        let metadata = &object["metadata"];
        assert!(metadata["finalizers"].is_null(), "{name}: {metadata}");
        assert!(metadata["ownerReferences"].is_null(), "{name}: {metadata}");
    }
}

async fn quarantined(world: &World) -> BTreeSet<String> {
    let api: Api<ConfigMap> = Api::namespaced(world.client.clone(), &world.namespace);
    let list = api.list(&ListParams::default()).await.unwrap();
    let maps = list
        .into_iter()
        .filter(|map| map.name_any().contains("quarantine"));
    maps.flat_map(|map| map.data.unwrap_or_default().into_keys())
        .collect()
}

/// Creates an extension as the administrators of the phone system do.
async fn by_hand(world: &World, tenant: &str, number: &str, labels: Value) {
    let object = json!({
        "apiVersion": "dialplane.io/v1alpha1", "kind": "PbxExtension",
        "metadata": {"name": format!("{tenant}-{number}"), "labels": labels},
        "spec": {"tenant": tenant, "number": number},
    });
    let object: PbxExtension = serde_json::from_value(object).unwrap();
    let params = PostParams::default();
    world.extensions().create(&params, &object).await.unwrap();
}
