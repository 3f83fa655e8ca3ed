//! An integration that is made again.

use std::collections::BTreeMap;

use dialplane::api::PbxExtension;
use serde_json::json;

use super::{delete, essence, gone, policy, stored};
use crate::world::{World, user_id};

#[tokio::test]
async fn an_integration_made_again_after_retain_has_its_people_back_with_one_patch_each() {
    let world = World::with_people(8).await;
    let _operator = world.operator().await;
    world.declare(policy("Retain")).await;
    world.until_synced().await;
    shuffle(&world).await;
    let before = stored(&world).await;
    delete(&world).await;
    gone(&world).await;

    let mark = world.audit.mark().await;
    world.declare(policy("Retain")).await;
    world.until_synced().await;
    let after = stored(&world).await;
    for (name, object) in &before {
        assert_eq!(
            essence(object.clone(), false),
            essence(after[name].clone(), false),
            "{name}"
        );
    }
    let writes = world.writes(mark).await;
    let of_extensions: BTreeMap<_, _> = writes
        .iter()
        .filter(|(kind, _)| kind.ends_with("extensions"))
        .collect();
    assert_eq!(
        of_extensions,
        BTreeMap::from([(&"patch pbxextensions".to_owned(), &8)])
    );
    world.finish().await;
}

#[tokio::test]
async fn an_integration_made_again_after_delete_gives_everybody_the_old_number() {
    let world = World::with_people(8).await;
    let mut operator = world.operator().await;
    world.declare(policy("Delete")).await;
    world.until_synced().await;
    shuffle(&world).await;
    let numbers = |objects: BTreeMap<String, PbxExtension>| -> BTreeMap<String, String> {
        let person = |object: &PbxExtension| user_id(object).unwrap().to_owned();
        objects
            .into_iter()
            .map(|(number, object)| (person(&object), number))
            .collect()
    };
    let before = numbers(world.all().await);
    delete(&world).await;
    gone(&world).await;
    assert_eq!(stored(&world).await, BTreeMap::new());
    // What is remembered is in the cluster, not in the process.
    operator.terminate().await.unwrap();
    let _operator = world.operator().await;
    let newcomer = json!({"primaryEmail": "aaa@acme.example", "name": {"givenName": "A", "familyName": "A"}});
    let newcomer = world.google.create_user(newcomer).unwrap();

    world.declare(policy("Delete")).await;
    world.until_synced().await;
    let mut after = numbers(world.all().await);
    let first_free = after.remove(newcomer["id"].as_str().unwrap());
    assert_eq!(
        first_free.as_deref(),
        Some("1009"),
        "the first number that is nobody's"
    );
    assert_eq!(after, before);
    world.finish().await;
}

/// Turns the order of the directory around, so that people who are numbered anew would get other numbers.
async fn shuffle(world: &World) {
    let all = world.all().await;
    let last = all.len();
    for (position, object) in all.values().enumerate() {
        let id = user_id(object).unwrap();
        let user = world.google.user(id).unwrap();
        if user["primaryEmail"] != crate::world::ADMIN {
            let address = format!("{:03}@acme.example", last - position);
            let rename = json!({"primaryEmail": address});
            world.google.patch_user(id, rename).unwrap();
        }
    }
    world.sync().await;
}
