//! Nothing that is out of order holds a deletion up.

use std::collections::{BTreeMap, BTreeSet};

use dialplane::api::conditions::RECONCILING;
use dialplane::api::names::FINALIZER;
use google_workspace_simulator::Fault;
use k8s_openapi::api::core::v1::Secret;
use kube::api::DeleteParams;
use kube::{Api, ResourceExt};
use serde_json::json;

use super::{LIST, assert_released, delete, gone, policy, quarantined, stored};
use crate::world::{NAME, World, condition};

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
