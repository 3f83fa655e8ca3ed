//! Several integrations: two tenants of one organization go their own ways, and a tenant has one integration.

use dialplane::api::GoogleWorkspaceIntegration;
use dialplane_test_harness::conditions::check;
use dialplane_test_harness::world::wait_gone;
use kube::api::{DeleteParams, ListParams};
use serde_json::json;

use super::{declare, quiet_sync};
use crate::world::{NAME, PATIENCE, World, company, condition, counts, handled};

async fn numbers(world: &World, tenant: &str) -> String {
    let extensions = world.extensions().list(&ListParams::default()).await.unwrap();
    let mut lines: Vec<_> = extensions
        .items
        .iter()
        .filter(|extension| extension.spec.tenant == tenant)
        .map(|extension| {
            let email = extension.spec.user.as_ref().unwrap().email.clone().unwrap();
            let off = if extension.spec.enabled { "" } else { " off" };
            format!(
                "{} {}{off}",
                extension.spec.number,
                email.split('@').next().unwrap()
            )
        })
        .collect();
    lines.sort();
    lines.join(", ")
}

/// The same people, the same numbers, two phone systems.
#[tokio::test]
async fn two_tenants_of_one_organization_do_not_disturb_each_other() {
    let world = World::new(company(&["ana", "bo", "cy"])).await;
    let _operator = world.operator().await;
    declare(
        &world,
        json!({"users": {"scope": {"exclude": {"users": ["cy@acme.example"]}}}}),
    )
    .await;
    let berlin = json!({
        "tenant": {"name": "berlin"},
        "users": {
            "scope": {"include": {"users": ["bo@acme.example", "cy@acme.example"]}},
            "lifecycle": {"onSuspended": "Delete"},
        },
    });
    world.declare_as("berlin", berlin).await;
    let synced = |object: &GoogleWorkspaceIntegration| {
        condition(object, "Ready").is_some_and(|ready| ready.reason == "Succeeded")
    };
    world.until_other("berlin", synced).await;
    assert_eq!(numbers(&world, NAME).await, "1001 admin, 1002 ana, 1003 bo");
    assert_eq!(numbers(&world, "berlin").await, "1001 bo, 1002 cy");

    // One sync of one of them touches nothing of the other.
    world
        .google
        .patch_user("bo@acme.example", json!({"suspended": true}))
        .unwrap();
    let mark = world.audit.mark().await;
    world.sync().await;
    let writes = world.asked_by_operator(mark).await.writes();
    assert!(!writes.is_empty());
    let others = writes.filter(|entry| entry.name.starts_with("berlin"));
    assert_eq!(others.counts(), counts([]));
    assert_eq!(numbers(&world, NAME).await, "1001 admin, 1002 ana, 1003 bo off");
    assert_eq!(numbers(&world, "berlin").await, "1001 bo, 1002 cy");
    world
        .kubectl(&["annotate", "gwi", "berlin", "dialplane.io/sync-requested-at=now"])
        .ok()
        .unwrap();
    let answered = |object: &GoogleWorkspaceIntegration| handled(object) == Some("now");
    world.until_other("berlin", answered).await;
    assert_eq!(numbers(&world, "berlin").await, "1002 cy");
    assert_eq!(numbers(&world, NAME).await, "1001 admin, 1002 ana, 1003 bo off");
    quiet_sync(&world).await;
    world.finish().await;
}

/// The second integration of a tenant waits, and says for whom.
#[tokio::test]
async fn the_second_integration_of_a_tenant_touches_nothing() {
    let world = World::new(company(&["ana"])).await;
    let _operator = world.operator().await;
    declare(&world, json!({})).await;
    let mark = world.mark().await;
    let other = json!({"users": {"lifecycle": {"onSuspended": "Delete"}, "scope": {"include": {"users": ["ana@acme.example"]}}}});
    world.declare_as("rival", other).await;
    let taken = |object: &GoogleWorkspaceIntegration| {
        condition(object, "Ready").is_some_and(|ready| ready.reason == "TenantTaken")
    };
    let object = world.until_other("rival", taken).await;
    let stalled = condition(&object, "Stalled").unwrap();
    assert!(stalled.message.contains(NAME), "{}", stalled.message);
    check(&serde_json::to_value(&object).unwrap()).unwrap();
    world.settled().await;
    let writes = world.writes(mark).await;
    assert!(
        !writes.keys().any(|kind| kind.contains("pbxextensions")),
        "{writes:?}"
    );
    assert_eq!(world.called(), counts([]), "Google is not asked");
    assert_eq!(world.roll().await, "1001 admin, 1002 ana");

    // It takes over when the first one goes, and the extensions with it.
    world
        .integrations()
        .delete(NAME, &DeleteParams::default())
        .await
        .unwrap();
    wait_gone(&world.integrations(), NAME, PATIENCE).await;
    world.request_sync_of("rival").await;
    let synced = |object: &GoogleWorkspaceIntegration| {
        condition(object, "Ready").is_some_and(|ready| ready.reason == "Succeeded")
    };
    world.until_other("rival", synced).await;
    let ana = world.extensions().get("acme-1002").await.unwrap();
    assert_eq!(ana.metadata.labels.unwrap()["dialplane.io/integration"], "rival");
    world.finish().await;
}
