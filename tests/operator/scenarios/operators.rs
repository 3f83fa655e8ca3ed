//! Operators that die, meet, and begin anew.

use std::collections::HashSet;

use google_workspace_simulator::{Fault, generate};
use serde_json::json;

use super::row::{Row, play, row};
use super::scene::Scene;
use crate::world::{company, poll, syncs, user_id};

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
        .fault(Fault {
            method: Some("users.list".to_owned()),
            delay_ms: Some(1_000),
            ..Fault::default()
        })
        .then(|scene| Box::pin(async { drop(scene.world.request_sync().await) }))
        .then(|scene| Box::pin(async { scene.world.until_asked(|asked| asked.lists > 0).await }))
        .kill()
        .heal()
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
        .then(|scene| Box::pin(both_synced(scene)))
        .then(|scene| Box::pin(everybody_once(scene)))
        .counting()
        .stands(SERVED, "nothing")
        .then(|scene| Box::pin(async { drop(scene.world.sync().await) }))
        .then(|scene| Box::pin(extensions_untouched(scene))),
    ]
}

/// Waits until that many extensions are there.
async fn created(scene: &mut Scene, wanted: usize) {
    poll("enough extensions", async || {
        (scene.world.all().await.len() >= wanted).then_some(())
    })
    .await;
}

/// Each operator has brought a sync to its end.
async fn both_synced(scene: &mut Scene) {
    for operator in &scene.operators {
        poll("a sync of each", async || {
            syncs(operator).await.get("success").copied()
        })
        .await;
    }
    scene.world.settled().await;
}

async fn everybody_once(scene: &mut Scene) {
    let extensions = scene.world.all().await;
    let people: HashSet<_> = extensions.values().filter_map(user_id).collect();
    assert_eq!((extensions.len(), people.len()), (PEOPLE, PEOPLE));
}

async fn extensions_untouched(scene: &mut Scene) {
    scene.world.settled().await;
    let mut writes = scene.writes().await;
    writes.retain(|what, _| what != "status" && what != "integration");
    assert!(writes.is_empty(), "{writes:?}");
}

#[tokio::test]
async fn operators() {
    play(rows()).await;
}
