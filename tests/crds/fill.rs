//! Texts of a wanted length and lists of a wanted number of items, as the fields take them.

use serde_json::Value;

use crate::samples::with;

/// A text of this length that the field's CEL rule takes.
pub(crate) fn text(pointer: &str, length: usize) -> String {
    match pointer {
        "/spec/google/customerId" => format!("C{}", "a".repeat(length - 1)),
        "/spec/google/domain" => format!("{}.com", "a".repeat(length - 4)),
        "/spec/google/credentials/serviceAccount/subject" | "/spec/users/numbering/assignments/0/user" => {
            address(0, length)
        }
        "/spec/users/schedule/interval"
        | "/spec/users/numbering/quarantine"
        | "/spec/users/lifecycle/gracePeriod" => {
            format!("1.{}h", "0".repeat(length - 3))
        }
        "/spec/users/schedule/daily/at" => "23:59:59".chars().cycle().take(length).collect(),
        "/spec/users/numbering/start"
        | "/spec/users/numbering/end"
        | "/spec/users/numbering/assignments/0/number"
        | "/spec/number" => "7".repeat(length),
        "/spec/removeAfter" => format!("2026-12-21T00:00:00.{}Z", "0".repeat(length - 21)),
        _ if pointer.ends_with("clude/organizationalUnits/0") => path(0, length),
        _ if pointer.ends_with("clude/users/0") || pointer.ends_with("clude/groups/0") => address(0, length),
        _ => "a".repeat(length),
    }
}

fn address(index: usize, length: usize) -> String {
    format!(
        "{index:0width$}@acme.com",
        width = length.saturating_sub("@acme.com".len())
    )
}

fn path(index: usize, length: usize) -> String {
    format!("/{index:0width$}", width = length - 1)
}

/// A text like the sample and about as long, another one for each index.
fn another(sample: &str, index: usize) -> String {
    const DAYS: [&str; 7] = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];
    match sample {
        _ if DAYS.contains(&sample) => DAYS[index % DAYS.len()].to_owned(),
        _ if sample.contains('@') => address(index, sample.len()),
        _ if sample.starts_with('/') => path(index, sample.len()),
        _ => format!("{index:0width$}", width = sample.len()),
    }
}

/// So many different items.
pub(crate) fn items(sample: &Value, count: usize) -> Value {
    // What tells the items of a list of objects apart.
    let key = ["type", "user", "path"]
        .into_iter()
        .find(|key| sample[*key].is_string());
    let item = |index: usize| match (sample, key) {
        (Value::String(text), _) => another(text, index).into(),
        (_, Some("type")) => with(sample.clone(), "/type", format!("Type{index}").into()),
        (_, Some(key)) => {
            let other = another(sample[key].as_str().unwrap(), index);
            let item = with(sample.clone(), &format!("/{key}"), other.into());
            match sample["number"].as_str() {
                Some(number) => with(item, "/number", another(number, index).into()),
                None => item,
            }
        }
        _ => sample.clone(),
    };
    (0..count).map(item).collect()
}
