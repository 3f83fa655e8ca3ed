//! The path of one person: an extension that was edited or deleted by hand, or changed while it was being changed, is
//! made right again with one question to Google, without a full sync.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use kube::runtime::reflector::ObjectRef;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::context::Context;
use super::fault::{Fault, Kind};
use super::index::Deviation;
use super::interrupt::Interrupted;
use super::pipe::{self, Job, Stop};
use super::progress::Progress;
use super::subject::Subject;
use super::{credentials, evidence, tenancy};
use crate::api::GoogleWorkspaceIntegration;
use crate::api::integration::Users;
use crate::sync::person::PersonId;

/// From this many people at once on, a full sync asks Google less.
const CROWD: usize = 50;
/// People sent here with no longer pause than this between them are looked at together: a crowd does not come at once.
const PAUSE: Duration = Duration::from_millis(500);
/// A crowd that goes on coming is not waited for longer.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How many are taken at a time.
const BATCH: usize = 100_000;
/// How often a failed attempt is repeated before the next full sync is left to do it.
const ATTEMPTS: u32 = 6;

/// Looks after everybody who is sent here, until the process ends.
pub async fn serve(ctx: Arc<Context>, mut deviations: mpsc::UnboundedReceiver<Deviation>) {
    let mut batch = Vec::new();
    loop {
        tokio::select! {
            () = ctx.shutdown.cancelled() => return,
            received = deviations.recv_many(&mut batch, BATCH) => if received == 0 { return },
        }
        gather(&mut deviations, &mut batch).await;
        let mut people: BTreeMap<(String, String), HashSet<PersonId>> = BTreeMap::new();
        for deviation in batch.drain(..) {
            let integration = (deviation.key.namespace, deviation.integration.to_string());
            people.entry(integration).or_default().insert(deviation.person);
        }
        for ((namespace, name), people) in people {
            let reference = ObjectRef::new(&name).within(&namespace);
            look_after(&ctx, &reference, people).await;
        }
    }
}

/// Waits for those who come close behind.
async fn gather(deviations: &mut mpsc::UnboundedReceiver<Deviation>, batch: &mut Vec<Deviation>) {
    let end = Instant::now() + LONGEST_WAIT;
    while Instant::now() < end
        && let Ok(1..) = timeout(PAUSE, deviations.recv_many(batch, BATCH)).await
    {}
}

async fn look_after(
    ctx: &Context,
    reference: &ObjectRef<GoogleWorkspaceIntegration>,
    people: HashSet<PersonId>,
) {
    let latest = ctx.latest(reference).map(Subject::new);
    if people.len() > CROWD
        && let Some(subject) = latest.filter(|subject| subject.users().is_some_and(Users::is_automatic))
    {
        ctx.memory(&subject.uid).notes().full_sync_wanted = true;
        ctx.wake(reference);
        return;
    }
    for person in people {
        for attempt in 0..ATTEMPTS {
            let Some(object) = ctx.latest(reference) else {
                return;
            };
            match restore(ctx, &Subject::new(object), &person).await {
                Ok(()) | Err(Stop::Interrupted(_)) => break,
                Err(Stop::Fault(fault)) => {
                    tracing::warn!(integration = reference.name, namespace = reference.namespace, reason = fault.reason, error = %fault, "could not restore an extension that was changed by hand");
                    if matches!(fault.kind, Kind::Stalled(_)) {
                        break; // the integration's own status says so, and its next sync looks at everybody
                    }
                    tokio::select! {
                        () = ctx.shutdown.cancelled() => return,
                        () = tokio::time::sleep(Duration::from_secs(2) * 2_u32.pow(attempt)) => {}
                    }
                }
            }
        }
    }
}

/// Makes one person's extension right, if the integration is at work and the extension is still wrong.
async fn restore(ctx: &Context, subject: &Subject, person: &PersonId) -> Result<(), Stop> {
    let spec = &subject.object.spec;
    let Some(users) = subject
        .users()
        .filter(|_| !spec.suspend && !spec.dry_run && !subject.is_deleted())
    else {
        return Ok(());
    };
    let memory = ctx.memory(&subject.uid);
    let _working = memory.work.lock().await;
    if !ctx
        .extensions
        .with(&subject.key, |tenant| tenant.deviates(person))
    {
        return Ok(());
    }
    tenancy::check(ctx, subject)?;
    let file = credentials::read(ctx, subject).await?;
    let (directory, identity) = credentials::open(ctx, subject, &file)?;
    let job = Job::new(ctx, subject, users, &identity, &directory)?;
    let found = tokio::select! {
        () = ctx.shutdown.cancelled() => return Err(Stop::Interrupted(Interrupted)),
        found = evidence::ask(&job, person) => found?,
    };
    let Some(found) = found else {
        return Ok(());
    };
    let report = pipe::one(&job, Progress::silent(ctx, subject), person, found).await?;
    if report.held.is_some() {
        return Err(Stop::Fault(held()));
    }
    tracing::info!(
        integration = subject.name,
        namespace = subject.key.namespace,
        changes = report.changes(),
        "looked after an extension that was changed by hand"
    );
    Ok(())
}

fn held() -> Fault {
    use super::fault::{Area, reason};
    Fault::stalled(
        Area::Sync,
        reason::REMOVALS_HELD,
        "The removal of one extension waits for the next sync, because the limit allows none.",
    )
}
