//! Which number a newcomer gets.

use dialplane::api::conditions;
use dialplane::api::{PbxExtension, integration::Numbering};
use kube::ResourceExt;
use kube::api::PostParams;
use serde_json::json;

use super::{CREATE, declare, hire, quiet_sync, sync_with};
use crate::world::{NAME, World, company, condition, differences};

async fn numbers(world: &World) -> Vec<String> {
    world.all().await.into_keys().collect()
}

/// An extension that an administrator of the phone system makes.
async fn foreign(world: &World, number: &str) -> PbxExtension {
    let object = json!({
        "apiVersion": "dialplane.io/v1alpha1", "kind": "PbxExtension",
        "metadata": {"name": format!("{NAME}-{number}")},
        "spec": {"tenant": NAME, "number": number, "user": {"firstName": "Lobby", "email": "lobby@acme.example"}},
    });
    let object: PbxExtension = serde_json::from_value(object).unwrap();
    world
        .extensions()
        .create(&PostParams::default(), &object)
        .await
        .unwrap()
}

#[tokio::test]
async fn leading_zeros_are_part_of_the_number() {
    let world = World::new(company(&["ana", "bo"])).await;
    let _operator = world.operator().await;
    declare(&world, json!({"users": {"numbering": {"start": "0099"}}})).await;
    assert_eq!(numbers(&world).await, ["0099", "0100", "0101"]);
    let ana = world.extensions().get("acme-0100").await.unwrap();
    assert_eq!(ana.spec.user.unwrap().email.as_deref(), Some("ana@acme.example"));
    quiet_sync(&world).await;
    world.finish().await;
}

#[tokio::test]
async fn without_a_start_numbers_begin_at_the_default() {
    let world = World::new(company(&["ana"])).await;
    let _operator = world.operator().await;
    declare(&world, json!({"users": {"numbering": {"start": null}}})).await;
    assert_eq!(numbers(&world).await, [Numbering::DEFAULT_START, "1001"]);
    world.finish().await;
}

/// Those for whom no number is left are named; everybody else is served; a larger range heals it.
#[tokio::test]
async fn an_exhausted_range_serves_as_many_as_it_can() {
    let world = World::new(company(&["ana", "bo", "cy", "dan"])).await;
    let _operator = world.operator().await;
    let spec = json!({"users": {"numbering": {"end": "1003"}}});
    world.declare(spec).await;
    let object = world.until_ready("False", "NumbersExhausted").await;
    assert_eq!(condition(&object, conditions::STALLED).unwrap().status, "True");
    assert!(
        condition(&object, conditions::READY)
            .unwrap()
            .message
            .contains("spec.users.numbering.end")
    );
    let users = object.status.unwrap().users.unwrap();
    assert_eq!((users.counts.created, users.counts.conflicts), (3, 2));
    let problems: Vec<_> = users
        .problems
        .iter()
        .map(|problem| (problem.user.as_str(), problem.reason.as_str()))
        .collect();
    assert_eq!(
        problems,
        [
            ("cy@acme.example", "NumbersExhausted"),
            ("dan@acme.example", "NumbersExhausted")
        ]
    );
    assert_eq!(numbers(&world).await, ["1001", "1002", "1003"]);

    // Changes of those who are served go on, and nothing else is written.
    let id = world.id_of("bo@acme.example");
    world.google.patch_user(&id, json!({"suspended": true})).unwrap();
    sync_with(&world, [(super::PATCH, 1)]).await;
    quiet_sync(&world).await;

    world
        .change(json!({"users": {"numbering": {"end": "1004"}}}))
        .await;
    let object = world.until_ready("False", "NumbersExhausted").await;
    assert_eq!(object.status.unwrap().users.unwrap().problems.len(), 1);
    world
        .change(json!({"users": {"numbering": {"end": "1005"}}}))
        .await;
    let object = world.until_synced().await;
    assert_eq!(condition(&object, conditions::STALLED), None);
    assert!(object.status.unwrap().users.unwrap().problems.is_empty());
    assert_eq!(world.number_of("cy@acme.example").await.as_deref(), Some("1004"));
    assert_eq!(world.number_of("dan@acme.example").await.as_deref(), Some("1005"));
    world.finish().await;
}

/// An administrator's own object counts as taken, whether it was there first or came in between.
#[tokio::test]
async fn a_number_of_somebody_elses_object_is_taken() {
    let world = World::new(company(&["ana", "bo", "cy"])).await;
    let first = foreign(&world, "1003").await;
    let _operator = world.operator().await;
    declare(&world, json!({})).await;
    let second = foreign(&world, "1006").await;
    assert_eq!(
        numbers(&world).await,
        ["1001", "1002", "1003", "1004", "1005", "1006"]
    );
    assert_eq!(world.number_of("bo@acme.example").await.as_deref(), Some("1004"));

    hire(&world, "dan");
    sync_with(&world, [(CREATE, 1)]).await;
    assert_eq!(world.number_of("dan@acme.example").await.as_deref(), Some("1007"));
    quiet_sync(&world).await;
    for before in [first, second] {
        let after = world.extensions().get(&before.name_any()).await.unwrap();
        assert_eq!(differences(&before, &after), [""; 0]);
        assert_eq!(after.resource_version(), before.resource_version());
    }
    world.finish().await;
}
