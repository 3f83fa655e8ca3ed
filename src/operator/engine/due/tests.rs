use serde_json::{Value, json};

use super::*;
use crate::operator::engine::context::Pause;
use crate::operator::engine::fault::Kind;
use crate::operator::engine::testing::{merge, subject};

fn at(text: &str) -> Timestamp {
    format!("2026-11-21T{text}Z").parse().unwrap()
}

fn minutes(minutes: u64) -> Due {
    Due::In(Duration::from_secs(60 * minutes))
}

fn condition(kind: &str, status: &str, reason: &str) -> Value {
    json!({
        "type": kind, "status": status, "reason": reason, "message": "m",
        "lastTransitionTime": "2026-11-21T07:00:00Z", "observedGeneration": 1,
    })
}

/// The status after a sync of generation 1 that ended at 07:50 with these conditions.
fn after(conditions: &[(&str, &str, &str)]) -> Value {
    let conditions: Vec<_> = conditions
        .iter()
        .map(|(kind, status, reason)| condition(kind, status, reason))
        .collect();
    json!({
        "observedGeneration": 1, "conditions": conditions,
        "users": {"lastSyncTime": "2026-11-21T07:50:00Z", "lastHandledSyncRequest": "old"},
    })
}

fn synced() -> Value {
    after(&[("UsersSynced", "True", "Succeeded")])
}

fn asking(token: &str) -> Value {
    json!({"annotations": {"dialplane.io/sync-requested-at": token}})
}

fn approving(hash: &str) -> Value {
    json!({"annotations": {"dialplane.io/approve-removals": hash}})
}

fn held() -> Value {
    let mut status = after(&[("UsersSynced", "False", "RemovalsHeld")]);
    status["plan"] = json!({"hash": "9f2c"});
    status
}

fn decided(object: Value, notes: &Notes) -> Due {
    let subject = subject(object);
    let users = subject.users().unwrap();
    decide(&subject, users, &schedule(users).unwrap(), notes, at("08:00:00"))
}

#[test]
fn automatic_is_due_at_once_then_by_interval_and_on_request() {
    let (long_ago, just) = ("2026-11-21T07:40:00Z", "2026-11-21T07:45:00Z");
    let aged = |time: &str| {
        let mut status = synced();
        status["users"]["lastSyncTime"] = json!(time);
        status
    };
    let unsynced = |reason| after(&[("UsersSynced", "False", reason)]);
    let interrupted = after(&[
        ("UsersSynced", "True", "Succeeded"),
        ("Reconciling", "True", "Progressing"),
    ]);
    let cases = [
        ("a new object", json!({}), Due::Now),
        ("synced ten minutes ago", json!({"status": synced()}), minutes(5)),
        ("overdue", json!({"status": aged(long_ago)}), Due::Now),
        ("due this moment", json!({"status": aged(just)}), Due::Now),
        (
            "a clock that was ahead when the last sync ended",
            json!({"status": aged("2027-11-21T07:50:00Z")}),
            Due::Now,
        ),
        (
            "no time of a last sync",
            json!({"status": {"conditions": synced()["conditions"]}}),
            Due::Now,
        ),
        (
            "a new generation",
            json!({"metadata": {"generation": 2}, "status": synced()}),
            Due::Now,
        ),
        (
            "a request",
            json!({"metadata": asking("new"), "status": synced()}),
            Due::Now,
        ),
        (
            "a request of before",
            json!({"metadata": asking("old"), "status": synced()}),
            minutes(5),
        ),
        (
            "a failure",
            json!({"status": unsynced("GoogleUnavailable")}),
            Due::Now,
        ),
        (
            "a dry run that ended",
            json!({"status": unsynced("DryRun")}),
            minutes(5),
        ),
        (
            "numbers that ended",
            json!({"status": unsynced("NumbersExhausted")}),
            minutes(5),
        ),
        ("removals that wait", json!({"status": held()}), minutes(5)),
        (
            "an approval",
            json!({"metadata": approving("9f2c"), "status": held()}),
            Due::Now,
        ),
        (
            "an approval of another plan",
            json!({"metadata": approving("0000"), "status": held()}),
            minutes(5),
        ),
        (
            "an approval without a plan",
            json!({"metadata": approving("9f2c"), "status": synced()}),
            minutes(5),
        ),
        (
            "an approval during a dry run",
            json!({"spec": {"dryRun": true}, "metadata": approving("9f2c"), "status": held()}),
            minutes(5),
        ),
        (
            "a sync that a crash interrupted",
            json!({"status": interrupted}),
            Due::Now,
        ),
    ];
    for (what, object, expected) in cases {
        assert_eq!(decided(object, &Notes::default()), expected, "{what}");
    }
}

#[test]
fn a_daily_sync_is_due_at_once_then_at_its_time_of_day() {
    let daily = |daily: Value, over: Value| {
        let mut object = json!({"spec": {"users": {"schedule": {"interval": null, "daily": daily}}}});
        merge(&mut object, over);
        object
    };
    let synced = json!({"status": synced()});
    let renewed = json!({"metadata": {"generation": 2}, "status": synced["status"]});
    // It is 08:00 UTC, a Saturday, and the last sync ended at 07:50.
    let cases = [
        ("a new object", json!({"at": "09:00:00"}), json!({}), Due::Now),
        ("today", json!({"at": "09:00:00"}), synced.clone(), minutes(60)),
        (
            "tomorrow",
            json!({"at": "07:45:00"}),
            synced.clone(),
            minutes(24 * 60 - 15),
        ),
        (
            "missed while nobody ran",
            json!({"at": "07:55:00"}),
            synced.clone(),
            Due::Now,
        ),
        (
            "clocks of a zone",
            json!({"at": "09:30:00", "timeZone": "Europe/Berlin"}),
            synced.clone(),
            minutes(30),
        ),
        (
            "on Monday",
            json!({"at": "08:00:00", "days": ["Monday"]}),
            synced,
            minutes(2 * 24 * 60),
        ),
        ("changed", json!({"at": "09:00:00"}), renewed, Due::Now),
    ];
    for (what, declared, over, expected) in cases {
        assert_eq!(
            decided(daily(declared, over), &Notes::default()),
            expected,
            "{what}"
        );
    }
}

#[test]
fn a_zone_that_does_not_exist_waits_for_a_correction() {
    for (zone, remedy) in [
        ("Europe/Atlantis", "Europe/Berlin"),
        ("europe/berlin", "use Europe/Berlin"),
    ] {
        let daily = json!({"at": "02:00:00", "timeZone": zone});
        let subject = subject(json!({"spec": {"users": {"schedule": {"interval": null, "daily": daily}}}}));
        let fault = schedule(subject.users().unwrap()).unwrap_err();
        assert_eq!(fault.reason, "InvalidTimeZone");
        assert_eq!(fault.kind, Kind::Stalled(None));
        assert!(fault.message.contains(remedy), "{fault}");
    }
}

#[test]
fn what_is_remembered_counts_more_than_the_status_that_the_watch_shows() {
    let notes = |next: &str| Notes {
        synced_generation: Some(1),
        next_sync: Some(at(next)),
        ..Notes::default()
    };
    assert_eq!(decided(json!({}), &notes("08:10:00")), minutes(10));
    assert_eq!(decided(json!({"status": synced()}), &notes("08:00:00")), Due::Now);
    let object = json!({"metadata": {"generation": 2}, "status": synced()});
    assert_eq!(decided(object, &notes("08:10:00")), Due::Now);
    // 15 minutes and a tenth: no schedule of ours goes further.
    assert_eq!(
        decided(json!({}), &notes("08:16:00")),
        Due::In(Duration::from_mins(16))
    );
    assert_eq!(
        decided(json!({}), &notes("08:17:00")),
        Due::Now,
        "set by a clock that was ahead"
    );
    let crowd = Notes {
        full_sync_wanted: true,
        ..notes("08:10:00")
    };
    assert_eq!(decided(json!({"status": synced()}), &crowd), Due::Now);

    let mut newer = synced();
    newer["users"]["lastHandledSyncRequest"] = json!("new");
    let acknowledged = Notes {
        status: Some(serde_json::from_value(newer).unwrap()),
        ..Notes::default()
    };
    let object = json!({"metadata": asking("new"), "status": synced()});
    assert_eq!(decided(object, &acknowledged), minutes(5));
}

#[test]
fn manual_is_due_on_request_only() {
    let asked_for = |answered| Due::OnRequest { answered };
    let stalled = |reason| after(&[("Stalled", "True", reason), ("UsersSynced", "Unknown", reason)]);
    let mut unasked = stalled("SecretNotFound");
    unasked["users"] = json!({});
    let cases = [
        ("a new object", json!({}), asked_for(false)),
        ("synced", json!({"status": synced()}), asked_for(true)),
        (
            "a new generation",
            json!({"metadata": {"generation": 2}, "status": synced()}),
            asked_for(false),
        ),
        (
            "a request",
            json!({"metadata": asking("new"), "status": synced()}),
            Due::Now,
        ),
        (
            "a request of before",
            json!({"metadata": asking("old"), "status": synced()}),
            asked_for(true),
        ),
        ("removals that wait", json!({"status": held()}), asked_for(true)),
        (
            "an approval",
            json!({"metadata": approving("9f2c"), "status": held()}),
            Due::Now,
        ),
        (
            "a request that failed for good",
            json!({"status": stalled("SecretNotFound")}),
            asked_for(true),
        ),
        (
            "the same, before a change",
            json!({"metadata": {"generation": 2}, "status": stalled("SecretNotFound")}),
            asked_for(false),
        ),
        (
            "a fault that nobody asked for",
            json!({"status": unasked}),
            asked_for(false),
        ),
        (
            "the end of a suspension",
            json!({"status": stalled("Suspended")}),
            asked_for(false),
        ),
        (
            "a tenant that was taken",
            json!({"status": stalled("TenantTaken")}),
            asked_for(false),
        ),
    ];
    let crowd = Notes {
        full_sync_wanted: true,
        ..Notes::default()
    };
    for (what, mut object, expected) in cases {
        merge(
            &mut object,
            json!({"spec": {"users": {"syncMode": "Manual", "schedule": null}}}),
        );
        assert_eq!(decided(object.clone(), &Notes::default()), expected, "{what}");
        assert_eq!(
            decided(object, &crowd),
            expected,
            "{what}, with a crowd of deviations"
        );
    }
}

#[test]
fn a_failure_is_not_repeated_before_its_pause_is_over_unless_its_inputs_change() {
    let failing = json!({"metadata": asking("new")});
    let paused = |until: &str, generation: i64, token: &str| Notes {
        pause: Some(Pause {
            until: at(until),
            tried: Tried {
                generation,
                annotations: vec![token.to_owned(), String::new()],
                secret: Some("uid/1".to_owned()),
            },
        }),
        ..Notes::default()
    };
    assert_eq!(
        decided(failing.clone(), &paused("08:05:00", 1, "new")),
        minutes(5)
    );
    assert_eq!(
        decided(failing.clone(), &paused("08:00:00", 1, "new")),
        Due::Now,
        "over"
    );
    assert_eq!(
        decided(failing.clone(), &paused("08:05:00", 0, "new")),
        Due::Now,
        "another generation"
    );
    assert_eq!(
        decided(failing.clone(), &paused("08:05:00", 1, "old")),
        Due::Now,
        "another request"
    );
    let approved = json!({"metadata": {"annotations": {
        "dialplane.io/sync-requested-at": "new", "dialplane.io/approve-removals": "9f2c",
    }}});
    assert_eq!(
        decided(approved, &paused("08:05:00", 1, "new")),
        Due::Now,
        "an approval"
    );
}
