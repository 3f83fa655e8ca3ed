//! SIGTERM: what was sent is finished, nothing new is begun, and the next operator goes on from there.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use google_workspace_simulator::Fault;
use serde_json::json;

use crate::world::{PATIENCE, World, company, user_id};

const PEOPLE: usize = 600;

#[tokio::test]
async fn a_first_sync_is_broken_off_between_whole_objects_and_completed_by_the_next() {
    let world = World::with_people(PEOPLE).await;
    let mut operator = world.operator().await;
    // The second page never comes, so that the sync cannot be over when the signal arrives.
    let late = Fault {
        path_prefix: Some("/admin".into()),
        skip: 1,
        delay_ms: Some(600_000),
        ..Fault::default()
    };
    world.google.add_fault(late).unwrap();
    let mark = world.mark().await;
    world.declare(json!({})).await;
    let deadline = Instant::now() + PATIENCE;
    while world.all().await.len() < 50 {
        assert!(Instant::now() < deadline, "no extensions");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let status = operator.terminate().await.unwrap();
    assert!(status.success(), "{status}: {}", operator.log());

    let entries = world.requests(mark).await;
    let creates = entries.verb("create").resource("pbxextensions");
    let broken = creates.filter(|entry| entry.code != 201);
    assert!(broken.is_empty(), "left in the middle: {broken:?}");
    let extensions = world.all().await;
    assert!(extensions.len() < PEOPLE);
    assert_eq!(
        extensions.len(),
        creates.len(),
        "every create that was sent was awaited"
    );
    for extension in extensions.values() {
        let user = world.google.user(user_id(extension).unwrap()).unwrap();
        assert_eq!(
            extension.spec.user.as_ref().unwrap().email.as_deref(),
            user["primaryEmail"].as_str()
        );
        assert_eq!(extension.metadata.labels.as_ref().unwrap().len(), 5);
    }
    let log = operator.log();
    let last = log.lines().last().unwrap();
    assert!(last.contains("\"ended\""), "{log}");
    let told: Vec<_> = log
        .lines()
        .filter(|line| line.contains("\"WARN\"") || line.contains("\"ERROR\""))
        .collect();
    // At the start, loudly: the simulator is not Google.
    assert_eq!(told.len(), 1, "a signal is no failure: {log}");
    assert!(told[0].contains("--google-endpoint is set: "), "{log}");

    world.google.clear_faults();
    let _operator = world.operator().await;
    world.until_synced().await;
    let after = world.all().await;
    let people: BTreeSet<_> = after
        .values()
        .map(|extension| user_id(extension).unwrap())
        .collect();
    assert_eq!(
        (after.len(), people.len()),
        (PEOPLE, PEOPLE),
        "nobody is missing, and nobody is there twice"
    );
    for (number, extension) in &extensions {
        assert_eq!(&after[number], extension, "what was made before is kept as it is");
    }
    let entries = world.requests(mark).await;
    assert_eq!(
        entries.verb("create").resource("pbxextensions").len(),
        PEOPLE,
        "one create per person"
    );
    world.finish().await;
}

/// The harness gives it a minute; the pod's grace period is half of that, and a schedule of a day does not count.
#[tokio::test]
async fn an_idle_operator_ends_when_asked() {
    let world = World::new(company(&["ana"])).await;
    let mut operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    let mark = world.mark().await;
    let status = operator.terminate().await.unwrap();
    assert!(status.success(), "{status}: {}", operator.log());
    assert!(
        operator.log().lines().last().unwrap().contains("\"ended\""),
        "{}",
        operator.log()
    );
    assert!(world.writes(mark).await.is_empty());
    assert_eq!(world.asked(), crate::world::Asked::default());
    world.finish().await;
}

/// Somebody whose extension was edited waits for Google, with pauses that grow; the end of the process does not.
#[tokio::test]
async fn a_repair_that_waits_for_google_does_not_hold_up_the_end() {
    let world = World::new(company(&["ana"])).await;
    let mut operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    let down = Fault {
        path_prefix: Some("/admin".into()),
        ..Fault::named("backendError")
    };
    world.google.add_fault(down).unwrap();
    world.mark().await;
    world
        .edit("1002", json!({"spec": {"user": {"firstName": "X"}}}))
        .await;
    world.until_asked(|asked| asked.single > 0).await;
    let status = operator.terminate().await.unwrap();
    assert!(status.success(), "{status}: {}", operator.log());

    // What was not repaired is found by the next operator's first sync.
    world.google.clear_faults();
    let _operator = world.operator().await;
    world.sync().await;
    let ana = world.extensions().get("acme-1002").await.unwrap();
    assert_eq!(ana.spec.user.unwrap().first_name.as_deref(), Some("ana"));
    world.finish().await;
}
