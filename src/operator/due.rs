//! Whether an integration's directory is to be read now.

use std::time::Duration;

use jiff::Timestamp;

use super::context::{Notes, Tried};
use super::subject::Subject;
use crate::api::conditions::{self, USERS_SYNCED};
use crate::api::integration::{SyncMode, Users};
use crate::sync::schedule;

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Synchronise.
    Now,
    /// Look again after this time.
    In(Duration),
    /// Nothing until somebody asks.
    OnRequest {
        /// Whether the present declaration has been carried out.
        synced: bool,
    },
}

/// Decides from the declaration, the status, and what is remembered.
pub fn decide(subject: &Subject, users: &Users, notes: &Notes, now: Timestamp) -> Due {
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
        Some(SyncMode::Automatic) => match next_sync(subject, users, notes) {
            Some(next) if next > now => Due::In(schedule::until(next, now)),
            _ => Due::Now,
        },
        _ => Due::OnRequest { synced },
    }
}

/// Somebody asked for a sync, or approved the plan that is held.
fn is_asked(subject: &Subject, notes: &Notes) -> bool {
    let status = notes.status.as_ref().or(subject.object.status.as_ref());
    let handled = status.and_then(|status| status.users.as_ref()?.last_handled_sync_request.as_deref());
    let held = status
        .and_then(|status| status.plan.as_ref())
        .map(|plan| plan.hash.as_str());
    let approved = held.is_some() && held == subject.approval() && !subject.object.spec.dry_run;
    approved || subject.pending_request(handled).is_some()
}

/// The generation that was last synchronised: remembered, or as the status tells it after a restart.
pub fn synced_generation(subject: &Subject, notes: &Notes) -> Option<i64> {
    notes.synced_generation.or_else(|| {
        let synced = conditions::get(&subject.object.status.as_ref()?.conditions, USERS_SYNCED)?;
        (synced.status == "True").then_some(synced.observed_generation?)
    })
}

fn next_sync(subject: &Subject, users: &Users, notes: &Notes) -> Option<Timestamp> {
    notes.next_sync.or_else(|| {
        let last = subject
            .object
            .status
            .as_ref()?
            .users
            .as_ref()?
            .last_sync_time
            .as_ref()?;
        Some(schedule::next(last.0, users.interval(), 0.0))
    })
}
