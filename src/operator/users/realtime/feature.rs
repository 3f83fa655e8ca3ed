//! Notifications as a feature of an integration, and as what goes along with a sync.

use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use jiff::Timestamp;

use super::push::Push;
use super::state::Channels;
use super::wanted::{Wanted, wanted};
use super::{channels, condition};
use crate::api::GoogleWorkspaceIntegrationStatus;
use crate::operator::engine::context::Context;
use crate::operator::engine::credentials;
use crate::operator::engine::due::{self, Due};
use crate::operator::engine::feature::Feature;
use crate::operator::engine::subject::Subject;
use crate::operator::users::companion::Companion;
use crate::operator::users::job::Job;

/// Notification channels: opened, renewed and stopped as declared.
pub struct Realtime;

impl Feature for Realtime {
    fn settle<'a>(&'a self, ctx: &'a Context, subject: &'a Subject) -> BoxFuture<'a, ()> {
        settle(ctx, subject).boxed()
    }

    fn describe(&self, ctx: &Context, subject: &Subject, status: &mut GoogleWorkspaceIntegrationStatus) {
        condition::describe(ctx, subject, status);
    }

    fn next_look(&self, ctx: &Context, subject: &Subject, now: Timestamp) -> Option<Duration> {
        let memory = ctx.memory(&subject.uid);
        let paused = memory.notes().pause.is_some();
        if paused || !matches!(wanted(ctx, subject), Wanted::On(_)) {
            return None;
        }
        memory.slot::<Channels>().lock().next_look(now)
    }

    fn forget(&self, ctx: &Context, subject: &Subject) {
        let push = ctx.slot::<Push>();
        push.forget(&subject.uid);
        push.metrics.forget(subject);
    }
}

/// Stops the channels of an integration that should have none, and renews the others between two syncs. When there were none
/// until now, what happened meanwhile has to be read.
async fn settle(ctx: &Context, subject: &Subject) {
    if !matches!(wanted(ctx, subject), Wanted::On(_)) {
        return channels::leave(ctx, subject).await;
    }
    let now = Timestamp::now();
    if !is_between_syncs(ctx, subject, now) || !channels::is_due(ctx, subject, now) {
        return;
    }
    let file = credentials::read(ctx, subject).await;
    match file.and_then(|file| credentials::open(ctx, subject, &file)) {
        Ok((directory, identity)) => {
            if channels::keep(ctx, subject, &directory, &identity).await {
                ctx.memory(&subject.uid).notes().full_sync_wanted = true;
            }
        }
        Err(fault) => channels::failed(ctx, subject, fault),
    }
}

/// Whether the next sync is still to come and the last one did not fail: a sync opens channels itself, before it reads.
fn is_between_syncs(ctx: &Context, subject: &Subject, now: Timestamp) -> bool {
    let Some(users) = subject.users() else {
        return false;
    };
    let notes = ctx.memory(&subject.uid).notes().clone();
    let schedule = due::schedule(users);
    notes.pause.is_none()
        && schedule
            .is_ok_and(|schedule| matches!(due::decide(subject, users, &schedule, &notes, now), Due::In(_)))
}

/// Opens channels before a sync reads, so that a change is either read or told.
#[derive(Default)]
pub struct Listening;

impl Companion for Listening {
    fn begin<'a>(&'a mut self, job: &'a Job<'_>) -> BoxFuture<'a, ()> {
        channels::keep(job.ctx, job.subject, job.directory, job.identity)
            .map(drop)
            .boxed()
    }
}
