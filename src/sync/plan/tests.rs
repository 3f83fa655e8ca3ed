//! What a plan does about each transition, and about each thing that can be wrong with a read.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;

use super::*;
use crate::api::PbxExtension;
use crate::api::extension::DisabledReason;
use crate::api::extension::DisabledReason::{Archived, Deleted, OutOfScope, Suspended};
use crate::api::integration::{Lifecycle, OnDeleted, Profile, WhileInactive};
use crate::sync::allocate::Allocator;
use crate::sync::index::Names;
use crate::sync::number::Range;
use crate::sync::numbering::Source;
use crate::sync::quarantine::{Entry, Quarantine};
use crate::sync::scope::Scope;

fn id(text: &str) -> PersonId {
    PersonId::new(text)
}

fn person(id: &str, name: &str) -> Person {
    Person {
        first_name: Some(name.to_owned()),
        suspended: Some(false),
        archived: Some(false),
        guest: Some(false),
        ..Person::new(PersonId::new(id), format!("{name}@acme.com"))
    }
}

fn ana() -> Person {
    person("1", "ana")
}

fn ana_with(change: impl FnOnce(&mut Person)) -> Person {
    let mut ana = ana();
    change(&mut ana);
    ana
}

fn policy() -> Policy {
    Policy {
        tenant: "acme".into(),
        integration: "acme".into(),
        scope: Scope::default(),
        lifecycle: Lifecycle::default(),
        profile: Profile::default(),
    }
}

fn policy_with(change: impl FnOnce(&mut Policy)) -> Policy {
    let mut policy = policy();
    change(&mut policy);
    policy
}

/// The extension that a person has, as the API server would give it.
fn extension(number: &str, person: &Person, enabled: bool, reason: Option<DisabledReason>) -> PbxExtension {
    let mut object = policy()
        .view(person, Standing::Enabled, None, None)
        .into_object("acme", number);
    object.spec.enabled = enabled;
    object.spec.disabled_reason = reason;
    object.metadata.generation = Some(3);
    object.metadata.resource_version = Some("7".into());
    object.metadata.creation_timestamp = Some(Time(Timestamp::UNIX_EPOCH));
    object
}

fn released(mut object: PbxExtension) -> PbxExtension {
    object.labels_mut().clear();
    object
}

fn index(objects: impl IntoIterator<Item = PbxExtension>) -> TenantIndex {
    let mut names = Names::default();
    let mut index = TenantIndex::default();
    for object in objects {
        index.upsert(Digest::of(&object, &mut names).unwrap());
    }
    index
}

fn planner_with(policy: Policy, start: &str, end: &str, quarantine: Quarantine) -> Planner {
    let range = Range::parse(start, Some(end)).unwrap();
    let allocator = Allocator::new(range, quarantine, Timestamp::UNIX_EPOCH);
    let narrow = policy.scope.domain.is_some();
    Planner::new(policy, Numbers::new(Source::Automatic, allocator), narrow)
}

fn planner(policy: Policy) -> Planner {
    planner_with(policy, "1001", "1999", Quarantine::default())
}

fn text(planned: &Planned) -> String {
    let state = match &planned.content {
        Content::View(view) => match (view.spec.enabled, view.spec.disabled_reason) {
            (true, None) => "on".to_owned(),
            (false, reason) => format!("off {}", reason.map_or("by hand", DisabledReason::as_str)),
            (true, Some(_)) => "refused by the API server".to_owned(),
        },
        Content::State { reason, .. } => {
            format!("only off {}", reason.map_or("by hand", DisabledReason::as_str))
        }
        Content::Move { to, .. } => format!("moved to {to}"),
        Content::Release => "released".to_owned(),
        Content::Nothing => "gone".to_owned(),
    };
    format!(
        "{} {} {}: {state}",
        planned.change.as_str(),
        planned.number,
        planned.reason
    )
}

fn texts(planned: &[Planned]) -> Vec<String> {
    planned.iter().map(text).collect()
}

fn step(step: &Step) -> String {
    match step {
        Step::Nothing => String::new(),
        Step::Write(planned) => text(planned),
    }
}

fn refused(planner: &mut Planner) -> Vec<String> {
    let problems = planner.problems().into_iter();
    problems
        .map(|problem| format!("{} for {}", problem.reason, problem.user))
        .collect()
}

/// What Google says about Ana.
#[derive(Debug)]
enum Says {
    Listed(Person),
    Found(Person),
    Deleted,
}
use Says::{Deleted as IsDeleted, Found, Listed};

/// The one change that a whole run makes, `later:` when it waits for the end of the read.
fn run(policy: Policy, there: Option<PbxExtension>, says: &Says) -> String {
    let index = index(there);
    let mut planner = planner(policy);
    if !matches!(says, Listed(_)) {
        let asked = planner.missing(&index);
        assert!(asked.len() <= 1, "{asked:?}");
        if asked.is_empty() {
            return "not asked".to_owned();
        }
    }
    let now = match says {
        Listed(person) => planner.listed(person, &index),
        Found(person) => match planner.found(person, &index) {
            Ok(step) => step,
            Err(ShortRead { number }) => {
                return format!(
                    "short read, {}",
                    number.map_or("none".into(), |number| number.to_string())
                );
            }
        },
        IsDeleted => planner.deleted(&id("1"), &index),
    };
    assert_eq!(planner.missing(&index), [], "dealt with, and asked about again");
    let later = texts(&planner.removals(&index));
    match (step(&now), &later[..]) {
        (now, []) => now,
        (now, [later]) if now.is_empty() => format!("later: {later}"),
        both => panic!("two changes for one person: {both:?}"),
    }
}

fn check(policy: &Policy, rows: Vec<(Option<PbxExtension>, Says, &'static str)>) {
    for (there, says, expected) in rows {
        let before = format!("{:?}", there.as_ref().map(|object| &object.spec));
        assert_eq!(
            run(policy.clone(), there, &says),
            expected,
            "\nthere: {before}\nGoogle says: {says:?}\npolicy: {policy:?}"
        );
    }
}

#[expect(clippy::unnecessary_wraps, reason = "a cell of the tables below")]
fn on() -> Option<PbxExtension> {
    Some(extension("1001", &ana(), true, None))
}

#[expect(clippy::unnecessary_wraps, reason = "a cell of the tables below")]
fn off(reason: impl Into<Option<DisabledReason>>) -> Option<PbxExtension> {
    Some(extension("1001", &ana(), false, reason.into()))
}

fn suspended() -> Says {
    Listed(ana_with(|ana| ana.suspended = Some(true)))
}

fn archived() -> Says {
    Listed(ana_with(|ana| ana.archived = Some(true)))
}

#[test]
fn lifecycle_by_default() {
    let renamed = ana_with(|ana| ana.first_name = Some("Anne".into()));
    let rows = vec![
        (None, Listed(ana()), "Create 1001 New: on"),
        (on(), Listed(ana()), ""),
        (on(), Listed(renamed), "Update 1001 Changed: on"),
        (on(), suspended(), "later: Disable 1001 Suspended: off Suspended"),
        (off(Suspended), suspended(), ""),
        (off(Suspended), Listed(ana()), "Update 1001 Active: on"),
        (on(), archived(), "later: Disable 1001 Archived: off Archived"),
        (off(Archived), archived(), ""),
        (off(Archived), Listed(ana()), "Update 1001 Active: on"),
        (off(Suspended), archived(), "Update 1001 Changed: off Archived"),
        // At a first sync, people who are not active get their number too.
        (None, suspended(), "Create 1001 New: off Suspended"),
        (None, archived(), "Create 1001 New: off Archived"),
        (on(), IsDeleted, "later: Disable 1001 Deleted: only off Deleted"),
        (off(Suspended), IsDeleted, "Update 1001 Deleted: only off Deleted"),
        (off(Deleted), IsDeleted, "not asked"),
        (off(Deleted), Listed(ana()), "Update 1001 Active: on"),
        (off(Deleted), suspended(), "Update 1001 Changed: off Suspended"),
        (None, IsDeleted, "not asked"),
    ];
    check(&policy(), rows);
}

#[test]
fn delete_means_no_extension() {
    let policy = policy_with(|policy| {
        policy.lifecycle.on_suspended = WhileInactive::Delete;
        policy.lifecycle.on_archived = WhileInactive::Delete;
        policy.lifecycle.on_deleted = OnDeleted::Delete;
    });
    let rows = vec![
        (on(), suspended(), "later: Delete 1001 Suspended: gone"),
        (off(Suspended), suspended(), "later: Delete 1001 Suspended: gone"),
        (off(None), suspended(), "later: Delete 1001 Suspended: gone"),
        (None, suspended(), ""),
        (on(), archived(), "later: Delete 1001 Archived: gone"),
        (None, archived(), ""),
        (on(), IsDeleted, "later: Delete 1001 Deleted: gone"),
        // Nothing is settled: an extension that was disabled under another policy goes.
        (off(Deleted), IsDeleted, "later: Delete 1001 Deleted: gone"),
        (on().map(released), suspended(), ""),
        (on().map(released), IsDeleted, "not asked"),
    ];
    check(&policy, rows);
}

#[test]
fn ignore_means_active() {
    let policy = policy_with(|policy| {
        policy.lifecycle.on_suspended = WhileInactive::Ignore;
        policy.lifecycle.on_archived = WhileInactive::Ignore;
    });
    let rows = vec![
        (None, suspended(), "Create 1001 New: on"),
        (on(), suspended(), ""),
        (on(), archived(), ""),
        (off(Suspended), suspended(), "Update 1001 Active: on"),
    ];
    check(&policy, rows);
}

#[test]
fn out_of_scope_means_disabled_for_whoever_has_an_extension() {
    let guest = ana_with(|ana| ana.guest = Some(true));
    let rows = vec![
        (None, Listed(guest.clone()), ""),
        (
            on(),
            Listed(guest.clone()),
            "later: Disable 1001 OutOfScope: off OutOfScope",
        ),
        (off(OutOfScope), Listed(guest.clone()), ""),
        (off(OutOfScope), Listed(ana()), "Update 1001 Active: on"),
        (on().map(released), Listed(guest), ""),
    ];
    check(&policy(), rows);

    let policy = policy_with(|policy| policy.scope.domain = Some("acme.com".into()));
    let moved = || ana_with(|ana| ana.email = "ana@other.com".into());
    let rows = vec![
        (None, Listed(moved()), ""),
        (
            on(),
            Listed(moved()),
            "later: Disable 1001 OutOfScope: off OutOfScope",
        ),
        (
            on(),
            Found(moved()),
            "later: Disable 1001 OutOfScope: off OutOfScope",
        ),
        (
            off(Suspended),
            Found(moved()),
            "Update 1001 Changed: off OutOfScope",
        ),
        (off(OutOfScope), Found(moved()), "not asked"),
        (off(OutOfScope), Listed(ana()), "Update 1001 Active: on"),
        (None, Listed(ana()), "Create 1001 New: on"),
    ];
    check(&policy, rows);
}

#[test]
fn unknown_is_not_no() {
    let unknown = || {
        Listed(ana_with(|ana| {
            ana.suspended = None;
            ana.archived = None;
            ana.guest = None;
        }))
    };
    let rows = vec![
        (None, unknown(), "Create 1001 New: on"),
        (on(), unknown(), ""),
        (off(Suspended), unknown(), ""),
        (off(Archived), unknown(), ""),
        (off(None), unknown(), ""),
    ];
    check(&policy(), rows);
}

#[test]
fn what_an_administrator_switched_off_stays_off() {
    let renamed = ana_with(|ana| ana.first_name = Some("Anne".into()));
    let rows = vec![
        (off(None), Listed(ana()), ""),
        (off(None), Listed(renamed), "Update 1001 Changed: off by hand"),
        (off(None), suspended(), ""),
        (off(None), archived(), ""),
        (off(None), IsDeleted, "Update 1001 Deleted: only off Deleted"),
        (
            off(None).map(released),
            Listed(ana()),
            "Update 1001 Bound: off by hand",
        ),
    ];
    check(&policy(), rows);
}

#[test]
fn a_released_extension_is_bound_again_under_its_number() {
    let rows = vec![
        (on().map(released), Listed(ana()), "Update 1001 Bound: on"),
        (
            off(Suspended).map(released),
            Listed(ana()),
            "Update 1001 Active: on",
        ),
        (
            off(Suspended).map(released),
            suspended(),
            "Update 1001 Bound: off Suspended",
        ),
        (
            on().map(released),
            suspended(),
            "later: Disable 1001 Suspended: off Suspended",
        ),
    ];
    check(&policy(), rows);
}

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
    let mut quarantine = Quarantine::default();
    let entry = Entry {
        person: id("1"),
        until: Timestamp::from_second(60).unwrap(),
    };
    quarantine.insert(Number::parse("1001").unwrap(), entry);
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
