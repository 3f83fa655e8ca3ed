//! A directory that is too large for one answer and for anybody's memory.

use std::fs;
use std::time::Duration;

use dialplane_test_harness::say;
use dialplane_test_harness::world::wait_for;
use google_workspace_simulator::generate;
use serde_json::json;

use super::scene::Scene;
use crate::world::{NAME, PATIENCE, condition, handled};

/// The row's words in the list.
pub(super) const SCENARIO: &str = "50,000 users no-op";

const PEOPLE: usize = 50_000;
/// Fifty thousand pages of JSON would be some 70 MiB as text and several times that as values.
const MOST_MEMORY: f64 = 64.0;
const LONG: Duration = PATIENCE.saturating_mul(4);

/// Everybody is read, twenty are served: what fifty thousand extensions cost the API server is left to `make bench`,
/// which prints it.
#[tokio::test]
async fn fifty_thousand_people_who_did_not_change_cost_a_hundred_calls_and_no_write() {
    let mut seed = generate::directory(PEOPLE);
    seed.groups.clear();
    seed.org_units
        .push(json!({"name": "Pilot", "orgUnitPath": "/Pilot", "parentOrgUnitPath": "/"}));
    for user in seed.users.iter_mut().step_by(PEOPLE / 20) {
        user["orgUnitPath"] = json!("/Pilot");
        user["suspended"] = json!(false);
        user["archived"] = json!(false);
    }
    let mut scene = Scene::new(seed).await;
    scene.start(1).await;
    let scope = json!({"users": {"scope": {"include": {"organizationalUnits": ["/Pilot"]}}}});
    scene.declare(NAME, scope).await;
    let integrations = scene.world.integrations();
    let synced = |object: &_| condition(object, "Ready").is_some_and(|ready| ready.status == "True");
    let object = wait_for(&integrations, NAME, synced, LONG).await;
    let counts = object.status.unwrap().users.unwrap().counts;
    assert_eq!((counts.read, counts.in_scope, counts.created), (50_000, 20, 20));

    scene.count().await;
    let token = scene.world.request_sync().await;
    wait_for(
        &integrations,
        NAME,
        |object| handled(object) == Some(token.as_str()),
        LONG,
    )
    .await;
    scene.asks("list 100, units 1");
    scene.wrote("status 1").await;
    let peak = peak_mib(&scene);
    say(&format!("the operator's peak memory: {peak:.0} MiB"));
    assert!(peak < MOST_MEMORY, "{peak:.0} MiB");
    scene.finish().await;
}

/// The most memory that the operator ever had.
fn peak_mib(scene: &Scene) -> f64 {
    let pid = scene.operators[0].identity().unwrap().pid;
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let kib: f64 = line.split_whitespace().next().unwrap().parse().unwrap();
    kib / 1024.0
}
