//! Every CEL rule that looks at one object: what it accepts, and what it refuses in which words.

use serde_json::{Value, json};

use crate::samples::{Kind, with};
use crate::schema::{assert_all_covered, rule};
use crate::server::Server;

/// One rule. Each value replaces what is at the pointer in the smallest object.
#[derive(Clone)]
struct Case {
    kind: Kind,
    /// The beginning of the rule's message.
    rule: &'static str,
    pointer: &'static str,
    good: Vec<Value>,
    bad: Vec<Value>,
}

impl Case {
    fn new(kind: Kind, rule: &'static str, pointer: &'static str, good: &[Value], bad: &[Value]) -> Self {
        Self {
            kind,
            rule,
            pointer,
            good: good.to_vec(),
            bad: bad.to_vec(),
        }
    }
}

/// Objects that have a text where `place` puts it.
fn each<const N: usize>(texts: [&str; N], place: impl Fn(&str) -> Value) -> [Value; N] {
    texts.map(place)
}

fn plain(text: &str) -> Value {
    text.into()
}

fn tenant_and_google() -> Vec<Case> {
    let case =
        |rule, pointer, good: &[Value], bad: &[Value]| Case::new(Kind::Integration, rule, pointer, good, bad);
    let long = "a".repeat(64);
    let account = "/spec/google/credentials/serviceAccount";
    let subject = |subject: &str| json!({"secretRef": {"name": "key"}, "subject": subject});
    let secret = |name: &str| json!({"secretRef": {"name": name}});
    let key = |key: &str| json!({"secretRef": {"name": "a", "key": key}});
    vec![
        case(
            "metadata.name: at most 63",
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

fn users() -> Vec<Case> {
    let case =
        |rule, good: &[Value], bad: &[Value]| Case::new(Kind::Integration, rule, "/spec/users", good, bad);
    let interval = |text: &str| json!({"syncMode": "Automatic", "schedule": {"interval": text}});
    let quarantine = |text: &str| json!({"numbering": {"quarantine": text}});
    let manual = json!({"enabled": true, "syncMode": "Manual"});
    let every_quarter = json!({"interval": "15m"});
    vec![
        case(
            "users.syncMode: required",
            &[json!({}), json!({"enabled": false}), manual.clone()],
            &[
                json!({"enabled": true}),
                json!({"enabled": true, "syncMode": null}),
            ],
        ),
        case(
            "users.schedule: only",
            &[
                json!({"syncMode": "Automatic", "schedule": every_quarter}),
                manual,
            ],
            &[
                json!({"syncMode": "Manual", "schedule": every_quarter}),
                json!({"schedule": every_quarter}),
            ],
        ),
        case(
            "users.schedule.interval: use",
            &each(
                [
                    "30s", "15m", "1h30m", "168h", "1.5h", "30000ms", "604800s", "10080m",
                ],
                interval,
            ),
            &each(
                [
                    "",
                    "29s",
                    "29999ms",
                    "168h1s",
                    "0s",
                    "15",
                    "m",
                    "15 m",
                    "-15m",
                    "+15m",
                    "15M",
                    "1d",
                    "15min",
                    "1,5h",
                    "99999h",
                    "999999999h",
                    "99999999999999999999s",
                    "1e3s",
                ],
                interval,
            ),
        ),
        case(
            "users.numbering.quarantine: use",
            &each(["0s", "720h", "87600h", "0h"], quarantine),
            &each(
                [
                    "",
                    "87600h1s",
                    "-1h",
                    "30d",
                    "30",
                    "99999999h",
                    "9999999999999999999ms",
                ],
                quarantine,
            ),
        ),
    ]
}

fn numbering() -> Vec<Case> {
    let case =
        |rule, good: &[Value], bad: &[Value]| Case::new(Kind::Integration, rule, "/spec/users", good, bad);
    let start = |start: &str| json!({"numbering": {"start": start}});
    let end = |end: &str| json!({"numbering": {"start": "100", "end": end}});
    let only_end = |end: &str| json!({"numbering": {"end": end}});
    let range = |start: &str, end: &str| json!({"numbering": {"start": start, "end": end}});
    vec![
        case(
            "users.numbering.start: use",
            &each(["100", "0001", "1234567890123"], start),
            &each(["", "1", "12", "10a1", "+351", "10 0", "-100", "１００"], start),
        ),
        case(
            "users.numbering.end: use",
            &each(["100", "999"], end),
            &each(["", "1", "12", "10a1", "+351"], end),
        ),
        case(
            "users.numbering.end: must have as many digits",
            &[range("001", "999"), only_end("1999")],
            &[range("1001", "999"), range("100", "1000"), only_end("99999")],
        ),
        case(
            "users.numbering.end: must not be below",
            &[range("1001", "1001"), range("0009", "0010"), only_end("1000")],
            &[range("1001", "1000"), range("0010", "0009"), only_end("0999")],
        ),
    ]
}

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

fn extensions() -> Vec<Case> {
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
            "disabledReason: only",
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

#[tokio::test]
async fn every_rule_accepts_and_refuses_and_says_what_to_do() {
    let server = Server::new().await;
    let cases: Vec<_> = [tenant_and_google(), users(), numbering(), extensions()].concat();
    let covered: Vec<_> = cases.iter().map(|case| (case.kind, case.rule)).collect();
    assert_all_covered(false, &covered);
    for case in cases {
        let rule = rule(case.kind, case.rule);
        let object = |value: &Value| match case.pointer {
            "" => value.clone(),
            pointer => with(case.kind.minimal(), pointer, value.clone()),
        };
        assert!(!case.good.is_empty() && !case.bad.is_empty());
        for value in &case.good {
            server.accepts(case.kind, &object(value)).await;
        }
        for value in &case.bad {
            let refusal = server
                .rejects(case.kind, &object(value), &[&rule.message, &rule.path])
                .await;
            assert!(
                !refusal.contains("evaluating rule"),
                "the rule itself failed: {refusal}"
            );
        }
    }
}

/// What people forget most: numbers without quotes. The API server's own words name the field and the type.
#[tokio::test]
async fn a_number_without_quotes_is_refused_with_its_field() {
    let server = Server::new().await;
    let users = json!({"numbering": {"start": 1001}});
    let object = with(Kind::Integration.minimal(), "/spec/users", users);
    server
        .rejects(
            Kind::Integration,
            &object,
            &["spec.users.numbering.start", "must be of type string"],
        )
        .await;
    let object = with(Kind::Extension.minimal(), "/spec/number", json!(1001));
    server
        .rejects(
            Kind::Extension,
            &object,
            &["spec.number", "must be of type string"],
        )
        .await;
}
