//! The endpoint of notifications is open to the internet: whoever does not know a channel's token costs nothing.

use axum::http::{HeaderName, HeaderValue};
use dialplane_test_harness::Operator;
use serde_json::json;

use super::ingress::Delivery;
use super::{LIST, Scene, calls, count, nothing};
use crate::world::poll;

/// The notification, with another header.
fn with(delivery: &Delivery, name: &'static str, value: &str) -> Delivery {
    let mut changed = delivery.clone();
    changed.headers.insert(
        HeaderName::from_static(name),
        HeaderValue::from_str(value).unwrap(),
    );
    changed
}

/// A notification of ana's that was served.
async fn served(scene: &Scene) -> Delivery {
    let ana = scene.world.id_of("ana@acme.example");
    scene
        .world
        .google
        .patch_user(&ana, json!({"name": {"givenName": "Anna"}}))
        .unwrap();
    let name =
        |extension: &dialplane::api::PbxExtension| extension.spec.user.as_ref().unwrap().first_name.clone();
    scene
        .world
        .until_extension("1002", |ana| name(ana).as_deref() == Some("Anna"))
        .await;
    scene.ingress.until_told(1).await.remove(0)
}

#[tokio::test]
async fn a_flood_without_a_valid_token_costs_no_call_no_write_and_no_line_of_the_log() {
    let scene = Scene::open(json!({})).await;
    let good = served(&scene).await;
    // The line comes after the write that was awaited.
    poll("the line about ana", async || {
        let told = scene.operator.log().contains("synced one user");
        told.then_some(())
    })
    .await;
    let others = scene.ingress.deliveries();
    let other = others
        .iter()
        .find(|other| other.channel() != good.channel())
        .unwrap();
    let mut bare = good.clone();
    bare.headers.clear();
    let mut elsewhere = good.clone();
    elsewhere.path = "/push/google/another-integration".to_owned();
    let token = good.header("x-goog-channel-token");
    let forged = [
        bare,
        elsewhere,
        with(&good, "x-goog-channel-token", ""),
        with(&good, "x-goog-channel-token", &token[1..]),
        with(&good, "x-goog-channel-token", &format!("{token}A")),
        with(&good, "x-goog-channel-token", &"A".repeat(5000)),
        with(
            &good,
            "x-goog-channel-token",
            other.header("x-goog-channel-token"),
        ),
        with(&good, "x-goog-channel-id", other.channel()),
        with(&good, "x-goog-channel-id", "11111111-1111-4111-8111-111111111111"),
        with(&good, "x-goog-resource-id", "another"),
    ];
    let mark = scene.mark().await;
    let rejected = "dialplane_push_notifications_total{result=\"rejected\"}";
    let log = scene.operator.log();
    for _ in 0..40 {
        for delivery in &forged {
            assert_eq!(scene.ingress.deliver(delivery).await, 404, "{delivery:?}");
        }
    }
    assert_eq!(scene.metric(rejected).await, 400);
    assert_eq!(scene.operator.log(), log);
    assert_eq!(calls(&scene.world), [""; 0]);
    scene.cost(mark, &[], nothing()).await;

    // The way to it is POST, with and without the public URL's path.
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}{}", scene.operator.http_url(), good.path);
    assert_eq!(http.get(url).send().await.unwrap().status(), 405);
    let mut bare = with(&good, "x-goog-message-number", "900001");
    bare.path = good.path.strip_prefix("/phones").unwrap().to_owned();
    assert_eq!(scene.ingress.deliver(&bare).await, 200);
    scene.world.finish().await;
}

#[tokio::test]
async fn a_body_that_names_nobody_is_no_reason_to_look_at_everybody() {
    let scene = Scene::open(json!({})).await;
    let good = served(&scene).await;
    let mark = scene.mark().await;
    let huge = format!("{{\"id\": \"1\", \"padding\": \"{}\"}}", "x".repeat(17 * 1024));
    for (number, body) in [
        "",
        "{}",
        "[]",
        "{\"id\": 7}",
        "{\"id\": \"\"}",
        "{\"id\": \"../groups\"}",
        "<html>",
        &huge,
    ]
    .into_iter()
    .enumerate()
    {
        let mut bad = with(&good, "x-goog-message-number", &format!("9000{number}"));
        bad.body = body.to_owned().into();
        assert_eq!(scene.ingress.deliver(&bad).await, 400, "{body}");
    }
    let malformed = "dialplane_push_notifications_total{result=\"malformed\"}";
    assert_eq!(scene.metric(malformed).await, 8);
    scene.cost(mark, &[], nothing()).await;
    scene.world.finish().await;
}

#[tokio::test]
async fn a_flood_with_a_valid_token_stays_far_below_the_quota() {
    let scene = Scene::open(json!({})).await;
    let good = served(&scene).await;
    scene.mark().await;
    for number in 0..1000 {
        let mut told = with(&good, "x-goog-message-number", &format!("{}", 900_000 + number));
        told.body = json!({"id": format!("9{number:020}")}).to_string().into();
        assert_eq!(scene.ingress.deliver(&told).await, 200);
    }
    // They are looked at together, in one sync.
    poll("a sync", async || (count(&scene.world, LIST) > 0).then_some(())).await;
    let asked = calls(&scene.world).len();
    assert!(asked < 150, "{asked} calls for a thousand notifications");
    scene.world.finish().await;
}

#[tokio::test]
async fn a_public_url_that_google_could_not_call_ends_the_start_with_the_remedy() {
    for (url, remedy) in [
        ("http://pbx.acme.com", "use https://"),
        ("pbx.acme.com", "https://dialplane.acme.com"),
        ("https://pbx.acme.com/?x", "remove user, password"),
    ] {
        let builder = Operator::builder(env!("CARGO_BIN_EXE_dialplane"))
            .arg("--public-url")
            .arg(url);
        let error = format!("{:#}", builder.spawn().await.unwrap_err());
        assert!(
            error.contains("--public-url") && error.contains(remedy),
            "{error}"
        );
    }
}
