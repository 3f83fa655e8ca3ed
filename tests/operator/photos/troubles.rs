//! Photos that are none, that Google does not give, or that somebody edited; and syncs that are to write nothing.

use dialplane::api::GoogleWorkspaceIntegration;
use google_workspace_simulator::Fault;
use kube::api::DeleteParams;
use serde_json::{Value, json};

use super::{
    JPEG, NAME, PATCH, PNG, STORE, declare, directory, get, kept, map, maps, photo_calls, served, shown,
    shows, sync_with, writes,
};
use crate::world::{Asked, World, counts, poll};

/// Who has which problem.
fn problems(object: &GoogleWorkspaceIntegration) -> Vec<(String, String)> {
    let users = object.status.as_ref().unwrap().users.as_ref().unwrap();
    let mut problems: Vec<_> = users
        .problems
        .iter()
        .map(|problem| (problem.user.clone(), problem.reason.clone()))
        .collect();
    problems.sort();
    problems
}

fn problem(user: &str, reason: &str) -> (String, String) {
    (format!("{user}@acme.example"), reason.to_owned())
}

/// Where Google has somebody's photo.
fn photo_path(world: &World, name: &str) -> String {
    let id = world.id_of(&format!("{name}@acme.example"));
    format!("/admin/directory/v1/users/{id}/photos")
}

async fn integration(world: &World) -> GoogleWorkspaceIntegration {
    world.integrations().get(NAME).await.unwrap()
}

#[tokio::test]
async fn a_photo_that_is_none_is_told_once_and_asked_for_once() {
    let (world, _operator) = served().await;
    let huge = json!({"mimeType": "image/jpeg", "photoData": "_9j_".repeat(30_000)});
    world.google.put_photo_resource("ana@acme.example", huge).unwrap();
    let script = json!({"mimeType": "image/jpeg", "photoData": "PHN2Zy8-"});
    world
        .google
        .put_photo_resource("cy@acme.example", script)
        .unwrap();
    world
        .google
        .patch_user("ana@acme.example", json!({"name": {"givenName": "Anabela"}}))
        .unwrap();
    sync_with(&world, 2, [(PATCH, 1)]).await;
    let told = [problem("ana", "PhotoTooLarge"), problem("cy", "PhotoUnreadable")];
    let object = world.until_synced().await;
    assert_eq!(problems(&object), told);
    let ana = get(&world, "1002").await;
    let first_name = ana.spec.user.as_ref().unwrap().first_name.clone();
    assert_eq!(
        first_name.as_deref(),
        Some("Anabela"),
        "nothing else waits for the photo"
    );
    assert_ne!(shown(&ana), Value::Null, "the old photo stays");
    assert_eq!(super::bytes(&world, "1002").await, JPEG);
    assert_eq!(
        (shown(&get(&world, "1004").await), kept(&world).await),
        (Value::Null, 2)
    );

    for _ in 0..2 {
        sync_with(&world, 0, []).await;
        assert_eq!(problems(&integration(&world).await), told, "still so");
    }
    for name in ["ana", "cy"] {
        world
            .google
            .put_photo(&format!("{name}@acme.example"), "image/png", PNG)
            .unwrap();
    }
    sync_with(&world, 2, [(STORE, 2), (PATCH, 2)]).await;
    assert_eq!(problems(&integration(&world).await), []);
    shows(&world, "1002", "ana@acme.example", "image/png", PNG).await;
    world.finish().await;
}

#[tokio::test]
async fn a_photo_that_google_does_not_give_keeps_nothing_else_from_anybody() {
    let world = directory().await;
    let _operator = world.operator().await;
    let fails = |name: &str, reason: &str| Fault {
        path_prefix: Some(photo_path(&world, name)),
        ..Fault::named(reason)
    };
    world.google.add_fault(fails("ana", "forbidden")).unwrap();
    world
        .google
        .put_photo("cy@acme.example", "image/png", PNG)
        .unwrap();
    world.google.add_fault(fails("cy", "notFoundPhoto")).unwrap();
    declare(&world, json!({})).await;
    assert_eq!(world.all().await.len(), 4);
    shows(&world, "1003", "bo@acme.example", "image/png", PNG).await;
    let told = [problem("ana", "PhotoUnavailable")];
    assert_eq!(
        problems(&integration(&world).await),
        told,
        "no photo is no problem"
    );
    // What Google calls absent is believed until its mark changes; what failed is tried again.
    sync_with(&world, 1, []).await;
    world.google.clear_faults();
    sync_with(&world, 1, [(STORE, 1), (PATCH, 1)]).await;
    assert_eq!(problems(&integration(&world).await), []);
    shows(&world, "1002", "ana@acme.example", "image/jpeg", JPEG).await;
    assert_eq!(kept(&world).await, 2);
    // Absent, although the list has a mark: then the old one goes.
    world
        .google
        .put_photo("bo@acme.example", "image/jpeg", JPEG)
        .unwrap();
    world.google.add_fault(fails("bo", "notFoundPhoto")).unwrap();
    sync_with(&world, 1, [(super::DISCARD, 1), (PATCH, 1)]).await;
    sync_with(&world, 0, []).await;
    world.finish().await;
}

#[tokio::test]
async fn a_google_that_gives_no_photos_at_all_is_not_asked_for_everybodys() {
    let world = World::with_people(90).await;
    let _operator = world.operator().await;
    let fault = Fault {
        method: Some("users.photos.get".to_owned()),
        ..Fault::named("forbidden")
    };
    world.google.add_fault(fault).unwrap();
    declare(&world, json!({})).await;
    let asked = photo_calls(&world);
    assert!((8..=16).contains(&asked), "{asked}");
    world.google.clear_faults();
    sync_with(&world, 30, [(STORE, 30), (PATCH, 30)]).await;
    world.finish().await;
}

/// What it costs that an edit of ana's extension is taken back: questions about her photo, photos stored, patches.
type Cost = (usize, usize, usize);

/// Makes each of these edits, waits until ana's extension says again what it said, and insists on one question about her
/// each, beside these costs.
async fn come_back(world: &World, edits: &[(Value, Cost)]) {
    let before = get(world, "1002").await;
    let mark = world.mark().await;
    for (patch, _) in edits {
        let edited = world.edit("1002", patch.clone()).await;
        assert_ne!(edited.spec, before.spec, "{patch} changes nothing");
        world.until_extension("1002", |ana| ana.spec == before.spec).await;
    }
    world.caught_up("1003").await;
    let (mut calls, mut stores, mut patches) = (0, 0, 2);
    for (_, cost) in edits {
        calls += cost.0;
        stores += cost.1;
        patches += cost.2;
    }
    let asked = world.asked();
    assert_eq!(
        (asked.lists, asked.single, photo_calls(world)),
        (0, edits.len() + calls + 2, calls)
    );
    let expected = counts([(STORE, stores), (PATCH, patches)]);
    world.wrote(mark, expected).await;
}

#[tokio::test]
async fn a_photo_edited_by_hand_comes_back() {
    let (world, _operator) = served().await;
    let photo = |change: Value| json!({"spec": {"user": {"photo": change}}});
    let anew = (1, 1, 1);
    let edits = [
        (photo(Value::Null), anew),
        (photo(json!({"etag": "other"})), anew),
        (photo(json!({"mimeType": "image/png"})), anew),
        (photo(json!({"configMapRef": {"name": "other"}})), anew),
        (json!({"spec": {"user": {"firstName": "X"}}}), (0, 0, 1)),
        (
            json!({"spec": {"user": {"firstName": "X", "photo": null}}}),
            (1, 1, 2),
        ),
    ];
    come_back(&world, &edits).await;
    // A ConfigMap that somebody deleted: nobody watches those, and removing what names it brings it back.
    maps(&world)
        .delete("acme-1002-photo", &DeleteParams::default())
        .await
        .unwrap();
    sync_with(&world, 0, []).await;
    come_back(&world, &[(photo(Value::Null), anew)]).await;
    shows(&world, "1002", "ana@acme.example", "image/jpeg", JPEG).await;
    world.finish().await;
}

/// A changed photo is fetched when its person is looked after for another reason.
#[tokio::test]
async fn one_person_is_looked_after_with_the_photo() {
    let (world, _operator) = served().await;
    world
        .google
        .put_photo("ana@acme.example", "image/png", PNG)
        .unwrap();
    let mark = world.mark().await;
    world
        .edit("1002", json!({"spec": {"user": {"firstName": "X"}}}))
        .await;
    world
        .until_extension("1002", |ana| shown(ana)["mimeType"] == "image/png")
        .await;
    shows(&world, "1002", "ana@acme.example", "image/png", PNG).await;
    assert_eq!(
        world.asked(),
        Asked {
            lists: 0,
            deleted: 0,
            single: 2
        }
    );
    world.wrote(mark, counts([(STORE, 1), (PATCH, 2)])).await;
    world.finish().await;
}

/// The phone system writes into the same objects, and an extension that is deleted and made again gets its photo again.
#[tokio::test]
async fn an_extension_made_again_has_its_photo_again() {
    let (world, _operator) = served().await;
    world.google.clear_requests();
    let old = map(&world, "1002").await.unwrap();
    world
        .extensions()
        .delete("acme-1002", &DeleteParams::default())
        .await
        .unwrap();
    poll("the photo of the new extension", async || {
        let extension = world.extensions().get_opt("acme-1002").await.unwrap()?;
        let owner = map(&world, "1002").await?.metadata.owner_references?[0]
            .uid
            .clone();
        (Some(&owner) == extension.metadata.uid.as_ref() && shown(&extension) != Value::Null).then_some(())
    })
    .await;
    assert_ne!(
        map(&world, "1002").await.unwrap().metadata.owner_references,
        old.metadata.owner_references
    );
    shows(&world, "1002", "ana@acme.example", "image/jpeg", JPEG).await;
    assert_eq!(photo_calls(&world), 1);
    world.finish().await;
}

#[tokio::test]
async fn a_dry_run_and_a_held_plan_leave_photos_alone() {
    let world = directory().await;
    let _operator = world.operator().await;
    world
        .declare(json!({"dryRun": true, "users": {"profile": {"photo": true}}}))
        .await;
    world.until_ready("True", "DryRun").await;
    assert_eq!((photo_calls(&world), kept(&world).await), (0, 0));
    world.change(json!({"dryRun": false})).await;
    world.until_synced().await;
    assert_eq!((photo_calls(&world), kept(&world).await), (2, 2));

    let limit = json!({"percent": 0, "minimum": 0});
    world
        .change(json!({"users": {"lifecycle": {"removalLimit": limit}}}))
        .await;
    world.until_synced().await;
    world
        .google
        .patch_user("bo@acme.example", json!({"suspended": true}))
        .unwrap();
    for name in ["ana", "bo"] {
        world
            .google
            .put_photo(&format!("{name}@acme.example"), "image/gif", b"GIF89a")
            .unwrap();
    }
    sync_with(&world, 0, []).await;
    let hash = |object: &GoogleWorkspaceIntegration| {
        object
            .status
            .as_ref()
            .unwrap()
            .plan
            .as_ref()
            .unwrap()
            .hash
            .clone()
    };
    let held = hash(&world.until_ready("False", "RemovalsHeld").await);
    sync_with(&world, 0, []).await;
    assert_eq!(hash(&integration(&world).await), held);
    let mark = world.mark().await;
    world
        .annotate(dialplane::api::names::ANNOTATION_APPROVE_REMOVALS, &held)
        .await;
    world.until_synced().await;
    assert_eq!(
        (photo_calls(&world), writes(&world, mark).await),
        (2, counts([(STORE, 2), (PATCH, 3)]))
    );
    world.finish().await;
}

/// A photo that Google takes its time for holds up neither a change of the declaration nor the end of the process.
#[tokio::test]
async fn photos_on_their_way_give_way() {
    let world = directory().await;
    let mut operator = world.operator().await;
    let slow = || Fault {
        path_prefix: Some(photo_path(&world, "ana")),
        delay_ms: Some(600_000),
        ..Fault::default()
    };
    world.google.add_fault(slow()).unwrap();
    let spec = json!({"users": {"profile": {"photo": true}}});
    world.declare(spec).await;
    // Bo's is there, so ana's has been asked for.
    world
        .until_extension("1003", |bo| shown(bo)["mimeType"] == "image/png")
        .await;
    world.google.clear_faults();
    world
        .change(json!({"users": {"profile": {"mobile": "Work"}}}))
        .await;
    world.until_synced().await;
    shows(&world, "1002", "ana@acme.example", "image/jpeg", JPEG).await;

    world.google.add_fault(slow()).unwrap();
    for name in ["ana", "bo"] {
        let address = format!("{name}@acme.example");
        world.google.put_photo(&address, "image/gif", b"GIF89a").unwrap();
    }
    let token = world.request_sync().await;
    world
        .until_extension("1003", |bo| shown(bo)["mimeType"] == "image/gif")
        .await;
    assert!(operator.terminate().await.unwrap().success());
    world.google.clear_faults();
    assert_eq!(shown(&get(&world, "1002").await)["mimeType"], "image/jpeg");
    // Nobody has answered the request yet: the next operator does, as soon as it runs.
    let mark = world.mark().await;
    let _operator = world.operator().await;
    world.until_handled(&token).await;
    let expected = counts([(STORE, 1), (PATCH, 1)]);
    assert_eq!((photo_calls(&world), writes(&world, mark).await), (1, expected));
    world.finish().await;
}
