//! Which people a query matches. Text is compared without regard to case.

use std::cmp::Ordering;
use std::collections::HashSet;

use serde_json::Value;

use super::{Comparison, Field, Query, Test};
use crate::directory::user::User;

/// Finds a person by id or address, for the chain of managers.
pub(super) type Lookup<'a> = dyn Fn(&str) -> Option<User> + 'a;

/// Parts of an address that `address:` looks into.
const ADDRESS_PARTS: &[&str] = &[
    "formatted",
    "streetAddress",
    "extendedAddress",
    "poBox",
    "locality",
    "region",
    "postalCode",
    "country",
];

impl Query {
    /// Whether a person matches every clause.
    pub(crate) fn matches(&self, user: &User, lookup: &Lookup<'_>) -> bool {
        self.clauses
            .iter()
            .all(|clause| matches(&clause.field, &clause.test, user, lookup))
    }
}

fn matches(field: &Field, test: &Test, user: &User, lookup: &Lookup<'_>) -> bool {
    let fits = |value: &str| test.text(value);
    match field {
        Field::Anything => {
            fits(&user.given_name())
                || fits(&user.family_name())
                || user.addresses().iter().any(|address| fits(address))
        }
        Field::Name => {
            fits(&user.full_name()) || fits(&format!("{} {}", user.given_name(), user.family_name()))
        }
        Field::Email => user.addresses().iter().any(|address| fits(address)),
        Field::GivenName => fits(&user.given_name()),
        Field::FamilyName => fits(&user.family_name()),
        Field::Flag(name) => fits(if user.flag(name) { "true" } else { "false" }),
        Field::Part(list, part) => entries(user, list).iter().any(|entry| fits(part_of(entry, part))),
        Field::Address => {
            let any_part = |entry| ADDRESS_PARTS.iter().any(|part| fits(part_of(entry, part)));
            entries(user, "addresses").iter().any(any_part)
        }
        Field::OrgUnitPath => matches!(test, Test::Equals(path) if is_below(user.org_unit_path(), path)),
        Field::Manager { direct, by_id } => {
            matches!(test, Test::Equals(wanted) if has_manager(user, wanted, *direct, *by_id, lookup))
        }
        Field::Custom(schema, field) => {
            let resource = user.resource();
            let value = resource
                .get("customSchemas")
                .and_then(|all| all.get(schema)?.get(field));
            value.is_some_and(|value| test.custom(value))
        }
    }
}

fn entries(user: &User, list: &str) -> Vec<Value> {
    match user.resource().remove(list) {
        Some(Value::Array(entries)) => entries,
        _ => Vec::new(),
    }
}

fn part_of<'a>(entry: &'a Value, part: &str) -> &'a str {
    entry.get(part).and_then(Value::as_str).unwrap_or_default()
}

/// An org unit and everything below it. The root may be written with or without its slash.
fn is_below(path: &str, wanted: &str) -> bool {
    let normal = |path: &str| path.trim_matches('/').to_lowercase();
    let (path, wanted) = (normal(path), normal(wanted));
    wanted.is_empty()
        || path == wanted
        || path
            .strip_prefix(&wanted)
            .is_some_and(|rest| rest.starts_with('/'))
}

fn has_manager(user: &User, wanted: &str, direct: bool, by_id: bool, lookup: &Lookup<'_>) -> bool {
    let mut seen = HashSet::new();
    let mut current = user.clone();
    while seen.insert(current.id().into_owned()) {
        let relations = entries(&current, "relations");
        let Some(entry) = relations.iter().find(|entry| part_of(entry, "type") == "manager") else {
            return false;
        };
        let address = part_of(entry, "value");
        let manager = lookup(address);
        let found = if by_id {
            manager.as_ref().is_some_and(|manager| manager.id() == wanted)
        } else {
            address.eq_ignore_ascii_case(wanted)
                || manager
                    .as_ref()
                    .is_some_and(|m| m.addresses().iter().any(|own| own.eq_ignore_ascii_case(wanted)))
        };
        match manager {
            _ if found => return true,
            Some(manager) if !direct => current = manager,
            _ => return false,
        }
    }
    false
}

impl Test {
    fn text(&self, value: &str) -> bool {
        let lower = value.to_lowercase();
        match self {
            Self::Equals(wanted) => lower == wanted.to_lowercase(),
            Self::Words(wanted) => contains_words(&lower, &wanted.to_lowercase()),
            Self::Prefix(prefix) => lower.starts_with(prefix),
            Self::Compare(..) | Self::Range(..) => false,
        }
    }

    /// A custom field may be a text, a number, a date, a boolean, or a list of `{"value": ...}`.
    fn custom(&self, value: &Value) -> bool {
        match value {
            Value::Array(items) => items
                .iter()
                .any(|item| self.custom(item.get("value").unwrap_or(item))),
            Value::Bool(flag) => self.text(if *flag { "true" } else { "false" }),
            Value::Number(number) => self.scalar(&number.to_string()),
            Value::String(text) => self.scalar(text),
            Value::Null | Value::Object(_) => false,
        }
    }

    fn scalar(&self, value: &str) -> bool {
        match self {
            Self::Compare(comparison, bound) => comparison.holds(order(value, bound)),
            Self::Range(low, high) => {
                Comparison::GreaterOrEqual.holds(order(value, low))
                    && Comparison::LessOrEqual.holds(order(value, high))
            }
            _ => self.text(value),
        }
    }
}

impl Comparison {
    fn holds(self, order: Option<Ordering>) -> bool {
        match self {
            Self::Less => order == Some(Ordering::Less),
            Self::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            Self::Greater => order == Some(Ordering::Greater),
            Self::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        }
    }
}

/// Numbers by value; dates (`2026-01-31`) order as text.
fn order(value: &str, bound: &str) -> Option<Ordering> {
    match (value.parse::<f64>(), bound.parse::<f64>()) {
        (Ok(value), Ok(bound)) => value.partial_cmp(&bound),
        (Err(_), Err(_)) => Some(value.cmp(bound)),
        _ => None,
    }
}

/// Whether the words of `wanted` follow each other in `text`.
fn contains_words(text: &str, wanted: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (text, wanted) = (words(text), words(wanted));
    !wanted.is_empty() && text.windows(wanted.len()).any(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::directory::Directory;
    use crate::seed::Seed;

    fn directory() -> Directory {
        let seed = Seed {
            users: vec![
                json!({"primaryEmail": "ann.lee@acme.example", "id": "1", "aliases": ["al@acme.example"],
                    "name": {"givenName": "Ann Mary", "familyName": "O'Brien"}, "orgUnitPath": "/Sales & Co/EMEA",
                    "isAdmin": true, "phones": [{"value": "+1 415 555 0100"}], "externalIds": [{"value": "E 17"}],
                    "organizations": [{"title": "Head of Sales", "department": "Sales"}],
                    "addresses": [{"formatted": "1 Main Street, Springfield", "locality": "Springfield"}],
                    "relations": [{"type": "manager", "value": "boss@acme.example"}],
                    "customSchemas": {"hr": {"grade": 7, "since": "2020-05-01", "badge": [{"value": "red"}, {"value": "blue"}]}}}),
                json!({"primaryEmail": "boss@acme.example", "id": "2", "name": {"givenName": "Bo", "familyName": "Šimić"},
                    "suspended": true, "orgUnitPath": "/Sales",
                    "relations": [{"type": "manager", "value": "top@acme.example"}]}),
                json!({"primaryEmail": "top@acme.example", "id": "3", "archived": true, "isGuestUser": true,
                    "relations": [{"type": "manager", "value": "top@acme.example"}]}),
            ],
            ..Seed::default()
        };
        Directory::new(seed, Timestamp::UNIX_EPOCH).unwrap()
    }

    fn found(directory: &Directory, query: &str) -> String {
        let query = Query::parse(query, true).unwrap_or_else(|_| panic!("{query} was refused"));
        let lookup = |key: &str| directory.find(key);
        ["1", "2", "3"]
            .into_iter()
            .filter(|id| query.matches(&directory.find(id).unwrap(), &lookup))
            .collect()
    }

    #[test]
    fn the_grammar_table() {
        let directory = directory();
        let cases = [
            ("", "123"),
            ("ann", "1"),
            ("al@acme.example", "1"),
            ("An*", "1"),
            ("Bo", "2"),
            ("'Ann Mary'", "1"),
            ("name='Ann Mary O\\'Brien'", "1"),
            ("name:'mary o\\'brien'", "1"),
            ("name:'ann brien'", ""),
            ("name:bri", ""),
            ("email=AL@acme.example", "1"),
            ("email:ann", "1"),
            ("email:ann*", "1"),
            ("email:a*", "1"),
            ("email=ann", ""),
            ("givenName:ann*", "1"),
            ("givenName:'ann m'*", "1"),
            ("givenName:'ann m*'", "1"),
            ("familyName=šimić", "2"),
            ("isAdmin=true", "1"),
            ("isAdmin=False", "23"),
            ("isSuspended=true", "2"),
            ("isArchived=true", "3"),
            ("isGuest=false", "12"),
            ("isSuspended=false isArchived=false", "1"),
            ("isDelegatedAdmin=true", ""),
            ("orgUnitPath=/Sales", "2"),
            ("orgUnitPath='/Sales & Co'", "1"),
            ("orgUnitPath=/", "123"),
            ("orgUnitPath=/sal", ""),
            ("orgTitle:sales", "1"),
            ("orgTitle='head of sales'", "1"),
            ("orgTitle=sales", ""),
            ("orgDepartment=sales", "1"),
            ("externalId='E 17'", "1"),
            ("phone='+1 415 555 0100'", "1"),
            ("address:springfield", "1"),
            ("addressLocality=springfield", "1"),
            ("manager='top@acme.example'", "123"),
            ("directManager='top@acme.example'", "23"),
            ("managerId=2", "1"),
            ("directManagerId=2", "1"),
            ("hr.grade=7", "1"),
            ("hr.grade>7", ""),
            ("hr.grade>=7", "1"),
            ("hr.grade<10", "1"),
            ("hr.grade:[1,7]", "1"),
            ("hr.grade:[8, 9]", ""),
            ("hr.since>2020-01-01", "1"),
            ("hr.since<=2020-04-30", ""),
            ("hr.badge=blue", "1"),
            ("hr.badge:re*", "1"),
        ];
        for (query, expected) in cases {
            assert_eq!(found(&directory, query), expected, "{query}");
        }
    }

    #[test]
    fn what_google_refuses_is_refused() {
        let cases = [
            "surname=x",
            "name=",
            "name='x",
            "name>x",
            "isAdmin=yes",
            "isAdmin:true",
            "orgUnitPath:/Sales",
            "orgTitle:sa*",
            "phone:1",
            "address=x",
            "email>=a",
            "hr.grade:[1",
            "hr.grade:[1]",
            ".x=1",
            "name='a'b",
            "manager:x",
            "=x",
            "name=a'b",
        ];
        for query in cases {
            assert_eq!(
                Query::parse(query, true),
                Err(super::super::InvalidQuery),
                "{query}"
            );
        }
        assert!(
            Query::parse("orgUnitPath=/Sales", false).is_err(),
            "orgUnitPath is for administrators"
        );
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_parser(text in "[a-zé.=:<>'\\\\*\\[\\], ]{0,30}") {
            let _ = Query::parse(&text, true);
        }
    }
}
