//! What an operator that begins anew, or an integration that is made anew, finds is what was there before.

use dialplane::api::names::LABEL_INTEGRATION;
use dialplane_test_harness::world::wait_gone;
use google_workspace_simulator::Fault;
use kube::ResourceExt;
use kube::api::DeleteParams;
use serde_json::json;

use super::{CREATE, PATCH, STATUS, declare, extension, hire, state, sync_with};
use crate::world::{NAME, PATIENCE, World, company, counts, user_id};

/// Silence when nothing changed: over a scheduled sync, a restart, and the sync that is overdue after it.
#[tokio::test]
async fn unchanged_syncs_and_a_restart_write_nothing() {
    let world = World::with_people(40).await;
    let mut operator = world.operator().await;
    world
        .declare(json!({"users": {"schedule": {"interval": "30s"}}}))
        .await;
    world.until_synced().await;
    let mark = world.mark().await;
    world.until_asked(|asked| asked.lists == 1).await;
    assert!(operator.terminate().await.unwrap().success());
    let _operator = world.operator().await;
    world.until_asked(|asked| asked.lists == 2).await;
    // A request comes after the sync that is running; its acknowledgement is the only write of them all.
    world.sync().await;
    let asked = world.asked();
    assert_eq!(
        (asked.lists, asked.deleted, asked.single),
        (3, 0, 0),
        "one page per sync"
    );
    assert_eq!(world.writes(mark).await, counts([(STATUS, 1)]));
    world.finish().await;
}

#[tokio::test]
async fn renames_and_departures_while_the_operator_is_down_are_caught_up_with() {
    let world = World::new(company(&["ana", "bo", "cy"])).await;
    let mut operator = world.operator().await;
    declare(&world, json!({})).await;
    let [ana, bo] = ["ana", "bo"].map(|name| world.id_of(&format!("{name}@acme.example")));
    operator.kill9();
    world
        .google
        .patch_user(
            &ana,
            json!({"primaryEmail": "zoe@acme.example", "name": {"givenName": "zoe"}}),
        )
        .unwrap();
    world.google.delete_user(&bo).unwrap();
    hire(&world, "ana2"); // in the place where ana was
    let mark = world.mark().await;
    let _operator = world.operator().await;
    world.sync().await;
    let mut writes = world.writes(mark).await;
    writes.remove(STATUS);
    assert_eq!(writes, counts([(PATCH, 2), (CREATE, 1)]));
    let renamed = extension(&world, &ana).await;
    assert_eq!(state(&renamed), ("1002", true, None));
    assert_eq!(
        renamed.spec.user.unwrap().email.as_deref(),
        Some("zoe@acme.example")
    );
    assert_eq!(
        state(&extension(&world, &bo).await),
        ("1003", false, Some("Deleted"))
    );
    assert_eq!(
        world.number_of("ana2@acme.example").await.as_deref(),
        Some("1005")
    );
    world.finish().await;
}

#[tokio::test]
async fn a_rename_while_google_is_down_is_caught_up_with() {
    let world = World::new(company(&["ana", "bo"])).await;
    let _operator = world.operator().await;
    declare(&world, json!({})).await;
    let ana = world.id_of("ana@acme.example");
    world
        .google
        .add_fault(Fault {
            path_prefix: Some("/admin".into()),
            ..Fault::named("backendError")
        })
        .unwrap();
    world
        .google
        .patch_user(&ana, json!({"primaryEmail": "zoe@acme.example"}))
        .unwrap();
    let mark = world.mark().await;
    world.request_sync().await;
    world.until_ready("False", "GoogleUnavailable").await;
    world.google.clear_faults();
    world.sync().await;
    assert_eq!(world.writes(mark).await.get(PATCH), Some(&1));
    let renamed = extension(&world, &ana).await;
    assert_eq!(state(&renamed), ("1002", true, None));
    assert_eq!(
        renamed.spec.user.unwrap().email.as_deref(),
        Some("zoe@acme.example")
    );
    world.finish().await;
}

/// `deletionPolicy: Retain`: the extensions are handed over, and the same people find theirs again.
#[tokio::test]
async fn an_integration_made_anew_binds_everybody_to_the_old_number() {
    const PEOPLE: usize = 25;
    let world = World::with_people(PEOPLE).await;
    let _operator = world.operator().await;
    declare(&world, json!({})).await;
    let before = world.all().await;

    let mark = world.mark().await;
    world
        .integrations()
        .delete(NAME, &DeleteParams::default())
        .await
        .unwrap();
    wait_gone(&world.integrations(), NAME, PATIENCE).await;
    assert_eq!(world.writes(mark).await.get(PATCH), Some(&PEOPLE));
    for (number, released) in world.all().await {
        assert!(!released.labels().contains_key(LABEL_INTEGRATION), "{number}");
        assert_eq!(
            released.spec, before[&number].spec,
            "a release changes labels only"
        );
    }

    hire(&world, "aaron"); // first in the directory, and the only one without a number
    let mark = world.mark().await;
    declare(&world, json!({})).await;
    let writes = world.writes(mark).await;
    assert_eq!((writes.get(PATCH), writes.get(CREATE)), (Some(&PEOPLE), Some(&1)));
    let after = world.all().await;
    assert_eq!(after.len(), PEOPLE + 1);
    for (number, old) in &before {
        let new = &after[number];
        assert_eq!((new.uid(), user_id(new)), (old.uid(), user_id(old)), "{number}");
        assert_eq!((new.labels(), &new.spec), (old.labels(), &old.spec), "{number}");
    }
    sync_with(&world, []).await;
    world.finish().await;
}
