//! users.photos.get, and the fields of people that follow their photos.

use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use google_workspace_simulator::{Fault, PhotoMimeType, PhotoPadding, Switches};
use serde_json::{Value, json};

use crate::support::*;

const PHOTO: &str = "/admin/directory/v1/users/101/photos/thumbnail";
/// Four bytes, whose base64 needs both special characters and two of padding.
const PICTURE: [u8; 4] = [0xfb, 0xff, 0xfe, 0x00];

async fn person(acme: &Acme) -> Value {
    acme.get("/admin/directory/v1/users/101").await.1
}

#[tokio::test]
async fn a_photo_and_the_persons_fields_come_and_go_together() {
    let acme = Acme::start().await;
    let (status, body) = acme.get(PHOTO).await;
    assert_eq!(
        (status.as_u16(), reason(&body), &body["error"]["message"]),
        (404, "notFound", &json!("Resource Not Found: photo"))
    );
    let before = person(&acme).await;
    assert!(before.get("thumbnailPhotoEtag").is_none() && before.get("thumbnailPhotoUrl").is_none());

    let request = acme
        .http
        .put(acme.url("/_simulator/users/zoe@acme.example/photo"));
    let (status, put) = answer(request.header("content-type", "image/png").body(PICTURE.to_vec())).await;
    assert_eq!(status, 200, "{put}");
    let after = person(&acme).await;
    let (_, photo) = acme.get(PHOTO).await;
    assert_eq!(photo, put);
    assert_eq!(
        photo,
        json!({"kind": "admin#directory#user#photo", "id": "101", "primaryEmail": "zoe@acme.example", "mimeType": "image/png",
            "width": 96, "height": 96, "photoData": "-__-AA==", "etag": after["thumbnailPhotoEtag"]})
    );
    assert!(after["thumbnailPhotoUrl"].is_string());
    assert_ne!(after["etag"], before["etag"], "the person changed with it");

    acme.sim.put_photo("101", "image/png", &PICTURE).unwrap();
    assert_eq!(
        person(&acme).await["thumbnailPhotoEtag"],
        after["thumbnailPhotoEtag"],
        "the same picture"
    );
    acme.sim.put_photo("101", "image/png", b"other").unwrap();
    assert_ne!(
        person(&acme).await["thumbnailPhotoEtag"],
        after["thumbnailPhotoEtag"]
    );

    assert_eq!(
        acme.control("DELETE", "/_simulator/users/101/photo", "").await.0,
        204
    );
    assert_eq!(acme.get(PHOTO).await.0, 404);
    assert!(person(&acme).await.get("thumbnailPhotoEtag").is_none());
    let (status, refused) = acme.control("DELETE", "/_simulator/users/101/photo", "").await;
    assert_eq!(
        (status.as_u16(), &refused["error"]),
        (404, &json!("\"101\" has no photo"))
    );
}

#[tokio::test]
async fn whoever_has_an_etag_has_a_portrait() {
    let acme = Acme::start().await;
    acme.sim
        .patch_user("101", json!({"thumbnailPhotoEtag": "\"one\""}))
        .unwrap();
    let picture = |photo: &Value| URL_SAFE.decode(photo["photoData"].as_str().unwrap()).unwrap();
    let (_, first) = acme.get(PHOTO).await;
    assert_eq!(
        (&first["etag"], &first["mimeType"]),
        (&json!("\"one\""), &json!("image/jpeg"))
    );
    assert!(picture(&first).starts_with(&[0xff, 0xd8, 0xff]), "a JPEG file");
    acme.sim
        .patch_user("101", json!({"thumbnailPhotoEtag": "\"two\""}))
        .unwrap();
    let (_, second) = acme.get(PHOTO).await;
    assert_ne!(picture(&first), picture(&second), "another etag, another picture");
}

#[tokio::test]
async fn padding_and_type_are_spelt_as_switched() {
    let acme = Acme::start().await;
    acme.sim.put_photo("101", "image/jpeg", &PICTURE).unwrap();
    for (padding, mime_type, data, spelling) in [
        (
            PhotoPadding::Equals,
            PhotoMimeType::MimeType,
            "-__-AA==",
            "image/jpeg",
        ),
        (PhotoPadding::Dots, PhotoMimeType::Name, "-__-AA..", "JPEG"),
        (PhotoPadding::Asterisks, PhotoMimeType::Name, "-__-AA**", "JPEG"),
        (
            PhotoPadding::None,
            PhotoMimeType::MimeType,
            "-__-AA",
            "image/jpeg",
        ),
    ] {
        let switches = json!({"photoPadding": padding, "photoMimeType": mime_type}).to_string();
        assert_eq!(
            acme.control("PATCH", "/_simulator/switches", &switches).await.0,
            200
        );
        assert_eq!(
            acme.sim.switches(),
            Switches {
                photo_padding: padding,
                photo_mime_type: mime_type,
                ..Switches::default()
            }
        );
        let (_, body) = acme.get(&format!("{PHOTO}?fields=photoData,mimeType")).await;
        assert_eq!(body, json!({"photoData": data, "mimeType": spelling}));
    }
}

#[tokio::test]
async fn a_photo_resource_may_be_malformed() {
    let acme = Acme::start().await;
    let put = |body: Value| acme.http.put(acme.url("/_simulator/users/101/photo")).json(&body);
    let (status, made) = answer(put(
        json!({"photoData": "+//+AA**", "mimeType": "GIF", "width": 1}),
    ))
    .await;
    assert_eq!(
        (
            status.as_u16(),
            &made["photoData"],
            &made["mimeType"],
            &made["width"]
        ),
        (200, &json!("-__-AA=="), &json!("GIF"), &json!(1))
    );
    let (_, made) = answer(put(json!({"photoData": "no base64!", "height": "tall"}))).await;
    assert_eq!(
        (&made["photoData"], &made["height"]),
        (&json!("no base64!"), &json!("tall"))
    );
    let large = URL_SAFE_NO_PAD.encode(vec![7; 3 << 20]);
    assert_eq!(
        answer(put(json!({"photoData": large}))).await.0,
        200,
        "larger than a client should take"
    );
    for (body, message) in [
        (json!({}), "photoData"),
        (json!([]), "object"),
        (json!({"photoData": "AA", "photo": 1}), "photo.photo"),
    ] {
        let (status, refused) = answer(put(body)).await;
        assert!(
            status == 400 && refused["error"].as_str().unwrap().contains(message),
            "{refused}"
        );
    }
    let untyped = acme.http.put(acme.url("/_simulator/users/101/photo")).body("x");
    let (status, refused) = answer(untyped).await;
    assert!(
        status == 400 && refused["error"].as_str().unwrap().contains("image/..."),
        "{refused}"
    );
}

#[tokio::test]
async fn keys_scopes_rights_and_faults_are_those_of_people() {
    let acme = Acme::start().await;
    acme.sim.put_photo("101", "image/jpeg", &PICTURE).unwrap();
    for (key, status, message) in [
        ("z@acme.example", 200, ""),
        ("nobody@acme.example", 404, "Resource Not Found: userKey"),
        ("team@acme.example", 400, "Type not supported: userKey"),
        (
            "ann@home.example",
            403,
            "Not Authorized to access this resource/api",
        ),
        ("100", 404, "Resource Not Found: photo"),
    ] {
        let (got, body) = acme
            .get(&format!("/admin/directory/v1/users/{key}/photos/thumbnail"))
            .await;
        assert_eq!(
            (
                got.as_u16(),
                body["error"]["message"].as_str().unwrap_or_default()
            ),
            (status, message),
            "{key}"
        );
    }
    let cloud = acme
        .token_for(&DELEGATED, Some(ADMIN), &[CLOUD_PLATFORM, GROUP_READONLY])
        .await;
    assert_eq!(
        reason(&acme.get_as(&cloud, PHOTO).await.1),
        "insufficientPermissions"
    );
    let plain = acme
        .token_for(&DELEGATED, Some("zoe@acme.example"), &[USER_READONLY])
        .await;
    assert_eq!(acme.get_as(&plain, PHOTO).await.0, 403);
    acme.sim
        .add_fault(Fault {
            method: Some("users.photos.get".into()),
            ..Fault::named("backendError")
        })
        .unwrap();
    assert_eq!(acme.get(PHOTO).await.0, 500);
    assert_eq!(acme.get("/admin/directory/v1/users/101").await.0, 200);
}
