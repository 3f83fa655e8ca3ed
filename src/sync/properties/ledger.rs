//! An account, kept apart from the code under test, of who may have which number.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::extensions::person_of;
use super::operator::{End, Report, Taken};
use super::world::{Event, World};
use crate::api::PbxExtension;
use crate::sync::number::Number;
use crate::sync::person::PersonId;
use crate::sync::plan::{Change, Claim, Planned};

/// Whose every number was.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Deleted by a sync, and for whom it is kept until when.
    quarantined: HashMap<Number, (PersonId, Timestamp)>,
    /// Deleted by hand, and who gets it back.
    claimed: HashMap<Number, PersonId>,
}

impl Ledger {
    /// Takes in what an event changed, and checks every number that was given.
    pub fn follow(
        &mut self,
        before: &BTreeMap<Number, PbxExtension>,
        event: &Event,
        report: Option<&Report>,
        world: &World,
    ) {
        if matches!(event, Event::Restart) {
            self.claimed.clear();
        }
        match report {
            Some(report) => self.follow_sync(before, report, world),
            None => self.follow_hand(before, world),
        }
        self.claimed
            .retain(|_, person| world.numbers_of(person).is_empty());
    }

    fn follow_sync(&mut self, before: &BTreeMap<Number, PbxExtension>, report: &Report, world: &World) {
        let now = world.server.now;
        let mut taken: HashSet<_> = before.keys().copied().collect();
        for step in report.steps() {
            match step {
                Taken::New(number, planned) => {
                    assert!(taken.insert(number), "given twice: {planned:?}");
                    assert!(
                        self.is_free_for(number, &planned.person, now),
                        "kept for somebody else: {planned:?}"
                    );
                }
                // Who has another extension does not get the old number back.
                Taken::Bound(person) => self.claimed.retain(|_, owner| owner != person),
            }
        }
        for planned in report.created().filter(|planned| planned.claim == Claim::Own) {
            self.check_return(planned, &taken, now);
        }
        if !matches!(report.end, End::Complete | End::CutShort) {
            return;
        }
        let until = now + SignedDuration::from_hours(world.settings.quarantine_hours);
        let deleted = report.removals.iter();
        for planned in deleted.filter(|planned| planned.change == Change::Delete) {
            self.quarantined
                .insert(planned.number, (planned.person.clone(), until));
        }
    }

    fn follow_hand(&mut self, before: &BTreeMap<Number, PbxExtension>, world: &World) {
        for (number, object) in before {
            if !world.server.objects().contains_key(number)
                && let Some(person) = person_of(object)
            {
                self.claimed.insert(*number, person);
            }
        }
    }

    /// Whether a number is kept for nobody else.
    pub fn is_free_for(&self, number: Number, person: &PersonId, now: Timestamp) -> bool {
        let claimed = self.claimed.get(&number).is_some_and(|owner| owner != person);
        let waiting = self
            .quarantined
            .get(&number)
            .is_some_and(|(owner, until)| owner != person && *until > now);
        !claimed && !waiting
    }

    /// Whoever had a number gets it back, if it is still to be had.
    fn check_return(&self, planned: &Planned, taken: &HashSet<Number>, now: Timestamp) {
        let former: Vec<_> = self.former_numbers(&planned.person, now);
        let lost = |number: &Number| {
            (taken.contains(number) && *number != planned.number)
                || !self.is_free_for(*number, &planned.person, now)
        };
        assert!(
            former.is_empty() || former.contains(&planned.number) || former.iter().any(lost),
            "not one of {former:?}: {planned:?}"
        );
    }

    fn former_numbers(&self, person: &PersonId, now: Timestamp) -> Vec<Number> {
        let claimed: Vec<_> = self
            .claimed
            .iter()
            .filter(|(_, owner)| *owner == person)
            .map(|(number, _)| *number)
            .collect();
        if !claimed.is_empty() {
            return claimed;
        }
        let waiting = self
            .quarantined
            .iter()
            .filter(|(_, (owner, until))| owner == person && *until > now);
        let last = waiting.clone().map(|(_, (_, until))| *until).max();
        waiting
            .filter(|(_, (_, until))| Some(*until) == last)
            .map(|(number, _)| *number)
            .collect()
    }
}
