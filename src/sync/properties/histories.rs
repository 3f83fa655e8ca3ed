//! One operator, any history.

use std::collections::{BTreeMap, HashMap};

use kube::ResourceExt;
use proptest::prelude::*;

use super::cases;
use super::directory::{PEOPLE, id};
use super::ledger::Ledger;
use super::operator::{Approval, End, Report, person_of};
use super::settings::Settings;
use super::world::{Event, World, history, is_kept};
use crate::api::PbxExtension;
use crate::api::extension::DisabledReason;
use crate::api::integration::{OnDeleted, RemovalLimit, WhileInactive};
use crate::sync::desired::Standing;
use crate::sync::number::Number;
use crate::sync::person::PersonId;
use crate::sync::plan::{Change, Planned};

type Objects = BTreeMap<Number, PbxExtension>;

/// Plays a history; `check` sees the objects before each event, the event, what a sync reports, and the world after it.
fn play(
    (settings, hired, events): (Settings, usize, Vec<Event>),
    mut check: impl FnMut(&Objects, &Event, Option<&Report>, &World),
) -> World {
    let mut world = World::new(settings, hired);
    for event in events {
        let before = world.server.objects().clone();
        let report = world.play(&event);
        check(&before, &event, report.as_ref(), &world);
    }
    world
}

fn people() -> impl Iterator<Item = PersonId> {
    (0..PEOPLE).map(id)
}

fn numbers_in(objects: &Objects, person: &PersonId) -> usize {
    objects
        .values()
        .filter(|object| person_of(object).as_ref() == Some(person))
        .count()
}

/// Of several numbers of a person, the one that stays.
fn oldest(objects: &Objects, person: &PersonId) -> Number {
    let own = objects
        .iter()
        .filter(|(_, object)| person_of(object).as_ref() == Some(person));
    let oldest =
        own.min_by_key(|(number, object)| (object.creation_timestamp().map(|time| time.0), **number));
    *oldest.unwrap().0
}

/// Extensions that are gone or out of service since.
fn lost(before: &Objects, after: &Objects) -> Vec<Number> {
    before
        .iter()
        .filter(|(number, object)| {
            after
                .get(number)
                .is_none_or(|now| object.spec.enabled && !now.spec.enabled)
        })
        .map(|(number, _)| *number)
        .collect()
}

/// Whether the world as it is gives this removal its cause.
fn is_caused(planned: &Planned, before: &Objects, world: &World) -> bool {
    let lifecycle = &world.settings.lifecycle;
    let found = world.directory.find(&planned.person);
    let inactive = |flag: Option<bool>, policy: WhileInactive| {
        let change = match policy {
            WhileInactive::Disable => Change::Disable,
            WhileInactive::Delete => Change::Delete,
            WhileInactive::Ignore => return false,
        };
        flag == Some(true) && change == planned.change
    };
    match (planned.reason, found) {
        ("Suspended", Some(person)) => inactive(person.suspended, lifecycle.on_suspended),
        ("Archived", Some(person)) => inactive(person.archived, lifecycle.on_archived),
        ("Deleted", None) => {
            (planned.change == Change::Delete) == (lifecycle.on_deleted == OnDeleted::Delete)
        }
        ("OutOfScope", Some(person)) => {
            let domain = person.email.split_once('@').unwrap().1;
            let inside = world
                .settings
                .domain
                .as_deref()
                .is_none_or(|wanted| wanted == domain);
            planned.change == Change::Disable && (person.guest == Some(true) || !inside)
        }
        ("Duplicate", _) => planned.change == Change::Delete && numbers_in(before, &planned.person) > 1,
        _ => false,
    }
}

proptest! {
    #![proptest_config(cases(400))]

    /// (a), and (f) for those who lost their extension: a number is kept for its person, and comes back.
    #[test]
    fn a_number_is_never_given_to_somebody_else(history in history()) {
        let mut ledger = Ledger::default();
        play(history, |before, event, report, world| {
            ledger.follow(before, event, report, world);
            if let Some(report) = report {
                assert_eq!(report.conflicts, 0, "an up-to-date index knows which numbers are taken");
                for (number, object) in before {
                    let now = world.server.objects().get(number);
                    let (was, is) = (person_of(object), now.map(person_of));
                    assert!(is.is_none_or(|is| is == was), "{number} changed hands");
                }
            }
        });
    }

    /// (b)
    #[test]
    fn nobody_has_two_extensions_after_a_complete_sync(history in history()) {
        play(history, |_, _, report, world| {
            if report.is_some_and(|report| report.end == End::Complete) {
                for person in people() {
                    assert!(world.kept_for(&person) <= 1, "{person} has several");
                }
            }
        });
    }

    /// (c)
    #[test]
    fn nothing_is_taken_away_without_its_positive_cause(history in history()) {
        play(history, |before, _, report, world| {
            let Some(report) = report else { return };
            let lost = lost(before, world.server.objects());
            if report.end != End::Complete {
                assert_eq!(lost, [], "lost in a sync that ended as {:?}", report.end);
                assert_eq!(report.removed, []);
            }
            for number in lost {
                assert!(report.removed.iter().any(|planned| planned.number == number), "{number} is gone");
            }
            for planned in &report.removed {
                assert!(is_caused(planned, before, world), "no cause: {planned:?}");
                assert!(
                    planned.reason != "Duplicate" || report.removed.iter().any(|other| {
                        other.person == planned.person && other.reason != "Duplicate"
                    }) || !world.numbers_of(&planned.person).is_empty(),
                    "the last one: {planned:?}"
                );
            }
        });
    }

    /// (c), for what is none of our business.
    #[test]
    fn what_is_not_ours_is_never_touched(history in history()) {
        play(history, |before, _, report, world| {
            if report.is_none() {
                return;
            }
            let policy = world.settings.policy();
            for (number, object) in before.iter().filter(|(_, object)| !is_kept(object)) {
                let person = person_of(object).and_then(|person| world.directory.find(&person));
                let standing = person.map(|person| policy.standing(person));
                let now = world.server.objects().get(number);
                match standing {
                    // An extension without a keeper is bound to its person, and stays.
                    Some(Standing::Enabled | Standing::Disabled(_) | Standing::Unknown) => {
                        assert!(now.is_some(), "{number} is gone");
                    }
                    _ => assert_eq!(now, Some(object), "{number} was touched"),
                }
            }
        });
    }

    /// (d)
    #[test]
    fn a_second_sync_does_nothing(history in history()) {
        let mut world = play(history, |_, _, _, _| {});
        let first = world.settle();
        assert_eq!(first.end, End::Complete);
        let writes = world.server.events.len();
        let before = world.server.objects().clone();
        let second = world.settle_in(&(0..PEOPLE).rev().collect::<Vec<_>>());
        assert_eq!(second.end, End::Complete);
        assert_eq!(second.removals, []);
        assert_eq!(second.conflicts, 0);
        // Numbers that became free without a quarantine go to those who got none.
        if first.unnumbered.is_empty() {
            assert_eq!(second.written, []);
            assert_eq!(world.server.events.len(), writes);
        } else {
            assert!(second.created().count() == second.written.len());
            assert!(second.written.iter().all(|planned| first.unnumbered.contains(&planned.user)));
        }
        // People who are known to be gone cost no question.
        if world.settings.lifecycle.on_deleted == OnDeleted::Disable {
            for object in before.values() {
                let settled = match object.spec.disabled_reason {
                    Some(DisabledReason::Deleted) => true,
                    Some(DisabledReason::OutOfScope) => world.settings.domain.is_some(),
                    _ => false,
                };
                let person = person_of(object);
                assert!(!settled || person.is_none_or(|person| !second.asked.contains(&person)));
            }
        }
    }

    /// (f)
    #[test]
    fn nobody_who_has_an_extension_gets_another_number(history in history()) {
        play(history, |before, _, report, world| {
            let Some(report) = report else { return };
            for planned in report.created() {
                assert_eq!(numbers_in(before, &planned.person), 0, "{planned:?}");
            }
            for person in people().filter(|person| numbers_in(before, person) > 0) {
                let number = oldest(before, &person);
                let deleted = |planned: &Planned| planned.number == number && planned.reason != "Duplicate";
                assert!(
                    world.numbers_of(&person).contains(&number) || report.removed.iter().any(deleted),
                    "{person} lost {number}"
                );
            }
        });
    }

    /// (g)
    #[test]
    fn above_the_limit_nothing_is_removed_without_its_exact_approval(history in history()) {
        let mut plans: HashMap<String, Vec<Planned>> = HashMap::new();
        play(history, |before, event, report, world| {
            let (Some(report), Event::Sync(_, approval, limit)) = (report, event) else { return };
            if !matches!(report.end, End::Complete | End::Held) {
                return;
            }
            let allowed = report.removals.len() <= allowed(report, *limit, world);
            let lost = lost(before, world.server.objects());
            if allowed || *approval == Approval::Exact {
                assert_eq!(report.end, End::Complete);
                assert_eq!(&report.removed, &report.removals);
            } else {
                assert_eq!(report.end, End::Held);
                assert_eq!(&report.removed, &[]);
                assert_eq!(lost, [], "removed without approval");
            }
            let approved = |number: &Number| report.removals.iter().any(|planned| planned.number == *number);
            assert!(lost.iter().all(approved));
            let same = plans.entry(report.hash.clone()).or_insert_with(|| report.removals.clone());
            assert_eq!(brief(same), brief(&report.removals), "one approval for two plans");
        });
    }
}

/// How many removals the run was allowed, counted again.
fn allowed(report: &Report, limit: RemovalLimit, world: &World) -> usize {
    let kept = world
        .server
        .objects()
        .values()
        .filter(|object| is_kept(object))
        .count();
    let gone = report
        .removed
        .iter()
        .filter(|planned| planned.change == Change::Delete)
        .count();
    let percent = (kept + gone) * usize::try_from(limit.percent).unwrap() / 100;
    percent.max(usize::try_from(limit.minimum).unwrap())
}

fn brief(removals: &[Planned]) -> Vec<(Change, Number, &PersonId, &str, i64)> {
    removals
        .iter()
        .map(|planned| {
            let Planned {
                change,
                number,
                person,
                reason,
                generation,
                ..
            } = planned;
            (*change, *number, person, *reason, *generation)
        })
        .collect()
}
