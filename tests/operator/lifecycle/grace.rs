//! The time between leaving and the deletion: the date stands on the extension, and who comes back keeps it.

use dialplane::api::PbxExtension;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{DELETE, PATCH, declare, extension, hire, quiet_sync, state, sync_with};
use crate::world::{World, company, differences, poll};

const NOTE: &str = "patch configmaps";
const NEW_NOTE: &str = "create configmaps";

/// Everybody who leaves in any way loses the extension after this time.
fn deleting_after(grace: &str) -> Value {
    json!({"users": {"lifecycle": {
        "onSuspended": "Delete", "onArchived": "Delete", "onDeleted": "Delete", "onOutOfScope": "Delete",
        "gracePeriod": grace,
    }}})
}

fn remove_after(extension: &PbxExtension) -> Option<Timestamp> {
    extension
        .spec
        .remove_after
        .as_deref()
        .map(|date| date.parse().unwrap())
}

/// Ana suspended, Bo archived, Cy deleted, Dan taken out of scope.
async fn all_leave(world: &World) -> [String; 4] {
    let ids = ["ana", "bo", "cy", "dan"].map(|name| world.id_of(&format!("{name}@acme.example")));
    world
        .google
        .patch_user(&ids[0], json!({"suspended": true}))
        .unwrap();
    world
        .google
        .patch_user(&ids[1], json!({"archived": true}))
        .unwrap();
    world.google.delete_user(&ids[2]).unwrap();
    let exclude = json!({"users": {"scope": {"exclude": {"users": ["dan@acme.example"]}}}});
    world.change(exclude).await;
    world.until_synced().await;
    ids
}

async fn all_return(world: &World, ids: &[String; 4]) {
    world
        .google
        .patch_user(&ids[0], json!({"suspended": false}))
        .unwrap();
    world
        .google
        .patch_user(&ids[1], json!({"archived": false}))
        .unwrap();
    world.google.undelete_user(&ids[2]).unwrap();
    world.change(json!({"users": {"scope": null}})).await;
    world.until_synced().await;
}

#[tokio::test]
async fn whoever_comes_back_in_time_has_lost_nothing() {
    let world = World::new(company(&["ana", "bo", "cy", "dan"])).await;
    let mut operator = world.operator().await;
    declare(&world, deleting_after("720h")).await;
    let theirs = json!({"spec": {"voicemail": {"enabled": true, "pinSecretRef": {"name": "pin"}}, "sip": {"credentialsSecretRef": {"name": "sip"}}}});
    let mut before = Vec::new();
    for number in ["1002", "1003", "1004", "1005"] {
        before.push(world.edit(number, theirs.clone()).await);
    }
    let began = Timestamp::now();
    let ids = all_leave(&world).await;
    let waiting =
        "1001 admin, 1002 ana (Suspended), 1003 bo (Archived), 1004 cy (Deleted), 1005 dan (OutOfScope)";
    assert_eq!(world.roll().await, waiting);
    let mut dates = Vec::new();
    for id in &ids {
        let date = remove_after(&extension(&world, id).await).expect("a date");
        let days = date.duration_since(began).as_hours() / 24;
        assert!((29..=30).contains(&days), "{date}");
        dates.push(date);
    }
    let shown = world.kubectl(&["get", "pbxext", "-o", "wide"]).ok().unwrap();
    let year_of_deletion = &dates[0].to_string()[..10];
    assert!(shown.contains(year_of_deletion), "the date can be seen: {shown}");

    // The date stays, through quiet syncs and restarts.
    quiet_sync(&world).await;
    operator.kill9();
    let _operator = world.operator().await;
    quiet_sync(&world).await;
    for (id, date) in ids.iter().zip(&dates) {
        assert_eq!(remove_after(&extension(&world, id).await), Some(*date));
    }

    all_return(&world, &ids).await;
    for (id, before) in ids.iter().zip(&before) {
        let after = extension(&world, id).await;
        assert_eq!(
            differences(before, &after),
            [""; 0],
            "number, PIN, SIP and everything else"
        );
    }
    quiet_sync(&world).await;
    world.finish().await;
}

#[tokio::test]
async fn the_first_sync_after_the_date_deletes() {
    let world = World::new(company(&["ana", "bo", "cy", "dan"])).await;
    let _operator = world.operator().await;
    declare(&world, deleting_after("2s")).await;
    let ids = all_leave(&world).await;
    let mut last = Timestamp::MIN;
    for id in &ids {
        let waiting = extension(&world, id).await;
        assert!(!waiting.spec.enabled);
        last = last.max(remove_after(&waiting).expect("a date"));
    }
    poll("the date", async || (Timestamp::now() > last).then_some(())).await;
    world.mark().await;
    sync_with(&world, [(DELETE, 4), (NOTE, 4), (NEW_NOTE, 4)]).await;
    assert_eq!(world.roll().await, "1001 admin");
    quiet_sync(&world).await;

    // Their numbers wait for them.
    hire(&world, "zoe");
    world.sync().await;
    assert_eq!(world.roll().await, "1001 admin, 1006 zoe");
    all_return(&world, &ids).await;
    assert_eq!(
        world.roll().await,
        "1001 admin, 1002 ana, 1003 bo, 1004 cy, 1005 dan, 1006 zoe"
    );
    world.finish().await;
}

/// Another reason is another departure, and another date; a shorter grace period does not shorten one that runs.
#[tokio::test]
async fn the_date_counts_from_the_cause() {
    let world = World::new(company(&["ana", "bo"])).await;
    let _operator = world.operator().await;
    declare(&world, deleting_after("720h")).await;
    let ana = world.id_of("ana@acme.example");
    world.google.patch_user(&ana, json!({"suspended": true})).unwrap();
    sync_with(&world, [(PATCH, 1)]).await;
    let date = remove_after(&extension(&world, &ana).await);
    world
        .change(json!({"users": {"lifecycle": {"gracePeriod": "1440h"}}}))
        .await;
    world.until_synced().await;
    assert_eq!(remove_after(&extension(&world, &ana).await), date);

    world.google.delete_user(&ana).unwrap();
    sync_with(&world, [(PATCH, 1)]).await;
    let deleted = extension(&world, &ana).await;
    assert_eq!(state(&deleted), ("1002", false, Some("Deleted")));
    let later = remove_after(&deleted).unwrap().duration_since(date.unwrap());
    assert!(later.as_hours() >= 24 * 29, "{later}");

    // No grace: at once.
    world
        .change(json!({"users": {"lifecycle": {"gracePeriod": "0s"}}}))
        .await;
    world.until_synced().await;
    assert_eq!(world.extension_of(&ana).await, None);
    world.finish().await;
}
