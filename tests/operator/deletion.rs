//! What becomes of the extensions when their integration goes: released or deleted, whatever happens on the way.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use dialplane::api::PbxExtension;
use dialplane::api::conditions::RECONCILING;
use dialplane::api::names::{
    EXTENSION_LABELS, FINALIZER, LABEL_GOOGLE_USER_ID, LABEL_INTEGRATION, LABEL_MANAGED_BY, LABEL_SOURCE,
    LABEL_TENANT, MANAGED_BY,
};
use dialplane_test_harness::world::{wait_for, wait_gone};
use google_workspace_simulator::Fault;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Secret};
use kube::api::{DeleteParams, DynamicObject, ListParams, PostParams};
use kube::core::ApiResource;
use kube::{Api, ResourceExt};
use serde_json::{Value, json};

use crate::gateway::Gateway;
use crate::world::{NAME, PATIENCE, World, condition, poll, user_id};

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

#[tokio::test]
async fn retain_takes_our_labels_and_nothing_else() {
    let world = World::with_people(20).await; // one of them is suspended
    let _operator = world.operator().await;
    world.declare(policy("Retain")).await;
    world.until_synced().await;
    // What others put on an extension stays too.
    let extra = json!({
        "metadata": {"labels": {"site": "hq"}, "annotations": {"note": "corner office"}},
        "spec": {"voicemail": {"enabled": false}, "sip": {"credentialsSecretRef": {"name": "sip"}}},
    });
    let (params, patch) = (kube::api::PatchParams::default(), kube::api::Patch::Merge(&extra));
    world
        .extensions()
        .patch("acme-1003", &params, &patch)
        .await
        .unwrap();
    let before = stored(&world).await;
    assert!(
        before
            .values()
            .any(|object| object["spec"]["disabledReason"] == "Suspended")
    );
    assert_unbound(&before);

    world.google.clear_requests();
    let mark = world.audit.mark().await;
    delete(&world).await;
    gone(&world).await;
    let after = stored(&world).await;
    assert_released(&before, &after);
    assert_eq!(after["acme-1003"]["metadata"]["labels"], json!({"site": "hq"}));
    let writes = world.writes(mark).await;
    assert_eq!(writes["patch pbxextensions"], 20, "{writes:?}");
    assert_eq!(world.google.requests(), [], "Google has no say in it");
    assert_eq!(quarantined(&world).await, BTreeSet::new());
    world.finish().await;
}

#[tokio::test]
async fn delete_deletes_its_own_extensions_and_no_other() {
    let world = World::with_people(5).await;
    let _operator = world.operator().await;
    world.declare(policy("Delete")).await;
    let mut other = policy("Retain");
    other["tenant"] = json!({"name": "branch"});
    world.declare_as("branch", other).await;
    world.until_synced().await;
    world
        .until_other("branch", |object| {
            condition(object, "Ready").is_some_and(|ready| ready.status == "True")
        })
        .await;
    let ours = json!({LABEL_MANAGED_BY: MANAGED_BY, LABEL_INTEGRATION: NAME, LABEL_TENANT: NAME, LABEL_SOURCE: "google"});
    by_hand(&world, NAME, "2001", json!({"site": "hq"})).await;
    by_hand(&world, NAME, "2002", ours.clone()).await; // our labels, but nobody that we know
    by_hand(&world, "attic", "1001", ours).await; // of another tenant, whatever its labels say
    world.caught_up("1002").await;
    let before = stored(&world).await;
    assert_unbound(&before);
    let own = |name: &str| name.starts_with("acme-1");
    assert_eq!(before.keys().filter(|name| own(name)).count(), 5);

    delete(&world).await;
    gone(&world).await;
    let after = stored(&world).await;
    let expected: Vec<_> = before.keys().filter(|name| !own(name)).cloned().collect();
    assert_eq!(after.keys().cloned().collect::<Vec<_>>(), expected);
    for (name, object) in &after {
        if name == "acme-2002" {
            assert_eq!(
                essence(object.clone(), false),
                essence(before[name].clone(), true)
            );
        } else {
            assert_eq!(object, &before[name], "{name} was touched");
        }
    }
    let numbers: BTreeSet<String> = (1001..=1005).map(|number| number.to_string()).collect();
    assert_eq!(quarantined(&world).await, numbers);
    world.finish().await;
}

#[tokio::test]
async fn a_large_release_shows_its_progress_and_survives_a_crash() {
    let world = World::with_people(1500).await;
    let before = crash_in_the_middle(&world, "Retain", "released").await;
    let after = stored(&world).await;
    assert_released(&before, &after);
    world.finish().await;
}

#[tokio::test]
async fn a_large_deletion_shows_its_progress_and_survives_a_crash() {
    let world = World::with_people(1500).await;
    let before = crash_in_the_middle(&world, "Delete", "deleted").await;
    assert_eq!(stored(&world).await, BTreeMap::new());
    let numbers: BTreeSet<String> = before
        .values()
        .map(|object| object["spec"]["number"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        quarantined(&world).await,
        numbers,
        "those of before the crash and those of after it"
    );
    world.finish().await;
}

/// What becomes of an extension in a deletion.
fn is_farewell(method: &Method, path: &str) -> bool {
    [Method::PATCH, Method::DELETE].contains(method) && path.contains("/pbxextensions/")
}

/// Deletes the integration, kills the operator after it has told how far it is, and lets another one finish. Returns the
/// extensions of before.
async fn crash_in_the_middle(world: &World, what: &str, done: &str) -> BTreeMap<String, Value> {
    let gateway = Gateway::start(world, 100, is_farewell).await;
    let operator = world.builder().kubeconfig(gateway.kubeconfig()).spawn();
    let mut operator = operator.await.unwrap();
    world.declare(policy(what)).await;
    world.until_synced().await;
    let before = stored(world).await;
    assert_eq!(before.len(), 1500);
    assert_unbound(&before);

    delete(world).await;
    gateway.holds(1).await;
    // Progress is told after some seconds, when the next extension has gone: they go on one by one until then.
    let told = format!("of 1500 extensions {done}.");
    let object = poll("the progress", async || {
        gateway.let_one_through();
        let object = world.integrations().get(NAME).await.unwrap();
        let told = condition(&object, RECONCILING).is_some_and(|it| it.message.ends_with(&told));
        told.then_some(object)
    })
    .await;
    operator.kill9();
    let reconciling = condition(&object, RECONCILING).unwrap();
    assert_eq!(reconciling.reason, "Terminating");
    assert!(
        reconciling
            .message
            .starts_with("The integration is being deleted: "),
        "{}",
        reconciling.message
    );
    let left = stored(world)
        .await
        .values()
        .filter(|object| !object["metadata"]["labels"][LABEL_INTEGRATION].is_null())
        .count();
    assert!(
        (1..1500).contains(&left),
        "{left} are left: this is not the middle"
    );
    let object = world.integrations().get(NAME).await.unwrap();
    assert_eq!(object.finalizers(), [FINALIZER]);

    let _operator = world.operator().await;
    gone(world).await;
    before
}

#[tokio::test]
async fn a_deletion_needs_neither_google_nor_the_secret_nor_an_end_of_the_suspension() {
    let world = World::with_people(4).await;
    let _operator = world.operator().await;
    world.declare(policy("Retain")).await;
    world.until_synced().await;
    let before = stored(&world).await;
    world.google.add_fault(Fault::named("connectionClosed")).unwrap();
    let secrets: Api<Secret> = Api::namespaced(world.client.clone(), &world.namespace);
    secrets
        .delete("google-key", &DeleteParams::default())
        .await
        .unwrap();
    world.change(json!({"suspend": true})).await;
    world.until_ready("False", "Suspended").await;
    delete(&world).await;
    gone(&world).await;
    assert_released(&before, &stored(&world).await);
    world.finish().await;
}

#[tokio::test]
async fn a_deletion_does_not_wait_for_a_sync_that_waits_for_google() {
    let world = World::with_people(4).await;
    let _operator = world.operator().await;
    world.declare(policy("Delete")).await;
    world.until_synced().await;
    let slow = Fault {
        path_prefix: Some(LIST.to_owned()),
        delay_ms: Some(600_000),
        ..Fault::default()
    };
    world.google.add_fault(slow).unwrap();
    world
        .change(json!({"users": {"profile": {"mobile": "Work"}}}))
        .await;
    world
        .until(|object| condition(object, RECONCILING).is_some())
        .await;
    delete(&world).await;
    gone(&world).await;
    assert_eq!(stored(&world).await, BTreeMap::new());
    world.finish().await;
}

#[tokio::test]
async fn an_integration_that_never_worked_goes_at_once() {
    let world = World::with_people(2).await;
    world.put_secret(&json!("no key file")).await;
    let _operator = world.operator().await;
    world.declare(policy("Delete")).await;
    let object = world.until_ready("False", "InvalidKey").await;
    assert_eq!(object.finalizers(), [FINALIZER]);
    delete(&world).await;
    gone(&world).await;
    assert_eq!(quarantined(&world).await, BTreeSet::new());
    world.finish().await;
}

#[tokio::test]
async fn without_an_operator_the_documented_escape_lets_the_integration_go() {
    let world = World::with_people(3).await;
    let mut operator = world.operator().await;
    world.declare(policy("Delete")).await;
    world.until_synced().await;
    let before = stored(&world).await;
    operator.terminate().await.unwrap();
    delete(&world).await;
    let object = world.integrations().get(NAME).await.unwrap();
    assert!(object.metadata.deletion_timestamp.is_some());

    let manual = std::fs::read_to_string(dialplane_test_harness::repository().join("docs/installation.md"));
    let escape = r#"patch gwi acme --type merge -p '{"metadata":{"finalizers":null}}'"#;
    assert!(
        manual.unwrap().contains(escape),
        "the manual no longer says: {escape}"
    );
    let merge = r#"{"metadata":{"finalizers":null}}"#;
    let patched = world.kubectl(&["patch", "gwi", NAME, "--type", "merge", "-p", merge]);
    patched.ok().unwrap();
    gone(&world).await;
    assert_eq!(stored(&world).await, before, "nobody was there to delete them");

    // The operator comes back: the extensions are bound again, with their numbers.
    let _operator = world.operator().await;
    world.declare(policy("Delete")).await;
    world.until_synced().await;
    assert_eq!(stored(&world).await, before);
    world.finish().await;
}

#[tokio::test]
async fn an_integration_made_again_after_retain_has_its_people_back_with_one_patch_each() {
    let world = World::with_people(8).await;
    let _operator = world.operator().await;
    world.declare(policy("Retain")).await;
    world.until_synced().await;
    shuffle(&world).await;
    let before = stored(&world).await;
    delete(&world).await;
    gone(&world).await;

    let mark = world.audit.mark().await;
    world.declare(policy("Retain")).await;
    world.until_synced().await;
    let after = stored(&world).await;
    for (name, object) in &before {
        assert_eq!(
            essence(object.clone(), false),
            essence(after[name].clone(), false),
            "{name}"
        );
    }
    let writes = world.writes(mark).await;
    let of_extensions: BTreeMap<_, _> = writes
        .iter()
        .filter(|(kind, _)| kind.ends_with("extensions"))
        .collect();
    assert_eq!(
        of_extensions,
        BTreeMap::from([(&"patch pbxextensions".to_owned(), &8)])
    );
    world.finish().await;
}

#[tokio::test]
async fn an_integration_made_again_after_delete_gives_everybody_the_old_number() {
    let world = World::with_people(8).await;
    let mut operator = world.operator().await;
    world.declare(policy("Delete")).await;
    world.until_synced().await;
    shuffle(&world).await;
    let numbers = |objects: BTreeMap<String, PbxExtension>| -> BTreeMap<String, String> {
        let person = |object: &PbxExtension| user_id(object).unwrap().to_owned();
        objects
            .into_iter()
            .map(|(number, object)| (person(&object), number))
            .collect()
    };
    let before = numbers(world.all().await);
    delete(&world).await;
    gone(&world).await;
    assert_eq!(stored(&world).await, BTreeMap::new());
    // What is remembered is in the cluster, not in the process.
    operator.terminate().await.unwrap();
    let _operator = world.operator().await;
    let newcomer = json!({"primaryEmail": "aaa@acme.example", "name": {"givenName": "A", "familyName": "A"}});
    let newcomer = world.google.create_user(newcomer).unwrap();

    world.declare(policy("Delete")).await;
    world.until_synced().await;
    let mut after = numbers(world.all().await);
    let first_free = after.remove(newcomer["id"].as_str().unwrap());
    assert_eq!(
        first_free.as_deref(),
        Some("1009"),
        "the first number that is nobody's"
    );
    assert_eq!(after, before);
    world.finish().await;
}

/// Turns the order of the directory around, so that people who are numbered anew would get other numbers.
async fn shuffle(world: &World) {
    let all = world.all().await;
    let last = all.len();
    for (position, object) in all.values().enumerate() {
        let id = user_id(object).unwrap();
        let user = world.google.user(id).unwrap();
        if user["primaryEmail"] != crate::world::ADMIN {
            let address = format!("{:03}@acme.example", last - position);
            let rename = json!({"primaryEmail": address});
            world.google.patch_user(id, rename).unwrap();
        }
    }
    world.sync().await;
}

// ---- Namespaces

async fn delete_namespace(world: &World) {
    let namespaces: Api<Namespace> = Api::all(world.client.clone());
    let params = DeleteParams::default();
    namespaces.delete(&world.namespace, &params).await.unwrap();
}

async fn namespace_gone(world: &World) {
    let namespaces: Api<Namespace> = Api::all(world.client.clone());
    wait_gone(&namespaces, &world.namespace, PATIENCE).await;
}

async fn a_namespace_goes(what: &str, with_secret: bool) {
    let world = World::with_people(40).await;
    let _operator = world.operator().await;
    world.declare(policy(what)).await;
    world.until_synced().await;
    if !with_secret {
        let secrets: Api<Secret> = Api::namespaced(world.client.clone(), &world.namespace);
        let params = DeleteParams::default();
        secrets.delete("google-key", &params).await.unwrap();
    }
    delete_namespace(&world).await;
    namespace_gone(&world).await;
    world.finish().await;
}

#[tokio::test]
async fn a_namespace_with_a_retaining_integration_goes() {
    tokio::join!(
        a_namespace_goes("Retain", true),
        a_namespace_goes("Retain", false)
    );
}

#[tokio::test]
async fn a_namespace_with_a_deleting_integration_goes() {
    tokio::join!(
        a_namespace_goes("Delete", true),
        a_namespace_goes("Delete", false)
    );
}

#[tokio::test]
async fn a_namespace_goes_in_the_middle_of_a_first_sync() {
    let goes = async |what: &str| {
        let world = World::with_people(800).await;
        // The second page comes when the namespace is on its way out.
        let hold = world.hold("users.list", 1);
        let _operator = world.operator().await;
        world.declare(policy(what)).await;
        let first = |object: &PbxExtension| object.metadata.uid.is_some();
        let name = format!("{NAME}-1001");
        wait_for(&world.extensions(), &name, first, PATIENCE).await;
        delete_namespace(&world).await;
        hold.release();
        namespace_gone(&world).await;
        world.finish().await;
    };
    tokio::join!(goes("Retain"), goes("Delete"));
}

#[tokio::test]
async fn a_namespace_goes_while_a_sync_waits_for_google() {
    let world = World::with_people(3).await;
    let _operator = world.operator().await;
    let slow = Fault {
        path_prefix: Some(LIST.to_owned()),
        delay_ms: Some(600_000),
        ..Fault::default()
    };
    world.google.add_fault(slow).unwrap();
    world.declare(policy("Retain")).await;
    world
        .until(|object| condition(object, RECONCILING).is_some())
        .await;
    delete_namespace(&world).await;
    namespace_gone(&world).await;
    world.finish().await;
}

#[tokio::test]
async fn a_label_of_another_integration_is_no_claim() {
    // Our labels on an extension of a person of the directory, but of another integration: not ours to release.
    let world = World::with_people(2).await;
    let _operator = world.operator().await;
    world.declare(policy("Delete")).await;
    world.until_synced().await;
    let labels =
        json!({LABEL_MANAGED_BY: MANAGED_BY, LABEL_INTEGRATION: "somebody-else", LABEL_GOOGLE_USER_ID: "42"});
    by_hand(&world, NAME, "3001", labels).await;
    let before = stored(&world).await;
    delete(&world).await;
    gone(&world).await;
    let after = stored(&world).await;
    assert_eq!(
        after,
        BTreeMap::from([("acme-3001".to_owned(), before["acme-3001"].clone())])
    );
    world.finish().await;
}
