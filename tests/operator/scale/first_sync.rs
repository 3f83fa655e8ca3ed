//! Ten thousand people.

use std::collections::BTreeMap;
use std::time::Duration;

use dialplane::api::conditions::{READY, RECONCILING};
use dialplane_test_harness::{AuditEntries, AuditMark};
use google_workspace_simulator::generate;
use serde_json::json;

use super::{LONG, PAGE, assert_served_from, text, until, until_synced};
use crate::world::{World, condition, counts, handled, user_id};

const CREATE: &str = "create pbxextensions";

const PATCH: &str = "patch pbxextensions";

const STATUS: &str = "patch googleworkspaceintegrations/status";

const FINALIZER: &str = "patch googleworkspaceintegrations";

#[tokio::test]
async fn the_first_sync_of_10000_costs_10000_creations_and_one_without_changes_costs_nothing() {
    const PEOPLE: usize = 10_000;
    // Long enough to show progress on any machine: the pages alone take five seconds.
    let world = World::with_slow_google(PEOPLE, Duration::from_millis(250)).await;
    let _operator = world.operator().await;
    let mark = world.audit.mark().await;
    world
        .declare(json!({"users": {"numbering": {"start": "10001"}}}))
        .await;
    let progress = until(&world, LONG, |object| {
        condition(object, RECONCILING).is_some_and(|it| it.message.contains("extensions changed so far"))
    })
    .await;
    assert_eq!(condition(&progress, READY).unwrap().status, "Unknown");
    until_synced(&world).await;

    let writes = world.writes(mark).await;
    assert_eq!(writes[CREATE], PEOPLE, "{writes:?}");
    assert_eq!(writes[FINALIZER], 1, "{writes:?}");
    assert_eq!(writes.len(), 3, "other writes: {writes:?}");
    let calls = list_calls(&world);
    assert_eq!(calls.len(), PEOPLE / PAGE, "{calls:?}");
    assert_served_from(&world, PEOPLE, 10_001).await;

    let mark = world.mark().await;
    sync(&world).await;
    assert_eq!(list_calls(&world).len(), PEOPLE / PAGE);
    assert_eq!(world.google_calls("/admin/"), PEOPLE / PAGE, "of any kind");
    let asked = requests(&world, mark).await;
    // The acknowledgement is the one write, and the Secret all that is read.
    let expected = [("get secrets", 1), (STATUS, 1)];
    assert_eq!(asked.counts(), counts(expected));

    let mark = world.audit.mark().await;
    let [renamed, suspended] = active_people(PEOPLE);
    world
        .google
        .patch_user(
            &renamed,
            json!({"name": {"givenName": "Renamed", "familyName": "Person"}}),
        )
        .unwrap();
    world
        .google
        .patch_user(&suspended, json!({"suspended": true}))
        .unwrap();
    sync(&world).await;
    let mut writes = world.writes(mark).await;
    assert!(writes.remove(STATUS).unwrap_or_default() <= 2, "{writes:?}");
    assert_eq!(writes, BTreeMap::from([(PATCH.to_owned(), 2)]));
    let extensions = world.all().await;
    let of = |id: &str| extensions.values().find(|it| user_id(it) == Some(id)).unwrap();
    assert_eq!(
        of(&renamed).spec.user.as_ref().unwrap().first_name.as_deref(),
        Some("Renamed")
    );
    assert!(!of(&suspended).spec.enabled);
    world.finish().await;
}

/// The Google ids of two people whose extensions are enabled.
fn active_people(people: usize) -> [String; 2] {
    let seed = generate::directory(people);
    let mut active = seed
        .users
        .iter()
        .filter(|user| user["suspended"] == false && user["archived"] == false)
        .map(|user| text(user, "id"))
        .skip(people / 3);
    [active.next().unwrap(), active.next().unwrap()]
}

/// The queries of every users.list call.
fn list_calls(world: &World) -> Vec<String> {
    let requests = world.google.requests();
    requests
        .into_iter()
        .filter(|request| request.path == "/admin/directory/v1/users")
        .map(|request| request.query)
        .collect()
}

/// What the operator asked of the API server, but for watches, which go on.
async fn requests(world: &World, mark: AuditMark) -> AuditEntries {
    let ours = world.asked_by_operator(mark).await;
    ours.filter(|entry| entry.verb != "watch")
}

/// Asks for a sync of many, and waits until it was carried out.
async fn sync(world: &World) {
    let token = world.request_sync().await;
    until(world, LONG, |object| handled(object) == Some(token.as_str())).await;
}
