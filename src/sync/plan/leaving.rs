//! People whose extension is to go: what takes something away from somebody, and what Google has to be asked first.

use std::collections::HashSet;

use super::{Change, Content, DUPLICATE, Planned, Planner, RENUMBERED, ShortRead, Step, changing, leavers};
use crate::api::extension::DisabledReason;
use crate::sync::desired::Standing;
use crate::sync::index::{Digest, TenantIndex};
use crate::sync::number::Number;
use crate::sync::person::{Person, PersonId};

impl Planner {
    /// Somebody who has an extension of ours and is out of scope.
    pub(super) fn outside(&mut self, person: &Person, digest: &Digest) -> Step {
        if self.policy.scope.leaves_unnamed(person) {
            self.unnamed.insert(person.id.clone());
        }
        match self.policy.standing_outside() {
            Standing::Absent(reason) => self.absent(person, reason, digest),
            Standing::Released => {
                self.removals.push(Planned {
                    change: Change::Release,
                    reason: DisabledReason::OutOfScope.as_str(),
                    ..changing(person.id.clone(), person.email.clone(), digest, Content::Release)
                });
                Step::Nothing
            }
            standing => self.change(person, standing, None, digest),
        }
    }

    /// Somebody whom Google describes, and whose extension ought not to be there: it goes now, or waits disabled.
    pub(super) fn absent(&mut self, person: &Person, reason: DisabledReason, digest: &Digest) -> Step {
        match self.policy.departure(reason, digest, self.numbers.now()) {
            Some(until) => self.change(person, Standing::Disabled(reason), Some(until), digest),
            None => self.delete(person.id.clone(), person.email.clone(), reason.as_str(), digest),
        }
    }

    fn delete(&mut self, person: PersonId, user: String, reason: &'static str, digest: &Digest) -> Step {
        self.removals.push(Planned {
            change: Change::Delete,
            reason,
            ..changing(person, user, digest, Content::Nothing)
        });
        Step::Nothing
    }

    /// Whether the person is out of scope only because no selector names them any more.
    pub fn is_unnamed(&self, person: &PersonId) -> bool {
        self.unnamed.contains(person)
    }

    /// After the last page: people with an extension who were not listed, and about whom Google must be asked. Those
    /// whose extension has been dealt with already are not among them, so that a quiet sync stays quiet.
    pub fn missing(&self, index: &TenantIndex) -> Vec<PersonId> {
        let mut missing: Vec<_> = index
            .kept_by(&self.policy.integration)
            .filter(|digest| !self.is_settled(digest, index))
            .filter_map(|digest| digest.person.as_ref())
            .filter(|person| !self.seen.contains(*person) && index.opaque_of(person).is_none())
            .cloned()
            .collect();
        missing.sort();
        missing.dedup();
        missing
    }

    fn is_settled(&self, digest: &Digest, index: &TenantIndex) -> bool {
        if digest.terminating {
            return true; // it goes, whatever Google says
        }
        let stays = digest.person.as_ref().and_then(|person| index.of_person(person));
        if stays.is_some_and(|stays| stays.number != digest.number) {
            return false; // a duplicate goes only when its person has been seen or asked about
        }
        let deleted = self.policy.standing_of_deleted();
        match digest.reason {
            // Restored outside the scope, they would have to go too, and that a narrow reading does not tell.
            Some(reason @ DisabledReason::Deleted) => {
                let disabled = Standing::Disabled(DisabledReason::OutOfScope);
                (!self.narrow || self.policy.standing_outside() == disabled)
                    && self.is_dealt_with(deleted, reason, digest)
            }
            // Deleted later, they would have to go too, and that a narrow reading does not tell.
            Some(reason @ DisabledReason::OutOfScope) => {
                self.narrow
                    && deleted == Standing::Disabled(DisabledReason::Deleted)
                    && self.is_dealt_with(self.policy.standing_outside(), reason, digest)
            }
            _ => false,
        }
    }

    fn is_dealt_with(&self, standing: Standing, reason: DisabledReason, digest: &Digest) -> bool {
        match standing {
            Standing::Disabled(_) => digest.remove_after.is_none(),
            Standing::Absent(_) => {
                digest.remove_after.is_some()
                    && self.policy.departure(reason, digest, self.numbers.now()) == digest.remove_after
            }
            _ => false,
        }
    }

    /// Google's positive answer that a missing person is deleted.
    pub fn deleted(&mut self, person: &PersonId, index: &TenantIndex) -> Step {
        self.seen.insert(person.clone());
        self.forget_removals(person);
        if let Some(opaque) = index.opaque_of(person) {
            return self.left_alone(person.to_string(), opaque, false);
        }
        let owned = |digest: &&Digest| self.is_ours(digest) && !digest.terminating;
        let Some(digest) = index.of_person(person).filter(owned) else {
            return Step::Nothing;
        };
        let (reason, user) = (DisabledReason::Deleted, person.to_string());
        let remove_after = match self.policy.standing_of_deleted() {
            Standing::Absent(_) => match self.policy.departure(reason, digest, self.numbers.now()) {
                None => return self.delete(person.clone(), user, reason.as_str(), digest),
                until => until,
            },
            _ => None,
        };
        if digest.reason == Some(reason) && digest.remove_after == remove_after {
            return Step::Nothing;
        }
        let content = Content::State {
            reason: Some(reason),
            remove_after,
        };
        let planned = Planned {
            reason: reason.as_str(),
            ..changing(person.clone(), user, digest, content)
        };
        self.place(planned, digest, false)
    }

    /// Google's answer that a missing person is there. Fine for somebody who left the scope; for anybody else it proves
    /// that the list was short, and then nobody loses anything in this run.
    pub fn found(&mut self, person: &Person, index: &TenantIndex) -> Result<Step, ShortRead> {
        if !matches!(self.policy.standing(person), Standing::Outside(_)) {
            let number = index.of_person(&person.id).map(|digest| digest.number);
            return Err(ShortRead { number });
        }
        self.seen.insert(person.id.clone());
        Ok(self.described(person, index))
    }

    /// The removals of this run, each with its positive cause. Call it only after a complete read, with every missing
    /// person accounted for.
    pub fn removals(&mut self, index: &TenantIndex) -> Vec<Planned> {
        let mut removals: Vec<_> = self
            .second(index)
            .into_iter()
            .filter_map(|(person, number)| {
                let digest = index.get(number)?;
                // Left over from a change of number, or from two operators at once.
                let stays = self.stays(&person, index)?;
                let is_oldest = index.of_person(&person) == Some(stays);
                Some(Planned {
                    change: Change::Delete,
                    reason: if is_oldest { DUPLICATE } else { RENUMBERED },
                    ..changing(person.clone(), person.to_string(), digest, Content::Nothing)
                })
            })
            .collect();
        // An extension may have turned out to be the second one after its own removal was planned.
        let second: HashSet<_> = removals.iter().map(|planned| planned.number).collect();
        self.removals.retain(|planned| !second.contains(&planned.number));
        // Whoever leaves altogether leaves every number in quarantine, to nobody.
        let leaving: HashSet<_> = leavers(&self.removals).collect();
        let left = removals
            .iter()
            .filter(|planned| !leaving.contains(&planned.person));
        let left = left.map(|planned| planned.number).collect();
        self.exchange(left);
        self.removals
            .iter_mut()
            .for_each(|planned| catch_up(planned, index));
        removals.append(&mut self.removals);
        removals.retain(|planned| index.opaque_of(&planned.person).is_none());
        removals.sort_by_key(|planned| (planned.change, planned.number));
        removals
    }

    /// The number to which a person has moved already whose old extension this removes.
    pub fn moved_to(&self, planned: &Planned) -> Option<Number> {
        let left_over = planned.change == Change::Delete && planned.content == Content::Nothing;
        let to = self.preferred.get(&planned.person).copied();
        to.filter(|to| left_over && *to != planned.number)
    }

    /// Whether this removes an extension beside another one of the person that is in service: nobody loses anything by it.
    pub fn is_spare(&self, planned: &Planned, index: &TenantIndex) -> bool {
        let stays = self.stays(&planned.person, index);
        planned.change == Change::Delete
            && stays.is_some_and(|stays| stays.number != planned.number && stays.enabled)
    }

    /// Extensions of ours beside the one that stays, of people who have been seen.
    fn second(&self, index: &TenantIndex) -> Vec<(PersonId, Number)> {
        let people: HashSet<_> = index
            .duplicates(&self.policy.integration)
            .into_iter()
            .filter_map(|digest| digest.person.as_ref())
            .filter(|person| self.seen.contains(*person))
            .collect();
        let second = people.into_iter().flat_map(|person| {
            let stays = self.stays(person, index).map(|digest| digest.number);
            index
                .all_of_person(person)
                .filter(move |digest| {
                    Some(digest.number) != stays && self.is_ours(digest) && !digest.terminating
                })
                .map(|digest| (person.clone(), digest.number))
        });
        second.collect()
    }
}

/// A change of number whose details have been written in this run already is planned for what was written.
fn catch_up(planned: &mut Planned, index: &TenantIndex) {
    if let Content::Move { view, .. } = &planned.content
        && let Some(digest) = index.get(planned.number)
        && digest.view == view.hash()
    {
        planned.generation = digest.generation;
    }
}
