//! `dialplane sync`: a request, and staying until it is done.

use std::time::Duration;

use dialplane::api::names::ANNOTATION_SYNC_REQUESTED_AT;
use google_workspace_simulator::Fault;
use kube::ResourceExt;
use serde_json::{Value, json};

use crate::plan::{active, quiet};
use crate::world::{NAME, World, handled};

fn manual() -> Value {
    json!({"users": {"syncMode": "Manual", "schedule": null}})
}

async fn token(world: &World) -> String {
    let object = world.integrations().get(NAME).await.unwrap();
    object.annotations()[ANNOTATION_SYNC_REQUESTED_AT].clone()
}

#[tokio::test]
async fn a_sync_is_waited_for_with_its_progress() {
    let world = World::with_slow_google(3, Duration::from_millis(300)).await;
    let _operator = world.operator().await;
    world.declare(manual()).await;
    let synced = world.dialplane(&["sync", NAME, "--wait"]).await.code(0);
    synced
        .notes(&["/acme sync requested\n", "Reading the directory.\n"])
        .says(&[
            "3 users have been synced to the PBX extension directory.\n",
            "3 read, 3 in scope, 0 skipped, 0 could not be synced; last changes: 3 created, 0 updated",
        ]);
    assert_eq!(world.all().await.len(), 3);
    let object = world.integrations().get(NAME).await.unwrap();
    assert_eq!(handled(&object), Some(token(&world).await.as_str()));
    world.dialplane(&["sync", NAME, "--wait"]).await.code(0);
    world.finish().await;
}

#[tokio::test]
async fn two_requests_are_never_one() {
    let world = World::with_people(2).await;
    world.declare(manual()).await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let asked = world.dialplane(&["sync", NAME]).await.code(0);
        asked.says(&[&format!("{}/acme sync requested\n", world.namespace)]);
        seen.insert(token(&world).await);
    }
    assert_eq!(seen.len(), 3);
    assert!(
        seen.iter()
            .all(|token| token.len() == "2026-11-21T10:00:00.000000000Z".len()),
        "{seen:?}"
    );
    // Nobody is there to carry them out.
    let late = world
        .dialplane(&["sync", NAME, "--wait", "--timeout", "2s"])
        .await
        .code(1);
    late.notes(&[
        "was not synced within 2 s. The request remains",
        "no operator has processed it yet",
    ]);
    world.finish().await;
}

#[tokio::test]
async fn a_sync_that_fails_says_why() {
    let world = World::with_people(30).await;
    let _operator = world.operator().await;
    world.declare(quiet()).await;
    world.until_synced().await;
    let active = active(&world).await;
    for id in &active[..8] {
        world.google.patch_user(id, json!({"suspended": true})).unwrap();
    }
    let held = world.dialplane(&["sync", NAME, "--wait"]).await.code(1);
    held.notes(&[
        "error: RemovalsHeld: 8 extensions would be",
        &format!("dialplane approve -n {} acme\n", world.namespace),
    ]);

    world.put_secret_data("key.json", "no key").await;
    let stalled = world.dialplane(&["sync", NAME, "--wait"]).await.code(1);
    stalled.notes(&["error: InvalidKey: ", "Create a new JSON key"]);
    world.finish().await;
}

#[tokio::test]
async fn a_failure_that_passes_is_waited_out() {
    let world = World::with_people(3).await;
    let _operator = world.builder().arg("--google-tries=1").spawn().await.unwrap();
    world.declare(manual()).await;
    world.until_ready("False", "AwaitingManualSync").await;
    world
        .google
        .add_fault(Fault {
            count: Some(1),
            ..Fault::named("backendError")
        })
        .unwrap();
    let synced = world.dialplane(&["sync", NAME, "--wait"]).await.code(0);
    synced
        .notes(&["Nothing was removed. Dialplane retries"])
        .says(&["3 users have been synced"]);
    world.finish().await;
}

#[tokio::test]
async fn a_request_that_nobody_would_hear_is_not_made() {
    let world = World::with_people(2).await;
    let absent = world.dialplane(&["sync", NAME]).await.code(1);
    absent.notes(&["there is no GoogleWorkspaceIntegration acme"]);
    let mut spec = manual();
    spec["suspend"] = json!(true);
    world.declare(spec).await;
    let suspended = world.dialplane(&["sync", NAME]).await.code(1);
    suspended.notes(&[
        "acme is suspended",
        &format!("dialplane resume -n {} acme", world.namespace),
    ]);
    world
        .change(json!({"suspend": false, "users": {"enabled": false}}))
        .await;
    world
        .dialplane(&["sync", NAME])
        .await
        .code(1)
        .notes(&["set spec.users.enabled to true"]);
    let object = world.integrations().get(NAME).await.unwrap();
    assert!(!object.annotations().contains_key(ANNOTATION_SYNC_REQUESTED_AT));
    world
        .change(json!({"dryRun": true, "users": {"enabled": true}}))
        .await;
    world
        .dialplane(&["sync", NAME])
        .await
        .code(0)
        .notes(&["note: spec.dryRun is true"]);

    let rules = json!([{"apiGroups": ["dialplane.io"], "resources": ["googleworkspaceintegrations"], "verbs": ["get"]}]);
    let reader = world.person("reader", &rules).await;
    let forbidden = world.dialplane_as(&reader, &["sync", NAME], "").await.code(1);
    forbidden.notes(&[
        "cannot patch resource \"googleworkspaceintegrations\"",
        "Ask a cluster administrator",
    ]);
    let usage = world
        .dialplane(&["sync", NAME, "--wait", "--timeout", "soon"])
        .await
        .code(1);
    usage.notes(&["use a duration such as 90s"]);
    world.finish().await;
}

#[tokio::test]
async fn a_tenant_that_is_taken_is_not_waited_for_until_the_end() {
    let world = World::with_people(2).await;
    let _operator = world.operator().await;
    world.declare(quiet()).await;
    world.until_synced().await;
    world.declare_as("second", manual()).await;
    let taken = world
        .dialplane(&["sync", "second", "--wait", "--timeout", "1h"])
        .await
        .code(1);
    taken.notes(&["error: TenantTaken: Integration acme already manages"]);
    world.finish().await;
}
