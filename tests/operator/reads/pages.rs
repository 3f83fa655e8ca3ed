//! Faults of the list itself, on each of its pages.

use google_workspace_simulator::Fault;
use serde_json::{Value, json};

use super::{GET, Tempted, answer, arm, attempt, gets_pass, listed, on_page, picture};

/// An error, an answer that ends in the middle, and one that looks whole: what a later page does is one of these.
const KINDS: [&str; 3] = ["backendError", "connectionCut", "shortPage"];

#[tokio::test]
async fn no_fault_on_any_page_takes_anything_from_anybody() {
    let tempted = Tempted::with_people(1_100).await;
    let everything = Fault::api_reasons().chain(Fault::read_reasons());
    let first = everything.map(|reason| (0, reason));
    let later = [1, 2].into_iter().flat_map(|page| KINDS.map(|kind| (page, kind)));
    for (page, reason) in first.chain(later) {
        let faults = [gets_pass(), on_page(page, Fault::named(reason))];
        tempted.world.google.clear_requests();
        tempted.fails(&format!("{reason} on page {page}"), faults).await;
        // A read that failed ends there. Only one that looks whole leads to questions about the missing.
        let looks_whole = ["emptyPage", "shortPage", "shortRead"].contains(&reason);
        let asked = tempted.world.google_calls(GET) > 0;
        assert_eq!(asked, looks_whole, "{reason} on page {page}");
    }
    tempted.nothing_changed().await;
    // The token is refused in the middle of the read, and so is a new one.
    for reason in Fault::token_reasons() {
        let spent = Fault {
            count: Some(1),
            ..on_page(1, Fault::named("authError"))
        };
        let refused = Fault {
            path_prefix: Some("/token".to_owned()),
            ..Fault::named(reason)
        };
        tempted
            .fails(&format!("{reason} in the middle"), [spent, refused])
            .await;
    }
    tempted.nothing_changed().await;

    // The second page is the first one again, and the third one follows.
    tempted.world.google.clear_faults();
    let first = listed(&tempted.world, None).await;
    let second = listed(&tempted.world, first["nextPageToken"].as_str()).await;
    let mut again = first;
    again["nextPageToken"] = second["nextPageToken"].clone();
    let result = tempted
        .fails("a repeated page", [gets_pass(), on_page(1, answer(again))])
        .await;
    assert_eq!(result, "IncompleteRead");
    tempted.ends_well().await;
}

#[tokio::test]
async fn lists_that_are_short_empty_or_no_lists_change_nothing() {
    let tempted = Tempted::with_people(40).await;
    tempted.world.google.clear_faults();
    let whole = listed(&tempted.world, None).await;
    let users = whole["users"].as_array().unwrap();
    assert_eq!(users.len(), 39);
    let only = |kept: &[Value]| json!({"kind": "admin#directory#users", "users": kept});
    let cases = [
        ("an empty object", json!({})),
        ("no users key", json!({"kind": "admin#directory#users"})),
        ("no user", only(&[])),
        (
            "null for users",
            json!({"kind": "admin#directory#users", "users": null}),
        ),
        (
            "an object for users",
            json!({"kind": "admin#directory#users", "users": {}}),
        ),
        (
            "users without ids",
            only(&vec![json!({"primaryEmail": "x@acme.example"}); 39]),
        ),
        ("numbers for users", only(&vec![json!(7); 39])),
        (
            "another kind of list",
            json!({"kind": "admin#directory#groups", "users": users}),
        ),
        ("a bare list", json!(users)),
        ("an empty body", json!("")),
        ("null", json!("null")),
        ("70 percent of the users", only(&users[..27])),
        ("all users but one", only(&users[1..])),
        (
            "a page of somebody unknown",
            only(&[json!({"id": "1", "primaryEmail": "x@acme.example"})]),
        ),
    ];
    for (what, body) in cases {
        // Three runs in a row: no second or third look makes it true.
        for _ in 0..3 {
            let mark = tempted.world.audit.mark().await;
            arm(&tempted.world, [gets_pass(), answer(body.clone())]);
            let result = attempt(&tempted.world, &tempted.operator).await;
            assert_eq!(result, "IncompleteRead", "{what}");
            let writes = tempted.world.writes(mark).await;
            assert_eq!(writes.get("patch pbxextensions"), None, "{what}");
            assert_eq!(writes.get("delete pbxextensions"), None, "{what}");
            arm(&tempted.world, [Fault::named("backendError")]);
        }
    }
    // Whoever was listed and unknown may have got an extension; nobody else has another one.
    let now = picture(&tempted.world).await;
    for (name, kept) in &tempted.before {
        assert_eq!(now.get(name), Some(kept));
    }
    tempted.world.finish().await;
}
