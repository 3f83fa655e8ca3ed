//! Automatic: at once, on request and by the schedule; and from one mode to the other.

use dialplane::api::GoogleWorkspaceIntegration;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use super::{hire, manual, times, writes};
use crate::world::{NAME, World, handled, merge, users};

#[tokio::test]
async fn automatic_syncs_at_once_on_request_and_by_interval() {
    let world = World::with_people(3).await;
    let _operator = world.operator().await;
    world
        .declare(json!({"users": {"schedule": {"interval": "30s"}}}))
        .await;
    let object = world.until_synced().await;
    assert_eq!(world.pages_read(), 1);
    assert_eq!(handled(&object), None);
    assert_due_in_30_to_33_seconds(&object);

    hire(&world, "yan");
    let object = world.sync().await;
    assert_eq!(world.all().await.len(), 4);
    assert_eq!(world.pages_read(), 2);
    assert_due_in_30_to_33_seconds(&object);
    let (_, due) = times(&object);

    hire(&world, "zoe");
    let object = world.until(|object| users(object).counts.read == 5).await;
    assert_eq!(world.all().await.len(), 5);
    assert_eq!(world.pages_read(), 3);
    let (ended, _) = times(&object);
    assert!(
        ended >= due,
        "the sync by schedule came at {ended:?}, before it was due at {due:?}"
    );
    assert_due_in_30_to_33_seconds(&object);
    world.finish().await;
}

fn assert_due_in_30_to_33_seconds(object: &GoogleWorkspaceIntegration) {
    let (Some(last), Some(next)) = times(object) else {
        panic!("no times in {:?}", object.status)
    };
    let wait = next.duration_since(last).as_millis();
    // The API's times have whole seconds, rounded down.
    assert!((29_000..=34_000).contains(&wait), "{last} to {next}");
}

#[tokio::test]
async fn a_change_of_the_mode_is_refused_unless_it_is_authorized_again() {
    let world = World::with_people(3).await;
    let _operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    let before = world.all().await;
    let mark = world.audit.mark().await;

    let mut change = json!({"spec": manual()});
    let patch = PatchParams::default();
    let refused = world
        .integrations()
        .patch(NAME, &patch, &Patch::Merge(&change))
        .await;
    let Err(kube::Error::Api(status)) = refused else {
        panic!("{refused:?}")
    };
    assert!(status.is_invalid());
    assert!(
        status
            .message
            .contains("raise google.authorizationEpoch by one in the same change"),
        "{}",
        status.message
    );

    merge(
        &mut change,
        json!({"spec": {"google": {"authorizationEpoch": 2}}}),
    );
    // A null has to survive the merge: it is what removes the schedule.
    change["spec"]["users"]["schedule"] = Value::Null;
    world
        .integrations()
        .patch(NAME, &patch, &Patch::Merge(&change))
        .await
        .unwrap();
    world.until_ready("False", "AwaitingManualSync").await;
    world.settled().await;
    assert_eq!(world.pages_read(), 1);

    world
        .change(json!({"google": {"authorizationEpoch": 3}, "users": {"syncMode": "Automatic"}}))
        .await;
    let object = world.until_synced().await;
    let status = object.status.as_ref().unwrap();
    assert_eq!(status.authorization.as_ref().unwrap().epoch, Some(3));
    assert_eq!(world.pages_read(), 2);
    assert_eq!(world.all().await, before);
    let writes = writes(&world, mark).await;
    assert!(
        writes.keys().all(|kind| kind.ends_with("integrations/status")),
        "{writes:?}"
    );
    world.finish().await;
}
