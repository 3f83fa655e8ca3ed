//! The tests' own judge: what it overlooked, no test would find.

use dialplane::api::conditions::READY;
use serde_json::json;

use crate::world::World;

/// A status that says too little, as the last thing that happens: while kubectl runs, nothing else of the test does.
#[tokio::test]
#[should_panic(expected = "conditions broke the rules")]
async fn the_last_status_is_judged() {
    let world = World::with_people(1).await;
    world.declare(json!({})).await;
    let ready = json!({
        "type": READY, "status": "True", "reason": "Succeeded", "message": " ",
        "lastTransitionTime": "2026-11-21T07:00:00Z", "observedGeneration": 1,
    });
    let status = json!({"status": {"observedGeneration": 1, "conditions": [ready]}});
    let patch = ["patch", "gwi", "acme", "--subresource=status", "--type=merge"];
    let patched = world.kubectl(&[&patch[..], &["-p", &status.to_string()]].concat());
    patched.ok().unwrap();
    world.finish().await;
}

#[tokio::test]
#[should_panic(expected = "nobody has judged the statuses")]
async fn a_world_that_nobody_finishes_fails() {
    World::with_people(1).await;
}
