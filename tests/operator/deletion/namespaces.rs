//! Namespaces that go with everything in them.

use dialplane::api::PbxExtension;
use dialplane::api::conditions::RECONCILING;
use dialplane_test_harness::world::{wait_for, wait_gone};
use google_workspace_simulator::Fault;
use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::Api;
use kube::api::DeleteParams;

use super::{LIST, policy};
use crate::world::{NAME, PATIENCE, World, condition};

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
