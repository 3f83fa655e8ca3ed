//! An extension that this version of the operator cannot read, as after a rollback: its number is taken and its person is left
//! alone, everybody else is served, and the status tells it.

use std::collections::BTreeSet;

use dialplane::api::extension::DisabledReason;
use dialplane_test_harness::Operator;
use dialplane_test_harness::world::wait_gone;
use serde_json::{Value, json};

use crate::world::{NAME, PATIENCE, World, colleague, condition, poll, user_id, users};

/// A value that the schema of a newer version has.
const NEWER: &str = "OnLeave";

/// The cluster's schema becomes that of a newer version.
fn upgrade_schema(world: &World) {
    let values = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/disabledReason/enum/-";
    let patch = json!([{"op": "add", "path": values, "value": NEWER}]).to_string();
    let args = [
        "patch",
        "crd",
        "pbxextensions.dialplane.io",
        "--type=json",
        "-p",
        &patch,
    ];
    world.plane.kubectl(&args).ok().unwrap();
}

/// Writes what a newer version would; the schema may take a moment to be served.
async fn write_newer(world: &World, number: &str) {
    let patch = json!({"spec": {"enabled": false, "disabledReason": NEWER}}).to_string();
    let name = format!("{NAME}-{number}");
    let args = ["patch", "pbxext", &name, "--type=merge", "-p", &patch];
    poll("the newer schema", async || world.kubectl(&args).ok().ok()).await;
}

/// Every extension as the API server has it, by name.
fn stored(world: &World) -> Vec<Value> {
    let out = world.kubectl(&["get", "pbxext", "-o", "json"]).ok().unwrap();
    let list: Value = serde_json::from_str(&out).unwrap();
    list["items"].as_array().unwrap().clone()
}

fn get(world: &World, number: &str) -> Value {
    let name = format!("{NAME}-{number}");
    let mut all = stored(world).into_iter();
    all.find(|object| object["metadata"]["name"] == name.as_str())
        .unwrap()
}

/// How many extensions each person has, by Google's id.
fn owners(world: &World) -> Vec<String> {
    let id = |object: &Value| object["spec"]["google"]["userId"].as_str().unwrap().to_owned();
    stored(world).iter().map(id).collect()
}

fn told(object: &dialplane::api::GoogleWorkspaceIntegration) -> Vec<(String, String)> {
    let problems = &users(object).problems;
    problems
        .iter()
        .filter(|problem| problem.reason == "Undecodable")
        .map(|problem| (problem.user.clone(), problem.message.clone()))
        .collect()
}

async fn undecodable(operator: &Operator) -> bool {
    let text = operator.metrics().await.unwrap();
    text.lines().any(|line| {
        line.starts_with("dialplane_extensions{") && line.contains("undecodable") && line.ends_with(" 1")
    })
}

#[tokio::test]
async fn an_extension_that_cannot_be_read_is_left_alone_and_everybody_else_is_served() {
    let world = World::apart(4).await;
    let mut operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    let person = user_id(&world.all().await["1002"]).unwrap().to_owned();
    let address = world.google.user(&person).unwrap()["primaryEmail"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(operator.terminate().await.unwrap().success());

    upgrade_schema(&world);
    write_newer(&world, "1002").await;
    let before = get(&world, "1002");
    world.google.create_user(colleague("aaron")).unwrap();
    let operator = world.operator().await;
    let synced = world.sync().await;
    let told_now = told(&synced);
    assert_eq!(told_now.len(), 1, "{told_now:?}");
    let (user, message) = &told_now[0];
    assert_eq!(*user, address);
    for word in ["acme-1002", "spec.disabledReason", NEWER, "upgrade"] {
        assert!(message.contains(word), "{message:?} does not name {word}");
    }
    assert!(undecodable(&operator).await);
    assert!(
        world.kubectl(&["get", "pbxext", "acme-1005"]).ok().is_ok(),
        "aaron is served"
    );

    // Whatever Google says about the person, and whatever somebody does to the extension.
    for patch in [
        json!({"suspended": true}),
        json!({"suspended": false, "name": {"givenName": "Zoe"}}),
    ] {
        world.google.patch_user(&person, patch).unwrap();
        world.sync().await;
    }
    world.google.delete_user(&person).unwrap();
    let synced = world.sync().await;
    assert_eq!(told(&synced).len(), 1, "who is gone from Google is told, too");
    assert_eq!(get(&world, "1002"), before);
    let owners = owners(&world);
    assert_eq!(owners.len(), 5);
    assert_eq!(
        owners.iter().collect::<BTreeSet<_>>().len(),
        5,
        "nobody has two: {owners:?}"
    );

    // Corrected, it is looked after at once, without a sync.
    let patch = json!({"spec": {"disabledReason": null, "enabled": true}}).to_string();
    world
        .kubectl(&["patch", "pbxext", "acme-1002", "--type=merge", "-p", &patch])
        .ok()
        .unwrap();
    world
        .until_extension("1002", |extension| {
            extension.spec.disabled_reason == Some(DisabledReason::Deleted)
        })
        .await;
    let synced = world.sync().await;
    assert_eq!(told(&synced), []);

    // A deletion names it, and goes on when it has been corrected.
    write_newer(&world, "1002").await;
    let delete = kube::api::DeleteParams::default();
    world.integrations().delete(NAME, &delete).await.unwrap();
    world
        .until(|object| {
            condition(object, "Reconciling")
                .is_some_and(|found| found.message.contains("acme-1002 cannot be read"))
        })
        .await;
    world
        .kubectl(&["patch", "pbxext", "acme-1002", "--type=merge", "-p", &patch])
        .ok()
        .unwrap();
    wait_gone(&world.integrations(), NAME, PATIENCE).await;
    world.finish().await;
}
