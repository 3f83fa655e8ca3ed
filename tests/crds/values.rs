//! Every limit of every schema, from both sides: lengths, ranges, enums, required fields, types, lists.
//!
//! The cases are made from the generated schema. The sample objects have every field, and each case changes one of them.

use serde_json::{Value, json};

use crate::fill::{items, text};
use crate::samples::{Kind, set, with};
use crate::schema::{Field, fields};
use crate::server::{Answer, Server, expect_refusal};

/// One changed value, and what the API server must say to it: nothing, or a refusal with these words.
struct Case {
    pointer: String,
    value: Value,
    refusal: Option<Vec<String>>,
}

impl Case {
    fn good(field: &Field, value: Value) -> Self {
        Self {
            pointer: field.pointer.clone(),
            value,
            refusal: None,
        }
    }

    /// The refusal must name the field, too.
    fn bad(field: &Field, value: Value, words: &[&str]) -> Self {
        let words = words.iter().map(|word| (*word).to_owned());
        Self {
            pointer: field.pointer.clone(),
            value,
            refusal: Some(words.chain([field.path()]).collect()),
        }
    }
}

fn cases(field: &Field, sample: &Value) -> Vec<Case> {
    let (schema, path) = (&field.schema, field.pointer.as_str());
    let number = |keyword: &str| schema[keyword].as_f64();
    let mut cases = Vec::new();
    let wrong = if field.is("string") {
        json!(7)
    } else {
        json!("seven")
    };
    cases.push(Case::bad(field, wrong, &["must be of type"]));
    if field.required && !path.ends_with("/0") && path.matches('/').count() > 1 {
        cases.push(Case::bad(field, Value::Null, &["Required value"]));
    }
    if let Some(most) = schema["maxLength"].as_u64() {
        let most = usize::try_from(most).unwrap();
        cases.push(Case::good(field, text(path, most).into()));
        cases.push(Case::bad(
            field,
            text(path, most + 1).into(),
            &["Too long", &most.to_string()],
        ));
    }
    if let Some(values) = schema["enum"].as_array() {
        cases.extend(values.iter().map(|value| Case::good(field, value.clone())));
        let names: Vec<_> = values.iter().map(|value| value.as_str().unwrap()).collect();
        let words = [&["Unsupported value", "supported values"], names.as_slice()].concat();
        cases.push(Case::bad(field, json!("Sometimes"), &words));
    }
    if schema["format"] == "date-time" {
        cases.push(Case::bad(field, json!("yesterday"), &["date-time"]));
    }
    if let (Some(least), Some(most)) = (number("minimum"), number("maximum")) {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "limits are whole numbers below 2^53"
        )]
        let (least, most) = (least as i64, most as i64);
        cases.push(Case::good(field, least.into()));
        cases.push(Case::good(field, most.into()));
        cases.push(Case::bad(
            field,
            (least - 1).into(),
            &["greater than or equal to", &least.to_string()],
        ));
        cases.push(Case::bad(field, (most + 1).into(), &["less than or equal to"]));
    }
    if let Some(most) = schema["maxItems"].as_u64() {
        let most = usize::try_from(most).unwrap();
        cases.push(Case::good(field, items(&sample[0], most)));
        cases.push(Case::bad(
            field,
            items(&sample[0], most + 1),
            &["Too many", &most.to_string()],
        ));
        if schema["x-kubernetes-list-type"] != "atomic" {
            cases.push(Case::bad(
                field,
                json!([sample[0], sample[0]]),
                &["Duplicate value"],
            ));
        }
    }
    cases
}

/// Puts right what belongs together with a changed field.
fn adjust(object: &mut Value, pointer: &str) {
    let spec = object["spec"].clone();
    if spec["users"]["syncMode"] == "Manual" {
        set(object, "/spec/users/schedule", Value::Null);
        set(object, "/spec/users/realtime", false.into());
    }
    let source = spec["users"]["numbering"]["source"].clone();
    if pointer == "/spec/users/numbering/source" && source != "Property" {
        set(object, "/spec/users/numbering/property", Value::Null);
        set(object, "/spec/users/numbering/fallback", Value::Null);
    }
    let length = |value: &Value| value.as_str().map_or(0, str::len);
    let numbering = &spec["users"]["numbering"];
    match pointer {
        "/spec/users/numbering/start" => set(
            object,
            "/spec/users/numbering/end",
            "9".repeat(length(&numbering["start"])).into(),
        ),
        "/spec/users/numbering/end" => set(
            object,
            "/spec/users/numbering/start",
            "1".repeat(length(&numbering["end"])).into(),
        ),
        _ => {}
    }
    if let (Some(tenant), Some(number)) = (spec["tenant"].as_str(), spec["number"].as_str()) {
        object["metadata"]["name"] = format!("{tenant}-{number}").into();
    }
}

fn judge(case: &Case, answer: Answer) -> Option<String> {
    let verdict = match &case.refusal {
        None => answer.map(drop).map_err(|refusal| format!("refused: {refusal}")),
        Some(words) => {
            let words: Vec<_> = words.iter().map(String::as_str).collect();
            expect_refusal(answer, &words)
        }
    };
    let shown: String = case.value.to_string().chars().take(80).collect();
    verdict
        .err()
        .map(|problem| format!("{} = {shown}: {problem}", case.pointer))
}

#[tokio::test]
async fn every_limit_of_the_spec_holds_from_both_sides() {
    let server = Server::new().await;
    let (mut problems, mut tried) = (Vec::new(), 0);
    for kind in Kind::ALL {
        for sample in kind.samples() {
            server.accepts(kind, &sample).await;
        }
        for field in fields(kind, "spec") {
            let sample = kind.sample_of(&field.pointer);
            for case in cases(&field, sample.pointer(&field.pointer).unwrap()) {
                let mut object = with(sample.clone(), &case.pointer, case.value.clone());
                adjust(&mut object, &case.pointer);
                problems.extend(judge(&case, server.try_create(kind, &object).await));
                tried += 1;
            }
        }
    }
    assert!(tried > 180, "only {tried} cases");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[tokio::test]
async fn every_limit_of_the_status_holds_from_both_sides() {
    let server = Server::new().await;
    let (mut problems, mut tried) = (Vec::new(), 0);
    for kind in Kind::ALL {
        let object = server.create(kind, &kind.full()).await;
        let name = object["metadata"]["name"].as_str().unwrap();
        let sample = json!({"status": kind.full_status()});
        server.try_status(kind, name, &sample["status"]).await.unwrap();
        for field in fields(kind, "status") {
            for case in cases(&field, sample.pointer(&field.pointer).unwrap()) {
                let changed = with(sample.clone(), &case.pointer, case.value.clone());
                problems.extend(judge(
                    &case,
                    server.try_status(kind, name, &changed["status"]).await,
                ));
                tried += 1;
            }
        }
    }
    assert!(tried > 150, "only {tried} cases");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The object with every list as long as it may be, and with every text as long as it may be, or only those that are no
/// items of a list of the scope or of assignments.
fn stretched(kind: Kind, sample: Value, items_too: bool) -> Value {
    let mut object = sample;
    object["status"] = kind.full_status();
    let fields = ["spec", "status"].map(|section| fields(kind, section)).concat();
    // Innermost first, so that a list repeats an item that is at its maximum.
    for field in fields.iter().rev() {
        let Some(sample) = object.pointer(&field.pointer).cloned() else {
            continue;
        };
        let of_a_long_list = ["/scope/", "/assignments/", "/organizationalUnits/"]
            .iter()
            .any(|list| field.pointer.contains(list) && field.is("string"));
        if let Some(most) = field.schema["maxLength"].as_u64() {
            if items_too || !of_a_long_list {
                let most = usize::try_from(most).unwrap();
                set(&mut object, &field.pointer, text(&field.pointer, most).into());
            }
        } else if let Some(most) = field.schema["maxItems"].as_u64() {
            let items = items(&sample[0], usize::try_from(most).unwrap());
            set(&mut object, &field.pointer, items);
        } else if let Some(most) = field.schema["maximum"].as_f64() {
            #[allow(
                clippy::cast_possible_truncation,
                reason = "limits are whole numbers below 2^53"
            )]
            set(&mut object, &field.pointer, (most as i64).into());
        }
    }
    adjust(&mut object, "");
    if kind == Kind::Integration {
        object["metadata"]["name"] = "a".repeat(63).into();
    }
    object
}

/// The longest value and the longest list everywhere at once: CEL's cost at run time stays within the API server's
/// budget.
#[tokio::test]
async fn an_object_with_everything_at_its_maximum_is_accepted() {
    for kind in Kind::ALL {
        for sample in kind.samples() {
            let server = Server::new().await;
            let object = stretched(kind, sample, true);
            server.accepts(kind, &object).await;
            let small = with(object.clone(), "/spec", kind.minimal()["spec"].clone());
            let small = match kind {
                Kind::Integration => small,
                Kind::Extension => kind.minimal(),
            };
            server.create(kind, &small).await;
            let name = small["metadata"]["name"].as_str().unwrap();
            server.try_status(kind, name, &object["status"]).await.unwrap();
        }
    }
}

/// The longest lists of ordinary addresses and paths fit into etcd, together with a status that reports the worst.
#[tokio::test]
async fn the_longest_lists_of_ordinary_names_are_stored() {
    for kind in Kind::ALL {
        for sample in kind.samples() {
            let server = Server::new().await;
            let object = stretched(kind, sample, false);
            let created = server.create(kind, &object).await;
            let name = created["metadata"]["name"].as_str().unwrap();
            server.write_status(kind, name, &object["status"]).await;
            let stored = server.get(kind, name).await;
            assert_eq!(stored["spec"], object["spec"]);
            assert_eq!(stored["status"], object["status"]);
            server.try_replace(kind, &stored).await.unwrap();
        }
    }
}
