//! What can happen to a directory.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::super::photos::Photo;
use super::super::*;
use crate::generate;

/// Enough for somebody of each kind, and for names that many share.
pub(super) const SIZE: usize = 130;

const UNITS: [&str; 5] = ["/", "/Sales", "/Sales/EMEA", "/Engineering", "/Contractors"];
const GROUPS: [&str; 5] = ["sales", "engineering", "phones", "all", "contractors"];

/// Something that happens.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Create(Value),
    Patch(String, Value),
    Delete(String),
    PutPhoto(String),
    DeletePhoto(String),
    PatchUnit(String, Value),
    DeleteUnit(String),
    PatchGroup(String, Value),
    DeleteGroup(String),
    AddMember(String, Value),
    RemoveMember(String, String),
    /// So many days pass.
    Pass(i64),
}

/// Every way to name somebody: id, address, alias, in another case.
pub(super) fn keys() -> Vec<String> {
    let mut keys = vec!["42".to_owned(), "nobody@acme.example".to_owned()];
    for user in generate::directory(SIZE).users {
        let email = user["primaryEmail"].as_str().unwrap();
        keys.push(user["id"].as_str().unwrap().to_owned());
        keys.push(email.to_uppercase());
        keys.push(email.to_owned());
        keys.push(format!("{email}.test-google-a.com"));
        keys.push(email.replace('@', ".alias@"));
    }
    keys
}

/// Lets it happen, and gives the answer.
pub(super) fn apply(
    directory: &mut Directory,
    change: &Change,
    now: Timestamp,
) -> Result<Value, ChangeError> {
    let shown = |user: User| Value::Object(user.resource());
    let picture = || Photo::new("image/png", vec![1, 2, 3]);
    match change {
        Change::Create(user) => directory.create(user.clone(), now).map(shown),
        Change::Patch(key, patch) => directory.patch(key, patch, now).map(shown),
        Change::Delete(key) => directory.delete(key, now).map(Value::from),
        Change::PutPhoto(key) => directory.put_photo(key, picture()?, now).map(shown),
        Change::DeletePhoto(key) => directory.delete_photo(key, now).map(shown),
        Change::PatchUnit(key, patch) => directory.patch_org_unit(key, patch),
        Change::DeleteUnit(key) => directory.delete_org_unit(key).map(Value::from),
        Change::PatchGroup(key, patch) => directory.patch_group(key, patch),
        Change::DeleteGroup(key) => directory.delete_group(key).map(Value::from),
        Change::AddMember(group, member) => directory.add_member(group, member.clone()),
        Change::RemoveMember(group, member) => directory.remove_member(group, member).map(Value::from),
        Change::Pass(_) => {
            directory.forget_expired(now);
            Ok(Value::Null)
        }
    }
}

/// Anything that can happen.
pub(super) fn change() -> impl Strategy<Value = Change> {
    // A few people meet most changes, so that changes meet each other.
    let all = keys();
    let few: Vec<String> = all[2..42].to_vec();
    let key = prop_oneof![2 => select(few), 1 => select(all)].boxed();
    let unit = || select(&UNITS[..]);
    let group = || select(&GROUPS[..]).prop_map(|local| format!("{local}@acme.example"));
    let name = || select(&["noah.lee", "aaa", "zzz", "admin", "björk", "0"][..]);
    let patch = prop_oneof![
        any::<bool>().prop_map(|flag| json!({ "suspended": flag })),
        any::<bool>().prop_map(|flag| json!({ "archived": flag })),
        name().prop_map(|name| json!({ "primaryEmail": format!("{name}@acme.example") })),
        key.clone().prop_map(|key| json!({ "primaryEmail": key })),
        key.clone().prop_map(|key| json!({ "aliases": [key] })),
        name().prop_map(|name| json!({ "name": { "familyName": name } })),
        unit().prop_map(|unit| json!({ "orgUnitPath": unit })),
        Just(json!({ "deletionTime": null })),
        Just(json!({ "isAdmin": true })),
        Just(json!({ "id": "7" })),
    ];
    let new = (key.clone(), any::<bool>()).prop_map(|(key, with_id)| {
        let mut user = json!({ "primaryEmail": format!("new{key}") });
        match (key.contains('@'), with_id) {
            (false, _) => user = json!({ "id": key, "primaryEmail": "new@acme.example" }),
            (true, true) => user["primaryEmail"] = key.into(),
            (true, false) => {}
        }
        user
    });
    prop_oneof![
        2 => new.prop_map(Change::Create),
        6 => (key.clone(), patch).prop_map(|(key, patch)| Change::Patch(key, patch)),
        4 => key.clone().prop_map(Change::Delete),
        1 => key.clone().prop_map(Change::PutPhoto),
        1 => key.clone().prop_map(Change::DeletePhoto),
        1 => (unit(), name()).prop_map(|(unit, name)| Change::PatchUnit(unit.to_owned(), json!({ "name": name }))),
        1 => unit().prop_map(|unit| Change::DeleteUnit(unit.to_owned())),
        1 => (group(), name()).prop_map(|(group, name)| Change::PatchGroup(group, json!({ "email": format!("{name}@acme.example") }))),
        1 => group().prop_map(Change::DeleteGroup),
        3 => (group(), key.clone()).prop_map(|(group, key)| Change::AddMember(group, if key.contains('@') {
            json!({ "email": key })
        } else {
            json!({ "id": key })
        })),
        3 => (group(), key).prop_map(|(group, key)| Change::RemoveMember(group, key)),
        1 => (1i64..21).prop_map(Change::Pass),
    ]
}
