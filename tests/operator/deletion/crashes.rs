//! Many extensions, and an operator that dies among them.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use dialplane::api::conditions::RECONCILING;
use dialplane::api::names::{FINALIZER, LABEL_INTEGRATION};
use kube::ResourceExt;
use serde_json::Value;

use super::{assert_released, assert_unbound, delete, gone, policy, quarantined, stored};
use crate::gateway::Gateway;
use crate::world::{NAME, World, condition, poll};

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
