//! Photos.

use dialplane::google::directory::Mime;
use google_workspace_simulator::{PhotoMimeType, PhotoPadding};

use crate::{errors::hold_against_every_error, world::*};

const GET: &str = "users.photos.get";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0 not much of a picture \xfb\xff\xbf";

#[tokio::test]
async fn a_photo_comes_back_in_every_spelling() {
    let world = World::of(3).await;
    let directory = world.delegated();
    let id = world.id_of(ADMIN);
    for length in 1..4 {
        let picture = [JPEG, &vec![0xfb; length]].concat();
        world.google.put_photo(ADMIN, "image/jpeg", &picture).unwrap();
        for photo_padding in [
            PhotoPadding::Equals,
            PhotoPadding::Dots,
            PhotoPadding::Asterisks,
            PhotoPadding::None,
        ] {
            for photo_mime_type in [PhotoMimeType::MimeType, PhotoMimeType::Name] {
                world.google.set_switches(Switches {
                    photo_padding,
                    photo_mime_type,
                    ..Switches::strict()
                });
                let photo = directory.photo(&id).await.unwrap().unwrap();
                assert_eq!((photo.bytes.as_slice(), photo.mime_type), (&*picture, Mime::Jpeg));
                assert_eq!((photo.width, photo.height), (Some(96), Some(96)));
                let user = directory.user(&id).await.unwrap().unwrap();
                assert_eq!(photo.etag, user.thumbnail_photo_etag);
            }
        }
    }
}

#[tokio::test]
async fn the_etag_tells_whether_to_fetch() {
    let world = World::of(3).await;
    let directory = world.delegated();
    let id = world.id_of(ADMIN);
    let mut etags = Vec::new();
    for picture in [JPEG, b"GIF89a", b"GIF89a"] {
        world.google.put_photo(ADMIN, "image/jpeg", picture).unwrap();
        etags.push(directory.photo(&id).await.unwrap().unwrap().etag.unwrap());
    }
    assert_ne!(etags[0], etags[1]);
    assert_eq!(etags[1], etags[2]);
    let gif = directory.photo(&id).await.unwrap().unwrap();
    assert_eq!(
        gif.mime_type,
        Mime::Gif,
        "the bytes count, not what is said of them"
    );
}

#[tokio::test]
async fn no_photo_and_no_person_are_no_errors() {
    let world = World::of(3).await;
    let directory = world.delegated();
    world
        .google
        .create_user(json!({"primaryEmail": "zoe@acme.example"}))
        .unwrap();
    let id = world.id_of("zoe@acme.example");
    assert_eq!(directory.photo(&id).await.unwrap(), None);
    world
        .google
        .put_photo("zoe@acme.example", "image/jpeg", JPEG)
        .unwrap();
    assert!(directory.photo(&id).await.unwrap().is_some());
    world.google.delete_photo("zoe@acme.example").unwrap();
    assert_eq!(directory.photo(&id).await.unwrap(), None);
    world.google.delete_user("zoe@acme.example").unwrap();
    assert_eq!(directory.photo(&id).await.unwrap(), None);
}

#[tokio::test]
async fn a_photo_that_is_none_is_an_error_of_its_own() {
    let world = World::of(3).await;
    let directory = world.delegated();
    let id = world.id_of(ADMIN);
    for (photo, cause) in [
        (
            json!({"mimeType": "image/jpeg", "photoData": "PHN2Zy8-"}),
            Cause::PhotoUnreadable,
        ),
        (
            json!({"mimeType": "image/jpeg", "photoData": "no base64 at all!"}),
            Cause::PhotoUnreadable,
        ),
        (json!({"photoData": "_9j_".repeat(30_000)}), Cause::PhotoTooLarge),
        (json!({"photoData": "_9j_".repeat(300_000)}), Cause::PhotoTooLarge),
    ] {
        world.google.put_photo_resource(ADMIN, photo).unwrap();
        world.google.clear_requests();
        let error = directory.photo(&id).await.unwrap_err();
        assert_eq!(shape(&error), (Class::BadRequest, cause));
        assert_eq!(world.calls(), 1);
    }
    world
        .google
        .put_photo_resource(
            ADMIN,
            json!({"photoData": "_9j_4A==", "width": "x", "height": null}),
        )
        .unwrap();
    let photo = directory.photo(&id).await.unwrap().unwrap();
    assert_eq!((photo.width, photo.height), (None, None));
}

#[tokio::test]
async fn every_error_of_a_photo() {
    let world = World::of(3).await;
    world.google.put_photo(ADMIN, "image/jpeg", JPEG).unwrap();
    let directory = world.delegated();
    let id = world.id_of(ADMIN);
    let differing = [("notFound", None), ("notFoundPhoto", None)];
    hold_against_every_error(&world, GET, &differing, async || {
        directory.photo(&id).await.map(drop)
    })
    .await;
    for (reason, cause) in [
        ("emptyObject", Cause::IncompleteRead),
        ("truncatedJson", Cause::IncompleteRead),
        ("htmlPage", Cause::IncompleteRead),
        ("connectionCut", Cause::IncompleteRead),
        ("connectionClosed", Cause::GoogleUnavailable),
    ] {
        world.arm(reason, GET, 0, None);
        let error = directory.photo(&id).await.unwrap_err();
        assert_eq!(shape(&error), (Class::Transient, cause), "{reason}");
        world.arm(reason, GET, 0, Some(1));
        assert!(directory.photo(&id).await.unwrap().is_some(), "{reason}");
    }
}
