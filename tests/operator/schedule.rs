//! When the directory is read: at a time of the day, or at an interval.

use dialplane::api::{GoogleWorkspaceIntegration, conditions};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use crate::world::{Asked, NAME, World, colleague, condition, counts, users};

/// No daylight-saving time, and half an hour off the others, so that another zone's clock cannot give the same answer.
const ZONE: &str = "Asia/Kolkata";
const STATUS: &str = "patch googleworkspaceintegrations/status";

/// A schedule at the time of day that clocks of [`ZONE`] show at this moment.
fn daily(at: Timestamp) -> Value {
    let local = TimeZone::get(ZONE).unwrap().to_datetime(at);
    json!({"users": {"schedule": {"interval": null, "daily": {
        "at": local.strftime("%H:%M:%S").to_string(), "timeZone": ZONE,
    }}}})
}

fn in_hours(hours: i64) -> Timestamp {
    let at = Timestamp::now().checked_add(hours.hours()).unwrap();
    // The API's times have whole seconds.
    Timestamp::from_second(at.as_second()).unwrap()
}

fn next(object: &GoogleWorkspaceIntegration) -> Option<Timestamp> {
    let users = object.status.as_ref()?.users.as_ref()?;
    users.next_sync_time.as_ref().map(|time| time.0)
}

/// A daily sync begins within the minute after its time of day.
fn is_due(object: &GoogleWorkspaceIntegration, at: Timestamp) -> bool {
    next(object).is_some_and(|next| (0..=60).contains(&next.duration_since(at).as_secs()))
}

#[tokio::test]
async fn a_daily_sync_comes_at_once_and_then_at_its_time_of_the_zone() {
    let world = World::with_people(3).await;
    let operator = world.operator().await;
    let in_two = in_hours(2);
    world.declare(daily(in_two)).await;
    let object = world.until_synced().await;
    assert!(is_due(&object, in_two), "{:?} instead of {in_two}", next(&object));

    // The new time counts at once, and nobody waits for the old one.
    let in_five = in_hours(5);
    world.change(daily(in_five)).await;
    let object = world.until_synced().await;
    assert!(
        is_due(&object, in_five),
        "{:?} instead of {in_five}",
        next(&object)
    );

    // Neither a restart nor a look in between is a reason to read the directory.
    drop(operator);
    let mark = world.mark().await;
    let operator = world.operator().await;
    world.settled().await;
    assert_eq!(world.asked(), Asked::default());
    drop(operator);

    // After a restart the time is that of the last sync, to the second: somebody hired meanwhile is served then.
    let soon = Timestamp::now().checked_add(15.seconds()).unwrap();
    let soon = Timestamp::from_second(soon.as_second()).unwrap();
    let operator = world.operator().await;
    world.change(daily(soon)).await;
    let object = world.until(|object| is_due(object, soon)).await;
    assert_eq!(condition(&object, conditions::READY).unwrap().status, "True");
    drop(operator);
    let _operator = world.operator().await;
    world.google.create_user(colleague("zoe")).unwrap();
    let object = world.until(|object| users(object).counts.read == 4).await;
    let last = users(&object).last_sync_time.as_ref().unwrap().0;
    assert!(last >= soon, "the sync came at {last}, before its time {soon}");
    let tomorrow = soon.checked_add(24.hours()).unwrap();
    assert!(
        is_due(&object, tomorrow),
        "{:?} instead of {tomorrow}",
        next(&object)
    );
    let writes = world.writes(mark).await;
    assert_eq!(writes["create pbxextensions"], 1);
    world.finish().await;
}

#[tokio::test]
async fn a_time_zone_that_does_not_exist_stops_before_anything_is_read() {
    let world = World::with_people(3).await;
    let _operator = world.operator().await;
    let mark = world.mark().await;
    let mut spec = daily(in_hours(2));
    spec["users"]["schedule"]["daily"]["timeZone"] = json!("Europe/Atlantis");
    world.declare(spec).await;
    let object = world.until_ready("False", "InvalidTimeZone").await;
    let stalled = condition(&object, conditions::STALLED).unwrap();
    assert!(stalled.message.contains("Europe/Berlin"), "{}", stalled.message);
    assert_eq!(world.google.requests().len(), 0);
    world
        .wrote(
            mark,
            counts([(STATUS, 1), ("patch googleworkspaceintegrations", 1)]),
        )
        .await;

    world.change(daily(in_hours(2))).await;
    world.until_synced().await;
    assert_eq!(world.all().await.len(), 3);
    world.finish().await;
}

#[tokio::test]
async fn an_interval_and_a_time_of_day_exclude_each_other() {
    let world = World::with_people(1).await;
    world.declare(json!({})).await;
    let mut both = daily(in_hours(2));
    both["users"]["schedule"]["interval"] = json!("15m");
    let patch = Patch::Merge(json!({"spec": both}));
    let refused = world
        .integrations()
        .patch(NAME, &PatchParams::default(), &patch)
        .await;
    let Err(kube::Error::Api(status)) = refused else {
        panic!("{refused:?}")
    };
    assert!(
        status.is_invalid()
            && status
                .message
                .contains("cannot be combined with interval; remove one of the two"),
        "{}",
        status.message
    );
    world.finish().await;
}
