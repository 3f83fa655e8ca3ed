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
            &format!("Person:      ana@acme.example, ana Example, Google's id {id}\n"),
            "Aliases:     silva@acme.example\n",
            "In Google:   active\n",
            "Scope:       In: everybody in the organization is.\n",
            "Should be:   An enabled extension.\n",
            "Extension:   none\n",
            "Numbers:     the lowest free number from 1001; ",
            "Next sync:   Create acme-1001 (New: the user has no extension yet)\n",
        ]);
    }
    let asked = world.asked_by("reader", mark).await;
    assert!(
        asked.iter().all(|(verb, ..)| verb == "get" || verb == "list"),
        "{asked:?}"
    );
    assert_eq!(world.pages_read(), 0, "one person costs no list");
    world.finish();
}

#[tokio::test]
async fn what_became_of_people_is_explained_too() {
    let world = World::new(company(&["ana", "bo"])).await;
    let _operator = world.operator().await;
    world.declare(quiet()).await;
    world.until_synced().await;
    let ana = world.number_of("ana@acme.example").await.unwrap();
    let bo = world.number_of("bo@acme.example").await.unwrap();
    let kept = |number: &str| format!("Extension:   acme-{number}, enabled, kept by integration acme\n");
    let nothing = world
        .dialplane(&["explain", NAME, "ana@acme.example"])
        .await
        .code(0);
    nothing.says(&[&kept(&ana), "Next sync:   nothing to do\n"]);

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
        "Person:      deleted in Google",
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
    nobody.notes(&["Google knows nobody by nobody@acme.example"]);
    let odd = world.dialplane(&["explain", NAME, "../../users"]).await.code(1);
    odd.notes(&["Google knows nobody by ../../users"]);
    world.finish();
}
