//! A generated company and one whose people were entered one by one are the same directory, whatever happens to them.

mod changes;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};

use changes::{Change, SIZE, apply, change, keys};

use super::groups::{Group, Kind, Member};
use super::shelf::Order;
use super::*;
use crate::generate;
use crate::query::Query;
use crate::seed::Seed;
use crate::switches::Switches;

fn seeds() -> [Seed; 2] {
    let generated = Seed {
        generate: SIZE,
        ..Seed::default()
    };
    // Somebody and something that no generator made is beside the generated ones.
    [generated, generate::directory(SIZE)].map(|mut seed| {
        let own = json!({ "primaryEmail": "mia.zander@acme.example", "id": "42", "orgUnitPath": "/Sales" });
        seed.users.insert(0, own);
        let members = json!([{ "email": "admin@acme.example" }, { "email": "phones@acme.example" }]);
        seed.groups.insert(
            0,
            json!({ "email": "board@acme.example", "id": "board", "members": members }),
        );
        seed
    })
}

/// The directory of the generator, and the one that was entered by hand.
fn twins() -> [Directory; 2] {
    seeds().map(|seed| Directory::new(seed, Timestamp::UNIX_EPOCH).unwrap())
}

/// Everything that the API can be asked about people, page by page where there are pages.
fn people(directory: &Directory) -> Vec<Value> {
    let mut answers = vec![json!(directory.people(false).len())];
    let lookup = |key: &str| directory.find(key);
    let queries = [
        "",
        "isSuspended=true",
        "isArchived=true",
        "isAdmin=true",
        "name:smith",
        "email:j*",
    ];
    let more = [
        "orgUnitPath=/Sales",
        "familyName=Lee",
        "orgTitle:engineer",
        "manager=admin@acme.example",
    ];
    let queries: Vec<_> = queries.iter().chain(&more).collect();
    let parsed: Vec<_> = queries
        .iter()
        .map(|text| Query::parse(text, true).unwrap())
        .collect();
    for (order, descending, deleted) in [Order::Email, Order::FamilyName, Order::GivenName]
        .into_iter()
        .flat_map(|order| [(order, false), (order, true)])
        .flat_map(|(order, descending)| [(order, descending, false), (order, descending, true)])
    {
        let shelf = directory.people(deleted);
        let mut place = None;
        loop {
            let page: Vec<User> = shelf.after(order, descending, place.as_ref()).take(7).collect();
            let Some(last) = page.last() else { break };
            place = Some(order.place(last));
            answers.extend(page.iter().map(|user| json!([order.place(user), user.etag()])));
        }
    }
    for user in [false, true]
        .iter()
        .flat_map(|deleted| directory.people(*deleted).after(Order::Email, false, None))
    {
        let found: Vec<_> = parsed.iter().map(|query| query.matches(&user, &lookup)).collect();
        let photo = directory.photo(&user, Switches::default());
        answers.push(json!([
            user.resource(),
            user.tombstone(),
            user.addresses(),
            found,
            photo
        ]));
    }
    let key = |key: &String| {
        let user = directory.find(key);
        let subject = directory.subject(key).map_err(|error| format!("{error:?}"));
        json!([
            key,
            user.map(|user| user.resource()),
            subject,
            directory.people(true).get(key).map(|user| user.tombstone())
        ])
    };
    answers.extend(keys().iter().map(key));
    answers
}

/// Members of nested groups, found without haste: who is in several is taken from the first.
fn collected(directory: &Directory, group: &Group) -> Vec<Value> {
    let (mut seen, mut waiting) = (HashSet::from([group.id.clone()]), vec![group]);
    let mut found: Vec<Member> = Vec::new();
    while let Some(group) = waiting.pop() {
        let members = group.members.after(None);
        for member in members.filter(|member| directory.counts(member)) {
            if member.kind == Kind::Group && seen.insert(member.id.clone()) {
                waiting.extend(directory.groups().find(&member.id));
            }
            if found.iter().all(|known| known.id != member.id) {
                found.push(member.into_owned());
            }
        }
    }
    found.sort_by_key(Member::place);
    let shown = found.iter().map(|member| directory.member_resource(member));
    shown.map(Value::Object).collect()
}

/// Everything that the API can be asked about groups.
fn groups(directory: &Directory) -> Vec<Value> {
    let mut answers = Vec::new();
    for group in directory.groups().after(false, None) {
        answers.push(Value::Object(directory.show_group(group)));
        let mut place = None;
        loop {
            let after = place.as_ref();
            let page: Vec<_> = group.members.after(after).take(7).collect();
            let Some(last) = page.last() else { break };
            let derived = directory.derived_members(group, after).take(7);
            answers.extend(derived.map(|member| Value::Object(directory.member_resource(&member))));
            let counted = page.iter().filter(|member| directory.counts(member));
            answers.extend(counted.map(|member| Value::Object(directory.member_resource(member))));
            place = Some(last.place());
        }
        let derived = directory.derived_members(group, None);
        let derived = derived.map(|member| Value::Object(directory.member_resource(&member)));
        assert_eq!(derived.collect::<Vec<_>>(), collected(directory, group));
        answers.push(json!(directory.holds_everybody(group)));
        for key in keys() {
            let member = directory.member_of(group, &key);
            let derived = directory
                .find(&key)
                .map(|user| directory.is_derived(group, &user.id()));
            answers.push(json!([
                key,
                member.map(|member| directory.member_resource(&member)),
                derived
            ]));
        }
    }
    answers
}

fn compare(one: &Directory, other: &Directory) -> Result<(), TestCaseError> {
    for (one, other) in [(people(one), people(other)), (groups(one), groups(other))] {
        prop_assert_eq!(one.len(), other.len());
        for (one, other) in one.iter().zip(&other) {
            prop_assert_eq!(one, other);
        }
    }
    Ok(())
}

/// The twins after changes, which both of them answer in the same words.
fn changed(changes: &[Change]) -> Result<[Directory; 2], TestCaseError> {
    let [mut generated, mut entered] = twins();
    let mut now = Timestamp::UNIX_EPOCH;
    for change in changes {
        if let Change::Pass(days) = change {
            now += SignedDuration::from_hours(24 * days);
        }
        let answers = [&mut generated, &mut entered].map(|directory| apply(directory, change, now));
        prop_assert_eq!(&answers[0], &answers[1], "{:?}", change);
    }
    Ok([generated, entered])
}

/// The same cases each time, so many that they take seconds; `PROPTEST_CASES` asks for more, and for others.
fn cases(cases: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_some() {
        return default;
    }
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(20_261_128),
        ..default
    }
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn a_generated_directory_answers_as_one_that_was_entered(changes in vec(change(), 0..14)) {
        let [generated, entered] = changed(&changes)?;
        compare(&generated, &entered)?;
    }
}

/// The alias of somebody who is gone is an outsider's address, also where the one who is gone was a member.
#[test]
fn a_membership_has_one_address_only() {
    let users = generate::directory(SIZE).users;
    let of_sales = users.iter().find(|user| user["orgUnitPath"] == "/Sales").unwrap();
    let email = of_sales["primaryEmail"].as_str().unwrap();
    let fixed = json!({ "email": format!("{email}.test-google-a.com") });
    let changes = [
        Change::Delete(email.to_owned()),
        Change::AddMember("sales@acme.example".to_owned(), fixed),
    ];
    let [generated, entered] = changed(&changes).unwrap();
    compare(&generated, &entered).unwrap();
}

#[test]
fn untouched_directories_are_the_same() {
    let [generated, entered] = twins();
    compare(&generated, &entered).unwrap();
    let all = 1 + SIZE;
    assert_eq!((generated.live.len(), entered.live.len()), (all, all));
}

#[test]
fn nobody_is_stored_because_somebody_asked() {
    let [generated, entered] = twins();
    for directory in [&generated, &entered] {
        assert!(!people(directory).is_empty() && !groups(directory).is_empty());
    }
    let stored = |directory: &Directory| directory.live.stored().count() + directory.deleted.stored().count();
    assert_eq!((stored(&generated), stored(&entered)), (1, 1 + SIZE));
    let members = |directory: &Directory| -> usize {
        let groups = directory.groups().after(false, None);
        groups.map(|group| group.members.stored().count()).sum()
    };
    assert_eq!(
        members(&generated),
        9,
        "the owner, groups, outsiders and everybody"
    );
    assert!(members(&entered) > SIZE / 2);
}

#[test]
fn only_who_is_touched_is_stored() {
    let mut changes = Vec::new();
    for user in &generate::directory(SIZE).users[10..20] {
        let key = user["id"].as_str().unwrap().to_owned();
        let email = format!("renamed.{key}@acme.example");
        changes.extend([
            Change::Patch(key.clone(), json!({ "primaryEmail": email })),
            Change::Delete(key.clone()),
            Change::Patch(key.clone(), json!({ "deletionTime": null })),
            Change::PutPhoto(key),
        ]);
    }
    let [generated, entered] = changed(&changes).unwrap();
    compare(&generated, &entered).unwrap();
    assert_eq!(generated.live.stored().count(), 1 + 10);
    assert_eq!(generated.live.len(), 1 + SIZE);
}

/// Whoever stands in the way of a generated person is named, as if people entered one after the other.
#[test]
fn the_first_generated_person_without_room_is_refused() {
    let users = generate::directory(SIZE).users;
    let text = |index: usize, field: &str| users[index][field].as_str().unwrap().to_owned();
    let taken = [
        json!({ "primaryEmail": text(60, "primaryEmail").to_uppercase() }),
        json!({ "primaryEmail": "own@acme.example", "id": text(31, "id") }),
        json!({ "primaryEmail": "x@acme.example", "aliases": [format!("{}.test-google-a.com", text(47, "primaryEmail"))] }),
    ];
    for (user, index) in taken.iter().zip([60, 31, 47]) {
        let refused = [0, 1].map(|which| {
            let seed = Seed {
                users: vec![user.clone()],
                generate: if which == 0 { SIZE } else { 0 },
                ..Seed::default()
            };
            if which == 0 {
                return Directory::new(seed, Timestamp::UNIX_EPOCH)
                    .unwrap_err()
                    .to_string();
            }
            let mut directory = Directory::new(seed, Timestamp::UNIX_EPOCH).unwrap();
            let mut each = users.iter().enumerate().filter_map(|(index, user)| {
                let error = directory.create(user.clone(), Timestamp::UNIX_EPOCH).err()?;
                Some(error.at(&format!("generated[{index}]")).to_string())
            });
            each.next().unwrap()
        });
        assert_eq!(refused[0], refused[1]);
        assert!(
            refused[0].starts_with(&format!("generated[{index}]: ")),
            "{}",
            refused[0]
        );
    }
}
