use serde_json::{Value, json};

use super::*;
use crate::api::PbxExtension;
use crate::sync::view::View;

const WATCH: usize = 0;

fn key() -> TenantKey {
    TenantKey {
        namespace: "voice".into(),
        tenant: "acme".into(),
    }
}

fn number() -> Number {
    Number::parse("1001").unwrap()
}

fn ana() -> PersonId {
    PersonId::new("7")
}

/// acme-1001, which integration acme keeps for the person 7, in this version and with this title.
fn kept(version: u64, title: &str) -> PbxExtension {
    extension("voice", "1001", version, title)
}

fn extension(namespace: &str, number: &str, version: u64, title: &str) -> PbxExtension {
    let object = json!({
        "apiVersion": "dialplane.io/v1alpha1", "kind": "PbxExtension",
        "metadata": {
            "name": format!("acme-{number}"), "namespace": namespace, "resourceVersion": version.to_string(),
            "labels": {"app.kubernetes.io/managed-by": "dialplane", "dialplane.io/integration": "acme"},
        },
        "spec": {"tenant": "acme", "number": number, "user": {"jobTitle": title}, "google": {"userId": "7"}},
    });
    serde_json::from_value(object).unwrap()
}

fn released(version: u64, title: &str) -> PbxExtension {
    let mut object = kept(version, title);
    object.metadata.labels = None;
    object
}

/// As the API server sends it.
fn sent(object: &PbxExtension) -> Stored {
    serde_json::from_value(serde_json::to_value(object).unwrap()).unwrap()
}

fn digest_of(extensions: &Extensions, object: &PbxExtension) -> Digest {
    let stored = sent(object);
    extensions.digest(&stored, &stored.read().unwrap()).unwrap()
}

fn view(object: &PbxExtension) -> Expected {
    Expected::View(View::of(object).hash())
}

/// What reaches the index, from the answers to our requests and from the watch.
#[derive(Clone, Debug)]
enum Event {
    /// The answer to our own write.
    Answer(PbxExtension),
    /// The answer to our own deletion.
    Deleted,
    /// The watch shows an object.
    Applied(PbxExtension),
    /// The watch shows that an object was deleted.
    Removed(PbxExtension),
}

fn feed(extensions: &Extensions, events: &[Event]) -> Vec<Deviation> {
    let feed = |event: &Event| match event {
        Event::Answer(object) => {
            extensions.wrote(&sent(object));
            None
        }
        Event::Deleted => {
            extensions.with(&key(), |tenant| tenant.deleted(number()));
            None
        }
        Event::Applied(object) => extensions.applied(&sent(object)),
        Event::Removed(object) => extensions.removed(&sent(object)),
    };
    events.iter().filter_map(feed).collect()
}

fn expect(extensions: &Extensions, expected: Expected) {
    extensions.with(&key(), |tenant| tenant.expect(number(), expected));
}

fn deviates(extensions: &Extensions) -> bool {
    extensions.with(&key(), |tenant| tenant.deviates(&ana()))
}

fn deviation() -> Deviation {
    Deviation {
        key: key(),
        integration: "acme".into(),
        person: ana(),
    }
}

/// What is told of ana's extension when a list does not hold it any more.
fn gone(number: &str) -> [Sighting; 2] {
    let number = Number::parse(number).unwrap();
    [Sighting::Deviation(deviation()), Sighting::Gone(key(), number)]
}

/// Every order of the answer among the watch's events, which keep their own order.
fn orders(answer: &Event, watch: &[Event]) -> Vec<Vec<Event>> {
    (0..=watch.len())
        .map(|place| {
            let mut events = watch.to_vec();
            events.insert(place, answer.clone());
            events
        })
        .collect()
}

#[test]
fn our_own_creation_is_no_deviation_and_an_edit_after_it_is_one() {
    let made = kept(1, "Engineer");
    let answer = Event::Answer(made.clone());
    for events in orders(&answer, &[Event::Applied(made.clone())]) {
        let extensions = Extensions::default();
        expect(&extensions, view(&made));
        assert_eq!(feed(&extensions, &events), [], "{events:?}");
        assert!(!deviates(&extensions), "{events:?}");
    }
    let edited = kept(2, "Boss");
    for events in orders(&answer, &[Event::Applied(made.clone()), Event::Applied(edited)]) {
        let extensions = Extensions::default();
        expect(&extensions, view(&made));
        assert_eq!(feed(&extensions, &events), [deviation()], "{events:?}");
        assert!(deviates(&extensions), "{events:?}");
    }
}

#[test]
fn our_own_update_is_no_deviation_also_when_the_watch_lags_behind() {
    let (before, after) = (kept(1, "Engineer"), kept(2, "Boss"));
    let watch = [Event::Applied(before.clone()), Event::Applied(after.clone())];
    for events in orders(&Event::Answer(after.clone()), &watch).into_iter().skip(1) {
        let extensions = Extensions::default();
        feed(&extensions, &[Event::Answer(before.clone())]);
        // Said when the write is sent: the watch has shown nothing newer than what the write began with.
        let (first, rest) = events.split_first().unwrap();
        assert_eq!(feed(&extensions, std::slice::from_ref(first)), []);
        expect(&extensions, view(&after));
        assert_eq!(feed(&extensions, rest), [], "{events:?}");
        assert!(!deviates(&extensions), "{events:?}");
    }
    // The answer may even come before the watch shows the version before.
    let extensions = Extensions::default();
    feed(&extensions, &[Event::Answer(before.clone())]);
    expect(&extensions, view(&after));
    let late = [
        Event::Answer(after.clone()),
        Event::Applied(before),
        Event::Applied(after),
    ];
    assert_eq!(feed(&extensions, &late), []);
    assert!(!deviates(&extensions));
}

#[test]
fn an_extension_that_nobody_has_looked_at_yet_cannot_deviate_by_an_edit() {
    let extensions = Extensions::default();
    let seen = [
        Event::Applied(kept(1, "Engineer")),
        Event::Applied(kept(2, "Boss")),
    ];
    assert_eq!(feed(&extensions, &seen), []);
    assert!(deviates(&extensions), "nobody knows yet whether it is right");
}

#[test]
fn our_own_deletion_is_no_deviation() {
    let object = kept(1, "Engineer");
    // An edit that comes first is gone with the object.
    let watch = [Event::Applied(kept(2, "Boss")), Event::Removed(kept(3, "Boss"))];
    let with_edit = orders(&Event::Deleted, &watch);
    for events in orders(&Event::Deleted, &watch[1..]).into_iter().chain(with_edit) {
        let extensions = Extensions::default();
        feed(
            &extensions,
            &[Event::Answer(object.clone()), Event::Applied(object.clone())],
        );
        expect(&extensions, Expected::Gone);
        assert_eq!(feed(&extensions, &events), [], "{events:?}");
        extensions.with(&key(), |tenant| {
            assert!(!tenant.index.is_taken(number()));
            assert_eq!(tenant.index.former_number(&ana()), None, "{events:?}");
        });
    }
}

#[test]
fn a_deletion_by_hand_is_a_deviation_and_keeps_the_number_for_its_person() {
    let object = kept(1, "Engineer");
    let extensions = Extensions::default();
    feed(
        &extensions,
        &[Event::Answer(object.clone()), Event::Applied(object.clone())],
    );
    assert_eq!(
        feed(&extensions, &[Event::Removed(object.clone())]),
        [deviation()]
    );
    assert!(deviates(&extensions));
    assert_eq!(
        extensions.with(&key(), |tenant| tenant.index.former_number(&ana())),
        Some(number())
    );
    assert_eq!(
        feed(&extensions, &[Event::Removed(object)]),
        [],
        "it is told once"
    );

    // After a restart nothing is expected yet, and the deletion counts all the same.
    let extensions = Extensions::default();
    feed(&extensions, &[Event::Applied(kept(1, "Engineer"))]);
    assert_eq!(
        feed(&extensions, &[Event::Removed(kept(2, "Engineer"))]),
        [deviation()]
    );
}

#[test]
fn an_edit_of_an_extension_that_was_deleted_and_made_again_by_us_counts() {
    let extensions = Extensions::default();
    feed(&extensions, &[Event::Answer(kept(1, "Engineer"))]);
    expect(&extensions, Expected::Gone);
    feed(
        &extensions,
        &[Event::Deleted, Event::Removed(kept(2, "Engineer"))],
    );
    let again = kept(3, "Engineer");
    expect(&extensions, view(&again));
    let events = [
        Event::Answer(again.clone()),
        Event::Applied(again),
        Event::Applied(kept(4, "Boss")),
    ];
    assert_eq!(feed(&extensions, &events), [deviation()]);
}

#[test]
fn a_release_is_no_deviation_when_we_made_it_and_one_when_somebody_else_did() {
    let (before, after) = (kept(1, "Engineer"), released(2, "Engineer"));
    for events in orders(&Event::Answer(after.clone()), &[Event::Applied(after.clone())]) {
        let extensions = Extensions::default();
        feed(
            &extensions,
            &[Event::Answer(before.clone()), Event::Applied(before.clone())],
        );
        expect(&extensions, view(&after));
        assert_eq!(feed(&extensions, &events), [], "{events:?}");
        // From now on it is the administrators' own.
        assert_eq!(feed(&extensions, &[Event::Applied(released(3, "Boss"))]), []);
        assert_eq!(feed(&extensions, &[Event::Removed(released(4, "Boss"))]), []);
    }
    let extensions = Extensions::default();
    feed(&extensions, &[Event::Answer(before)]);
    assert_eq!(feed(&extensions, &[Event::Applied(after)]), [deviation()]);
}

#[test]
fn a_write_that_did_not_happen_leaves_nothing_expected() {
    let extensions = Extensions::default();
    expect(&extensions, view(&kept(1, "Engineer")));
    extensions.with(&key(), |tenant| tenant.unexpect(number()));
    assert_eq!(feed(&extensions, &[Event::Applied(kept(1, "Boss"))]), []);
}

fn numbers(extensions: &Extensions, namespace: &str) -> Vec<String> {
    let key = TenantKey {
        namespace: namespace.into(),
        ..key()
    };
    let mut numbers: Vec<_> = extensions.with(&key, |tenant| {
        tenant
            .index
            .iter()
            .map(|digest| digest.number.to_string())
            .collect()
    });
    numbers.sort();
    numbers
}

#[test]
fn a_list_tells_what_is_gone_and_what_was_edited_meanwhile() {
    let extensions = Extensions::default();
    let all = |_: &str| true;
    extensions.list_begins(WATCH);
    for number in ["1001", "1002", "1003"] {
        assert_eq!(
            extensions.listed(WATCH, &sent(&extension("voice", number, 5, "Engineer"))),
            None
        );
    }
    assert!(!extensions.is_listed(0));
    assert_eq!(extensions.list_ends(WATCH, all), []);
    assert!(extensions.is_listed(0));
    assert!(!extensions.is_listed(1), "the other watch has not listed yet");
    let digest = digest_of(&extensions, &extension("voice", "1003", 5, "Engineer"));
    extensions.with(&key(), |tenant| tenant.wrote(digest));

    // The watch was interrupted: 1001 is unchanged, 1002 is gone, 1003 was edited, and 1004 is made by us while the
    // list, which cannot hold it, is on its way.
    extensions.list_begins(WATCH);
    assert_eq!(
        extensions.listed(WATCH, &sent(&extension("voice", "1001", 5, "Engineer"))),
        None
    );
    let digest = digest_of(&extensions, &extension("voice", "1004", 9, "Engineer"));
    extensions.with(&key(), |tenant| tenant.wrote(digest));
    assert_eq!(
        extensions.listed(WATCH, &sent(&extension("voice", "1003", 8, "Boss"))),
        Some(deviation())
    );
    assert_eq!(extensions.list_ends(WATCH, all), gone("1002"));
    assert_eq!(numbers(&extensions, "voice"), ["1001", "1003", "1004"]);
}

#[test]
fn a_list_says_nothing_about_other_namespaces_and_complains_of_nothing_that_we_deleted() {
    let extensions = Extensions::default();
    for namespace in ["voice", "elsewhere"] {
        extensions.applied(&sent(&extension(namespace, "1001", 5, "Engineer")));
        extensions.applied(&sent(&extension(namespace, "1002", 6, "Engineer")));
    }
    expect(&extensions, Expected::Gone);
    extensions.list_begins(WATCH);
    extensions.listed(WATCH, &sent(&extension("voice", "1002", 6, "Engineer")));
    let gone = extensions.list_ends(WATCH, |namespace| namespace == "voice");
    let number = Sighting::Gone(key(), number());
    assert_eq!(gone, [number], "1001 is gone by our own hand");
    assert_eq!(numbers(&extensions, "voice"), ["1002"]);
    assert_eq!(numbers(&extensions, "elsewhere"), ["1001", "1002"]);
}

#[test]
fn a_list_without_a_beginning_says_nothing() {
    let extensions = Extensions::default();
    extensions.applied(&sent(&kept(1, "Engineer")));
    assert_eq!(extensions.list_ends(WATCH, |_| true), []);
    assert_eq!(numbers(&extensions, "voice"), ["1001"]);
}

#[test]
fn a_list_tells_of_a_number_that_nobody_of_ours_had() {
    let extensions = Extensions::default();
    let mut theirs = kept(1, "Engineer");
    theirs.metadata.labels = None;
    theirs.spec.google = None;
    extensions.applied(&sent(&theirs));
    extensions.list_begins(WATCH);
    assert_eq!(
        extensions.list_ends(WATCH, |_| true),
        [Sighting::Gone(key(), number())]
    );
    assert_eq!(numbers(&extensions, "voice"), [""; 0]);
}

#[test]
fn states_count_only_what_the_integration_keeps() {
    let extensions = Extensions::default();
    let mut disabled = extension("voice", "1002", 1, "Engineer");
    disabled.spec.enabled = false;
    let mut foreign = extension("voice", "1003", 1, "Engineer");
    foreign.metadata.labels = None;
    for object in [extension("voice", "1001", 1, "Engineer"), disabled, foreign] {
        extensions.applied(&sent(&object));
    }
    let kept = |integration: &str| extensions.kept(&key(), integration);
    assert_eq!((kept("acme").enabled, kept("acme").disabled), (1, 1));
    assert_eq!(kept("branch"), Kept::default());
}

#[test]
fn an_object_whose_number_is_none_is_left_out() {
    let extensions = Extensions::default();
    let mut object = serde_json::to_value(kept(1, "Engineer")).unwrap();
    object["metadata"]["name"] = Value::from("acme-12");
    let object: Stored = serde_json::from_value(object).unwrap();
    assert_eq!(extensions.applied(&object), None);
    assert_eq!(extensions.removed(&object), None);
    assert_eq!(numbers(&extensions, "voice"), [""; 0]);
}

/// The same object as a newer version would have written it.
fn newer(version: u64) -> Stored {
    let mut object = serde_json::to_value(kept(version, "Engineer")).unwrap();
    object["spec"]["disabledReason"] = "OnLeave".into();
    serde_json::from_value(object).unwrap()
}

fn opaque(extensions: &Extensions) -> Option<PersonId> {
    extensions.with(&key(), |tenant| {
        let opaque = tenant.index.opaque(number())?;
        assert!(tenant.index.is_taken(number()) && tenant.index.of_person(&ana()).is_none());
        assert!(opaque.why.starts_with("spec.disabledReason: "), "{}", opaque.why);
        opaque.person.clone()
    })
}

#[test]
fn what_cannot_be_read_is_kept_apart_until_it_can_or_is_gone() {
    let extensions = Extensions::default();
    feed(&extensions, &[Event::Answer(kept(1, "Engineer"))]);
    assert_eq!(extensions.applied(&newer(2)), None);
    assert_eq!(opaque(&extensions), Some(ana()));
    assert!(!deviates(&extensions), "there is nothing to make right");
    let counts = extensions.kept(&key(), "acme");
    assert_eq!((counts.readable(), counts.undecodable), (0, 1));
    // Late news of what was readable changes nothing.
    assert_eq!(feed(&extensions, &[Event::Applied(kept(1, "Engineer"))]), []);
    assert_eq!(opaque(&extensions), Some(ana()));
    // Corrected by somebody else: it is looked at again.
    let corrected = Event::Applied(kept(3, "Engineer"));
    assert_eq!(feed(&extensions, std::slice::from_ref(&corrected)), [deviation()]);
    assert_eq!(opaque(&extensions), None);
    assert!(deviates(&extensions));
    assert_eq!(extensions.kept(&key(), "acme").readable(), 1);
    // Gone by hand while it cannot be read: its person gets the number back.
    extensions.applied(&newer(4));
    assert_eq!(extensions.removed(&newer(5)), Some(deviation()));
    extensions.with(&key(), |tenant| {
        assert!(!tenant.index.is_taken(number()));
        assert_eq!(tenant.index.former_number(&ana()), Some(number()));
    });
    assert_eq!(extensions.kept(&key(), "acme"), Kept::default());
}

#[test]
fn a_list_tells_what_cannot_be_read_and_is_gone() {
    let extensions = Extensions::default();
    extensions.list_begins(WATCH);
    assert_eq!(extensions.listed(WATCH, &newer(5)), None);
    assert_eq!(extensions.list_ends(WATCH, |_| true), []);
    assert_eq!(opaque(&extensions), Some(ana()));
    extensions.list_begins(WATCH);
    extensions.listed(WATCH, &newer(5));
    assert_eq!(extensions.list_ends(WATCH, |_| true), []);
    extensions.list_begins(WATCH);
    assert_eq!(extensions.list_ends(WATCH, |_| true), gone("1001"));
    assert_eq!(opaque(&extensions), None);
}

#[test]
fn an_answer_that_cannot_be_read_is_kept_apart_too() {
    let extensions = Extensions::default();
    expect(&extensions, view(&kept(1, "Engineer")));
    assert_eq!(extensions.wrote(&newer(2)), None);
    assert_eq!(opaque(&extensions), Some(ana()));
    assert_eq!(extensions.applied(&newer(2)), None);
}

/// What is known already is not read again: here, it could not be.
#[test]
fn a_version_that_is_known_is_not_decoded_again() {
    let extensions = Extensions::default();
    let made = kept(7, "Engineer");
    expect(&extensions, view(&made));
    feed(&extensions, &[Event::Answer(made)]);
    assert_eq!(extensions.applied(&newer(7)), None);
    assert_eq!(opaque(&extensions), None);
    let other = Extensions::default();
    other.applied(&sent(&kept(7, "Engineer")));
    assert!(other.wrote(&newer(7)).is_some());
    assert!(!deviates(&other), "the answer says what was expected");
}

/// 300,000 extensions are listed anew after every interruption: a list holds one number for each, and the first one nothing.
#[test]
fn a_list_remembers_no_more_than_a_number_of_each_object() {
    let extensions = Extensions::default();
    let list = || {
        extensions.list_begins(WATCH);
        for number in 1001..1201 {
            extensions.listed(
                WATCH,
                &sent(&extension("voice", &number.to_string(), 5, "Engineer")),
            );
        }
        let inner = extensions.lock();
        let held = &inner.lists[&WATCH].held;
        (held.len(), held.values().map(HashSet::len).sum::<usize>())
    };
    assert_eq!(list(), (0, 0), "nothing can be gone yet");
    assert_eq!(extensions.list_ends(WATCH, |_| true), []);
    assert_eq!(list(), (1, 200), "one key for all of the tenant");
    assert_eq!(size_of::<Number>(), 8);
    assert_eq!(extensions.list_ends(WATCH, |_| true), []);
    assert_eq!(numbers(&extensions, "voice").len(), 200);
}
