//! What a sync with a scope costs: as many calls as the list has pages and the selectors need, no more; and no write when
//! nothing has changed.

use google_workspace_simulator::generate;
use serde_json::{Value, json};

use super::{declare, group, join, office, place, unit};
use crate::lifecycle::{PATCH, quiet_sync, sync_with};
use crate::world::{GROUPS, UNITS, World, counts};

/// A generated directory of 1005 people: three pages, also when a few leave.
async fn large() -> (World, Vec<String>) {
    let seed = generate::directory(1005);
    let active = |user: &&Value| user["suspended"] != true && user["archived"] != true;
    let active = seed.users.iter().filter(active);
    let addresses = active
        .map(|user| user["primaryEmail"].as_str().unwrap().to_owned())
        .collect();
    let world = World::new(seed).await;
    world.delegate(&[GROUPS, UNITS]);
    (world, addresses)
}

#[tokio::test]
async fn a_quiet_sync_costs_the_pages_and_the_selectors() {
    let (world, people) = large().await;
    group(&world, "team", &[]);
    people[..40]
        .iter()
        .for_each(|address| join(&world, "team", address));
    unit(&world, "/Team");
    let _operator = world.operator().await;
    let include = json!({
        "users": [people[50], people[51]],
        "groups": ["team@acme.example"],
        "organizationalUnits": ["/Team"],
    });
    declare(&world, json!({"include": include})).await;
    assert_eq!(world.all().await.len(), 42);
    let selectors = [("users.get", 2), ("members.list", 1), ("orgunits.list", 1)];
    let all = [("users.list", 3), selectors[0], selectors[1], selectors[2]];
    for _ in 0..2 {
        world.mark().await;
        quiet_sync(&world).await;
        assert_eq!(world.called(), counts(all));
    }

    // As many writes as people changed, and the same calls.
    for address in &people[..7] {
        world
            .google
            .patch_user(address, json!({"name": {"familyName": "Changed"}}))
            .unwrap();
    }
    // Nobody in scope.
    world
        .google
        .patch_user(&people[100], json!({"name": {"familyName": "Changed"}}))
        .unwrap();
    world.mark().await;
    sync_with(&world, [(PATCH, 7)]).await;
    assert_eq!(world.called(), counts(all));
    place(&world, &people[0], "/Team");
    world.mark().await;
    sync_with(&world, [(PATCH, 1)]).await;
    assert_eq!(world.called(), counts(all));
    world.finish().await;
}

/// A few people in a large directory are read one by one, as soon as the operator knows how long the list is.
#[tokio::test]
async fn a_small_group_is_read_person_by_person_when_that_takes_fewer_calls() {
    let (world, people) = large().await;
    group(&world, "team", &[&people[1], &people[2], &people[3]]);
    let _operator = world.operator().await;
    declare(&world, json!({"include": {"groups": ["team@acme.example"]}})).await;
    assert_eq!(world.called(), counts([("members.list", 1), ("users.list", 3)]));
    assert_eq!(world.all().await.len(), 3);
    world.mark().await;
    quiet_sync(&world).await;
    assert_eq!(world.called(), counts([("members.list", 1), ("users.get", 3)]));

    // Who is deleted is found out that way too.
    world.google.delete_user(&people[1]).unwrap();
    sync_with(&world, [(PATCH, 1)]).await;
    let roll = world.roll().await;
    assert_eq!(roll.matches("(Deleted)").count(), 1, "{roll}");
    world.mark().await;
    quiet_sync(&world).await;
    assert_eq!(world.called(), counts([("members.list", 1), ("users.get", 2)]));

    join(&world, "team", &people[4]);
    join(&world, "team", &people[5]);
    world.sync().await;
    world.mark().await;
    quiet_sync(&world).await;
    assert_eq!(
        world.called(),
        counts([("members.list", 1), ("users.list", 3)]),
        "four are more than three pages"
    );
    world.finish().await;
}

/// A hand-edited extension asks about its person and nobody else: the scope is known.
#[tokio::test]
async fn one_person_costs_no_call_for_groups() {
    let world = office().await;
    group(&world, "sales", &["ana", "bo", "cy"]);
    let _operator = world.operator().await;
    declare(&world, json!({"include": {"groups": ["sales@acme.example"]}})).await;
    world.mark().await;
    world
        .edit("1001", json!({"spec": {"user": {"lastName": "Wrong"}}}))
        .await;
    world
        .until_extension("1001", |extension| {
            extension.spec.user.as_ref().unwrap().last_name.as_deref() == Some("Example")
        })
        .await;
    assert_eq!(world.called(), counts([("users.get", 1)]));
    world.finish().await;
}
