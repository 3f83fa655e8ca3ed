//! What a run found and did, as the status tells it.

use std::collections::{BTreeMap, BTreeSet};

use crate::api::extension::DisabledReason;
use crate::api::reasons;
use crate::api::status::{Counts, KnownUnit, PlanCounts, PlanSample, PlanStatus, Problem};
use crate::operator::engine::text::truncated;
use crate::sync::desired::date;
use crate::sync::gate::Withheld;
use crate::sync::number::Number;
use crate::sync::plan::{self, Change, Content, Planned, Tally};

/// How many problems, and how many changes of a plan, a run tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told(usize);

impl Told {
    /// Every one.
    pub const ALL: Self = Self(usize::MAX);
}

impl Default for Told {
    /// As many as the status has room for.
    fn default() -> Self {
        Self(20)
    }
}

/// In the order in which problems are told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ToldProblem {
    is_served: bool,
    user: String,
    reason: String,
    message: String,
}

/// What a run found and did.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How many problems are told.
    pub told: Told,
    /// What was read and done.
    pub counts: Counts,
    /// People who could not be served.
    pub told_problems: BTreeSet<ToldProblem>,
    /// How many people in scope have no extension.
    pub unserved: i64,
    /// How many of them for which reason.
    pub unserved_for: BTreeMap<&'static str, i64>,
    /// How many people got no number because none is free.
    pub without_number: i64,
    /// How many people got no extension because the phone system is licensed for no more.
    pub beyond_capacity: i64,
    /// The organizational units of the scope.
    pub units: Vec<KnownUnit>,
    /// Changes that were planned and not made: a dry run, or removals that wait.
    pub plan: Option<PlanStatus>,
    /// How many removals wait for an approval, and how many would have been allowed.
    pub held: Option<(i64, usize)>,
    /// Why a run for one person took nothing away that it would have.
    pub withheld: Option<Withheld>,
    /// Old and new numbers of people who got another one.
    pub renumbered: Vec<(Number, Number)>,
}

impl Report {
    /// An empty report that will tell so many problems.
    pub fn telling(told: Told) -> Self {
        Self {
            told,
            ..Self::default()
        }
    }

    /// Takes over what the planner counted.
    pub fn tally(&mut self, tally: Tally) {
        self.counts.read = tally.read;
        self.counts.in_scope = tally.in_scope;
        self.counts.unchanged = tally.unchanged;
        self.counts.skipped = tally.skipped;
    }

    /// What the planner could not do.
    pub fn refused(&mut self, refused: plan::Problem) {
        if refused.unserved {
            self.unserved += 1;
            *self.unserved_for.entry(refused.reason).or_default() += 1;
        }
        self.without_number += i64::from(refused.reason == reasons::NUMBERS_EXHAUSTED);
        self.beyond_capacity += i64::from(refused.reason == reasons::CAPACITY_EXCEEDED);
        self.put(!refused.unserved, &refused.user, refused.reason, refused.message);
    }

    /// A change was made.
    pub fn made(&mut self, planned: &Planned) {
        if let Content::Move { to, .. } = planned.content {
            self.counts.created += 1;
            self.renumbered.push((planned.number, to));
        }
        let count = match planned.change {
            Change::Create => &mut self.counts.created,
            Change::Update => &mut self.counts.updated,
            Change::Disable => &mut self.counts.disabled,
            Change::Delete => &mut self.counts.deleted,
            Change::Release => &mut self.counts.released,
        };
        *count += 1;
    }

    /// How many changes were made.
    pub fn changes(&self) -> i64 {
        let Counts {
            created,
            updated,
            disabled,
            deleted,
            released,
            ..
        } = self.counts;
        created + updated + disabled + deleted + released
    }

    /// Whether there are people in scope, and none of them has an extension or would get one.
    pub fn serves_nobody(&self) -> bool {
        self.unserved > 0 && self.unserved >= self.counts.in_scope
    }

    /// The reasons of everybody without an extension, the most frequent one first.
    pub fn why_unserved(&self) -> String {
        let mut why: Vec<_> = self.unserved_for.iter().collect();
        why.sort_by_key(|&(reason, count)| (std::cmp::Reverse(*count), *reason));
        let why = why
            .into_iter()
            .map(|(reason, count)| format!("{reason} ({count})"));
        why.collect::<Vec<_>>().join(", ")
    }

    /// Somebody could not be served.
    pub fn problem(&mut self, user: &str, reason: &str, message: impl Into<String>) {
        self.put(true, user, reason, message.into());
    }

    fn put(&mut self, is_served: bool, user: &str, reason: &str, message: String) {
        self.counts.conflicts += 1;
        self.told_problems.insert(ToldProblem {
            is_served,
            user: truncated(user.to_owned(), 254),
            reason: reason.to_owned(),
            message: truncated(message, 1024),
        });
        if self.told_problems.len() > self.told.0 {
            self.told_problems.pop_last();
        }
    }

    /// Whether this is among the problems that are told.
    pub fn tells(&self, user: &str, reason: &str) -> bool {
        let mut problems = self.told_problems.iter();
        problems.any(|problem| problem.user == user && problem.reason == reason)
    }

    /// The problems that are told: those who are without an extension stand in front, and the same problems come in the same
    /// order, in whichever one they were found.
    pub fn problems(&self) -> Vec<Problem> {
        let problem = |told: &ToldProblem| Problem {
            user: told.user.clone(),
            reason: told.reason.clone(),
            message: told.message.clone(),
        };
        self.told_problems.iter().map(problem).collect()
    }
}

/// The changes of a plan, counted and sampled, so that a large plan needs little memory.
#[derive(Clone, Debug, Default)]
pub struct PlanLog {
    told: Told,
    counts: PlanCounts,
    samples: Vec<PlanSample>,
}

impl PlanLog {
    /// An empty log that will tell so many changes.
    pub fn telling(told: Told) -> Self {
        Self {
            told,
            ..Self::default()
        }
    }

    /// Adds a change.
    pub fn add(&mut self, tenant: &str, planned: &Planned) {
        let count = match planned.change {
            Change::Create => &mut self.counts.create,
            Change::Update => &mut self.counts.update,
            Change::Disable => &mut self.counts.disable,
            Change::Delete => &mut self.counts.delete,
            Change::Release => &mut self.counts.release,
        };
        *count += 1;
        if matches!(planned.content, Content::Move { .. }) {
            self.counts.create += 1;
        }
        if self.samples.len() < self.told.0 {
            self.samples.push(PlanSample {
                change: planned.change.as_str().to_owned(),
                extension: format!("{tenant}-{}", planned.number),
                user: truncated(planned.user.clone(), 254),
                reason: explain(planned),
            });
        }
    }

    /// Puts removals in front: they are what people look for.
    pub fn prepend(mut self, removals: &[Planned], tenant: &str, hash: String) -> PlanStatus {
        let mut log = Self::telling(self.told);
        for planned in removals {
            log.add(tenant, planned);
        }
        log.samples.append(&mut self.samples);
        log.samples.truncate(self.told.0);
        log.counts.create += self.counts.create;
        log.counts.update += self.counts.update;
        PlanStatus {
            hash,
            counts: log.counts,
            samples: log.samples,
        }
    }
}

/// The reason of a change, in a sentence.
pub fn explain(planned: &Planned) -> String {
    const SUSPENDED: &str = DisabledReason::Suspended.as_str();
    const ARCHIVED: &str = DisabledReason::Archived.as_str();
    const DELETED: &str = DisabledReason::Deleted.as_str();
    const OUT_OF_SCOPE: &str = DisabledReason::OutOfScope.as_str();
    let why = match planned.reason {
        SUSPENDED => "the user is suspended in Google",
        ARCHIVED => "the user is archived in Google",
        DELETED => "the user was deleted in Google",
        OUT_OF_SCOPE => "the user is no longer in the scope of this integration",
        "New" => "the user has no extension yet",
        "Active" => "the user is active again",
        "Bound" => "the extension already belongs to this user",
        "Adopted" => "the extension has the user's e-mail address",
        "Assigned" => "spec.users.numbering.assignments assigns the extension to the user",
        "Changed" => "the extension differs from the user's details in Google",
        "Duplicate" => "the user has an older extension",
        "Renumbered" => "the user has another number in Google",
        reasons::USERS_DISABLED => "users are disabled, and whenDisabled is Delete",
        other => return other.to_owned(),
    };
    let then = match &planned.content {
        Content::Move { to, .. } => format!(", {to}"),
        Content::View(view) => until(view.spec.remove_after.as_deref()),
        Content::State { remove_after, .. } => until(remove_after.and_then(date).as_deref()),
        Content::Release | Content::Nothing => String::new(),
    };
    format!("{}: {why}{then}", planned.reason)
}

fn until(remove_after: Option<&str>) -> String {
    remove_after.map_or_else(String::new, |date| format!("; deleted after {date}"))
}

#[cfg(test)]
mod tests;
