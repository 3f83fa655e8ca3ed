//! What a run found and did, as the status tells it.

use crate::api::extension::DisabledReason;
use crate::api::status::{Counts, PlanCounts, PlanSample, PlanStatus, Problem};
use crate::sync::plan::{Change, Planned, Tally};

/// At most this many problems and samples stand in the status.
const SAMPLES: usize = 20;

/// What a run found and did.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What was read and done.
    pub counts: Counts,
    /// People who could not be served, worst first.
    pub problems: Vec<Problem>,
    /// How many people got no number.
    pub without_number: i64,
    /// Changes that were planned and not made: a dry run, or removals that wait.
    pub plan: Option<PlanStatus>,
    /// How many removals wait for an approval, and how many would have been allowed.
    pub held: Option<(i64, usize)>,
}

impl Report {
    /// Takes over what the planner counted.
    pub fn tally(&mut self, tally: Tally) {
        self.counts.read = tally.read;
        self.counts.in_scope = tally.in_scope;
        self.counts.unchanged = tally.unchanged;
        self.counts.skipped = tally.skipped;
    }

    /// A change was made.
    pub fn made(&mut self, change: Change) {
        let count = match change {
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

    /// Somebody could not be served.
    pub fn problem(&mut self, user: &str, reason: &str, message: impl Into<String>) {
        self.counts.conflicts += 1;
        if self.problems.len() < SAMPLES {
            let message = truncated(message.into(), 1024);
            self.problems.push(Problem {
                user: truncated(user.to_owned(), 254),
                reason: reason.to_owned(),
                message,
            });
        }
    }

    /// Nobody is left who could get a number.
    pub fn no_number(&mut self, user: &str, range: &str) {
        self.without_number += 1;
        self.problem(
            user,
            super::fault::reason::NUMBERS_EXHAUSTED,
            format!("No number is free in {range}. Raise spec.users.numbering.end, or free numbers by deleting extensions that nobody needs."),
        );
    }
}

/// The changes of a plan, counted and sampled, so that a large plan needs little memory.
#[derive(Clone, Debug, Default)]
pub struct PlanLog {
    counts: PlanCounts,
    samples: Vec<PlanSample>,
}

impl PlanLog {
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
        if self.samples.len() < SAMPLES {
            self.samples.push(PlanSample {
                change: planned.change.as_str().to_owned(),
                extension: format!("{tenant}-{}", planned.number),
                user: truncated(planned.user.clone(), 254),
                reason: explain(planned.reason).to_owned(),
            });
        }
    }

    /// Puts removals in front: they are what people look for.
    pub fn prepend(mut self, removals: &[Planned], tenant: &str, hash: String) -> PlanStatus {
        let mut log = Self::default();
        for planned in removals {
            log.add(tenant, planned);
        }
        log.samples.append(&mut self.samples);
        log.samples.truncate(SAMPLES);
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
fn explain(reason: &str) -> &str {
    const SUSPENDED: &str = DisabledReason::Suspended.as_str();
    const ARCHIVED: &str = DisabledReason::Archived.as_str();
    const DELETED: &str = DisabledReason::Deleted.as_str();
    const OUT_OF_SCOPE: &str = DisabledReason::OutOfScope.as_str();
    match reason {
        SUSPENDED => "Suspended: the user is suspended in Google",
        ARCHIVED => "Archived: the user is archived in Google",
        DELETED => "Deleted: Google no longer has the user",
        OUT_OF_SCOPE => "OutOfScope: the user is no longer in the scope of this integration",
        "New" => "New: the user has no extension yet",
        "Active" => "Active: the user is active again",
        "Bound" => "Bound: the extension was this user's before",
        "Changed" => "Changed: the user's details differ from Google's",
        "Duplicate" => "Duplicate: the user has an older extension",
        other => other,
    }
}

/// Cuts a text to a number of characters, as the CRD's limits count them.
pub fn truncated(mut text: String, characters: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(characters) {
        text.truncate(end);
    }
    text
}
