//! What happens to those who leave the scope, and to those for whom nothing is to happen.

use dialplane::api::names::{EXTENSION_LABELS, LABEL_INTEGRATION};
use kube::ResourceExt;
use serde_json::{Value, json};

use super::{CREATE, DELETE, PATCH, declare, extension, quiet_sync, state, sync_with};
use crate::world::{World, company, differences};

const NOTE: &str = "patch configmaps";
const NEW_NOTE: &str = "create configmaps";

#[allow(clippy::needless_pass_by_value, reason = "callers write json!({...})")]
fn lifecycle(lifecycle: Value) -> Value {
    json!({"users": {"lifecycle": lifecycle}})
}

async fn excluding(world: &World, users: &[&str]) {
    let exclude = match users {
        [] => Value::Null,
        users => json!({"exclude": {"users": users}}),
    };
    world.change(json!({"users": {"scope": exclude}})).await;
    world.until_synced().await;
}

#[tokio::test]
async fn a_release_hands_the_extension_over_as_it_is_and_binds_it_again() {
    let world = World::new(company(&["ana", "bo"])).await;
    let _operator = world.operator().await;
    declare(&world, lifecycle(json!({"onOutOfScope": "Release"}))).await;
    let ana = world.id_of("ana@acme.example");
    let before = extension(&world, &ana).await;
    excluding(&world, &["ana@acme.example"]).await;
    let after = extension(&world, &ana).await;
    assert_eq!(state(&after), ("1002", true, None), "it goes on serving");
    for label in EXTENSION_LABELS {
        assert!(!after.labels().contains_key(label), "{label}");
    }
    let changed = differences(&before, &after);
    assert!(
        changed.iter().all(|path| path.starts_with("/metadata/labels")),
        "{changed:?}"
    );
    quiet_sync(&world).await;

    // It is the administrators' now: what they write stays.
    world
        .edit("1002", json!({"spec": {"user": {"lastName": "Ours"}}}))
        .await;
    world.google.patch_user(&ana, json!({"suspended": true})).unwrap();
    quiet_sync(&world).await;
    world
        .google
        .patch_user(&ana, json!({"suspended": false}))
        .unwrap();

    excluding(&world, &[]).await;
    assert_eq!(differences(&before, &extension(&world, &ana).await), [""; 0]);
    quiet_sync(&world).await;
    world.finish().await;
}

#[tokio::test]
async fn out_of_scope_can_mean_deletion_with_the_number_kept() {
    let world = World::new(company(&["ana", "bo"])).await;
    let _operator = world.operator().await;
    declare(&world, lifecycle(json!({"onOutOfScope": "Delete"}))).await;
    let mark = world.audit.mark().await;
    excluding(&world, &["ana@acme.example"]).await;
    assert_eq!(world.roll().await, "1001 admin, 1003 bo");
    let writes = world.writes(mark).await;
    let made = [DELETE, NOTE, NEW_NOTE].map(|kind| writes.get(kind).copied());
    assert_eq!(made, [Some(1); 3]);
    quiet_sync(&world).await;
    excluding(&world, &[]).await;
    assert_eq!(world.roll().await, "1001 admin, 1002 ana, 1003 bo");
    world.finish().await;
}

/// Ignored are suspension and archiving, never a deletion.
#[tokio::test]
async fn suspended_and_archived_users_keep_their_phone_when_declared() {
    let world = World::new(company(&["ana", "bo", "cy"])).await;
    let _operator = world.operator().await;
    declare(
        &world,
        lifecycle(json!({"onSuspended": "Ignore", "onArchived": "Ignore"})),
    )
    .await;
    let [ana, bo, cy] = ["ana", "bo", "cy"].map(|name| world.id_of(&format!("{name}@acme.example")));
    world.google.patch_user(&ana, json!({"suspended": true})).unwrap();
    world.google.patch_user(&bo, json!({"archived": true})).unwrap();
    quiet_sync(&world).await;
    world.google.delete_user(&cy).unwrap();
    world.google.delete_user(&ana).unwrap();
    sync_with(&world, [(PATCH, 2)]).await;
    assert_eq!(
        world.roll().await,
        "1001 admin, 1002 ana (Deleted), 1003 bo, 1004 cy (Deleted)"
    );
    world.google.undelete_user(&ana).unwrap();
    sync_with(&world, [(PATCH, 1)]).await;
    assert_eq!(
        state(&extension(&world, &ana).await),
        ("1002", true, None),
        "still suspended, and ignored"
    );

    // Declared differently, the same people are treated differently at once.
    world
        .change(lifecycle(
            json!({"onSuspended": "Disable", "onArchived": "Delete"}),
        ))
        .await;
    world.until_synced().await;
    assert_eq!(
        world.roll().await,
        "1001 admin, 1002 ana (Suspended), 1004 cy (Deleted)"
    );
    world.finish().await;
}

/// Disconnected and connected again: the extensions stay through it, and only then may the mode change.
#[tokio::test]
async fn a_new_authorization_keeps_every_extension() {
    let world = World::new(company(&["ana", "bo"])).await;
    let _operator = world.operator().await;
    declare(&world, json!({})).await;
    let mut before = Vec::new();
    for number in ["1001", "1002", "1003"] {
        before.push(
            world
                .edit(number, json!({"spec": {"voicemail": {"enabled": false}}}))
                .await,
        );
    }
    let mark = world.mark().await;
    let again = json!({
        "google": {"authorizationEpoch": 2},
        "users": {"syncMode": "Manual", "schedule": null},
    });
    world.change(again).await;
    world.until_ready("False", "AwaitingManualSync").await;
    let object = world.sync().await;
    let status = object.status.unwrap();
    assert_eq!(status.authorization.unwrap().epoch, Some(2));
    let writes = world.writes(mark).await;
    assert!(
        !writes.keys().any(|kind| kind.contains("pbxextensions")),
        "{writes:?}"
    );
    for before in &before {
        let after = world.extensions().get(&before.name_any()).await.unwrap();
        assert_eq!(after.resource_version(), before.resource_version());
        assert_eq!(after.labels()[LABEL_INTEGRATION], "acme");
    }
    super::hire(&world, "cy");
    sync_with(&world, [(CREATE, 1)]).await;
    assert_eq!(world.roll().await, "1001 admin, 1002 ana, 1003 bo, 1004 cy");
    world.finish().await;
}
