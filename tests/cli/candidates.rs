//! `dialplane candidates`: whom a group or an organizational unit would bring.

use serde_json::{Value, json};

use crate::plan::quiet;
use crate::program::reading;
use crate::world::{NAME, World, company};

/// Four people, of whom Ana, Bo and Dan are in the group of the sales people, Bo through another group.
async fn sales(spec: Value) -> World {
    let world = World::new(company(&["ana", "bo", "cy", "dan"])).await;
    world.delegate_scopes();
    for group in ["sellers", "berlin"] {
        let group = json!({"email": format!("{group}@acme.example"), "name": group});
        world.google.create_group(group).unwrap();
    }
    for (group, member) in [
        ("sellers", "ana"),
        ("sellers", "berlin"),
        ("berlin", "bo"),
        ("sellers", "dan"),
    ] {
        let member = json!({"email": format!("{member}@acme.example")});
        let group = format!("{group}@acme.example");
        world.google.add_member(&group, member).unwrap();
    }
    world.declare(spec).await;
    world
}

fn only(address: &str) -> Value {
    let mut spec = quiet();
    spec["users"]["scope"] = json!({"include": {"users": [address]}});
    spec
}

#[tokio::test]
async fn the_people_of_a_group_are_listed_with_what_they_have() {
    let world = sales(only("ana@acme.example")).await;
    let operator = world.operator().await;
    world.until_synced().await;
    drop(operator);
    world
        .google
        .patch_user("bo@acme.example", json!({"suspended": true}))
        .unwrap();
    let reader = world.person("reader", &reading()).await;
    let mark = world.mark().await;
    let group = ["candidates", NAME, "--group", "sellers@acme.example"];
    let listed = world.dialplane_as(&reader, &group, "").await.code(0);
    let lines: Vec<_> = listed.stdout.lines().collect();
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<_> = lines.into_iter().map(words).collect();
    assert_eq!(
        lines,
        [
            "USER NAME IN GOOGLE EXTENSION STATE INTEGRATION",
            "ana@acme.example ana Example Active acme-1001 Enabled acme",
            "bo@acme.example bo Example Suspended - - -",
            "dan@acme.example dan Example Active - - -",
        ]
    );
    let asked = world.asked_by("reader", mark).await;
    assert!(
        asked.iter().all(|(verb, ..)| verb == "get" || verb == "list"),
        "{asked:?}"
    );
    let json = world
        .dialplane(&[&group[..], &["-o", "json"]].concat())
        .await
        .code(0)
        .json();
    assert_eq!(json[0]["extension"]["name"], "acme-1001");
    assert_eq!(json[1]["email"], "bo@acme.example");
    assert_eq!(json[1]["extension"], Value::Null);
    world.finish().await;
}

/// The block names those who are declared already, too: it takes the place of what is there.
#[tokio::test]
async fn the_block_to_commit_brings_exactly_these_people() {
    let mut spec = only("Ana@acme.example");
    spec["users"]["scope"]["exclude"] = json!({"users": ["dan@acme.example"]});
    let world = sales(spec).await;
    let yaml = world
        .dialplane(&[
            "candidates",
            NAME,
            "--group",
            "sellers@acme.example",
            "-o",
            "yaml",
        ])
        .await
        .code(0);
    assert_eq!(
        yaml.stdout,
        "scope:\n  include:\n    users:\n    - Ana@acme.example\n    - bo@acme.example\n"
    );
    let block: Value = serde_yaml::from_str(&yaml.stdout).unwrap();
    world.change(json!({"users": block})).await;
    let _operator = world.operator().await;
    world.until_synced().await;
    assert_eq!(world.roll().await, "1001 ana, 1002 bo");
    world.finish().await;
}

#[tokio::test]
async fn a_unit_is_read_from_the_whole_list_and_what_is_not_there_is_named() {
    let world = sales(quiet()).await;
    let unit = world
        .dialplane(&["candidates", NAME, "--unit", "/"])
        .await
        .code(0);
    assert_eq!(unit.stdout.lines().count(), 6, "{}", unit.stdout);
    for (flags, words) in [
        (
            ["--group", "nobody@acme.example"],
            "Google has no group nobody@acme.example",
        ),
        (
            ["--unit", "/Nowhere"],
            "Google has no organizational unit /Nowhere",
        ),
    ] {
        let args = [&["candidates", NAME][..], &flags].concat();
        world.dialplane(&args).await.code(1).notes(&[words]);
    }
    world.dialplane(&["candidates", NAME]).await.code(1);
    world.finish().await;
}
