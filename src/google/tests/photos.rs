//! Photos.

use base64::{Engine as _, prelude::BASE64_URL_SAFE};

use super::*;
use crate::google::directory::Mime;

const PHOTO: &str = "/admin/directory/v1/users/1/photos/thumbnail";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\xfb\xff\xbf";

fn photo_of(bytes: &[u8]) -> Response {
    json_answer(
        &json!({"kind": "admin#directory#user#photo", "id": "1", "etag": "e", "mimeType": "JPEG",
        "width": 96, "height": 96, "photoData": BASE64_URL_SAFE.encode(bytes).replace('=', "*")}),
    )
}

#[tokio::test]
async fn a_photo_is_read_with_one_call() {
    let google = google(|_, _| photo_of(JPEG)).await;
    let directory = delegated(&client(&google.url, quick(1)));
    let photo = directory.photo(&id("1")).await.unwrap().unwrap();
    assert_eq!((photo.bytes.as_slice(), photo.mime_type), (JPEG, Mime::Jpeg));
    assert_eq!((photo.width, photo.height), (Some(96), Some(96)));
    assert_eq!(google.paths(), ["/token", PHOTO]);
    let fields = google.seen.lock().unwrap()[1].parameter("fields").unwrap();
    assert_eq!(fields, "kind,id,etag,width,height,photoData");
}

#[tokio::test]
async fn no_photo_is_said_in_googles_own_words() {
    for (message, absent) in [
        ("Resource Not Found: photo", true),
        ("Resource Not Found: userKey", true),
        ("Not Found", false),
        ("Domain not found", false),
    ] {
        let google = google(move |_, _| failure(404, "notFound", message)).await;
        let result = delegated(&client(&google.url, quick(1))).photo(&id("1")).await;
        assert_eq!(result.ok(), absent.then_some(None), "{message}");
    }
    let google = google(|_, _| (StatusCode::NOT_FOUND, "<!DOCTYPE html>").into_response()).await;
    let error = delegated(&client(&google.url, quick(1)))
        .photo(&id("1"))
        .await
        .unwrap_err();
    assert_eq!(shape(&error), (Class::BadRequest, Cause::Unexpected));
}

#[tokio::test]
async fn a_photo_that_cannot_be_kept_is_not_tried_again() {
    let large = [JPEG, &vec![0; 64 * 1024]].concat();
    // Longer than any answer that is read to its end.
    let endless = [JPEG, &vec![0; 1024 * 1024]].concat();
    for (bytes, cause) in [
        (large, Cause::PhotoTooLarge),
        (endless, Cause::PhotoTooLarge),
        (b"<svg/>".to_vec(), Cause::PhotoUnreadable),
        (Vec::new(), Cause::PhotoUnreadable),
    ] {
        let google = google(move |_, _| photo_of(&bytes)).await;
        let error = delegated(&client(&google.url, quick(3)))
            .photo(&id("1"))
            .await
            .unwrap_err();
        assert_eq!(shape(&error), (Class::BadRequest, cause));
        assert_eq!(google.count(PHOTO), 1);
    }
}

#[tokio::test]
async fn photos_fail_like_everything_else() {
    for (answer, class, cause) in retryable() {
        let google = google(move |_, n| if n == 0 { answer() } else { photo_of(JPEG) }).await;
        let directory = delegated(&client(&google.url, quick(2)));
        assert!(directory.photo(&id("1")).await.unwrap().is_some(), "{cause}");
        assert_eq!(google.count(PHOTO), 2);

        let google = super::google(move |_, _| answer()).await;
        let directory = delegated(&client(&google.url, quick(2)));
        let error = directory.photo(&id("1")).await.unwrap_err();
        assert_eq!(shape(&error), (class, cause));
        assert_eq!(google.count(PHOTO), 2);
    }
}
