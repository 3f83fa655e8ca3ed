//! The path of one person: an extension that was edited or deleted by hand, or changed while it was being changed, is
//! made right again with one question to Google, without a full sync. So is that of a person whom Google tells about.

use std::time::Duration;

use kube::runtime::reflector::ObjectRef;

use super::cause::Cause;
use super::job::{Job, Stop};
use super::memory::UsersMemory;
use super::pipe;
use super::{evidence, gate, property, selectors};
use crate::api::GoogleWorkspaceIntegration;
use crate::operator::engine::context::Context;
use crate::operator::engine::credentials;
use crate::operator::engine::fault::{Fault, Kind};
use crate::operator::engine::interrupt::Interrupted;
use crate::operator::engine::subject::Subject;
use crate::operator::status::progress::Progress;
use crate::sync::gate::{May, Withheld};
use crate::sync::person::{Person, PersonId};

/// How often a failed attempt is repeated before the next full sync is left to do it.
const ATTEMPTS: u32 = 6;
/// Google may answer from a copy that is a moment older than what it has just told.
const SECOND_LOOK: Duration = Duration::from_secs(2);

/// One person could not be looked after; the next sync does it.
#[derive(Clone, Copy, Debug)]
pub struct LeftToSync;

/// Leaves the rest to a sync, which judges all removals together and shows those that are held.
pub fn want_sync(ctx: &Context, subject: &Subject) {
    ctx.memory(&subject.uid).notes().full_sync_wanted = true;
    ctx.wake(&subject.reference());
}

/// Looks after one person, again and again while what is in the way may pass.
pub async fn insist(
    ctx: &Context,
    reference: &ObjectRef<GoogleWorkspaceIntegration>,
    person: &PersonId,
    cause: Cause,
) -> Result<Option<Withheld>, LeftToSync> {
    for attempt in 0..ATTEMPTS {
        let Some(object) = ctx.latest(reference) else {
            return Ok(None);
        };
        match restore(ctx, &Subject::new(object), person, cause).await {
            Ok(withheld) => return Ok(withheld),
            Err(Stop::Interrupted(_)) => return Ok(None),
            Err(Stop::Fault(fault)) => {
                tracing::warn!(integration = reference.name, namespace = reference.namespace, cause = cause.as_str(), reason = fault.reason, error = %fault, "failed to sync one user");
                if matches!(fault.kind, Kind::Stalled(_)) {
                    return Err(LeftToSync);
                }
                tokio::select! {
                    () = ctx.shutdown.cancelled() => return Ok(None),
                    () = tokio::time::sleep(Duration::from_secs(2) * 2_u32.pow(attempt)) => {}
                }
            }
        }
    }
    Err(LeftToSync)
}

/// Makes one person's extension right, if the integration is at work and there is still cause to.
async fn restore(
    ctx: &Context,
    subject: &Subject,
    person: &PersonId,
    cause: Cause,
) -> Result<Option<Withheld>, Stop> {
    let Some(users) = subject
        .users()
        .filter(|_| gate::sync(ctx, subject) == May::Everything)
    else {
        return Ok(None); // its status says why
    };
    let memory = ctx.memory(&subject.uid);
    let _working = memory.work.lock().await;
    let deviates = || {
        ctx.extensions
            .with(&subject.key, |tenant| tenant.deviates(person))
    };
    if cause == Cause::Deviation && !deviates() {
        return Ok(None);
    }
    let file = credentials::read(ctx, subject).await?;
    let (directory, identity) = credentials::open(ctx, subject, &file)?;
    let directory = property::projected(directory, users)?;
    let job = Job::new(ctx, subject, users, &identity, &directory)?;
    let found = tokio::select! {
        () = ctx.shutdown.cancelled() => return Err(Stop::Interrupted(Interrupted)),
        found = ask(&job, person, cause) => found?,
    };
    let Some(found) = found.filter(|found| !waits_for_sync(&job, found.as_ref(), cause)) else {
        return Ok(None);
    };
    let report = pipe::one(&job, Progress::silent(ctx, subject), person, found).await?;
    let removed = report.counts.disabled + report.counts.deleted + report.counts.released;
    UsersMemory::of(ctx, subject).add_removed(usize::try_from(removed).unwrap_or_default());
    tracing::info!(
        integration = subject.name,
        namespace = subject.key.namespace,
        cause = cause.as_str(),
        changes = report.changes(),
        withheld = ?report.withheld,
        "synced one user"
    );
    Ok(report.withheld)
}

/// Google's answer, or its second one when the first contradicts what it told.
async fn ask(job: &Job<'_>, person: &PersonId, cause: Cause) -> Result<Option<Option<Person>>, Fault> {
    let found = evidence::ask(job, person).await?;
    let Cause::Notification(expected) = cause else {
        return Ok(found);
    };
    if !found
        .as_ref()
        .is_some_and(|found| expected.contradicts(found.is_some()))
    {
        return Ok(found);
    }
    tokio::time::sleep(SECOND_LOOK).await;
    evidence::ask(job, person).await
}

/// Whether only a sync may tell what becomes of somebody whom Google told about.
fn waits_for_sync(job: &Job<'_>, found: Option<&Person>, cause: Cause) -> bool {
    let scope = selectors::known(job);
    let (Some(person), Some(scope), Cause::Notification(_)) = (found, scope, cause) else {
        return false;
    };
    scope.leaves_to_sync(person)
}
