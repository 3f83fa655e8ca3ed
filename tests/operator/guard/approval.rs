//! An approval is good for one plan, once.

use dialplane::api::GoogleWorkspaceIntegration;
use serde_json::json;

use super::{PEOPLE, active, approve, held, phones, plan, suspend, synced, writes_of_extensions};
use crate::world::{World, condition, poll, syncs};

#[tokio::test]
async fn an_approval_is_good_for_exactly_one_plan_once() {
    let (world, operator, active) = synced(json!({})).await;
    let before = phones(&world).await;
    suspend(&world, &active[..8], true);
    world.sync().await;
    let hash = plan(&held(&world, 8).await).hash.clone();

    let mark = world.audit.mark().await;
    approve(&world, "0123456789abcdef").await;
    world.sync().await;
    held(&world, 8).await;
    assert_eq!(writes_of_extensions(&world, mark).await, 0);
    assert_eq!(phones(&world).await, before);

    // Nobody asks for a sync: the approval itself is the request.
    let mark = world.audit.mark().await;
    approve(&world, &hash).await;
    let object = world.until_synced().await;
    assert!(object.status.as_ref().unwrap().plan.is_none());
    for kind in ["RemovalsHeld", "Stalled"] {
        assert!(condition(&object, kind).is_none(), "{kind}");
    }
    let mut expected = before.clone();
    for id in &active[..8] {
        expected.insert(id.clone(), false);
    }
    assert_eq!(phones(&world).await, expected);
    let writes = world.writes(mark).await;
    assert_eq!(writes.get("patch pbxextensions"), Some(&8), "{writes:?}");
    assert_eq!(writes_of_extensions(&world, mark).await, 8);
    let metrics = operator.metrics().await.unwrap();
    let waiting = metrics
        .lines()
        .find(|line| line.starts_with("dialplane_held_removals{"))
        .unwrap();
    assert!(waiting.ends_with(" 0"), "{waiting}");

    // The annotation stays. The same people come back, and are suspended another time.
    suspend(&world, &active[..8], false);
    world.sync().await;
    assert_eq!(phones(&world).await, before);
    suspend(&world, &active[..8], true);
    world.sync().await;
    let again = plan(&held(&world, 8).await).hash.clone();
    assert_ne!(again, hash);
    assert_eq!(phones(&world).await, before);
    world.finish().await;
}

#[tokio::test]
async fn a_plan_that_changed_needs_an_approval_of_its_own() {
    let (world, operator, active) = synced(json!({})).await;
    let before = phones(&world).await;
    suspend(&world, &active[..8], true);
    world.sync().await;
    let eight = plan(&held(&world, 8).await).hash.clone();

    // One fewer: Google changed after the plan was shown, and nobody has synced since.
    suspend(&world, &active[7..8], false);
    let ended = syncs(&operator).await;
    approve(&world, &eight).await;
    let seven = plan(&held(&world, 7).await).hash.clone();
    assert_ne!(seven, eight);
    assert_ne!(syncs(&operator).await, ended, "the approval caused a look");
    assert_eq!(phones(&world).await, before);

    // One more.
    suspend(&world, &active[8..9], true);
    approve(&world, &seven).await;
    let other_eight = plan(&held(&world, 8).await).hash.clone();
    assert_ne!(other_eight, eight);
    assert_eq!(phones(&world).await, before);

    // Exactly the first plan again: the approval of it would be good, had it not been replaced.
    suspend(&world, &active[7..8], true);
    suspend(&world, &active[8..9], false);
    world.sync().await;
    assert_eq!(
        plan(&held_again(&world, &eight).await).hash,
        eight,
        "the same plan has the same hash"
    );
    assert_eq!(phones(&world).await, before);
    world.finish().await;
}

async fn held_again(world: &World, hash: &str) -> GoogleWorkspaceIntegration {
    world
        .until(|object| {
            let plan = object.status.as_ref().and_then(|status| status.plan.as_ref());
            plan.is_some_and(|plan| plan.hash == hash)
        })
        .await
}

#[tokio::test]
async fn an_approval_works_in_manual_mode() {
    let world = World::with_people(PEOPLE).await;
    let operator = world.operator().await;
    world
        .declare(json!({"users": {"syncMode": "Manual", "schedule": null}}))
        .await;
    world.sync().await;
    let active = active(&world).await;
    suspend(&world, &active[..8], true);
    world.sync().await;
    let hash = plan(&held(&world, 8).await).hash.clone();
    // A changed declaration waits for a request of its own; the plan goes on waiting.
    let object = world
        .change(json!({"users": {"profile": {"mobile": "Work"}}}))
        .await;
    world
        .until(|now| {
            let ready = condition(now, "Ready").unwrap();
            ready.reason == "RemovalsHeld" && ready.observed_generation == object.metadata.generation
        })
        .await;
    let ended = syncs(&operator).await;
    approve(&world, &hash).await;
    world.until_synced().await;
    let phones = phones(&world).await;
    assert!(active[..8].iter().all(|id| !phones[id]));
    let now = poll("the end of the sync", async || {
        let now = syncs(&operator).await;
        (now != ended).then_some(now)
    })
    .await;
    assert_eq!(now["success"], ended["success"] + 1, "one sync and no more");
    world.finish().await;
}

#[tokio::test]
async fn a_hold_and_its_approval_survive_a_restart() {
    let (world, mut operator, active) = synced(json!({})).await;
    let before = phones(&world).await;
    suspend(&world, &active[..8], true);
    world.sync().await;
    let hash = plan(&held(&world, 8).await).hash.clone();
    operator.kill9();
    let operator = world.operator().await;
    // A new process knows from the status that the plan is held, and plans the same when it is asked to.
    world.sync().await;
    assert_eq!(plan(&held(&world, 8).await).hash, hash);
    assert_eq!(phones(&world).await, before);
    drop(operator);
    approve(&world, &hash).await;
    let _operator = world.operator().await;
    world.until_synced().await;
    let phones = phones(&world).await;
    assert!(active[..8].iter().all(|id| !phones[id]));
    world.finish().await;
}
