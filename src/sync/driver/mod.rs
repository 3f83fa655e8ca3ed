//! One run without its hands: what is planned when, what the gate lets pass, what is planned anew, and how removals are
//! judged, withheld or carried out.
//!
//! Whoever has hands feeds in people as Google describes them, makes the changes that this hands out, and tells how each of
//! them ended. When the reading is over it asks for the next [`Task`], again and again, until there is none. A sync, the way of
//! one person and the tests are driven by this alike; it knows no clock, no network and no Kubernetes.

mod leavers;
mod task;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::mem;

use jiff::Timestamp;

pub use leavers::{Doubt, Leavers, Question, Said};
pub use task::{Extent, Foreign, Shown, Task, Terms};

use super::gate::{May, Withheld};
use super::guard::{self, Verdict, Whose};
use super::index::TenantIndex;
use super::number::Number;
use super::person::{Person, PersonId};
use super::plan::{Change, DUPLICATE, Planned, Planner, Problem, ShortRead, Step, leavers};
use super::quarantine::Entry;

/// Whoever writes into the same extensions as often as this writes all the time.
const ROUNDS: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Missing,
    Complete,
    Removals,
    Gate,
    Quarantine,
    Remove,
    End,
}

/// A run in progress.
#[derive(Debug)]
pub struct Driver {
    planner: Planner,
    terms: Terms,
    extent: Extent,
    stage: Stage,
    /// Changes that are to be made.
    changes: Vec<Planned>,
    /// Changes that are only told.
    shown: Vec<Planned>,
    /// People whose change found another extension than the one that it was planned for: it is not done before it has been
    /// planned anew, of what is there now and of what Google says now.
    outdated: BTreeSet<PersonId>,
    /// Those of them who are planned anew in this round.
    again: BTreeSet<PersonId>,
    rounds: usize,
    is_planned_anew: bool,
    removals: Vec<Planned>,
    /// Removals that may be made, in the order in which they can be.
    waves: VecDeque<Vec<Planned>>,
    /// People whose removals have passed: so may what replaces them.
    passed: HashSet<PersonId>,
    withheld: Option<Withheld>,
    knows_organization: bool,
}

impl Driver {
    /// A run that has read nothing yet.
    pub fn new(planner: Planner, terms: Terms, extent: Extent) -> Self {
        let stage = match (terms.may, extent) {
            (May::Nothing, _) => Stage::End,
            (_, Extent::OnePerson) => Stage::Removals,
            (_, Extent::List | Extent::Candidates) => Stage::Missing,
        };
        Self {
            planner,
            terms,
            extent,
            stage,
            changes: Vec::new(),
            shown: Vec::new(),
            outdated: BTreeSet::new(),
            again: BTreeSet::new(),
            rounds: 0,
            is_planned_anew: false,
            removals: Vec::new(),
            waves: VecDeque::new(),
            passed: HashSet::new(),
            withheld: None,
            knows_organization: false,
        }
    }

    /// What is planned.
    pub fn planner(&self) -> &Planner {
        &self.planner
    }

    /// Whether nothing is written.
    pub fn only_plans(&self) -> bool {
        self.terms.may == May::Plan
    }

    /// Changes that are to be made now.
    pub fn changes(&mut self) -> Vec<Planned> {
        mem::take(&mut self.changes)
    }

    /// Changes that would be made if this did not only plan.
    pub fn shown(&mut self) -> Vec<Planned> {
        mem::take(&mut self.shown)
    }

    /// People who could not be served, since this was last asked.
    pub fn problems(&mut self) -> Vec<Problem> {
        self.planner.problems()
    }

    /// Why nothing was taken away that would have been.
    pub fn withheld(&self) -> Option<Withheld> {
        self.withheld
    }

    /// Whether somebody told of which organization the directory is.
    pub fn knows_organization(&self) -> bool {
        self.knows_organization
    }

    /// Extensions that came from one organization are never made equal to another one's directory.
    pub fn check_organization(&mut self, person: &Person, index: &TenantIndex) -> Result<(), Foreign> {
        let Some(now) = person.customer_id.as_deref().filter(|_| !self.knows_organization) else {
            return Ok(());
        };
        self.knows_organization = true;
        match index.customer_of(&self.planner.policy().integration) {
            Some(before) if *before != *now => Err(Foreign {
                before: before.as_ref().to_owned(),
                now: now.to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// A person whom the directory described; whether something is changed at once.
    pub fn listed(&mut self, person: &Person, index: &TenantIndex) -> Result<bool, Foreign> {
        self.check_organization(person, index)?;
        let step = self.planner.listed(person, index);
        Ok(self.take(step))
    }

    /// Somebody whose entry could not be read.
    pub fn unreadable(&mut self, person: Option<PersonId>) {
        self.planner.unreadable(person);
    }

    /// Google's word that a person is deleted. Whoever may take nothing away leaves them the claim on their number, too.
    pub fn absent(&mut self, person: &PersonId, index: &mut TenantIndex) {
        if !matches!(self.terms.may, May::Restore(_)) {
            index.forget_former(person);
        }
        let step = self.planner.deleted(person, index);
        self.take(step);
    }

    /// Google's description of somebody who was missing from the list.
    pub fn found(&mut self, person: &Person, index: &TenantIndex) -> Result<(), ShortRead> {
        let step = self.planner.found(person, index)?;
        self.take(step);
        Ok(())
    }

    /// Google's description of somebody who is planned anew.
    pub fn again(&mut self, person: &Person, index: &TenantIndex) {
        let step = self.planner.anew(person, index);
        self.take(step);
    }

    /// The number of a creation turned out to be somebody else's.
    pub fn number_taken(&mut self, planned: Planned, index: &TenantIndex) {
        let step = self.planner.renumber(planned, index);
        self.take(step);
    }

    /// A change found another extension than the one that it was planned for.
    pub fn outdated(&mut self, person: PersonId) {
        self.outdated.insert(person);
    }

    /// The removals that are about to be made.
    pub fn leaving(&self) -> &[Planned] {
        &self.removals
    }

    fn take(&mut self, step: Step) -> bool {
        match step {
            Step::Nothing => false,
            Step::Write(planned) if self.only_plans() => {
                self.shown.push(*planned);
                true
            }
            Step::Write(planned) => {
                self.changes.push(*planned);
                true
            }
        }
    }

    /// What comes next.
    pub fn next(&mut self, index: &mut TenantIndex) -> Task {
        if let Some(person) = self.again.pop_first() {
            return Task::LookAgain(person);
        }
        if let Some(person) = self.outdated.first().cloned() {
            if self.rounds == ROUNDS {
                return Task::Overtaken(person);
            }
            self.rounds += 1;
            self.is_planned_anew = true;
            self.again = mem::take(&mut self.outdated);
            return self.next(index);
        }
        if mem::take(&mut self.is_planned_anew) && !self.passed.is_empty() {
            let passed = |planned: &Planned| self.passed.contains(&planned.person);
            let removals = self.planner.removals(index).into_iter();
            self.removals = removals.filter(passed).collect();
            if !self.removals.is_empty() {
                return self.carry_out();
            }
        }
        if self.passed.is_empty() {
            self.rounds = 0;
        }
        self.advance(index)
    }

    fn advance(&mut self, index: &mut TenantIndex) -> Task {
        match self.stage {
            Stage::Missing => {
                self.stage = Stage::Complete;
                self.planner.undecodable(index);
                let missing = self.planner.missing(index);
                if missing.is_empty() {
                    return self.advance(index);
                }
                Task::AccountFor(missing)
            }
            Stage::Complete => {
                if self.extent == Extent::List && self.planner.tally().read == 0 {
                    return Task::Nobody;
                }
                self.stage = Stage::Removals;
                index.keep_former(|person| self.planner.has_seen(person));
                self.advance(index)
            }
            Stage::Removals => {
                self.stage = Stage::Gate;
                self.plan_removals(index);
                Task::Change
            }
            Stage::Gate => self.pass(index),
            Stage::Quarantine => {
                self.stage = Stage::Remove;
                Task::Quarantine
            }
            Stage::Remove => self.remove(index),
            Stage::End => Task::Nothing,
        }
    }

    fn plan_removals(&mut self, index: &TenantIndex) {
        let removals = self.planner.removals(index);
        let may_be_meant = |planned: &Planned| {
            self.terms.misses_somebody
                && self.planner.is_unnamed(&planned.person)
                && !self.planner.is_spare(planned, index)
        };
        let (withheld, removals): (Vec<_>, Vec<_>) = removals.into_iter().partition(may_be_meant);
        self.removals = removals;
        if !self.only_plans() {
            self.keep_in_service(withheld, index);
        }
    }

    /// Removals, as far as the gate and the guard let them pass.
    fn pass(&mut self, index: &TenantIndex) -> Task {
        match self.terms.may {
            May::Nothing => Task::Nothing,
            May::Restore(why) => self.withhold(why, index),
            May::Remove(left) if self.removals.len() > left => self.withhold(Withheld::LimitSpent, index),
            May::Remove(_) => self.carry_out(),
            May::Plan | May::Everything => self.judge(index),
        }
    }

    /// Takes nothing away, and tells why.
    fn withhold(&mut self, why: Withheld, index: &TenantIndex) -> Task {
        self.stage = Stage::End;
        let removals = mem::take(&mut self.removals);
        if !removals.is_empty() {
            self.withheld = Some(why);
            self.keep_in_service(removals, index);
        }
        Task::Change
    }

    /// Makes everything right about these people except that they lose nothing.
    fn keep_in_service(&mut self, removals: Vec<Planned>, index: &TenantIndex) {
        let kept = removals.into_iter();
        self.changes
            .extend(kept.filter_map(|planned| planned.in_service(index)));
    }

    /// Whether the removals of everybody may be made now.
    fn judge(&mut self, index: &TenantIndex) -> Task {
        let policy = self.planner.policy();
        let whose = Whose {
            tenant: &policy.tenant,
            uid: &self.terms.uid,
        };
        let (kept, limit) = (
            index.kept(&policy.integration).readable(),
            policy.lifecycle.removal_limit,
        );
        let verdict = guard::judge(&self.removals, whose, kept, limit, self.terms.approval.as_deref());
        let held = match verdict {
            Verdict::Proceed if !self.only_plans() => return self.carry_out(),
            Verdict::Proceed => None,
            Verdict::Held { limit, .. } => Some(limit),
        };
        let hash = guard::hash(&self.removals, whose);
        self.stage = Stage::End;
        Task::Show(Shown {
            removals: mem::take(&mut self.removals),
            hash,
            held,
        })
    }

    /// The next wave of removals: people get numbers that other people have left in the one before.
    fn remove(&mut self, index: &TenantIndex) -> Task {
        let mut removals = mem::take(&mut self.removals);
        if !removals.is_empty() {
            let people = removals.iter().map(|planned| planned.person.clone());
            self.passed.extend(people);
            removals.extend(self.waves.drain(..).flatten());
            self.waves = self.planner.waves(removals, index).into();
        }
        let Some(wave) = self.waves.pop_front() else {
            self.stage = Stage::End;
            return Task::Change;
        };
        let wave = wave.into_iter();
        self.changes = wave.filter_map(|planned| planned.ready(index)).collect();
        Task::Change
    }

    fn carry_out(&mut self) -> Task {
        self.stage = Stage::Quarantine;
        match Leavers::of(&self.planner, &self.removals) {
            Some(leavers) => Task::Confirm(leavers),
            None => Task::Change,
        }
    }
}

/// The numbers that these removals make free, with what is to be noted of each; that of a second extension is nobody's to keep,
/// unless its person loses the first one, too: another operator may take the second for the first. One that goes to another person in the same exchange waits for that person, too.
pub fn freed(removals: &[Planned], now: Timestamp) -> Vec<(Number, Entry)> {
    let heirs: HashMap<_, _> = removals
        .iter()
        .filter_map(|planned| Some((planned.moves_to()?, &planned.person)))
        .collect();
    let leaving: HashSet<_> = leavers(removals).collect();
    let is_kept = |planned: &&Planned| planned.reason != DUPLICATE || leaving.contains(&planned.person);
    let deleted = removals
        .iter()
        .filter(|planned| planned.change == Change::Delete)
        .filter(is_kept);
    let entry = |planned: &Planned| Entry {
        heir: heirs.get(&planned.number).copied().cloned(),
        ..Entry::new(planned.person.clone(), now)
    };
    deleted.map(|planned| (planned.number, entry(planned))).collect()
}
