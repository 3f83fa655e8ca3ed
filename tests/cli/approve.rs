//! `dialplane approve`: exactly the plan that is held, and nothing else.

use dialplane::api::names::ANNOTATION_APPROVE_REMOVALS;
use dialplane_test_harness::Operator;
use kube::ResourceExt;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use crate::plan::{active, quiet};
use crate::world::{NAME, World};

/// A world whose integration holds eight removals, with the hash of their plan.
async fn holding() -> (World, Operator, Vec<String>, String) {
    let world = World::with_people(30).await;
    let operator = world.operator().await;
    world.declare(quiet()).await;
    world.until_synced().await;
    let gone = active(&world).await[..8].to_vec();
    for id in &gone {
        world.google.patch_user(id, json!({"suspended": true})).unwrap();
    }
    world.sync().await;
    let object = world.until_ready("False", "RemovalsHeld").await;
    let hash = object.status.unwrap().plan.unwrap().hash;
    (world, operator, gone, hash)
}

async fn approved(world: &World) -> Option<String> {
    let object = world.integrations().get(NAME).await.unwrap();
    object.annotations().get(ANNOTATION_APPROVE_REMOVALS).cloned()
}

#[tokio::test]
async fn a_plan_is_shown_then_approved_by_its_hash() {
    let (world, _operator, gone, hash) = holding().await;
    let shown = world.dialplane(&["approve", NAME]).await.code(1);
    let lines = shown
        .stdout
        .lines()
        .filter(|line| line.starts_with("Disable   acme-"));
    assert_eq!(lines.count(), 8);
    let command = format!(
        "Approve exactly this plan with: dialplane approve -n {} acme {hash}\n",
        world.namespace
    );
    shown.says(&["Held: 8 to disable, 0 to delete, 0 to release. Hash: ", &command]);
    assert_eq!(approved(&world).await, None);

    let wrong = world
        .dialplane(&["approve", NAME, "0123456789abcdef"])
        .await
        .code(1);
    wrong.notes(&[
        "0123456789abcdef is not the plan that",
        &format!("which is {hash}"),
    ]);
    assert_eq!(approved(&world).await, None);

    world
        .dialplane(&["approve", NAME, &hash])
        .await
        .code(0)
        .says(&[&format!("/acme plan {hash} approved\n")]);
    world.until_synced().await;
    for id in &gone {
        assert!(!world.extension_of(id).await.unwrap().spec.enabled);
    }
    let nothing = world.dialplane(&["approve", NAME, &hash]).await.code(1);
    nothing.notes(&["acme holds no removals: there is no plan to approve"]);
    world.finish().await;
}

#[tokio::test]
async fn whoever_says_yes_approves_what_is_held_now() {
    let (world, mut operator, gone, hash) = holding().await;
    operator.terminate().await.unwrap();
    world
        .dialplane(&["approve", NAME, "--yes"])
        .await
        .code(0)
        .says(&["Disable   acme-", "approved\n"]);
    assert_eq!(approved(&world).await, Some(hash.clone()));
    world
        .dialplane(&["approve", NAME, &hash])
        .await
        .code(0)
        .says(&["is already approved\n"]);
    let _operator = world.operator().await;
    world.until_synced().await;
    assert!(!world.extension_of(&gone[0]).await.unwrap().spec.enabled);
    world.finish().await;
}

#[tokio::test]
async fn a_dry_run_holds_nothing() {
    let world = World::with_people(2).await;
    let _operator = world.operator().await;
    let mut spec = quiet();
    spec["dryRun"] = json!(true);
    world.declare(spec).await;
    world.until_ready("True", "DryRun").await;
    let nothing = world.dialplane(&["approve", NAME]).await.code(1);
    nothing.notes(&[
        "spec.dryRun is true",
        &format!("dialplane plan -n {} acme", world.namespace),
    ]);
    world.finish().await;
}

#[tokio::test]
async fn hostile_plans_do_nothing_to_a_terminal() {
    let world = World::with_people(2).await;
    world.declare(quiet()).await;
    let hostile = "\u{1b}[31mana\u{202e}\r\n@acme.example";
    let condition = |kind: &str| {
        json!({
            "type": kind, "status": "True", "reason": "RemovalsHeld", "message": "m",
            "lastTransitionTime": "2026-11-21T07:00:00Z", "observedGeneration": 1,
        })
    };
    let mut ready = condition("Ready");
    ready["status"] = json!("False");
    let status = json!({"status": {
        "observedGeneration": 1,
        "conditions": [ready, condition("Stalled"), condition("RemovalsHeld")],
        "plan": {"hash": "9f2c", "counts": {"disable": 22}, "samples": [
            {"change": "Disable", "extension": "acme-1001", "user": hostile, "reason": "r\u{9b}2J"},
        ]},
    }});
    let api = world.integrations();
    api.patch_status(NAME, &PatchParams::default(), &Patch::Merge(status))
        .await
        .unwrap();
    let shown = world.dialplane(&["approve", NAME]).await.code(1);
    assert!(
        !shown.stdout.contains(['\u{1b}', '\u{202e}', '\r', '\u{9b}']),
        "{shown:#?}"
    );
    shown.says(&[
        "Disable   acme-1001   \\u{1b}[31mana\\u{202e}\\u{d}\\u{a}@acme.example   r\\u{9b}2J\n",
        "... and 21 more\n",
    ]);
    world.finish().await;
}
