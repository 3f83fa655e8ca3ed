//! One operator, any history.

use jiff::SignedDuration;
use kube::ResourceExt;
use proptest::prelude::*;

use super::cases;
use super::causes::{end_of, is_caused, is_or_was_inside};
use super::directory::{PEOPLE, address, id};
use super::episodes::history;
use super::events::{Event, Mode};
use super::extensions::{is_kept, person_of};
use super::ledger::Ledger;
use super::play::{Before, Objects, lost, numbers_in, people, play};
use super::reading::Trouble;
use super::report::End;
use super::settings::Numbering;
use super::world::World;
use crate::api::PbxExtension;
use crate::api::extension::DisabledReason;
use crate::api::integration::{OnDeleted, OnOutOfScope};
use crate::api::names::LABEL_INTEGRATION;
use crate::sync::desired::Standing;
use crate::sync::number::Number;
use crate::sync::person::{Person, PersonId};
use crate::sync::plan::{Change, Planned};

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
            let lost = lost(&before.objects, report, world);
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
            // Whoever comes alone is judged by the scope of the last sync.
            let resolved = before.memory.resolved(world.generation).map(|resolved| resolved.policy.clone());
            let policies: Vec<_> = policies.into_iter().flatten().chain(resolved).collect();
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
        if world.settings.names_what_is_not_there(&world.directory) {
            assert_eq!(last.end, End::Stopped);
            return Ok(());
        }
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

/// Whether an answer of the API server was lost.
fn has_lost_an_answer(event: &Event) -> bool {
    matches!(event, Event::Sync(reading, ..) if matches!(reading.trouble, Trouble::Loses(_)))
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
