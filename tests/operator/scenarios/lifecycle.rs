//! Adoption, edits by hand, pauses, the end of an integration, and the limit of removals.

use dialplane::api::names::ANNOTATION_APPROVE_REMOVALS;
use serde_json::json;

use super::row::{Row, play, row};
use super::scene::Scene;
use crate::world::company;

const THREE: &str = "1001 admin
    1002 ana
    1003 bo
    Ready Succeeded";

const EIGHT: [&str; 8] = ["ana", "bo", "cy", "dan", "eve", "flo", "gil", "hal"];

pub(super) fn adoption() -> Vec<Row> {
    let seed = || company(&["ana", "bo"]);
    let hers = json!({
        "user": {"firstName": "Old", "email": "ana@acme.example"},
        "voicemail": {"enabled": true, "pinSecretRef": {"name": "pin", "key": "pin"}},
    });
    vec![
        row(
            "adoption on and off",
            "off: the person is told, nothing is taken over",
            seed(),
        )
        .by_hand("7777", hers.clone())
        .serve(json!({}))
        .stands(
            "1001 admin
                 1002 bo
                 7777 ana unmanaged
                 Ready Succeeded
                 problem ana@acme.example EmailConflict",
            "nothing",
        )
        .change(json!({"users": {"lifecycle": {"adoptByEmail": true}}}))
        .ready()
        .has("7777", "/spec/voicemail/pinSecretRef/name", json!("pin"))
        .has("7777", "/spec/user/firstName", json!("ana"))
        .ends(
            "1001 admin
                 1002 bo
                 7777 ana
                 Ready Succeeded",
            "patch 1, status 2",
        ),
        row(
            "adoption on and off",
            "on: one patch instead of a creation",
            seed(),
        )
        .by_hand("7777", hers)
        .operator()
        .declare(json!({"users": {"lifecycle": {"adoptByEmail": true}}}))
        .ready()
        .ends(
            "1001 admin
                 1002 bo
                 7777 ana
                 Ready Succeeded",
            "create 2, integration 1, patch 1, status 2",
        ),
    ]
}

pub(super) fn by_hand() -> Vec<Row> {
    let seed = || company(&["ana", "bo"]);
    vec![
        row(
            "manual edit of a locked field",
            "it comes back by one question and one patch",
            seed(),
        )
        .serve(json!({}))
        .edit("1002", json!({"spec": {"user": {"email": "else@acme.example"}}}))
        .stands(THREE, "patch 1")
        .edit("1002", json!({"spec": {"user": {"mobile": "112"}}}))
        .then(|scene| {
            Box::pin(async {
                let gone =
                    |it: &dialplane::api::PbxExtension| it.spec.user.as_ref().unwrap().mobile.is_none();
                scene.world.until_extension("1002", gone).await;
            })
        })
        .asks("get 1")
        .ends(THREE, "patch 1"),
        row("manual delete", "the number comes back to the person", seed())
            .serve(json!({}))
            .delete("1002")
            .stands(THREE, "create 1")
            .ends(THREE, "nothing"),
        row(
            "consumer acknowledgement missing",
            "nobody waits for a phone system that never says anything, or says it late",
            seed(),
        )
        .serve(json!({}))
        .stands(THREE, "nothing")
        .then(|scene| Box::pin(acknowledge(scene)))
        // Of the barrier: bo's extension comes back twice.
        .asks("get 2")
        .ends(THREE, "patch 2"),
        row(
            "pause with and without deletion",
            "without: nothing is done until it goes on",
            seed(),
        )
        .serve(json!({}))
        .then(|scene| Box::pin(async { scene.world.declare_bystander().await }))
        .change(json!({"suspend": true}))
        .stands(
            "1001 admin
                 1002 ana
                 1003 bo
                 beta-1001 admin
                 beta-1002 ana
                 beta-1003 bo
                 not Ready Suspended Stalled
                 beta: Ready Succeeded",
            "create 3, integration 1, status 3",
        )
        .dismiss("ana")
        .delete("1003")
        .hire("cy")
        .then(|scene| Box::pin(async { scene.world.passed_by().await }))
        .asks("get 1")
        .stands(
            "1001 admin
                 1002 ana
                 beta-1001 admin
                 beta-1002 ana
                 beta-1003 bo
                 not Ready Suspended Stalled
                 beta: Ready Succeeded",
            "patch 1",
        )
        .change(json!({"suspend": false}))
        .ready()
        .ends(
            "1001 admin
                 1002 ana off Deleted
                 1003 bo
                 1004 cy
                 beta-1001 admin
                 beta-1002 ana
                 beta-1003 bo
                 Ready Succeeded
                 beta: Ready Succeeded",
            "create 2, patch 1, status 2",
        ),
        row(
            "pause with and without deletion",
            "with: the integration goes all the same",
            seed(),
        )
        .serve(json!({"deletionPolicy": "Delete"}))
        .change(json!({"suspend": true}))
        .until("False", "Suspended")
        .disconnect("acme")
        .asks("nothing")
        .stands("", "delete 3, integration 1, map 3, new map 3, status 2"),
    ]
}

/// The phone system speaks of one extension.
async fn acknowledge(scene: &mut Scene) {
    let status = json!({"status": {"observedGeneration": 1, "profile": "Available"}});
    let patch = kube::api::Patch::Merge(status);
    let params = kube::api::PatchParams::default();
    let extensions = scene.world.extensions();
    extensions
        .patch_status("acme-1002", &params, &patch)
        .await
        .unwrap();
    scene.world.caught_up("1003").await;
}

pub(super) fn ends() -> Vec<Row> {
    let seed = || company(&["ana", "bo"]);
    vec![
        row(
            "disconnect retain and delete",
            "retain: our labels go, and come back",
            seed(),
        )
        .serve(json!({}))
        .disconnect("acme")
        .stands(
            "1001 admin unmanaged
                 1002 ana unmanaged
                 1003 bo unmanaged",
            "patch 3, integration 1, status 1",
        )
        .declare(json!({}))
        .ready()
        .ends(THREE, "patch 3, integration 1, status 2"),
        row(
            "disconnect retain and delete",
            "delete: they go, and the numbers wait for their people",
            seed(),
        )
        .serve(json!({"deletionPolicy": "Delete"}))
        .disconnect("acme")
        .stands("", "delete 3, integration 1, map 3, new map 3, status 1")
        .hire("aaron")
        .declare(json!({}))
        .ready()
        .ends(
            "1001 admin
                 1002 ana
                 1003 bo
                 1004 aaron
                 Ready Succeeded",
            "create 4, integration 1, status 2",
        ),
        row(
            "two GWIs same tenant",
            "the second one waits, and takes over",
            seed(),
        )
        .serve(json!({}))
        .declare_as("beta", json!({}))
        .then(|scene| {
            Box::pin(async {
                let taken = |it: &dialplane::api::GoogleWorkspaceIntegration| {
                    crate::world::condition(it, "Ready").is_some_and(|it| it.reason == "TenantTaken")
                };
                scene.world.until_other("beta", taken).await;
            })
        })
        .asks("nothing")
        .stands(
            "1001 admin
                 1002 ana
                 1003 bo
                 Ready Succeeded
                 beta: not Ready TenantTaken Stalled Disconnected",
            "integration 1, status 1",
        )
        .disconnect("acme")
        .then(|scene| Box::pin(async { drop(scene.world.request_sync_of("beta").await) }))
        .stands(
            "1001 admin
                 1002 ana
                 1003 bo
                 beta: Ready Succeeded",
            "patch 6, integration 1, status 2",
        ),
        row(
            "two tenants same org",
            "each has its own extensions of the same people",
            seed(),
        )
        .serve(json!({}))
        .declare_as("beta", json!({"tenant": {"name": "beta"}}))
        .stands(
            "1001 admin
                 1002 ana
                 1003 bo
                 beta-1001 admin
                 beta-1002 ana
                 beta-1003 bo
                 Ready Succeeded
                 beta: Ready Succeeded",
            "create 3, integration 1, status 2",
        )
        .disconnect("beta")
        .stands(
            "1001 admin
                 1002 ana
                 1003 bo
                 beta-1001 admin unmanaged
                 beta-1002 ana unmanaged
                 beta-1003 bo unmanaged
                 Ready Succeeded",
            "patch 3, integration 1, status 1",
        ),
    ]
}

/// Six of nine leave, and five may go at once.
fn tripped(scenario: &'static str, detail: &'static str) -> Row {
    row(scenario, detail, company(&EIGHT))
        .serve(json!({"users": {"lifecycle": {"onDeleted": "Delete"}}}))
        .dismiss("ana")
        .dismiss("bo")
        .dismiss("cy")
        .dismiss("dan")
        .dismiss("eve")
        .dismiss("flo")
        .hire("ida")
        .sync()
        .stands(
            "1001 admin
             1002 ana
             1003 bo
             1004 cy
             1005 dan
             1006 eve
             1007 flo
             1008 gil
             1009 hal
             1010 ida
             not Ready RemovalsHeld Stalled",
            "create 1, status 1",
        )
}

pub(super) fn guard() -> Vec<Row> {
    vec![
        tripped(
            "guard trip then approve",
            "exactly the plan that was shown is carried out",
        )
        .then(|scene| {
            Box::pin(async {
                let object = scene.world.until_ready("False", "RemovalsHeld").await;
                let hash = object.status.unwrap().plan.unwrap().hash;
                scene.world.annotate(ANNOTATION_APPROVE_REMOVALS, &hash).await;
            })
        })
        .ready()
        .ends(
            "1001 admin
                 1008 gil
                 1009 hal
                 1010 ida
                 Ready Succeeded",
            "delete 6, map 6, new map 6, status 1",
        ),
        tripped(
            "guard trip then heal",
            "they come back in Google, and nothing was lost",
        )
        .undelete("ana")
        .undelete("bo")
        .undelete("cy")
        .undelete("dan")
        .undelete("eve")
        .undelete("flo")
        .sync()
        .ends(
            "1001 admin
                 1002 ana
                 1003 bo
                 1004 cy
                 1005 dan
                 1006 eve
                 1007 flo
                 1008 gil
                 1009 hal
                 1010 ida
                 Ready Succeeded",
            "status 1",
        ),
    ]
}

#[tokio::test]
async fn adoption_by_address() {
    play(adoption()).await;
}

#[tokio::test]
async fn hands_on_extensions() {
    play(by_hand()).await;
}

#[tokio::test]
async fn ends_of_integrations() {
    play(ends()).await;
}

#[tokio::test]
async fn the_limit_of_removals() {
    play(guard()).await;
}
