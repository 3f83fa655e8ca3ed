//! The generated schemas read like a manual, and have the limits that CEL's cost and server-side apply need.

use serde_json::{Value, json};

use crate::samples::Kind;
use crate::schema::{Field, descend, root, rules};

/// Longer ones are not read.
const DESCRIPTION: usize = 400;
/// `kubectl apply` keeps the whole object in an annotation, and annotations have this limit.
const CRD_BYTES: usize = 262_144;

/// What the API server itself provides has no schema in a CRD.
fn is_ours(field: &Field) -> bool {
    !["/apiVersion", "/kind", "/metadata"]
        .iter()
        .any(|section| field.pointer.starts_with(section))
}

/// Runs a check over every field of both resources and fails with the list of what it said.
fn for_every_field(check: impl Fn(&Field) -> Vec<String>) {
    let mut problems = Vec::new();
    let mut seen = 0;
    for kind in Kind::ALL {
        for field in descend(root(kind)).iter().filter(|field| is_ours(field)) {
            seen += 1;
            for problem in check(field) {
                problems.push(format!("{kind:?} {}: {problem}", field.path()));
            }
        }
    }
    assert!(seen > 100, "only {seen} fields");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Phrases for which a reference manual has a plain or a standard term: "If omitted, ", "new user", "managed".
const NOT_PLAIN: [&str; 6] = [
    "eft out",
    "newcomer",
    "nobody",
    "stands in",
    "it keeps",
    "that keeps",
];

fn not_plain(text: &str) -> Option<String> {
    let phrase = NOT_PLAIN.iter().find(|phrase| text.contains(**phrase))?;
    Some(format!("not plain, {phrase:?}: {text:?}"))
}

fn unless(holds: bool, problem: &str) -> Option<String> {
    (!holds).then(|| problem.to_owned())
}

#[test]
fn every_field_is_described_in_plain_words() {
    for_every_field(|field| {
        // The items of a list of texts need no words of their own.
        if field.pointer.ends_with("/0") && field.is("string") {
            return Vec::new();
        }
        let text = field.schema["description"].as_str().unwrap_or_default();
        let sentences = sentences(text);
        let artefacts = [
            "`", "[`", "](", "Option", "None", "Vec<", "::", "\n", "  ", "TODO",
        ];
        let values = field.schema["enum"].as_array().cloned().unwrap_or_default();
        let unexplained: Vec<_> = values
            .iter()
            .filter(|value| !text.contains(value.as_str().unwrap()))
            .map(|value| format!("the value {value} is not explained"))
            .collect();
        [
            unless(
                (1..=3).contains(&sentences),
                &format!("{sentences} sentences: {text:?}"),
            ),
            unless(text.len() <= DESCRIPTION, "the description is too long"),
            unless(
                text.ends_with('.') && text.starts_with(char::is_uppercase),
                "not a sentence",
            ),
            artefacts
                .iter()
                .filter(|artefact| !values.iter().any(|value| value == **artefact))
                .find(|artefact| text.contains(**artefact))
                .map(|artefact| format!("{artefact:?} in {text:?}")),
            not_plain(text),
        ]
        .into_iter()
        .flatten()
        .chain(unexplained)
        .collect()
    });
}

/// How many sentences a description has, without the short remarks of a reference manual: default, example, the meaning of
/// an omitted field, and the meaning of each value.
fn sentences(text: &str) -> usize {
    let remark = |sentence: &&str| {
        let first = sentence.split(' ').next().unwrap_or_default();
        sentence.starts_with("Defaults to ") || sentence.starts_with("If omitted, ") || first.ends_with(':')
    };
    let all: Vec<_> = text.split(". ").filter(|part| !part.is_empty()).collect();
    let remarks = all.iter().skip(1).copied().filter(remark).count();
    all.len() - remarks
}

#[test]
fn a_default_is_told() {
    for_every_field(|field| {
        let default = &field.schema["default"];
        let text = field.schema["description"].as_str().unwrap_or_default();
        // Sections repeat what their fields tell; a status is written by programs.
        if default.is_null() || default.is_object() || field.pointer.starts_with("/status") {
            return Vec::new();
        }
        let value = default
            .as_str()
            .map_or_else(|| default.to_string(), str::to_owned);
        unless(
            text.contains(&format!("Defaults to {value}")),
            &format!("the default {value} is not told"),
        )
        .into_iter()
        .collect()
    });
}

#[test]
fn every_value_has_limits() {
    for_every_field(|field| {
        let schema = &field.schema;
        let has = |keyword: &str| !schema[keyword].is_null();
        let problem = match schema["type"].as_str() {
            Some("string") => unless(
                has("maxLength") || has("enum") || schema["format"] == "date-time",
                "a text without maxLength, enum or format",
            ),
            Some("integer") => unless(
                has("minimum") && has("maximum"),
                "an integer without minimum and maximum",
            ),
            Some("array") => unless(
                has("maxItems") && has("x-kubernetes-list-type"),
                "a list without maxItems or list type",
            ),
            Some("object") => unless(
                has("properties") && !has("additionalProperties"),
                "an object of any shape",
            ),
            Some("boolean") => None,
            other => Some(format!("the type {other:?}")),
        };
        problem.into_iter().collect()
    });
}

#[test]
fn nothing_that_clients_or_the_api_server_trip_over() {
    for_every_field(|field| {
        let schema = &field.schema;
        let forbidden = [
            "x-kubernetes-preserve-unknown-fields",
            "x-kubernetes-int-or-string",
            "x-kubernetes-embedded-resource",
            "nullable",
            "anyOf",
            "allOf",
            "oneOf",
            "not",
            // Refused text would be answered with the expression: a CEL rule says what to write.
            "pattern",
        ];
        let found = forbidden.iter().find(|keyword| !schema[**keyword].is_null());
        let map_without_keys =
            schema["x-kubernetes-list-type"] == "map" && schema["x-kubernetes-list-map-keys"].is_null();
        [
            found.map(|keyword| format!("it has {keyword}")),
            unless(
                !schema["format"].as_str().unwrap_or_default().starts_with("uint"),
                "an unsigned format",
            ),
            unless(!map_without_keys, "a map list without keys"),
        ]
        .into_iter()
        .flatten()
        .collect()
    });
}

#[test]
fn every_rule_names_its_field_and_the_remedy() {
    let remedies = [
        "use ", "remove", "raise ", "lower ", "choose ", "create ", "correct ", "set ", "add ",
    ];
    for kind in Kind::ALL {
        for rule in rules(kind) {
            let (name, advice) = rule
                .message
                .split_once(": ")
                .unwrap_or_else(|| panic!("no field in {rule:?}"));
            // A message cannot know the index of its item; the API server says it.
            let path = rule.path.replace("[0]", "");
            assert!(path.ends_with(name), "{name} is not at {path}");
            assert!(
                remedies.iter().any(|remedy| advice.contains(remedy)),
                "no remedy in {rule:?}"
            );
            assert!(
                rule.message.len() <= 300 && !rule.message.contains(['^', '\\', '\n']),
                "hard to read: {rule:?}"
            );
            assert_eq!(not_plain(&rule.message), None);
        }
    }
}

#[test]
fn a_client_side_apply_has_room_for_the_crds() {
    for crd in dialplane::api::crds() {
        let size = serde_json::to_string(&crd).unwrap().len();
        assert!(size < CRD_BYTES / 2, "{size} bytes");
    }
}

#[test]
fn the_samples_have_every_field() {
    for kind in Kind::ALL {
        let status = json!({"status": kind.full_status()});
        for field in crate::schema::fields(kind, "spec") {
            let found = kind
                .samples()
                .iter()
                .any(|sample| sample.pointer(&field.pointer).is_some());
            assert!(found, "{kind:?} has no sample of {}", field.path());
        }
        for field in crate::schema::fields(kind, "status") {
            let found: Option<&Value> = status.pointer(&field.pointer);
            assert!(found.is_some(), "{kind:?} has no sample of {}", field.path());
        }
    }
}
