//! An account, kept apart from the code under test, of who may have which number.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::directory::{PEOPLE, id};
use super::events::Event;
use super::extensions::person_of;
use super::reading::Fault;
use super::report::{End, Report, Taken};
use super::world::World;
use crate::api::PbxExtension;
use crate::sync::number::Number;
use crate::sync::person::PersonId;
use crate::sync::plan::{Claim, Planned};

/// Whose every number was.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Deleted by a sync, and for whom it is kept since when.
    quarantined: HashMap<Number, (PersonId, Timestamp)>,
    /// Who gets a number in an exchange with whoever had it.
    heirs: HashMap<Number, PersonId>,
    /// For how long numbers are kept, as it is declared now.
    length: SignedDuration,
    /// Deleted by hand, and who gets it back.
    claimed: HashMap<Number, PersonId>,
    /// The same, when the claim may have been given up already.
    maybe_claimed: HashMap<Number, PersonId>,
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
        self.read_by(world);
        if matches!(event, Event::Restart) {
            self.forget_all_claims();
        }
        match report {
            Some(report) if report.end == End::Idle => {}
            Some(report) => self.follow_sync(before, event, report, world),
            None => self.follow_hand(before, world),
        }
        let has_none = |person: &PersonId| world.numbers_of(person).is_empty();
        self.claimed.retain(|_, person| has_none(person));
        self.maybe_claimed.retain(|_, person| has_none(person));
    }

    /// Numbers are kept as long as this integration declares it.
    pub fn read_by(&mut self, world: &World) {
        self.length = SignedDuration::from_hours(world.settings.quarantine_hours);
    }

    /// A number was put into quarantine for this person.
    pub fn leave(&mut self, number: Number, person: PersonId, now: Timestamp) {
        self.heirs.remove(&number);
        self.quarantined.insert(number, (person, now));
    }

    fn follow_sync(
        &mut self,
        before: &BTreeMap<Number, PbxExtension>,
        event: &Event,
        report: &Report,
        world: &World,
    ) {
        let now = world.server.now;
        let mut taken: HashSet<_> = before.keys().copied().collect();
        if let Some(number) = report.meddled.filter(|number| !taken.remove(number)) {
            taken.insert(number); // made by hand, where one of ours was to be
        }
        let mut ever = taken.clone();
        // Deleted by hand in the middle of this run, and made again at once.
        let comes_back = |planned: &&Planned| {
            report.meddled == Some(planned.number)
                && before.get(&planned.number).and_then(person_of).as_ref() == Some(&planned.person)
        };
        let own = report
            .created()
            .filter(|planned| planned.claim == Claim::Own && !comes_back(planned));
        let former: Vec<_> = own
            .map(|planned| (planned, self.former_numbers(&planned.person, now)))
            .collect();
        for step in report.steps() {
            // Who has another extension does not get the old number back.
            match step {
                Taken::New(number, planned) => {
                    assert!(taken.insert(number), "given twice: {planned:?}");
                    assert!(
                        before.contains_key(&number) || self.is_free_for(number, &planned.person, now),
                        "kept for somebody else: {planned:?}"
                    );
                    ever.insert(number);
                    if planned.moves_to().is_some() {
                        taken.remove(&planned.number);
                    }
                    self.claimed.retain(|_, owner| *owner != planned.person);
                }
                Taken::Bound(person) => self.claimed.retain(|_, owner| owner != person),
                Taken::Left(number) => drop(taken.remove(&number)),
            }
        }
        let taken = ever;
        for (planned, former) in former {
            self.check_return(planned, &former, &taken, now);
        }
        for (number, entry) in &report.freed {
            self.heirs.remove(number);
            self.heirs.extend(entry.heir.clone().map(|heir| (*number, heir)));
            self.quarantined.insert(*number, (entry.person.clone(), now));
        }
        if report.end == End::Crashed {
            self.forget_all_claims();
        }
        let is_gone = |number: &Number| {
            !world.server.objects().contains_key(number)
                && report.removed.iter().all(|planned| planned.number != *number)
        };
        if let Some(number) = report.meddled.filter(is_gone) {
            let person = before.get(&number).and_then(person_of);
            self.claimed.extend(person.map(|person| (number, person)));
        }
        self.forget_claims(event, report, world);
    }

    /// The process that knew who was to get a number back has ended.
    pub fn forget_all_claims(&mut self) {
        self.claimed.clear();
        self.maybe_claimed.clear();
    }

    /// Whoever does not turn up in a complete read gives up the claim.
    fn forget_claims(&mut self, event: &Event, report: &Report, world: &World) {
        if let Event::Look(index, _, false) = event {
            // Google's word, if the person is gone.
            let person = id(*index);
            if world.directory.find(&person).is_none() {
                let gone = self.claimed.extract_if(|_, owner| *owner == person);
                self.maybe_claimed.extend(gone);
            }
        }
        let Event::Sync(reading, ..) = event else { return };
        if !matches!(report.end, End::Complete | End::Held | End::Planned) {
            return;
        }
        let is_whole = matches!(reading.fault, Fault::None);
        if is_whole {
            let is_there = |person: &PersonId| world.directory.find(person).is_some();
            self.maybe_claimed.retain(|_, person| is_there(person));
        }
        let turns_up = |person: &PersonId| {
            let index = (0..PEOPLE).find(|index| id(*index) == *person);
            let is_inside = index.map(|index| world.settings.is_inside(&world.directory, index));
            is_whole && is_inside.is_some_and(|inside| inside != Some(false))
        };
        for (number, person) in self.claimed.extract_if(|_, person| !turns_up(person)) {
            if !is_whole || world.directory.find(&person).is_some() {
                self.maybe_claimed.insert(number, person);
            }
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
            .is_some_and(|(owner, left)| owner != person && *left + self.length > now);
        let waiting = waiting && self.heirs.get(&number) != Some(person);
        !claimed && !waiting
    }

    /// Whether it may be that nobody else can have the number.
    pub fn may_be_kept(&self, number: Number, person: &PersonId, now: Timestamp) -> bool {
        let claimed = self.maybe_claimed.get(&number);
        claimed.is_some_and(|owner| owner != person) || !self.is_free_for(number, person, now)
    }

    /// Whoever had a number gets it back, if it is still to be had.
    fn check_return(&self, planned: &Planned, former: &[Number], taken: &HashSet<Number>, now: Timestamp) {
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
            .filter(|(_, (owner, left))| owner == person && *left + self.length > now);
        let last = waiting.clone().map(|(_, (_, left))| *left).max();
        waiting
            .filter(|(_, (_, left))| Some(*left) == last)
            .map(|(number, _)| *number)
            .collect()
    }
}
