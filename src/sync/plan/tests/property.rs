//! Numbers that a property of the person holds.

use super::*;
use crate::sync::guard;
use crate::sync::person::Wanted;

const WHOSE: guard::Whose<'_> = guard::Whose {
    tenant: "acme",
    uid: "u-1",
};

const PROPERTY: Source = Source::Property { fallback: false };
const FALLBACK: Source = Source::Property { fallback: true };

fn wants(person: Person, text: &str) -> Person {
    Person {
        number: Wanted::Number(number(text)),
        ..person
    }
}

fn with(number: Wanted) -> Person {
    Person { number, ..ana() }
}

fn property(source: Source) -> Planner {
    planner_of(policy(), source, Quarantine::default())
}

fn created(mut object: PbxExtension, second: i64) -> PbxExtension {
    object.metadata.creation_timestamp = Some(Time(at(second)));
    object
}

/// What a run does, and whom it reports, about people who are all listed.
fn whole(planner: &mut Planner, index: &TenantIndex, people: &[Person]) -> Vec<String> {
    let mut lines: Vec<_> = people
        .iter()
        .map(|person| step(&planner.listed(person, index)))
        .filter(|line| !line.is_empty())
        .collect();
    assert_eq!(planner.missing(index), []);
    let later = texts(&planner.removals(index)).into_iter();
    lines.extend(later.map(|line| format!("later: {line}")));
    lines.extend(refused(planner));
    lines
}

fn bo() -> Person {
    person("2", "bo")
}

#[test]
fn a_newcomer_gets_the_number_of_the_property_or_is_reported() {
    let taken = || extension("2001", &bo(), true, None);
    let invalid = Wanted::Invalid("not 3 to 13 digits");
    let wanted = Wanted::Number(number("2001"));
    let rows: [(Wanted, bool, &[&str], &[&str]); 6] = [
        // Outside the range, which is for automatic numbers.
        (wanted, false, &["Create 2001 New: on"], &["Create 2001 New: on"]),
        (
            Wanted::Missing,
            false,
            &["NumberMissing for ana@acme.com"],
            &["Create 1001 New: on"],
        ),
        (
            Wanted::Unasked,
            false,
            &["NumberMissing for ana@acme.com"],
            &["Create 1001 New: on"],
        ),
        (
            invalid,
            false,
            &["NumberInvalid for ana@acme.com"],
            &["Create 1001 New: on"],
        ),
        (
            wanted,
            true,
            &["NumberConflict for ana@acme.com"],
            &["Create 1001 New: on", "NumberConflict for ana@acme.com"],
        ),
        (
            Wanted::Missing,
            true,
            &["NumberMissing for ana@acme.com"],
            &["Create 1001 New: on"],
        ),
    ];
    for (wanted, is_taken, alone, fallback) in rows {
        let bo = wants(bo(), "2001");
        let people = if is_taken {
            vec![bo, with(wanted)]
        } else {
            vec![with(wanted)]
        };
        let index = index(is_taken.then(taken));
        assert_eq!(
            whole(&mut property(PROPERTY), &index, &people),
            alone,
            "{wanted:?}"
        );
        assert_eq!(
            whole(&mut property(FALLBACK), &index, &people),
            fallback,
            "{wanted:?}"
        );
    }
}

#[test]
fn a_number_in_quarantine_is_nobodys_but_its_persons() {
    let people = [wants(bo(), "2001"), wants(ana(), "2001")];
    let planner = |source, seconds| planner_of(policy(), source, waiting_for(&[("2001", "1", seconds)]));
    let empty = TenantIndex::default();
    let both = ["Create 2001 New: on", "NumberConflict for bo@acme.com"];
    assert_eq!(whole(&mut planner(PROPERTY, 60), &empty, &people), both);
    let over = ["Create 2001 New: on", "NumberConflict for ana@acme.com"];
    assert_eq!(whole(&mut planner(PROPERTY, 0), &empty, &people), over);
    let fallback = [
        "Create 1001 New: on",
        "Create 2001 New: on",
        "NumberConflict for bo@acme.com",
    ];
    assert_eq!(whole(&mut planner(FALLBACK, 60), &empty, &people), fallback);
    // The same for whoever has a number and is to move to this one.
    let index = index([extension("1001", &bo(), true, None)]);
    assert_eq!(
        whole(&mut planner(PROPERTY, 60), &index, &[wants(bo(), "2001")]),
        ["NumberConflict for bo@acme.com"]
    );
}

#[test]
fn a_number_deleted_by_hand_is_nobodys_but_its_persons() {
    let mut index = index([extension("2001", &ana(), true, None)]);
    index.remove_by_hand(number("2001"));
    let people = [wants(bo(), "2001"), wants(ana(), "2001")];
    assert_eq!(
        whole(&mut property(PROPERTY), &index, &people),
        ["Create 2001 New: on", "NumberConflict for bo@acme.com"]
    );
}

#[test]
fn of_two_people_with_one_value_the_first_gets_it() {
    let people = [wants(bo(), "2001"), wants(ana(), "2001")];
    let empty = TenantIndex::default();
    assert_eq!(
        whole(&mut property(PROPERTY), &empty, &people),
        ["Create 2001 New: on", "NumberConflict for ana@acme.com"]
    );
    let index = index([
        extension("1001", &bo(), true, None),
        extension("1002", &ana(), true, None),
    ]);
    assert_eq!(
        whole(&mut property(PROPERTY), &index, &people),
        [
            "later: Delete 1001 Renumbered: moved to 2001, on",
            "NumberConflict for ana@acme.com"
        ]
    );
}

#[test]
fn whoever_has_an_extension_keeps_it_when_the_property_is_no_help() {
    for source in [PROPERTY, FALLBACK] {
        for (wanted, problem) in [
            (Wanted::Missing, "NumberMissing for ana@acme.com"),
            (Wanted::Invalid("a list"), "NumberInvalid for ana@acme.com"),
        ] {
            let reported: &[&str] = if source == PROPERTY { &[problem] } else { &[] };
            let index = index([extension("1001", &ana(), true, None)]);
            let lines = whole(&mut property(source.clone()), &index, &[with(wanted)]);
            assert_eq!(lines, reported);
        }
        // Somebody else's number: the report is due with a fallback, too.
        let index = index([
            extension("1001", &ana(), true, None),
            extension("2001", &bo(), true, None),
        ]);
        let people = [wants(ana(), "2001"), wants(bo(), "2001")];
        assert_eq!(
            whole(&mut property(source), &index, &people),
            ["NumberConflict for ana@acme.com"]
        );
    }
}

#[test]
fn another_value_means_another_number() {
    let standing = |suspended: bool| Listed(wants(ana_with(|ana| ana.suspended = Some(suspended)), "2001"));
    let delete = policy_with(|policy| policy.lifecycle.on_suspended = WhileInactive::Delete);
    let moves = |policy: Policy, there, says: &Says| {
        run_with(
            &mut planner_of(policy, PROPERTY, Quarantine::default()),
            there,
            says,
        )
    };
    let outside = Listed(wants(ana_with(|ana| ana.guest = Some(true)), "2001"));
    let rows = [
        (
            policy(),
            on(),
            standing(false),
            "later: Delete 1001 Renumbered: moved to 2001, on",
        ),
        (
            policy(),
            on(),
            standing(true),
            "later: Delete 1001 Renumbered: moved to 2001, off Suspended",
        ),
        (
            policy(),
            off(Suspended),
            standing(true),
            "later: Delete 1001 Renumbered: moved to 2001, off Suspended",
        ),
        (
            policy(),
            off(None),
            standing(false),
            "later: Delete 1001 Renumbered: moved to 2001, off by hand",
        ),
        // Whoever is to have none is not moved first.
        (
            delete.clone(),
            on(),
            standing(true),
            "later: Delete 1001 Suspended: gone",
        ),
        (
            policy(),
            on(),
            outside,
            "later: Disable 1001 OutOfScope: off OutOfScope",
        ),
        (
            policy(),
            on(),
            IsDeleted,
            "later: Disable 1001 Deleted: only off Deleted",
        ),
        (policy(), on(), Found(wants(ana(), "2001")), "short read, 1001"),
    ];
    for (policy, there, says, expected) in rows {
        let before = format!("{:?} {says:?}", there.as_ref().map(|object| &object.spec));
        assert_eq!(moves(policy, there, &says), expected, "{before}");
    }
    let index = index([released(extension("1001", &ana(), true, None))]);
    assert_eq!(
        whole(&mut property(PROPERTY), &index, &[wants(ana(), "2001")]),
        ["NumberConflict for ana@acme.com"],
        "what the administrators keep is not ours to delete"
    );
}

#[test]
fn what_gives_something_does_not_wait_for_a_change_of_number() {
    let renamed = wants(ana_with(|ana| ana.first_name = Some("Anne".into())), "2001");
    for (there, at_once) in [
        (on(), "Update 1001 Changed: on"),
        (off(Suspended), "Update 1001 Active: on"),
        (off(None), "Update 1001 Changed: off by hand"),
    ] {
        let mut index = index(there.clone());
        let mut run = property(PROPERTY);
        let Step::Write(planned) = run.listed(&renamed, &index) else {
            panic!("the details wait")
        };
        assert_eq!(text(&planned), at_once);
        let Content::View(view) = planned.content else {
            panic!("no details")
        };
        let mut written = view.into_object("acme", "1001");
        written.metadata.generation = Some(4);
        written.metadata.resource_version = Some("8".into());
        index.upsert(Digest::of(&written, &mut Names::default()).unwrap());
        let removals = run.removals(&index);
        assert_eq!(removals.len(), 1);
        assert_eq!((removals[0].number, removals[0].generation), (number("1001"), 4));
        assert!(matches!(&removals[0].content, Content::Move { to, .. } if *to == number("2001")));
    }
}

#[test]
fn a_change_of_number_does_not_overlook_an_edit_in_between() {
    let mut index = index(on());
    let mut planner = property(PROPERTY);
    assert_eq!(planner.listed(&wants(ana(), "2001"), &index), Step::Nothing);
    let mut edited = off(None).unwrap();
    edited.metadata.generation = Some(4);
    edited.metadata.resource_version = Some("8".into());
    index.upsert(Digest::of(&edited, &mut Names::default()).unwrap());
    assert_eq!(
        planner.removals(&index)[0].generation,
        3,
        "planned for what was there"
    );
}

#[test]
fn a_change_of_number_is_held_like_any_removal_and_approved_for_one_number_only() {
    let index = index([extension("1001", &ana(), true, None)]);
    let removals = |to: &str| {
        let mut planner = property(PROPERTY);
        assert_eq!(planner.listed(&wants(ana(), to), &index), Step::Nothing);
        planner.removals(&index)
    };
    let none = crate::api::integration::RemovalLimit {
        percent: 0,
        minimum: 0,
    };
    let judge = |to, approval: Option<&str>| guard::judge(&removals(to), WHOSE, 1, none, approval);
    let guard::Verdict::Held { hash, limit: 0 } = judge("2001", None) else {
        panic!("not held")
    };
    assert_eq!(judge("2001", Some(&hash)), guard::Verdict::Proceed);
    assert!(matches!(judge("2002", Some(&hash)), guard::Verdict::Held { .. }));
}

#[test]
fn a_change_of_number_that_was_cut_short_is_finished() {
    for (old, new) in [(0, 60), (60, 0), (0, 0)] {
        let both = |enabled, reason| {
            index([
                created(extension("1001", &ana(), enabled, reason), old),
                created(extension("2001", &ana(), enabled, reason), new),
            ])
        };
        let gone = |reason: &str| format!("later: Delete 1001 {reason}: gone");
        let why = if new < old { "Duplicate" } else { "Renumbered" };
        let index = both(true, None);
        assert_eq!(
            whole(&mut property(PROPERTY), &index, &[wants(ana(), "2001")]),
            [gone(why)]
        );
        // Back to the old number in the meantime.
        let back = whole(&mut property(PROPERTY), &index, &[wants(ana(), "1001")]);
        let why_back = if old <= new { "Duplicate" } else { "Renumbered" };
        assert_eq!(back, [format!("later: Delete 2001 {why_back}: gone")]);
        // Suspended in the meantime: the one that stays is disabled.
        let suspended = wants(ana_with(|ana| ana.suspended = Some(true)), "2001");
        assert_eq!(
            whole(&mut property(PROPERTY), &index, &[suspended]),
            [
                gone(why),
                "later: Disable 2001 Suspended: off Suspended".to_owned()
            ]
        );
        // On to a third number: one of the two moves, the other goes.
        let third = whole(&mut property(PROPERTY), &index, &[wants(ana(), "3001")]);
        let (stays, goes) = if new < old {
            ("2001", "1001")
        } else {
            ("1001", "2001")
        };
        let mut expected = vec![
            format!("later: Delete {stays} Renumbered: moved to 3001, on"),
            format!("later: Delete {goes} Duplicate: gone"),
        ];
        expected.sort();
        assert_eq!(third, expected);
        // Deleted in Google in the meantime.
        let mut planner = property(PROPERTY);
        assert_eq!(planner.missing(&index), [id("1")]);
        assert_eq!(planner.deleted(&id("1"), &index), Step::Nothing);
        let deleted = texts(&planner.removals(&index));
        assert_eq!(deleted.len(), 2);
        assert!(
            deleted.contains(&format!("Delete {goes} Duplicate: gone")),
            "{deleted:?}"
        );
        assert!(
            deleted.contains(&format!("Disable {stays} Deleted: only off Deleted")),
            "{deleted:?}"
        );
    }
}

#[test]
fn a_new_number_that_a_stranger_took_meanwhile_leaves_the_old_one() {
    let empty = TenantIndex::default();
    let index = index([extension("1001", &ana(), true, None)]);
    let mut planner = property(PROPERTY);
    assert_eq!(planner.listed(&wants(ana(), "2001"), &index), Step::Nothing);
    let moving = planner.removals(&index).remove(0);
    assert_eq!(planner.renumber(moving, &index), Step::Nothing);
    assert_eq!(refused(&mut planner), ["NumberConflict for ana@acme.com"]);
    for (source, expected) in [(PROPERTY, ""), (FALLBACK, "Create 1001 New: on")] {
        let mut planner = property(source);
        let Step::Write(creation) = planner.listed(&wants(ana(), "2001"), &empty) else {
            panic!("no creation")
        };
        assert_eq!(step(&planner.renumber(*creation, &empty)), expected);
    }
}

#[test]
fn the_new_number_that_another_operator_claimed_meanwhile_stays() {
    let mut index = index([extension("1001", &ana(), true, None)]);
    let mut planner = property(PROPERTY);
    assert_eq!(planner.listed(&wants(ana(), "2001"), &index), Step::Nothing);
    let claimed = created(extension("2001", &ana(), true, None), 60);
    index.upsert(Digest::of(&claimed, &mut Names::default()).unwrap());
    assert_eq!(texts(&planner.removals(&index)), ["Delete 1001 Renumbered: gone"]);
}
