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
    assert_eq!(report.problems()[0].user, "ü".repeat(254));
    assert_eq!(report.problems()[0].message, "é".repeat(1024));
    let exhausted = |number| plan::Problem {
        user: format!("{number}@acme.com"),
        reason: "NumbersExhausted",
        message: "No number is free in 1000 to 1009. Raise it.".into(),
        unserved: true,
    };
    report.refused(exhausted(0));
    report.refused(exhausted(1));
    let reasons: Vec<_> = report
        .problems()
        .into_iter()
        .map(|problem| problem.reason)
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
    assert_eq!(report.problems().len(), 20);
    let last = &report.problems()[19];
    assert_eq!(
        (last.user.as_str(), last.reason.as_str()),
        ("27@acme.com", "NumbersExhausted")
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
            ("Delete", "acme-2002", "Deleted: the user was deleted in Google"),
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
fn the_same_problems_are_told_in_the_same_order_whoever_was_looked_at_first() {
    let told = |users: &[u32]| {
        let mut report = Report::default();
        for user in users {
            report.problem(&format!("{user:02}@acme.com"), "PhotoUnavailable", "Wait.");
        }
        report.problems()
    };
    let forward: Vec<_> = (0..30).collect();
    let backward: Vec<_> = (0..30).rev().collect();
    assert_eq!(told(&forward), told(&backward));
    assert_eq!(told(&backward)[0].user, "00@acme.com");
}
