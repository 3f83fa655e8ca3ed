//! Every CEL rule that looks at one object: what it accepts, and what it refuses in which words.

mod connection;
mod extension;
mod numbering;
mod schedule;
mod scope;

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

#[tokio::test]
async fn every_rule_accepts_and_refuses_and_says_what_to_do() {
    let server = Server::new().await;
    let cases: Vec<_> = [
        connection::tenant_and_google(),
        schedule::users(),
        schedule::daily(),
        scope::scope(),
        numbering::sources(),
        numbering::assignments(),
        numbering::grace_period(),
        numbering::numbering(),
        extension::extensions(),
    ]
    .concat();
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
            // A map refuses a second entry of one key by an error of its own. To look for addresses otherwise costs too much.
            let by_error = case.rule == "users.numbering.assignments: a user is";
            assert!(
                !refusal.contains("evaluating rule") || by_error && refusal.contains("already exists"),
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

/// An address or a path twice is a slip, and the other one may be missing.
#[tokio::test]
async fn what_is_named_twice_is_refused_with_its_field() {
    let server = Server::new().await;
    let users = |users: Value| with(Kind::Integration.minimal(), "/spec/users", users);
    let twice = json!(["a@acme.com", "b@acme.com", "a@acme.com"]);
    let units = json!(["/Sales", "/Sales"]);
    let days = json!({"daily": {"at": "02:00:00", "days": ["Monday", "Monday"]}});
    let assignments =
        json!([{"user": "a@acme.com", "number": "2001"}, {"user": "a@acme.com", "number": "2002"}]);
    for (object, path) in [
        (
            json!({"scope": {"include": {"users": twice}}}),
            "scope.include.users[2]",
        ),
        (
            json!({"scope": {"exclude": {"groups": twice}}}),
            "scope.exclude.groups[2]",
        ),
        (
            json!({"scope": {"include": {"organizationalUnits": units}}}),
            "scope.include.organizationalUnits[1]",
        ),
        (
            json!({"syncMode": "Automatic", "schedule": days}),
            "schedule.daily.days[1]",
        ),
        (
            json!({"numbering": {"source": "Manual", "assignments": assignments}}),
            "numbering.assignments[1]",
        ),
    ] {
        let path = format!("spec.users.{path}");
        server
            .rejects(Kind::Integration, &users(object), &[&path, "Duplicate value"])
            .await;
    }
}

/// As many as there may be are looked at, too, and the refusal says which number it is.
#[tokio::test]
async fn one_number_for_two_users_among_many_is_named() {
    let server = Server::new().await;
    let assigned = |count: usize, last: &str| {
        let mut assignments: Vec<_> = (1..count)
            .map(|index| json!({"user": format!("user{index}@acme.com"), "number": format!("{index:013}")}))
            .collect();
        assignments.push(json!({"user": "zoe@acme.com", "number": last}));
        let numbering = json!({"source": "Manual", "assignments": assignments});
        with(
            Kind::Integration.minimal(),
            "/spec/users",
            json!({"numbering": numbering}),
        )
    };
    server
        .accepts(Kind::Integration, &assigned(2000, "0000000002000"))
        .await;
    // Up to here, nothing is said but what to do.
    server
        .accepts(Kind::Integration, &assigned(500, "0000000000500"))
        .await;
    let words = [
        "spec.users.numbering.assignments: Invalid value: users.numbering.assignments: a number is assigned to two users; remove one of the two entries",
    ];
    server
        .rejects(Kind::Integration, &assigned(500, "0000000000007"), &words)
        .await;
    let words = [
        "spec.users.numbering.assignments: Invalid value",
        "0000000000007",
        "users.numbering.assignments: a number is assigned to two users",
    ];
    server
        .rejects(Kind::Integration, &assigned(2000, "0000000000007"), &words)
        .await;
}

/// A day of the week in another language or as a number: the API server lists what there is.
#[tokio::test]
async fn a_wrong_day_is_answered_with_the_days() {
    let server = Server::new().await;
    let users = json!({"syncMode": "Automatic", "schedule": {"daily": {"at": "02:00:00", "days": ["Mon"]}}});
    let object = with(Kind::Integration.minimal(), "/spec/users", users);
    let words = [
        "spec.users.schedule.daily.days[0]",
        "Unsupported value",
        "Monday",
        "Sunday",
    ];
    server.rejects(Kind::Integration, &object, &words).await;
}
