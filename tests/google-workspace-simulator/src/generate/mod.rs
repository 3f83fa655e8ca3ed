//! A made-up company of any size, the same every time, as awkward as real ones.

mod groups;
mod names;
mod person;
mod population;

use serde_json::{Map, Value, json};

use crate::seed::{DEFAULT_CUSTOMER_ID, DEFAULT_DOMAIN, Seed};
pub(crate) use groups::{Groups, unit_of};
use names::UNITS;
pub(crate) use population::Population;

/// A directory of exactly that many people in [`DEFAULT_DOMAIN`]. The first is the administrator `admin@DOMAIN`.
pub fn directory(people: usize) -> Seed {
    directory_in(DEFAULT_DOMAIN, people)
}

/// A directory of exactly that many people in a domain of your choice.
///
/// About 2% are suspended and 1% archived. Names have accents, right-to-left scripts, apostrophes, one word or 60
/// characters; titles have emoji; some texts have zero-width characters; phones are written as people write them.
pub fn directory_in(domain: &str, people: usize) -> Seed {
    let people = Population::new(domain, u32::try_from(people).unwrap_or(u32::MAX));
    let users: Vec<Value> = (0..people.size()).map(|index| people.resource(index)).collect();
    let mut groups = Groups::default();
    for user in &users {
        groups.note(user);
    }
    Seed {
        customer: customer(domain),
        groups: groups.seed(domain),
        org_units: org_units(),
        schemas: schemas(),
        users,
        ..Seed::default()
    }
}

/// What a company has besides people and groups of them.
pub(crate) fn company(domain: &str) -> Seed {
    Seed {
        customer: customer(domain),
        org_units: org_units(),
        schemas: schemas(),
        ..Seed::default()
    }
}

fn customer(domain: &str) -> Map<String, Value> {
    let mut customer = Map::new();
    customer.insert("id".to_owned(), DEFAULT_CUSTOMER_ID.into());
    customer.insert("customerDomain".to_owned(), domain.into());
    customer.insert(
        "customerCreationTime".to_owned(),
        "2015-03-02T09:00:00.000Z".into(),
    );
    customer.insert("alternateEmail".to_owned(), "it@home.example".into());
    customer.insert("language".to_owned(), "en".into());
    customer.insert("phoneNumber".to_owned(), "+14155550100".into());
    customer.insert(
        "postalAddress".to_owned(),
        json!({ "organizationName": "Acme", "addressLine1": "1 Main Street", "locality": "Springfield", "countryCode": "US" }),
    );
    customer
}

fn schemas() -> Vec<Value> {
    vec![
        json!({ "schemaName": "Telephony", "displayName": "Telephony", "fields": [
        { "fieldName": "site", "displayName": "Site", "fieldType": "STRING" },
        { "fieldName": "level", "displayName": "Level", "fieldType": "INT64" },
    ] }),
    ]
}

fn org_units() -> Vec<Value> {
    let units = UNITS.iter().enumerate();
    units
        .map(|(index, (path, _))| {
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
            let parent = if parent.is_empty() { "/" } else { parent };
            json!({ "orgUnitPath": path, "name": name, "parentOrgUnitPath": parent, "orgUnitId": format!("id:03ph8a2z{index:04}") })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    #[test]
    fn directories_are_deterministic_unique_and_awkward() {
        let seed = directory(3000);
        seed.validate().unwrap();
        assert_eq!(seed.users, directory(3000).users);
        assert_eq!(
            seed.users[..40],
            directory(40).users[..],
            "a larger directory begins with the smaller one"
        );
        assert_eq!(seed.users[0]["primaryEmail"], "admin@acme.example");
        let texts = |pointer: &str| -> Vec<&str> {
            seed.users
                .iter()
                .filter_map(|u| u.pointer(pointer)?.as_str())
                .collect()
        };
        for unique in ["/id", "/primaryEmail"] {
            assert_eq!(
                texts(unique).iter().collect::<HashSet<_>>().len(),
                3000,
                "{unique}"
            );
        }
        let (given, family) = (texts("/name/givenName"), texts("/name/familyName"));
        assert!(
            given.iter().any(|name| name.chars().count() == 60)
                && family.iter().any(|name| name.chars().count() == 60)
        );
        assert!(given.iter().chain(&family).all(|name| name.chars().count() <= 60));
        for awkward in ["'", "é", "\u{200b}", "\u{5db}", "\u{645}"] {
            assert!(
                given.iter().chain(&family).any(|name| name.contains(awkward)),
                "{awkward:?}"
            );
        }
        assert!(family.iter().any(|name| name.is_empty()));
        assert!(
            texts("/organizations/0/title")
                .iter()
                .any(|title| title.contains('\u{1f389}'))
        );
        let flagged = |flag: &str| seed.users.iter().filter(|user| user[flag] == true).count();
        assert_eq!(
            (flagged("suspended"), flagged("archived"), flagged("isAdmin")),
            (60, 30, 1)
        );
        assert!(seed.users.iter().any(|user| user.get("phones").is_none()));
    }

    /// Somebody who looks at a directory of a million does not wait for one.
    #[test]
    fn a_million_people_have_ids_like_real_ones_and_each_another() {
        let ids: HashSet<_> = (0..1_000_000).map(person::id).collect();
        assert_eq!(ids.len(), 1_000_000);
        assert!(ids.iter().all(|id| id.len() == 21 && !id.starts_with('0')));
        let last = person::resource(DEFAULT_DOMAIN, 999_999, "last");
        let seed = Seed {
            users: vec![last],
            ..Seed::default()
        };
        crate::directory::Directory::new(seed, jiff::Timestamp::UNIX_EPOCH).unwrap();
    }

    #[test]
    fn people_who_come_one_by_one_make_the_same_company() {
        let whole = directory(200);
        let users = whole.users.clone();
        let now = jiff::Timestamp::UNIX_EPOCH;
        let lazy = Seed {
            generate: 200,
            ..Seed::default()
        };
        let [lazy, eager] = [lazy, whole].map(|seed| crate::directory::Directory::new(seed, now).unwrap());
        assert_eq!(lazy.people(false).len(), 200);
        for user in users {
            let key = user["primaryEmail"].as_str().unwrap();
            let of = |directory: &crate::directory::Directory| directory.find(key).unwrap().resource();
            assert_eq!(of(&lazy)["id"], of(&eager)["id"]);
            assert_eq!(of(&lazy)["name"], of(&eager)["name"]);
        }
        assert_eq!(lazy.groups().after(false, None).count(), 5);
    }

    #[test]
    fn a_small_company_has_every_kind_of_group_and_every_unit() {
        let seed = directory(42);
        seed.validate().unwrap();
        let kinds = |group: &Value| -> Vec<String> {
            let members = group["members"].as_array().unwrap();
            let mut kinds: Vec<String> = members
                .iter()
                .map(|member| {
                    let outside = member["email"]
                        .as_str()
                        .is_some_and(|email| !email.ends_with(DEFAULT_DOMAIN));
                    format!(
                        "{}{}",
                        if outside { "outside " } else { "" },
                        member["type"].as_str().unwrap()
                    )
                })
                .collect();
            kinds.sort_unstable();
            kinds.dedup();
            kinds
        };
        let groups: HashMap<&str, Vec<String>> = seed
            .groups
            .iter()
            .map(|group| (group["name"].as_str().unwrap(), kinds(group)))
            .collect();
        assert_eq!(groups["Sales"], ["USER"]);
        assert_eq!(groups["Engineering"], ["USER"]);
        assert_eq!(groups["People with phones"], ["GROUP", "outside USER"]);
        assert_eq!(groups["Everybody"], ["CUSTOMER"]);
        assert_eq!(groups["Contractors"], ["USER", "outside GROUP"]);
        let paths: HashSet<&str> = seed
            .users
            .iter()
            .filter_map(|user| user["orgUnitPath"].as_str())
            .collect();
        let units = seed
            .org_units
            .iter()
            .filter_map(|unit| unit["orgUnitPath"].as_str());
        assert_eq!(paths, units.chain(["/"]).collect(), "somebody is in each unit");
    }
}
