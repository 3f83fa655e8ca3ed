//! A changed property: the new number is claimed, then the old extension goes.

use dialplane::api::PbxExtension;
use dialplane_test_harness::world::wait_gone;
use kube::api::{DeleteParams, PostParams};
use serde_json::json;

use super::{declare, employee, enter, problems, said, staff};
use crate::lifecycle::{CREATE, DELETE, PATCH, quiet_sync, sync_with};
use crate::world::{NAME, PATIENCE, message, somebody, user_id};

const NOTE: &str = "patch configmaps";
const NEW_NOTE: &str = "create configmaps";
const EVENT: &str = "Renumbered";

async fn notes(world: &crate::world::World) -> Vec<String> {
    let events = world.events(EVENT).await;
    let mut notes: Vec<_> = events.into_iter().map(|event| event.note.unwrap()).collect();
    notes.sort();
    notes
}

#[tokio::test]
async fn a_changed_property_moves_the_person_with_everything_that_is_theirs() {
    let world = staff(&[("ana", "2001"), ("bo", "2002")]).await;
    let _operator = world.operator().await;
    declare(&world, json!({})).await;
    let theirs = json!({"spec": {
        "voicemail": {"enabled": true, "pinSecretRef": {"name": "ana-voicemail"}},
        "sip": {"credentialsSecretRef": {"name": "ana-sip"}},
    }});
    let before = world.edit("2001", theirs).await;

    enter(&world, "ana", "2101");
    sync_with(&world, [(CREATE, 1), (DELETE, 1), (NOTE, 1), (NEW_NOTE, 1)]).await;
    assert_eq!(world.roll().await, "2000 admin, 2002 bo, 2101 ana");
    let after = world.extensions().get("acme-2101").await.unwrap();
    assert_eq!(after.spec.voicemail, before.spec.voicemail);
    assert_eq!(after.spec.sip, before.spec.sip);
    assert_eq!(after.spec.user, before.spec.user);
    assert_eq!(user_id(&after), user_id(&before));
    let notes_now = notes(&world).await;
    assert_eq!(notes_now.len(), 1);
    assert!(
        notes_now[0].contains("acme-2001 is now acme-2101"),
        "{notes_now:?}"
    );
    assert!(!notes_now[0].contains("ana@"), "no people in events");
    quiet_sync(&world).await;
    assert_eq!(notes(&world).await.len(), 1);

    // The old number waits for her.
    let newcomer = somebody("zoe", employee("2001"));
    world.google.create_user(newcomer).unwrap();
    sync_with(&world, []).await;
    assert_eq!(problems(&world).await, ["zoe NumberConflict"]);
    let text = said(&world, "zoe").await;
    assert!(
        text.contains("should have 2001, but it is in quarantine for its previous user until 20"),
        "{text}"
    );
    assert!(
        text.ends_with("Enter another number in Google, or wait."),
        "{text}"
    );
    enter(&world, "ana", "2001");
    world.sync().await;
    assert_eq!(world.roll().await, "2000 admin, 2001 ana, 2002 bo");
    assert_eq!(
        notes(&world).await.len(),
        2,
        "another event, since it tells something else"
    );
    world.finish().await;
}

/// All the changes of one sync in one event, in which the first few are named.
#[tokio::test]
async fn many_changed_numbers_make_one_event() {
    let names: Vec<_> = (10..22).map(|number| format!("user{number}")).collect();
    let numbers: Vec<_> = (2010..2022).map(|number: i32| number.to_string()).collect();
    let people: Vec<_> = names
        .iter()
        .map(String::as_str)
        .zip(numbers.iter().map(String::as_str))
        .collect();
    let world = staff(&people).await;
    let _operator = world.operator().await;
    let limit = json!({"users": {"lifecycle": {"removalLimit": {"percent": 100, "minimum": 0}}}});
    declare(&world, limit).await;
    for name in &names {
        enter(&world, name, &name.replace("user", "30"));
    }
    world.sync().await;
    assert!(
        world
            .roll()
            .await
            .starts_with("2000 admin, 3010 user10, 3011 user11")
    );
    let notes = notes(&world).await;
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0].matches(" is now ").count(), 10, "{notes:?}");
    assert!(notes[0].contains("; and 2 more."), "{notes:?}");
    world.finish().await;
}

/// A column that slipped in a spreadsheet is not carried out before somebody has looked.
#[tokio::test]
async fn many_changed_numbers_wait_for_an_approval() {
    let world = staff(&[("ana", "2001"), ("bo", "2002")]).await;
    let _operator = world.operator().await;
    let limit = json!({"users": {"lifecycle": {"removalLimit": {"percent": 0, "minimum": 1}}}});
    declare(&world, limit).await;
    let before = world.roll().await;
    enter(&world, "ana", "2101");
    enter(&world, "bo", "2102");
    // Something else about one of them does not wait.
    world
        .google
        .patch_user("bo@acme.example", json!({"name": {"familyName": "New"}}))
        .unwrap();
    sync_with(&world, [(PATCH, 1)]).await;
    let object = world.until_ready("False", "RemovalsHeld").await;
    assert_eq!(world.roll().await, before);
    let text = message(&object, "Ready");
    assert!(
        text.contains("2 extensions would be disabled, deleted, renumbered or released. The limit is 1, so"),
        "{text}"
    );
    let plan = object.status.unwrap().plan.unwrap();
    assert_eq!((plan.counts.create, plan.counts.delete), (2, 2));
    let sample = &plan.samples[0];
    assert_eq!(
        (sample.change.as_str(), sample.extension.as_str()),
        ("Delete", "acme-2001")
    );
    assert_eq!(
        sample.reason,
        "Renumbered: the user has another number in Google, 2101"
    );
    assert!(notes(&world).await.is_empty());

    world.annotate("dialplane.io/approve-removals", &plan.hash).await;
    world.until_synced().await;
    assert_eq!(world.roll().await, "2000 admin, 2101 ana, 2102 bo");
    assert_eq!(notes(&world).await.len(), 1);
    world.finish().await;
}

/// The operator was killed after it had claimed the new number, and before the old extension was removed.
#[tokio::test]
async fn a_change_that_was_cut_short_is_finished() {
    let world = staff(&[("ana", "2001")]).await;
    let mut operator = world.operator().await;
    declare(&world, json!({})).await;
    operator.kill9();
    let old = world.extensions().get("acme-2001").await.unwrap();
    let mut new = PbxExtension::new("acme-2101", old.spec.clone());
    "2101".clone_into(&mut new.spec.number);
    new.metadata.labels.clone_from(&old.metadata.labels);
    enter(&world, "ana", "2101");
    world
        .extensions()
        .create(&PostParams::default(), &new)
        .await
        .unwrap();
    let _operator = world.operator().await;
    sync_with(&world, [(DELETE, 1), (NOTE, 1), (NEW_NOTE, 1)]).await;
    assert_eq!(world.roll().await, "2000 admin, 2101 ana");
    let notes = notes(&world).await;
    assert!(
        notes.len() == 1 && notes[0].contains("acme-2001 is now acme-2101"),
        "{notes:?}"
    );
    quiet_sync(&world).await;
    world.finish().await;
}

#[tokio::test]
async fn an_old_number_waits_through_restarts_and_a_new_integration() {
    let world = staff(&[("ana", "2001")]).await;
    let mut operator = world.operator().await;
    declare(&world, json!({})).await;
    enter(&world, "ana", "2101");
    world.sync().await;
    world
        .google
        .create_user(somebody("zoe", employee("2001")))
        .unwrap();
    operator.kill9();
    let _operator = world.operator().await;
    sync_with(&world, []).await;
    assert_eq!(problems(&world).await, ["zoe NumberConflict"]);

    world
        .integrations()
        .delete(NAME, &DeleteParams::default())
        .await
        .unwrap();
    wait_gone(&world.integrations(), NAME, PATIENCE).await;
    declare(&world, json!({})).await;
    assert_eq!(problems(&world).await, ["zoe NumberConflict"]);
    assert_eq!(world.roll().await, "2000 admin, 2101 ana");
    world.finish().await;
}
