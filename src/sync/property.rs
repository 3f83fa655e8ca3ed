//! The extension number that stands in a property of the person's Google record.
//!
//! The property is named by a GJSON path. The crate `gjson` stays behind this file, and is only ever given one
//! component of a path that [`PropertyPath`] has read and JSON that has been checked: given a whole path, it goes on
//! inside a value that did not match, and finds a key at the wrong depth. Its matching takes a power of the text's
//! length, one more for each `*` before the end of a pattern, so a pattern may have one.

mod grammar;
mod path;

use serde::de::IgnoredAny;

pub use grammar::InvalidPath;
pub use path::{MAX_PATH, PropertyPath};

use super::number::Number;
use grammar::{Query, Step};

/// The largest user resource that is looked into, in bytes. Google's documented limits on the lists of a user sum up to
/// less.
pub const MAX_RESOURCE: usize = 64 * 1024;

/// Why a person has no number from the property. It never has a text of the directory in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberProblem {
    /// Nothing is there: no such property, null, or blank text.
    #[error("the property has no value")]
    Missing,
    /// Something else is there.
    #[error("the property is {0}")]
    Invalid(&'static str),
}

/// Evaluates the path on the JSON text of a user resource of Google's Directory API.
///
/// A text counts without white space around it, as people leave some in the Admin console; a JSON number counts as it
/// is written when it is whole. Everything else is invalid, and so is what is not 3 to 13 digits.
pub fn number(path: &PropertyPath, resource: &str) -> Result<Number, NumberProblem> {
    if resource.len() > MAX_RESOURCE {
        return Err(NumberProblem::Invalid("in a Google record of more than 64 KiB"));
    }
    // gjson reads invalid JSON as something else, in places beyond what Rust allows for text.
    if serde_json::from_str::<IgnoredAny>(resource).is_err() {
        return Err(NumberProblem::Invalid("in a Google record that is not JSON"));
    }
    find(path.steps(), resource).map_or(Err(NumberProblem::Missing), |value| read(&value))
}

/// Reads a JSON value as a number.
fn read(json: &str) -> Result<Number, NumberProblem> {
    const NO_NUMBER: NumberProblem = NumberProblem::Invalid("not 3 to 13 digits");
    match json.as_bytes().first() {
        None | Some(b'n') => Err(NumberProblem::Missing),
        Some(b'"') => {
            let text: String = serde_json::from_str(json).map_err(|_| NO_NUMBER)?;
            match text.trim() {
                "" => Err(NumberProblem::Missing),
                text => Number::parse(text).ok_or(NO_NUMBER),
            }
        }
        Some(b'[') => Err(NumberProblem::Invalid(
            "a list; choose one item, for example with #(type==\"work\")",
        )),
        Some(b'{') => Err(NumberProblem::Invalid("an object; choose one of its fields")),
        Some(b't' | b'f') => Err(NumberProblem::Invalid("true or false")),
        Some(_) if json.contains(['.', 'e', 'E']) => Err(NumberProblem::Invalid("a fraction")),
        Some(_) => Number::parse(json).ok_or(NO_NUMBER),
    }
}

/// The JSON text of the value that the steps lead to. A list that a step would make is `[]` whatever is in it: no list
/// is a number, and in a query all that counts is that there is one.
fn find(steps: &[Step], json: &str) -> Option<String> {
    let Some((step, rest)) = steps.split_first() else {
        return Some(json.to_owned());
    };
    match step {
        Step::Key(key) => {
            let value = gjson::get(json, key);
            value.exists().then(|| find(rest, value.json()))?
        }
        _ if !json.trim_start().starts_with('[') => None,
        Step::Each if rest.is_empty() => Some(gjson::get(json, "#").json().to_owned()),
        Step::Each | Step::All(_) => Some("[]".to_owned()),
        Step::First(query) => {
            let list = gjson::parse(json);
            let mut found = None;
            list.each(|_, element| {
                if matches(query, element.json()) {
                    found = Some(element.json().to_owned());
                }
                found.is_none()
            });
            find(rest, &found?)
        }
    }
}

/// Whether an element of a list answers the query.
fn matches(query: &Query, element: &str) -> bool {
    find(&query.subject, element).is_some_and(|value| {
        query.test.as_ref().is_none_or(|test| {
            let list = format!("[{}]", plain(value));
            gjson::get(&list, test).exists()
        })
    })
}

/// Escapes of text only where JSON needs them: gjson reads those of characters beyond U+1FFFF as another character.
fn plain(json: String) -> String {
    if !(json.starts_with('"') && json.contains('\\')) {
        return json;
    }
    serde_json::from_str::<String>(&json)
        .and_then(|text| serde_json::to_string(&text))
        .unwrap_or(json)
}

#[cfg(test)]
mod tests;
