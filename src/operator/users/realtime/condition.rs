//! What the status says about notifications.

use jiff::Timestamp;

use super::push::Push;
use super::state::{Channels, State};
use super::wanted::{Wanted, wanted};
use crate::api::conditions::{self, AUTHORIZED, Decision, REALTIME_READY};
use crate::api::{GoogleWorkspaceIntegrationStatus, reasons};
use crate::operator::engine::context::Context;
use crate::operator::engine::subject::Subject;

/// Puts the channels and their condition into a status that is about to be written.
pub fn describe(ctx: &Context, subject: &Subject, status: &mut GoogleWorkspaceIntegrationStatus) {
    let now = Timestamp::now();
    let channels = ctx.memory(&subject.uid).slot::<Channels>();
    let state = channels.lock();
    if state.adopted {
        let open = state.open.iter().flat_map(|open| &open.channels);
        let leaving = state.leaving.iter().map(|gone| &gone.channel);
        let mut channels: Vec<_> = open.chain(leaving).cloned().collect();
        channels.sort_by(|one, other| one.event.cmp(&other.event).then_with(|| one.id.cmp(&other.id)));
        let count = state.open.as_ref().map_or(0, |open| open.channels.len());
        ctx.slot::<Push>().metrics.channels(subject, count);
        if !channels.is_empty() || status.users.is_some() {
            status.users.get_or_insert_default().channels = channels;
        }
    }
    match decision(&wanted(ctx, subject), &state, status, now) {
        None => conditions::remove(&mut status.conditions, REALTIME_READY),
        Some(decision) => conditions::set(&mut status.conditions, decision, subject.generation(), now),
    }
}

fn decision(
    wanted: &Wanted,
    state: &State,
    status: &GoogleWorkspaceIntegrationStatus,
    now: Timestamp,
) -> Option<Decision> {
    match wanted {
        Wanted::Off => return None,
        Wanted::Blocked(reason, message) => return Some(Decision::no(REALTIME_READY, reason, message)),
        Wanted::On(_) => {}
    }
    let refused = conditions::get(&status.conditions, AUTHORIZED).filter(|found| found.status == "False");
    if let Some(refused) = refused {
        let reason = reasons::FAULTS.iter().find(|reason| **reason == refused.reason);
        let reason = reason.copied().unwrap_or(reasons::PROGRESSING);
        return Some(Decision::unknown(REALTIME_READY, reason, refused.message.clone()));
    }
    if state.open.as_ref().is_some_and(|open| open.ends_at() > now) {
        let text = "Google notifies Dialplane when a user is added, changed, deleted or restored.";
        return Some(Decision::yes(REALTIME_READY, reasons::LISTENING, text));
    }
    let failure = state.failure.as_ref().map(|failure| failure.decision.clone());
    Some(failure.unwrap_or_else(|| {
        let text = "The next sync opens the notification channels.";
        Decision::unknown(REALTIME_READY, reasons::PROGRESSING, text)
    }))
}

#[cfg(test)]
mod tests;
