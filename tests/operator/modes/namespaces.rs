//! Namespaces and tenants.

use dialplane::api::GoogleWorkspaceIntegration;
use dialplane::api::conditions::READY;
use dialplane_test_harness::world::wait_gone;
use kube::Api;
use kube::api::{DeleteParams, ListParams};
use serde_json::json;

use super::reason;
use crate::world::{NAME, PATIENCE, World};

#[tokio::test]
async fn two_tenants_of_a_namespace_have_their_own_numbers_and_people() {
    let world = World::with_people(4).await;
    let _operator = world.operator().await;
    world.declare(json!({})).await;
    world
        .declare_as("branch", json!({"tenant": {"name": "branch"}}))
        .await;
    world.until_synced().await;
    let is_ready = |object: &GoogleWorkspaceIntegration| reason(object, READY) == Some(("True", "Succeeded"));
    world.until_other("branch", is_ready).await;
    let names = |tenant: &str| {
        (1001..=1004)
            .map(|number| format!("{tenant}-{number}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names_of(&world, &world.namespace).await,
        [names("acme"), names("branch")].concat()
    );

    // A change for one of them is none for the other.
    let delete = DeleteParams::default();
    world.integrations().delete("branch", &delete).await.unwrap();
    wait_gone(&world.integrations(), "branch", PATIENCE).await;
    let list = world.extensions().list(&ListParams::default()).await.unwrap();
    for extension in list {
        let labels = extension.metadata.labels.unwrap_or_default();
        assert_eq!(
            labels.contains_key("dialplane.io/integration"),
            extension.spec.tenant == NAME
        );
    }
    world.finish().await;
}

async fn names_of(world: &World, namespace: &str) -> Vec<String> {
    let api: Api<dialplane::api::PbxExtension> = Api::namespaced(world.client.clone(), namespace);
    let list = api.list(&ListParams::default()).await.unwrap();
    let mut names: Vec<_> = list
        .into_iter()
        .filter_map(|extension| extension.metadata.name)
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn one_tenant_name_in_two_namespaces_is_two_tenants() {
    let (one, two, three) = (
        World::with_people(3).await,
        World::with_people(1).await,
        World::with_people(1).await,
    );
    for other in [&two, &three] {
        other.put_secret(&one.key).await; // of the directory that the operator reads
    }
    let _operator = one
        .operator_builder()
        .namespace(&one.namespace)
        .arg("--namespace")
        .arg(&two.namespace)
        .spawn()
        .await
        .unwrap();
    for world in [&one, &two, &three] {
        world.declare(json!({})).await;
    }
    one.until_synced().await;
    two.until_synced().await;
    let names = ["acme-1001", "acme-1002", "acme-1003"];
    assert_eq!(names_of(&one, &one.namespace).await, names);
    assert_eq!(names_of(&one, &two.namespace).await, names);

    // Two namespaces are served, the third is somebody else's.
    one.settled().await;
    let object = three.integrations().get(NAME).await.unwrap();
    assert_eq!(object.status.unwrap_or_default().observed_generation, -1);
    assert_eq!(object.metadata.finalizers, None);
    assert!(three.all().await.is_empty());

    two.integrations()
        .delete(NAME, &DeleteParams::default())
        .await
        .unwrap();
    wait_gone(&two.integrations(), NAME, PATIENCE).await;
    one.settled().await;
    let kept = one.all().await;
    assert_eq!(kept.len(), 3);
    let labelled = |extension: &dialplane::api::PbxExtension| extension.metadata.labels.is_some();
    assert!(kept.values().all(labelled));
    for world in [one, two, three] {
        world.finish().await;
    }
}

#[tokio::test]
async fn the_rights_of_a_limited_release_are_enough() {
    let (one, two) = (World::with_people(3).await, World::with_people(1).await);
    two.put_secret(&one.key).await;
    let home = one.plane.namespace("home").await;
    let limited = format!("watchNamespaces=[\"{}\",\"{}\"]", one.namespace, two.namespace);
    let chart = [
        "install",
        "narrow-dialplane",
        "charts/dialplane",
        "--namespace",
        &home,
        "--set",
        "crds.install=false,replicaCount=0",
        "--set-json",
        &limited,
    ];
    one.plane.helm(&chart).ok().unwrap();
    let kubeconfig = one
        .plane
        .service_account_kubeconfig(&home, "narrow-dialplane")
        .await;
    let _operator = one
        .operator_builder()
        .kubeconfig(kubeconfig)
        .arg(format!("--namespace={}", one.namespace))
        .arg(format!("--namespace={}", two.namespace))
        .spawn()
        .await
        .unwrap();
    let mark = one.audit.mark().await;
    for world in [&one, &two] {
        world.declare(json!({"deletionPolicy": "Delete"})).await;
        world.until_synced().await;
        assert_eq!(world.all().await.len(), 3);
        let left = world.google.user("admin@acme.example").unwrap();
        assert!(world.extension_of(left["id"].as_str().unwrap()).await.is_some());
    }
    // A removal and the end of it all use the remaining rights: quarantine and finalizer.
    for world in [&one, &two] {
        let api = world.integrations();
        api.delete(NAME, &DeleteParams::default()).await.unwrap();
        wait_gone(&api, NAME, PATIENCE).await;
        assert!(world.all().await.is_empty());
    }
    let entries = one.audit.since(mark).await;
    let theirs = entries.service_account(&home, "narrow-dialplane");
    assert!(!theirs.writes().is_empty());
    let denied = theirs.code(403);
    assert!(denied.is_empty(), "{denied:?}");
    one.plane
        .helm(&["uninstall", "narrow-dialplane", "--namespace", &home])
        .ok()
        .unwrap();
    one.finish().await;
    two.finish().await;
}
