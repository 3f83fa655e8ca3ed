//! What is removed above the limit, and while a plan waits for its approval.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::cases;
use super::episodes::holds;
use super::events::{Approval, Event, Mode};
use super::extensions::is_kept;
use super::play::{Before, lost, play};
use super::report::{End, Report};
use super::world::World;
use crate::api::integration::RemovalLimit;
use crate::sync::number::Number;
use crate::sync::person::PersonId;
use crate::sync::plan::{Change, Content, Planned};

proptest! {
    #![proptest_config(cases(150))]

    /// (g)
    #[test]
    fn above_the_limit_nothing_is_removed_without_its_exact_approval(history in holds()) {
        let mut plans = Plans::default();
        play(history, |before, event, report, world| {
            if let Some(report) = report {
                plans.judge(before, event, report, world);
            }
        });
    }

    /// (g), one by one: what a plan may not do without approval nothing else may either.
    #[test]
    fn one_person_loses_nothing_while_anything_is_in_the_way(history in holds()) {
        let mut removed = 0;
        play(history, |before, event, report, world| {
            if matches!(event, Event::Sync(..) | Event::Recreate(_) | Event::Restart) {
                removed = 0;
            }
            let (Some(report), Event::Look(_, _, is_foreign)) = (report, event) else { return };
            let lost = lost(&before.objects, report, world);
            let is_settled = before.status.synced == Some(world.generation);
            if world.mode != Mode::AtWork {
                assert_eq!(world.server.objects(), &before.objects);
            }
            if before.status.is_held || !is_settled || *is_foreign {
                assert_eq!((&lost[..], &report.removed[..]), (&[][..], &[][..]), "held: {}, settled: {is_settled}", before.status.is_held);
            }
            removed += report.removed.len();
            let kept = before.objects.values().filter(|object| is_kept(object)).count();
            let share = kept * usize::try_from(world.limit.percent).unwrap() / 100;
            let limit = share.max(usize::try_from(world.limit.minimum).unwrap());
            assert!(report.removed.is_empty() || removed <= limit, "{removed} one by one, {limit} allowed");
        });
    }
}

/// Plans that were shown, by their hashes.
#[derive(Default)]
pub struct Plans(HashMap<String, (String, Vec<Planned>)>);

impl Plans {
    /// Whether exactly these removals were shown for the same integration, and their hash is what was approved.
    fn are_shown(&self, report: &Report, world: &World) -> bool {
        let shown = report.approval.as_ref().and_then(|hash| self.0.get(hash));
        shown.is_some_and(|(uid, removals)| *uid == world.uid() && brief(removals) == brief(&report.removals))
    }

    /// Judges a sync, and takes in the plan that it shows.
    pub fn judge(&mut self, before: &Before, event: &Event, report: &Report, world: &World) {
        let Event::Sync(reading, approval, limit) = event else {
            return;
        };
        if !matches!(report.end, End::Complete | End::Held | End::Planned) {
            return;
        }
        let approved = *approval == Approval::Exact || self.are_shown(report, world);
        let lost = lost(&before.objects, report, world);
        if *approval == Approval::Exact && report.end == End::Held {
            // What was approved is not what there was when it was to be done.
            assert!(!reading.is_clean());
            assert_eq!((&lost[..], &report.removed[..]), (&[][..], &[][..]));
        } else if world.mode == Mode::DryRun {
            assert_eq!((report.end, &lost[..]), (End::Planned, &[][..]));
        } else if report.removals.len() <= allowed(report, *limit) || approved {
            assert_eq!(report.end, End::Complete);
            // Whoever exchanges a number by way of a third one moves twice.
            let brief = |planned: &Planned| (planned.change, planned.number, planned.person.clone());
            let removed: HashSet<_> = report.removed.iter().map(brief).collect();
            let is_made = |planned: &Planned| removed.contains(&brief(planned));
            assert!(!reading.is_clean() || report.removals.iter().all(is_made));
            let people: HashSet<_> = report.removals.iter().map(|planned| &planned.person).collect();
            assert!(
                report
                    .removed
                    .iter()
                    .all(|planned| people.contains(&planned.person))
            );
        } else {
            assert_eq!(report.end, End::Held);
            assert_eq!(&report.removed, &[]);
            assert_eq!(lost, [], "removed without approval");
        }
        let is_planned = |number: &Number| report.removals.iter().any(|planned| planned.number == *number);
        assert!(report.meddled.is_some() || lost.iter().all(is_planned));
        self.note(report, world);
    }

    fn note(&mut self, report: &Report, world: &World) {
        if report.removals.is_empty() {
            return;
        }
        let plan = (world.uid(), report.removals.clone());
        let same = self.0.entry(report.hash.clone()).or_insert(plan);
        assert_eq!(
            brief(&same.1),
            brief(&report.removals),
            "one approval for two plans"
        );
        assert_eq!(same.0, world.uid(), "one approval for two integrations");
    }
}

/// How many removals the run was allowed, counted again.
fn allowed(report: &Report, limit: RemovalLimit) -> usize {
    let percent = report.kept * usize::try_from(limit.percent).unwrap() / 100;
    percent.max(usize::try_from(limit.minimum).unwrap())
}

/// What an approval is about.
type Brief<'a> = (Change, Number, &'a PersonId, &'a str, i64, Option<Number>);

fn brief(removals: &[Planned]) -> Vec<Brief<'_>> {
    removals
        .iter()
        .map(|planned| {
            let Planned {
                change,
                number,
                person,
                reason,
                generation,
                content,
                ..
            } = planned;
            let to = match content {
                Content::Move { to, .. } => Some(*to),
                _ => None,
            };
            (*change, *number, person, *reason, *generation, to)
        })
        .collect()
}
