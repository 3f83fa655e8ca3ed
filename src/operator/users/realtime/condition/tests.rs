use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::json;

use super::*;
use crate::api::status::PushChannel;
use crate::operator::engine::testing::{recording, subject};
use crate::operator::users::realtime::state::Failure;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn channel(id: &str, ends: Timestamp) -> PushChannel {
    PushChannel {
        id: id.to_owned(),
        resource_id: "r".to_owned(),
        event: "add".to_owned(),
        expiration: Time(ends),
    }
}

#[tokio::test]
async fn channels_of_the_operator_before_us_stay_in_the_status_until_they_are_stopped() {
    let old = json!({"status": {"users": {"channels": [channel("old", at(9_000_000_000))]}}});
    let mut object = json!({"spec": {"users": {"realtime": true}}});
    object["status"] = old["status"].clone();
    let subject = subject(object);
    let (ctx, _) = recording(serde_json::to_value(&*subject.object).unwrap()).await;
    let listed = || {
        let mut status = subject.object.status.clone().unwrap();
        describe(&ctx, &subject, &mut status);
        status
            .users
            .unwrap()
            .channels
            .into_iter()
            .map(|channel| channel.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(listed(), ["old"], "nobody has looked yet");
    let channels = ctx.memory(&subject.uid).slot::<Channels>();
    channels.lock().adopt(&subject);
    assert_eq!(listed(), ["old"]);
    channels.lock().adopt(&subject);
    assert_eq!(channels.lock().leaving.len(), 1, "found once");
    channels.lock().leaving.clear();
    assert_eq!(listed(), [""; 0]);
}

#[tokio::test]
async fn the_condition_is_there_only_for_those_who_ask_and_says_what_is_in_the_way() {
    let cases = [
        (json!({}), None),
        (
            json!({"spec": {"users": {"realtime": true}}}),
            Some(("False", "PublicUrlMissing")),
        ),
        (
            json!({"spec": {"suspend": true, "users": {"realtime": true}}}),
            Some(("False", "Suspended")),
        ),
        (
            json!({"spec": {"dryRun": true, "users": {"realtime": true}}}),
            Some(("False", "DryRun")),
        ),
        (
            json!({"spec": {"users": {"realtime": true, "enabled": false}}}),
            None,
        ),
        (
            json!({"spec": {"users": {"realtime": true, "schedule": {"interval": null, "daily": {"at": "02:00:00", "timeZone": "Europe/Atlantis"}}}}}),
            Some(("False", "InvalidTimeZone")),
        ),
    ];
    for (object, expected) in cases {
        let subject = subject(object.clone());
        let (ctx, _) = recording(serde_json::to_value(&*subject.object).unwrap()).await;
        let mut status = GoogleWorkspaceIntegrationStatus::default();
        describe(&ctx, &subject, &mut status);
        let found = conditions::get(&status.conditions, REALTIME_READY);
        let found = found.map(|found| (found.status.as_str(), found.reason.as_str()));
        assert_eq!(found, expected, "{object}");
        assert!(status.users.is_none());
    }
}

#[test]
fn nobody_says_that_notifications_arrive_when_that_is_not_known() {
    let url = || Wanted::On("https://pbx.acme.com".parse().unwrap());
    let told = |state: &State, status: &GoogleWorkspaceIntegrationStatus| {
        let decision = decision(&url(), state, status, at(0)).unwrap();
        (decision.status, decision.reason)
    };
    let mut state = State::default();
    let mut status = GoogleWorkspaceIntegrationStatus::default();
    assert_eq!(told(&state, &status), ("Unknown", "Progressing"));
    state.failure = Some(Failure {
        decision: Decision::no(REALTIME_READY, reasons::PUSH_CALLBACK_REFUSED, "No."),
        generation: 1,
        retry_at: at(1),
        pause: Duration::ZERO,
    });
    assert_eq!(told(&state, &status), ("False", "PushCallbackRefused"));
    let refused = Decision::no(AUTHORIZED, reasons::SECRET_NOT_FOUND, "No.");
    conditions::set(&mut status.conditions, refused, 1, at(0));
    assert_eq!(told(&state, &status), ("Unknown", "SecretNotFound"));
}
