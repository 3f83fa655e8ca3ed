//! Photos: fetched when Google's mark of them changes, kept beside the extension, gone with it.

mod troubles;

use std::collections::BTreeMap;

use dialplane::api::PbxExtension;
use dialplane::api::names::{LABEL_GOOGLE_USER_ID, LABEL_INTEGRATION, LABEL_MANAGED_BY, LABEL_TENANT};
use dialplane_test_harness::world::wait_gone;
use dialplane_test_harness::{AuditMark, Operator};
use google_workspace_simulator::{PhotoMimeType, PhotoPadding, Switches};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{DeleteParams, ListParams};
use kube::{Api, ResourceExt};
use serde_json::{Value, json};

use crate::world::{NAME, PATIENCE, World, company, counts, merge};

const CREATE: &str = "create pbxextensions";
const PATCH: &str = "patch pbxextensions";
const DELETE: &str = "delete pbxextensions";
const STORE: &str = "patch configmaps";
const DISCARD: &str = "delete configmaps";
/// How each kind of image begins is all that anybody looks at.
const JPEG: &[u8] = b"\xff\xd8\xff\xe0 ana \xfb\xff\xbf";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n bo";

/// The administrator (1001), ana (1002), bo (1003) and cy (1004), of whom ana and bo have photos.
async fn directory() -> World {
    let world = World::new(company(&["ana", "bo", "cy"])).await;
    world
        .google
        .put_photo("ana@acme.example", "image/jpeg", JPEG)
        .unwrap();
    world
        .google
        .put_photo("bo@acme.example", "image/png", PNG)
        .unwrap();
    world
}

/// Declares photos, and waits for the first sync.
async fn declare(world: &World, spec: Value) {
    let mut whole = json!({"users": {"profile": {"photo": true}}});
    merge(&mut whole, spec);
    world.declare(whole).await;
    world.until_synced().await;
}

async fn served() -> (World, Operator) {
    let world = directory().await;
    let operator = world.operator().await;
    declare(&world, json!({})).await;
    (world, operator)
}

fn photo_calls(world: &World) -> usize {
    let requests = world.google.requests();
    requests
        .iter()
        .filter(|request| request.path.ends_with("/photos/thumbnail"))
        .count()
}

/// Writes since the mark, but for those to the integration itself.
async fn writes(world: &World, since: AuditMark) -> BTreeMap<String, usize> {
    let mut writes = world.writes(since).await;
    writes.retain(|kind, _| !kind.contains("googleworkspaceintegrations"));
    writes
}

/// A sync with exactly so many questions about photos, and these writes.
async fn sync_with<const N: usize>(world: &World, calls: usize, expected: [(&str, usize); N]) {
    let mark = world.mark().await;
    world.sync().await;
    assert_eq!(
        (photo_calls(world), writes(world, mark).await),
        (calls, counts(expected))
    );
}

fn maps(world: &World) -> Api<ConfigMap> {
    Api::namespaced(world.client.clone(), &world.namespace)
}

/// The photo's ConfigMap of the extension with this number.
async fn map(world: &World, number: &str) -> Option<ConfigMap> {
    let name = format!("{NAME}-{number}-photo");
    maps(world).get_opt(&name).await.unwrap()
}

async fn bytes(world: &World, number: &str) -> Vec<u8> {
    let map = map(world, number).await.expect("a photo");
    map.binary_data.unwrap().remove("photo").unwrap().0
}

/// How many photos there are.
async fn kept(world: &World) -> usize {
    let all = maps(world).list(&ListParams::default()).await.unwrap();
    all.iter()
        .filter(|map| map.name_any().ends_with("-photo"))
        .count()
}

fn shown(extension: &PbxExtension) -> Value {
    let user = serde_json::to_value(extension.spec.user.as_ref().unwrap()).unwrap();
    user["photo"].clone()
}

async fn get(world: &World, number: &str) -> PbxExtension {
    world.extensions().get(&format!("{NAME}-{number}")).await.unwrap()
}

/// Insists that the extension shows the photo that Google has, and that these bytes are there.
async fn shows(world: &World, number: &str, address: &str, mime_type: &str, picture: &[u8]) {
    let extension = get(world, number).await;
    let etag = world.google.user(address).unwrap()["thumbnailPhotoEtag"].clone();
    let name = format!("{NAME}-{number}-photo");
    assert_eq!(
        shown(&extension),
        json!({"configMapRef": {"name": name, "key": "photo"}, "mimeType": mime_type, "etag": etag})
    );
    assert_eq!(bytes(world, number).await, picture);
    let owners = map(world, number)
        .await
        .unwrap()
        .metadata
        .owner_references
        .unwrap();
    assert_eq!(owners.len(), 1);
    assert_eq!(Some(&owners[0].uid), extension.metadata.uid.as_ref());
}

#[tokio::test]
async fn photos_cost_one_call_each_and_then_nothing_until_they_change() {
    let world = directory().await;
    let mut operator = world.operator().await;
    let mark = world.mark().await;
    declare(&world, json!({})).await;
    assert_eq!(photo_calls(&world), 2);
    let expected = counts([(CREATE, 4), (STORE, 2), (PATCH, 2)]);
    assert_eq!(writes(&world, mark).await, expected);
    shows(&world, "1002", "ana@acme.example", "image/jpeg", JPEG).await;
    shows(&world, "1003", "bo@acme.example", "image/png", PNG).await;
    assert_eq!(kept(&world).await, 2);
    let ana = map(&world, "1002").await.unwrap();
    let label = |key: &str| ana.labels().get(key).cloned();
    assert_eq!(label(LABEL_MANAGED_BY).as_deref(), Some("dialplane"));
    assert_eq!(label(LABEL_TENANT).as_deref(), Some(NAME));
    assert_eq!(label(LABEL_GOOGLE_USER_ID), Some(world.id_of("ana@acme.example")));
    assert_eq!(label(LABEL_INTEGRATION), None, "an extension may change hands");

    sync_with(&world, 0, []).await;
    assert!(operator.terminate().await.unwrap().success());
    let _operator = world.operator().await;
    sync_with(&world, 0, []).await;

    world
        .google
        .put_photo("ana@acme.example", "image/gif", b"GIF89a new")
        .unwrap();
    sync_with(&world, 1, [(STORE, 1), (PATCH, 1)]).await;
    shows(&world, "1002", "ana@acme.example", "image/gif", b"GIF89a new").await;
    world
        .google
        .put_photo("cy@acme.example", "image/jpeg", JPEG)
        .unwrap();
    sync_with(&world, 1, [(STORE, 1), (PATCH, 1)]).await;

    world.google.delete_photo("bo@acme.example").unwrap();
    sync_with(&world, 0, [(DISCARD, 1), (PATCH, 1)]).await;
    assert_eq!(
        (shown(&get(&world, "1003").await), kept(&world).await),
        (Value::Null, 2)
    );
    sync_with(&world, 0, []).await;
    world.finish().await;
}

#[tokio::test]
async fn photos_that_are_switched_off_go() {
    let (world, _operator) = served().await;
    // Also of somebody whom Google does not describe any more.
    world.google.delete_user("bo@acme.example").unwrap();
    sync_with(&world, 0, [(PATCH, 1)]).await;
    assert_eq!(kept(&world).await, 2, "a disabled extension keeps its photo");
    let mark = world.mark().await;
    world
        .change(json!({"users": {"profile": {"photo": false}}}))
        .await;
    world.until_synced().await;
    let expected = counts([(DISCARD, 2), (PATCH, 2)]);
    assert_eq!((photo_calls(&world), writes(&world, mark).await), (0, expected));
    for number in ["1002", "1003"] {
        assert_eq!(shown(&get(&world, number).await), Value::Null);
    }
    assert_eq!(kept(&world).await, 0);
    world.finish().await;
}

#[tokio::test]
async fn nobody_asks_for_photos_that_nobody_wants() {
    let world = directory().await;
    let _operator = world.operator().await;
    let mark = world.mark().await;
    declare(&world, json!({"users": {"profile": {"photo": false}}})).await;
    world.sync().await;
    let expected = counts([(CREATE, 4)]);
    assert_eq!((photo_calls(&world), writes(&world, mark).await), (0, expected));
    world.finish().await;
}

#[tokio::test]
async fn whoever_is_out_of_scope_has_no_photo_taken() {
    let world = directory().await;
    let _operator = world.operator().await;
    let scope = json!({"exclude": {"users": ["bo@acme.example"]}});
    world.mark().await;
    declare(&world, json!({"users": {"scope": scope}})).await;
    assert_eq!((photo_calls(&world), kept(&world).await), (1, 1));
    world
        .change(json!({"users": {"scope": {"exclude": {"users": ["ana@acme.example"]}}}}))
        .await;
    world.until_synced().await;
    // Ana's is disabled and keeps what it has; bo's is new.
    assert_eq!((photo_calls(&world), kept(&world).await), (2, 2));
    world
        .google
        .put_photo("ana@acme.example", "image/png", PNG)
        .unwrap();
    sync_with(&world, 0, []).await;
    world.finish().await;
}

#[tokio::test]
async fn the_bytes_are_those_of_the_photo_in_every_spelling() {
    let (world, _operator) = served().await;
    let paddings = [
        PhotoPadding::Equals,
        PhotoPadding::Dots,
        PhotoPadding::Asterisks,
        PhotoPadding::None,
    ];
    for (length, photo_padding) in paddings.into_iter().enumerate() {
        for photo_mime_type in [PhotoMimeType::MimeType, PhotoMimeType::Name] {
            world.google.set_switches(Switches {
                photo_padding,
                photo_mime_type,
                ..Switches::strict()
            });
            // Every length of padding, and symbols that differ between the alphabets.
            let tail = vec![0xfb; length % 3 + 1];
            let spelling = format!("{photo_padding:?}{photo_mime_type:?}");
            let picture = [JPEG, spelling.as_bytes(), &tail].concat();
            world
                .google
                .put_photo("ana@acme.example", "image/jpeg", &picture)
                .unwrap();
            sync_with(&world, 1, [(STORE, 1), (PATCH, 1)]).await;
            shows(&world, "1002", "ana@acme.example", "image/jpeg", &picture).await;
        }
    }
    world.finish().await;
}

#[tokio::test]
async fn a_photo_goes_with_the_extension_and_stays_with_a_released_one() {
    let (world, _operator) = served().await;
    world
        .change(json!({"users": {"lifecycle": {"onDeleted": "Delete"}}}))
        .await;
    world.until_synced().await;
    world.google.delete_user("ana@acme.example").unwrap();
    sync_with(&world, 0, [(DELETE, 1), ("create configmaps", 1), (STORE, 1)]).await;
    wait_gone(&maps(&world), "acme-1002-photo", PATIENCE).await;

    let name = NAME.to_owned();
    world
        .integrations()
        .delete(&name, &DeleteParams::default())
        .await
        .unwrap();
    wait_gone(&world.integrations(), &name, PATIENCE).await;
    assert!(get(&world, "1003").await.labels().is_empty());
    shows(&world, "1003", "bo@acme.example", "image/png", PNG).await;
    // Taken up again, it is right as it is.
    world.mark().await;
    declare(&world, json!({})).await;
    assert_eq!(photo_calls(&world), 0);
    shows(&world, "1003", "bo@acme.example", "image/png", PNG).await;
    world.finish().await;
}

#[tokio::test]
async fn a_new_number_gets_the_photo_anew() {
    let world = directory().await;
    for (name, number) in [("admin", "2001"), ("ana", "2002"), ("bo", "2003"), ("cy", "2004")] {
        let ids = json!({"externalIds": [{"type": "organization", "value": number}]});
        world
            .google
            .patch_user(&format!("{name}@acme.example"), ids)
            .unwrap();
    }
    let _operator = world.operator().await;
    let numbering = json!({"source": "Property", "property": "externalIds.0.value", "start": null});
    declare(&world, json!({"users": {"numbering": numbering}})).await;
    shows(&world, "2002", "ana@acme.example", "image/jpeg", JPEG).await;
    let ids = json!({"externalIds": [{"type": "organization", "value": "2102"}]});
    world.google.patch_user("ana@acme.example", ids).unwrap();
    world.mark().await;
    world.sync().await;
    assert_eq!(photo_calls(&world), 1);
    shows(&world, "2102", "ana@acme.example", "image/jpeg", JPEG).await;
    wait_gone(&maps(&world), "acme-2002-photo", PATIENCE).await;
    sync_with(&world, 0, []).await;
    world.finish().await;
}
