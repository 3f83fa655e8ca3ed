//! Whole runs: several people, and what can be wrong with a read.

use super::*;

#[test]
fn a_person_missing_from_the_list_whom_google_knows_proves_a_short_read() {
    let rows = vec![
        (on(), Found(ana()), "short read, 1001"),
        (off(Suspended), Found(ana()), "short read, 1001"),
        (off(None), Found(ana()), "short read, 1001"),
    ];
    check(&policy(), rows);
}

#[test]
fn an_object_that_is_not_ours_keeps_its_number() {
    let mut foreign = released(extension("1001", &ana(), true, None));
    foreign.spec.google = None;
    foreign.spec.user = None;
    let index = index([foreign]);
    let mut planner = planner(policy());
    assert_eq!(step(&planner.listed(&ana(), &index)), "Create 1002 New: on");
    assert_eq!(planner.missing(&index), []);
    assert_eq!(planner.removals(&index), []);
}

#[test]
fn a_creation_that_met_a_strangers_object_gets_the_next_number() {
    let empty = TenantIndex::default();
    let mut planner = planner_with(policy(), "1001", "1002", Quarantine::default());
    let Step::Write(first) = planner.listed(&ana(), &empty) else {
        panic!("no creation")
    };
    let Step::Write(second) = planner.renumber(*first.clone(), &empty) else {
        panic!("no second number")
    };
    assert_eq!(text(&second), "Create 1002 New: on");
    assert_eq!(second.content, first.content);
    assert_eq!(step(&planner.renumber(*second, &empty)), "");
    assert_eq!(refused(&mut planner), ["NumbersExhausted for ana@acme.com"]);
}

#[test]
fn a_person_on_two_pages_counts_once() {
    let index = index(None);
    let mut planner = planner(policy());
    assert_eq!(step(&planner.listed(&ana(), &index)), "Create 1001 New: on");
    let again = ana_with(|ana| ana.suspended = Some(true));
    assert_eq!(step(&planner.listed(&again, &index)), "");
    let tally = planner.tally();
    assert_eq!((tally.read, tally.in_scope), (1, 1));
}

#[test]
fn the_younger_of_two_extensions_goes_when_its_person_was_seen() {
    let mut younger = extension("1000", &ana(), true, None);
    younger.metadata.creation_timestamp = Some(Time(Timestamp::from_second(60).unwrap()));
    let index = index([extension("1001", &ana(), true, None), younger]);
    assert_eq!(texts(&planner(policy()).removals(&index)), [] as [&str; 0]);
    let mut planner = planner(policy());
    assert_eq!(step(&planner.listed(&ana(), &index)), "");
    assert_eq!(texts(&planner.removals(&index)), ["Delete 1000 Duplicate: gone"]);
}

#[test]
fn the_younger_of_two_extensions_of_somebody_long_deleted_goes_too() {
    let mut younger = extension("1000", &ana(), false, Some(Deleted));
    younger.metadata.creation_timestamp = Some(Time(Timestamp::from_second(60).unwrap()));
    let index = index([extension("1001", &ana(), false, Some(Deleted)), younger]);
    let mut planner = planner(policy());
    assert_eq!(planner.missing(&index), [id("1")]);
    assert_eq!(planner.deleted(&id("1"), &index), Step::Nothing);
    assert_eq!(texts(&planner.removals(&index)), ["Delete 1000 Duplicate: gone"]);
}

#[test]
fn an_extension_that_turns_out_to_be_the_second_one_goes_once() {
    let mut younger = extension("1001", &ana(), true, None);
    younger.metadata.creation_timestamp = Some(Time(Timestamp::from_second(60).unwrap()));
    let mut index = index([younger]);
    let mut planner = planner(policy());
    let suspended = ana_with(|ana| ana.suspended = Some(true));
    assert_eq!(planner.listed(&suspended, &index), Step::Nothing);
    let older = extension("1002", &ana(), true, None);
    index.upsert(Digest::of(&older, &mut Names::default()).unwrap());
    assert_eq!(texts(&planner.removals(&index)), ["Delete 1001 Duplicate: gone"]);
}

#[test]
fn an_entry_that_cannot_be_read_takes_nothing_away() {
    let index = index([extension("1001", &ana(), true, None)]);
    let mut known = planner(policy());
    known.unreadable(Some(id("1")));
    assert_eq!(known.missing(&index), []);
    assert_eq!(known.removals(&index), []);
    let mut unknown = planner(policy());
    unknown.unreadable(None);
    assert_eq!(unknown.missing(&index), [id("1")]);
    assert_eq!(unknown.removals(&index), []);
}

#[test]
fn an_exhausted_range_stops_nobody_else() {
    let there = extension("1001", &person("9", "zoe"), false, Some(Suspended));
    let index = index([there]);
    let mut planner = planner_with(policy(), "1001", "1002", Quarantine::default());
    let steps: Vec<_> = [
        person("1", "ana"),
        person("2", "bo"),
        person("3", "cy"),
        person("9", "zoe"),
    ]
    .iter()
    .map(|person| step(&planner.listed(person, &index)))
    .collect();
    assert_eq!(steps, ["Create 1002 New: on", "", "", "Update 1001 Active: on",]);
    assert_eq!(
        refused(&mut planner),
        [
            "NumbersExhausted for bo@acme.com",
            "NumbersExhausted for cy@acme.com"
        ]
    );
}

#[test]
fn numbers_with_leading_zeros_are_given_as_they_are() {
    let mut planner = planner_with(policy(), "0099", "0100", Quarantine::default());
    let index = index([extension("100", &person("9", "zoe"), true, None)]);
    assert_eq!(step(&planner.listed(&ana(), &index)), "Create 0099 New: on");
    assert_eq!(
        step(&planner.listed(&person("2", "bo"), &index)),
        "Create 0100 New: on"
    );
}

#[test]
fn an_extension_deleted_by_hand_comes_back_to_its_person() {
    let mut index = index([extension("1001", &ana(), true, None)]);
    index.remove_by_hand(Number::parse("1001").unwrap());
    let mut planner = planner(policy());
    assert_eq!(
        step(&planner.listed(&person("2", "bo"), &index)),
        "Create 1002 New: on"
    );
    assert_eq!(step(&planner.listed(&ana(), &index)), "Create 1001 New: on");
}

#[test]
fn a_number_in_quarantine_waits_for_its_person() {
    let quarantine = waiting_for(&[("1001", "1", 60)]);
    let empty = TenantIndex::default();
    let mut planner = planner_with(policy(), "1001", "1999", quarantine);
    assert_eq!(
        step(&planner.listed(&person("2", "bo"), &empty)),
        "Create 1002 New: on"
    );
    assert_eq!(step(&planner.listed(&ana(), &empty)), "Create 1001 New: on");
}

#[test]
fn removals_come_deletions_first_and_by_number() {
    let people = [("1001", "1"), ("1002", "2"), ("1003", "3")];
    let index = index(people.map(|(number, id)| extension(number, &person(id, id), true, None)));
    let mut planner = planner(policy_with(|policy| {
        policy.lifecycle.on_archived = WhileInactive::Delete;
    }));
    for (id, suspended, archived) in [("3", true, true), ("2", true, false), ("1", false, true)] {
        let person = Person {
            suspended: Some(suspended),
            archived: Some(archived),
            ..person(id, id)
        };
        assert_eq!(planner.listed(&person, &index), Step::Nothing);
    }
    assert_eq!(
        texts(&planner.removals(&index)),
        [
            "Delete 1001 Archived: gone",
            "Delete 1003 Archived: gone",
            "Disable 1002 Suspended: off Suspended",
        ]
    );
}

#[test]
fn people_are_tallied() {
    let guest = Person {
        guest: Some(true),
        ..person("3", "gil")
    };
    let index = index([extension("1001", &ana(), true, None)]);
    let mut planner = planner(policy());
    planner.listed(&ana(), &index);
    planner.listed(&person("2", "bo"), &index);
    planner.listed(&guest, &index);
    planner.unreadable(None);
    let expected = Tally {
        read: 4,
        in_scope: 2,
        unchanged: 1,
        skipped: 1,
    };
    assert_eq!(planner.tally(), expected);
}
