//! Every kind of problem names people, and none of them brings a person into the log.

use google_workspace_simulator::generate::directory;
use serde_json::{Value, json};

use crate::world::{ADMIN, NAME, World, condition, message, users};

/// Every text of this user that tells who it is: addresses, names, phones.
fn personal(user: &Value) -> Vec<String> {
    let list = |field: &str, key: Option<&str>| -> Vec<Value> {
        let items = user[field].as_array().cloned().unwrap_or_default();
        items
            .into_iter()
            .map(|item| key.map_or(item.clone(), |key| item[key].clone()))
            .collect()
    };
    let mut all = vec![
        user["primaryEmail"].clone(),
        user["name"]["givenName"].clone(),
        user["name"]["familyName"].clone(),
        user["name"]["fullName"].clone(),
    ];
    all.extend(list("phones", Some("value")));
    all.extend(list("emails", Some("address")));
    all.extend(list("aliases", None));
    let texts = all.iter().filter_map(Value::as_str);
    // Shorter ones are found in any text.
    texts
        .filter(|text| text.chars().count() >= 6)
        .map(str::to_owned)
        .collect()
}

/// What is declared, the reason that comes of it, and an address that its message has.
fn problems(someone: &str) -> Vec<(Value, &'static str, String)> {
    let subject =
        |subject: Value| json!({"google": {"credentials": {"serviceAccount": {"subject": subject}}}});
    let case = |spec: Value, reason, address: &str| (spec, reason, address.to_owned());
    let scope = |scope: Value| json!({"users": {"scope": scope}});
    vec![
        case(
            subject(json!("nobody@acme.example")),
            "InvalidSubject",
            "nobody@acme.example",
        ),
        case(subject(json!(someone)), "InsufficientAdminRole", someone),
        case(subject(Value::Null), "MyCustomerNotAllowed", ""),
        case(subject(json!(ADMIN)), "Succeeded", ""),
        case(
            json!({"google": {"domain": "other.example"}}),
            "WrongDomain",
            ADMIN,
        ),
        case(json!({"google": {"domain": null}}), "Succeeded", ""),
        case(
            scope(json!({"include": {"groups": ["nothing@acme.example"]}})),
            "SelectorNotFound",
            "nothing@acme.example",
        ),
        case(
            scope(json!({"include": {"groups": null, "users": ["gone@acme.example", someone]}})),
            "Succeeded",
            "",
        ),
        case(scope(Value::Null), "Succeeded", ""),
    ]
}

#[tokio::test]
async fn no_problem_brings_a_person_into_the_log() {
    const PEOPLE: usize = 12;
    let world = World::with_people(PEOPLE).await;
    world.delegate(&[crate::world::GROUPS]);
    let people = directory(PEOPLE).users;
    let someone = people[5]["primaryEmail"].as_str().unwrap();
    // Somebody whose number is another's, and somebody whose address another extension has.
    let foreign = json!({
        "apiVersion": "dialplane.io/v1alpha1", "kind": "PbxExtension",
        "metadata": {"name": "acme-2000", "namespace": world.namespace},
        "spec": {"tenant": "acme", "number": "2000", "user": {"email": people[7]["primaryEmail"]}},
    });
    world
        .plane
        .kubectl_stdin(&["create", "-f", "-"], &foreign.to_string())
        .ok()
        .unwrap();
    let operator = world.builder().arg("--google-tries=1").spawn().await.unwrap();
    world
        .declare(json!({"users": {"lifecycle": {"removalLimit": {"percent": 100}}}}))
        .await;
    let object = world.until_ready("True", "Succeeded").await;
    let told = &users(&object).problems;
    assert!(told.iter().any(|it| it.reason == "EmailConflict"), "{told:#?}");
    for (spec, reason, address) in problems(someone) {
        let asked = world.change(spec.clone()).await.metadata.generation;
        let object = world
            .until(|object| {
                let ready = condition(object, "Ready").unwrap();
                ready.observed_generation == asked && ready.status != "Unknown"
            })
            .await;
        let ready = condition(&object, "Ready").unwrap();
        assert_eq!(ready.reason, reason, "{spec}: {}", ready.message);
        let text = message(&object, "Ready");
        assert!(text.contains(&address), "{spec}: {text}");
    }
    // No number for anybody, and an API that is switched off.
    let property = json!({"users": {"numbering": {"source": "Property", "property": "externalIds.#(type==\"custom\").value"}}});
    world.change(property).await;
    world.google.set_api("admin.googleapis.com", false).unwrap();
    world.request_sync().await;
    world.until_ready("False", "AdminSdkApiDisabled").await;

    let log = operator.log();
    for words in [
        "InvalidSubject",
        "SelectorNotFound",
        "WrongDomain",
        "[address]",
        NAME,
    ] {
        assert!(log.contains(words), "no {words} in\n{log}");
    }
    let named = ["nobody@", "nothing@", "gone@", ADMIN].map(str::to_owned);
    for text in people.iter().flat_map(personal).chain(named) {
        let line = log.lines().find(|line| line.contains(&text));
        assert_eq!(line, None, "{text:?} is in the log");
    }
    for line in log.lines() {
        serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    }
    world.finish().await;
}
