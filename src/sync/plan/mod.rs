//! The plan: the changes that a sync would make, each with its reason.
//!
//! People are handed in one by one while the directory's pages arrive. What takes nothing away from anybody comes back at
//! once; removals are kept until the read is complete and each of them has its positive cause.

mod change;
mod exchange;
mod leaving;
mod left_alone;
mod newcomer;

use std::collections::{HashMap, HashSet};

pub use change::{Change, Claim, Content, DUPLICATE, Planned, Problem, RENUMBERED, leavers};

use super::desired::{Policy, Standing};
use super::fit;
use super::index::{Digest, TenantIndex};
use super::number::Number;
use super::numbering::Numbers;
use super::person::{Person, PersonId};

/// What to do about one person now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing: it is right, kept for later, none of our business, or not possible, which [`Planner::problems`] tells.
    Nothing,
    /// This, at once.
    Write(Box<Planned>),
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
    numbers: Numbers,
    /// Whether only people who may be in scope are read.
    narrow: bool,
    seen: HashSet<PersonId>,
    removals: Vec<Planned>,
    /// Changes of number of people whose new number somebody else has, who may leave it in this run.
    wishes: Vec<Planned>,
    problems: Vec<Problem>,
    /// The numbers that people ought to have. Of several extensions of a person that one stays, if it is there, and not
    /// the oldest; one that shows up after its person was planned too.
    preferred: HashMap<PersonId, Number>,
    /// People with an extension whom no selector names any more.
    unnamed: HashSet<PersonId>,
    /// Listed people whose id could not be read: they are among the missing.
    nameless: usize,
    tally: Tally,
}

impl Planner {
    /// A planner for one run. `narrow` says that people who are out of scope are not read.
    pub fn new(policy: Policy, numbers: Numbers, narrow: bool) -> Self {
        Self {
            policy,
            numbers,
            narrow,
            seen: HashSet::new(),
            removals: Vec::new(),
            wishes: Vec::new(),
            problems: Vec::new(),
            preferred: HashMap::new(),
            unnamed: HashSet::new(),
            nameless: 0,
            tally: Tally::default(),
        }
    }

    /// What decides about a person.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What was counted so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// People who could not be served, since this was last asked.
    pub fn problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
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

    /// Whether the person was listed, or Google has answered about them.
    pub fn has_seen(&self, person: &PersonId) -> bool {
        self.seen.contains(person)
    }

    /// A person who was planned before, and whose extension somebody else has changed since: what was planned to be taken
    /// away is planned anew, too, and nobody is counted twice.
    pub fn anew(&mut self, person: &Person, index: &TenantIndex) -> Step {
        self.forget_removals(&person.id);
        let tally = self.tally;
        let step = self.described(person, index);
        self.tally = tally;
        step
    }

    fn forget_removals(&mut self, person: &PersonId) {
        self.removals.retain(|planned| planned.person != *person);
        self.wishes.retain(|planned| planned.person != *person);
    }

    fn described(&mut self, person: &Person, index: &TenantIndex) -> Step {
        let standing = self.policy.standing(person);
        let in_scope = !matches!(standing, Standing::Outside(_));
        self.tally.in_scope += i64::from(in_scope);
        if let Some(opaque) = index.opaque_of(&person.id) {
            return self.left_alone(person.email.clone(), opaque, in_scope);
        }
        let current = self.current(person, index);
        if let Some(digest) = current.filter(|digest| digest.terminating && self.is_ours(digest)) {
            return self.terminating(person, standing, digest);
        }
        if in_scope && fit::is_unusual(person) {
            self.shortened(person);
        }
        match (standing, current) {
            (Standing::Undecided, current) => self.undecided(person, current.is_none()),
            (Standing::Outside(_) | Standing::Absent(_), None) => self.skip(),
            (Standing::Outside(_) | Standing::Absent(_), Some(digest)) if !self.is_ours(digest) => {
                self.skip()
            }
            (Standing::Outside(_), Some(digest)) => self.outside(person, digest),
            (Standing::Absent(reason), Some(digest)) => self.absent(person, reason, digest),
            (standing, Some(digest)) => self.keep(person, standing, digest, index),
            (standing, None) => self.newcomer(person, standing, index),
        }
    }

    /// The extension that the person has. Of several the oldest, unless a change of number was cut short: then the new
    /// one.
    fn current<'i>(&mut self, person: &Person, index: &'i TenantIndex) -> Option<&'i Digest> {
        if let Some(wanted) = self.numbers.wanted(person) {
            self.preferred.insert(person.id.clone(), wanted);
        }
        self.stays(&person.id, index)
    }

    fn stays<'i>(&self, person: &PersonId, index: &'i TenantIndex) -> Option<&'i Digest> {
        let preferred = self.preferred.get(person).and_then(|wanted| index.get(*wanted));
        preferred
            .filter(|digest| digest.person.as_ref() == Some(person) && self.is_ours(digest))
            .or_else(|| index.of_person(person))
    }

    /// Unknown is not out, and not in either.
    fn undecided(&mut self, person: &Person, unserved: bool) -> Step {
        let message = "Organizational units determine the scope, but Google returned no unit for this user, or one that it does not list. Nothing is changed for this user, and the next sync retries. If the problem persists, move the user to another unit and back in the Admin console.";
        self.problem(
            person.email.clone(),
            "IncompleteRead",
            message.to_owned(),
            unserved,
        )
    }

    /// An extension that is on its way out takes no change. Whoever is to have one waits until it is gone.
    fn terminating(&mut self, person: &Person, standing: Standing, digest: &Digest) -> Step {
        if matches!(standing, Standing::Outside(_) | Standing::Absent(_)) {
            return self.skip();
        }
        let message = going(&self.policy.tenant, digest.number, None);
        self.problem(person.email.clone(), "Terminating", message, true)
    }

    /// Tells what does not fit into the extension.
    fn shortened(&mut self, person: &Person) {
        let (_, _, lost) = self.policy.described(person);
        if lost.is_empty() {
            return;
        }
        let message = format!(
            "Values of this user in Google are too long for the extension: {}. They were shortened or omitted. Shorten them in the Admin console.",
            lost.join(", ")
        );
        self.problem(person.email.clone(), "FieldTooLong", message, false);
    }

    fn skip(&mut self) -> Step {
        self.tally.skipped += 1;
        Step::Nothing
    }

    fn is_ours(&self, digest: &Digest) -> bool {
        digest.integration.as_deref() == Some(self.policy.integration.as_str())
    }

    /// Makes a person's extension what it ought to be.
    fn change(
        &mut self,
        person: &Person,
        standing: Standing,
        remove_after: Option<i64>,
        digest: &Digest,
    ) -> Step {
        let view = self.policy.view(person, standing, remove_after, Some(digest));
        if view.hash() == digest.view {
            self.tally.unchanged += 1;
            return Step::Nothing;
        }
        let enabled = view.spec.enabled;
        let reason = match (digest.enabled, enabled, view.spec.disabled_reason) {
            (_, false, Some(reason)) if digest.enabled || digest.reason != Some(reason) => reason.as_str(),
            (false, true, _) => "Active",
            _ if !self.is_ours(digest) => "Bound",
            _ => "Changed",
        };
        let planned = Planned {
            reason,
            ..changing(
                person.id.clone(),
                person.email.clone(),
                digest,
                Content::View(view),
            )
        };
        self.place(planned, digest, enabled)
    }

    /// Hands a change out at once unless it takes an extension out of service.
    fn place(&mut self, mut planned: Planned, digest: &Digest, enabled: bool) -> Step {
        if digest.enabled && !enabled {
            planned.change = Change::Disable;
            self.removals.push(planned);
            return Step::Nothing;
        }
        Step::Write(Box::new(planned))
    }
}

/// Tells that somebody waits for an extension that is being deleted, and for what it waits, as far as that is known.
pub fn going(tenant: &str, number: Number, finalizers: Option<&[String]>) -> String {
    let held = finalizers.map_or_else(
        || "its metadata.finalizers".to_owned(),
        |finalizers| finalizers.join(", "),
    );
    format!(
        "PbxExtension {tenant}-{number} of this user is being deleted, and {held} blocks the deletion. The user gets an extension again when the deletion is complete. If the problem persists, check the program that owns the finalizer."
    )
}

/// An update of an extension that is there; reason and claim are the caller's.
fn changing(person: PersonId, user: String, digest: &Digest, content: Content) -> Planned {
    Planned {
        change: Change::Update,
        number: digest.number,
        person,
        user,
        reason: "Changed",
        content,
        claim: Claim::Own,
        generation: digest.generation,
    }
}

#[cfg(test)]
mod tests;
