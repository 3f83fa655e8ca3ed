//! Two integrations of one tenant: the older one works, the other one waits and says so.

use dialplane::api::GoogleWorkspaceIntegration;
use dialplane::api::status::Connection;
use dialplane_test_harness::world::wait_for;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::json;

use super::{PEOPLE, operator};
use crate::world::{PATIENCE, World, condition, user_id};

#[tokio::test]
async fn the_second_integration_of_a_tenant_waits_for_the_first_to_go() {
    let world = World::with_people(PEOPLE).await;
    let _operator = operator(&world).await;
    world.declare(json!({"deletionPolicy": "Retain"})).await;
    world.until_synced().await;
    let mark = world.audit.mark().await;
    world.google.clear_requests();
    let domain = json!({"google": {"domain": "acme.example"}});
    world.declare_as("acme-too", domain).await;
    let taken = |object: &GoogleWorkspaceIntegration| {
        condition(object, "Stalled").is_some_and(|stalled| stalled.reason == "TenantTaken")
    };
    let object = wait_for(&world.integrations(), "acme-too", taken, PATIENCE).await;
    let ready = condition(&object, "Ready").unwrap();
    assert_eq!(
        (ready.status.as_str(), ready.reason.as_str()),
        ("False", "TenantTaken")
    );
    for word in ["Integration acme ", "tenant acme", "Delete one of the two"] {
        assert!(ready.message.contains(word), "{}", ready.message);
    }
    assert_eq!(object.status.unwrap().connection, Connection::Disconnected);
    // It keeps looking, and keeps its hands off: some looks later nothing has been written or asked.
    looks_at_tenancy(&world, "acme-too").await;
    let writes = world.writes(mark).await;
    assert_eq!(writes.get("create pbxextensions"), None, "{writes:?}");
    assert_eq!(writes.get("patch pbxextensions"), None, "{writes:?}");
    assert_eq!(world.google.requests(), []);
    assert_eq!(world.events("TenantTaken").await.len(), 1);

    let before = world.all().await;
    world
        .integrations()
        .delete("acme", &DeleteParams::default())
        .await
        .unwrap();
    let synced = |object: &GoogleWorkspaceIntegration| {
        condition(object, "Ready").is_some_and(|ready| ready.status == "True")
    };
    wait_for(&world.integrations(), "acme-too", synced, PATIENCE).await;
    let after = world.all().await;
    assert_eq!(after.len(), PEOPLE);
    for (number, extension) in &after {
        assert_eq!(extension.metadata.uid, before[number].metadata.uid);
        assert_eq!(user_id(extension), user_id(&before[number]));
        let labels = extension.metadata.labels.as_ref().unwrap();
        assert_eq!(labels["dialplane.io/integration"], "acme-too");
    }
    world.finish().await;
}

/// Touches the object twice, so that it is looked at twice, and waits until the second look is over.
async fn looks_at_tenancy(world: &World, name: &str) {
    for dry_run in [true, false] {
        let patch = Patch::Merge(json!({"spec": {"dryRun": dry_run}}));
        let params = PatchParams::default();
        let changed = world.integrations().patch(name, &params, &patch).await.unwrap();
        let generation = changed.metadata.generation;
        let seen = |object: &GoogleWorkspaceIntegration| {
            Some(object.status.as_ref().unwrap().observed_generation) == generation
        };
        wait_for(&world.integrations(), name, seen, PATIENCE).await;
    }
}
