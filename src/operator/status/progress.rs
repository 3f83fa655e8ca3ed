//! Long syncs show how far they are. Short ones, and those that find nothing to do, write nothing on the way.

use std::pin::pin;
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::{self, BoxFuture};
use jiff::Timestamp;

use super::draft::Draft;
use super::publish::publish;
use crate::api::conditions::{self, READY};
use crate::api::reasons::{self, AWAITING_MANUAL_SYNC};
use crate::operator::engine::context::Context;
use crate::operator::engine::subject::Subject;

/// A sync that is over by then shows no progress.
const PATIENCE: Duration = Duration::from_secs(3);
/// At most one status patch in this time.
const PERIOD: Duration = Duration::from_secs(5);
/// Whoever asked for a sync is told what it waits for when nothing has come for so long.
const SILENCE: Duration = Duration::from_secs(5);

/// Shows the progress of one run.
pub struct Progress<'a> {
    ctx: &'a Context,
    subject: &'a Subject,
    reason: &'static str,
    next: Instant,
    /// A patch that is on its way while the work goes on.
    beside: Option<BoxFuture<'a, ()>>,
    /// When to tell what is waited for. A sync by schedule does not: nobody stands and waits for it.
    silent_until: Option<Instant>,
}

impl<'a> Progress<'a> {
    /// A sync begins. A generation that nobody has worked on yet is shown to be in progress at once, and so is what
    /// somebody was told to ask for.
    pub async fn begin(ctx: &'a Context, subject: &'a Subject) -> Self {
        Self::with(ctx, subject, reasons::PROGRESSING, "Reading the directory.").await
    }

    /// Users are switched off, and their extensions go.
    pub async fn switched_off(ctx: &'a Context, subject: &'a Subject) -> Self {
        let message = "spec.users.enabled is false. Dialplane deletes the extensions.";
        Self::with(ctx, subject, reasons::PROGRESSING, message).await
    }

    /// The integration is being deleted.
    pub async fn end(ctx: &'a Context, subject: &'a Subject) -> Self {
        let message = "The integration is being deleted. Dialplane releases or deletes its extensions first.";
        Self::with(ctx, subject, reasons::TERMINATING, message).await
    }

    async fn with(ctx: &'a Context, subject: &'a Subject, reason: &'static str, message: &str) -> Self {
        let draft = Draft::new(ctx, subject, Timestamp::now());
        let ready = conditions::get(&draft.status.conditions, READY);
        let is_awaited = ready.is_some_and(|ready| ready.reason == AWAITING_MANUAL_SYNC);
        let is_new = draft.status.observed_generation != subject.generation();
        let users = draft.status.users.as_ref();
        let handled = users.and_then(|users| users.last_handled_sync_request.as_deref());
        let is_asked = is_new || subject.pending_request(handled).is_some();
        if is_awaited || is_new {
            write(ctx, subject, reason, draft, message).await;
        }
        let now = Instant::now();
        Self {
            ctx,
            subject,
            reason,
            next: now + PATIENCE,
            beside: None,
            silent_until: is_asked.then(|| now + SILENCE),
        }
    }

    /// Work that shows nothing.
    pub fn silent(ctx: &'a Context, subject: &'a Subject) -> Self {
        Self {
            ctx,
            subject,
            reason: reasons::PROGRESSING,
            next: Instant::now() + Duration::from_hours(24 * 365),
            beside: None,
            silent_until: None,
        }
    }

    /// Called after every step; writes now and then. Nothing waits for that: what was begun goes on at the next steps, and
    /// ends with [`Self::rest`] at the latest.
    pub async fn show(&mut self, read: i64, changes: i64) {
        if let Some(until) = &mut self.silent_until {
            *until = Instant::now() + SILENCE;
        }
        if changes > 0 && self.beside.is_none() && self.is_due() {
            let message = format!("{read} users read, {changes} extensions changed so far.");
            self.beside = Some(self.writing(message).boxed());
        }
        if let Some(beside) = &mut self.beside
            && futures::poll!(beside).is_ready()
        {
            self.beside = None;
        }
    }

    /// Writes this message, unless one was written a moment ago.
    pub async fn tell(&mut self, message: impl FnOnce() -> String) {
        if self.is_due() {
            self.rest().await;
            self.writing(message()).await;
        }
    }

    /// Goes on beside whatever is waited for, which `doing` names: carries on a patch that was begun, and tells once what the
    /// wait is for when it takes long. Nothing is lost when it is given up.
    pub async fn waiting(&mut self, doing: &str) {
        if let Some(beside) = &mut self.beside {
            beside.await;
            self.beside = None;
            return;
        }
        let Some(until) = self.silent_until else {
            return future::pending().await;
        };
        tokio::time::sleep_until(until.into()).await;
        self.silent_until = None;
        let message = format!("Waiting for Google to return {doing}. Dialplane retries calls that fail.");
        self.beside = Some(self.writing(message).boxed());
    }

    /// Waits for some work, and tells when that takes long.
    pub async fn during<T>(&mut self, doing: &str, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = self.waiting(doing) => {}
            }
        }
    }

    /// Waits for what is on its way: no later status may be overtaken by it.
    pub async fn rest(&mut self) {
        if let Some(beside) = self.beside.take() {
            beside.await;
        }
    }

    fn is_due(&mut self) -> bool {
        let now = Instant::now();
        let is_due = now >= self.next;
        if is_due {
            self.next = now + PERIOD;
        }
        is_due
    }

    fn writing(&self, message: String) -> impl Future<Output = ()> + Send + use<'a> {
        let (ctx, subject, reason) = (self.ctx, self.subject, self.reason);
        let draft = Draft::new(ctx, subject, Timestamp::now());
        async move { write(ctx, subject, reason, draft, &message).await }
    }
}

async fn write(ctx: &Context, subject: &Subject, reason: &'static str, mut draft: Draft, message: &str) {
    draft.progressing(reason, message);
    if let Err(error) = publish(ctx, subject, draft).await {
        tracing::debug!(%error, "failed to show progress");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::operator::engine::testing::subject;
    use crate::operator::engine::testing::{Written, recording};

    fn status(reason: &str) -> Value {
        let condition = |kind: &str, status: &str| {
            json!({
                "type": kind, "status": status, "reason": reason, "message": "m",
                "lastTransitionTime": "2026-11-21T07:00:00Z", "observedGeneration": 1,
            })
        };
        json!({"status": {
            "observedGeneration": 1,
            "conditions": [condition("Ready", "False"), condition("UsersSynced", "Unknown")],
        }})
    }

    async fn setting(status: Value) -> (Context, Subject, Written) {
        let subject = subject(status);
        let (ctx, written) = recording(serde_json::to_value(&*subject.object).unwrap()).await;
        (ctx, subject, written)
    }

    /// Reason and message of every `Reconciling` that was written.
    fn told(written: &Written) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let written = written.lock().unwrap();
        let conditions = written
            .iter()
            .map(|(_, body)| body["status"]["conditions"].clone());
        conditions
            .map(|list| {
                let list = list.as_array().unwrap();
                let reconciling = list
                    .iter()
                    .find(|condition| condition["type"] == "Reconciling")
                    .unwrap();
                let ready = list
                    .iter()
                    .find(|condition| condition["type"] == "Ready")
                    .unwrap();
                assert_eq!(
                    (&ready["status"], &ready["message"]),
                    (&json!("Unknown"), &reconciling["message"])
                );
                (text(&reconciling["reason"]), text(&reconciling["message"]))
            })
            .collect()
    }

    fn reading() -> (String, String) {
        ("Progressing".into(), "Reading the directory.".into())
    }

    #[tokio::test]
    async fn what_nobody_has_worked_on_is_in_progress_at_once() {
        for before in [
            json!({}),
            json!({"metadata": {"generation": 2}, "status": status("Succeeded")["status"]}),
        ] {
            let (ctx, subject, written) = setting(before).await;
            Progress::begin(&ctx, &subject).await;
            assert_eq!(told(&written), [reading()]);
        }
        // People were told to ask, and have: the status must not go on asking them.
        let (ctx, subject, written) = setting(status("AwaitingManualSync")).await;
        Progress::begin(&ctx, &subject).await;
        assert_eq!(told(&written), [reading()]);
    }

    #[tokio::test]
    async fn a_repeated_sync_says_nothing_unless_it_changes_something_and_takes_long() {
        for before in ["Succeeded", "GoogleUnavailable"] {
            let (ctx, subject, written) = setting(status(before)).await;
            let mut progress = Progress::begin(&ctx, &subject).await;
            progress.show(500, 3).await;
            assert_eq!(told(&written), [], "it may be over in a moment");
            progress.next = Instant::now();
            progress.show(1000, 0).await;
            assert_eq!(told(&written), [], "nothing is being changed");
            progress.show(1500, 7).await;
            assert_eq!(told(&written), [], "the work goes on meanwhile");
            progress.rest().await;
            let message = "1500 users read, 7 extensions changed so far.";
            assert_eq!(told(&written), [("Progressing".to_owned(), message.to_owned())]);
            progress.show(2000, 9).await;
            assert_eq!(told(&written).len(), 1, "and not again for a while");
            progress.next = Instant::now();
            progress.show(2500, 11).await;
            while progress.beside.is_some() {
                tokio::task::yield_now().await;
                progress.show(2600, 12).await;
            }
            assert_eq!(told(&written).len(), 2, "it is carried on by further steps");
        }
    }

    /// Whoever stands and waits is told what for, once, however long it takes; a sync by schedule goes on in silence.
    #[tokio::test]
    async fn a_wait_is_told_to_whoever_asked() {
        for is_asked in [true, false] {
            let mut before = status("Succeeded");
            let request = is_asked.then_some("now");
            before["metadata"] = json!({"annotations": {"dialplane.io/sync-requested-at": request}});
            if !is_asked {
                before["metadata"] = json!({});
            }
            let (ctx, subject, written) = setting(before).await;
            let mut progress = Progress::begin(&ctx, &subject).await;
            assert_eq!(progress.silent_until.is_some(), is_asked);
            progress.silent_until = progress.silent_until.map(|_| Instant::now());
            let answered = tokio::time::sleep(Duration::from_millis(200));
            progress.during("the list of users", answered).await;
            progress.rest().await;
            let message =
                "Waiting for Google to return the list of users. Dialplane retries calls that fail.";
            let expected = is_asked.then(|| ("Progressing".to_owned(), message.to_owned()));
            assert_eq!(told(&written), Vec::from_iter(expected));
        }
    }

    #[tokio::test]
    async fn a_deletion_is_told_as_one() {
        let mut before = status("Succeeded");
        before["metadata"] = json!({"generation": 2});
        let (ctx, subject, written) = setting(before).await;
        let mut progress = Progress::end(&ctx, &subject).await;
        progress.next = Instant::now();
        progress.tell(|| "3 of 9 extensions released.".to_owned()).await;
        let terminating = |message: &str| ("Terminating".to_owned(), message.to_owned());
        assert_eq!(
            told(&written),
            [
                terminating(
                    "The integration is being deleted. Dialplane releases or deletes its extensions first."
                ),
                terminating("3 of 9 extensions released."),
            ]
        );
    }

    #[tokio::test]
    async fn silent_work_says_nothing() {
        let (ctx, subject, written) = setting(json!({})).await;
        let mut progress = Progress::silent(&ctx, &subject);
        progress.show(1, 1).await;
        progress.tell(|| unreachable!("nobody listens")).await;
        assert_eq!(told(&written), []);
    }
}
