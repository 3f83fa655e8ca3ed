//! `dialplane explain`: why a person has an extension or none.

use serde_json::json;

use crate::plan::quiet;
use crate::program::reading;
use crate::world::{NAME, World, company};

#[tokio::test]
async fn a_person_is_found_by_every_name_and_explained() {
    let world = World::new(company(&["ana", "bo"])).await;
    world
        .google
        .patch_user("ana@acme.example", json!({"aliases": ["silva@acme.example"]}))
        .unwrap();
    world.declare(quiet()).await;
    let reader = world.person("reader", &reading()).await;
    let id = world.id_of("ana@acme.example");
    let mark = world.mark().await;
    for name in ["ana@acme.example", "silva@acme.example", "Ana@ACME.example", &id] {
        let explained = world
            .dialplane_as(&reader, &["explain", NAME, name], "")
            .await
            .code(0);
        explained.says(&[
            &format!("User:        ana@acme.example, ana Example, Google ID {id}\n"),
            "Aliases:     silva@acme.example\n",
            "In Google:   active\n",
            "Scope:       In: everyone in the organization is in scope.\n",
            "Should be:   An enabled extension.\n",
            "Extension:   none\n",
            "Numbers:     the lowest free number from 1001; ",
            "Next sync:   Create acme-1001 (New: the user has no extension yet)\n",
        ]);
    }
    let asked = world.asked_by("reader", mark).await;
    assert!(!asked.is_empty());
    assert!(
        asked.iter().all(|(verb, ..)| verb == "get" || verb == "list"),
        "{asked:?}"
    );
    assert_eq!(world.pages_read(), 0, "one person costs no list");
    world.finish().await;
}

#[tokio::test]
async fn what_became_of_people_is_explained_too() {
    let world = World::new(company(&["ana", "bo"])).await;
    let _operator = world.operator().await;
    world.declare(quiet()).await;
    world.until_synced().await;
    let ana = world.number_of("ana@acme.example").await.unwrap();
    let bo = world.number_of("bo@acme.example").await.unwrap();
    let kept = |number: &str| format!("Extension:   acme-{number}, enabled, managed by integration acme\n");
    let nothing = world
        .dialplane(&["explain", NAME, "ana@acme.example"])
        .await
        .code(0);
    nothing.says(&[&kept(&ana), "Next sync:   no change\n"]);

    world
        .google
        .patch_user("ana@acme.example", json!({"suspended": true}))
        .unwrap();
    let suspended = world
        .dialplane(&["explain", NAME, "ana@acme.example"])
        .await
        .code(0);
    suspended.says(&[
        "In Google:   suspended\n",
        "Should be:   A disabled extension: Suspended.\n",
        &kept(&ana),
        &format!("Next sync:   Disable acme-{ana} (Suspended: "),
    ]);

    // Google no longer knows the address; the extension does.
    world.google.delete_user("bo@acme.example").unwrap();
    let deleted = world
        .dialplane(&["explain", NAME, "bo@acme.example"])
        .await
        .code(0);
    deleted.says(&[
        "User:        deleted in Google",
        "Should be:   A disabled extension: Deleted.\n",
        &kept(&bo),
        &format!("Next sync:   Disable acme-{bo} (Deleted: "),
    ]);
    let json = world
        .dialplane(&["explain", NAME, "bo@acme.example", "-o", "json"])
        .await
        .code(0)
        .json();
    assert_eq!(json["step"]["change"], "Disable");
    assert_eq!(json["extension"]["name"], json!(format!("acme-{bo}")));

    let nobody = world
        .dialplane(&["explain", NAME, "nobody@acme.example"])
        .await
        .code(1);
    nobody.notes(&["Google has no user nobody@acme.example"]);
    let odd = world.dialplane(&["explain", NAME, "../../users"]).await.code(1);
    odd.notes(&["Google has no user ../../users"]);
    world.finish().await;
}

#[tokio::test]
async fn the_groups_on_the_way_are_told() {
    let world = World::new(company(&["ana", "bo", "cy"])).await;
    world.delegate_scopes();
    for group in ["voice", "floor", "temps"] {
        let group = json!({"email": format!("{group}@acme.example"), "name": group});
        world.google.create_group(group).unwrap();
    }
    let member = |group: &str, address: &str| {
        let group = format!("{group}@acme.example");
        world
            .google
            .add_member(&group, json!({"email": address}))
            .unwrap();
    };
    member("voice", "floor@acme.example");
    member("floor", "ana@acme.example");
    member("voice", "bo@acme.example");
    member("temps", "bo@acme.example");
    let mut spec = quiet();
    spec["users"]["scope"] = json!({
        "include": {"groups": ["voice@acme.example"]}, "exclude": {"groups": ["temps@acme.example"]},
    });
    world.declare(spec).await;
    let rows: [(&str, &[&str]); 3] = [
        (
            "ana",
            &[
                "Scope:       In: spec.users.scope.include lists group voice@acme.example, which contains the user through floor@acme.example.\n",
                "Next sync:   Create acme-1001 ",
            ],
        ),
        (
            "bo",
            &[
                "Scope:       In: spec.users.scope.include lists group voice@acme.example, which contains the user.\n",
                "             Out: spec.users.scope.exclude lists group temps@acme.example, which contains the user.\n",
                "Next sync:   no change\n",
            ],
        ),
        (
            "cy",
            &[
                "Scope:       Out: spec.users.scope.include does not list the user.\n",
                "Extension:   none\n",
            ],
        ),
    ];
    for (name, words) in rows {
        let address = format!("{name}@acme.example");
        world
            .dialplane(&["explain", NAME, &address])
            .await
            .code(0)
            .says(words);
    }
    world
        .dialplane(&["plan", NAME])
        .await
        .code(2)
        .says(&["4 users read", "Plan: 1 to create"]);

    // Somebody who leaves the scope keeps an extension, disabled, and hears why.
    let _operator = world.operator().await;
    world.until_synced().await;
    world
        .google
        .remove_member("floor@acme.example", "ana@acme.example")
        .unwrap();
    let left = world
        .dialplane(&["explain", NAME, "ana@acme.example"])
        .await
        .code(0);
    left.says(&[
        "Should be:   A disabled extension: OutOfScope.\n",
        "Next sync:   Disable acme-1001 (OutOfScope: ",
    ]);

    world.google.delete_group("temps@acme.example").unwrap();
    let missing = ["SelectorNotFound: ", "group temps@acme.example"];
    world
        .dialplane(&["explain", NAME, "ana@acme.example"])
        .await
        .code(1)
        .notes(&missing);
    world.dialplane(&["plan", NAME]).await.code(1).notes(&missing);
    world.finish().await;
}
