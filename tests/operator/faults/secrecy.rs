//! Keys and tokens appear nowhere: not in logs, events, statuses, metrics or objects.

use std::sync::{Arc, Mutex};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use futures::StreamExt as _;
use google_workspace_simulator::Fault;
use k8s_openapi::api::events::v1::Event;
use kube::api::{DeleteParams, DynamicObject, ListParams};
use kube::core::ApiResource;
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, ResourceExt as _};
use serde_json::{Value, json};

use super::{PEOPLE, of_directory, of_tokens};
use crate::world::{NAME, World, poll};

/// A word that stands in every secret of this test.
const CANARY: &str = "CANARY";

/// Everything that must not be seen, in each form that it could take.
fn forbidden(files: &[String], pem: &str) -> Vec<String> {
    let mut found: Vec<String> = [
        CANARY,
        "-----BEGIN",
        "ya29.",
        "Bearer eyJ",
        "eyJ0eXAi",
        "eyJhbGci",
    ]
    .map(str::to_owned)
    .to_vec();
    found.extend(
        pem.lines()
            .filter(|line| !line.starts_with("-----"))
            .map(str::to_owned),
    );
    // As the Secret carries it. A piece from the middle stands for the whole.
    for file in files {
        let encoded = BASE64_STANDARD.encode(file);
        found.push(encoded.chars().skip(8).take(24).collect());
    }
    found
}

/// Keeps every version of an integration that anybody could have seen.
fn record(world: &World) -> (Arc<Mutex<Vec<String>>>, tokio::task::JoinHandle<()>) {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&kept);
    let kind = ApiResource::erase::<dialplane::api::GoogleWorkspaceIntegration>(&());
    let api: Api<DynamicObject> = Api::namespaced_with(world.client.clone(), &world.namespace, &kind);
    let watching = tokio::spawn(async move {
        let mut objects = watcher(api, watcher::Config::default())
            .default_backoff()
            .applied_objects()
            .boxed();
        while let Some(object) = objects.next().await {
            // A watch that failed begins again.
            let Ok(object) = object else { continue };
            let text = serde_json::to_string(&object).unwrap();
            seen.lock().unwrap().push(text);
        }
    });
    (kept, watching)
}

/// The good key file first, then what people put in its place.
fn key_files(good: &Value) -> Vec<String> {
    let pem = good["private_key"].as_str().unwrap();
    let with = |private_key: String| {
        let mut key = good.clone();
        key["private_key"] = json!(private_key);
        key.to_string()
    };
    let lines: Vec<_> = pem.lines().collect();
    vec![
        good.to_string(),
        with(lines[..lines.len() / 2].join("\n")),
        with(pem.replace(lines[3], CANARY)),
        with(format!("{CANARY}\n{pem}")),
        pem.to_owned(),
        format!("{CANARY} is no JSON"),
        BASE64_STANDARD.encode(good.to_string()),
        json!({"web": {"client_id": "1", "client_secret": format!("{CANARY}-client")}}).to_string(),
        json!({"type": "authorized_user", "refresh_token": format!("{CANARY}-refresh")}).to_string(),
    ]
}

/// Answers that repeat what they were sent, from whoever stands between us and Google.
fn echoes() -> Vec<Vec<Fault>> {
    let echo = format!(
        "no such token: ya29.{CANARY}-token eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.{CANARY}{}",
        "x".repeat(40)
    );
    let answer = |status: u16, body: Value| Fault {
        status: Some(status),
        body: Some(body),
        ..Fault::default()
    };
    let google = |status: u16| {
        let error = json!({"code": status, "message": echo, "errors": [{"reason": "odd", "message": echo}]});
        answer(status, json!({"error": error}))
    };
    let of_the_directory = [
        google(400),
        google(403),
        answer(500, json!(echo)),
        answer(200, json!(echo)),
        Fault::named("authError"),
        Fault::named("connectionCut"),
    ];
    let refused = |error: &str| json!({"error": error, "error_description": echo});
    let of_the_token_endpoint = [
        answer(400, refused("invalid_grant")),
        answer(401, refused("invalid_client")),
        answer(500, json!(echo)),
        answer(
            200,
            json!({"access_token": format!("{CANARY} {CANARY}"), "expires_in": 3599}),
        ),
        answer(200, json!({"id_token": CANARY, "expires_in": 3599})),
    ];
    let directory = of_the_directory
        .into_iter()
        .map(|fault| vec![of_directory(fault)]);
    // A refused token makes the operator ask for another one.
    let tokens = of_the_token_endpoint
        .into_iter()
        .map(|fault| vec![of_directory(Fault::named("authError")), of_tokens(fault)]);
    directory.chain(tokens).collect()
}

#[tokio::test]
async fn no_key_and_no_token_is_ever_shown() {
    let world = World::with_people(PEOPLE).await;
    let (statuses, watching) = record(&world);
    let operator = world
        .builder()
        .arg("--google-tries=1")
        .env("DIALPLANE_LOG_LEVEL", "trace")
        .spawn()
        .await
        .unwrap();
    let mut key = world.key.clone();
    key["private_key_id"] = json!(format!("{CANARY}-key-id"));
    key["note"] = json!(format!("{CANARY}-field"));
    let files = key_files(&key);

    world.put_secret_data("key.json", &files[0]).await;
    world.declare(json!({})).await;
    world.until_synced().await;
    for file in &files[1..] {
        world.put_secret_data("key.json", file).await;
        world.sync().await;
        world.until_ready("False", "InvalidKey").await;
    }
    world.put_secret_data("key.json", &files[0]).await;
    world.sync().await;
    world.until_synced().await;
    for faults in echoes() {
        fails_with(&world, &operator, faults).await;
    }
    world.google.clear_faults();
    world.sync().await;
    world.until_synced().await;
    // The path of one person has errors and a log of its own.
    let (number, extension) = world.all().await.pop_first().unwrap();
    let name = extension.metadata.name.unwrap();
    world
        .extensions()
        .delete(&name, &DeleteParams::default())
        .await
        .unwrap();
    poll("the extension's return", async || {
        world.all().await.remove(&number)
    })
    .await;

    let last = world.integrations().get(NAME).await.unwrap();
    let version = format!("\"resourceVersion\":\"{}\"", last.resource_version().unwrap());
    poll("the last status", async || {
        let seen = statuses.lock().unwrap();
        seen.iter().any(|object| object.contains(&version)).then_some(())
    })
    .await;
    watching.abort();
    let statuses = statuses.lock().unwrap().join("\n");
    assert!(statuses.contains("[redacted]"), "the echoes were seen");
    let log = operator.log();
    assert!(log.contains(r#""level":"TRACE""#));
    let texts = [
        ("the log", log),
        ("the statuses", statuses),
        ("the metrics", operator.metrics().await.unwrap()),
        ("the events", all_events(&world).await),
        (
            "the extensions",
            serde_json::to_string(&world.all().await).unwrap(),
        ),
    ];
    let secrets = forbidden(&files, key["private_key"].as_str().unwrap());
    for (place, text) in &texts {
        holds_none(place, text, &secrets);
    }
    world.finish().await;
}

fn holds_none(place: &str, text: &str, secrets: &[String]) {
    assert!(text.len() > 500, "{place} says hardly anything: {text}");
    for secret in secrets {
        if let Some(at) = text.find(secret) {
            let before = text[..at].char_indices().rev().nth(300);
            let from = before.map_or(0, |(at, _)| at);
            panic!("{place} holds {secret:?} after {:?}", &text[from..at]);
        }
    }
}

/// One sync under these faults, which fails.
async fn fails_with(
    world: &World,
    operator: &dialplane_test_harness::Operator,
    faults: impl IntoIterator<Item = Fault>,
) {
    world.google.clear_faults();
    for fault in faults {
        world.google.add_fault(fault).unwrap();
    }
    let before = crate::world::syncs(operator).await;
    world.request_sync().await;
    let after = poll("the end of a sync", async || {
        let now = crate::world::syncs(operator).await;
        (now != before).then_some(now)
    })
    .await;
    assert_eq!(after["success"], before["success"]);
}

async fn all_events(world: &World) -> String {
    let api: Api<Event> = Api::namespaced(world.client.clone(), &world.namespace);
    let events: Vec<Value> = api
        .list(&ListParams::default())
        .await
        .unwrap()
        .items
        .iter()
        .map(|event| serde_json::to_value(event).unwrap())
        .collect();
    json!(events).to_string()
}
