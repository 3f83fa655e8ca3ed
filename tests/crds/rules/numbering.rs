//! Where numbers come from, and when they go.

use serde_json::{Value, json};

use super::{Case, each};
use crate::samples::Kind;

pub(super) fn sources() -> Vec<Case> {
    let case =
        |rule, good: &[Value], bad: &[Value]| Case::new(Kind::Integration, rule, "/spec/users", good, bad);
    let numbering = |numbering: Value| json!({"numbering": numbering});
    let path = "externalIds.#(type==\"organization\").value";
    let property = |path: &str| numbering(json!({"source": "Property", "property": path}));
    vec![
        case(
            "users.numbering.property: required",
            &[property(path), numbering(json!({}))],
            &[
                numbering(json!({"source": "Property"})),
                numbering(json!({"source": "Property", "fallback": "Automatic"})),
            ],
        ),
        case(
            "users.numbering.property: allowed only",
            &[numbering(json!({"source": "Automatic"}))],
            &[
                numbering(json!({"property": path})),
                numbering(json!({"source": "Automatic", "property": path})),
                numbering(json!({"source": "Manual", "property": path})),
            ],
        ),
        case(
            "users.numbering.property: use",
            &each(
                [
                    path,
                    "employeeNumber",
                    "customSchemas.Telephony.extension",
                    "phones.#(type==\"work\").value",
                    "organizations.0.costCenter",
                ],
                property,
            ),
            &each(
                [
                    "",
                    ".value",
                    "#.value",
                    "@reverse",
                    "@this|externalIds",
                    "externalIds.",
                    "{a,b}",
                    "0.value",
                    "!\"1001\"",
                    " phones",
                ],
                property,
            ),
        ),
        case(
            "users.numbering.fallback: Automatic is",
            &[
                numbering(json!({"source": "Property", "property": path, "fallback": "Automatic"})),
                numbering(json!({"source": "Manual", "fallback": "None"})),
                numbering(json!({"fallback": "None"})),
            ],
            &[
                numbering(json!({"fallback": "Automatic"})),
                numbering(json!({"source": "Manual", "fallback": "Automatic"})),
            ],
        ),
    ]
}

pub(super) fn assignments() -> Vec<Case> {
    let case =
        |rule, good: &[Value], bad: &[Value]| Case::new(Kind::Integration, rule, "/spec/users", good, bad);
    let numbering = |numbering: Value| json!({"numbering": numbering});
    let assigned = |user: &str, number: &str| {
        let assignments = [
            json!({"user": user, "number": number}),
            json!({"user": "zoe@acme.com", "number": "2099"}),
        ];
        numbering(json!({"source": "Manual", "assignments": assignments}))
    };
    let one = json!([{"user": "ana@acme.com", "number": "2001"}]);
    vec![
        case(
            "users.numbering.assignments: allowed only",
            &[
                numbering(json!({"source": "Manual"})),
                numbering(json!({"source": "Manual", "assignments": one})),
                numbering(json!({"assignments": []})),
            ],
            &[
                numbering(json!({"assignments": one})),
                numbering(json!({"source": "Property", "property": "employeeNumber", "assignments": one})),
            ],
        ),
        case(
            "users.numbering.assignments: a number is",
            &[assigned("ana@acme.com", "2001")],
            &[assigned("ana@acme.com", "2099")],
        ),
        case(
            "users.numbering.assignments: a user is",
            &[assigned("ana@acme.com", "2001")],
            &[assigned("Zoe@ACME.com", "2001")],
        ),
        case(
            "users.numbering.assignments.user: use",
            &each(["ana@acme.com", "a@b"], |user| assigned(user, "2001")),
            &each(["", "ana", "a b@c", "@acme.com"], |user| assigned(user, "2001")),
        ),
        case(
            "users.numbering.assignments.number: use",
            &each(["100", "0001", "1234567890123"], |number| {
                assigned("ana@acme.com", number)
            }),
            &each(["", "12", "x100", "10 0"], |number| {
                assigned("ana@acme.com", number)
            }),
        ),
    ]
}

pub(super) fn grace_period() -> Vec<Case> {
    let case =
        |rule, good: &[Value], bad: &[Value]| Case::new(Kind::Integration, rule, "/spec/users", good, bad);
    vec![case(
        "users.lifecycle.gracePeriod: use",
        &each(
            ["0s", "720h", "8760h", "90m"],
            |period| json!({"lifecycle": {"gracePeriod": period}}),
        ),
        &each(
            ["", "-1h", "30d", "8760h1s", "720"],
            |period| json!({"lifecycle": {"gracePeriod": period}}),
        ),
    )]
}

pub(super) fn numbering() -> Vec<Case> {
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
            "users.numbering.end: must not be lower",
            &[range("1001", "1001"), range("0009", "0010"), only_end("1000")],
            &[range("1001", "1000"), range("0010", "0009"), only_end("0999")],
        ),
    ]
}
