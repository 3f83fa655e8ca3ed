//! What the status says when a sync reached its end, or when none is asked for.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::memory::UsersMemory;
use super::metrics::{SUCCESS, UsersMetrics};
use super::report::Report;
use crate::api::conditions::{AUTHORIZED, Decision, READY, REMOVALS_HELD, STALLED, USERS_SYNCED};
use crate::api::names::ANNOTATION_APPROVE_REMOVALS;
use crate::api::reasons;
use crate::api::status::{Connection, Counts, UsersStatus};
use crate::operator::engine::context::Context;
use crate::operator::engine::fault::{Area, Fault, Identity};
use crate::operator::engine::subject::Subject;
use crate::operator::engine::text::truncated;
use crate::operator::status::draft::{Draft, MESSAGE_LIMIT, ObjectName};

/// The declaration asks for nothing, and for no more than these removals, which were made or wait.
pub fn disabled(draft: &mut Draft, removals: Option<&Report>, dry_run: bool) {
    draft.settle();
    draft.remove(REMOVALS_HELD);
    draft.status.plan = removals.and_then(|report| report.plan.clone());
    let message = match removals {
        Some(report) if dry_run => dry_run_message(report),
        Some(report) => deleted_message(report),
        None => "spec.users.enabled is false: Dialplane creates and changes no extensions. To start, set it to true."
            .to_owned(),
    };
    if let Some(users) = &mut draft.status.users {
        users.problems = removals.map(Report::problems).unwrap_or_default();
    }
    if let Some(held) = removals.and_then(|report| incomplete(&draft.object, report, dry_run)) {
        draft.set(Decision::unknown(AUTHORIZED, reasons::USERS_DISABLED, message));
        return withhold(draft, held);
    }
    draft.set(Decision::unknown(AUTHORIZED, reasons::USERS_DISABLED, &message));
    draft.set(Decision::unknown(USERS_SYNCED, reasons::USERS_DISABLED, &message));
    draft.set(Decision::yes(READY, reasons::USERS_DISABLED, message));
}

fn deleted_message(report: &Report) -> String {
    let Counts {
        deleted, conflicts, ..
    } = report.counts;
    let text = format!(
        "spec.users.enabled is false and whenDisabled is Delete: {deleted} extensions were deleted. To start again, set enabled to true."
    );
    match conflicts {
        0 => text,
        n => format!(
            "{text} {n} could not be deleted. Dialplane retries with increasing delays; see status.users.problems."
        ),
    }
}

/// What was not done waits for somebody.
fn withhold(draft: &mut Draft, fault: Fault) {
    if fault.reason == reasons::REMOVALS_HELD {
        draft.set(Decision::yes(REMOVALS_HELD, fault.reason, &fault.message));
    }
    draft.set(Decision::no(USERS_SYNCED, fault.reason, &fault.message));
    draft.set(Decision::no(READY, fault.reason, &fault.message));
    draft.set(Decision::yes(STALLED, fault.reason, fault.message));
}

/// A sync reached its end.
pub fn synced(
    draft: &mut Draft,
    report: &Report,
    identity: &Identity,
    dry_run: bool,
    next: Option<Timestamp>,
) {
    draft.settle();
    draft.status.connection = Connection::Connected;
    draft.authorization(identity);
    draft.scopes(|required| (required, Vec::new()));
    draft.set(Decision::yes(
        AUTHORIZED,
        reasons::VERIFIED,
        format!("Google allows {} to read the directory.", identity.effective()),
    ));
    draft.status.plan.clone_from(&report.plan);
    let dry_run_message = dry_run.then(|| dry_run_message(report));
    users(
        draft,
        report,
        next,
        dry_run_message.clone().unwrap_or_else(|| message(report)),
    );
    let summary = draft
        .status
        .users
        .as_ref()
        .and_then(|users| users.message.clone())
        .unwrap_or_default();
    draft.remove(REMOVALS_HELD);
    if let Some(fault) = incomplete(&draft.object, report, dry_run) {
        withhold(draft, fault);
    } else if let Some(message) = dry_run_message {
        draft.set(Decision::no(USERS_SYNCED, reasons::DRY_RUN, &message));
        draft.set(Decision::yes(READY, reasons::DRY_RUN, message));
    } else {
        draft.set(Decision::yes(USERS_SYNCED, reasons::SUCCEEDED, &summary));
        draft.set(Decision::yes(READY, reasons::SUCCEEDED, summary));
    }
}

fn users(draft: &mut Draft, report: &Report, next: Option<Timestamp>, message: String) {
    let users = draft.status.users.get_or_insert_default();
    let counts = if report.changes() == 0 {
        quiet(users.counts, report.counts)
    } else {
        report.counts
    };
    let fresh = UsersStatus {
        last_sync_time: Some(Time(draft.now)),
        next_sync_time: next.map(Time),
        last_handled_sync_request: users.last_handled_sync_request.clone(),
        message: Some(truncated(message, MESSAGE_LIMIT)),
        counts,
        organizational_units: report.units.clone(),
        channels: users.channels.clone(),
        problems: report.problems(),
    };
    *users = fresh;
}

/// Counts, logs and remembers a sync that reached its end.
pub fn account(ctx: &Context, subject: &Subject, report: &Report, now: Timestamp, took: Duration) {
    let held = report.held.map_or(0, |(removals, _)| removals);
    let metrics = ctx.slot::<UsersMetrics>();
    metrics.sync_ended(SUCCESS, took);
    metrics.sync_succeeded(subject, now.as_second());
    metrics.extensions(subject, ctx.extensions.kept(&subject.key, &subject.name), held);
    tracing::info!(
        integration = subject.name,
        namespace = subject.key.namespace,
        read = report.counts.read,
        changes = report.changes(),
        held,
        seconds = took.as_secs_f64(),
        "a sync completed"
    );
    UsersMemory::of(ctx, subject).synced();
}

/// After a sync that changed nothing, what the last one did still stands: only what was read is taken over. Otherwise
/// every first quiet sync would write a status to say that it had nothing to write.
fn quiet(before: Counts, now: Counts) -> Counts {
    let Counts {
        read,
        in_scope,
        skipped,
        conflicts,
        unchanged,
        ..
    } = now;
    let known = before.created + before.updated + before.disabled + before.unchanged == unchanged;
    Counts {
        read,
        in_scope,
        skipped,
        conflicts,
        unchanged: if known { before.unchanged } else { unchanged },
        ..before
    }
}

fn message(report: &Report) -> String {
    let synced = report.counts.in_scope - report.unserved;
    let text = format!(
        "{} been synced to the PBX extension directory.",
        users_have(synced)
    );
    text + &not_as_declared(report) + &beyond_capacity(report)
}

fn not_as_declared(report: &Report) -> String {
    match report.counts.conflicts {
        0 => String::new(),
        n => format!(" {n} could not be synced as declared; see status.users.problems."),
    }
}

fn beyond_capacity(report: &Report) -> String {
    match report.beyond_capacity {
        0 => String::new(),
        n => format!(
            " {} no extension, because spec.users.capacity is reached. Raise it if the license of the phone system allows it.",
            users_have(n),
        ),
    }
}

fn users_have(n: i64) -> String {
    match n {
        1 => "1 user has".to_owned(),
        n => format!("{n} users have"),
    }
}

fn dry_run_message(report: &Report) -> String {
    let counts = report.plan.as_ref().map(|plan| plan.counts).unwrap_or_default();
    let held = report.held.map_or_else(String::new, |(removals, limit)| {
        format!(" The {removals} removals exceed the limit of {limit} and would wait for approval.")
    });
    format!(
        "Dry run: {} extensions to create, {} to update, {} to disable, {} to delete; nothing was written.{held}{}{} See status.plan. To apply the changes, set spec.dryRun to false.",
        counts.create,
        counts.update,
        counts.disable,
        counts.delete,
        not_as_declared(report),
        beyond_capacity(report),
    )
}

/// What keeps a sync that reached its end from being a success.
fn incomplete(whose: &ObjectName, report: &Report, dry_run: bool) -> Option<Fault> {
    if let (Some((removals, limit)), false) = (report.held, dry_run) {
        let hash = report.plan.as_ref().map_or("", |plan| plan.hash.as_str());
        return Some(Fault::stalled(
            Area::Sync,
            reasons::REMOVALS_HELD,
            format!(
                "{removals} extensions would be disabled, deleted, renumbered or released. The limit is {limit}, so nothing was removed. Check status.plan, then approve exactly this plan with: kubectl -n {} annotate gwi {} --overwrite {ANNOTATION_APPROVE_REMOVALS}={hash}; or correct the directory, or raise spec.users.lifecycle.removalLimit.",
                whose.namespace, whose.name,
            ),
        ));
    }
    if report.without_number > 0 {
        return Some(Fault::stalled(
            Area::Sync,
            reasons::NUMBERS_EXHAUSTED,
            format!(
                "{} no extension, because no number is free. All other users are synced. Raise spec.users.numbering.end, or delete unused extensions.",
                users_have(report.without_number),
            ),
        ));
    }
    report.serves_nobody().then(|| {
        Fault::stalled(Area::Sync, reasons::NOBODY_SERVED, format!(
            "None of the {} users in scope can have an extension: {}. See status.users.problems, then correct spec.users or the directory.",
            report.counts.in_scope,
            report.why_unserved(),
        ))
    })
}

#[cfg(test)]
mod tests;
