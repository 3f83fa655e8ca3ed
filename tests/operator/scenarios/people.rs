//! People change their state and their names.

use serde_json::{Value, json};

use super::row::{Row, play, row};
use crate::world::{colleague, company, merge};

const THREE: &str = "1001 admin
    1002 ana
    1003 bo
    Ready Succeeded";

/// Somebody's state in Google changes, and changes back.
fn inactive(scenario: &'static str, patch: Value, back: Value, off: &'static str) -> Row {
    row(
        scenario,
        "off with the reason, and on again",
        company(&["ana", "bo"]),
    )
    .serve(json!({}))
    .person("ana", patch)
    .sync()
    .stands(off, "patch 1, status 1")
    .person("ana", back)
    .sync()
    .ends(THREE, "patch 1, status 1")
}

pub(super) fn states() -> Vec<Row> {
    vec![
        inactive(
            "suspend",
            json!({"suspended": true}),
            json!({"suspended": false}),
            "1001 admin
             1002 ana off Suspended
             1003 bo
             Ready Succeeded",
        ),
        inactive(
            "archive",
            json!({"archived": true}),
            json!({"archived": false}),
            "1001 admin
             1002 ana off Archived
             1003 bo
             Ready Succeeded",
        ),
        row(
            "delete",
            "disabled, and deleted when so declared",
            company(&["ana", "bo"]),
        )
        .serve(json!({}))
        .dismiss("ana")
        .sync()
        .stands(
            "1001 admin
                 1002 ana off Deleted
                 1003 bo
                 Ready Succeeded",
            "patch 1, status 1",
        )
        .change(json!({"users": {"lifecycle": {"onDeleted": "Delete"}}}))
        .ready()
        .ends(
            "1001 admin
                 1003 bo
                 Ready Succeeded",
            "delete 1, map 1, new map 1, status 2",
        ),
        row("delete", "a grace period leaves a date", company(&["ana", "bo"]))
            .serve(json!({"users": {"lifecycle": {"onDeleted": "Delete", "gracePeriod": "720h"}}}))
            .dismiss("ana")
            .sync()
            .ends(
                "1001 admin
                 1002 ana off Deleted leaving
                 1003 bo
                 Ready Succeeded",
                "patch 1, status 1",
            ),
        row(
            "undelete",
            "the same extension with the same number",
            company(&["ana", "bo"]),
        )
        .serve(json!({}))
        .dismiss("ana")
        .hire("aaron")
        .sync()
        .stands(
            "1001 admin
                 1002 ana off Deleted
                 1003 bo
                 1004 aaron
                 Ready Succeeded",
            "create 1, patch 1, status 1",
        )
        .undelete("ana")
        .sync()
        .ends(
            "1001 admin
                 1002 ana
                 1003 bo
                 1004 aaron
                 Ready Succeeded",
            "patch 1, status 1",
        ),
        row(
            "undelete",
            "within the grace period the date goes",
            company(&["ana", "bo"]),
        )
        .serve(json!({"users": {"lifecycle": {"onDeleted": "Delete", "gracePeriod": "720h"}}}))
        .dismiss("ana")
        .sync()
        .undelete("ana")
        .sync()
        .ends(THREE, "patch 2, status 2"),
        row(
            "undelete",
            "after the deletion the quarantined number is the person's own",
            company(&["ana", "bo"]),
        )
        .serve(json!({"users": {"lifecycle": {"onDeleted": "Delete"}}}))
        .dismiss("ana")
        .sync()
        .hire("aaron")
        .sync()
        .undelete("ana")
        .sync()
        .ends(
            "1001 admin
                 1002 ana
                 1003 bo
                 1004 aaron
                 Ready Succeeded",
            "create 2, delete 1, map 1, new map 1, status 3",
        ),
    ]
}

pub(super) fn names() -> Vec<Row> {
    let zero_width = |first: &str, family: &str| {
        let mut ana = colleague("ana");
        merge(
            &mut ana,
            json!({"name": {"givenName": first, "familyName": family}}),
        );
        let mut seed = company(&["bo"]);
        seed.users.push(ana);
        seed
    };
    vec![
        row(
            "primary e-mail rename",
            "one patch, the same number",
            company(&["ana", "bo"]),
        )
        .serve(json!({}))
        .person("ana", json!({"primaryEmail": "zoe@acme.example"}))
        .sync()
        .has("1002", "/spec/user/emailAliases", json!(["ana@acme.example"]))
        .ends(
            "1001 admin
                 1002 zoe
                 1003 bo
                 Ready Succeeded",
            "patch 1, status 1",
        ),
        row(
            "primary e-mail rename",
            "somebody else gets the old address",
            company(&["ana", "bo"]),
        )
        .serve(json!({}))
        .person("ana", json!({"primaryEmail": "zoe@acme.example"}))
        .person("zoe", json!({"aliases": [], "nonEditableAliases": []}))
        .hire("ana")
        .sync()
        .ends(
            "1001 admin
                 1002 zoe
                 1003 bo
                 1004 ana
                 Ready Succeeded",
            "create 1, patch 1, status 1",
        ),
        row(
            "domain rename",
            "everybody moves, one patch each",
            company(&["ana", "bo"]),
        )
        .serve(json!({}))
        .google(|google| {
            for name in ["admin", "ana", "bo"] {
                let to = format!("{name}@acme-voice.example");
                google.patch_user(&format!("{name}@acme.example"), json!({"primaryEmail": to}))?;
            }
            Ok(())
        })
        .sync()
        .ends(
            "1001 admin@acme-voice.example
                 1002 ana@acme-voice.example
                 1003 bo@acme-voice.example
                 Ready Succeeded",
            "patch 3, status 1",
        ),
        row(
            "unicode and zero-width names",
            "they arrive, and a second sync does not see a difference",
            zero_width(
                "\u{feff}Zo\u{eb}\u{200b} \u{1f600}",
                "\u{5e9}\u{5dc}\u{5d5}\u{5dd}\u{200f} \u{674e}",
            ),
        )
        .serve(json!({}))
        .stands(THREE, "nothing")
        .person("ana", json!({"name": {"givenName": "Zoe\u{308}"}}))
        .sync()
        .has("1002", "/spec/user/firstName", json!("Zoe\u{308}"))
        .ends(THREE, "patch 1, status 1"),
    ]
}

pub(super) fn photos() -> Vec<Row> {
    let serve = |row: Row| row.serve(json!({"users": {"profile": {"photo": true}}}));
    vec![
        serve(row(
            "photo changed / too large",
            "one question and one new map for each change, none for the rest",
            company(&["ana", "bo"]),
        ))
        .google(|google| {
            google
                .put_photo("ana@acme.example", "image/jpeg", b"\xff\xd8\xff one")
                .map(drop)
        })
        .sync()
        .asks("list 1, photo 1")
        .stands(THREE, "map 1, patch 1, status 1")
        .sync()
        .asks("list 1")
        .stands(THREE, "status 1")
        .google(|google| {
            google
                .put_photo("ana@acme.example", "image/png", b"\x89PNG\r\n\x1a\n two")
                .map(drop)
        })
        .sync()
        .asks("list 1, photo 1")
        .has("1002", "/spec/user/photo/mimeType", json!("image/png"))
        .stands(THREE, "map 1, patch 1, status 1")
        .google(|google| google.delete_photo("ana@acme.example"))
        .sync()
        .asks("list 1")
        .has("1002", "/spec/user/photo", Value::Null)
        .ends(THREE, "patch 1, map gone 1, status 1"),
        serve(row(
            "photo changed / too large",
            "it is told, and asked for once",
            company(&["ana", "bo"]),
        ))
        .google(|google| {
            let huge = json!({"mimeType": "image/jpeg", "photoData": "_9j_".repeat(30_000)});
            google.put_photo_resource("ana@acme.example", huge).map(drop)
        })
        .sync()
        .asks("list 1, photo 1")
        .stands(
            "1001 admin
             1002 ana
             1003 bo
             Ready Succeeded
             problem ana@acme.example PhotoTooLarge",
            "status 1",
        )
        .sync()
        .asks("list 1")
        .ends(
            "1001 admin
             1002 ana
             1003 bo
             Ready Succeeded
             problem ana@acme.example PhotoTooLarge",
            "status 1",
        ),
    ]
}

#[tokio::test]
async fn photos_of_people() {
    play(photos()).await;
}

#[tokio::test]
async fn states_of_people() {
    play(states()).await;
}

#[tokio::test]
async fn names_of_people() {
    play(names()).await;
}
