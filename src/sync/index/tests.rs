use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;

fn digest(number: &str, person: &str, created: i64, version: u64) -> Digest {
    Digest {
        number: Number::parse(number).unwrap(),
        integration: Some("acme".into()),
        person: Some(PersonId::new(person)),
        customer: None,
        enabled: true,
        reason: None,
        remove_after: None,
        addresses: None,
        view: 0,
        photo: 0,
        generation: 1,
        version,
        created,
        terminating: false,
    }
}

fn number(text: &str) -> Number {
    Number::parse(text).unwrap()
}

#[test]
fn an_older_version_never_replaces_a_newer_one() {
    let mut index = TenantIndex::default();
    index.upsert(digest("1001", "1", 0, 5));
    index.upsert(Digest {
        enabled: false,
        ..digest("1001", "1", 0, 4)
    });
    assert!(index.get(number("1001")).unwrap().enabled);
}

#[test]
fn of_two_extensions_the_older_stays_and_the_other_is_a_duplicate() {
    let mut index = TenantIndex::default();
    index.upsert(digest("1001", "1", 20, 1));
    index.upsert(digest("1002", "1", 10, 2));
    index.upsert(digest("1003", "1", 10, 3));
    assert_eq!(
        index.of_person(&PersonId::new("1")).unwrap().number,
        number("1002")
    );
    let duplicates: Vec<_> = index.duplicates("acme").iter().map(|d| d.number).collect();
    assert_eq!(duplicates, [number("1001"), number("1003")]);
    index.remove(number("1002"));
    assert_eq!(
        index.of_person(&PersonId::new("1")).unwrap().number,
        number("1003")
    );
    index.remove(number("1003"));
    assert_eq!(
        index.of_person(&PersonId::new("1")).unwrap().number,
        number("1001")
    );
    assert!(index.duplicates("acme").is_empty());
    index.remove(number("1001"));
    assert!(index.of_person(&PersonId::new("1")).is_none());
    assert!(index.is_empty());
}

#[test]
fn who_does_not_turn_up_has_no_claim() {
    let mut index = TenantIndex::default();
    for (text, person) in [("1001", "1"), ("1002", "2")] {
        index.upsert(digest(text, person, 0, 1));
        index.remove_by_hand(number(text));
    }
    index.keep_former(|person| person.as_str() == "2");
    assert_eq!(index.former_number(&PersonId::new("1")), None);
    assert!(!index.is_former_number_of_another(number("1001"), &PersonId::new("3")));
    assert_eq!(index.former_number(&PersonId::new("2")), Some(number("1002")));
}

#[test]
fn a_number_deleted_by_hand_waits_for_its_person() {
    let mut index = TenantIndex::default();
    let (ana, bo) = (PersonId::new("1"), PersonId::new("2"));
    index.upsert(digest("1001", "1", 0, 1));
    index.remove_by_hand(number("1001"));
    assert_eq!(index.former_number(&ana), Some(number("1001")));
    assert!(index.is_former_number_of_another(number("1001"), &bo));
    index.upsert(digest("1001", "1", 0, 2));
    assert_eq!(index.former_number(&ana), None);
    assert!(!index.is_former_number_of_another(number("1001"), &bo));
}

#[test]
fn a_number_deleted_by_hand_twice_waits_for_the_second_person_too() {
    let mut index = TenantIndex::default();
    for (person, version) in [("1", 1), ("2", 2)] {
        index.upsert(digest("1001", person, 0, version));
        index.remove_by_hand(number("1001"));
    }
    index.upsert(digest("1002", "1", 0, 3));
    assert_eq!(index.former_number(&PersonId::new("2")), Some(number("1001")));
    assert!(index.is_former_number_of_another(number("1001"), &PersonId::new("3")));
}

#[test]
fn a_photo_shows_in_its_mark_and_not_in_the_view() {
    let mut names = Names::default();
    let mut of = |photo: serde_json::Value| {
        let object = serde_json::json!({
            "apiVersion": "dialplane.io/v1alpha1", "kind": "PbxExtension", "metadata": {"name": "acme-1001"},
            "spec": {"tenant": "acme", "number": "1001", "user": {"firstName": "Ana", "photo": photo}},
        });
        Digest::of(&serde_json::from_value(object).unwrap(), &mut names).unwrap()
    };
    let photo = |name: &str, key: &str, mime: &str, etag: &str| serde_json::json!({"configMapRef": {"name": name, "key": key}, "mimeType": mime, "etag": etag});
    let none = of(serde_json::Value::Null);
    assert_eq!((none.photo, none.kept()), (0, none.view));
    let all = [
        of(photo("a", "b", "c", "d")),
        of(photo("x", "b", "c", "d")),
        of(photo("a", "x", "c", "d")),
        of(photo("a", "b", "x", "d")),
        of(photo("a", "b", "c", "x")),
    ];
    let marks: BTreeSet<_> = all.iter().map(|digest| digest.photo).collect();
    let kept: BTreeSet<_> = all.iter().map(Digest::kept).collect();
    assert_eq!((marks.len(), kept.len(), marks.contains(&0)), (5, 5, false));
    assert!(all.iter().all(|digest| digest.view == none.view));
    // What 300,000 of them take counts.
    assert_eq!(size_of::<Digest>(), 120);
}

fn closed(number: &str, person: Option<&str>, version: u64) -> Opaque {
    Opaque {
        number: Number::parse(number).unwrap(),
        integration: Some("acme".into()),
        person: person.map(PersonId::new),
        addresses: vec![format!("{number}@acme.example")],
        why: "newer".to_owned(),
        version,
    }
}

#[test]
fn of_two_that_cannot_be_read_one_is_left_when_the_other_goes() {
    let mut index = TenantIndex::default();
    let ana = PersonId::new("1");
    for text in ["1001", "1002"] {
        index.close(closed(text, Some("1"), 1));
    }
    index.remove(number("1001"));
    assert_eq!(index.opaque_of(&ana).unwrap().number, number("1002"));
    assert!(
        index
            .opaque_with(["1001@acme.example".to_owned()].iter())
            .is_none()
    );
    assert!(
        index
            .opaque_with(["1002@acme.example".to_owned()].iter())
            .is_some()
    );
    index.remove(number("1002"));
    assert_eq!(index.opaque_of(&ana), None);
    assert!(!index.is_taken(number("1002")));
}

#[derive(Clone, Debug)]
enum Event {
    Readable {
        number: u64,
        integration: Option<u8>,
        person: u8,
        customer: Option<u8>,
        enabled: bool,
    },
    Closed {
        number: u64,
        person: u8,
    },
    Removed(u64),
    RemovedByHand(u64),
}

fn event() -> impl Strategy<Value = Event> {
    let number = 1001_u64..1006;
    prop_oneof![
        3 => (number.clone(), option::of(0..2_u8), 0..4_u8, option::of(0..2_u8), any::<bool>()).prop_map(
            |(number, integration, person, customer, enabled)| Event::Readable { number, integration, person, customer, enabled }
        ),
        1 => (number.clone(), 0..4_u8).prop_map(|(number, person)| Event::Closed { number, person }),
        1 => number.clone().prop_map(Event::Removed),
        1 => number.prop_map(Event::RemovedByHand),
    ]
}

proptest! {
    /// Nobody looks at all extensions to know how many there are, and the numbers are the same as if somebody did.
    #[test]
    fn counts_are_what_a_look_at_everything_says(events in vec(event(), 0..40)) {
        let mut index = TenantIndex::default();
        for (version, event) in events.into_iter().enumerate() {
            let version = u64::try_from(version).unwrap();
            match event {
                Event::Readable { number, integration, person, customer, enabled } => index.upsert(Digest {
                    integration: integration.map(|name| name.to_string().into()),
                    customer: customer.map(|name| name.to_string().into()),
                    enabled,
                    ..digest(&number.to_string(), &person.to_string(), 0, version)
                }),
                Event::Closed { number, person } => index.close(Opaque {
                    integration: Some("0".into()),
                    ..closed(&number.to_string(), Some(&person.to_string()), version)
                }),
                Event::Removed(text) => index.remove(number(&text.to_string())),
                Event::RemovedByHand(text) => drop(index.remove_by_hand(number(&text.to_string()))),
            }
            for integration in ["0", "1"] {
                let all: Vec<_> = index.kept_by(integration).collect();
                let enabled = all.iter().filter(|digest| digest.enabled).count();
                let kept = Kept {
                    enabled,
                    disabled: all.len() - enabled,
                    undecodable: index.opaque_kept_by(integration).len(),
                };
                prop_assert_eq!(index.kept(integration), kept);
                let customer = index.customer_of(integration);
                let has = |digest: &&Digest| digest.customer == customer;
                prop_assert!(customer.is_some() || all.iter().all(|digest| digest.customer.is_none()));
                prop_assert!(customer.is_none() || all.iter().any(has));
            }
            for person in ["0", "1", "2", "3"].map(PersonId::new) {
                if let Some(opaque) = index.opaque_of(&person) {
                    prop_assert!(index.is_taken(opaque.number));
                    prop_assert!(index.get(opaque.number).is_none() && index.of_person(&person).is_none());
                }
            }
        }
    }
}
