//! Suspended, or with users switched off.

use std::collections::BTreeMap;

use dialplane::api::conditions::{RECONCILING, STALLED};
use dialplane_test_harness::kstatus::Status;
use google_workspace_simulator::Fault;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use super::{LIST, ask, hire, reason, verdict, writes};
use crate::world::{NAME, World, counts, handled};

#[tokio::test]
async fn users_switched_off_leaves_extensions_alone_until_they_are_switched_on() {
    let world = World::with_people(3).await;
    let _operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    let before = world.all().await;

    world.change(json!({"users": {"enabled": false}})).await;
    let object = world.until_ready("True", "UsersDisabled").await;
    assert_eq!(verdict(&object), Status::Current);
    world.google.clear_requests();
    let mark = world.audit.mark().await;
    let zoe = hire(&world, "zoe");
    ask(&world, "one").await;
    world.settled().await;
    assert_eq!(world.google.requests(), []);
    assert_eq!(writes(&world, mark).await, BTreeMap::new());
    assert_eq!(world.all().await, before);

    world.change(json!({"users": {"enabled": true}})).await;
    world.until_synced().await;
    assert!(world.extension_of(&zoe).await.is_some());
    let mut after = world.all().await;
    after.pop_last();
    assert_eq!(after, before);
    world.finish().await;
}

#[tokio::test]
async fn suspend_stops_everything_and_resume_takes_up_what_changed() {
    let world = World::with_people(4).await;
    let _operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    let before = world.all().await;
    world.declare_bystander().await;

    world.change(json!({"suspend": true})).await;
    let object = world.until_ready("False", "Suspended").await;
    assert_eq!(reason(&object, STALLED), Some(("True", "Suspended")));
    assert_eq!(verdict(&object), Status::Failed);
    world.google.clear_requests();
    let mark = world.audit.mark().await;
    let zoe = hire(&world, "zoe");
    let (number, extension) = before.last_key_value().unwrap();
    let leaver = extension.spec.google.as_ref().unwrap().user_id.clone();
    world
        .google
        .patch_user(&leaver, json!({"suspended": true}))
        .unwrap();
    let edited = format!("{NAME}-{}", before.keys().next().unwrap());
    let edit = Patch::Merge(json!({"spec": {"user": {"jobTitle": "edited by hand"}}}));
    let patch = PatchParams::default();
    world.extensions().patch(&edited, &patch, &edit).await.unwrap();
    ask(&world, "one").await;
    world.settled().await;
    world.passed_by().await;
    assert_eq!(world.called(), counts([("users.get", 1)]), "for the bystander");
    let expected = counts([("patch pbxextensions", 1)]);
    assert_eq!(writes(&world, mark).await, expected, "of the bystander");

    world.change(json!({"suspend": false})).await;
    let object = world.until_synced().await;
    assert_eq!(
        handled(&object),
        Some("one"),
        "the request that came meanwhile is carried out now"
    );
    assert!(world.extension_of(&zoe).await.is_some());
    let after = world.all().await;
    assert!(!after[number].spec.enabled);
    assert_eq!(
        after.first_key_value().unwrap().1.spec,
        before.first_key_value().unwrap().1.spec
    );
    world.finish().await;
}

#[tokio::test]
async fn suspend_does_not_wait_for_the_answer_of_google() {
    let world = World::with_people(3).await;
    let _operator = world.operator().await;
    let slow = Fault {
        path_prefix: Some(LIST.to_owned()),
        delay_ms: Some(600_000),
        ..Fault::default()
    };
    world.google.add_fault(slow).unwrap();
    world.declare(json!({})).await;
    world.until(|object| reason(object, RECONCILING).is_some()).await;
    world.change(json!({"suspend": true})).await;
    world.until_ready("False", "Suspended").await;
    assert!(world.all().await.is_empty());

    world.google.clear_faults();
    world.change(json!({"suspend": false})).await;
    world.until_synced().await;
    assert_eq!(world.all().await.len(), 3);
    world.finish().await;
}
