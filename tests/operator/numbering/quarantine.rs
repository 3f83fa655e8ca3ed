//! For how long a number waits is what is declared now, for numbers that wait already, too.

use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use serde_json::json;

use super::{declare, employee, enter, numbering, problems, staff};
use crate::lifecycle::sync_with;
use crate::world::{NAME, World, company, message, somebody};

/// Ana has left 2001, and Zoe ought to have it.
async fn waiting() -> World {
    let world = staff(&[("ana", "2001")]).await;
    world
        .google
        .create_user(somebody("zoe", employee("2101")))
        .unwrap();
    world
}

async fn leave(world: &World) {
    enter(world, "ana", "2005");
    world.sync().await;
    enter(world, "zoe", "2001");
    sync_with(world, []).await;
    assert_eq!(problems(world).await, ["zoe NumberConflict"]);
}

#[tokio::test]
async fn a_shorter_quarantine_counts_for_numbers_that_wait_already() {
    let world = waiting().await;
    let _operator = world.operator().await;
    declare(&world, json!({})).await;
    leave(&world).await;
    world.change(numbering(json!({"quarantine": "0s"}))).await;
    world.sync().await;
    assert_eq!(world.roll().await, "2000 admin, 2001 zoe, 2005 ana");
    assert_eq!(problems(&world).await, [""; 0]);
    world.finish().await;
}

#[tokio::test]
async fn a_quarantine_that_was_shortened_while_the_operator_was_off_counts_too() {
    let world = waiting().await;
    let mut operator = world.operator().await;
    declare(&world, json!({})).await;
    leave(&world).await;
    operator.kill9();
    world.change(numbering(json!({"quarantine": "0s"}))).await;
    let _operator = world.operator().await;
    world.sync().await;
    assert_eq!(world.roll().await, "2000 admin, 2001 zoe, 2005 ana");
    world.finish().await;
}

/// Numbers that were left when nothing was to wait wait when that is declared.
#[tokio::test]
async fn a_longer_quarantine_counts_for_numbers_that_were_left_already() {
    let world = waiting().await;
    let _operator = world.operator().await;
    declare(&world, numbering(json!({"quarantine": "0s"}))).await;
    enter(&world, "ana", "2005");
    world.sync().await;
    world.change(numbering(json!({"quarantine": "24h"}))).await;
    enter(&world, "zoe", "2001");
    world.sync().await;
    assert_eq!(problems(&world).await, ["zoe NumberConflict"]);
    world.finish().await;
}

/// Versions before this one noted when the wait was over.
#[tokio::test]
async fn an_entry_of_an_earlier_version_is_still_kept() {
    let world = waiting().await;
    let mut operator = world.operator().await;
    declare(&world, json!({})).await;
    leave(&world).await;
    operator.kill9();
    let maps: Api<ConfigMap> = Api::namespaced(world.client.clone(), &world.namespace);
    let name = format!("{NAME}-quarantine-1");
    let entry = maps.get(&name).await.unwrap().data.unwrap()["2001"].clone();
    let (person, _) = entry.split_once(" left ").unwrap();
    let old = json!({"data": {"2001": format!("{person} 4000000000")}});
    maps.patch(&name, &PatchParams::default(), &Patch::Merge(old))
        .await
        .unwrap();
    let _operator = world.operator().await;
    world.sync().await;
    assert_eq!(problems(&world).await, ["zoe NumberConflict"]);
    world.change(numbering(json!({"quarantine": "0s"}))).await;
    world.sync().await;
    assert_eq!(world.roll().await, "2000 admin, 2001 zoe, 2005 ana");
    world.finish().await;
}

#[tokio::test]
async fn a_config_map_of_somebody_else_is_not_taken_for_the_quarantine() {
    let world = World::new(company(&["ana"])).await;
    let maps: Api<ConfigMap> = Api::namespaced(world.client.clone(), &world.namespace);
    let name = format!("{NAME}-quarantine-1");
    let foreign: ConfigMap = serde_json::from_value(json!({
        "metadata": {"name": name}, "data": {"theirs": "untouched"},
    }))
    .unwrap();
    maps.create(&PostParams::default(), &foreign).await.unwrap();
    let _operator = world.operator().await;
    world.declare(json!({})).await;
    let object = world.until_ready("False", "ObjectConflict").await;
    let text = message(&object, "Ready");
    assert!(text.contains(&format!("ConfigMap {name}")), "{text}");
    assert!(text.contains("Rename or delete it"), "{text}");
    assert_eq!(
        world.roll().await,
        "",
        "nobody is numbered without the quarantine"
    );
    assert_eq!(maps.get(&name).await.unwrap().data, foreign.data);
    maps.delete(&name, &DeleteParams::default()).await.unwrap();
    world.until_synced().await;
    world.finish().await;
}
