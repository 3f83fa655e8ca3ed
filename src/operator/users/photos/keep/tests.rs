//! A photo that is written while others write into the same extension.

use axum::http::Method;
use serde_json::{Value, json};

use super::*;
use crate::operator::extensions::testing::{Desk, Script, conflict, object, refusal};

const ANA: &str = "100000000000000000001";
const BO: &str = "100000000000000000002";

fn ana(version: u64, photo: &Value) -> Value {
    let mut object = object(ANA, "Engineer", 1, version);
    object["spec"]["user"]["photo"] = photo.clone();
    object
}

fn photo() -> Value {
    let name = json!({"name": "acme-1001-photo", "key": "photo"});
    json!({"configMapRef": name, "mimeType": "image/jpeg", "etag": "e"})
}

/// The ConfigMap, as the API server shows it to those who ask for metadata only.
fn map() -> Value {
    let labels = json!({"app.kubernetes.io/managed-by": "dialplane"});
    json!({
        "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata",
        "metadata": {"name": "acme-1001-photo", "namespace": "voice", "uid": "c-1", "labels": labels},
    })
}

async fn carry_out(script: Script, wanted: Option<&[u8]>) -> (Desk, Result<Kept, Error>) {
    let desk = Desk::before(script).await;
    let number = Number::parse("1001").unwrap();
    let target = Target {
        person: PersonId::new(ANA),
        number,
        has_photo: true,
    };
    let work = Work {
        ctx: &desk.ctx,
        key: &desk.key,
        integration: "acme",
        target: &target,
    };
    let shown = described("acme", number, directory::Mime::Jpeg, "e");
    let result = work.carry_out(wanted.map(|bytes| (&shown, bytes))).await;
    (desk, result)
}

#[tokio::test]
async fn whoever_comes_first_is_read_and_kept() {
    let script = Script::default()
        .get(200, ana(5, &Value::Null))
        .get(404, refusal(404, "NotFound"))
        .patch(200, map())
        .patch(409, conflict())
        .get(200, ana(6, &Value::Null))
        .patch(200, ana(7, &photo()));
    let (desk, result) = carry_out(script, Some(b"image")).await;
    assert_eq!(result.unwrap(), Kept::Done);
    let sent = desk.sent(&Method::PATCH);
    assert_eq!(sent.len(), 3, "the image is written once");
    assert_eq!(sent[0]["binaryData"]["photo"], "aW1hZ2U=");
    assert_eq!(sent[0]["metadata"]["ownerReferences"][0]["uid"], "7f6e");
    let patch = |version: &str| json!({"metadata": {"resourceVersion": version}, "spec": {"user": {"photo": photo()}}});
    assert_eq!(sent[1..], [patch("5"), patch("6")]);
    desk.ctx.extensions.with(&desk.key, |tenant| {
        assert!(
            !tenant.deviates(&PersonId::new(ANA)),
            "our own write is no deviation"
        );
    });
}

#[tokio::test]
async fn a_lost_answer_is_read_back() {
    let script = Script::default()
        .get(200, ana(5, &photo()))
        .get(404, refusal(404, "NotFound"))
        .patch(500, refusal(500, "InternalError"))
        .get(200, ana(6, &Value::Null));
    let (desk, result) = carry_out(script, None).await;
    assert_eq!(result.unwrap(), Kept::Done);
    assert_eq!(desk.sent(&Method::PATCH).len(), 1);
}

#[tokio::test]
async fn an_extension_that_changed_hands_is_left_alone() {
    let mut taken = ana(5, &photo());
    taken["metadata"]["labels"]["dialplane.io/integration"] = json!("other");
    let script = |found: Value| Script::default().get(200, found);
    for found in [taken, object(BO, "Clerk", 1, 5)] {
        let (desk, result) = carry_out(script(found), Some(b"image")).await;
        assert_eq!(result.unwrap(), Kept::Outdated);
        assert_eq!(desk.sent(&Method::PATCH), Vec::<Value>::new());
    }
    let script = Script::default()
        .get(200, ana(5, &Value::Null))
        .get(200, map())
        .patch(422, refusal(422, "Invalid"));
    let (_, result) = carry_out(script, Some(b"image")).await;
    assert_eq!(
        result.unwrap(),
        Kept::Rejected("Invalid, says the API server".to_owned())
    );
}

/// A ConfigMap of that name which somebody else made is neither overwritten nor deleted.
#[tokio::test]
async fn only_our_own_config_map_is_written_and_deleted() {
    let mut foreign = map();
    foreign["metadata"]["labels"] = json!({});
    let script = Script::default()
        .get(200, ana(5, &Value::Null))
        .get(200, foreign.clone());
    let (desk, result) = carry_out(script, Some(b"image")).await;
    assert_eq!(result.unwrap(), Kept::Foreign("acme-1001-photo".to_owned()));
    assert_eq!(desk.sent(&Method::PATCH), Vec::<Value>::new());
    let script = Script::default()
        .get(200, ana(5, &photo()))
        .get(200, foreign)
        .patch(200, ana(6, &Value::Null));
    let (desk, result) = carry_out(script, None).await;
    assert_eq!(result.unwrap(), Kept::Done);
    assert_eq!(desk.sent(&Method::DELETE), Vec::<Value>::new());
}
