//! Answers that are lost, late or somebody else's.

use axum::http::Method;
use serde_json::json;

use super::*;
use crate::api::extension::DisabledReason;
use crate::operator::extensions::testing::{
    Desk, Script, absent, broken, conflict, exists, number, object, object_at, refusal, view,
};
use crate::sync::plan::Claim;

const NAME: &str = "acme-1001";
const ANA: &str = "100000000000000000001";
const BO: &str = "100000000000000000002";

fn planned(change: Change, content: Content) -> Planned {
    Planned {
        change,
        number: number(),
        person: PersonId::new(ANA),
        user: "ana@acme.example".to_owned(),
        reason: "New",
        content,
        claim: Claim::Own,
        generation: i64::from(change != Change::Create),
    }
}

fn creation() -> Planned {
    planned(Change::Create, Content::View(view(ANA, "Engineer")))
}

fn update() -> Planned {
    planned(Change::Update, Content::View(view(ANA, "Director")))
}

fn deletion() -> Planned {
    planned(Change::Delete, Content::Nothing)
}

#[tokio::test]
async fn a_creation_is_the_claim() {
    let desk = Desk::before(Script::default().create(201, object(ANA, "Engineer", 1, 7))).await;
    assert!(matches!(desk.apply(&creation()).await, Applied::Done));
    assert_eq!(desk.sent(&Method::POST)[0]["metadata"]["name"], NAME);
    assert_eq!(desk.owner().as_deref(), Some(ANA));
}

#[tokio::test]
async fn a_name_that_exists_is_read_back() {
    let rows = [
        (object(ANA, "Engineer", 1, 7), "Done", ANA),
        (object(ANA, "Director", 1, 7), "Outdated", ANA),
        (object(BO, "Engineer", 1, 7), "NumberTaken", BO),
    ];
    for (found, expected, owner) in rows {
        let script = Script::default().create(409, exists()).get(200, found);
        let desk = Desk::before(script).await;
        assert_eq!(format!("{:?}", desk.apply(&creation()).await), expected);
        assert_eq!(desk.owner().as_deref(), Some(owner));
    }
}

#[tokio::test]
async fn a_creation_whose_answer_was_lost_is_not_made_twice() {
    let script = Script::default()
        .create(500, broken())
        .get(200, object(ANA, "Engineer", 1, 7));
    let desk = Desk::before(script).await;
    assert!(matches!(desk.apply(&creation()).await, Applied::Done));
    assert_eq!(desk.sent(&Method::POST).len(), 1);
}

#[tokio::test]
async fn a_creation_that_failed_is_made_again() {
    let script = Script::default()
        .create(500, broken())
        .get(404, absent())
        .create(201, object(ANA, "Engineer", 1, 7));
    let desk = Desk::before(script).await;
    assert!(matches!(desk.apply(&creation()).await, Applied::Done));
}

/// The client itself sends a request again after a 503 or 504; the second one meets what the first one made.
#[tokio::test]
async fn a_creation_that_was_sent_again_finds_itself() {
    let script = Script::default()
        .create(504, refusal(504, "Timeout"))
        .create(409, exists())
        .get(200, object(ANA, "Engineer", 1, 7));
    let desk = Desk::before(script).await;
    assert!(matches!(desk.apply(&creation()).await, Applied::Done));
}

#[tokio::test]
async fn an_object_that_the_server_refuses_says_why() {
    let desk = Desk::before(Script::default().create(422, refusal(422, "Invalid"))).await;
    let applied = desk.apply(&creation()).await;
    assert!(matches!(applied, Applied::Rejected(why) if why == "Invalid, says the API server"));
}

/// Another operator was faster, and gave the person another number.
#[tokio::test]
async fn nobody_is_served_twice() {
    for (title, expected) in [("Engineer", "Already"), ("Director", "Outdated")] {
        let desk = Desk::before(Script::default()).await;
        let other = serde_json::from_value(object_at("1002", view(ANA, title), 1, 7)).unwrap();
        desk.ctx.extensions.applied(&other);
        assert_eq!(format!("{:?}", desk.apply(&creation()).await), expected);
    }
}

#[tokio::test]
async fn an_update_that_lost_a_race_is_made_of_what_it_finds_then() {
    let script = Script::default()
        .get(200, object(ANA, "Engineer", 1, 7))
        .patch(409, conflict())
        .get(200, object(ANA, "Engineer", 1, 8))
        .patch(200, object(ANA, "Director", 2, 9));
    let desk = Desk::before(script).await;
    assert!(matches!(desk.apply(&update()).await, Applied::Done));
    let patches = desk.sent(&Method::PATCH);
    let versions: Vec<_> = patches
        .iter()
        .map(|patch| &patch["metadata"]["resourceVersion"])
        .collect();
    assert_eq!(versions, ["7", "8"]);
    assert_eq!(patches[1]["spec"], json!({"user": {"jobTitle": "Director"}}));
}

#[tokio::test]
async fn an_update_whose_answer_was_lost_finds_itself_done() {
    let script = Script::default()
        .get(200, object(ANA, "Engineer", 1, 7))
        .patch(500, broken())
        .get(200, object(ANA, "Director", 2, 8));
    let desk = Desk::before(script).await;
    assert!(matches!(desk.apply(&update()).await, Applied::Done));
}

/// Planned for a spec that is no longer there, or for a person whose extension it no longer is.
#[tokio::test]
async fn an_update_for_another_state_of_the_extension_is_not_made() {
    for found in [object(ANA, "Engineer", 2, 8), object(BO, "Engineer", 1, 8)] {
        let desk = Desk::before(Script::default().get(200, found)).await;
        assert!(matches!(desk.apply(&update()).await, Applied::Outdated));
    }
    let desk = Desk::before(Script::default().get(404, absent())).await;
    assert!(matches!(desk.apply(&update()).await, Applied::Outdated));
}

#[tokio::test]
async fn a_disabling_changes_nothing_else() {
    let script = Script::default()
        .get(200, object(ANA, "Engineer", 1, 7))
        .patch(200, object(ANA, "Engineer", 2, 8));
    let desk = Desk::before(script).await;
    let disabling = planned(
        Change::Disable,
        Content::State {
            reason: Some(DisabledReason::Deleted),
            remove_after: None,
        },
    );
    assert!(matches!(desk.apply(&disabling).await, Applied::Done));
    let expected = json!({
        "metadata": {"resourceVersion": "7"},
        "spec": {"enabled": false, "disabledReason": "Deleted"},
    });
    assert_eq!(desk.sent(&Method::PATCH), [expected]);
}

#[tokio::test]
async fn a_deletion_means_exactly_the_object_that_was_seen() {
    let gone = json!({"kind": "Status", "apiVersion": "v1", "status": "Success", "metadata": {}});
    let script = Script::default()
        .get(200, object(ANA, "Engineer", 1, 7))
        .delete(409, conflict())
        .get(200, object(ANA, "Engineer", 1, 8))
        .delete(200, gone);
    let desk = Desk::before(script).await;
    assert!(matches!(desk.apply(&deletion()).await, Applied::Done));
    let preconditions: Vec<_> = desk
        .sent(&Method::DELETE)
        .into_iter()
        .map(|body| body["preconditions"].clone())
        .collect();
    let exactly = |version: &str| json!({"uid": "7f6e", "resourceVersion": version});
    assert_eq!(preconditions, [exactly("7"), exactly("8")]);
    assert_eq!(desk.owner(), None);
}

#[tokio::test]
async fn a_deletion_whose_answer_was_lost_is_done() {
    let script = Script::default()
        .get(200, object(ANA, "Engineer", 1, 7))
        .delete(500, broken())
        .get(404, absent());
    let desk = Desk::before(script).await;
    assert!(matches!(desk.apply(&deletion()).await, Applied::Done));
}

#[tokio::test]
async fn an_extension_that_changed_hands_is_not_deleted() {
    let edited = Desk::before(Script::default().get(200, object(ANA, "Engineer", 2, 8))).await;
    assert!(matches!(edited.apply(&deletion()).await, Applied::Outdated));
    assert!(edited.sent(&Method::DELETE).is_empty());
    let somebody_elses = Desk::before(Script::default().get(200, object(BO, "Engineer", 1, 8))).await;
    assert!(matches!(
        somebody_elses.apply(&deletion()).await,
        Applied::Already
    ));
    assert!(somebody_elses.sent(&Method::DELETE).is_empty());
}

/// As a newer version would have written it.
fn newer(person: &str, version: u64) -> serde_json::Value {
    let mut object = object(person, "Engineer", 1, version);
    object["spec"]["disabledReason"] = json!("OnLeave");
    object
}

/// Another operator, of a newer version, was faster: the person is served already, or the number is taken.
#[tokio::test]
async fn an_object_that_cannot_be_read_is_left_as_it_is() {
    for (person, expected) in [(ANA, "Outdated"), (BO, "NumberTaken")] {
        let script = Script::default().create(409, exists()).get(200, newer(person, 7));
        let desk = Desk::before(script).await;
        assert_eq!(format!("{:?}", desk.apply(&creation()).await), expected);
        assert!(
            desk.ctx
                .extensions
                .with(&desk.key, |tenant| tenant.index.opaque(number()).is_some())
        );
    }
    for change in [update(), deletion()] {
        let desk = Desk::before(Script::default().get(200, newer(ANA, 7))).await;
        assert!(matches!(desk.apply(&change).await, Applied::Outdated));
    }
    // It has become known in the meantime.
    let desk = Desk::before(Script::default()).await;
    let other = object_at("1002", view(ANA, "Engineer"), 1, 7);
    let mut other: serde_json::Value = other;
    other["spec"]["disabledReason"] = json!("OnLeave");
    desk.ctx
        .extensions
        .applied(&serde_json::from_value(other).unwrap());
    assert!(matches!(desk.apply(&creation()).await, Applied::Outdated));
}
