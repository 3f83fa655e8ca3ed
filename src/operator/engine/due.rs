//! Whether an integration's directory is to be read now.

use std::time::Duration;

use jiff::Timestamp;

use super::context::Notes;
use super::fault::Fault;
use super::subject::{Subject, Tried};
use crate::api::GoogleWorkspaceIntegrationStatus;
use crate::api::conditions::{self, RECONCILING, STALLED, USERS_SYNCED};
use crate::api::integration::{SyncMode, Users};
use crate::api::reasons;
use crate::sync::schedule::{self, Schedule};

/// The declared schedule. A zone that no clock keeps, which the schema cannot know, waits for a correction: any other time
/// than the declared one would be a guess.
pub fn schedule(users: &Users) -> Result<Schedule, Fault> {
    let declared = users
        .schedule
        .as_ref()
        .and_then(|schedule| schedule.daily.as_ref());
    let Some(daily) = declared else {
        return Ok(Schedule::Every(users.interval()));
    };
    let days = daily.days.iter().map(|day| day.as_str());
    Schedule::daily(&daily.at, days, &daily.time_zone).map_err(|error| {
        Fault::declared(
            reasons::INVALID_TIME_ZONE,
            format!("{error}. Until then, Dialplane reads and changes nothing."),
        )
    })
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Synchronise.
    Now,
    /// Look again after this time.
    In(Duration),
    /// Nothing until somebody asks.
    OnRequest {
        /// Whether the last request for the present declaration has been answered, with a sync or with a fault.
        answered: bool,
    },
}

/// Decides from the declaration, the status, and what is remembered.
pub fn decide(subject: &Subject, users: &Users, schedule: &Schedule, notes: &Notes, now: Timestamp) -> Due {
    if let Some(pause) = &notes.pause {
        let unchanged = Tried {
            secret: pause.tried.secret.clone(),
            ..subject.tried()
        } == pause.tried;
        if unchanged && pause.until > now {
            return Due::In(schedule::until(pause.until, now));
        }
    }
    if is_asked(subject, notes) {
        return Due::Now;
    }
    let synced = synced_generation(subject, notes) == Some(subject.generation());
    match users.sync_mode {
        Some(SyncMode::Automatic) if !synced || notes.full_sync_wanted => Due::Now,
        Some(SyncMode::Automatic) => match next_sync(subject, schedule, notes, now) {
            Some(next) if next > now => Due::In(schedule::until(next, now)),
            _ => Due::Now,
        },
        _ => Due::OnRequest {
            answered: synced || has_failed(subject, notes),
        },
    }
}

/// Somebody asked for a sync, or approved the plan that is held.
fn is_asked(subject: &Subject, notes: &Notes) -> bool {
    let status = notes.status_of(&subject.object);
    let held = status
        .and_then(|status| status.plan.as_ref())
        .map(|plan| plan.hash.as_str());
    let approved = held.is_some() && held == subject.approval() && !subject.object.spec.dry_run;
    approved || subject.pending_request(handled(status)).is_some()
}

/// The last request for this generation failed for good: its fault stands until somebody asks again.
fn has_failed(subject: &Subject, notes: &Notes) -> bool {
    let status = notes.status_of(&subject.object);
    let stalled = status.and_then(|status| conditions::get(&status.conditions, STALLED));
    let untried = [reasons::SUSPENDED, reasons::TENANT_TAKEN];
    handled(status).is_some()
        && stalled.is_some_and(|stalled| {
            stalled.observed_generation == Some(subject.generation())
                && !untried.contains(&stalled.reason.as_str())
        })
}

fn handled(status: Option<&GoogleWorkspaceIntegrationStatus>) -> Option<&str> {
    status?.users.as_ref()?.last_handled_sync_request.as_deref()
}

/// The generation that was last synchronised to its end: remembered, or as the status tells it after a restart.
pub fn synced_generation(subject: &Subject, notes: &Notes) -> Option<i64> {
    /// A sync that ends with one of these has done what it may.
    const ENDS: [&str; 3] = [
        reasons::DRY_RUN,
        reasons::REMOVALS_HELD,
        reasons::NUMBERS_EXHAUSTED,
    ];
    notes.synced_generation.or_else(|| {
        let conditions = &subject.object.status.as_ref()?.conditions;
        let synced = conditions::get(conditions, USERS_SYNCED)?;
        let ended = synced.status == "True" || ENDS.contains(&synced.reason.as_str());
        // Still in progress when the operator before us ended: it has to be done again.
        let interrupted = conditions::get(conditions, RECONCILING).is_some();
        (ended && !interrupted).then_some(synced.observed_generation?)
    })
}

/// When the next sync by schedule is due. `None` is now: also when a clock that was ahead once put it further away than the
/// schedule ever does.
fn next_sync(subject: &Subject, schedule: &Schedule, notes: &Notes, now: Timestamp) -> Option<Timestamp> {
    let last = || {
        let users = subject.object.status.as_ref()?.users.as_ref()?;
        let last = users.last_sync_time.as_ref()?.0;
        (last <= now).then(|| schedule.next(last, 0.0))
    };
    let latest = schedule.next(now, 1.0);
    notes.next_sync.or_else(last).filter(|next| *next <= latest)
}

#[cfg(test)]
mod tests;
