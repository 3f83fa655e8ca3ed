//! A made-up company of any size, the same every time, as awkward as real ones.

mod names;

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::seed::{DEFAULT_CUSTOMER_ID, DEFAULT_DOMAIN, Seed};
use names::{LONGEST, ONE_WORD, REGIONS, TITLES, UNITS};

/// Ids start here: 21 digits, as real ones.
const FIRST_ID: u128 = 100_000_000_000_000_000_000;
/// So many of them have 21 digits.
const IDS: u128 = 9 * FIRST_ID;
/// Spreads ids over the range, so that their order is not the order of names. It has no divisor in common with [`IDS`], so
/// that going round and round meets no id twice.
const ID_STEP: u128 = 7_919_000_000_000_063;

/// A directory of exactly that many people in [`DEFAULT_DOMAIN`]. The first is the administrator `admin@DOMAIN`.
pub fn directory(people: usize) -> Seed {
    directory_in(DEFAULT_DOMAIN, people)
}

/// A directory of exactly that many people in a domain of your choice.
///
/// About 2% are suspended and 1% archived. Names have accents, right-to-left scripts, apostrophes, one word or 60
/// characters; titles have emoji; some texts have zero-width characters; phones are written as people write them.
pub fn directory_in(domain: &str, people: usize) -> Seed {
    let mut groups = Groups::default();
    let users = self::people(domain, people).inspect(|user| groups.note(user));
    let users = users.collect();
    Seed {
        customer: customer(domain),
        groups: groups.seed(domain),
        org_units: org_units(),
        users,
        ..Seed::default()
    }
}

/// The same people, one after the other: a million of them at once would take gigabytes.
pub(crate) fn people(domain: &str, people: usize) -> impl Iterator<Item = Value> {
    let (domain, mut taken) = (domain.to_owned(), HashMap::new());
    (0..people).map(move |index| person(&domain, index, &mut taken))
}

/// What a company has besides people and groups of them.
pub(crate) fn company(domain: &str) -> Seed {
    Seed {
        customer: customer(domain),
        org_units: org_units(),
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

fn id(index: usize) -> String {
    (FIRST_ID + ID_STEP * (index as u128 + 1) % IDS).to_string()
}

/// A well-mixed number for one property of one person (`splitmix64`), so that properties are independent.
fn mix(index: usize, property: u64) -> usize {
    let mut z = (index as u64)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(property.wrapping_mul(0xd1b5_4a32_d192_ed03));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    usize::try_from((z ^ (z >> 31)) >> 33).unwrap_or(0)
}

fn pick<T>(list: &[T], index: usize, property: u64) -> &T {
    &list[mix(index, property) % list.len()]
}

/// Given name, family name and the local part of the address, before it is made unique.
fn name(index: usize) -> (String, String, String) {
    if index == 0 {
        return ("Ada".to_owned(), "Admin".to_owned(), "admin".to_owned());
    }
    if index % 97 == 31 {
        let (name, latin) = pick(ONE_WORD, index, 1);
        return ((*name).to_owned(), String::new(), (*latin).to_owned());
    }
    if index % 251 == 47 {
        return (
            LONGEST.0.to_owned(),
            LONGEST.1.to_owned(),
            "maximiliana.wolfeschlegelsteinhausen".to_owned(),
        );
    }
    let region = pick(REGIONS, index, 2);
    let (given, latin_given) = pick(region.given, index, 3);
    let (family, latin_family) = pick(region.family, index, 4);
    let local = format!("{latin_given}.{latin_family}");
    match index % 131 {
        // Invisible characters come from copying names out of other systems.
        19 => (format!("{given}\u{200b}"), format!("\u{feff}{family}"), local),
        73 => (format!("\u{200f}{given}"), (*family).to_owned(), local),
        _ => ((*given).to_owned(), (*family).to_owned(), local),
    }
}

fn person(domain: &str, index: usize, taken: &mut HashMap<String, usize>) -> Value {
    let (given, family, local) = name(index);
    let count = taken
        .entry(local.clone())
        .and_modify(|count| *count += 1)
        .or_insert(1);
    let local = if *count == 1 {
        local
    } else {
        format!("{local}{count}")
    };
    let email = format!("{local}@{domain}");
    let (unit, department) = if index == 0 {
        ("/", "IT")
    } else {
        *pick(UNITS, index, 5)
    };
    let mut user = json!({
        "id": id(index),
        "primaryEmail": email,
        "name": { "givenName": given, "familyName": family },
        "isAdmin": index == 0,
        "orgUnitPath": unit,
        "creationTime": format!("20{:02}-{:02}-{:02}T08:30:00.000Z", 15 + mix(index, 6) % 10, 1 + mix(index, 7) % 12, 1 + mix(index, 8) % 28),
        "suspended": index % 50 == 17,
        "archived": index % 100 == 63,
        "organizations": [{ "title": pick(TITLES, index, 9), "department": department, "primary": true, "customType": "",
            "costCenter": format!("CC{}", 100 + mix(index, 10) % 9) }],
        "externalIds": [{ "value": format!("E{index:06}"), "type": "organization" }],
        "languages": [{ "languageCode": pick(&["en", "de", "fr", "es", "ar", "he", "ja", "pt-BR"], index, 11), "preference": "preferred" }],
    });
    if let Some(phones) = phones(index) {
        user["phones"] = phones;
    }
    if index > 0 {
        user["relations"] = json!([{ "type": "manager", "value": format!("admin@{domain}") }]);
    }
    if index % 3 == 1 {
        user["thumbnailPhotoUrl"] = format!("https://photos.example/{index}/s96").into();
        user["thumbnailPhotoEtag"] = format!("\"photo/{index}\"").into();
    }
    if index % 7 == 2 {
        user["locations"] = json!([{ "type": "desk", "area": "desk", "buildingId": "HQ", "floorName": (index % 12).to_string(), "deskCode": format!("{index}") }]);
        user["customSchemas"] = json!({ "Telephony": { "site": pick(&["HQ", "Zürich", "Remote"], index, 12), "level": index % 5 } });
    }
    if index % 11 == 4 {
        user["aliases"] = json!([format!("{local}.alias@{domain}")]);
        user["addresses"] = json!([{ "type": "work", "formatted": "1 Main Street, Springfield", "locality": "Springfield", "country": "United States" }]);
    }
    user
}

/// Phones as people type them, from ranges reserved for fiction; some people have none.
fn phones(index: usize) -> Option<Value> {
    let (last, area) = (mix(index, 20) % 100, 200 + mix(index, 21) % 700);
    let work = match mix(index, 22) % 6 {
        0 => format!("+1 ({area}) 555-01{last:02}"),
        1 => format!("{area}-555-01{last:02} ext. {}", 1000 + index),
        2 => format!("020 7946 0{last:03}"),
        3 => format!("+44 20 7946 0{last:03}"),
        4 => format!("tel:+1-{area}-555-01{last:02}"),
        _ => format!("+1{area}55501{last:02}"),
    };
    let mobile = format!("+44 7700 900{:03}", mix(index, 23) % 1000);
    match index % 10 {
        0..=4 => Some(
            json!([{ "value": work, "type": "work", "primary": true }, { "value": mobile, "type": "mobile" }]),
        ),
        5 => Some(json!([{ "value": mobile, "type": "mobile", "primary": true }])),
        6 => Some(json!([{ "value": mobile, "type": "work_mobile" }, { "value": work, "type": "home" }])),
        7 => Some(json!([{ "value": work, "type": "custom", "customType": "Reception \u{260e}" }])),
        8 => Some(json!([{ "value": format!("\u{202a}{mobile}\u{202c}"), "type": "mobile" }])),
        _ => None,
    }
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

/// Who is in the groups of the company.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    owner: Option<Value>,
    sales: Vec<Value>,
    engineering: Vec<Value>,
    contractors: Vec<Value>,
}

impl Groups {
    /// Takes in one person; the first one owns the groups.
    pub(crate) fn note(&mut self, user: &Value) {
        let unit = user["orgUnitPath"].as_str().unwrap_or_default();
        let groups = [
            ("/Sales", &mut self.sales),
            ("/Engineering", &mut self.engineering),
            ("/Contractors", &mut self.contractors),
        ];
        for (_, members) in groups.into_iter().filter(|(path, _)| unit.starts_with(path)) {
            members.push(member(user, "MEMBER"));
        }
        self.owner.get_or_insert_with(|| member(user, "OWNER"));
    }

    /// Two groups of people, one that nests them beside an outsider, one with the whole organization, and one with a group
    /// of another organization.
    pub(crate) fn seed(self, domain: &str) -> Vec<Value> {
        let Self {
            owner,
            mut sales,
            mut engineering,
            mut contractors,
        } = self;
        sales.extend(owner.clone());
        engineering.extend(owner);
        let nested = vec![
            json!({ "email": format!("sales@{domain}"), "role": "MEMBER", "type": "GROUP" }),
            json!({ "email": format!("engineering@{domain}"), "role": "MEMBER", "type": "GROUP" }),
            json!({ "email": "partner@home.example", "role": "MEMBER", "type": "USER" }),
        ];
        let everyone = vec![json!({ "id": DEFAULT_CUSTOMER_ID, "role": "MEMBER", "type": "CUSTOMER" })];
        contractors.push(json!({ "id": "03ph8a2z9999999", "email": "agency@home.example", "role": "MANAGER", "type": "GROUP" }));
        let all = [
            ("sales", "Sales", sales),
            ("engineering", "Engineering", engineering),
            ("phones", "People with phones", nested),
            ("all", "Everybody", everyone),
            ("contractors", "Contractors", contractors),
        ];
        all.into_iter()
            .enumerate()
            .map(|(index, (local, name, members))| {
                json!({ "id": format!("03ph8a2z{index:07}"), "email": format!("{local}@{domain}"), "name": name, "members": members })
            })
            .collect()
    }
}

fn member(user: &Value, role: &str) -> Value {
    json!({ "id": user["id"], "email": user["primaryEmail"], "role": role, "type": "USER" })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

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
        let ids: HashSet<_> = (0..1_000_000).map(id).collect();
        assert_eq!(ids.len(), 1_000_000);
        assert!(ids.iter().all(|id| id.len() == 21 && !id.starts_with('0')));
        let last = person(DEFAULT_DOMAIN, 999_999, &mut HashMap::new());
        let seed = Seed {
            users: vec![last],
            ..Seed::default()
        };
        crate::directory::Directory::new(seed, jiff::Timestamp::UNIX_EPOCH).unwrap();
    }

    #[test]
    fn people_who_come_one_by_one_make_the_same_company() {
        let whole = directory(200);
        let mut groups = Groups::default();
        let users: Vec<_> = people(DEFAULT_DOMAIN, 200)
            .inspect(|user| groups.note(user))
            .collect();
        assert_eq!(
            (&users, &groups.seed(DEFAULT_DOMAIN)),
            (&whole.users, &whole.groups)
        );
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
