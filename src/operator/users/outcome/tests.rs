use std::time::Duration;

use axum::http::Method;
use dialplane_test_harness::conditions::check;
use serde_json::{Value, json};

use super::*;
use crate::api::GoogleWorkspaceIntegrationStatus;
use crate::api::conditions::{self, RECONCILING};
use crate::api::status::{PlanCounts, PlanStatus};
use crate::google::DIRECTORY_USERS_SCOPE;
use crate::operator::engine::fault::Kind;
use crate::operator::engine::testing::{Written, recording, subject};
use crate::operator::extensions::testing::{Desk, Script, refusal};
use crate::operator::status::publish::{publish, says_the_same};

fn draft() -> Draft {
    Draft {
        status: GoogleWorkspaceIntegrationStatus::default(),
        object: ObjectName {
            namespace: "voice".into(),
            name: "acme".into(),
        },
        generation: 3,
        now: "2026-11-21T08:00:00Z".parse().unwrap(),
    }
}

fn shown<'a>(draft: &'a Draft, kind: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let found = conditions::get(&draft.status.conditions, kind)?;
    Some((&found.status, &found.reason, &found.message))
}

fn assert_obeys_the_rules(draft: &Draft) {
    let object = json!({"metadata": {"generation": 3}, "status": draft.status});
    if let Err(broken) = check(&object) {
        panic!("{broken}");
    }
}

fn identity() -> Identity {
    Identity {
        account: "sync@acme.iam".into(),
        subject: Some("it@acme.com".into()),
        epoch: 2,
        scopes: vec![DIRECTORY_USERS_SCOPE],
        ..Identity::default()
    }
}

fn report(counts: Counts) -> Report {
    Report {
        counts,
        ..Report::default()
    }
}

fn synced(report: &Report) -> Draft {
    let mut draft = draft();
    super::synced(&mut draft, report, &identity(), false, None);
    assert_obeys_the_rules(&draft);
    draft
}

#[test]
fn a_fault_shows_where_it_belongs() {
    let wait = Some(Duration::from_secs(1));
    let (stalled, waiting, transient) = (Kind::Stalled(wait), Kind::Waiting, Kind::Transient);
    let (yes, no, unknown) = (Some("True"), Some("False"), Some("Unknown"));
    // Kind, area; then the connection and Authorized, UsersSynced, Reconciling, Stalled after it.
    let cases = [
        (
            stalled,
            Area::Authorization,
            Connection::Disconnected,
            [no, unknown, None, yes],
        ),
        (
            transient,
            Area::Authorization,
            Connection::Disconnected,
            [no, unknown, yes, None],
        ),
        (
            transient,
            Area::Connection,
            Connection::Degraded,
            [yes, no, yes, None],
        ),
        (stalled, Area::Sync, Connection::Connected, [yes, no, None, yes]),
        (transient, Area::Sync, Connection::Connected, [yes, no, yes, None]),
        (
            stalled,
            Area::Declaration,
            Connection::Connected,
            [yes, unknown, None, yes],
        ),
        (
            waiting,
            Area::Declaration,
            Connection::Connected,
            [yes, unknown, None, None],
        ),
    ];
    for (kind, area, connection, expected) in cases {
        let fault = Fault {
            kind,
            area,
            reason: "SomeReason",
            message: "Something is wrong. Mend it.".into(),
            source: None,
        };
        let mut draft = synced(&report(Counts::default()));
        // A fault ends what was going on before, whatever that was.
        draft.progressing(reasons::PROGRESSING, "Reading the directory.");
        draft.faulted(&fault, None);
        assert_obeys_the_rules(&draft);
        assert_eq!(draft.status.connection, connection, "{kind:?} {area:?}");
        assert_eq!(draft.status.observed_generation, 3);
        let found = [AUTHORIZED, USERS_SYNCED, RECONCILING, STALLED]
            .map(|kind| shown(&draft, kind).map(|(status, ..)| status));
        assert_eq!(found, expected, "{kind:?} {area:?}");
        assert_eq!(
            shown(&draft, READY),
            Some(("False", "SomeReason", "Something is wrong. Mend it."))
        );
    }
}

#[test]
fn a_connection_that_never_was_does_not_degrade() {
    let mut draft = draft();
    draft.faulted(
        &Fault::transient(Area::Connection, "GoogleUnavailable", "No. Wait."),
        None,
    );
    assert_eq!(draft.status.connection, Connection::Disconnected);
    assert_eq!(shown(&draft, AUTHORIZED), None, "nobody has asked Google yet");
    assert_obeys_the_rules(&draft);
}

#[test]
fn missing_scopes_are_listed_until_google_grants_them() {
    let scopes = |draft: &Draft| draft.status.authorization.clone().unwrap().scopes;
    let mut draft = draft();
    let fault = Fault::stalled(
        Area::Authorization,
        reasons::DELEGATION_SCOPES_MISSING,
        "No. Add it.",
    );
    draft.faulted(&fault, Some(&identity()));
    assert_eq!(scopes(&draft).missing, [DIRECTORY_USERS_SCOPE]);
    assert_eq!(scopes(&draft).granted, Vec::<String>::new());
    super::synced(&mut draft, &report(Counts::default()), &identity(), false, None);
    assert_eq!(scopes(&draft).granted, [DIRECTORY_USERS_SCOPE]);
    assert_eq!(scopes(&draft).missing, Vec::<String>::new());
    let authorization = draft.status.authorization.as_ref().unwrap();
    assert_eq!(
        (authorization.account.as_deref(), authorization.epoch),
        (Some("it@acme.com"), Some(2))
    );
    // Another fault does not change what Google was seen to grant.
    draft.faulted(
        &Fault::transient(Area::Connection, "RateLimited", "No. Wait."),
        Some(&identity()),
    );
    assert_eq!(scopes(&draft).granted, [DIRECTORY_USERS_SCOPE]);
}

#[test]
fn a_sync_that_reached_its_end_is_ready_and_says_for_how_many() {
    let counts = |in_scope, conflicts| Counts {
        in_scope,
        conflicts,
        ..Counts::default()
    };
    let cases = [
        (
            counts(0, 0),
            "0 users have been synced to the PBX extension directory.",
        ),
        (
            counts(1, 0),
            "1 user has been synced to the PBX extension directory.",
        ),
        (
            counts(42, 0),
            "42 users have been synced to the PBX extension directory.",
        ),
        (
            counts(42, 2),
            "42 users have been synced to the PBX extension directory. 2 could not be synced as declared; see status.users.problems.",
        ),
    ];
    for (counts, message) in cases {
        let draft = synced(&report(counts));
        assert_eq!(shown(&draft, READY), Some(("True", "Succeeded", message)));
        assert_eq!(shown(&draft, USERS_SYNCED), Some(("True", "Succeeded", message)));
        let authorized = "Google allows it@acme.com to read the directory.";
        assert_eq!(shown(&draft, AUTHORIZED), Some(("True", "Verified", authorized)));
        assert_eq!(
            draft.status.users.as_ref().unwrap().message.as_deref(),
            Some(message)
        );
        assert_eq!(draft.status.connection, Connection::Connected);
    }
}

fn held() -> Report {
    let counts = PlanCounts {
        create: 1,
        update: 2,
        disable: 7,
        delete: 4,
        release: 0,
    };
    Report {
        plan: Some(PlanStatus {
            hash: "9f2c".into(),
            counts,
            samples: Vec::new(),
        }),
        held: Some((11, 5)),
        without_number: 1,
        unserved: 1,
        ..report(Counts {
            in_scope: 50,
            ..Counts::default()
        })
    }
}

#[test]
fn a_held_plan_comes_before_missing_numbers_and_both_need_a_person() {
    let mut draft = synced(&held());
    for kind in [READY, USERS_SYNCED] {
        assert_eq!(shown(&draft, kind).unwrap().0, "False");
    }
    for kind in [READY, USERS_SYNCED, STALLED, REMOVALS_HELD] {
        let (_, reason, message) = shown(&draft, kind).unwrap();
        assert_eq!(reason, "RemovalsHeld");
        assert!(
            message.starts_with("11 extensions would be disabled, deleted, renumbered or released. The limit is 5, so nothing was removed. "),
            "{message}"
        );
        assert!(
            message.contains(
                "with: kubectl -n voice annotate gwi acme --overwrite dialplane.io/approve-removals=9f2c; or"
            ),
            "{message}"
        );
        assert!(message.ends_with('.'), "{message}");
    }
    assert_eq!(draft.status.plan.as_ref().unwrap().hash, "9f2c");

    let exhausted = Report {
        held: None,
        plan: None,
        ..held()
    };
    super::synced(&mut draft, &exhausted, &identity(), false, None);
    assert_obeys_the_rules(&draft);
    assert_eq!((shown(&draft, REMOVALS_HELD), &draft.status.plan), (None, &None));
    let (_, reason, message) = shown(&draft, STALLED).unwrap();
    assert_eq!(reason, "NumbersExhausted");
    assert!(
        message.starts_with("1 user has no extension, because no number is free. "),
        "{message}"
    );
    let said = draft.status.users.as_ref().unwrap().message.clone().unwrap();
    assert_eq!(said, "49 users have been synced to the PBX extension directory.");

    super::synced(&mut draft, &report(Counts::default()), &identity(), false, None);
    assert_obeys_the_rules(&draft);
    assert_eq!(
        (shown(&draft, STALLED), shown(&draft, READY).unwrap().0),
        (None, "True")
    );
}

#[test]
fn a_dry_run_is_ready_and_not_synced_and_tells_what_it_would_do() {
    let dry = |report: &Report| {
        let mut draft = draft();
        super::synced(&mut draft, report, &identity(), true, None);
        assert_obeys_the_rules(&draft);
        assert_eq!(
            (shown(&draft, STALLED), shown(&draft, REMOVALS_HELD)),
            (None, None)
        );
        assert_eq!(shown(&draft, USERS_SYNCED).unwrap().0, "False");
        let (status, reason, message) = shown(&draft, READY).unwrap();
        assert_eq!((status, reason), ("True", "DryRun"));
        message.to_owned()
    };
    let plain = Report {
        held: None,
        without_number: 0,
        ..held()
    };
    assert_eq!(
        dry(&plain),
        "Dry run: 1 extensions to create, 2 to update, 7 to disable, 4 to delete; nothing was written. See status.plan. To apply the changes, set spec.dryRun to false."
    );
    let above = Report {
        without_number: 0,
        ..held()
    };
    assert!(dry(&above).contains(" The 11 removals exceed the limit of 5 and would wait for approval. "));
}

#[test]
fn a_sync_that_can_serve_nobody_is_not_ready_and_says_why() {
    let problem = |number: usize, reason| crate::sync::plan::Problem {
        user: format!("user{number}@acme.com"),
        reason,
        message: "No. Mend it.".into(),
        unserved: true,
    };
    let mut report = report(Counts {
        in_scope: 3,
        ..Counts::default()
    });
    let reasons = ["NumberInvalid", "NumberMissing", "NumberMissing"];
    for (number, reason) in reasons.into_iter().enumerate() {
        let dry_run = |report: &Report| {
            let mut draft = draft();
            super::synced(&mut draft, report, &identity(), true, None);
            assert_obeys_the_rules(&draft);
            draft
        };
        let before = dry_run(&report);
        assert_eq!(shown(&before, READY).unwrap().1, "DryRun", "{number} of 3");
        report.refused(problem(number, reason));
        let (_, reason, message) = shown(&dry_run(&report), READY)
            .map(|(status, reason, message)| (status.to_owned(), reason.to_owned(), message.to_owned()))
            .unwrap();
        let told = match reason.as_str() {
            "DryRun" => " could not be synced as declared; see status.users.problems. See status.plan",
            _ => "None of the 3 users in scope can have an extension: NumberMissing (2), NumberInvalid (1). ",
        };
        assert!(message.contains(told), "{message}");
    }
    for dry_run in [true, false] {
        let mut draft = draft();
        super::synced(&mut draft, &report, &identity(), dry_run, None);
        assert_obeys_the_rules(&draft);
        for (kind, status) in [(READY, "False"), (USERS_SYNCED, "False"), (STALLED, "True")] {
            let (found, reason, _) = shown(&draft, kind).unwrap();
            assert_eq!((found, reason), (status, "NobodyServed"), "{kind}");
        }
    }
}

/// An earlier declaration asked for nothing, so nobody tried the credentials. That is no reason any more.
#[test]
fn credentials_that_nobody_tried_are_so_for_the_reason_of_now() {
    let why = |draft: &Draft| {
        let (status, reason, _) = shown(draft, AUTHORIZED).unwrap();
        (status.to_owned(), reason.to_owned())
    };
    let unknown = |reason: &str| ("Unknown".to_owned(), reason.to_owned());
    let mut draft = draft();
    disabled(&mut draft, None, false);
    assert_eq!(why(&draft), unknown("UsersDisabled"));
    draft.progressing(reasons::PROGRESSING, "Reading the directory.");
    assert_eq!(why(&draft), unknown("Progressing"));
    let suspended = Fault::declared(reasons::SUSPENDED, "Suspended. Resume it.");
    let down = Fault::transient(Area::Connection, reasons::GOOGLE_UNAVAILABLE, "No. Wait.");
    for fault in [&suspended, &down] {
        disabled(&mut draft, None, false);
        draft.faulted(fault, None);
        assert_obeys_the_rules(&draft);
        assert_eq!(why(&draft), unknown(fault.reason));
    }
    // What somebody did try stands.
    super::synced(&mut draft, &report(Counts::default()), &identity(), false, None);
    draft.faulted(&suspended, None);
    assert_eq!(why(&draft), ("True".to_owned(), "Verified".to_owned()));
}

#[test]
fn switched_off_is_ready_and_forgets_the_plan() {
    let mut draft = synced(&held());
    disabled(&mut draft, None, false);
    assert_obeys_the_rules(&draft);
    assert_eq!(draft.status.plan, None);
    assert_eq!(
        shown(&draft, READY).map(|(status, reason, _)| (status, reason)),
        Some(("True", "UsersDisabled"))
    );
    for kind in [AUTHORIZED, USERS_SYNCED] {
        assert_eq!(
            shown(&draft, kind).unwrap().0,
            "Unknown",
            "not checked, so not true"
        );
    }
}

#[test]
fn progress_is_neither_success_nor_failure() {
    let mut draft = synced(&held());
    draft.progressing(reasons::TERMINATING, "3 of 9 extensions released.");
    assert_eq!(shown(&draft, STALLED), None);
    let expected = |status| Some((status, "Terminating", "3 of 9 extensions released."));
    assert_eq!(shown(&draft, RECONCILING), expected("True"));
    assert_eq!(shown(&draft, READY), expected("Unknown"));
}

#[test]
fn a_sync_that_changed_nothing_keeps_the_counts_of_the_one_that_did() {
    let before = Counts {
        read: 50,
        in_scope: 42,
        created: 30,
        updated: 5,
        unchanged: 5,
        disabled: 2,
        ..Counts::default()
    };
    let still = Counts {
        read: 51,
        in_scope: 42,
        unchanged: 42,
        skipped: 9,
        conflicts: 1,
        ..Counts::default()
    };
    let expected = Counts {
        read: 51,
        skipped: 9,
        conflicts: 1,
        ..before
    };
    assert_eq!(
        quiet(before, still),
        expected,
        "30 + 5 + 5 + 2 are the 42 that are right now"
    );
    let fewer = Counts {
        unchanged: 41,
        ..still
    };
    let expected = Counts {
        unchanged: 41,
        ..expected
    };
    assert_eq!(quiet(before, fewer), expected);
    // Through the status: a second sync without changes says the same as the first one with them.
    let mut draft = synced(&report(before));
    let first = draft.status.clone();
    draft.now = "2026-11-21T09:00:00Z".parse().unwrap();
    let again = report(Counts {
        read: 50,
        in_scope: 42,
        unchanged: 42,
        ..Counts::default()
    });
    let next = Some(draft.now);
    super::synced(&mut draft, &again, &identity(), false, next);
    assert!(
        says_the_same(&first, &draft.status),
        "{first:#?}\n{:#?}",
        draft.status
    );
    assert_ne!(first, draft.status);
}

#[test]
fn a_request_is_acknowledged_and_kept() {
    let mut draft = draft();
    draft.handled(None);
    assert_eq!(draft.status.users, None);
    draft.handled(Some(&"é".repeat(2000)));
    draft.handled(None);
    super::synced(&mut draft, &report(Counts::default()), &identity(), false, None);
    let handled = draft.status.users.unwrap().last_handled_sync_request.unwrap();
    assert_eq!(handled, "é".repeat(1024));
}

#[test]
fn messages_have_a_limit() {
    let mut draft = draft();
    draft.faulted(&Fault::declared("SomeReason", "é".repeat(5000)), None);
    assert_eq!(shown(&draft, READY).unwrap().2, "é".repeat(1024));
}

/// Every leaf of a JSON value, as a pointer.
fn leaves(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => map
            .iter()
            .for_each(|(key, value)| leaves(value, &format!("{path}/{key}"), found)),
        Value::Array(list) => {
            list.iter()
                .enumerate()
                .for_each(|(at, value)| leaves(value, &format!("{path}/{at}"), found));
        }
        _ => found.push(path.to_owned()),
    }
}

#[test]
fn only_times_may_differ_between_statuses_that_say_the_same() {
    let mut full = held();
    full.problem("bo@acme.com", "Unreadable", "No.");
    let mut draft = draft();
    draft.handled(Some("token"));
    let next = Some(draft.now);
    super::synced(&mut draft, &full, &identity(), false, next);
    let status = serde_json::to_value(&draft.status).unwrap();
    let mut paths = Vec::new();
    leaves(&status, "", &mut paths);
    assert!(paths.len() > 40, "{paths:?}");
    let mut times = Vec::new();
    for path in paths {
        let mut other = status.clone();
        let leaf = other.pointer_mut(&path).unwrap();
        *leaf = match leaf.clone() {
            Value::Number(number) => json!(number.as_i64().unwrap() + 1),
            Value::String(text) if text == "Connected" => json!("Degraded"),
            Value::String(text) if text.ends_with('Z') => json!("2026-11-21T12:00:00Z"),
            Value::String(text) => json!(format!("{text}x")),
            other => panic!("{path}: {other}"),
        };
        let other = serde_json::from_value(other).unwrap();
        if says_the_same(&draft.status, &other) {
            times.push(path.rsplit('/').next().unwrap().to_owned());
        }
    }
    times.sort();
    times.dedup();
    assert_eq!(times, ["lastSyncTime", "lastTransitionTime", "nextSyncTime"]);
}

/// Reasons of the events, and how many statuses were written.
fn told(written: &Written) -> (Vec<String>, usize) {
    let written = written.lock().unwrap();
    let (statuses, events): (Vec<_>, Vec<_>) =
        written.iter().partition(|(path, _)| path.ends_with("/status"));
    let reasons = events
        .iter()
        .map(|(_, event)| event["reason"].as_str().unwrap().to_owned());
    (reasons.collect(), statuses.len())
}

#[tokio::test]
async fn a_status_is_written_when_it_says_something_new_and_an_event_when_ready_changes() {
    let subject = subject(json!({}));
    let (ctx, written) = recording(serde_json::to_value(&*subject.object).unwrap()).await;
    let begin = || Draft::new(&ctx, &subject, "2026-11-21T08:00:00Z".parse().unwrap());
    let mut draft = begin();
    draft.progressing(reasons::PROGRESSING, "Reading the directory.");
    publish(&ctx, &subject, draft).await.unwrap();
    assert_eq!(told(&written), (vec![], 1), "work that begins is no event");

    // The object that we have is older than what we wrote: what we remember counts.
    let mut changed = report(Counts::default());
    changed.counts.created = 1;
    let nothing = report(Counts::default());
    for counts in [&changed, &nothing, &nothing] {
        let mut draft = begin();
        super::synced(&mut draft, counts, &identity(), false, None);
        publish(&ctx, &subject, draft).await.unwrap();
    }
    let (events, statuses) = told(&written);
    assert_eq!((events, statuses), (vec!["Succeeded".to_owned()], 2));
    let mut draft = begin();
    let more = Counts {
        read: 1,
        ..Counts::default()
    };
    super::synced(&mut draft, &report(more), &identity(), false, None);
    publish(&ctx, &subject, draft).await.unwrap();
    let expected = (vec!["Succeeded".to_owned()], 3);
    assert_eq!(
        told(&written),
        expected,
        "the state is the same, so there is no event"
    );
    let settled = written.lock().unwrap().len();
    let mut draft = begin();
    super::synced(&mut draft, &report(more), &identity(), false, None);
    publish(&ctx, &subject, draft).await.unwrap();
    assert_eq!(written.lock().unwrap().len(), settled, "nothing new was said");

    let unavailable = Fault::transient(Area::Connection, "GoogleUnavailable", "No. Wait.");
    for _ in 0..3 {
        let mut draft = begin();
        draft.faulted(&unavailable, None);
        publish(&ctx, &subject, draft).await.unwrap();
    }
    assert_eq!(
        told(&written),
        (vec!["Succeeded".to_owned(), "GoogleUnavailable".to_owned()], 4)
    );
    let (path, body) = written.lock().unwrap()[0].clone();
    assert_eq!(
        path,
        "/apis/dialplane.io/v1alpha1/namespaces/voice/googleworkspaceintegrations/acme/status"
    );
    assert_eq!(
        body["metadata"],
        json!({"name": "acme", "uid": "u-1"}),
        "never written onto a successor"
    );
}

#[tokio::test]
async fn the_time_of_the_last_sync_is_written_once_an_hour_and_no_more() {
    let subject = subject(json!({}));
    let (ctx, written) = recording(serde_json::to_value(&*subject.object).unwrap()).await;
    let mut writes = Vec::new();
    for minutes in [0, 15, 30, 45, 59, 60, 61, 119, 120] {
        let now: jiff::Timestamp = "2026-11-21T08:00:00Z".parse().unwrap();
        let mut draft = Draft::new(&ctx, &subject, now + jiff::SignedDuration::from_mins(minutes));
        super::synced(&mut draft, &report(Counts::default()), &identity(), false, None);
        publish(&ctx, &subject, draft).await.unwrap();
        writes.push(told(&written).1);
    }
    assert_eq!(writes, [1, 1, 1, 1, 1, 2, 2, 2, 3]);
    assert_eq!(told(&written).0, ["Succeeded"], "no event says it again");
}

#[tokio::test]
async fn what_could_not_be_written_is_written_later() {
    let subject = subject(json!({}));
    let body = serde_json::to_value(&*subject.object).unwrap();
    let event = json!({"metadata": {"name": "e"}, "action": "a", "reason": "Succeeded"});
    let script = Script::default()
        .patch(500, refusal(500, "InternalError"))
        .patch(200, body)
        .then(Method::POST, 201, event);
    let desk = Desk::before(script).await;
    let mut draft = Draft::new(&desk.ctx, &subject, Timestamp::now());
    super::synced(&mut draft, &report(Counts::default()), &identity(), false, None);
    publish(&desk.ctx, &subject, draft).await.unwrap_err();
    // Whoever looks next says the same, and knows what has been done.
    let draft = Draft::new(&desk.ctx, &subject, Timestamp::now());
    assert_eq!(shown(&draft, READY).unwrap().0, "True");
    publish(&desk.ctx, &subject, draft).await.unwrap();
    let statuses = desk.sent(&Method::PATCH);
    assert_eq!(statuses[0], statuses[1]);
    assert_eq!(desk.sent(&Method::POST)[0]["reason"], "Succeeded");
    let draft = Draft::new(&desk.ctx, &subject, Timestamp::now());
    publish(&desk.ctx, &subject, draft).await.unwrap();
    assert_eq!(desk.sent(&Method::PATCH).len(), 2, "once is enough");
}
