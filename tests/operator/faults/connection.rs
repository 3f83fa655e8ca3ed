//! Google, or the way to it, does not work for a while; and nobody is bothered more than needed.

use std::collections::BTreeMap;

use dialplane::api::conditions;
use dialplane::api::status::Connection;
use dialplane_test_harness::{AuditMark, free_port};
use google_workspace_simulator::{Fault, Options, Simulator, Switches, generate};
use serde_json::json;

use super::{PEOPLE, Shown, of_directory, operator};
use crate::world::{ADMIN, World, condition, handled, poll, syncs};

#[tokio::test]
async fn faults_that_pass_degrade_the_connection_and_heal_by_themselves() {
    let world = World::with_people(PEOPLE).await;
    let operator = operator(&world).await;
    world.declare(json!({})).await;
    let object = world.until_synced().await;
    assert_eq!(object.status.unwrap().connection, Connection::Connected);
    let cases = [
        ("RateLimited", "quotaExceeded", "quota"),
        ("GoogleUnavailable", "unavailable", "status page"),
        ("IncompleteRead", "htmlPage", "operator's log"),
        ("UnexpectedAnswer", "conflict", "operator's log"),
    ];
    let last = cases.len() - 1;
    for (case, (reason, fault, word)) in cases.into_iter().enumerate() {
        world.google.add_fault(of_directory(Fault::named(fault))).unwrap();
        let requested = world.request_sync().await;
        let shown = Shown::passing(reason);
        let object = shown.on(&world, &operator, &["Nothing was removed", word]).await;
        // What was verified before is not called into question by silence.
        assert_eq!(condition(&object, conditions::AUTHORIZED).unwrap().status, "True");
        assert_eq!(world.all().await.len(), PEOPLE);
        assert_ne!(
            handled(&object),
            Some(requested.as_str()),
            "a request is not answered by a failure that passes"
        );
        let columns = world
            .plane
            .kubectl(&["-n", &world.namespace, "get", "gwi", "acme"]);
        assert!(columns.stdout.contains("Degraded"), "{}", columns.stdout);
        world.google.clear_faults();
        let answered = if case == last {
            // Nobody asks again: the pause after the failure ends by itself.
            requested
        } else {
            world.request_sync().await
        };
        let object = world.until_handled(&answered).await;
        assert_eq!(handled(&shown.heals(&world).await), handled(&object));
    }
    world.finish().await;
}

#[tokio::test]
async fn an_endpoint_that_refuses_is_tried_again_and_told_once() {
    let world = World::with_people(PEOPLE).await;
    let port = free_port().unwrap();
    let operator = world
        .builder()
        .google_endpoint(format!("http://127.0.0.1:{port}"))
        .arg("--google-tries=1")
        .spawn()
        .await
        .unwrap();
    let mark = world.audit.mark().await;
    world.declare(json!({})).await;
    // Nothing worked before, so nothing is degraded.
    let shown = Shown {
        connection: Connection::Disconnected,
        ..Shown::passing("GoogleUnavailable")
    };
    let words = [
        "cannot be reached",
        "admin.googleapis.com and oauth2.googleapis.com",
    ];
    shown.on(&world, &operator, &words).await;
    for tries in 2..=3 {
        world.request_sync().await;
        poll("another try", async || {
            let failed = syncs(&operator).await[shown.reason];
            (failed >= tries).then_some(())
        })
        .await;
    }
    // The first sight of the object, and the fault: not one write per try.
    let writes = world.writes(mark).await;
    let expected = [
        ("patch googleworkspaceintegrations", 1),
        ("patch googleworkspaceintegrations/status", 2),
    ];
    let expected: BTreeMap<_, _> = expected
        .into_iter()
        .map(|(what, count)| (what.to_owned(), count))
        .collect();
    assert_eq!(writes, expected);

    let mut seed = generate::directory(PEOPLE);
    seed.add_service_account(world.account.clone());
    let _google = Simulator::start(Options {
        listen: ([127, 0, 0, 1], port).into(),
        seed,
        switches: Switches::strict(),
        ..Options::default()
    })
    .await
    .unwrap();
    world.sync().await;
    shown.heals(&world).await;
    world.finish().await;
}

#[tokio::test]
async fn a_fault_that_a_person_must_mend_leaves_google_and_the_api_server_in_peace() {
    let world = World::with_people(PEOPLE).await;
    let operator = operator(&world).await;
    world.google.patch_user(ADMIN, json!({"isAdmin": false})).unwrap();
    world.declare(json!({})).await;
    let shown = Shown::refused("InsufficientAdminRole");
    shown.on(&world, &operator, &[ADMIN]).await;
    world.google.clear_requests();
    let mark = world.audit.mark().await;
    // Looks that nobody asked for: each compares the Secret, as the one every 15 seconds does. Three are over when the fourth
    // has begun.
    for looks in 1..=4 {
        world.look().await;
        poll("a look", async || {
            (secrets_read(&world, mark).await >= looks).then_some(())
        })
        .await;
    }
    assert_eq!(world.google.requests(), []);
    assert_eq!(world.writes(mark).await, BTreeMap::new());
    assert_eq!(syncs(&operator).await[shown.reason], 1);
    world.google.patch_user(ADMIN, json!({"isAdmin": true})).unwrap();
    world.sync().await;
    shown.heals(&world).await;
    world.finish().await;
}

/// How often the operator has read the Secret of this world.
async fn secrets_read(world: &World, since: AuditMark) -> usize {
    let ours = world.asked_by_operator(since).await;
    ours.resource("secrets").verb("get").len()
}

#[tokio::test]
async fn a_rate_limit_is_met_with_growing_pauses() {
    let world = World::with_people(PEOPLE).await;
    let operator = operator(&world).await;
    world
        .google
        .add_fault(of_directory(Fault::named("resourceExhausted")))
        .unwrap();
    world.declare(json!({})).await;
    let shown = Shown {
        connection: Connection::Disconnected,
        ..Shown::passing("RateLimited")
    };
    shown.on(&world, &operator, &["quota"]).await;
    let mark = world.audit.mark().await;
    let tries = poll("a fourth try", async || {
        syncs(&operator)
            .await
            .get("RateLimited")
            .filter(|count| **count >= 4)
            .copied()
    })
    .await;
    // Each try is one call, and after the first token none asks for another.
    assert_eq!(u64::try_from(world.google_calls("/admin/")).unwrap(), tries);
    assert_eq!(world.google_calls("/token"), 1);
    assert_eq!(world.writes(mark).await, BTreeMap::new());
    world.google.clear_faults();
    world.sync().await;
    shown.heals(&world).await;
    world.finish().await;
}
