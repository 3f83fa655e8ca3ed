//! Reading single fields of a JSON object that nobody vouches for.
//!
//! Every value stays raw text until it is asked for, so that a broken one (of the wrong type, with half a
//! surrogate pair, nested a thousand levels deep) costs only itself.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use serde_json::value::RawValue;

use crate::google::text;

/// A JSON object, its values not yet looked at.
pub(super) type Object<'a> = BTreeMap<String, &'a RawValue>;

/// Something about one field that a person may want to correct in the directory. It never holds the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FieldWarning {
    /// Google's name for the field, `name.givenName` for one inside another.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What can be wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Problem {
    /// It is not there, or empty.
    Missing,
    /// Another JSON type than documented; ignored.
    WrongType,
    /// Not decodable; ignored.
    Unreadable,
    /// Not a value that such a field can have; ignored.
    Invalid,
    /// A text over the limit; its start was kept.
    Truncated,
    /// A value over the limit that would mean something else when cut; ignored.
    TooLong,
    /// A list over the limit; its start was kept.
    TooMany,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "is missing",
            Self::WrongType => "has the wrong type",
            Self::Unreadable => "cannot be read",
            Self::Invalid => "is not valid",
            Self::Truncated => "was shortened because it is too long",
            Self::TooLong => "was ignored because it is too long",
            Self::TooMany => "has too many entries",
        })
    }
}

impl fmt::Display for FieldWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.problem)
    }
}

/// Reads fields and remembers what was wrong, each thing once.
#[derive(Debug, Default)]
pub(super) struct Reader {
    warnings: Vec<FieldWarning>,
}

/// What to do with a text over its limit.
#[derive(Debug, Clone, Copy)]
pub(super) enum Limit {
    Cut(usize),
    Drop(usize),
}

impl Reader {
    pub(super) fn into_warnings(self) -> Vec<FieldWarning> {
        self.warnings
    }

    pub(super) fn warn(&mut self, field: &'static str, problem: Problem) {
        let warning = FieldWarning { field, problem };
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// A text, cleaned; `None` when absent, `null` or empty.
    pub(super) fn text(
        &mut self,
        object: &Object<'_>,
        key: &str,
        field: &'static str,
        limit: Limit,
    ) -> Option<String> {
        self.text_of(present(object, key)?, field, limit)
    }

    /// A name that tells one thing from another, as it is but for control characters: cleaned, two would become one.
    pub(super) fn exact(&mut self, object: &Object<'_>, field: &'static str, limit: usize) -> Option<String> {
        let mut text: String = self.value(present(object, field)?, '"', field)?;
        text.retain(|character| !character.is_control());
        if text.chars().nth(limit).is_some() {
            self.warn(field, Problem::TooLong);
            return None;
        }
        Some(text).filter(|text| !text.is_empty())
    }

    pub(super) fn text_of(&mut self, raw: &RawValue, field: &'static str, limit: Limit) -> Option<String> {
        let value: String = self.value(raw, '"', field)?;
        let (Limit::Cut(most) | Limit::Drop(most)) = limit;
        let cleaned = text::clean(&value, most);
        match (limit, cleaned.cut) {
            (Limit::Drop(_), true) => {
                self.warn(field, Problem::TooLong);
                return None;
            }
            (Limit::Cut(_), true) => self.warn(field, Problem::Truncated),
            (_, false) => {}
        }
        Some(cleaned.text).filter(|text| !text.is_empty())
    }

    /// A flag; `None` means unknown, never false.
    pub(super) fn flag(&mut self, object: &Object<'_>, key: &'static str) -> Option<bool> {
        match present(object, key)?.get() {
            "true" => Some(true),
            "false" => Some(false),
            _ => {
                self.warn(key, Problem::WrongType);
                None
            }
        }
    }

    /// A time: RFC 3339, or milliseconds since 1970 as one of Google's samples has it.
    pub(super) fn time(&mut self, object: &Object<'_>, key: &'static str) -> Option<Timestamp> {
        let raw = present(object, key)?;
        let text = raw.get().trim_matches('"');
        let time = text
            .parse::<Timestamp>()
            .ok()
            .or_else(|| Timestamp::from_millisecond(text.parse().ok()?).ok());
        if time.is_none() {
            self.warn(key, Problem::Invalid);
        }
        time
    }

    /// An object; a wrong type counts as absent.
    pub(super) fn object<'a>(&mut self, raw: &'a RawValue, field: &'static str) -> Option<Object<'a>> {
        self.value(raw, '{', field)
    }

    /// The elements of a list, at most `limit`. Google documents none of these types, so anything that
    /// is not a list is ignored with a warning, `null` too.
    pub(super) fn list<'a>(
        &mut self,
        object: &Object<'a>,
        field: &'static str,
        limit: usize,
    ) -> Vec<&'a RawValue> {
        let Some(raw) = object.get(field) else {
            return Vec::new();
        };
        let mut elements: Vec<&RawValue> = self.value(raw, '[', field).unwrap_or_default();
        if elements.len() > limit {
            self.warn(field, Problem::TooMany);
            elements.truncate(limit);
        }
        elements
    }

    fn value<'a, T>(&mut self, raw: &'a RawValue, start: char, field: &'static str) -> Option<T>
    where
        T: serde::Deserialize<'a>,
    {
        if !raw.get().starts_with(start) {
            self.warn(field, Problem::WrongType);
            return None;
        }
        let value = serde_json::from_str(raw.get()).ok();
        if value.is_none() {
            self.warn(field, Problem::Unreadable);
        }
        value
    }
}

/// The value of a key, unless it is `null`.
pub(super) fn present<'a>(object: &Object<'a>, key: &str) -> Option<&'a RawValue> {
    object.get(key).copied().filter(|raw| raw.get() != "null")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T>(json: &str, read: impl Fn(&mut Reader, &Object<'_>) -> T) -> (T, Vec<Problem>) {
        let object: Object<'_> = serde_json::from_str(json).unwrap();
        let mut reader = Reader::default();
        let value = read(&mut reader, &object);
        let problems = reader.into_warnings().iter().map(|w| w.problem).collect();
        (value, problems)
    }

    #[test]
    fn texts() {
        for (json, expected, problem) in [
            (r#"{"a":" x\u200b y "}"#, Some("x y"), None),
            (r#"{"a":"abcdefgh"}"#, Some("abcde"), Some(Problem::Truncated)),
            (r#"{"a":"é\u00e9ééééé"}"#, Some("ééééé"), Some(Problem::Truncated)),
            (r#"{"a":""}"#, None, None),
            (r#"{"a":"\u0000\u200b"}"#, None, None),
            (r#"{"a":null}"#, None, None),
            (r"{}", None, None),
            (r#"{"a":7}"#, None, Some(Problem::WrongType)),
            (r#"{"a":["x"]}"#, None, Some(Problem::WrongType)),
            (r#"{"a":"\ud800"}"#, None, Some(Problem::Unreadable)),
        ] {
            let (text, problems) = read(json, |reader, object| {
                reader.text(object, "a", "a", Limit::Cut(5))
            });
            assert_eq!(
                (text.as_deref(), problems.first().copied()),
                (expected, problem),
                "{json}"
            );
        }
        let (text, problems) = read(r#"{"a":"abcdef"}"#, |r, o| r.text(o, "a", "a", Limit::Drop(5)));
        assert_eq!((text, problems), (None, vec![Problem::TooLong]));
    }

    #[test]
    fn flags_are_never_guessed() {
        for (json, expected, warned) in [
            (r#"{"a":true}"#, Some(true), false),
            (r#"{"a":false}"#, Some(false), false),
            (r"{}", None, false),
            (r#"{"a":null}"#, None, false),
            (r#"{"a":"true"}"#, None, true),
            (r#"{"a":1}"#, None, true),
            (r#"{"a":{}}"#, None, true),
        ] {
            let (flag, problems) = read(json, |reader, object| reader.flag(object, "a"));
            assert_eq!((flag, !problems.is_empty()), (expected, warned), "{json}");
        }
    }

    #[test]
    fn times_come_in_several_forms() {
        let expected: Timestamp = "2017-03-03T23:08:45Z".parse().unwrap();
        for (json, good) in [
            (r#"{"a":"2017-03-03T23:08:45.000Z"}"#, true),
            (r#"{"a":"2017-03-04T00:08:45+01:00"}"#, true),
            (r#"{"a":"1488582525000"}"#, true),
            (r#"{"a":1488582525000}"#, true),
            (r#"{"a":"yesterday"}"#, false),
            (r#"{"a":"99999999999999999999"}"#, false),
            (r#"{"a":{}}"#, false),
        ] {
            let (time, problems) = read(json, |reader, object| reader.time(object, "a"));
            assert_eq!(time, good.then_some(expected), "{json}");
            assert_eq!(problems.is_empty(), good, "{json}");
        }
    }

    #[test]
    fn lists_that_are_none() {
        for (json, length, problem) in [
            (r#"{"a":[1,{},"\ud800"]}"#, 3, None),
            (r#"{"a":[1,2,3,4,5]}"#, 4, Some(Problem::TooMany)),
            (r"{}", 0, None),
            (r#"{"a":{}}"#, 0, Some(Problem::WrongType)),
            (r#"{"a":null}"#, 0, Some(Problem::WrongType)),
        ] {
            let (list, problems) = read(json, |reader, object| reader.list(object, "a", 4).len());
            assert_eq!((list, problems.first().copied()), (length, problem), "{json}");
        }
    }
}
