//! users.watch and channels.stop: what is refused, and how long a channel lives.

use std::time::Duration;

use google_workspace_simulator::{Fault, Options, Simulator, Switches};
use jiff::Timestamp;
use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::support::*;

const WATCH: &str = "/admin/directory/v1/users/watch";
const STOP: &str = "/admin/directory_v1/channels/stop";
/// Nobody listens there.
const ADDRESS: &str = "https://127.0.0.1:9/google";

fn post(acme: &Acme, path: &str, body: &Value) -> RequestBuilder {
    acme.http.post(acme.url(path)).bearer_auth(&acme.token).json(body)
}

fn hook(id: &str) -> Value {
    json!({"id": id, "type": "web_hook", "address": ADDRESS})
}

/// Watches updates of the whole organization.
async fn watch(acme: &Acme, body: &Value) -> (StatusCode, Value) {
    answer(post(
        acme,
        &format!("{WATCH}?customer=my_customer&event=update"),
        body,
    ))
    .await
}

#[tokio::test]
async fn a_channel_is_answered_and_listed() {
    let acme = Acme::start().await;
    let before = Timestamp::now().as_millisecond();
    let body = json!({"kind": "api#channel", "id": "c1", "type": "web_hook", "address": ADDRESS, "token": "secret", "payload": true});
    let (status, mut channel) = watch(&acme, &body).await;
    assert_eq!(status, 200, "{channel}");
    let listed = acme.control("GET", "/_simulator/channels", "").await.1;
    assert_eq!(listed, json!(acme.sim.channels()));
    assert_eq!(
        (
            &listed[0]["id"],
            &listed[0]["event"],
            &listed[0]["address"],
            &listed[0]["expiration"]
        ),
        (
            &json!("c1"),
            &json!("update"),
            &json!(ADDRESS),
            &channel["expiration"]
        )
    );
    assert!(!listed.to_string().contains("secret"), "{listed}");
    let expiration: i64 = channel["expiration"].as_str().expect("a string").parse().unwrap();
    assert!(
        (before + 7_200_000..before + 7_260_000).contains(&expiration),
        "two hours"
    );
    let resource = channel["resourceId"].take();
    assert!(resource.as_str().is_some_and(|id| !id.is_empty()));
    assert_eq!(
        channel,
        json!({"kind": "api#channel", "id": "c1", "token": "secret", "expiration": expiration.to_string(), "resourceId": null,
        "resourceUri": "https://admin.googleapis.com/admin/directory/v1/users?customer=my_customer&event=update&alt=json"})
    );
    let path = format!("{WATCH}?domain=acme.example&event=add");
    let (_, other) = answer(post(&acme, &path, &hook("c2"))).await;
    assert_ne!(
        other["resourceId"], resource,
        "each watched resource has an id of its own"
    );
    assert!(other.get("token").is_none());
}

#[tokio::test]
async fn a_life_is_two_hours_unless_asked_for_and_two_days_at_most() {
    let acme = Acme::start().await;
    let hours = |hours: i64| Timestamp::now().as_millisecond() + hours * 3_600_000;
    for (number, (asked, expected)) in [
        (json!({"params": {"ttl": "3600"}}), hours(1)),
        (json!({"params": {"ttl": 3600}}), hours(1)),
        (json!({"params": {"ttl": "172800"}}), hours(48)),
        (json!({"params": {"ttl": "604800"}}), hours(48)),
        (json!({"expiration": hours(24).to_string()}), hours(24)),
        (json!({"expiration": hours(24)}), hours(24)),
        (json!({"expiration": hours(100).to_string()}), hours(48)),
        (
            json!({"expiration": hours(3).to_string(), "params": {"ttl": "7200"}}),
            hours(2),
        ),
        (
            json!({"expiration": hours(1).to_string(), "params": {"ttl": "7200"}}),
            hours(1),
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = hook(&format!("c{number}"));
        body.as_object_mut()
            .unwrap()
            .extend(asked.as_object().unwrap().clone());
        let (status, channel) = watch(&acme, &body).await;
        assert_eq!(status, 200, "{asked}: {channel}");
        let got: i64 = channel["expiration"].as_str().unwrap().parse().unwrap();
        assert!(
            (got - expected).abs() < 60_000,
            "{asked}: {got} instead of {expected}"
        );
    }
    acme.sim.advance_clock(Duration::from_mins(61));
    let left = acme.sim.channels();
    assert_eq!(left.len(), 6, "those of one hour are gone: {left:?}");
}

#[tokio::test]
async fn what_is_not_as_documented_is_refused() {
    let acme = Acme::start().await;
    let long = |length: usize| "x".repeat(length);
    let with = |field: &str, value: Value| {
        let mut body = hook("bad");
        body[field] = value;
        body
    };
    for (body, expected, message) in [
        (with("id", json!(null)), "required", "Required"),
        (with("id", json!("")), "required", "Required"),
        (with("id", json!(long(65))), "invalid", "Invalid Input"),
        (with("id", json!("two words")), "invalid", "Invalid Input"),
        (
            with("type", json!("webhook")),
            "push.channelTypeNotSupported",
            "Channel type not supported: webhook",
        ),
        (with("type", json!(null)), "required", "Required"),
        (with("address", json!(null)), "required", "Required"),
        (
            with("address", json!("http://localhost/google")),
            "push.webhookUrlNotHttps",
            "WebHook callback must be HTTPS: http://localhost/google",
        ),
        (
            with("address", json!("hooks.example/google")),
            "push.webhookUrlNotHttps",
            "WebHook callback must be HTTPS: hooks.example/google",
        ),
        (with("token", json!(long(257))), "invalid", "Invalid Input"),
        (with("expiration", json!("1000")), "invalid", "Invalid Input"),
        (with("expiration", json!("tomorrow")), "invalid", "Invalid Input"),
        (with("params", json!({"ttl": "0"})), "invalid", "Invalid Input"),
        (with("params", json!({"ttl": "1h"})), "invalid", "Invalid Input"),
        (with("url", json!("https://x")), "invalid", "Unknown name \"url\""),
        (json!([]), "parseError", "Parse Error"),
    ] {
        let (status, answer) = watch(&acme, &body).await;
        assert_eq!((status.as_u16(), reason(&answer)), (400, expected), "{body}");
        assert!(
            answer["error"]["message"].as_str().unwrap().contains(message),
            "{answer}"
        );
    }
    for (query, expected) in [
        ("event=update", "badRequest"),
        ("customer=my_customer", "invalid"),
        ("customer=my_customer&event=rename", "invalid"),
        ("customer=acme&event=update", "invalid"),
        ("domain=stranger.example&event=update", "notFound"),
    ] {
        let (_, body) = answer(post(&acme, &format!("{WATCH}?{query}"), &hook("bad"))).await;
        assert_eq!(reason(&body), expected, "{query}: {body}");
    }
    assert_eq!(acme.sim.channels(), [] as [Value; 0], "nothing was opened");
    let (status, _) = watch(&acme, &with("token", json!(long(256)))).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn an_id_is_used_once_even_after_its_channel_was_stopped() {
    let acme = Acme::start().await;
    let (_, channel) = watch(&acme, &hook("once")).await;
    let (status, body) = watch(&acme, &hook("once")).await;
    assert_eq!(
        (status.as_u16(), reason(&body), &body["error"]["message"]),
        (400, "channelIdNotUnique", &json!("Channel id once not unique"))
    );
    let stop = json!({"id": "once", "resourceId": channel["resourceId"]});
    let stopped = post(&acme, STOP, &stop).send().await.unwrap();
    assert_eq!(
        (stopped.status().as_u16(), stopped.text().await.unwrap().as_str()),
        (204, "")
    );
    assert!(acme.sim.channels().is_empty());
    assert_eq!(reason(&watch(&acme, &hook("once")).await.1), "channelIdNotUnique");
    let (status, body) = answer(post(&acme, STOP, &stop)).await;
    let message = "Channel 'once' not found for project '104497032270'";
    assert_eq!(
        (status.as_u16(), reason(&body), &body["error"]["message"]),
        (404, "notFound", &json!(message))
    );
}

#[tokio::test]
async fn only_its_owner_stops_a_channel() {
    let acme = Acme::start().await;
    acme.sim
        .patch_user("101", json!({"isDelegatedAdmin": true}))
        .unwrap();
    let (_, channel) = watch(&acme, &hook("mine")).await;
    let stop = json!({"id": "mine", "resourceId": channel["resourceId"]});
    for (account, subject, expected) in [
        (&*DELEGATED, Some("zoe@acme.example"), 403),
        (&*ROLE, None, 404),
        (&*DELEGATED, Some(ADMIN), 204),
    ] {
        let token = acme.token_for(account, subject, &[USER_READONLY]).await;
        let request = acme.http.post(acme.url(STOP)).bearer_auth(token).json(&stop);
        assert_eq!(request.send().await.unwrap().status(), expected, "{subject:?}");
    }
    watch(&acme, &hook("other")).await;
    for (body, expected) in [
        (json!({"id": "other", "resourceId": "wrong"}), 404),
        (json!({"id": "other"}), 400),
        (json!({"resourceId": channel["resourceId"]}), 400),
    ] {
        assert_eq!(answer(post(&acme, STOP, &body)).await.0, expected, "{body}");
    }
    let wrong = post(&acme, "/admin/directory/v1/channels/stop", &stop)
        .send()
        .await
        .unwrap();
    assert_eq!(wrong.status(), 404, "the path has an underscore");
}

#[tokio::test]
async fn scopes_rights_switches_and_faults_hold_for_channels_too() {
    let acme = Acme::start().await;
    let path = format!("{WATCH}?customer=my_customer&event=update");
    let groups = acme.token_for(&DELEGATED, Some(ADMIN), &[GROUP_READONLY]).await;
    let cloud = acme.token_for(&DELEGATED, Some(ADMIN), &[CLOUD_PLATFORM]).await;
    let plain = acme
        .token_for(&DELEGATED, Some("zoe@acme.example"), &[USER_READONLY])
        .await;
    let send = async |token: &str, path: &str, id: &str| {
        answer(acme.http.post(acme.url(path)).bearer_auth(token).json(&hook(id))).await
    };
    let (status, body) = send(&groups, &path, "a").await;
    let named = body["error"]["details"][0]["metadata"]["method"]
        .as_str()
        .unwrap();
    assert!(status == 403 && named.ends_with("DirectoryUsers.Watch"), "{body}");
    let (_, body) = send(&groups, STOP, "a").await;
    let named = body["error"]["details"][0]["metadata"]["method"]
        .as_str()
        .unwrap();
    assert!(named.ends_with("DirectoryChannels.Stop"), "{body}");
    assert_eq!(send(&cloud, &path, "b").await.0, 200, "as users.list");
    assert_eq!(send(&plain, &path, "c").await.0, 403, "for administrators");
    acme.sim
        .add_fault(Fault {
            method: Some("users.watch".into()),
            count: Some(1),
            ..Fault::named("push.webhookUrlUnauthorized")
        })
        .unwrap();
    let (status, body) = watch(&acme, &hook("d")).await;
    assert_eq!(
        (status.as_u16(), reason(&body)),
        (401, "push.webhookUrlUnauthorized")
    );
    acme.sim.set_api("admin.googleapis.com", false).unwrap();
    assert_eq!(reason(&watch(&acme, &hook("e")).await.1), "accessNotConfigured");
    let last = acme.sim.requests().pop().unwrap();
    assert_eq!(
        (last.method.as_str(), last.path.as_str(), last.status),
        ("POST", WATCH, 403)
    );
}

#[tokio::test]
async fn switches_are_set_from_the_beginning_and_by_hand() {
    let switches = Switches {
        insecure_webhooks: true,
        ..Switches::default()
    };
    let sim = Simulator::start(Options {
        switches,
        ..Options::default()
    })
    .await
    .unwrap();
    assert_eq!(sim.switches(), switches);
    let acme = Acme::start().await;
    let (status, body) = acme
        .control("PATCH", "/_simulator/switches", r#"{"insecureWebhooks": true}"#)
        .await;
    assert_eq!(
        (status.as_u16(), &body["insecureWebhooks"], &body["photoPadding"]),
        (200, &json!(true), &json!("equals"))
    );
    assert_eq!(acme.control("GET", "/_simulator/switches", "").await.1, body);
    let mut plain = hook("plain");
    plain["address"] = json!("http://127.0.0.1:9/google");
    assert_eq!(watch(&acme, &plain).await.0, 200);
    for (body, message) in [
        (r#"{"insecure": true}"#, "insecureWebhooks"),
        (r#"{"photoPadding": "x"}"#, "asterisks"),
    ] {
        let (status, refused) = acme.control("PATCH", "/_simulator/switches", body).await;
        assert!(
            status == 400 && refused["error"].as_str().unwrap().contains(message),
            "{refused}"
        );
    }
}
