//! As many extensions as the phone system is licensed for.

use serde_json::json;

use super::problems;
use crate::lifecycle::{CREATE, quiet_sync, sync_with};
use crate::world::{World, company, message, users};

#[tokio::test]
async fn people_beyond_the_licence_are_told_and_served_when_there_is_room() {
    let world = World::new(company(&["ana", "bo", "cy", "dan"])).await;
    let _operator = world.operator().await;
    crate::lifecycle::declare(
        &world,
        json!({"users": {"capacity": 3, "lifecycle": {"onDeleted": "Delete"}}}),
    )
    .await;
    assert_eq!(world.roll().await, "1001 admin, 1002 ana, 1003 bo");
    let missing = ["cy CapacityExceeded", "dan CapacityExceeded"];
    assert_eq!(problems(&world).await, missing);
    let object = world.until_synced().await;
    let text = message(&object, "Ready");
    assert!(text.starts_with("3 users have been synced"), "{text}");
    assert!(
        text.contains("2 users have no extension, because spec.users.capacity is reached"),
        "{text}"
    );
    assert_eq!(
        (users(&object).counts.in_scope, users(&object).counts.conflicts),
        (5, 2)
    );
    quiet_sync(&world).await;

    // A smaller licence takes nothing away from anybody.
    world.change(json!({"users": {"capacity": 1}})).await;
    sync_with(&world, []).await;
    assert_eq!(world.roll().await, "1001 admin, 1002 ana, 1003 bo");

    // Somebody leaves: the next in the order of the directory comes in with the next sync.
    world.change(json!({"users": {"capacity": 3}})).await;
    sync_with(&world, []).await;
    world.google.delete_user("ana@acme.example").unwrap();
    world.sync().await;
    sync_with(&world, [(CREATE, 1)]).await;
    assert_eq!(problems(&world).await, ["dan CapacityExceeded"]);
    let roll = world.roll().await;
    assert!(roll.contains(" cy") && !roll.contains(" dan"), "{roll}");

    // A dry run says it, too.
    world.change(json!({"dryRun": true})).await;
    let object = world.until_ready("True", "DryRun").await;
    let text = message(&object, "Ready");
    assert!(
        text.contains("1 user has no extension, because spec.users.capacity"),
        "{text}"
    );
    world.finish().await;
}
