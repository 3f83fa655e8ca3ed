//! What ought to be there after a run that nothing stopped, worked out apart from the code under test: who is active is in service,
//! who is not is as declared, and every wait that is over has ended. A planner that does nothing fails this.

use jiff::Timestamp;
use proptest::prelude::*;

use super::cases;
use super::directory::{Directory, PEOPLE, id};
use super::episodes::{History, contests, history, reorganizations};
use super::events::{Approval, Cause, Event, Mode};
use super::extensions::person_of;
use super::hands::Hand;
use super::ledger::Ledger;
use super::memory::Resolved;
use super::play::{Before, numbers_in, play};
use super::reading::{Fault, Reading, Trouble};
use super::report::{End, Report};
use super::settings::Numbering;
use super::world::World;
use crate::api::PbxExtension;
use crate::api::extension::DisabledReason;
use crate::api::integration::{OnDeleted, OnOutOfScope, WhileInactive};
use crate::sync::number::Number;
use crate::sync::person::Person;

/// How far a run was to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Up and down.
    Whole,
    /// Nobody was to lose anything.
    Up,
}

/// What is declared for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Enabled,
    Disabled(&'static [DisabledReason]),
    Gone,
    Released,
    /// As it was.
    Untouched,
    /// Nobody can tell.
    Anything,
}

fn wish(world: &World, index: usize) -> Wish {
    use DisabledReason::{Archived, Deleted, OutOfScope, Suspended};
    let (lifecycle, directory) = (&world.settings.lifecycle, &world.directory);
    let Some(person) = directory.find(&id(index)) else {
        return match lifecycle.on_deleted {
            // Whoever left the scope before may have left the directory since: that makes no difference any more.
            OnDeleted::Disable => Wish::Disabled(&[Deleted, OutOfScope]),
            OnDeleted::Delete => Wish::Gone,
        };
    };
    match world.settings.is_inside(directory, index) {
        None => return Wish::Untouched,
        Some(false) if world.settings.may_be_meant(directory, index) => return Wish::Untouched,
        Some(false) => {
            return match lifecycle.on_out_of_scope {
                OnOutOfScope::Disable => Wish::Disabled(&[OutOfScope, Deleted]),
                OnOutOfScope::Delete => Wish::Gone,
                OnOutOfScope::Release => Wish::Released,
            };
        }
        Some(true) => {}
    }
    let flags = [
        (person.archived, lifecycle.on_archived),
        (person.suspended, lifecycle.on_suspended),
    ];
    let flags = flags.map(|(flag, policy)| (flag, policy != WhileInactive::Ignore, policy));
    if flags.contains(&(Some(true), true, WhileInactive::Delete)) {
        Wish::Gone
    } else if flags.contains(&(Some(true), true, WhileInactive::Disable)) {
        Wish::Disabled(&[Suspended, Archived])
    } else if flags.iter().any(|(flag, counts, _)| flag.is_none() && *counts) {
        Wish::Anything
    } else {
        Wish::Enabled
    }
}

/// Everything against which a person's extension is judged.
struct Judge<'a> {
    before: &'a Before,
    report: &'a Report,
    world: &'a World,
    ledger: &'a Ledger,
    way: Way,
    /// Numbers that were given in this run to people whom the server refuses.
    refused: usize,
}

impl Judge<'_> {
    fn judge(&self, index: usize) {
        let person = id(index);
        let own = || {
            let objects = self.world.server.objects().values();
            objects.filter(|object| person_of(object).as_ref() == Some(&person))
        };
        let kept: Vec<_> = own().filter(|object| self.world.keeps(object)).collect();
        let wish = wish(self.world, index);
        let whole = self.way == Way::Whole;
        match wish {
            Wish::Enabled => self.is_served(index, &kept),
            Wish::Disabled(reasons) if whole => {
                for object in kept {
                    let reason = object.spec.disabled_reason;
                    let is_right = reason.map_or(self.was_off(object), |reason| reasons.contains(&reason));
                    assert!(
                        !object.spec.enabled && is_right,
                        "{index} is not {wish:?}: {object:?}"
                    );
                }
            }
            Wish::Gone if whole => {
                for object in kept {
                    assert!(self.waits(object), "{index} is still there: {object:?}");
                }
            }
            Wish::Released if whole => assert_eq!(kept, Vec::<&PbxExtension>::new(), "{index} is kept"),
            Wish::Untouched => {
                for object in kept {
                    let number = object.spec.number.parse::<u64>().unwrap();
                    let meddled = self.report.meddled.map(|number| number.to_string());
                    if meddled.as_ref() == Some(&object.spec.number) {
                        continue; // by an administrator
                    }
                    let before = self.before.objects.values();
                    let mut before = before.filter(|old| old.spec.number.parse() == Ok(number));
                    assert!(
                        before.any(|old| old.spec.enabled == object.spec.enabled),
                        "{index} is touched: {object:?}"
                    );
                }
            }
            _ => {}
        }
    }

    /// Whether an extension that is to go waits for a day that is still to come.
    fn waits(&self, object: &PbxExtension) -> bool {
        let date = object.spec.remove_after.as_deref();
        let date = date.map(|date| date.parse::<Timestamp>().unwrap());
        self.world.settings.grace_hours > 0
            && !object.spec.enabled
            && date.is_some_and(|date| date > self.world.server.now)
    }

    /// Whether an administrator had switched it off.
    fn was_off(&self, object: &PbxExtension) -> bool {
        let person = person_of(object);
        let mut before = self.before.objects.values();
        before.any(|old| {
            let same = old.spec.number == object.spec.number || person_of(old) == person;
            same && !old.spec.enabled && old.spec.disabled_reason.is_none()
        })
    }

    fn is_served(&self, index: usize, kept: &[&PbxExtension]) {
        let person = self.world.directory.find(&id(index)).unwrap();
        let is_reported = self.report.reported.contains(&person.email);
        let had = numbers_in(&self.before.objects, &person.id) > 0;
        if kept.is_empty() {
            assert!(is_reported, "{index} has no extension");
            assert!(had || self.cannot_have(person), "{index} has no extension");
            return;
        }
        // A copy made by hand waits for its removal beside the one that stays.
        let is_right = |object: &&PbxExtension| {
            let user = object.spec.user.as_ref().unwrap();
            let is_served =
                object.spec.enabled || object.spec.disabled_reason.is_none() && self.was_off(object);
            is_served
                && (user.email.as_ref(), &user.job_title, &user.first_name)
                    == (Some(&person.email), &person.job_title, &person.first_name)
        };
        assert!(
            kept.iter().any(is_right),
            "{index} is active, and out of service or somebody else: {kept:?}"
        );
    }

    /// Whether somebody has good reason to be without a number.
    fn cannot_have(&self, person: &Person) -> bool {
        if self.world.settings.numbering != Numbering::Automatic {
            return true;
        }
        let is_namesake = |object: &PbxExtension| {
            let user = object.spec.user.iter();
            let mut own = user.flat_map(|user| user.email.iter().chain(&user.email_aliases));
            let is_theirs = |own: &String| person.addresses().any(|one| *one == own.to_lowercase());
            !self.world.keeps(object) && own.any(is_theirs)
        };
        let mut objects = self.before.objects.values();
        if objects.any(is_namesake) {
            return true;
        }
        let range = self.world.settings.range;
        let numbers = std::iter::successors(Some(range.first), |number| number.next());
        let numbers = numbers.take_while(|number| *number <= range.last);
        let is_free = |number: &Number| {
            let there = [&self.before.objects, self.world.server.objects()];
            !there.iter().any(|objects| objects.contains_key(number))
                && !self
                    .ledger
                    .may_be_kept(*number, &person.id, self.world.server.now)
        };
        numbers.filter(is_free).take(self.refused + 1).count() <= self.refused
    }
}

/// Whether this is what stops no run: an administrator's edit of what is not ours, or a refusal of one person.
fn is_harmless(reading: &Reading) -> bool {
    let trouble = match reading.trouble {
        Trouble::None | Trouble::Refuses(_) => true,
        Trouble::Meddles(_, hand) => matches!(hand, Hand::Voicemail | Hand::Retitle | Hand::SwitchOn),
        Trouble::Crashes(_) | Trouble::Loses(_) => false,
    };
    trouble && matches!(reading.fault, Fault::None)
}

/// Judges what a sync has left.
pub fn judge_sync(
    before: &Before,
    (reading, approval): (&Reading, Approval),
    report: &Report,
    world: &World,
    ledger: &Ledger,
) {
    if world.mode != Mode::AtWork || !is_harmless(reading) {
        return;
    }
    if world.settings.names_what_is_not_there(&world.directory) {
        assert_eq!(report.end, End::Stopped);
        return;
    }
    let way = match report.end {
        End::Complete => Way::Whole,
        End::Held if approval != Approval::Exact => Way::Up,
        end => panic!("nothing is in the way, and it ended as {end:?}"),
    };
    let judge = Judge {
        before,
        report,
        world,
        ledger,
        way,
        refused: usize::from(reading.refused().is_some()),
    };
    for index in (0..PEOPLE).filter(|index| reading.refused() != Some(*index)) {
        judge.judge(index);
    }
}

fn judge_look(before: &Before, index: usize, report: &Report, world: &World, ledger: &Ledger) {
    let resolved = world.memory.resolved(world.generation);
    let is_current = |directory: &Directory| {
        let then = world.settings.is_inside(directory, index);
        world.settings.is_inside(&world.directory, index) == then
            && world.settings.misses_somebody(directory) == world.settings.misses_somebody(&world.directory)
    };
    // The scope names units by the paths that they had.
    let has_moved =
        resolved.is_some_and(|resolved| world.settings.units_moved(&resolved.directory, &world.directory));
    // The scope is that of the last sync, which may have been given a short group.
    let is_known = |resolved: &Resolved| {
        let person = world.directory.find(&id(index));
        let is_inside = world.settings.is_inside(&world.directory, index) == Some(true);
        !is_inside || !person.is_some_and(|person| resolved.leaves_out(person))
    };
    let is_right = |resolved: &Resolved| is_current(&resolved.directory) && is_known(resolved);
    // What a vanished group or unit leaves is for a sync to say; until then the last scope counts.
    let is_stopped = world.settings.names_what_is_not_there(&world.directory);
    if world.mode != Mode::AtWork || is_stopped || has_moved || !resolved.is_some_and(is_right) {
        return;
    }
    let is_removed_from_group = report.end == End::Short || report.end == End::Failed;
    assert!(
        report.end == End::Complete || is_removed_from_group,
        "nothing is in the way, and it ended as {:?}",
        report.end
    );
    let way = if report.withheld.is_none() && report.end == End::Complete {
        Way::Whole
    } else {
        Way::Up
    };
    let judge = Judge {
        before,
        report,
        world,
        ledger,
        way,
        refused: 0,
    };
    judge.judge(index);
}

fn judge_all((settings, hired, mut events): History) {
    let mut ledger = Ledger::default();
    events.extend([Event::Mode(Mode::AtWork), Event::clean_sync()]);
    play((settings, hired, events), |before, event, report, world| {
        match (event, report) {
            (Event::Sync(reading, approval, _), Some(report)) => {
                judge_sync(before, (reading, *approval), report, world, &ledger);
            }
            (Event::Look(index, Cause::Deviation, false), Some(report)) => {
                judge_look(before, *index, report, world, &ledger);
            }
            _ => {}
        }
        ledger.follow(&before.objects, event, report, world);
    });
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn whoever_is_to_be_served_is_and_whoever_is_not_is_as_declared(history in history()) {
        judge_all(history);
    }

    #[test]
    fn so_it_is_when_units_are_renamed_and_others_take_their_paths(history in reorganizations()) {
        judge_all(history);
    }

    #[test]
    fn so_it_is_when_others_are_faster_and_people_leave_groups(history in contests()) {
        judge_all(history);
    }
}
