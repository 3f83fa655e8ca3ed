//! `dialplane sync`: asks for a sync and, when told to, stays until it is done.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use futures::StreamExt;
use jiff::Timestamp;
use kube::ResourceExt;
use kube::runtime::watcher::{self, watch_object};
use serde_json::json;
use tokio::time::{Instant, sleep_until, timeout};

use super::failure;
use super::integration::{self, Target, condition};
use super::output::{note, say};
use super::program::Outcome;
use crate::api::conditions::{READY, RECONCILING, STALLED};
use crate::api::names::ANNOTATION_SYNC_REQUESTED_AT;
use crate::api::reasons;
use crate::api::status::Counts;
use crate::api::{GoDuration, GoogleWorkspaceIntegration};
use crate::operator::fault::RECHECK_CLUSTER;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    integration: integration::Which,
    /// Wait until the sync is complete. Progress goes to standard error. Exit code 0 if the integration is Ready, else 1.
    #[arg(short, long)]
    wait: bool,
    /// How long to wait, such as 90s or 1h. The request remains after a timeout.
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration, requires = "wait")]
    timeout: Duration,
}

fn duration(text: &str) -> Result<Duration, String> {
    let parsed = GoDuration::new(text).get();
    parsed.ok_or_else(|| "use a duration such as 90s, 5m or 1h30m".to_owned())
}

#[tokio::main(flavor = "current_thread")]
pub(super) async fn execute(args: &Args) -> Outcome {
    let target = args.integration.find().await?;
    target.not_deleted()?;
    would_be_heard(&target)?;
    target.note_dry_run();
    // To the nanosecond, so that two requests within a second are two.
    let token = format!("{:.9}", Timestamp::now());
    let request = json!({"metadata": {"annotations": {ANNOTATION_SYNC_REQUESTED_AT: token}}});
    target.patch(request).await?;
    let name = target.full_name();
    if !args.wait {
        say(&format!("{name} sync requested"))?;
        return Ok(ExitCode::SUCCESS);
    }
    note(&format!("{name} sync requested"));
    let mut watched = Watched::default();
    match timeout(args.timeout, watched.until_answered(&target, &token)).await {
        Ok(object) => result(&target, &object?),
        Err(_) => Err(watched.timed_out(&target, args.timeout).into()),
    }
}

/// Nobody would carry a request out that is made now.
fn would_be_heard(target: &Target) -> Result<(), Box<dyn Error>> {
    let spec = &target.object.spec;
    let name = target.full_name();
    if spec.suspend {
        let resume = target.command("resume");
        return Err(format!("{name} is suspended, so no sync runs. Resume it with: {resume}").into());
    }
    if !spec.users.as_ref().is_some_and(|users| users.enabled) {
        return Err(format!(
            "{name} has users disabled, so no sync runs. To enable them, set spec.users.enabled to true"
        )
        .into());
    }
    Ok(())
}

/// What was seen of the integration while waiting.
#[derive(Default)]
struct Watched {
    last: Option<GoogleWorkspaceIntegration>,
    told: String,
    trouble: Option<String>,
}

impl Watched {
    /// Watches until the request has been carried out, or it is clear that it will not be.
    async fn until_answered(
        &mut self,
        target: &Target,
        token: &str,
    ) -> Result<GoogleWorkspaceIntegration, Box<dyn Error>> {
        let mut states = std::pin::pin!(watch_object(target.watching.clone(), &target.name));
        // The operator needs a moment to look again at what stood in its way before.
        let patience = Instant::now() + RECHECK_CLUSTER + Duration::from_secs(5);
        loop {
            let state = tokio::select! {
                state = states.next() => state,
                () = sleep_until(patience), if Instant::now() < patience => {
                    if let Some(object) = self.last.take_if(|object| is_deaf(object)) {
                        return Ok(object);
                    }
                    continue;
                }
            };
            match state {
                Some(Ok(Some(object))) => {
                    self.tell(&object);
                    let late = Instant::now() >= patience;
                    if is_answered(&object, token) || late && is_deaf(&object) {
                        return Ok(object);
                    }
                    self.last = Some(object);
                }
                Some(Ok(None)) | None => {
                    return Err(format!("{} was deleted while waiting", target.full_name()).into());
                }
                Some(Err(error)) => self.failed(target, &error).await?,
            }
        }
    }

    /// Shows what is going on, each message once.
    fn tell(&mut self, object: &GoogleWorkspaceIntegration) {
        let Some(reconciling) = condition(object, RECONCILING) else {
            return;
        };
        if self.told != reconciling.message {
            self.told.clone_from(&reconciling.message);
            note(&reconciling.message);
        }
    }

    /// A watch begins again by itself, unless it is not allowed.
    async fn failed(&mut self, target: &Target, error: &watcher::Error) -> Result<(), Box<dyn Error>> {
        let doing = format!("watch integration {}", target.full_name());
        let (text, refused) = match error {
            watcher::Error::InitialListFailed(error)
            | watcher::Error::WatchStartFailed(error)
            | watcher::Error::WatchFailed(error) => {
                let refused = matches!(error, kube::Error::Api(status) if matches!(status.code, 401 | 403));
                (failure::kubernetes(&doing, error), refused)
            }
            watcher::Error::WatchError(status) => (failure::refused(&doing, status), false),
            watcher::Error::NoResourceVersion => (error.to_string(), false),
        };
        if refused {
            return Err(text.into());
        }
        self.trouble = Some(text);
        tokio::time::sleep(Duration::from_secs(1)).await;
        Ok(())
    }

    fn timed_out(&self, target: &Target, after: Duration) -> String {
        let observed = self.last.as_ref().and_then(|object| object.status.as_ref());
        let last = match (&self.trouble, &self.last) {
            (Some(trouble), None) => trouble.clone(),
            _ if observed.is_none_or(|status| status.observed_generation < 0) => {
                "no operator has processed it yet. Check that the operator is running, and that it manages this namespace"
                    .to_owned()
            }
            (_, object) => {
                let ready = object.as_ref().and_then(|object| condition(object, READY));
                ready.map(|ready| ready.message.clone()).unwrap_or_default()
            }
        };
        format!(
            "{} was not synced within {} s. The request remains. Last status: {last}",
            target.full_name(),
            after.as_secs()
        )
    }
}

/// Whether the status is about this request, or about one that came after it.
fn is_answered(object: &GoogleWorkspaceIntegration, token: &str) -> bool {
    let Some(status) = &object.status else {
        return false;
    };
    let handled = status
        .users
        .as_ref()
        .and_then(|users| users.last_handled_sync_request.as_deref());
    let asked = object
        .annotations()
        .get(ANNOTATION_SYNC_REQUESTED_AT)
        .map(String::as_str);
    let ours = handled == Some(token) || handled.is_some() && handled == asked;
    ours && object.metadata.generation == Some(status.observed_generation)
}

/// Whether the operator will not even try: the declaration keeps it from that.
fn is_deaf(object: &GoogleWorkspaceIntegration) -> bool {
    let observed = object.status.as_ref().map(|status| status.observed_generation);
    let stalled = condition(object, STALLED);
    let untried = [reasons::SUSPENDED, reasons::TENANT_TAKEN];
    let disabled = !object.spec.users.as_ref().is_some_and(|users| users.enabled);
    observed == object.metadata.generation
        && (disabled || stalled.is_some_and(|stalled| untried.contains(&stalled.reason.as_str())))
}

fn result(target: &Target, object: &GoogleWorkspaceIntegration) -> Outcome {
    let ready = condition(object, READY);
    let is_ready = !is_deaf(object) && ready.is_some_and(|ready| ready.status == "True");
    let decisive = if is_ready {
        ready
    } else {
        condition(object, STALLED).or(ready)
    };
    let message = decisive
        .map(|condition| condition.message.as_str())
        .unwrap_or_default();
    if !is_ready {
        let reason = decisive.map_or("NotReady", |condition| condition.reason.as_str());
        if reason == reasons::REMOVALS_HELD {
            note(&format!(
                "Show the plan and approve it with: {}",
                target.command("approve")
            ));
        }
        return Err(format!("{reason}: {message}").into());
    }
    say(message)?;
    if let Some(users) = object.status.as_ref().and_then(|status| status.users.as_ref()) {
        say(&counted(users.counts))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The counts as the status has them: what was read is new, what was done is that of the last sync that did anything.
fn counted(counts: Counts) -> String {
    format!(
        "{} read, {} in scope, {} skipped, {} could not be synced; last changes: {} created, {} updated, {} disabled, {} deleted, {} released",
        counts.read,
        counts.in_scope,
        counts.skipped,
        counts.conflicts,
        counts.created,
        counts.updated,
        counts.disabled,
        counts.deleted,
        counts.released,
    )
}
