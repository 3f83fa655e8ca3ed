//! Manual: a request, and nothing else.

use std::collections::BTreeMap;

use dialplane::api::conditions::{AUTHORIZED, READY, RECONCILING, STALLED, USERS_SYNCED};
use dialplane::api::names::ANNOTATION_SYNC_REQUESTED_AT;
use dialplane_test_harness::kstatus::Status;
use google_workspace_simulator::Fault;
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::json;

use super::{LIST, ask, hire, manual, reason, times, verdict, writes};
use crate::world::{NAME, World, condition, handled, within};

#[tokio::test]
async fn manual_waits_for_a_request_and_syncs_once_for_it() {
    let world = World::with_people(3).await;
    let _operator = world.operator().await;
    world.declare(manual()).await;
    let object = world.until_ready("False", "AwaitingManualSync").await;
    assert_eq!(
        reason(&object, USERS_SYNCED),
        Some(("Unknown", "AwaitingManualSync"))
    );
    assert_eq!(
        reason(&object, STALLED),
        None,
        "nothing is wrong: {:?}",
        object.status
    );
    assert_eq!(verdict(&object), Status::InProgress);
    let message = &condition(&object, READY).unwrap().message;
    let command = format!(
        "kubectl -n {} annotate gwi acme --overwrite dialplane.io/sync-requested-at=",
        world.namespace
    );
    assert!(message.contains(&command), "{message}");
    world.settled().await;
    assert_eq!(
        world.google.requests(),
        [],
        "nobody asked, so Google is not asked either"
    );
    assert!(world.all().await.is_empty());

    ask(&world, "one").await;
    let object = world.until_handled("one").await;
    assert_eq!(reason(&object, READY), Some(("True", "Succeeded")));
    assert_eq!(world.all().await.len(), 3);
    assert_eq!(world.pages_read(), 1);
    let (last, next) = times(&object);
    assert!(
        last.is_some() && next.is_none(),
        "Manual has no next sync: {last:?} {next:?}"
    );

    // The same request once more, however it comes, and changes at Google: nobody asked for another sync.
    hire(&world, "zoe");
    let mark = world.audit.mark().await;
    let none = Patch::Merge(json!({"metadata": {"annotations": {ANNOTATION_SYNC_REQUESTED_AT: null}}}));
    let patch = PatchParams::default();
    world.integrations().patch(NAME, &patch, &none).await.unwrap();
    world.settled().await;
    ask(&world, "one").await;
    world.settled().await;
    assert_eq!(world.pages_read(), 1);
    assert_eq!(writes(&world, mark).await, BTreeMap::new());
    assert_eq!(world.all().await.len(), 3);

    ask(&world, "two").await;
    world.until_handled("two").await;
    assert_eq!(world.all().await.len(), 4);
    assert_eq!(world.pages_read(), 2);
    world.finish().await;
}

#[tokio::test]
async fn a_spec_change_in_manual_mode_waits_for_a_request_too() {
    let world = World::with_people(3).await;
    let _operator = world.operator().await;
    world.declare(manual()).await;
    ask(&world, "one").await;
    world.until_handled("one").await;

    let mark = world.audit.mark().await;
    world
        .change(json!({"users": {"profile": {"mobile": "Work"}}}))
        .await;
    let object = world.until_ready("False", "AwaitingManualSync").await;
    assert_eq!(
        reason(&object, USERS_SYNCED),
        Some(("Unknown", "AwaitingManualSync"))
    );
    assert_eq!(reason(&object, AUTHORIZED), Some(("True", "Verified")));
    world.settled().await;
    assert_eq!(world.pages_read(), 1);
    let expected = BTreeMap::from([("patch googleworkspaceintegrations/status".to_owned(), 1)]);
    assert_eq!(writes(&world, mark).await, expected);

    let object = world.sync().await;
    assert_eq!(reason(&object, READY), Some(("True", "Succeeded")));
    assert_eq!(world.pages_read(), 2);
    world.finish().await;
}

#[tokio::test]
async fn ten_requests_in_quick_succession_become_two_syncs() {
    let world = World::with_people(3).await;
    let _operator = world.operator().await;
    world.declare(manual()).await;
    world.until_ready("False", "AwaitingManualSync").await;
    // The first sync takes as long as it takes to ask nine times more.
    let hold = world.hold("users.list", 0);
    ask(&world, "1").await;
    within("the first sync", hold.reached(1)).await;
    for token in 2..=10 {
        ask(&world, &token.to_string()).await;
    }
    world.settled().await;
    hold.release();
    world.until_handled("10").await;
    world.settled().await;
    assert_eq!(
        world.pages_read(),
        2,
        "one for the first request, one for the nine that came meanwhile"
    );
    assert_eq!(world.all().await.len(), 3);
    world.finish().await;
}

#[tokio::test]
async fn a_request_that_fails_in_passing_is_acknowledged_when_it_is_done() {
    let world = World::with_people(3).await;
    let _operator = world.operator().await;
    // Not repeated by the client, so that the operator has to.
    let fault = Fault {
        path_prefix: Some(LIST.to_owned()),
        ..Fault::named("dailyLimitExceeded")
    };
    world.google.add_fault(fault).unwrap();
    world.declare(manual()).await;
    ask(&world, "one").await;
    let object = world.until_ready("False", "RateLimited").await;
    assert_eq!(reason(&object, RECONCILING), Some(("True", "RateLimited")));
    assert_eq!(reason(&object, USERS_SYNCED), Some(("False", "RateLimited")));
    assert_eq!(handled(&object), None, "it is still being tried");
    // The request stands: nobody asks again.
    world.google.clear_faults();
    let object = world.until_handled("one").await;
    assert_eq!(reason(&object, READY), Some(("True", "Succeeded")));
    assert_eq!(world.all().await.len(), 3);
    world.finish().await;
}

#[tokio::test]
async fn a_request_that_fails_for_good_is_acknowledged_and_its_fault_stays_visible() {
    let world = World::with_people(3).await;
    let mut operator = world.operator().await;
    let secrets: Api<Secret> = Api::namespaced(world.client.clone(), &world.namespace);
    secrets
        .delete("google-key", &DeleteParams::default())
        .await
        .unwrap();
    world.declare(manual()).await;
    ask(&world, "one").await;
    let object = world.until_handled("one").await;
    assert_eq!(reason(&object, READY), Some(("False", "SecretNotFound")));
    assert_eq!(reason(&object, STALLED), Some(("True", "SecretNotFound")));
    assert_eq!(verdict(&object), Status::Failed);

    // A new operator remembers nothing, and must not say that nobody has asked.
    operator.terminate().await.unwrap();
    let _operator = world.operator().await;
    world.settled().await;
    let object = world.integrations().get(NAME).await.unwrap();
    assert_eq!(reason(&object, READY), Some(("False", "SecretNotFound")));

    world.put_secret(&world.key).await;
    ask(&world, "two").await;
    let object = world.until_handled("two").await;
    assert_eq!(reason(&object, READY), Some(("True", "Succeeded")));
    world.finish().await;
}
