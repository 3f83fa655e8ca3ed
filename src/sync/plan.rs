//! The plan: the changes that a sync would make, each with its reason.
//!
//! People are handed in one by one while the directory's pages arrive. What takes nothing away from anybody comes back at
//! once; removals are kept until the read is complete and each of them has its positive cause.

use std::collections::HashSet;

use super::allocate::Allocator;
use super::desired::{Policy, Standing};
use super::index::{Digest, TenantIndex};
use super::number::Number;
use super::person::{Person, PersonId};
use super::view::View;
use crate::api::extension::DisabledReason;

/// What is done to an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// Deleted.
    Delete,
    /// Disabled.
    Disable,
    /// Handed over to the administrators of the phone system.
    Release,
    /// Created.
    Create,
    /// Updated, bound to its person again, or enabled again.
    Update,
}

impl Change {
    /// The word that stands in the status.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "Delete",
            Self::Disable => "Disable",
            Self::Release => "Release",
            Self::Create => "Create",
            Self::Update => "Update",
        }
    }
}

/// What is written.
#[expect(clippy::large_enum_variant, reason = "nearly every change carries a view")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Everything that we keep.
    View(View),
    /// Only whether the extension is enabled: Google no longer describes the person.
    State(Option<DisabledReason>),
    /// Our labels go, everything else stays.
    Release,
    /// Nothing: the object goes.
    Nothing,
}

impl Content {
    /// What an extension looks like afterwards; `None` when it goes.
    pub fn target(&self, current: &View) -> Option<View> {
        let mut view = current.clone();
        match self {
            Self::View(view) => return Some(view.clone()),
            Self::State(reason) => {
                view.spec.enabled = reason.is_none();
                view.spec.disabled_reason = *reason;
            }
            Self::Release => view.labels.clear(),
            Self::Nothing => return None,
        }
        Some(view)
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// What is done.
    pub change: Change,
    /// To which extension.
    pub number: Number,
    /// Whose it is.
    pub person: PersonId,
    /// The person's address; the id when Google no longer gives one.
    pub user: String,
    /// Why, one word.
    pub reason: &'static str,
    /// What is written.
    pub content: Content,
    /// `metadata.generation` of the extension that the change was planned for; 0 for a new one.
    pub generation: i64,
}

/// What to do about one person now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing: it is right, kept for later, or none of our business.
    Nothing,
    /// This, at once.
    Write(Box<Planned>),
    /// There is no number left for this person.
    NoNumber {
        /// The person's address.
        user: String,
    },
}

/// How many people were read, and what is right already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// People in the directory's answer.
    pub read: i64,
    /// People in scope.
    pub in_scope: i64,
    /// Extensions that were right already.
    pub unchanged: i64,
    /// People left out on purpose.
    pub skipped: i64,
}

/// Google knows a person who was missing from its list: the list was short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShortRead {
    /// The number of the person's extension; `None` for somebody who has none.
    pub number: Option<Number>,
}

/// Plans one run for one integration.
#[derive(Debug)]
pub struct Planner {
    policy: Policy,
    allocator: Allocator,
    seen: HashSet<PersonId>,
    removals: Vec<Planned>,
    /// Listed people whose id could not be read: they are among the missing.
    nameless: usize,
    tally: Tally,
}

impl Planner {
    /// A planner for one run.
    pub fn new(policy: Policy, allocator: Allocator) -> Self {
        Self {
            policy,
            allocator,
            seen: HashSet::new(),
            removals: Vec::new(),
            nameless: 0,
            tally: Tally::default(),
        }
    }

    /// What was counted so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// A person whom the directory described.
    pub fn listed(&mut self, person: &Person, index: &TenantIndex) -> Step {
        if !self.seen.insert(person.id.clone()) {
            return Step::Nothing; // listed twice: moved to a later page while we were reading
        }
        self.tally.read += 1;
        self.described(person, index)
    }

    /// Somebody whose entry could not be read. If the id could, the person is there, and nothing happens to them.
    pub fn unreadable(&mut self, person: Option<PersonId>) {
        self.tally.read += 1;
        self.nameless += usize::from(person.is_none());
        self.seen.extend(person);
    }

    fn described(&mut self, person: &Person, index: &TenantIndex) -> Step {
        let standing = self.policy.standing(person);
        let in_scope = !matches!(standing, Standing::Outside(_));
        self.tally.in_scope += i64::from(in_scope);
        let current = index.of_person(&person.id);
        match (standing, current) {
            (Standing::Outside(_) | Standing::Absent(_), None) => self.skip(),
            (Standing::Outside(_) | Standing::Absent(_), Some(digest)) if !self.is_ours(digest) => {
                self.skip()
            }
            (Standing::Outside(_), Some(digest)) => {
                self.change(person, Standing::Disabled(DisabledReason::OutOfScope), digest)
            }
            (Standing::Absent(reason), Some(digest)) => {
                self.removals.push(Planned {
                    change: Change::Delete,
                    number: digest.number,
                    person: person.id.clone(),
                    user: person.email.clone(),
                    reason: reason.as_str(),
                    content: Content::Nothing,
                    generation: digest.generation,
                });
                Step::Nothing
            }
            (standing, Some(digest)) => self.change(person, standing, digest),
            (standing, None) => self.create(person, standing, index),
        }
    }

    fn skip(&mut self) -> Step {
        self.tally.skipped += 1;
        Step::Nothing
    }

    fn is_ours(&self, digest: &Digest) -> bool {
        digest.integration.as_deref() == Some(self.policy.integration.as_str())
    }

    fn create(&mut self, person: &Person, standing: Standing, index: &TenantIndex) -> Step {
        let Some(number) = self.allocator.number_for(&person.id, index) else {
            return Step::NoNumber {
                user: person.email.clone(),
            };
        };
        Step::Write(Box::new(Planned {
            change: Change::Create,
            number,
            person: person.id.clone(),
            user: person.email.clone(),
            reason: "New",
            content: Content::View(self.policy.view(person, standing, None)),
            generation: 0,
        }))
    }

    fn change(&mut self, person: &Person, standing: Standing, digest: &Digest) -> Step {
        let view = self.policy.view(person, standing, Some(digest));
        if view.hash() == digest.view {
            self.tally.unchanged += 1;
            return Step::Nothing;
        }
        let reason = match (digest.enabled, view.spec.enabled, view.spec.disabled_reason) {
            (true, false, Some(reason)) => reason.as_str(),
            (false, true, _) => "Active",
            _ if !self.is_ours(digest) => "Bound",
            _ => "Changed",
        };
        self.place(
            person.id.clone(),
            person.email.clone(),
            reason,
            digest,
            view.spec.enabled,
            Content::View(view),
        )
    }

    /// Hands a change out at once unless it takes an extension out of service.
    fn place(
        &mut self,
        person: PersonId,
        user: String,
        reason: &'static str,
        digest: &Digest,
        enabled: bool,
        content: Content,
    ) -> Step {
        let removes = digest.enabled && !enabled;
        let change = if removes { Change::Disable } else { Change::Update };
        let (number, generation) = (digest.number, digest.generation);
        let planned = Planned {
            change,
            number,
            person,
            user,
            reason,
            content,
            generation,
        };
        if removes {
            self.removals.push(planned);
            return Step::Nothing;
        }
        Step::Write(Box::new(planned))
    }

    /// After the last page: people with an extension who were not listed, and about whom Google must be asked. Those
    /// whose extension has been dealt with already are not among them, so that a quiet sync stays quiet.
    pub fn missing(&self, index: &TenantIndex) -> Vec<PersonId> {
        let mut missing: Vec<_> = index
            .kept_by(&self.policy.integration)
            .filter(|digest| !self.is_settled(digest, index))
            .filter_map(|digest| digest.person.as_ref())
            .filter(|person| !self.seen.contains(*person))
            .cloned()
            .collect();
        missing.sort();
        missing.dedup();
        missing
    }

    fn is_settled(&self, digest: &Digest, index: &TenantIndex) -> bool {
        let stays = digest.person.as_ref().and_then(|person| index.of_person(person));
        if stays.is_some_and(|stays| stays.number != digest.number) {
            return false; // a duplicate goes only when its person has been seen or asked about
        }
        let settled = Standing::Disabled(DisabledReason::Deleted) == self.policy.standing_of_deleted();
        match digest.reason {
            Some(DisabledReason::Deleted) => settled,
            // Deleted later, they would have to go too, and that the list of another domain does not tell.
            Some(DisabledReason::OutOfScope) => settled && self.policy.scope.domain.is_some(),
            _ => false,
        }
    }

    /// Whether the person was listed, or Google has answered about them.
    pub fn has_seen(&self, person: &PersonId) -> bool {
        self.seen.contains(person)
    }

    /// Google's positive answer that a missing person is deleted.
    pub fn deleted(&mut self, person: &PersonId, index: &TenantIndex) -> Step {
        self.seen.insert(person.clone());
        let Some(digest) = index.of_person(person).filter(|digest| self.is_ours(digest)) else {
            return Step::Nothing;
        };
        let user = person.to_string();
        match self.policy.standing_of_deleted() {
            Standing::Absent(reason) => {
                self.removals.push(Planned {
                    change: Change::Delete,
                    number: digest.number,
                    person: person.clone(),
                    user,
                    reason: reason.as_str(),
                    content: Content::Nothing,
                    generation: digest.generation,
                });
                Step::Nothing
            }
            _ if digest.reason == Some(DisabledReason::Deleted) => Step::Nothing,
            _ => {
                let reason = DisabledReason::Deleted;
                self.place(
                    person.clone(),
                    user,
                    reason.as_str(),
                    digest,
                    false,
                    Content::State(Some(reason)),
                )
            }
        }
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

    /// Plans a creation again whose number turned out to be somebody else's.
    pub fn renumber(&mut self, mut planned: Planned, index: &TenantIndex) -> Step {
        let Some(number) = self.allocator.number_for(&planned.person, index) else {
            return Step::NoNumber { user: planned.user };
        };
        planned.number = number;
        Step::Write(Box::new(planned))
    }

    /// The removals of this run, each with its positive cause. Call it only after a complete read, with every missing
    /// person accounted for.
    pub fn removals(&mut self, index: &TenantIndex) -> Vec<Planned> {
        let mut removals: Vec<_> = index
            .duplicates(&self.policy.integration)
            .into_iter()
            .filter_map(|digest| {
                let person = digest
                    .person
                    .clone()
                    .filter(|person| self.seen.contains(person))?;
                Some(Planned {
                    change: Change::Delete,
                    number: digest.number,
                    user: person.to_string(),
                    person,
                    reason: "Duplicate",
                    content: Content::Nothing,
                    generation: digest.generation,
                })
            })
            .collect();
        // An extension may have turned out to be the second one after its own removal was planned.
        let second: HashSet<_> = removals.iter().map(|planned| planned.number).collect();
        self.removals.retain(|planned| !second.contains(&planned.number));
        removals.append(&mut self.removals);
        removals.sort_by_key(|planned| (planned.change, planned.number));
        removals
    }
}

#[cfg(test)]
mod tests;
