//! One operator, any history.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt;
use proptest::prelude::*;

use super::cases;
use super::directory::{Directory, PEOPLE, address, id};
use super::episodes::{history, holds};
use super::events::{Approval, Event, Mode};
use super::extensions::{is_kept, person_of};
use super::ledger::Ledger;
use super::reading::Trouble;
use super::report::{End, Report};
use super::settings::{Numbering, Settings};
use super::world::{Memory, Status, World};
use crate::api::PbxExtension;
use crate::api::extension::DisabledReason;
use crate::api::integration::{OnDeleted, OnOutOfScope, RemovalLimit, WhileInactive};
use crate::api::names::LABEL_INTEGRATION;
use crate::sync::desired::Standing;
use crate::sync::number::Number;
use crate::sync::person::{Person, PersonId, Wanted};
use crate::sync::plan::{Change, Content, Planned};

pub type Objects = BTreeMap<Number, PbxExtension>;

/// What there was before an event.
pub struct Before {
    pub objects: Objects,
    pub directory: Directory,
    pub status: Status,
    pub memory: Memory,
}

/// Plays a history; `check` sees what there was before each event, the event, what a run reports, and the world after it.
pub fn play(
    (settings, hired, events): (Settings, usize, Vec<Event>),
    mut check: impl FnMut(&Before, &Event, Option<&Report>, &World),
) -> World {
    let mut world = World::new(settings, hired);
    for event in events {
        let before = Before {
            objects: world.server.objects().clone(),
            directory: world.directory.clone(),
            status: world.status.clone(),
            memory: world.memory.clone(),
        };
        let report = world.play(&event);
        check(&before, &event, report.as_ref(), &world);
    }
    world
}

pub fn people() -> impl Iterator<Item = PersonId> {
    (0..PEOPLE).map(id)
}

pub fn numbers_in(objects: &Objects, person: &PersonId) -> usize {
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

/// Extensions that are gone, out of service or no longer kept since, but not by the hand of an administrator.
fn lost(before: &Objects, report: &Report, after: &Objects) -> Vec<Number> {
    let is_lost = |object: &PbxExtension, now: &PbxExtension| {
        object.spec.enabled && !now.spec.enabled || is_kept(object) && !is_kept(now)
    };
    before
        .iter()
        .filter(|(number, object)| after.get(number).is_none_or(|now| is_lost(object, now)))
        .map(|(number, _)| *number)
        .filter(|number| report.meddled != Some(*number))
        .collect()
}

/// What the declaration wants done, apart from the code under test.
enum Wish {
    Disable,
    Delete,
    Release,
    Nothing,
}

/// Whether the directory gives this removal its cause: as it was when the scope was read, when the run began, or at its end.
fn is_caused(planned: &Planned, before: &Before, world: &World) -> bool {
    let resolved = before.memory.resolved(world.generation);
    let resolved = resolved.map(|resolved| &resolved.directory);
    let directories = || [&before.directory, &world.directory].into_iter().chain(resolved);
    directories().any(|scope| {
        let mut described = directories();
        described.any(|described| is_caused_by((scope, described), planned, &before.objects, world))
    })
}

/// The same, when the scope was read of one directory and people of another one.
fn is_caused_by(
    (scope, described): (&Directory, &Directory),
    planned: &Planned,
    before: &Objects,
    world: &World,
) -> bool {
    let lifecycle = &world.settings.lifecycle;
    let index = people().position(|person| person == planned.person);
    let found = described.find(&planned.person);
    let inside = index.map(|index| world.settings.is_inside(scope, index));
    let may_be_meant = index.is_some_and(|index| world.settings.may_be_meant(scope, index));
    let inactive = |flag: Option<bool>, policy: WhileInactive| match policy {
        _ if inside != Some(Some(true)) || flag != Some(true) => Wish::Nothing,
        WhileInactive::Disable => Wish::Disable,
        WhileInactive::Delete => Wish::Delete,
        WhileInactive::Ignore => Wish::Nothing,
    };
    let wish = match (planned.reason, found) {
        ("Suspended", Some(person)) => inactive(person.suspended, lifecycle.on_suspended),
        ("Archived", Some(person)) => inactive(person.archived, lifecycle.on_archived),
        ("Deleted", None) => match lifecycle.on_deleted {
            OnDeleted::Disable => Wish::Disable,
            OnDeleted::Delete => Wish::Delete,
        },
        ("OutOfScope", Some(_)) if inside == Some(Some(false)) && !may_be_meant => {
            match lifecycle.on_out_of_scope {
                OnOutOfScope::Disable => Wish::Disable,
                OnOutOfScope::Delete => Wish::Delete,
                OnOutOfScope::Release => Wish::Release,
            }
        }
        ("Adopted" | "Assigned", Some(person)) => {
            let disable = |wish| matches!(wish, Wish::Disable);
            return planned.change == Change::Disable
                && (disable(inactive(person.suspended, lifecycle.on_suspended))
                    || disable(inactive(person.archived, lifecycle.on_archived)));
        }
        ("Renumbered", Some(person)) => return is_renumbered(planned, person.number, before, world),
        ("Duplicate", _) => {
            return planned.change == Change::Delete && numbers_in(before, &planned.person) > 1;
        }
        _ => Wish::Nothing,
    };
    let dated = before.get(&planned.number).and_then(end_of);
    match (wish, planned.change) {
        (Wish::Disable, Change::Disable) | (Wish::Release, Change::Release) => true,
        (Wish::Delete, Change::Disable) => world.settings.grace_hours > 0,
        // The wait is over: it had begun, and its date has come.
        (Wish::Delete, Change::Delete) => {
            world.settings.grace_hours == 0 || dated.is_some_and(|end| end <= world.server.now)
        }
        _ => false,
    }
}

/// Whether the property holds another number, and the person has that number or gets it.
fn is_renumbered(planned: &Planned, wanted: Wanted, before: &Objects, world: &World) -> bool {
    let Wanted::Number(wanted) = wanted else {
        return false;
    };
    let has_it = match planned.content {
        // In a circle of people who exchange numbers, one has a free number in between.
        Content::Move { to, .. } => to == wanted || before.contains_key(&wanted) && !before.contains_key(&to),
        // Or got it in this run, in which somebody else was faster at removing the old one.
        _ => [before, world.server.objects()]
            .iter()
            .filter_map(|objects| objects.get(&wanted))
            .any(|object| person_of(object).as_ref() == Some(&planned.person)),
    };
    world.settings.has_property() && planned.change == Change::Delete && planned.number != wanted && has_it
}

/// When a disabled extension goes.
fn end_of(object: &PbxExtension) -> Option<Timestamp> {
    let date = object
        .spec
        .remove_after
        .as_deref()
        .filter(|_| !object.spec.enabled)?;
    Some(date.parse().unwrap())
}

proptest! {
    #![proptest_config(cases(150))]

    /// (a), and (f) for those who lost their extension: a number is kept for its person, and comes back.
    #[test]
    fn a_number_is_never_given_to_somebody_else(history in history()) {
        let mut ledger = Ledger::default();
        play(history, |before, event, report, world| {
            ledger.follow(&before.objects, event, report, world);
            if let Some(report) = report {
                if report.meddled.is_none() {
                    assert_eq!(report.conflicts, 0, "an up-to-date index knows which numbers are taken");
                }
                for (number, object) in &before.objects {
                    let now = world.server.objects().get(number);
                    let (was, is) = (person_of(object), now.map(person_of));
                    let bound = |is: &Option<PersonId>| {
                        was.is_none() && is.as_ref().is_some_and(|person| report.adopted(*number, person))
                    };
                    // Without its identity, which somebody removed by hand, only our labels said whose it was.
                    let forgotten = report.removed.iter().any(|planned| {
                        planned.number == *number && planned.change == Change::Release && object.spec.google.is_none()
                    });
                    // In an exchange, whoever had it has left it.
                    let left = report.removed.iter().any(|planned| planned.number == *number);
                    let exchanged = left && report.removed.iter().any(|planned| {
                        planned.moves_to() == Some(*number) && is.as_ref() == Some(&Some(planned.person.clone()))
                    });
                    assert!(
                        exchanged || forgotten || is.is_none_or(|is| is == was || bound(&is)),
                        "{number} changed hands"
                    );
                }
            }
        });
    }

    /// (b)
    #[test]
    fn nobody_has_two_extensions_after_a_complete_sync(history in history()) {
        play(history, |_, event, report, world| {
            let Event::Sync(reading, ..) = event else { return };
            if report.is_some_and(|report| report.end == End::Complete) {
                let is_left = |index: &usize| {
                    reading.refused() == Some(*index) || world.settings.may_be_meant(&world.directory, *index)
                };
                for person in (0..PEOPLE).filter(|index| !is_left(index)).map(id) {
                    assert!(world.kept_for(&person) <= 1, "{person} has several");
                }
            }
        });
    }

    /// (c)
    #[test]
    fn nothing_is_taken_away_without_its_positive_cause(history in history()) {
        play(history, |before, event, report, world| {
            let Some(report) = report else { return };
            let lost = lost(&before.objects, report, world.server.objects());
            let is_cut_off = report.end == End::Crashed || has_lost_an_answer(event);
            if report.end != End::Complete && !is_cut_off {
                assert_eq!(lost, [], "lost in a run that ended as {:?}", report.end);
                assert_eq!(report.removed, []);
            }
            for number in lost {
                assert!(report.removed.iter().any(|planned| planned.number == number), "{number} is gone");
            }
            let by_hand = |planned: &&Planned| report.meddled == Some(planned.number);
            for planned in report.removed.iter().filter(|planned| !by_hand(planned)) {
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

    /// (c): a wait begins when its cause is first seen, and is as long as is declared.
    #[test]
    fn every_wait_is_a_whole_grace_period(history in history()) {
        play(history, |before, _, report, world| {
            let Some(report) = report else { return };
            let whole = world.server.now + SignedDuration::from_hours(world.settings.grace_hours);
            for (number, object) in world.server.objects().iter().filter(|(_, object)| is_kept(object)) {
                let (was, is) = (before.objects.get(number).and_then(end_of), end_of(object));
                assert!(report.meddled == Some(*number) || is.is_none() || is == was || is == Some(whole), "{number}: {was:?} became {is:?}");
            }
        });
    }

    /// (c), for what is none of our business.
    #[test]
    fn what_is_not_ours_is_never_touched(history in history()) {
        play(history, |before, _, report, world| {
            let Some(report) = report else { return };
            // Somebody may be renamed while the scope or the list of people is read.
            let directories = [&before.directory, &world.directory];
            let policies = directories.map(|directory| world.settings.policy(directory));
            let others = before.objects.iter().filter(|(_, object)| !is_kept(object));
            for (number, object) in others.filter(|(number, _)| report.meddled != Some(**number)) {
                let person = person_of(object);
                let found = person.iter().flat_map(|person| directories.iter().filter_map(|one| one.find(person)));
                let mut standings = found.flat_map(|person| policies.iter().map(|policy| policy.standing(person)));
                let now = world.server.objects().get(number);
                if let Some(person) = now.and_then(person_of).filter(|_| person_of(object).is_none()) {
                    assert!(may_be_bound(*number, object, &person, before, world), "{number} was bound");
                    continue;
                }
                // An extension without a keeper is bound to its person, and stays.
                if standings.any(|standing| matches!(standing, Standing::Enabled | Standing::Disabled(_) | Standing::Unknown)) {
                    assert!(now.is_some(), "{number} is gone");
                } else {
                    assert_eq!(now, Some(object), "{number} was touched");
                }
            }
        });
    }

    /// (d)
    #[test]
    fn a_second_sync_does_nothing(history in history(), narrow in any::<bool>()) {
        let forth: Vec<_> = (0..PEOPLE).collect();
        let back: Vec<_> = forth.iter().rev().copied().collect();
        let mut world = play(history, |_, _, _, _| {});
        world.mode = Mode::AtWork;
        let mut last = world.settle_in(&forth, narrow);
        assert_eq!(last.end, End::Complete);
        // Numbers that became free without a quarantine go to those who were waiting for them.
        for _ in 0..PEOPLE {
            if last.reported.is_empty() {
                break;
            }
            last = world.settle_in(&forth, narrow);
        }
        let writes = world.server.events.len();
        let before = world.server.objects().clone();
        let second = world.settle_in(&back, narrow);
        assert_eq!(second.end, End::Complete);
        assert_eq!(second.removals, []);
        assert_eq!(second.conflicts, 0);
        assert_eq!(second.written, []);
        assert_eq!(world.server.events.len(), writes);
        // People who are known to be gone cost no question.
        if world.settings.lifecycle.on_deleted == OnDeleted::Disable {
            for object in before.values() {
                let disables = world.settings.lifecycle.on_out_of_scope == OnOutOfScope::Disable;
                let settled = match object.spec.disabled_reason {
                    Some(DisabledReason::Deleted) => disables || world.settings.domain.is_none() && !narrow,
                    Some(DisabledReason::OutOfScope) => disables && world.settings.domain.is_some(),
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
            if report.meddled.is_some() {
                return; // an administrator takes whatever they like
            }
            for planned in report.created() {
                assert_eq!(numbers_in(&before.objects, &planned.person), 0, "{planned:?}");
            }
            for person in people().filter(|person| numbers_in(&before.objects, person) > 0) {
                let number = oldest(&before.objects, &person);
                // A move is judged by its cause, and a duplicate is not the oldest.
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
    fn above_the_limit_nothing_is_removed_without_its_exact_approval(history in holds()) {
        let mut plans = Plans::default();
        play(history, |before, event, report, world| {
            let (Some(report), Event::Sync(reading, approval, limit)) = (report, event) else { return };
            if !matches!(report.end, End::Complete | End::Held | End::Planned) {
                return;
            }
            let approved = *approval == Approval::Exact || plans.are_shown(report, world);
            let lost = lost(&before.objects, report, world.server.objects());
            if *approval == Approval::Exact && report.end == End::Held {
                // What was approved is not what there was when it was to be done.
                assert!(!reading.is_clean());
                assert_eq!((&lost[..], &report.removed[..]), (&[][..], &[][..]));
            } else if world.mode == Mode::DryRun {
                assert_eq!((report.end, &lost[..]), (End::Planned, &[][..]));
            } else if report.removals.len() <= allowed(report, *limit) || approved {
                assert_eq!(report.end, End::Complete);
                // Whoever exchanges a number by way of a third one moves twice.
                let brief = |planned: &Planned| (planned.change, planned.number, planned.person.clone());
                let removed: HashSet<_> = report.removed.iter().map(brief).collect();
                let is_made = |planned: &Planned| removed.contains(&brief(planned));
                assert!(!reading.is_clean() || report.removals.iter().all(is_made));
                let people: HashSet<_> = report.removals.iter().map(|planned| &planned.person).collect();
                assert!(report.removed.iter().all(|planned| people.contains(&planned.person)));
            } else {
                assert_eq!(report.end, End::Held);
                assert_eq!(&report.removed, &[]);
                assert_eq!(lost, [], "removed without approval");
            }
            let is_planned = |number: &Number| report.removals.iter().any(|planned| planned.number == *number);
            assert!(report.meddled.is_some() || lost.iter().all(is_planned));
            plans.note(report, world);
        });
    }

    /// (g), one by one: what a plan may not do without approval nothing else may either.
    #[test]
    fn one_person_loses_nothing_while_anything_is_in_the_way(history in holds()) {
        let mut removed = 0;
        play(history, |before, event, report, world| {
            if matches!(event, Event::Sync(..) | Event::Recreate(_) | Event::Restart) {
                removed = 0;
            }
            let (Some(report), Event::Look(_, _, is_foreign)) = (report, event) else { return };
            let lost = lost(&before.objects, report, world.server.objects());
            let is_settled = before.status.synced == Some(world.generation);
            if world.mode != Mode::AtWork {
                assert_eq!(world.server.objects(), &before.objects);
            }
            if before.status.is_held || !is_settled || *is_foreign {
                assert_eq!((&lost[..], &report.removed[..]), (&[][..], &[][..]), "held: {}, settled: {is_settled}", before.status.is_held);
            }
            removed += report.removed.len();
            let kept = before.objects.values().filter(|object| is_kept(object)).count();
            let share = kept * usize::try_from(world.limit.percent).unwrap() / 100;
            let limit = share.max(usize::try_from(world.limit.minimum).unwrap());
            assert!(report.removed.is_empty() || removed <= limit, "{removed} one by one, {limit} allowed");
        });
    }
}

/// Plans that were shown, by their hashes.
#[derive(Default)]
struct Plans(HashMap<String, (usize, Vec<Planned>)>);

impl Plans {
    /// Whether exactly these removals were shown for the same integration, and their hash is what was approved.
    fn are_shown(&self, report: &Report, world: &World) -> bool {
        let shown = report.approval.as_ref().and_then(|hash| self.0.get(hash));
        shown.is_some_and(|(incarnation, removals)| {
            *incarnation == world.incarnation && brief(removals) == brief(&report.removals)
        })
    }

    fn note(&mut self, report: &Report, world: &World) {
        if report.removals.is_empty() {
            return;
        }
        let plan = (world.incarnation, report.removals.clone());
        let same = self.0.entry(report.hash.clone()).or_insert(plan);
        assert_eq!(
            brief(&same.1),
            brief(&report.removals),
            "one approval for two plans"
        );
        assert_eq!(same.0, world.incarnation, "one approval for two integrations");
    }
}

/// Whether an answer of the API server was lost.
fn has_lost_an_answer(event: &Event) -> bool {
    matches!(event, Event::Sync(reading, ..) if matches!(reading.trouble, Trouble::Loses(_)))
}

/// How many removals the run was allowed, counted again.
fn allowed(report: &Report, limit: RemovalLimit) -> usize {
    let percent = report.kept * usize::try_from(limit.percent).unwrap() / 100;
    percent.max(usize::try_from(limit.minimum).unwrap())
}

/// Whether an extension that was nobody's may have become this person's.
fn may_be_bound(
    number: Number,
    object: &PbxExtension,
    person: &PersonId,
    before: &Before,
    world: &World,
) -> bool {
    let Some(index) = people().position(|one| one == *person) else {
        return false;
    };
    let found = before
        .directory
        .find(person)
        .or_else(|| world.directory.find(person));
    let addresses = found.into_iter().flat_map(Person::addresses);
    let user = object.spec.user.as_ref();
    let has_address = user.is_some_and(|user| {
        let mut all = user.email.iter().chain(&user.email_aliases);
        all.any(|own| addresses.clone().any(|one| *one == own.to_lowercase()))
    });
    let assigned = match &world.settings.numbering {
        Numbering::Manual(assignments) => assignments.iter().any(|(one, place)| {
            world.settings.number(*place) == number && addresses.clone().any(|own| *own == address(*one))
        }),
        _ => false,
    };
    object.labels().get(LABEL_INTEGRATION).is_none()
        && is_or_was_inside(index, before, world)
        && numbers_in(&before.objects, person) == 0
        && (assigned || has_address && world.settings.lifecycle.adopt_by_email)
}

fn is_or_was_inside(index: usize, before: &Before, world: &World) -> bool {
    let resolved = before.memory.resolved(world.generation);
    let directories = [&before.directory, &world.directory].into_iter();
    let mut directories = directories.chain(resolved.map(|resolved| &resolved.directory));
    directories.any(|directory| world.settings.is_inside(directory, index) == Some(true))
}

/// What an approval is about.
type Brief<'a> = (Change, Number, &'a PersonId, &'a str, i64, Option<Number>);

fn brief(removals: &[Planned]) -> Vec<Brief<'_>> {
    removals
        .iter()
        .map(|planned| {
            let Planned {
                change,
                number,
                person,
                reason,
                generation,
                content,
                ..
            } = planned;
            let to = match content {
                Content::Move { to, .. } => Some(*to),
                _ => None,
            };
            (*change, *number, person, *reason, *generation, to)
        })
        .collect()
}
