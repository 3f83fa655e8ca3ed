//! Delivery of notifications to a receiver.

use std::collections::HashSet;
use std::time::Duration;

use google_workspace_simulator::Switches;
use serde_json::{Value, json};

use crate::receiver::{Receiver, self_signed};
use crate::support::*;

/// The receiver has no certificate.
fn insecure() -> Switches {
    Switches {
        insecure_webhooks: true,
        ..Switches::default()
    }
}

async fn watched(switches: Switches) -> (Acme, Receiver) {
    let acme = Acme::start().await;
    acme.sim.set_switches(switches);
    (acme, Receiver::start().await)
}

/// Opens a channel for one event, and answers with the channel.
async fn watch(acme: &Acme, address: &str, query: &str, id: &str) -> Value {
    let path = format!("/admin/directory/v1/users/watch?{query}");
    let body = json!({"id": id, "type": "web_hook", "address": address, "token": format!("token of {id}")});
    let (status, channel) = answer(
        acme.http
            .post(acme.url(&path))
            .bearer_auth(&acme.token)
            .json(&body),
    )
    .await;
    assert_eq!(status, 200, "{channel}");
    channel
}

async fn watch_updates(acme: &Acme, receiver: &Receiver) -> Value {
    watch(
        acme,
        &receiver.url,
        "customer=my_customer&event=update",
        "updates",
    )
    .await
}

#[tokio::test]
async fn sync_comes_first_and_events_are_as_documented() {
    let (acme, mut receiver) = watched(insecure()).await;
    let channel = watch_updates(&acme, &receiver).await;
    let sync = receiver.next().await;
    assert_eq!((sync.state(), sync.number(), sync.body.len()), ("sync", 1, 0));
    acme.sim.patch_user("101", json!({"suspended": true})).unwrap();
    let event = receiver.next().await;
    for message in [&sync, &event] {
        assert_eq!(message.header("x-goog-channel-id"), "updates");
        assert_eq!(message.header("x-goog-channel-token"), "token of updates");
        assert_eq!(message.header("x-goog-resource-id"), channel["resourceId"]);
        assert_eq!(message.header("x-goog-resource-uri"), channel["resourceUri"]);
        assert_eq!(message.header("content-type"), "application/json; utf-8");
        let expires = jiff::fmt::rfc2822::parse(message.header("x-goog-channel-expiration")).unwrap();
        let millis = expires.timestamp().as_second().to_string();
        assert!(channel["expiration"].as_str().unwrap().starts_with(&millis));
    }
    let (body, person) = (event.json(), acme.sim.user("101").unwrap());
    assert_eq!(
        (event.state(), &body["kind"], &body["id"], &body["primaryEmail"]),
        (
            "update",
            &json!("admin#directory#user"),
            &json!("101"),
            &json!("zoe@acme.example")
        )
    );
    assert_eq!(body.as_object().unwrap().len(), 4);
    assert!(
        body["etag"] != person["etag"] && body["etag"].as_str().unwrap().starts_with('"'),
        "the message's own etag"
    );
}

#[tokio::test]
async fn every_change_has_its_event_and_numbers_grow_with_gaps() {
    let (acme, mut receiver) = watched(insecure()).await;
    for event in ["add", "delete", "makeAdmin", "undelete", "update"] {
        let query = format!("customer=my_customer&event={event}");
        watch(&acme, &receiver.url, &query, event).await;
    }
    assert_eq!(receiver.states(5).await, ["sync"; 5]);
    let photo = || {
        acme.http
            .put(acme.url("/_simulator/users/200/photo"))
            .header("content-type", "image/png")
            .body("png")
    };
    acme.control(
        "POST",
        "/_simulator/users",
        r#"{"id": "200", "primaryEmail": "new@acme.example"}"#,
    )
    .await;
    assert_eq!(receiver.next().await.state(), "add");
    for patch in [
        json!({"suspended": true}),
        json!({"primaryEmail": "renamed@acme.example"}),
        json!({"orgUnitPath": "/Sales & Co"}),
    ] {
        acme.control("PATCH", "/_simulator/users/200", &patch.to_string())
            .await;
        let update = receiver.next().await;
        assert_eq!(
            (update.state(), &update.json()["id"]),
            ("update", &json!("200")),
            "{patch}"
        );
    }
    photo().send().await.unwrap();
    assert_eq!(
        receiver.next().await.json()["primaryEmail"],
        "renamed@acme.example"
    );
    acme.control("DELETE", "/_simulator/users/200/photo", "").await;
    assert_eq!(receiver.next().await.state(), "update");
    acme.sim.patch_user("200", json!({"isAdmin": true})).unwrap();
    assert_eq!(receiver.next().await.state(), "makeAdmin");
    acme.sim.patch_user("200", json!({"isAdmin": false})).unwrap();
    assert_eq!(receiver.next().await.state(), "update");
    acme.sim
        .patch_user("200", json!({"isAdmin": true, "archived": true}))
        .unwrap();
    let both: HashSet<String> = receiver.states(2).await.into_iter().collect();
    assert_eq!(both, HashSet::from(["makeAdmin".to_owned(), "update".to_owned()]));
    acme.control("DELETE", "/_simulator/users/200", "").await;
    assert_eq!(receiver.next().await.state(), "delete");
    acme.sim.undelete_user("200").unwrap();
    assert_eq!(receiver.next().await.state(), "undelete");

    let mut numbers = vec![1];
    for given in ["a", "b", "c", "d"] {
        acme.sim
            .patch_user("200", json!({"name": {"givenName": given}}))
            .unwrap();
        numbers.push(receiver.next().await.number());
    }
    assert!(
        numbers.windows(2).all(|pair| pair[1] > pair[0] + 1),
        "{numbers:?}"
    );
    assert!(receiver.delivered().is_none(), "one message per change");
}

#[tokio::test]
async fn a_domains_channel_hears_of_that_domain_only() {
    let (acme, mut receiver) = watched(insecure()).await;
    watch(&acme, &receiver.url, "domain=other.example&event=update", "other").await;
    receiver.next().await;
    acme.sim.patch_user("101", json!({"archived": true})).unwrap();
    acme.sim.patch_user("103", json!({"archived": true})).unwrap();
    assert_eq!(receiver.next().await.json()["id"], "103");
}

#[tokio::test]
async fn only_a_receiver_out_of_order_is_asked_again() {
    let (acme, mut receiver) = watched(insecure()).await;
    watch_updates(&acme, &receiver).await;
    receiver.next().await;
    for status in [500, 502, 503, 504] {
        receiver.answer(&[status, status]);
        acme.sim.patch_user("101", json!({"archived": false})).unwrap();
        let (first, second, third) = (
            receiver.next().await,
            receiver.next().await,
            receiver.next().await,
        );
        assert_eq!([second.number(), third.number()], [first.number(); 2], "{status}");
        assert_eq!(second.body, first.body);
    }
    for status in [201, 202, 204, 301, 400, 404, 410, 429, 501] {
        receiver.answer(&[status]);
        acme.sim.patch_user("101", json!({"archived": true})).unwrap();
        let first = receiver.next().await.number();
        acme.sim.patch_user("101", json!({"archived": false})).unwrap();
        assert!(receiver.next().await.number() > first, "{status} is not repeated");
    }
    receiver.answer(&[503]);
    acme.sim.patch_user("101", json!({"archived": true})).unwrap();
    let late = receiver.next().await.number();
    acme.sim.patch_user("102", json!({"archived": true})).unwrap();
    let numbers: HashSet<u64> = [receiver.next().await.number(), receiver.next().await.number()].into();
    assert!(
        numbers.contains(&late) && numbers.len() == 2,
        "a repetition does not hold up the others"
    );
}

#[tokio::test]
async fn stopped_and_expired_channels_are_silent() {
    let (acme, mut receiver) = watched(insecure()).await;
    let channel = watch_updates(&acme, &receiver).await;
    watch(&acme, &receiver.url, "customer=my_customer&event=update", "left").await;
    assert_eq!(receiver.states(2).await, ["sync"; 2]);
    let stop = json!({"id": "updates", "resourceId": channel["resourceId"]});
    let request = acme
        .http
        .post(acme.url("/admin/directory_v1/channels/stop"))
        .bearer_auth(&acme.token);
    assert_eq!(request.json(&stop).send().await.unwrap().status(), 204);
    acme.sim.patch_user("101", json!({"archived": true})).unwrap();
    assert_eq!(receiver.next().await.header("x-goog-channel-id"), "left");
    acme.sim.advance_clock(Duration::from_hours(3));
    acme.sim.patch_user("101", json!({"archived": false})).unwrap();
    assert!(acme.sim.channels().is_empty());
    // A channel that is opened now gets its messages after any that the others would have got.
    let token = acme.token_for(&DELEGATED, Some(ADMIN), &[USER_READONLY]).await;
    let path = acme.url("/admin/directory/v1/users/watch?customer=my_customer&event=update");
    let body = json!({"id": "fresh", "type": "web_hook", "address": receiver.url});
    answer(acme.http.post(path).bearer_auth(token).json(&body)).await;
    let sync = receiver.next().await;
    assert_eq!(
        (sync.header("x-goog-channel-id"), sync.state()),
        ("fresh", "sync")
    );
    assert!(
        !sync.headers.contains_key("x-goog-channel-token"),
        "no token was given"
    );
}

#[tokio::test]
async fn sync_may_come_before_the_answer() {
    let switches = Switches {
        sync_before_answer: true,
        ..insecure()
    };
    let (acme, mut receiver) = watched(switches).await;
    watch_updates(&acme, &receiver).await;
    assert_eq!(
        receiver
            .delivered()
            .expect("it is there when the answer is")
            .state(),
        "sync"
    );
}

#[tokio::test]
async fn messages_are_sent_twice_when_switched() {
    let switches = Switches {
        duplicate_notifications: true,
        ..insecure()
    };
    let (acme, mut receiver) = watched(switches).await;
    watch_updates(&acme, &receiver).await;
    receiver.next().await;
    acme.sim.patch_user("101", json!({"archived": true})).unwrap();
    let (first, second) = (receiver.next().await, receiver.next().await);
    assert_eq!((first.number(), &first.body), (second.number(), &second.body));
}

#[tokio::test]
async fn messages_overtake_each_other_when_switched() {
    let switches = Switches {
        reordered_notifications: true,
        ..insecure()
    };
    let (acme, mut receiver) = watched(switches).await;
    watch_updates(&acme, &receiver).await;
    receiver.next().await;
    for id in ["101", "102", "103"] {
        acme.sim.patch_user(id, json!({"archived": true})).unwrap();
    }
    let mut seen = Vec::new();
    for _ in 0..3 {
        let message = receiver.next().await;
        seen.push((
            message.json()["id"].as_str().unwrap().to_owned(),
            message.number(),
        ));
    }
    let ids: Vec<&str> = seen.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["102", "101", "103"], "an odd one is sent in the end");
    assert!(seen[0].1 > seen[1].1, "{seen:?}");
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused_unless_switched() {
    for (switches, trusted) in [(Switches::default(), false), (insecure(), true)] {
        let (acme, _) = watched(Switches {
            sync_before_answer: true,
            ..switches
        })
        .await;
        let (url, served) = self_signed();
        watch(&acme, &url, "customer=my_customer&event=add", "tls").await;
        let request = served.join().unwrap();
        assert_eq!(request.is_some(), trusted, "{request:?}");
        assert!(request.is_none_or(|request| request.starts_with("POST /google HTTP/1.1")));
    }
}
