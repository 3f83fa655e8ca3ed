//! Suspended, or with users switched off.

use std::collections::BTreeMap;

use dialplane::api::GoogleWorkspaceIntegration;
use dialplane::api::conditions::{RECONCILING, STALLED};
use dialplane_test_harness::kstatus::Status;
use dialplane_test_harness::world::wait_gone;
use google_workspace_simulator::Fault;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::json;

use super::{LIST, ask, hire, reason, verdict, writes};
use crate::world::{NAME, PATIENCE, World, counts, handled, message, poll, users};

const WORDS: &str = "this phone stays until Friday";

#[tokio::test]
async fn users_switched_off_leaves_extensions_alone_until_they_are_switched_on() {
    let world = World::with_people(3).await;
    let _operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    let before = world.all().await;

    world.change(json!({"users": {"enabled": false}})).await;
    let object = world.until_ready("True", "UsersDisabled").await;
    assert_eq!(verdict(&object), Status::Current);
    world.google.clear_requests();
    let mark = world.audit.mark().await;
    let zoe = hire(&world, "zoe");
    ask(&world, "one").await;
    world.settled().await;
    assert_eq!(world.google.requests(), []);
    assert_eq!(writes(&world, mark).await, BTreeMap::new());
    assert_eq!(world.all().await, before);

    world.change(json!({"users": {"enabled": true}})).await;
    world.until_synced().await;
    assert!(world.extension_of(&zoe).await.is_some());
    let mut after = world.all().await;
    after.pop_last();
    assert_eq!(after, before);
    world.finish().await;
}

#[tokio::test]
async fn suspend_stops_everything_and_resume_takes_up_what_changed() {
    let world = World::with_people(4).await;
    let _operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    let before = world.all().await;
    world.declare_bystander().await;

    world.change(json!({"suspend": true})).await;
    let object = world.until_ready("False", "Suspended").await;
    assert_eq!(reason(&object, STALLED), Some(("True", "Suspended")));
    assert_eq!(verdict(&object), Status::Failed);
    world.google.clear_requests();
    let mark = world.audit.mark().await;
    let zoe = hire(&world, "zoe");
    let (number, extension) = before.last_key_value().unwrap();
    let leaver = extension.spec.google.as_ref().unwrap().user_id.clone();
    world
        .google
        .patch_user(&leaver, json!({"suspended": true}))
        .unwrap();
    let edited = format!("{NAME}-{}", before.keys().next().unwrap());
    let edit = Patch::Merge(json!({"spec": {"user": {"jobTitle": "edited by hand"}}}));
    let patch = PatchParams::default();
    world.extensions().patch(&edited, &patch, &edit).await.unwrap();
    ask(&world, "one").await;
    world.settled().await;
    world.passed_by().await;
    assert_eq!(world.called(), counts([("users.get", 1)]), "for the bystander");
    let expected = counts([("patch pbxextensions", 1)]);
    assert_eq!(writes(&world, mark).await, expected, "of the bystander");

    world.change(json!({"suspend": false})).await;
    let object = world.until_synced().await;
    assert_eq!(
        handled(&object),
        Some("one"),
        "the request that came meanwhile is carried out now"
    );
    assert!(world.extension_of(&zoe).await.is_some());
    let after = world.all().await;
    assert!(!after[number].spec.enabled);
    assert_eq!(
        after.first_key_value().unwrap().1.spec,
        before.first_key_value().unwrap().1.spec
    );
    world.finish().await;
}

#[tokio::test]
async fn suspend_does_not_wait_for_the_answer_of_google() {
    let world = World::with_people(3).await;
    let _operator = world.operator().await;
    let slow = Fault {
        path_prefix: Some(LIST.to_owned()),
        delay_ms: Some(600_000),
        ..Fault::default()
    };
    world.google.add_fault(slow).unwrap();
    world.declare(json!({})).await;
    world.until(|object| reason(object, RECONCILING).is_some()).await;
    world.change(json!({"suspend": true})).await;
    world.until_ready("False", "Suspended").await;
    assert!(world.all().await.is_empty());

    world.google.clear_faults();
    world.change(json!({"suspend": false})).await;
    world.until_synced().await;
    assert_eq!(world.all().await.len(), 3);
    world.finish().await;
}

fn switched_off(more: serde_json::Value) -> serde_json::Value {
    let mut spec = json!({"users": {"enabled": false, "whenDisabled": "Delete"}});
    crate::world::merge(&mut spec, more);
    spec
}

#[tokio::test]
async fn users_switched_off_for_good_lose_their_extensions_after_an_approval() {
    let world = World::with_people(8).await;
    let _operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    let before = world.all().await;
    world.google.clear_requests();

    world.change(switched_off(json!({}))).await;
    let object = world.until_ready("False", "RemovalsHeld").await;
    assert_eq!(reason(&object, "RemovalsHeld"), Some(("True", "RemovalsHeld")));
    assert_eq!(reason(&object, STALLED), Some(("True", "RemovalsHeld")));
    assert_eq!(world.all().await, before);
    let plan = object.status.unwrap().plan.unwrap();
    assert_eq!(plan.counts.delete, 8);
    assert!(
        plan.samples[0]
            .reason
            .starts_with("UsersDisabled: users are disabled"),
        "{:?}",
        plan.samples
    );
    let mark = world.audit.mark().await;
    world
        .annotate("dialplane.io/approve-removals", "0123456789abcdef")
        .await;
    world.settled().await;
    assert_eq!(world.all().await, before, "another plan was approved");
    assert_eq!(writes(&world, mark).await, BTreeMap::new());

    world.annotate("dialplane.io/approve-removals", &plan.hash).await;
    let object = world.until_ready("True", "UsersDisabled").await;
    assert_eq!(verdict(&object), Status::Current);
    assert_eq!(reason(&object, STALLED), None);
    assert!(object.status.unwrap().plan.is_none());
    assert!(world.all().await.is_empty());
    assert_eq!(world.google.requests(), [], "nobody asked Google");

    // Their numbers wait for them, and nobody else gets one.
    let zoe = hire(&world, "zoe");
    world.change(json!({"users": {"enabled": true}})).await;
    world.until_synced().await;
    let mut after = world.all().await;
    let number = world.extension_of(&zoe).await.unwrap().spec.number;
    assert!(
        after.remove(&number).is_some() && !before.contains_key(&number),
        "{number}"
    );
    let people = |all: &BTreeMap<String, dialplane::api::PbxExtension>| {
        let all = all.iter();
        all.map(|(number, extension)| (number.clone(), extension.spec.google.clone().unwrap().user_id))
            .collect::<Vec<_>>()
    };
    assert_eq!(people(&after), people(&before));
    world.finish().await;
}

#[tokio::test]
async fn a_few_go_at_once_and_a_dry_run_only_plans_it() {
    let world = World::with_people(3).await;
    let mut operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    let before = world.all().await;
    // One of the administrators, made in the meantime, is none of our business.
    world.declare_bystander().await;

    world.change(switched_off(json!({"dryRun": true}))).await;
    let object = world.until_ready("True", "UsersDisabled").await;
    assert_eq!(object.status.unwrap().plan.unwrap().counts.delete, 3);
    assert_eq!(world.all().await, before);

    world.change(json!({"suspend": true, "dryRun": false})).await;
    world.until_ready("False", "Suspended").await;
    assert_eq!(world.all().await, before);

    // Also when it was declared while the operator was off.
    operator.kill9();
    world.change(json!({"suspend": false})).await;
    let _operator = world.operator().await;
    let object = world.until_ready("True", "UsersDisabled").await;
    assert!(object.status.unwrap().plan.is_none());
    assert!(world.all().await.is_empty());
    world.finish().await;
}

/// Nobody tells the operator when a policy lets go what it refused.
#[tokio::test]
async fn a_deletion_that_a_policy_refuses_is_told_and_tried_again_by_itself() {
    let world = World::with_people(3).await;
    let _operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    world
        .refuse(&["DELETE"], "oldObject.spec.number != '1002'", WORDS)
        .await;
    let dry = DeleteParams {
        dry_run: true,
        ..DeleteParams::default()
    };
    poll("the policy", async || {
        world.extensions().delete("acme-1002", &dry).await.err()
    })
    .await;

    world.change(switched_off(json!({}))).await;
    let refused = |object: &GoogleWorkspaceIntegration| {
        users(object)
            .problems
            .iter()
            .any(|problem| problem.reason == "Rejected")
    };
    let object = world.until(refused).await;
    let [problem] = &users(&object).problems[..] else {
        panic!("{:?}", users(&object).problems)
    };
    for words in ["acme-1002", WORDS, "Dialplane retries with increasing delays"] {
        assert!(problem.message.contains(words), "{}", problem.message);
    }
    let said = message(&object, "Ready");
    assert!(
        said.contains("1 could not be deleted. Dialplane retries"),
        "{said}"
    );
    let left: Vec<_> = world.all().await.into_keys().collect();
    assert_eq!(left, ["1002"], "the others are gone");

    // Nothing changes but the policy.
    world.refuse_nothing().await;
    wait_gone(&world.extensions(), "acme-1002", PATIENCE).await;
    let object = world.until(|object| !refused(object)).await;
    assert_eq!(reason(&object, "Ready"), Some(("True", "UsersDisabled")));
    world.finish().await;
}
