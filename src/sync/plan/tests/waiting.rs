//! Deletions that wait for their grace period.

use super::*;
use crate::api::GoDuration;

const CAUSES: [DisabledReason; 4] = [Suspended, Archived, Deleted, OutOfScope];

/// Every cause deletes, after sixty seconds.
fn patient() -> Policy {
    policy_with(|policy| {
        policy.lifecycle.on_suspended = WhileInactive::Delete;
        policy.lifecycle.on_archived = WhileInactive::Delete;
        policy.lifecycle.on_deleted = OnDeleted::Delete;
        policy.lifecycle.on_out_of_scope = OnOutOfScope::Delete;
        policy.lifecycle.grace_period = GoDuration::new("60s");
    })
}

/// What Google says when this is the case.
fn says(cause: DisabledReason) -> Says {
    match cause {
        Suspended => suspended(),
        Archived => archived(),
        OutOfScope => Listed(ana_with(|ana| ana.guest = Some(true))),
        Deleted => IsDeleted,
    }
}

/// An extension of ours that goes so many seconds from now.
#[expect(clippy::unnecessary_wraps, reason = "a cell of the tables below")]
fn goes(reason: impl Into<Option<DisabledReason>>, seconds: i64) -> Option<PbxExtension> {
    let mut object = extension("1001", &ana(), false, reason.into());
    object.spec.remove_after = Some(at(NOW + seconds).to_string());
    Some(object)
}

fn only(cause: DisabledReason) -> &'static str {
    if cause == Deleted { "only " } else { "" }
}

#[test]
fn a_deletion_waits_from_the_first_time_its_cause_is_seen() {
    for cause in CAUSES {
        let (name, only) = (cause.as_str(), only(cause));
        let other = if cause == Suspended { Archived } else { Suspended };
        let changed = if cause == Deleted { "Deleted" } else { "Changed" };
        let quiet = if cause == Deleted { "not asked" } else { "" };
        let rows = [
            (
                on(),
                format!("later: Disable 1001 {name}: {only}off {name} until +60"),
            ),
            // Disabled under another policy, or for another cause: its own wait begins.
            (
                off(cause),
                format!("Update 1001 {changed}: {only}off {name} until +60"),
            ),
            (
                off(other),
                format!("Update 1001 {name}: {only}off {name} until +60"),
            ),
            (
                goes(other, 5),
                format!("Update 1001 {name}: {only}off {name} until +60"),
            ),
            (
                goes(other, -5),
                format!("Update 1001 {name}: {only}off {name} until +60"),
            ),
            // The date stays, and is not asked about again.
            (goes(cause, 5), quiet.to_owned()),
            (goes(cause, 1), quiet.to_owned()),
            (goes(cause, 500), quiet.to_owned()),
            (goes(cause, 0), format!("later: Delete 1001 {name}: gone")),
            (goes(cause, -5), format!("later: Delete 1001 {name}: gone")),
            (None, quiet.to_owned()),
            (on().map(released), quiet.to_owned()),
            (goes(cause, -5).map(released), quiet.to_owned()),
        ];
        for (there, expected) in rows {
            let before = format!("{:?}", there.as_ref().map(|object| &object.spec));
            assert_eq!(
                run(patient(), there, &says(cause)),
                expected,
                "{cause:?}, there: {before}"
            );
        }
    }
}

#[test]
fn what_an_administrator_switched_off_waits_like_any_other() {
    let rows = vec![
        (
            off(None),
            suspended(),
            "Update 1001 Changed: off by hand until +60",
        ),
        (goes(None, 5), suspended(), ""),
        (goes(None, 5), archived(), ""),
        (goes(None, -5), suspended(), "later: Delete 1001 Suspended: gone"),
        (goes(None, 5), Listed(ana()), "Update 1001 Changed: off by hand"),
        (
            goes(None, 5),
            IsDeleted,
            "Update 1001 Deleted: only off Deleted until +5",
        ),
    ];
    check(&patient(), rows);
}

#[test]
fn a_date_on_an_enabled_extension_is_nobodys_end() {
    let dated = |seconds: i64| {
        let mut object = goes(None, seconds)?;
        object.spec.enabled = true;
        Some(object)
    };
    for cause in CAUSES {
        let (name, only) = (cause.as_str(), only(cause));
        let expected = format!("later: Disable 1001 {name}: {only}off {name} until +60");
        assert_eq!(run(patient(), dated(-5), &says(cause)), expected);
        assert_eq!(run(patient(), dated(5), &says(cause)), expected);
    }
    check(
        &patient(),
        vec![(dated(-5), Listed(ana()), "Update 1001 Changed: on")],
    );
}

#[test]
fn whoever_comes_back_while_their_extension_waits_has_it_again() {
    for cause in CAUSES {
        for seconds in [5, -5] {
            let back = run(patient(), goes(cause, seconds), &Listed(ana()));
            assert_eq!(back, "Update 1001 Active: on", "{cause:?}");
        }
    }
    let unknown = Listed(ana_with(|ana| ana.suspended = None));
    // Whether the wait goes on cannot be told: it begins anew when the cause is seen again.
    check(
        &patient(),
        vec![(goes(Suspended, -5), unknown, "Update 1001 Changed: off Suspended")],
    );
}

#[test]
fn another_policy_ends_the_wait() {
    let with = |change: fn(&mut Lifecycle)| {
        let mut policy = patient();
        change(&mut policy.lifecycle);
        policy
    };
    let disable = with(|lifecycle| {
        lifecycle.on_suspended = WhileInactive::Disable;
        lifecycle.on_archived = WhileInactive::Disable;
        lifecycle.on_deleted = OnDeleted::Disable;
        lifecycle.on_out_of_scope = OnOutOfScope::Disable;
    });
    let ignore = with(|lifecycle| {
        lifecycle.on_suspended = WhileInactive::Ignore;
        lifecycle.on_archived = WhileInactive::Ignore;
    });
    let release = with(|lifecycle| lifecycle.on_out_of_scope = OnOutOfScope::Release);
    let at_once = with(|lifecycle| lifecycle.grace_period = GoDuration::new("0s"));
    for cause in CAUSES {
        let (name, only) = (cause.as_str(), only(cause));
        let changed = if cause == Deleted { "Deleted" } else { "Changed" };
        for seconds in [5, -5] {
            assert_eq!(
                run(disable.clone(), goes(cause, seconds), &says(cause)),
                format!("Update 1001 {changed}: {only}off {name}")
            );
            assert_eq!(
                run(at_once.clone(), goes(cause, seconds), &says(cause)),
                format!("later: Delete 1001 {name}: gone")
            );
        }
        let ignored = run(ignore.clone(), goes(cause, -5), &says(cause));
        if let Suspended | Archived = cause {
            assert_eq!(ignored, "Update 1001 Active: on");
        }
    }
    let released = run(release, goes(OutOfScope, -5), &says(OutOfScope));
    assert_eq!(released, "later: Release 1001 OutOfScope: released");
}

#[test]
fn an_extension_handed_over_is_as_it_is_but_for_the_date() {
    let waiting = View::of(&goes(OutOfScope, 5).unwrap());
    let after = Content::Release.target(&waiting).unwrap();
    let mut expected = waiting;
    expected.labels.clear();
    expected.spec.remove_after = None;
    assert_eq!(after, expected);
}

#[test]
fn a_newcomer_who_ought_to_have_none_gets_none_to_wait_with() {
    check(&patient(), vec![(None, suspended(), ""), (None, archived(), "")]);
}
