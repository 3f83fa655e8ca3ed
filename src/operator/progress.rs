//! Long syncs show how far they are. Short ones, and those that find nothing to do, write nothing on the way.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::context::Context;
use super::fault::reason::AWAITING_MANUAL_SYNC;
use super::status::{Draft, publish};
use super::subject::Subject;
use crate::api::conditions::{self, READY, reason};

/// A sync that is over by then shows no progress.
const PATIENCE: Duration = Duration::from_secs(3);
/// At most one status patch in this time.
const PERIOD: Duration = Duration::from_secs(5);

/// Shows the progress of one run.
pub struct Progress<'a> {
    ctx: &'a Context,
    subject: &'a Subject,
    reason: &'static str,
    next: Instant,
}

impl<'a> Progress<'a> {
    /// A sync begins. A generation that nobody has worked on yet is shown to be in progress at once, and so is what
    /// somebody was told to ask for.
    pub async fn begin(ctx: &'a Context, subject: &'a Subject) -> Self {
        Self::with(ctx, subject, reason::PROGRESSING, "Reading the directory.").await
    }

    /// The integration is being deleted.
    pub async fn end(ctx: &'a Context, subject: &'a Subject) -> Self {
        let message = "The integration is being deleted; its extensions come first.";
        Self::with(ctx, subject, reason::TERMINATING, message).await
    }

    async fn with(ctx: &'a Context, subject: &'a Subject, reason: &'static str, message: &str) -> Self {
        let this = Self {
            ctx,
            subject,
            reason,
            next: Instant::now() + PATIENCE,
        };
        let draft = Draft::new(ctx, subject, Timestamp::now());
        let ready = conditions::get(&draft.status.conditions, READY);
        let awaited = ready.is_some_and(|ready| ready.reason == AWAITING_MANUAL_SYNC);
        if awaited || draft.status.observed_generation != subject.generation() {
            this.write(draft, message).await;
        }
        this
    }

    /// Work that shows nothing.
    pub fn silent(ctx: &'a Context, subject: &'a Subject) -> Self {
        Self {
            ctx,
            subject,
            reason: reason::PROGRESSING,
            next: Instant::now() + Duration::from_hours(24 * 365),
        }
    }

    /// Called after every step; writes now and then.
    pub async fn show(&mut self, read: i64, changes: i64) {
        if changes > 0 {
            self.tell(|| format!("{read} users read, {changes} extensions changed so far."))
                .await;
        }
    }

    /// Writes this message, unless one was written a moment ago.
    pub async fn tell(&mut self, message: impl FnOnce() -> String) {
        let now = Instant::now();
        if now < self.next {
            return;
        }
        self.next = now + PERIOD;
        self.write(Draft::new(self.ctx, self.subject, Timestamp::now()), &message())
            .await;
    }

    async fn write(&self, mut draft: Draft, message: &str) {
        draft.progressing(self.reason, message);
        if let Err(error) = publish(self.ctx, self.subject, draft).await {
            tracing::debug!(%error, "failed to show progress");
        }
    }
}
