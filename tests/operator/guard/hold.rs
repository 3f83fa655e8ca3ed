//! What goes on, and what does not, while removals wait; and what ends the wait.

use dialplane::api::status::Connection;
use dialplane_test_harness::world::wait_gone;
use google_workspace_simulator::Fault;
use kube::api::DeleteParams;
use serde_json::json;

use super::{PEOPLE, approve, held, phones, plan, suspend, synced, writes_of_extensions};
use crate::world::{NAME, PATIENCE, condition, poll, syncs, user_id};

#[tokio::test]
async fn while_removals_wait_everything_else_goes_on() {
    let (world, operator, active) = synced(json!({})).await;
    let before = phones(&world).await;
    suspend(&world, &active[..8], true);
    world.google.delete_user(&active[8]).unwrap();
    world.google.delete_user(&active[9]).unwrap();
    let newcomer =
        json!({"primaryEmail": "zoe@acme.example", "name": {"givenName": "Zoe", "familyName": "New"}});
    let newcomer = world.google.create_user(newcomer).unwrap();
    let rename = json!({"name": {"givenName": "Renamed"}});
    world.google.patch_user(&active[10], rename).unwrap();
    let off = |(_, enabled): &(&String, &bool)| !**enabled;
    let returner = before.iter().find(off).unwrap().0.clone();
    world
        .google
        .patch_user(&returner, json!({"suspended": false, "archived": false}))
        .unwrap();

    let mark = world.audit.mark().await;
    world.sync().await;
    let object = held(&world, 10).await;
    assert_eq!(
        (plan(&object).counts.disable, plan(&object).counts.delete),
        (10, 0)
    );
    let samples = &plan(&object).samples;
    assert_eq!(samples.len(), 10);
    for sample in samples {
        assert_eq!(sample.change, "Disable");
        assert!(sample.extension.starts_with("acme-"));
        let deleted = active[8..10].contains(&sample.user);
        let cause = if deleted { "Deleted: " } else { "Suspended: " };
        assert!(sample.reason.starts_with(cause), "{sample:?}");
        assert!(deleted || sample.user.ends_with("@acme.example"), "{sample:?}");
    }
    let writes = world.writes(mark).await;
    assert_eq!(writes.get("create pbxextensions"), Some(&1), "{writes:?}");
    assert_eq!(writes.get("patch pbxextensions"), Some(&2), "{writes:?}");
    let mut expected = before;
    expected.insert(newcomer["id"].as_str().unwrap().to_owned(), true);
    expected.insert(returner, true);
    assert_eq!(phones(&world).await, expected);
    let renamed = world.extension_of(&active[10]).await.unwrap();
    assert_eq!(renamed.spec.user.unwrap().first_name.as_deref(), Some("Renamed"));

    // No further sync does what the first one did not, and none says it again.
    let mark = world.audit.mark().await;
    for _ in 0..3 {
        world.sync().await;
    }
    held(&world, 10).await;
    assert_eq!(writes_of_extensions(&world, mark).await, 0);
    assert_eq!(phones(&world).await, expected);
    let events = world.events("RemovalsHeld").await;
    assert_eq!(events.len(), 1);
    assert!(events[0].series.is_none());
    let metrics = operator.metrics().await.unwrap();
    let waiting = metrics
        .lines()
        .find(|line| line.starts_with("dialplane_held_removals{"))
        .unwrap();
    assert!(waiting.ends_with(" 10"), "{waiting}");
    world.finish().await;
}

/// Each hold has an event of its own, with the hash that is to be approved now.
#[tokio::test]
async fn a_second_hold_tells_its_own_hash() {
    let (world, _operator, active) = synced(json!({})).await;
    let mut hashes = Vec::new();
    for count in [8, 9] {
        suspend(&world, &active[..count], true);
        world.sync().await;
        let object = held(&world, i64::try_from(count).unwrap()).await;
        hashes.push(plan(&object).hash.clone());
        suspend(&world, &active[..count], false);
        world.sync().await;
        world.until_synced().await;
    }
    assert_ne!(hashes[0], hashes[1]);
    let events = poll("both events", async || {
        let events = world.events("RemovalsHeld").await;
        (events.len() == 2).then_some(events)
    })
    .await;
    let tells = |hash: &String| {
        events
            .iter()
            .any(|event| event.note.as_ref().is_some_and(|note| note.contains(hash)))
    };
    assert!(hashes.iter().all(tells), "{hashes:?}: {events:?}");
    world.finish().await;
}

#[tokio::test]
async fn twenty_samples_at_most_are_shown() {
    let (world, _operator, active) = synced(json!({})).await;
    suspend(&world, &active[..25], true);
    world.sync().await;
    let object = held(&world, 25).await;
    assert_eq!(plan(&object).samples.len(), 20);
    world.finish().await;
}

#[tokio::test]
async fn a_hold_goes_away_when_google_is_put_right() {
    let (world, _operator, active) = synced(json!({})).await;
    let before = phones(&world).await;
    suspend(&world, &active[..8], true);
    world.sync().await;
    held(&world, 8).await;
    suspend(&world, &active[..8], false);
    let mark = world.audit.mark().await;
    world.sync().await;
    let object = world.until_synced().await;
    assert!(object.status.as_ref().unwrap().plan.is_none());
    assert!(condition(&object, "RemovalsHeld").is_none());
    assert_eq!(writes_of_extensions(&world, mark).await, 0);
    assert_eq!(phones(&world).await, before);
    world.finish().await;
}

#[tokio::test]
async fn a_hold_outlasts_an_outage() {
    let (world, operator, active) = synced(json!({})).await;
    suspend(&world, &active[..8], true);
    world.sync().await;
    let hash = plan(&held(&world, 8).await).hash.clone();
    world.google.add_fault(Fault::named("emptyObject")).unwrap();
    world.request_sync().await;
    let object = world
        .until(|object| condition(object, "Reconciling").is_some_and(|it| it.reason == "IncompleteRead"))
        .await;
    let ready = condition(&object, "Ready").unwrap();
    assert_eq!(
        (ready.status.as_str(), ready.reason.as_str()),
        ("False", "RemovalsHeld")
    );
    assert_eq!(plan(&object).hash, hash);
    assert_eq!(object.status.as_ref().unwrap().connection, Connection::Degraded);

    // An approval that comes meanwhile is carried out when Google is there again.
    approve(&world, &hash).await;
    poll("a failed sync after the approval", async || {
        syncs(&operator)
            .await
            .get("IncompleteRead")
            .filter(|count| **count > 1)
            .copied()
    })
    .await;
    world.google.clear_faults();
    world.sync().await;
    world.until_synced().await;
    let phones = phones(&world).await;
    assert!(active[..8].iter().all(|id| !phones[id]));
    world.finish().await;
}

#[tokio::test]
async fn a_higher_limit_lets_the_plan_through() {
    let (world, _operator, active) = synced(json!({})).await;
    suspend(&world, &active[..8], true);
    world.sync().await;
    held(&world, 8).await;
    let lower = json!({"users": {"lifecycle": {"removalLimit": {"percent": 20, "minimum": 7}}}});
    let object = world.change(lower).await;
    world
        .until(|now| {
            let ready = condition(now, "Ready");
            ready.is_some_and(|ready| {
                ready.reason == "RemovalsHeld" && ready.observed_generation == object.metadata.generation
            })
        })
        .await;
    let higher = json!({"users": {"lifecycle": {"removalLimit": {"percent": 27}}}});
    world.change(higher).await;
    world.until_synced().await;
    let phones = phones(&world).await;
    assert!(active[..8].iter().all(|id| !phones[id]));
    assert!(active[8..].iter().all(|id| phones[id]));
    world.finish().await;
}

#[tokio::test]
async fn a_limit_of_nothing_holds_a_single_removal() {
    let nothing = json!({"users": {
        "lifecycle": {"removalLimit": {"percent": 0, "minimum": 0}, "onSuspended": "Delete"},
    }});
    let (world, _operator, active) = synced(nothing).await;
    let before = phones(&world).await;
    world.sync().await;
    world.until_synced().await;
    suspend(&world, &active[..1], true);
    world.sync().await;
    let object = held(&world, 1).await;
    assert_eq!(
        (plan(&object).counts.disable, plan(&object).counts.delete),
        (0, 1)
    );
    assert_eq!(phones(&world).await, before);
    approve(&world, &plan(&object).hash).await;
    world.until_synced().await;
    assert_eq!(world.extension_of(&active[0]).await, None);
    assert_eq!(phones(&world).await.len(), before.len() - 1);
    world.finish().await;
}

#[tokio::test]
async fn an_integration_that_is_held_can_be_deleted() {
    for policy in ["Retain", "Delete"] {
        let (world, _operator, active) = synced(json!({"deletionPolicy": policy})).await;
        suspend(&world, &active[..8], true);
        world.sync().await;
        held(&world, 8).await;
        world
            .integrations()
            .delete(NAME, &DeleteParams::default())
            .await
            .unwrap();
        wait_gone(&world.integrations(), NAME, PATIENCE).await;
        let left = world.all().await;
        let expected = if policy == "Retain" { PEOPLE } else { 0 };
        assert_eq!(left.len(), expected, "{policy}");
        for id in &active {
            let phone = left.values().find(|extension| user_id(extension) == Some(id));
            assert!(
                policy == "Delete" || phone.unwrap().spec.enabled,
                "nobody loses a phone"
            );
        }
        world.finish().await;
    }
}
