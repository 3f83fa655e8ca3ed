//! The log: one JSON object per line, about integrations, never about people.

use google_workspace_simulator::Fault;
use serde_json::{Value, json};

use crate::world::{NAME, World};

/// Everything about people that must not be in a log: addresses, names, phones.
fn personal(users: &[Value]) -> Vec<String> {
    let mut texts = Vec::new();
    for user in users.iter().skip(1) {
        let name = &user["name"];
        let phones = user["phones"].as_array().cloned().unwrap_or_default();
        let phones = phones.iter().map(|phone| phone["value"].clone());
        let all = [
            user["primaryEmail"].clone(),
            name["givenName"].clone(),
            name["familyName"].clone(),
        ];
        texts.extend(
            all.into_iter()
                .chain(phones)
                .filter_map(|text| Some(text.as_str()?.to_owned())),
        );
    }
    // Shorter ones are found in any text.
    texts.retain(|text| text.chars().count() >= 6);
    texts
}

#[tokio::test]
async fn the_log_tells_of_integrations_and_not_of_people() {
    let world = World::with_people(60).await;
    let users = google_workspace_simulator::generate::directory(60).users;
    let personal = personal(&users);
    let operator = world.operator().await;
    world
        .declare(json!({"users": {"numbering": {"end": "1055"}}}))
        .await;
    world.until_ready("False", "NumbersExhausted").await;
    // A change, a suspension, a departure; a repair and one that fails; a short list; an entry that cannot be used.
    let id = |index: usize| users[index]["id"].as_str().unwrap();
    world
        .google
        .patch_user(id(5), json!({"name": {"givenName": "Maximiliana"}}))
        .unwrap();
    world
        .google
        .patch_user(id(6), json!({"suspended": true}))
        .unwrap();
    world.google.delete_user(id(7)).unwrap();
    world
        .google
        .patch_user(id(8), json!({"orgUnitPath": "x".repeat(5_000)}))
        .unwrap();
    world.sync().await;
    let edit = json!({"spec": {"user": {"jobTitle": "Queen"}}});
    let fixed = |extension: &dialplane::api::PbxExtension| {
        extension.spec.user.as_ref().unwrap().job_title.as_deref() != Some("Queen")
    };
    world.edit("1003", edit.clone()).await;
    world.until_extension("1003", fixed).await;
    world
        .google
        .add_fault(Fault {
            count: Some(1),
            path_prefix: Some("/admin/directory/v1/users/".into()),
            ..Fault::named("accessNotConfigured")
        })
        .unwrap();
    world.edit("1004", edit).await;
    world.until_asked(|asked| asked.single >= 2).await;
    world.google.clear_faults();
    world
        .google
        .add_fault(Fault {
            path_prefix: Some("/admin".into()),
            ..Fault::named("shortPage")
        })
        .unwrap();
    world
        .annotate(dialplane::api::names::ANNOTATION_SYNC_REQUESTED_AT, "short")
        .await;
    let object = world.until_ready("False", "IncompleteRead").await;
    let message = &crate::world::condition(&object, "Ready").unwrap().message;
    assert!(
        message.contains("acme-10"),
        "the status names an extension: {message}"
    );

    let log = operator.log();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    for line in &lines {
        assert!(
            ["INFO", "WARN", "ERROR"]
                .iter()
                .any(|level| line["level"] == *level),
            "{line}"
        );
        assert!(
            line["timestamp"].is_string() && line["fields"]["message"].is_string(),
            "{line}"
        );
    }
    for (level, message) in [
        ("INFO", "a sync completed"),
        ("INFO", "synced one user"),
        ("WARN", "failed to sync one user"),
        ("WARN", "a sync failed"),
    ] {
        let line = lines.iter().find(|line| line["fields"]["message"] == message);
        let line = line.unwrap_or_else(|| panic!("no {message:?} in\n{log}"));
        assert_eq!(line["level"], level, "{line}");
        assert_eq!(line["fields"]["integration"], NAME, "{line}");
        assert_eq!(line["fields"]["namespace"], world.namespace.as_str(), "{line}");
    }
    for text in personal {
        assert!(!log.contains(&text), "{text:?} is in the log:\n{log}");
    }
    world.finish().await;
}
