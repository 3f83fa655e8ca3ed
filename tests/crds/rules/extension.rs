//! The extension.

use serde_json::{Value, json};

use super::{Case, each};
use crate::samples::{Kind, with};

/// What a `PbxExtension` of this tenant and number is.
fn extension(tenant: &str, number: &str) -> Value {
    let mut object = Kind::Extension.minimal();
    object["metadata"]["name"] = format!("{tenant}-{number}").into();
    object["spec"] = json!({"tenant": tenant, "number": number});
    object
}

fn named(name: &str) -> Value {
    with(extension("acme", "1001"), "/metadata/name", name.into())
}

pub(super) fn extensions() -> Vec<Case> {
    let case =
        |rule, pointer, good: &[Value], bad: &[Value]| Case::new(Kind::Extension, rule, pointer, good, bad);
    let of_tenant = |tenant: &str| extension(tenant, "1001");
    let of_number = |number: &str| extension("acme", number);
    let user = |id: &str| json!({"userId": id});
    let pin = |name: &str| json!({"pinSecretRef": {"name": name}});
    let pin_key = |key: &str| json!({"pinSecretRef": {"name": "a", "key": key}});
    let sip = |name: &str| json!({"credentialsSecretRef": {"name": name}});
    let state = |enabled: Value, reason: &str| json!({"tenant": "acme", "number": "1001", "enabled": enabled, "disabledReason": reason});
    let reasons = ["Suspended", "Archived", "Deleted", "OutOfScope"];
    vec![
        case(
            "metadata.name: must be",
            "",
            &[
                extension("acme", "1001"),
                extension("acme-2", "0010"),
                extension("a", "100"),
            ],
            &each(
                ["acme-1002", "other-1001", "acme1001", "acme-01001", "1001"],
                named,
            ),
        ),
        case(
            "tenant: use",
            "",
            &each(["acme-2", "0"], of_tenant),
            &each(["", "-a", "a.b"], of_tenant),
        ),
        case(
            "number: use",
            "",
            &each(["100", "0001", "1234567890123"], of_number),
            &each(["1", "12", "10a1", "0x10"], of_number),
        ),
        case(
            "disabledReason: allowed only",
            "/spec",
            &each(reasons, |reason| state(json!(false), reason)),
            &[state(json!(true), "Deleted"), state(Value::Null, "Suspended")],
        ),
        case(
            "google.userId: use",
            "/spec/google",
            &each(["104497032270219758212", "a", "A-b_c"], user),
            &each(["", "-1", "1-", "1 2", "1/2", "é"], user),
        ),
        case(
            "pinSecretRef.name: use",
            "/spec/voicemail",
            &each(["a", "a.b-c"], pin),
            &each(["", "A", "a_b"], pin),
        ),
        case(
            "pinSecretRef.key: use",
            "/spec/voicemail",
            &each(["pin", "P_1.x-y"], pin_key),
            &each(["", "a b", "a/b"], pin_key),
        ),
        case(
            "credentialsSecretRef.name: use",
            "/spec/sip",
            &each(["a", "a.b-c"], sip),
            &each(["", "A", "a_b"], sip),
        ),
    ]
}
