//! People who get numbers that other people leave in the same sync.

use dialplane::api::PbxExtension;
use kube::api::{DeleteParams, PostParams};
use serde_json::json;

use super::{declare, enter, problems, staff};
use crate::lifecycle::{CREATE, DELETE, quiet_sync, sync_with};
use crate::world::{World, user_id};

const NOTE: &str = "patch configmaps";
const NEW_NOTE: &str = "create configmaps";

async fn named_voicemail(world: &World, number: &str) -> Option<String> {
    let extension = world.extensions().get(&format!("acme-{number}")).await.unwrap();
    let voicemail = extension.spec.voicemail?;
    Some(voicemail.pin_secret_ref?.name)
}

/// Each has the other's number after one sync, with everything that was theirs, and nobody waits for anything.
#[tokio::test]
async fn two_people_change_places_in_one_sync() {
    let world = staff(&[("ana", "2001"), ("bo", "2002")]).await;
    let _operator = world.operator().await;
    declare(&world, json!({})).await;
    for (number, secret) in [("2001", "ana-voicemail"), ("2002", "bo-voicemail")] {
        let voicemail = json!({"enabled": true, "pinSecretRef": {"name": secret}});
        world
            .edit(number, json!({"spec": {"voicemail": voicemail}}))
            .await;
    }
    enter(&world, "ana", "2002");
    enter(&world, "bo", "2001");
    // One of them has a free number in between.
    sync_with(&world, [(CREATE, 3), (DELETE, 3), (NOTE, 2), (NEW_NOTE, 2)]).await;
    assert_eq!(world.roll().await, "2000 admin, 2001 bo, 2002 ana");
    assert_eq!(problems(&world).await, [""; 0]);
    for (number, secret) in [("2001", "bo-voicemail"), ("2002", "ana-voicemail")] {
        assert_eq!(named_voicemail(&world, number).await.as_deref(), Some(secret));
    }
    let events = world.events("Renumbered").await;
    let note = events[0].note.clone().unwrap();
    assert_eq!((events.len(), note.matches(" is now ").count()), (1, 2), "{note}");
    assert!(note.contains("acme-2001 is now acme-2002"), "{note}");
    quiet_sync(&world).await;

    // And back, although both numbers were given up a moment ago.
    enter(&world, "ana", "2001");
    enter(&world, "bo", "2002");
    world.sync().await;
    assert_eq!(world.roll().await, "2000 admin, 2001 ana, 2002 bo");
    assert_eq!(problems(&world).await, [""; 0]);
    world.finish().await;
}

#[tokio::test]
async fn circles_and_rows_of_people_move_in_one_sync() {
    let people = [
        ("ana", "2001"),
        ("bo", "2002"),
        ("cy", "2003"),
        ("dan", "2004"),
        ("eve", "2005"),
    ];
    let world = staff(&people).await;
    let _operator = world.operator().await;
    declare(&world, json!({})).await;
    for (name, number) in [
        ("ana", "2002"),
        ("bo", "2003"),
        ("cy", "2001"),
        ("dan", "2005"),
        ("eve", "2006"),
    ] {
        enter(&world, name, number);
    }
    world.sync().await;
    assert_eq!(
        world.roll().await,
        "2000 admin, 2001 cy, 2002 ana, 2003 bo, 2005 dan, 2006 eve"
    );
    assert_eq!(problems(&world).await, [""; 0]);
    quiet_sync(&world).await;
    world.finish().await;
}

/// The operator was killed when one of the two had got out of the way.
#[tokio::test]
async fn an_exchange_that_was_cut_short_is_finished() {
    let world = staff(&[("ana", "2001"), ("bo", "2002")]).await;
    let mut operator = world.operator().await;
    declare(&world, json!({})).await;
    operator.kill9();
    let old = world.extensions().get("acme-2001").await.unwrap();
    let mut between = PbxExtension::new("acme-1000", old.spec.clone());
    "1000".clone_into(&mut between.spec.number);
    between.metadata.labels.clone_from(&old.metadata.labels);
    let between = world
        .extensions()
        .create(&PostParams::default(), &between)
        .await
        .unwrap();
    world
        .extensions()
        .delete("acme-2001", &DeleteParams::default())
        .await
        .unwrap();
    enter(&world, "ana", "2002");
    enter(&world, "bo", "2001");
    let _operator = world.operator().await;
    world.sync().await;
    assert_eq!(world.roll().await, "2000 admin, 2001 bo, 2002 ana");
    let ana = world.extensions().get("acme-2002").await.unwrap();
    assert_eq!(user_id(&ana), user_id(&between));
    assert_eq!(problems(&world).await, [""; 0]);
    quiet_sync(&world).await;
    world.finish().await;
}

/// Who waits for somebody who stays is told, and nobody moves.
#[tokio::test]
async fn nobody_moves_towards_somebody_who_stays() {
    let world = staff(&[("ana", "2001"), ("bo", "2002")]).await;
    let _operator = world.operator().await;
    declare(&world, json!({})).await;
    enter(&world, "ana", "2002");
    enter(&world, "bo", "2000");
    sync_with(&world, []).await;
    assert_eq!(world.roll().await, "2000 admin, 2001 ana, 2002 bo");
    assert_eq!(
        problems(&world).await,
        ["ana NumberConflict", "bo NumberConflict"]
    );
    world.finish().await;
}
