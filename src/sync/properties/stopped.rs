//! A group or a unit that is named and is not there stops everything; somebody who is named and is nobody stops nobody else.

use proptest::prelude::*;

use super::approvals::Plans;
use super::cases;
use super::causes::is_caused;
use super::episodes::reorganizations;
use super::events::{Event, Mode};
use super::play::{lost, play};
use super::report::End;

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn a_group_or_a_unit_that_is_not_there_is_never_an_empty_one(history in reorganizations()) {
        play(history, |before, event, report, world| {
            let Some(report) = report else { return };
            let is_sync = matches!(event, Event::Sync(..)) && world.mode != Mode::Suspended;
            let is_missing = world.settings.names_what_is_not_there(&before.directory);
            assert!(!is_sync || is_missing == (report.end == End::Stopped), "missing: {is_missing}, {:?}", report.end);
            if report.end == End::Stopped {
                assert!(is_missing);
                assert_eq!(&before.objects, world.server.objects());
                assert_eq!(before.status.synced, world.status.synced);
            }
        });
    }

    /// Whoever is in a unit that is renamed stays, until another unit has its path; then they go as everybody goes.
    #[test]
    fn whoever_loses_a_unit_is_removed_with_cause_and_under_the_limit(history in reorganizations()) {
        let mut plans = Plans::default();
        play(history, |before, event, report, world| {
            let Some(report) = report else { return };
            for planned in report.removed.iter().filter(|planned| report.meddled != Some(planned.number)) {
                assert!(is_caused(planned, before, world), "no cause: {planned:?}");
            }
            if !matches!(report.end, End::Complete | End::Crashed | End::Failed) {
                assert_eq!(lost(&before.objects, report, world), []);
            }
            plans.judge(before, event, report, world);
        });
    }
}
