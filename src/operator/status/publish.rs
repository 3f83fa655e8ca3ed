//! The status: summarised last, on success and on failure, and written only when something that people read differs.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::Resource;
use kube::api::{Patch, PatchParams};
use kube::runtime::events::{Event, EventType};
use serde_json::json;

use super::draft::Draft;
use crate::api::conditions::{self, READY};
use crate::api::names::FIELD_MANAGER;
use crate::api::{GoogleWorkspaceIntegration, GoogleWorkspaceIntegrationStatus};
use crate::operator::engine::context::Context;
use crate::operator::engine::kubernetes::{record, within};
use crate::operator::engine::subject::Subject;
use crate::operator::engine::text::truncated;

/// The API server refuses longer notes of events.
pub const NOTE_LIMIT: usize = 1000;

/// Writes a draft, if it says anything new, and an event, if the state changed. What could not be written is kept: the next
/// draft begins with it.
pub async fn publish(ctx: &Context, subject: &Subject, mut draft: Draft) -> Result<(), kube::Error> {
    for feature in ctx.features() {
        feature.describe(ctx, subject, &mut draft.status);
    }
    let memory = ctx.memory(&subject.uid);
    let written = memory.notes().written.clone();
    let before = written.clone().or_else(|| subject.object.status.clone());
    let is_known = |before| says_the_same(before, &draft.status) && !is_old(before, &draft.status);
    if before.as_ref().is_some_and(is_known) {
        memory.notes().status = written; // what could not be written is no longer true
        return Ok(());
    }
    memory.notes().status = Some(draft.status.clone());
    write(ctx, subject, &draft.status).await?;
    announce(ctx, subject, before.as_ref(), &draft.status).await;
    memory.notes().written = Some(draft.status);
    Ok(())
}

async fn write(
    ctx: &Context,
    subject: &Subject,
    status: &GoogleWorkspaceIntegrationStatus,
) -> Result<(), kube::Error> {
    let object = json!({
        "apiVersion": GoogleWorkspaceIntegration::api_version(&()),
        "kind": GoogleWorkspaceIntegration::kind(&()),
        "metadata": {"name": subject.name, "uid": subject.uid},
        "status": status,
    });
    ctx.metrics.wrote("patch", "GoogleWorkspaceIntegration/status");
    let params = PatchParams::apply(FIELD_MANAGER).force();
    let api = ctx.integrations_api(&subject.key.namespace);
    match within(api.patch_status(&subject.name, &params, &Patch::Apply(object))).await {
        // Deleted meanwhile, and perhaps made again: that object's status is not ours to write.
        Err(kube::Error::Api(error)) if error.is_not_found() || error.is_conflict() => Ok(()),
        other => other.map(drop),
    }
}

/// So old may the time of the last sync get in the status. A daily sync that changes nothing would otherwise be made again
/// whenever the operator starts anew.
const OLDEST: SignedDuration = SignedDuration::from_hours(1);

/// Whether the time of the last sync is to be written, although nothing else has changed.
fn is_old(before: &GoogleWorkspaceIntegrationStatus, now: &GoogleWorkspaceIntegrationStatus) -> bool {
    let last =
        |status: &GoogleWorkspaceIntegrationStatus| Some(status.users.as_ref()?.last_sync_time.as_ref()?.0);
    match (last(before), last(now)) {
        (Some(before), Some(now)) => now.duration_since(before).abs() >= OLDEST,
        _ => false,
    }
}

/// Equal but for times.
pub fn says_the_same(a: &GoogleWorkspaceIntegrationStatus, b: &GoogleWorkspaceIntegrationStatus) -> bool {
    timeless(a) == timeless(b)
}

fn timeless(status: &GoogleWorkspaceIntegrationStatus) -> GoogleWorkspaceIntegrationStatus {
    let mut status = status.clone();
    if let Some(users) = &mut status.users {
        users.last_sync_time = None;
        users.next_sync_time = None;
    }
    for condition in &mut status.conditions {
        condition.last_transition_time = Time(Timestamp::UNIX_EPOCH);
    }
    status
}

/// One event when `Ready` gets another status or reason; never one per sync or per extension.
async fn announce(
    ctx: &Context,
    subject: &Subject,
    before: Option<&GoogleWorkspaceIntegrationStatus>,
    after: &GoogleWorkspaceIntegrationStatus,
) {
    let key = |condition: &Condition| (condition.status.clone(), condition.reason.clone());
    let old = before
        .and_then(|status| conditions::get(&status.conditions, READY))
        .map(key);
    let Some(ready) = conditions::get(&after.conditions, READY) else {
        return;
    };
    if old == Some(key(ready)) || ready.status == "Unknown" {
        return;
    }
    let good = ready.status == "True";
    let event = Event {
        type_: if good {
            EventType::Normal
        } else {
            EventType::Warning
        },
        reason: ready.reason.clone(),
        note: Some(truncated(ready.message.clone(), NOTE_LIMIT)),
        action: "Synchronise".to_owned(),
        secondary: None,
    };
    tell(ctx, subject, &event).await;
}

/// Records an event about the integration.
pub async fn tell(ctx: &Context, subject: &Subject, event: &Event) {
    record(&ctx.client, &ctx.reporter, event, &subject.object.object_ref(&())).await;
}
