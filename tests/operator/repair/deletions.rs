//! Extensions that were deleted by hand.

use dialplane::api::names::ANNOTATION_BREAK_GLASS;
use dialplane_test_harness::Operator;
use google_workspace_simulator::Fault;
use kube::ResourceExt;
use kube::api::DeleteParams;
use serde_json::json;

use super::{CREATE, ONE_QUESTION, PATCH, STATUS, delete, first_name, foreign, get, serve, served};
use crate::world::{Asked, World, colleague, counts, differences, poll, user_id, within};

/// A directory whose first number is free again: everybody has a higher one than a newcomer would get now.
async fn served_above(people: usize) -> (World, Operator) {
    let world = World::with_people(people).await;
    foreign(&world, "1001").await;
    let (world, operator) = serve(world).await;
    delete(&world, "1001").await;
    (world, operator)
}

#[tokio::test]
async fn an_extension_deleted_by_hand_comes_back_with_its_number() {
    let (world, _operator) = served_above(3).await;
    let before = get(&world, "1003").await;
    let mark = world.mark().await;
    delete(&world, "1003").await;
    let after = world
        .until_extension("1003", |extension| extension.uid() != before.uid())
        .await;
    assert_eq!((user_id(&after), &after.spec), (user_id(&before), &before.spec));
    assert_eq!(after.labels(), before.labels());
    world.caught_up("1002").await;
    let asked = Asked {
        single: 1 + 2,
        ..Asked::default()
    };
    assert_eq!(world.asked(), asked);
    world.wrote(mark, counts([(CREATE, 1), (PATCH, 2)])).await;
    world.finish().await;
}

/// Google is asked page by page, not person by person; and newcomers, who come first in the directory, do not get what
/// others are about to get back.
#[tokio::test]
async fn many_deleted_at_once_come_back_by_a_sync() {
    let (world, _operator) = served_above(70).await;
    let before = world.all().await;
    for newcomer in ["aaa", "aab"] {
        world.google.create_user(colleague(newcomer)).unwrap();
    }
    let mark = world.mark().await;
    // One person is being looked after while the others are noticed, so that they are noticed together.
    let hold = world.hold("users.get", 0);
    let edit = json!({"spec": {"user": {"jobTitle": "Queen"}}});
    world.edit("1070", edit.clone()).await;
    within("the question about one person", hold.reached(1)).await;
    let names: Vec<_> = before.values().take(60).map(ResourceExt::name_any).collect();
    let api = world.extensions();
    let params = DeleteParams::default();
    let deletions = names.iter().map(|name| api.delete(name, &params));
    futures::future::try_join_all(deletions).await.unwrap();
    // This edit is told at once, and what was done before it has been noticed before.
    let mut last = edit;
    last["metadata"] = json!({"annotations": {ANNOTATION_BREAK_GLASS: "a test"}});
    world.edit("1071", last).await;
    poll("the last edit's event", async || {
        world.events("BreakGlass").await.pop()
    })
    .await;
    hold.release();
    world
        .until(|object| {
            let users = object.status.as_ref().unwrap().users.as_ref().unwrap();
            users.counts.created == 62
        })
        .await;
    let once = Asked {
        lists: 1,
        ..ONE_QUESTION
    };
    assert_eq!(world.asked(), once);
    let mut writes = world.writes(mark).await;
    // On a slow machine the sync shows its progress.
    writes.remove(STATUS);
    assert_eq!(writes, counts([(CREATE, 62), (PATCH, 2)]));
    let after = world.all().await;
    for (number, old) in before {
        assert_eq!(user_id(&after[&number]), user_id(&old), "{number}");
    }
    for (newcomer, number) in [("aaa", "1001"), ("aab", "1072")] {
        let found = world.number_of(&format!("{newcomer}@acme.example")).await;
        assert_eq!(found.as_deref(), Some(number));
    }
    world.finish().await;
}

/// Somebody puts an object of their own where an extension was before the operator could put it back.
#[tokio::test]
async fn an_object_of_the_same_name_that_is_not_ours_is_left_alone() {
    let (world, _operator) = served().await;
    let ana = world.id_of("ana@acme.example");
    let down = Fault {
        path_prefix: Some("/admin".into()),
        ..Fault::named("backendError")
    };
    world.google.add_fault(down).unwrap();
    delete(&world, "1002").await;
    let foreign = foreign(&world, "1002").await;
    world.google.clear_faults();
    world
        .until_extension("1005", |extension| user_id(extension) == Some(ana.as_str()))
        .await;

    let edited = world
        .edit("1002", json!({"spec": {"user": {"firstName": "Porch"}}}))
        .await;
    world.sync().await;
    let after = get(&world, "1002").await;
    assert_eq!(differences(&foreign, &after), ["/spec/user/firstName"]);
    assert_eq!(after.resource_version(), edited.resource_version());
    world.finish().await;
}

#[tokio::test]
async fn while_suspended_nothing_is_repaired_until_it_goes_on() {
    let (world, _operator) = served().await;
    world.declare_bystander().await;
    let before = get(&world, "1002").await;
    world.change(json!({"suspend": true})).await;
    world.until_ready("False", "Suspended").await;

    let mark = world.mark().await;
    world
        .edit("1002", json!({"spec": {"user": {"firstName": "X"}}}))
        .await;
    delete(&world, "1004").await;
    world.passed_by().await;
    assert_eq!(world.asked(), ONE_QUESTION, "of the bystander");
    world.wrote(mark, counts([(PATCH, 1)])).await;
    assert_eq!(first_name(&get(&world, "1002").await), Some("X"));

    world.change(json!({"suspend": false})).await;
    world.until_synced().await;
    assert_eq!(differences(&before, &get(&world, "1002").await), [""; 0]);
    let cy = world.id_of("cy@acme.example");
    assert_eq!(
        user_id(&get(&world, "1004").await),
        Some(cy.as_str()),
        "the number was kept for its person"
    );
    world.finish().await;
}
