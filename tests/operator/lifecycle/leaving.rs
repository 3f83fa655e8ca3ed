//! People who leave, and the numbers that they leave behind.

use std::time::Duration;

use dialplane_test_harness::world::wait_gone;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::DeleteParams;
use serde_json::json;

use super::{CREATE, DELETE, PATCH, declare, extension, hire, quiet_sync, state, sync_with};
use crate::world::{Asked, NAME, PATIENCE, World, company};

const NOTE: &str = "patch configmaps";
const NEW_NOTE: &str = "create configmaps";

/// What is written down about a number in quarantine: whose it was.
async fn quarantined(world: &World, number: &str) -> Option<String> {
    let api: Api<ConfigMap> = Api::namespaced(world.client.clone(), &world.namespace);
    let name = format!("{NAME}-quarantine-{}", &number[number.len() - 1..]);
    let text = api.get_opt(&name).await.unwrap()?.data?.remove(number)?;
    let (person, _until) = text.split_once(' ').unwrap();
    Some(person.to_owned())
}

#[tokio::test]
async fn the_deleted_are_disabled_asked_about_once_and_restored_with_their_number() {
    let world = World::new(company(&["ana", "bo", "cy"])).await;
    let _operator = world.operator().await;
    declare(&world, json!({})).await;
    let [ana, bo] = ["ana", "bo"].map(|name| world.id_of(&format!("{name}@acme.example")));

    world.google.delete_user(&ana).unwrap();
    world.google.delete_user(&bo).unwrap();
    world.mark().await;
    sync_with(&world, [(PATCH, 2)]).await;
    assert_eq!(
        world.asked(),
        Asked {
            lists: 1,
            deleted: 1,
            single: 0
        },
        "one list answers for both"
    );
    let left = extension(&world, &ana).await;
    assert_eq!(state(&left), ("1002", false, Some("Deleted")));
    assert_eq!(
        left.spec.user.unwrap().email.as_deref(),
        Some("ana@acme.example"),
        "the rest stays as it was"
    );
    assert_eq!(
        state(&extension(&world, &bo).await),
        ("1003", false, Some("Deleted"))
    );

    world.mark().await;
    quiet_sync(&world).await;
    assert_eq!(
        world.asked(),
        Asked {
            lists: 1,
            ..Asked::default()
        },
        "they have been dealt with"
    );

    world.google.undelete_user(&ana).unwrap();
    sync_with(&world, [(PATCH, 1)]).await;
    assert_eq!(state(&extension(&world, &ana).await), ("1002", true, None));
    assert_eq!(
        state(&extension(&world, &bo).await),
        ("1003", false, Some("Deleted"))
    );
    quiet_sync(&world).await;
    world.finish().await;
}

#[tokio::test]
async fn whom_google_has_forgotten_counts_as_deleted() {
    let world = World::new(company(&["ana", "bo"])).await;
    let _operator = world.operator().await;
    declare(&world, json!({})).await;
    let ana = world.id_of("ana@acme.example");
    world.google.delete_user(&ana).unwrap();
    world.google.advance_clock(Duration::from_hours(21 * 24));
    world.mark().await;
    sync_with(&world, [(PATCH, 1)]).await;
    let asked = world.asked();
    // The access token has expired meanwhile: the first list is asked for twice.
    assert_eq!(
        (asked.deleted, asked.single),
        (1, 1),
        "not among the deleted, so asked for by id"
    );
    assert_eq!(
        state(&extension(&world, &ana).await),
        ("1002", false, Some("Deleted"))
    );
    world.mark().await;
    quiet_sync(&world).await;
    assert_eq!(
        world.asked(),
        Asked {
            lists: 1,
            ..Asked::default()
        }
    );
    world.finish().await;
}

#[tokio::test]
async fn a_deleted_extension_leaves_its_number_to_its_person_alone() {
    let world = World::new(company(&["ana", "bo", "cy"])).await;
    let _operator = world.operator().await;
    declare(&world, json!({"users": {"lifecycle": {"onDeleted": "Delete"}}})).await;
    let bo = world.id_of("bo@acme.example");
    world.google.delete_user(&bo).unwrap();
    sync_with(&world, [(DELETE, 1), (NOTE, 1), (NEW_NOTE, 1)]).await;
    assert_eq!(world.extension_of(&bo).await, None);
    assert_eq!(quarantined(&world, "1003").await, Some(bo.clone()));
    world.mark().await;
    quiet_sync(&world).await;
    assert_eq!(
        world.asked(),
        Asked {
            lists: 1,
            ..Asked::default()
        }
    );

    hire(&world, "dan");
    sync_with(&world, [(CREATE, 1)]).await;
    assert_eq!(world.number_of("dan@acme.example").await.as_deref(), Some("1005"));
    world.google.undelete_user(&bo).unwrap();
    sync_with(&world, [(CREATE, 1)]).await;
    assert_eq!(state(&extension(&world, &bo).await), ("1003", true, None));
    world.finish().await;
}

#[tokio::test]
async fn the_locked_lose_their_extension_when_declared_and_get_the_number_back() {
    let world = World::new(company(&["ana", "bo", "cy"])).await;
    let _operator = world.operator().await;
    declare(
        &world,
        json!({"users": {"lifecycle": {"onSuspended": "Delete", "onArchived": "Delete"}}}),
    )
    .await;
    let [ana, bo] = ["ana", "bo"].map(|name| world.id_of(&format!("{name}@acme.example")));
    let flag = |id: &str, patch| world.google.patch_user(id, patch).unwrap();

    flag(&ana, json!({"suspended": true}));
    flag(&bo, json!({"archived": true}));
    world.mark().await;
    sync_with(&world, [(DELETE, 2), (NOTE, 2), (NEW_NOTE, 2)]).await;
    assert_eq!(
        world.asked(),
        Asked {
            lists: 1,
            ..Asked::default()
        },
        "the list itself says that they are locked"
    );
    assert_eq!(
        world.all().await.into_keys().collect::<Vec<_>>(),
        ["1001", "1004"]
    );
    quiet_sync(&world).await;

    hire(&world, "dan");
    flag(&ana, json!({"suspended": false}));
    flag(&bo, json!({"archived": false}));
    sync_with(&world, [(CREATE, 3)]).await;
    assert_eq!(state(&extension(&world, &ana).await), ("1002", true, None));
    assert_eq!(state(&extension(&world, &bo).await), ("1003", true, None));
    assert_eq!(world.number_of("dan@acme.example").await.as_deref(), Some("1005"));
    world.finish().await;
}

#[tokio::test]
async fn quarantine_outlives_the_operator_and_the_integration() {
    let world = World::new(company(&["ana", "bo", "cy"])).await;
    let mut operator = world.operator().await;
    let spec = json!({"deletionPolicy": "Delete", "users": {"lifecycle": {"onDeleted": "Delete"}}});
    declare(&world, spec.clone()).await;
    let bo = world.id_of("bo@acme.example");
    world.google.delete_user(&bo).unwrap();
    sync_with(&world, [(DELETE, 1), (NOTE, 1), (NEW_NOTE, 1)]).await;

    operator.kill9();
    let mut operator = world.operator().await;
    hire(&world, "dan");
    sync_with(&world, [(CREATE, 1)]).await;
    assert_eq!(world.number_of("dan@acme.example").await.as_deref(), Some("1005"));

    world
        .integrations()
        .delete(NAME, &DeleteParams::default())
        .await
        .unwrap();
    wait_gone(&world.integrations(), NAME, PATIENCE).await;
    assert!(world.all().await.is_empty());
    operator.kill9();
    let _operator = world.operator().await;
    hire(&world, "abe"); // sorts before everybody who had a number
    world.google.undelete_user(&bo).unwrap();
    declare(&world, spec).await;
    for (name, number) in [
        ("admin", "1001"),
        ("ana", "1002"),
        ("bo", "1003"),
        ("cy", "1004"),
        ("dan", "1005"),
        ("abe", "1006"),
    ] {
        assert_eq!(
            world.number_of(&format!("{name}@acme.example")).await.as_deref(),
            Some(number),
            "{name}"
        );
    }
    world.finish().await;
}

#[tokio::test]
async fn without_quarantine_a_number_is_free_at_once() {
    let world = World::new(company(&["ana", "bo", "cy"])).await;
    let _operator = world.operator().await;
    let spec = json!({"users": {"numbering": {"quarantine": "0s"}, "lifecycle": {"onDeleted": "Delete"}}});
    declare(&world, spec).await;
    let bo = world.id_of("bo@acme.example");
    world.google.delete_user(&bo).unwrap();
    world.sync().await;
    assert_eq!(world.extension_of(&bo).await, None);

    hire(&world, "dan");
    sync_with(&world, [(CREATE, 1)]).await;
    assert_eq!(world.number_of("dan@acme.example").await.as_deref(), Some("1003"));
    world.google.undelete_user(&bo).unwrap();
    sync_with(&world, [(CREATE, 1)]).await;
    assert_eq!(state(&extension(&world, &bo).await), ("1005", true, None));
    world.finish().await;
}
