use kube::core::{ObjectList, WatchEvent};

use super::*;
use crate::sync::index::{Digest, Names};

fn object(spec: &Value) -> Value {
    json!({
        "apiVersion": "dialplane.io/v1alpha1", "kind": "PbxExtension",
        "metadata": {
            "name": "acme-1001", "namespace": "voice", "uid": "u", "resourceVersion": "7", "generation": 3,
            "creationTimestamp": "2026-11-21T08:00:00Z",
            "labels": {"app.kubernetes.io/managed-by": "dialplane", "dialplane.io/integration": "acme", "team": "x"},
            "annotations": {"dialplane.io/break-glass": "why"},
            "managedFields": [{"manager": "dialplane", "fieldsV1": {"f:spec": {}}}],
        },
        "spec": spec,
        "status": {"observedGeneration": "a newer version has text here"},
    })
}

fn whole() -> Value {
    json!({
        "tenant": "acme", "number": "1001", "enabled": false, "disabledReason": "Suspended", "removeAfter": "2026-12-21T00:00:00Z",
        "user": {"firstName": "Ana", "emailAliases": ["a@acme.example"], "photo": {
            "configMapRef": {"name": "n", "key": "k"}, "mimeType": "image/jpeg", "etag": "e"}},
        "google": {"userId": "7", "customerId": "C01"},
    })
}

fn stored(object: &Value) -> Stored {
    serde_json::from_str(&object.to_string()).unwrap()
}

#[test]
fn what_is_read_is_what_the_whole_object_says() {
    for spec in [whole(), json!({"tenant": "acme", "number": "1001"})] {
        let mut object = object(&spec);
        object["status"] = Value::Null;
        let typed: PbxExtension = serde_json::from_value(object.clone()).unwrap();
        let read = stored(&object).read().unwrap();
        assert_eq!(read.view, View::of(&typed));
        assert_eq!(read.photo.as_ref(), crate::sync::index::photo_of(&typed));
        let mut names = Names::default();
        let digest = Digest::of_stored(&stored(&object), &read, &mut names);
        assert_eq!(digest, Digest::of(&typed, &mut names));
    }
}

#[test]
fn lists_and_watch_events_hold_it() {
    let list = json!({"apiVersion": "dialplane.io/v1alpha1", "kind": "PbxExtensionList", "metadata": {"resourceVersion": "9"}, "items": [object(&whole())]});
    let list: ObjectList<Stored> = serde_json::from_str(&list.to_string()).unwrap();
    let event = format!("{{\"type\":\"MODIFIED\",\"object\":{}}}", object(&whole()));
    let WatchEvent::Modified(seen) = serde_json::from_str::<WatchEvent<Stored>>(&event).unwrap() else {
        panic!("{event}")
    };
    for stored in [&list.items[0], &seen] {
        assert_eq!(stored.place().unwrap().0, "acme");
        assert_eq!(stored.place().unwrap().1.to_string(), "1001");
        assert_eq!(stored.version(), 7);
        assert_eq!(stored.annotations().len(), 1);
        assert_eq!(stored.metadata.managed_fields, None, "dropped while decoding");
    }
}

/// The phone system's own fields may be newer; what a sync keeps may not.
#[test]
fn a_field_that_cannot_be_read_is_named() {
    let over = |field: &str, value: Value| {
        let mut spec = whole();
        spec[field] = value;
        stored(&object(&spec)).read().map(|_| ())
    };
    assert_eq!(over("signIn", json!({"role": "Owner"})), Ok(()));
    assert_eq!(over("sip", json!("newer")), Ok(()));
    let cases = [
        (
            "disabledReason",
            json!("OnLeave"),
            "spec.disabledReason: unknown variant `OnLeave`",
        ),
        ("enabled", json!("yes"), "spec.enabled: invalid type"),
        ("user", json!({"firstName": 7}), "spec.user: invalid type"),
        ("google", json!({}), "spec.google: missing field `userId`"),
    ];
    for (field, value, expected) in cases {
        let why = over(field, value).unwrap_err();
        assert!(why.starts_with(expected), "{why}");
        assert!(!why.contains("line"), "the same words at every look: {why}");
    }
    let long = over("disabledReason", json!("x".repeat(5000))).unwrap_err();
    assert_eq!(long.chars().count(), WHY);
}

#[test]
fn a_new_object_is_sent_as_the_typed_one_would_be() {
    let view = stored(&object(&whole())).read().unwrap().view;
    let new = Stored::new(&view, "acme", "1001").unwrap();
    let typed = view.into_object("acme", "1001");
    let plain = |object: Value| serde_json::from_value::<PbxExtension>(object).unwrap();
    assert_eq!(plain(serde_json::to_value(&new).unwrap()), typed);
    let others = json!({"sip": {"credentialsSecretRef": {"name": "s"}}});
    let Value::Object(others) = others else { panic!() };
    let beside = Stored::beside(&View::of(&typed), "acme", "1002", others).unwrap();
    let beside = plain(serde_json::to_value(&beside).unwrap());
    assert!(beside.spec.sip.is_some() && !beside.spec.enabled);
    assert_eq!(beside.name_any(), "acme-1002");
}
