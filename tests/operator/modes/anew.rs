//! An operator that is started anew.

use std::collections::BTreeMap;

use dialplane::api::conditions::READY;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use super::{ask, hire, manual, reason, writes};
use crate::world::{NAME, World, merge, users};

#[tokio::test]
async fn a_new_operator_syncs_what_is_due_and_nothing_else() {
    let world = World::with_people(3).await;
    let mut operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    operator.terminate().await.unwrap();
    world.google.clear_requests();
    let mark = world.audit.mark().await;

    let mut operator = world.operator().await;
    world.settled().await;
    assert_eq!(world.google.requests(), [], "not due for a day");
    assert_eq!(writes(&world, mark).await, BTreeMap::new());
    operator.terminate().await.unwrap();

    // As if it had been away for two days.
    hire(&world, "yan");
    let long_ago = (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(48)).to_string();
    let aged = Patch::Merge(json!({"status": {"users": {"lastSyncTime": long_ago}}}));
    let patch = PatchParams::default();
    world
        .integrations()
        .patch_status(NAME, &patch, &aged)
        .await
        .unwrap();
    let mut operator = world.operator().await;
    world.until(|object| users(object).counts.read == 4).await;
    assert_eq!(world.pages_read(), 1);
    operator.terminate().await.unwrap();

    // A change of the declaration while it was away is due at once.
    world
        .change(json!({"users": {"profile": {"mobile": "Work"}}}))
        .await;
    let _operator = world.operator().await;
    world.until_synced().await;
    assert_eq!(world.pages_read(), 2);
    world.finish().await;
}

#[tokio::test]
async fn a_new_operator_leaves_a_manual_integration_and_a_dry_run_as_they_are() {
    let world = World::with_people(3).await;
    let mut operator = world.operator().await;
    let mut spec = manual();
    merge(&mut spec, json!({"dryRun": true}));
    world.declare(spec).await;
    ask(&world, "one").await;
    let planned = world.until_handled("one").await;
    assert_eq!(reason(&planned, READY), Some(("True", "DryRun")));
    operator.terminate().await.unwrap();
    let mut operator = world.operator().await;
    world.settled().await;
    let object = world.integrations().get(NAME).await.unwrap();
    assert_eq!(object.status, planned.status);

    world.change(json!({"dryRun": false})).await;
    let synced = world.sync().await;
    operator.terminate().await.unwrap();
    hire(&world, "zoe");
    world.google.clear_requests();
    let _operator = world.operator().await;
    world.settled().await;
    assert_eq!(world.google.requests(), []);
    let object = world.integrations().get(NAME).await.unwrap();
    assert_eq!(object.status, synced.status);
    world.finish().await;
}
