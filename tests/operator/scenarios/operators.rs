//! Operators that die, meet, and begin anew.

use std::collections::HashSet;

use axum::http::Method;
use google_workspace_simulator::generate;
use serde_json::{Value, json};

use super::row::{Row, play, row};
use super::scene::Scene;
use crate::gateway::Gateway;
use crate::world::{company, poll, succeeded, user_id};

/// Enough for a kill in the middle of the creations.
const PEOPLE: usize = 150;

const SERVED: &str = "1 off Archived
    3 off Suspended
    146 on
    Ready Succeeded";

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(
            "operator killed mid-write",
            "the next one goes on, and nobody has two",
            generate::directory(PEOPLE),
        )
        .operator()
        .declare(json!({}))
        .then(|scene| Box::pin(created(scene, 20)))
        .kill()
        .operator()
        .ready()
        .then(|scene| Box::pin(everybody_once(scene)))
        .counting()
        .ends(SERVED, "nothing"),
        row(
            "operator killed mid-write",
            "between two patches of one plan",
            company(&["ana", "bo", "cy"]),
        )
        .serve(json!({}))
        .person("ana", json!({"suspended": true}))
        .dismiss("bo")
        .then(|scene| Box::pin(killed_before_the_second_patch(scene)))
        .operator()
        .sync()
        .counting()
        .ends(
            "1001 admin
                 1002 ana off Suspended
                 1003 bo off Deleted
                 1004 cy
                 Ready Succeeded",
            "nothing",
        ),
        row(
            "two replicas",
            "everybody has one extension, and then both are silent",
            generate::directory(PEOPLE),
        )
        .operator()
        .operator()
        .declare(json!({}))
        .ready()
        .then(|scene| Box::pin(each_syncs(scene, json!({"interval": "23h"}))))
        .then(|scene| Box::pin(everybody_once(scene)))
        .then(|scene| Box::pin(async { scene.shows(SERVED).await }))
        .counting()
        .then(|scene| Box::pin(each_syncs(scene, json!({"interval": "22h"}))))
        .then(|scene| Box::pin(extensions_untouched(scene))),
    ]
}

/// Kills the operators, and one more after the first of the two patches that are due.
async fn killed_before_the_second_patch(scene: &mut Scene) {
    scene.kill();
    let is_patch = |method: &Method, path: &str| *method == Method::PATCH && path.contains("/pbxextensions/");
    let gateway = Gateway::start(&scene.world, 1, is_patch).await;
    let operator = scene.world.builder().kubeconfig(gateway.kubeconfig()).spawn();
    scene.operators.push(operator.await.unwrap());
    scene.world.request_sync().await;
    gateway.holds(1).await;
    let off = async || {
        let all = scene.world.all().await.into_values();
        all.filter(|extension| !extension.spec.enabled).count()
    };
    poll("the first patch", async || (off().await == 1).then_some(())).await;
    scene.kill();
}

/// Waits until that many extensions are there.
async fn created(scene: &mut Scene, wanted: usize) {
    poll("enough extensions", async || {
        (scene.world.all().await.len() >= wanted).then_some(())
    })
    .await;
}

/// Each operator brings one more sync to its end: a request would be carried out by the quicker one, another declaration is
/// by both, unless one of them is done before the other one looks. Then it is declared anew.
async fn each_syncs(scene: &mut Scene, schedule: Value) {
    let mut before = Vec::new();
    for operator in &scene.operators {
        before.push(succeeded(operator).await);
    }
    let mut minutes = 0;
    let mut looks = 0;
    poll("a sync of each", async || {
        if looks % 250 == 0 {
            let anew = json!({"interval": format!("21h{minutes}m")});
            let schedule = if looks == 0 { schedule.clone() } else { anew };
            scene.world.change(json!({"users": {"schedule": schedule}})).await;
            minutes += 1;
        }
        looks += 1;
        let mut all = true;
        for (operator, before) in scene.operators.iter().zip(&before) {
            all &= succeeded(operator).await > *before;
        }
        all.then_some(())
    })
    .await;
}

async fn everybody_once(scene: &mut Scene) {
    let extensions = scene.world.all().await;
    let people: HashSet<_> = extensions.values().filter_map(user_id).collect();
    assert_eq!((extensions.len(), people.len()), (PEOPLE, PEOPLE));
}

async fn extensions_untouched(scene: &mut Scene) {
    let mut writes = scene.writes().await;
    writes.remove("status");
    assert!(writes.is_empty(), "{writes:?}");
}

#[tokio::test]
async fn operators() {
    play(rows()).await;
}
