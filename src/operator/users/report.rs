//! What a run found and did, as the status tells it.

use crate::api::extension::DisabledReason;
use crate::api::status::{Counts, KnownUnit, PlanCounts, PlanSample, PlanStatus, Problem};
use crate::sync::desired::date;
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

/// What a run found and did.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How many problems are told.
    pub told: Told,
    /// What was read and done.
    pub counts: Counts,
    /// People who could not be served, worst first.
    pub problems: Vec<Problem>,
    /// How many people in scope have no extension.
    pub unserved: i64,
    /// How many people got no number because none is free.
    pub without_number: i64,
    /// The organizational units of the scope.
    pub units: Vec<KnownUnit>,
    /// Changes that were planned and not made: a dry run, or removals that wait.
    pub plan: Option<PlanStatus>,
    /// How many removals wait for an approval, and how many would have been allowed.
    pub held: Option<(i64, usize)>,
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
        // Those who are without an extension stand in front.
        let place = if refused.unserved {
            usize::try_from(self.unserved).unwrap_or(usize::MAX)
        } else {
            self.problems.len()
        };
        self.unserved += i64::from(refused.unserved);
        self.without_number +=
            i64::from(refused.reason == crate::operator::engine::fault::reason::NUMBERS_EXHAUSTED);
        self.put(place, &refused.user, refused.reason, refused.message);
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

    /// Somebody could not be served.
    pub fn problem(&mut self, user: &str, reason: &str, message: impl Into<String>) {
        self.put(self.problems.len(), user, reason, message.into());
    }

    fn put(&mut self, place: usize, user: &str, reason: &str, message: String) {
        self.counts.conflicts += 1;
        if place >= self.told.0 {
            return;
        }
        let problem = Problem {
            user: truncated(user.to_owned(), 254),
            reason: reason.to_owned(),
            message: truncated(message, 1024),
        };
        self.problems.insert(place, problem);
        self.problems.truncate(self.told.0);
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
        DELETED => "Google no longer has the user",
        OUT_OF_SCOPE => "the user is no longer in the scope of this integration",
        "New" => "the user has no extension yet",
        "Active" => "the user is active again",
        "Bound" => "the extension was this user's before",
        "Adopted" => "the extension has the user's e-mail address",
        "Assigned" => "the declaration assigns the extension to the user",
        "Changed" => "the user's details differ from Google's",
        "Duplicate" => "the user has an older extension",
        "Renumbered" => "the user's property names another number",
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

/// Cuts a text to a number of characters, as the CRD's limits count them.
pub fn truncated(mut text: String, characters: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(characters) {
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::number::Number;
    use crate::sync::person::PersonId;
    use crate::sync::plan::Claim;

    fn planned(change: Change, number: u32, reason: &'static str) -> Planned {
        Planned {
            change,
            number: Number::parse(&number.to_string()).unwrap(),
            person: PersonId::new(number.to_string()),
            user: format!("{number}@acme.com"),
            reason,
            content: Content::Nothing,
            claim: Claim::Own,
            generation: 1,
        }
    }

    #[test]
    fn every_change_is_counted_where_it_belongs() {
        let mut report = Report::default();
        let changes = [
            (Change::Create, 1),
            (Change::Update, 2),
            (Change::Disable, 3),
            (Change::Delete, 4),
            (Change::Release, 5),
        ];
        for (change, times) in changes {
            (0..times).for_each(|_| report.made(&planned(change, 1000, "Changed")));
        }
        let Counts {
            created,
            updated,
            disabled,
            deleted,
            released,
            ..
        } = report.counts;
        assert_eq!([created, updated, disabled, deleted, released], [1, 2, 3, 4, 5]);
        assert_eq!(report.changes(), 15);
        report.tally(Tally {
            read: 9,
            in_scope: 8,
            unchanged: 7,
            skipped: 6,
        });
        assert_eq!(report.changes(), 15, "what was read is no change");
        let Counts {
            read,
            in_scope,
            unchanged,
            skipped,
            ..
        } = report.counts;
        assert_eq!([read, in_scope, unchanged, skipped], [9, 8, 7, 6]);
    }

    #[test]
    fn all_problems_count_and_the_first_twenty_are_told() {
        let mut report = Report::default();
        report.problem(&"ü".repeat(300), "Unreadable", "é".repeat(2000));
        assert_eq!(report.problems[0].user, "ü".repeat(254));
        assert_eq!(report.problems[0].message, "é".repeat(1024));
        let exhausted = |number| plan::Problem {
            user: format!("{number}@acme.com"),
            reason: "NumbersExhausted",
            message: "No number is free in 1000 to 1009. Raise it.".into(),
            unserved: true,
        };
        report.refused(exhausted(0));
        report.refused(exhausted(1));
        let reasons: Vec<_> = report
            .problems
            .iter()
            .map(|problem| problem.reason.as_str())
            .collect();
        assert_eq!(
            reasons,
            ["NumbersExhausted", "NumbersExhausted", "Unreadable"],
            "worst first"
        );
        (2..30).for_each(|number| report.refused(exhausted(number)));
        assert_eq!(
            (report.counts.conflicts, report.without_number, report.unserved),
            (31, 30, 30)
        );
        assert_eq!(report.problems.len(), 20);
        let last = &report.problems[19];
        assert_eq!(
            (last.user.as_str(), last.reason.as_str()),
            ("19@acme.com", "NumbersExhausted")
        );
        assert!(
            last.message.starts_with("No number is free in 1000 to 1009. "),
            "{}",
            last.message
        );
    }

    #[test]
    fn removals_stand_in_front_of_twenty_samples_and_everything_counts() {
        let mut log = PlanLog::default();
        (1000..1030).for_each(|number| log.add("acme", &planned(Change::Create, number, "New")));
        log.add("acme", &planned(Change::Update, 1999, "Changed"));
        let removals = [
            planned(Change::Disable, 2001, "Suspended"),
            planned(Change::Delete, 2002, "Deleted"),
            planned(Change::Delete, 2003, "Duplicate"),
        ];
        let plan = log.prepend(&removals, "acme", "9f2c".into());
        let PlanCounts {
            create,
            update,
            disable,
            delete,
            release,
        } = plan.counts;
        assert_eq!([create, update, disable, delete, release], [30, 1, 1, 2, 0]);
        assert_eq!(plan.hash, "9f2c");
        assert_eq!(plan.samples.len(), 20);
        let first: Vec<_> = plan.samples[..4]
            .iter()
            .map(|sample| {
                (
                    sample.change.as_str(),
                    sample.extension.as_str(),
                    sample.reason.as_str(),
                )
            })
            .collect();
        assert_eq!(
            first,
            [
                (
                    "Disable",
                    "acme-2001",
                    "Suspended: the user is suspended in Google"
                ),
                ("Delete", "acme-2002", "Deleted: Google no longer has the user"),
                (
                    "Delete",
                    "acme-2003",
                    "Duplicate: the user has an older extension"
                ),
                ("Create", "acme-1000", "New: the user has no extension yet"),
            ]
        );
        assert_eq!(plan.samples[0].user, "2001@acme.com");
        assert_eq!(plan.samples[19].extension, "acme-1016");
    }

    #[test]
    fn more_removals_than_samples_are_counted_too() {
        let removals: Vec<_> = (2000..2050)
            .map(|number| planned(Change::Disable, number, "Suspended"))
            .collect();
        let mut log = PlanLog::default();
        log.add("acme", &planned(Change::Create, 1000, "New"));
        let plan = log.prepend(&removals, "acme", String::new());
        assert_eq!((plan.counts.disable, plan.counts.create), (50, 1));
        assert_eq!(plan.samples.len(), 20);
        assert!(plan.samples.iter().all(|sample| sample.change == "Disable"));
    }

    #[test]
    fn texts_are_cut_between_characters() {
        for (text, characters, cut) in [
            ("", 3, ""),
            ("abc", 3, "abc"),
            ("abcd", 3, "abc"),
            ("aé😀z", 3, "aé😀"),
            ("😀😀", 1, "😀"),
            ("é", 0, ""),
        ] {
            assert_eq!(truncated(text.to_owned(), characters), cut);
        }
    }
}
