//! Kubernetes does not answer for a while.

use dialplane_test_harness::Operator;
use dialplane_test_harness::process::Identity;
use serde_json::json;

use super::{Created, LONG, assert_served, until_synced};
use crate::world::{World, poll_for};

#[tokio::test]
async fn an_outage_of_the_api_server_only_delays_a_sync() {
    const PEOPLE: usize = 1_000;
    let world = World::apart(PEOPLE).await;
    let operator = world.operator().await;
    let mut created = Created::watch(&world);
    world.declare(json!({})).await;
    created.reaches(300).await;
    world.plane.stop_api_server().await;
    until_log(&operator, "a sync failed").await;
    world.plane.start_api_server().await;
    until_synced(&world).await;
    assert_served(&world, PEOPLE).await;
    assert!(
        operator.identity().is_some_and(Identity::is_alive),
        "it has ended:\n{}",
        operator.log()
    );
    world.finish().await;
}

/// Requests that were sent and never answered: nobody knows which of them etcd carried out when it went on.
#[tokio::test]
async fn an_etcd_that_stands_still_for_a_while_only_delays_a_sync() {
    const PEOPLE: usize = 1_000;
    let world = World::apart(PEOPLE).await;
    let operator = world.operator().await;
    let mut created = Created::watch(&world);
    world.declare(json!({})).await;
    created.reaches(200).await;
    let processes = world.plane.processes();
    let (_, etcd) = processes.iter().find(|(name, _)| *name == "etcd").unwrap();
    signal("STOP", etcd.pid);
    until_log(&operator, "a sync failed").await;
    signal("CONT", etcd.pid);
    until_synced(&world).await;
    assert_served(&world, PEOPLE).await;
    world.finish().await;
}

fn signal(name: &str, pid: i32) {
    let status = std::process::Command::new("kill")
        .args(["-s", name, &pid.to_string()])
        .status();
    assert!(status.unwrap().success());
}

async fn until_log(operator: &Operator, text: &str) {
    poll_for(LONG, text, async || operator.log().contains(text).then_some(())).await;
}
