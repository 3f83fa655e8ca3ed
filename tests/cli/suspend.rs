//! `dialplane suspend` and `dialplane resume`.

use serde_json::json;

use crate::plan::quiet;
use crate::world::{NAME, World};

#[tokio::test]
async fn an_integration_is_suspended_and_goes_on_afterwards() {
    let world = World::with_people(2).await;
    let _operator = world.operator().await;
    world.declare(quiet()).await;
    world.until_synced().await;
    world
        .dialplane(&["resume", NAME])
        .await
        .code(0)
        .says(&["/acme is not suspended\n"]);
    let suspended = world.dialplane(&["suspend", NAME]).await.code(0);
    suspended
        .says(&["/acme suspended: the operator makes no changes"])
        .notes(&["note: if a GitOps tool"]);
    world.until_ready("False", "Suspended").await;

    let again = world
        .dialplane(&["suspend", NAME])
        .await
        .code(0)
        .says(&["/acme is already suspended\n"]);
    assert_eq!(again.stderr, "");
    let newcomer =
        json!({"primaryEmail": "zoe@acme.example", "name": {"givenName": "Zoe", "familyName": "New"}});
    world.google.create_user(newcomer).unwrap();
    world
        .dialplane(&["resume", NAME])
        .await
        .code(0)
        .says(&["/acme resumed\n"])
        .notes(&["note: if a GitOps tool"]);
    world.until_synced().await;
    assert!(world.number_of("zoe@acme.example").await.is_some());
    world
        .dialplane(&["suspend", "nobody"])
        .await
        .code(1)
        .notes(&["there is no GoogleWorkspaceIntegration nobody"]);
    world.finish().await;
}
