//! The operator under the chart's policies, as its ServiceAccount: they refuse others, and never what it does itself.

use std::time::Instant;

use dialplane::api::names::ANNOTATION_BREAK_GLASS;
use dialplane_test_harness::world::wait_gone;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::{Value, json};

use crate::lifecycle::hire;
use crate::world::{NAME, PATIENCE, World, company, message, users};

/// What a cluster administrator tries on one of the operator's ConfigMaps; the refusal.
async fn refused(maps: &Api<ConfigMap>, name: &str, patch: &Value) -> Option<String> {
    let dry_run = PatchParams {
        dry_run: true,
        ..PatchParams::default()
    };
    let answer = maps.patch(name, &dry_run, &Patch::Merge(patch)).await;
    answer.err().map(|error| error.to_string())
}

#[tokio::test]
async fn everything_that_the_operator_does_passes_and_what_others_do_does_not() {
    let world = World::charted(company(&["ana", "bo", "cy"]), "locks.enabled=true").await;
    let photo = |bytes: &[u8]| {
        let put = world.google.put_photo("ana@acme.example", "image/jpeg", bytes);
        put.unwrap();
    };
    photo(b"\xff\xd8\xff\xe0 one");
    let builder = world.builder().arg("--break-glass-duration=2s");
    let operator = builder.spawn().await.unwrap();
    let declared = json!({"profile": {"photo": true}, "lifecycle": {"onDeleted": "Delete"}});
    world
        .declare(json!({"deletionPolicy": "Delete", "users": declared}))
        .await;
    world.until_synced().await;
    assert_eq!(world.roll().await, "1001 admin, 1002 ana, 1003 bo, 1004 cy");

    // Somebody goes, and the number waits in a ConfigMap that nobody else can change.
    world.google.delete_user("bo@acme.example").unwrap();
    world.sync().await;
    let maps: Api<ConfigMap> = Api::namespaced(world.client.clone(), &world.namespace);
    let quarantine = format!("{NAME}-quarantine-3");
    assert!(
        maps.get(&quarantine)
            .await
            .unwrap()
            .data
            .unwrap()
            .contains_key("1003")
    );
    let free = json!({"data": {"1003": null}});
    let deadline = Instant::now() + PATIENCE;
    let words = loop {
        if let Some(words) = refused(&maps, &quarantine, &free).await {
            break words;
        }
        assert!(Instant::now() < deadline, "the policies do not come into force");
    };
    assert!(
        words.contains("only Dialplane creates, changes and deletes"),
        "{words}"
    );

    // From here on every policy is in force. A second number in the same map, a new photo, a new person, a suspended one.
    photo(b"\xff\xd8\xff\xe0 two");
    hire(&world, "dee");
    world
        .google
        .patch_user("cy@acme.example", json!({"suspended": true}))
        .unwrap();
    let object = world.sync().await;
    assert_eq!(users(&object).problems, []);
    assert_eq!(
        world.roll().await,
        "1001 admin, 1002 ana, 1004 cy (Suspended), 1005 dee"
    );
    let stored = maps.get(&format!("{NAME}-1002-photo")).await.unwrap();
    let image = &stored.binary_data.unwrap()["photo"].0;
    assert!(image.ends_with(b"two"), "{image:?}");

    // An edit with a reason is repaired, and the reason taken away.
    let edit = json!({
        "metadata": {"annotations": {ANNOTATION_BREAK_GLASS: "ticket 4711"}}, "spec": {"user": {"firstName": "Eve"}},
    });
    world.edit("1002", edit).await;
    world
        .until_extension("1002", |one| {
            let annotations = one.metadata.annotations.clone().unwrap_or_default();
            let user = one.spec.user.as_ref();
            !annotations.contains_key(ANNOTATION_BREAK_GLASS)
                && user.is_some_and(|user| user.first_name.as_deref() != Some("Eve"))
        })
        .await;

    // The end: everybody goes with the integration, and their numbers into quarantine.
    let integrations = world.integrations();
    integrations.delete(NAME, &DeleteParams::default()).await.unwrap();
    wait_gone(&integrations, NAME, PATIENCE).await;
    assert_eq!(world.roll().await, "");
    assert!(maps.get(&format!("{NAME}-quarantine-2")).await.is_ok());
    let log = operator.log();
    assert!(!log.contains("ValidatingAdmissionPolicy"), "{log}");
    world.finish().await;
}

/// The chart can leave out the right to ConfigMaps. Then no number waits, and nobody pretends that one does.
#[tokio::test]
async fn without_the_right_to_a_quarantine_nobody_is_removed_until_none_is_declared() {
    let rights = "quarantine.allowed=false,photos.allowed=false";
    let world = World::charted(company(&["ana", "bo"]), rights).await;
    let _operator = world.operator().await;
    world
        .declare(json!({"users": {"lifecycle": {"onDeleted": "Delete"}}}))
        .await;
    let object = world.until_ready("False", "Forbidden").await;
    let text = message(&object, "Ready");
    assert!(text.contains("numbers in quarantine"), "{text}");
    world
        .change(json!({"users": {"numbering": {"quarantine": "0s"}}}))
        .await;
    world.until_synced().await;
    world.google.delete_user("ana@acme.example").unwrap();
    world.sync().await;
    assert_eq!(world.roll().await, "1001 admin, 1003 bo");
    hire(&world, "cy");
    world.sync().await;
    assert_eq!(world.roll().await, "1001 admin, 1002 cy, 1003 bo");
    world.finish().await;
}
