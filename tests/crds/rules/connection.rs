//! The tenant and the connection to Google.

use serde_json::{Value, json};

use super::{Case, each, plain};
use crate::samples::Kind;

pub(super) fn tenant_and_google() -> Vec<Case> {
    let case =
        |rule, pointer, good: &[Value], bad: &[Value]| Case::new(Kind::Integration, rule, pointer, good, bad);
    let long = "a".repeat(64);
    let account = "/spec/google/credentials/serviceAccount";
    let subject = |subject: &str| json!({"secretRef": {"name": "key"}, "subject": subject});
    let secret = |name: &str| json!({"secretRef": {"name": name}});
    let key = |key: &str| json!({"secretRef": {"name": "a", "key": key}});
    vec![
        case(
            "metadata.name: must have at most 63",
            "/metadata/name",
            &each(["a", &long[1..], "acme.voice-1"], plain),
            &each([&long], plain),
        ),
        case(
            "tenant.name: use",
            "/spec/tenant/name",
            &each(["a", "0", "acme-2", "a--b"], plain),
            &each(
                ["", "Acme", "-acme", "acme-", "a.b", "a b", "açme", "acme\n"],
                plain,
            ),
        ),
        case(
            "google.customerId: use",
            "/spec/google/customerId",
            &each(["my_customer", "C0", "C01abc234"], plain),
            &each(["", "C", "c01", "acme.com", "My_customer", "C01 ", "xC01"], plain),
        ),
        case(
            "google.domain: use",
            "/spec/google/domain",
            &each(
                ["acme.com", "a.b.c.example", "xn--mnchen-3ya.de", "1-2.io"],
                plain,
            ),
            &each(
                [
                    "",
                    "acme",
                    "Acme.com",
                    "@acme.com",
                    "https://acme.com",
                    "acme.com/",
                    "a..com",
                    ".a.com",
                    "a.com.",
                    "-a.com",
                    "a_b.com",
                ],
                plain,
            ),
        ),
        case(
            "serviceAccount.subject: use",
            account,
            &each(["it@acme.com", "a@b", "o'neil+x@acme.co.uk"], subject),
            &each(["", "it", "@acme.com", "it@", "it @acme.com", "a@b@c"], subject),
        ),
        case(
            "secretRef.name: use",
            account,
            &each(["a", "my-key.v2"], secret),
            &each(["", "Key", "a/b", "-a", "a."], secret),
        ),
        case(
            "secretRef.key: use",
            account,
            &each(["key.json", "KEY_1-b"], key),
            &each(["", "a/b", "a b"], key),
        ),
    ]
}
