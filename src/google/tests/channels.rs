//! Notification channels.

use super::*;

const WATCH: &str = "/admin/directory/v1/users/watch";
const STOP: &str = "/admin/directory_v1/channels/stop";

fn opened() -> Response {
    json_answer(
        &json!({"kind": "api#channel", "id": "c-1", "resourceId": "r-1", "resourceUri": "https://x",
        "token": CHANNEL_CANARY, "expiration": "1700000000123"}),
    )
}

fn of_domain() -> UserList {
    UserList {
        domain: Some("acme.com".to_owned()),
        ..UserList::default()
    }
}

#[tokio::test]
async fn a_channel_is_opened_as_google_asks() {
    let google = google(|_, _| opened()).await;
    let directory = delegated(&client(&google.url, quick(1)));
    for event in Event::ALL {
        let channel = directory.watch(&of_domain(), event, &channel()).await.unwrap();
        assert_eq!(
            (channel.id.as_str(), channel.resource_id.as_str()),
            ("c-1", "r-1")
        );
        assert_eq!(channel.expiration.as_millisecond(), 1_700_000_000_123);
    }
    directory
        .watch(&UserList::default(), Event::Add, &channel())
        .await
        .unwrap();
    let seen = google.seen.lock().unwrap();
    let names = ["add", "delete", "makeAdmin", "undelete", "update", "add"];
    assert_eq!(seen.len(), names.len() + 1);
    for (request, name) in seen[1..].iter().zip(names) {
        assert_eq!(
            (&request.method, request.path.as_str()),
            (&http::Method::POST, WATCH)
        );
        assert_eq!(request.parameter("event").as_deref(), Some(name));
        assert_eq!(request.parameter("fields"), None);
        assert_eq!(request.header(header::CONTENT_TYPE), "application/json");
        assert_eq!(
            serde_json::from_str::<Value>(&request.body).unwrap(),
            json!({"id": "c-1", "type": "web_hook", "address": "https://pbx.example/hook", "token": CHANNEL_CANARY,
                "params": {"ttl": "21600"}})
        );
    }
    assert_eq!(seen[1].parameter("domain").as_deref(), Some("acme.com"));
    assert_eq!(seen[1].parameter("customer"), None);
    assert_eq!(seen[6].parameter("customer").as_deref(), Some("my_customer"));
}

#[tokio::test]
async fn a_channel_that_google_refuses_says_why_and_hides_its_token() {
    for (status, reason, class, cause) in [
        (
            400,
            "push.webhookUrlNotHttps",
            Class::Misconfigured,
            Cause::WebhookNotHttps,
        ),
        (
            400,
            "push.webhookUrlUnauthorized",
            Class::Misconfigured,
            Cause::WebhookUnauthorized,
        ),
        (
            401,
            "push.webhookUrlUnauthorized",
            Class::Misconfigured,
            Cause::WebhookUnauthorized,
        ),
        (
            403,
            "push.webhookUrlUnauthorized",
            Class::Misconfigured,
            Cause::WebhookUnauthorized,
        ),
        (
            400,
            "channelIdNotUnique",
            Class::BadRequest,
            Cause::ChannelIdNotUnique,
        ),
        (
            400,
            "push.channelTypeNotSupported",
            Class::BadRequest,
            Cause::Unexpected,
        ),
    ] {
        let google = google(move |seen, _| failure(status, reason, &format!("no: {}", seen.body))).await;
        let directory = delegated(&client(&google.url, quick(3)));
        let error = directory
            .watch(&of_domain(), Event::Update, &channel())
            .await
            .unwrap_err();
        assert_eq!(shape(&error), (class, cause), "{reason}");
        assert_eq!(google.paths(), ["/token", WATCH], "{reason}");
        let text = shown(&error);
        assert!(
            text.contains("[redacted]") && !text.contains(CHANNEL_CANARY),
            "{text}"
        );
    }
}

#[tokio::test]
async fn channels_fail_like_everything_else() {
    for (answer, class, cause) in retryable() {
        let google = google(move |_, n| if n == 0 { answer() } else { opened() }).await;
        let directory = delegated(&client(&google.url, quick(2)));
        directory
            .watch(&of_domain(), Event::Add, &channel())
            .await
            .unwrap();
        assert_eq!(google.count(WATCH), 2);

        let google = super::google(move |_, _| answer()).await;
        let directory = delegated(&client(&google.url, quick(2)));
        let error = directory
            .watch(&of_domain(), Event::Add, &channel())
            .await
            .unwrap_err();
        assert_eq!(shape(&error), (class, cause));
        assert_eq!(google.count(WATCH), 2);
        // Any answer of success ends a channel, whatever is in it.
        if cause != Cause::IncompleteRead {
            let error = directory.stop("c-1", "r-1").await.unwrap_err();
            assert_eq!(shape(&error), (class, cause));
            assert_eq!(google.count(STOP), 2);
        }
    }
}

#[tokio::test]
async fn a_lost_answer_ends_in_an_id_that_is_taken() {
    let google = google(|_, n| match n {
        0 => "{\"id\":".into_response(),
        _ => failure(400, "channelIdNotUnique", "Channel id c-1 not unique"),
    })
    .await;
    let error = delegated(&client(&google.url, quick(3)))
        .watch(&of_domain(), Event::Add, &channel())
        .await
        .unwrap_err();
    assert_eq!(error.cause(), Cause::ChannelIdNotUnique);
    assert_eq!(google.count(WATCH), 2);
}

#[tokio::test]
async fn a_channel_is_stopped_once_and_for_all() {
    for (status, body, stopped) in [
        (200, "", true),
        (204, "", true),
        (
            404,
            r#"{"error":{"code":404,"message":"Channel not found","errors":[{"reason":"notFound"}]}}"#,
            true,
        ),
        (404, "<!DOCTYPE html>", false),
        (
            403,
            r#"{"error":{"code":403,"message":"no","errors":[{"reason":"forbidden"}]}}"#,
            false,
        ),
        (302, "", false),
    ] {
        let google = google(move |_, _| (StatusCode::from_u16(status).unwrap(), body).into_response()).await;
        let result = delegated(&client(&google.url, quick(1))).stop("c-1", "r-1").await;
        assert_eq!(result.is_ok(), stopped, "{status} {body}");
        let seen = google.seen.lock().unwrap();
        assert_eq!(
            (&seen[1].method, seen[1].path.as_str()),
            (&http::Method::POST, STOP)
        );
        assert_eq!(
            serde_json::from_str::<Value>(&seen[1].body).unwrap(),
            json!({"id": "c-1", "resourceId": "r-1"})
        );
    }
}

#[tokio::test]
async fn nobody_watches_my_customer_as_itself() {
    let google = google(|_, _| opened()).await;
    let itself = client(&google.url, quick(1)).directory(key(), None, "C01", &[DIRECTORY_USERS_SCOPE]);
    let error = itself
        .watch(&UserList::default(), Event::Add, &channel())
        .await
        .unwrap_err();
    assert_eq!(error.cause(), Cause::MyCustomerNotAllowed);
    assert_eq!(google.paths(), [""; 0]);
}
