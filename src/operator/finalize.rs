//! What happens to the extensions when their integration is deleted. Restartable: it looks at what is still there.

use jiff::Timestamp;
use kube::api::{ListParams, Patch};
use kube::{Error, ResourceExt};
use serde_json::json;

use crate::api::GoogleWorkspaceIntegration;
use crate::api::integration::DeletionPolicy;
use crate::api::names::{FINALIZER, LABEL_INTEGRATION, LABEL_MANAGED_BY, MANAGED_BY};
use crate::api::reasons;
use crate::operator::engine::context::Context;
use crate::operator::engine::fault::{Area, Fault};
use crate::operator::engine::kubernetes::{self, Attempts, patching, within};
use crate::operator::engine::subject::Subject;
use crate::operator::extensions::apply::Applied;
use crate::operator::extensions::writes::Writes;
use crate::operator::status::progress::Progress;
use crate::operator::status::written::StatusMetrics;
use crate::operator::users::quarantine;
use crate::sync::number::Number;
use crate::sync::person::PersonId;
use crate::sync::plan::{Change, Claim, Content, Planned};

/// So many extensions that are left are looked at for one that somebody holds.
const LOOKED_AT: u32 = 20;

/// Makes sure that a deletion of the object waits for us.
pub async fn ensure(ctx: &Context, subject: &Subject) -> Result<(), Fault> {
    if has_finalizer(&subject.object) {
        return Ok(());
    }
    let added = edit(ctx, subject, |finalizers| {
        // An attempt whose answer was lost has added it already.
        if !finalizers.iter().any(|finalizer| finalizer == FINALIZER) {
            finalizers.push(FINALIZER.to_owned());
        }
    })
    .await;
    added.map_err(|error| Fault::kubernetes("add the finalizer of the integration", error))
}

fn has_finalizer(object: &GoogleWorkspaceIntegration) -> bool {
    object.finalizers().iter().any(|finalizer| finalizer == FINALIZER)
}

/// How far a deletion is.
pub enum Ending {
    /// The object is gone.
    Gone,
    /// Extensions are still there; this says what for.
    Waiting(String),
}

/// Releases or deletes every extension, then lets the object go. Nothing is waited for here: what somebody else holds is told,
/// and looked at again later.
pub async fn run(ctx: &Context, subject: &Subject) -> Result<Ending, Fault> {
    if !has_finalizer(&subject.object) {
        return Ok(Ending::Gone);
    }
    let planned = plan(ctx, subject);
    if !planned.is_empty() {
        ctx.memory(&subject.uid).notes().failures = 0; // it goes on
        let mut progress = Progress::end(ctx, subject).await;
        quarantined(ctx, subject, &planned).await?;
        carry_out(ctx, subject, planned, &mut progress).await?;
    }
    if let Some(left) = left(ctx, subject).await? {
        return Ok(Ending::Waiting(left));
    }
    let removed = edit(ctx, subject, |finalizers| {
        finalizers.retain(|finalizer| finalizer != FINALIZER);
    })
    .await;
    removed.map_err(|error| Fault::kubernetes("remove the finalizer of the integration", error))?;
    for feature in ctx.features() {
        feature.forget(ctx, subject);
    }
    ctx.slot::<StatusMetrics>().forget(subject);
    ctx.forget(&subject.uid);
    Ok(Ending::Gone)
}

fn plan(ctx: &Context, subject: &Subject) -> Vec<Planned> {
    let (change, content) = match subject.object.spec.deletion_policy {
        DeletionPolicy::Retain => (Change::Release, Content::Release),
        DeletionPolicy::Delete => (Change::Delete, Content::Nothing),
    };
    ctx.extensions.with(&subject.key, |tenant| {
        let kept = tenant.index.kept_by(&subject.name);
        let kept = kept.filter(|digest| !digest.terminating).map(|digest| {
            let (number, generation) = (digest.number, digest.generation);
            // With our labels but nobody's: not made by us, so it is not ours to delete.
            let (change, content) = match digest.person {
                Some(_) => (change, content.clone()),
                None => (Change::Release, Content::Release),
            };
            let person = digest.person.clone().unwrap_or_else(PersonId::nobody);
            let user = person.to_string();
            Planned {
                change,
                number,
                person,
                user,
                reason: "IntegrationDeleted",
                content,
                claim: Claim::Own,
                generation,
            }
        });
        kept.collect()
    })
}

/// The extensions that are still there, for people. The index may lag behind the API server by a moment; the finalizer must not.
async fn left(ctx: &Context, subject: &Subject) -> Result<Option<String>, Fault> {
    let selector = format!(
        "{LABEL_MANAGED_BY}={MANAGED_BY},{LABEL_INTEGRATION}={}",
        subject.name
    );
    // Labels on another tenant's extension give no claim to it, and must not hold this object for ever.
    let tenant = format!("spec.tenant={}", subject.key.tenant);
    let params = ListParams::default()
        .labels(&selector)
        .fields(&tenant)
        .limit(LOOKED_AT);
    let api = ctx.extensions_api(&subject.key.namespace);
    let left = within(api.list_metadata(&params))
        .await
        .map_err(|error| Fault::kubernetes("list extensions", error))?;
    Ok(unreadable(ctx, subject, &left.items).or_else(|| told(&left.items)))
}

/// Names one extension that is left because this version cannot read it.
fn unreadable<T: ResourceExt>(ctx: &Context, subject: &Subject, left: &[T]) -> Option<String> {
    let tenant = &subject.key.tenant;
    ctx.extensions.with(&subject.key, |tenants| {
        let opaque = left.iter().find_map(|extension| {
            let name = extension.name_any();
            let number = Number::parse(name.strip_prefix(tenant)?.strip_prefix('-')?)?;
            tenants.index.opaque(number)
        })?;
        let why = opaque.explain(tenant);
        Some(format!(
            "The integration is being deleted. The deletion waits for an extension. {why}"
        ))
    })
}

/// Names one extension that is left, with the finalizers that hold it.
fn told<T: ResourceExt>(left: &[T]) -> Option<String> {
    let held =
        |extension: &&T| !extension.finalizers().is_empty() && extension.meta().deletion_timestamp.is_some();
    let Some(extension) = left.iter().find(held) else {
        let extension = left.first()?.name_any();
        return Some(format!(
            "The integration is being deleted. PbxExtension {extension} still exists. Dialplane continues."
        ));
    };
    let (name, finalizers) = (extension.name_any(), extension.finalizers().join(", "));
    let others = match left.len() - 1 {
        0 => String::new(),
        others => format!(" At least {others} more extensions still exist."),
    };
    Some(format!(
        "The integration is being deleted. The finalizer {finalizers} blocks the deletion of PbxExtension {name}.{others} Check the program that owns the finalizer. If it no longer exists, remove the finalizer from the extension."
    ))
}

async fn quarantined(ctx: &Context, subject: &Subject, planned: &[Planned]) -> Result<(), Fault> {
    let declared = subject
        .object
        .spec
        .users
        .as_ref()
        .map(|users| users.numbering.clone());
    let numbering = declared.unwrap_or_default();
    match quarantine::leave(ctx, &subject.key, planned, &numbering, Timestamp::now()).await {
        // The namespace goes, and with it every number: nothing new can be made in it, and nothing needs to be.
        Err(fault) if is_terminating(&fault) => Ok(()),
        other => other,
    }
}

fn is_terminating(fault: &Fault) -> bool {
    let source = fault.source.as_deref().and_then(|source| source.downcast_ref());
    source.is_some_and(kubernetes::is_terminating)
}

async fn carry_out(
    ctx: &Context,
    subject: &Subject,
    planned: Vec<Planned>,
    progress: &mut Progress<'_>,
) -> Result<(), Fault> {
    let total = planned.len();
    let verb = match subject.object.spec.deletion_policy {
        DeletionPolicy::Retain => "released",
        DeletionPolicy::Delete => "deleted",
    };
    let mut writes = Writes::new(ctx, &subject.key);
    for planned in planned {
        writes.push(planned);
    }
    let (mut done, mut refused, mut failed) = (0, None, None);
    loop {
        let landed = tokio::select! {
            () = ctx.shutdown.cancelled() => break,
            landed = writes.next() => landed,
        };
        match landed {
            None => break,
            Some((_, Err(error))) => {
                failed = Some(error);
                break;
            }
            Some((planned, Ok(Applied::Rejected(why)))) => refused = Some((planned.number, why)),
            Some((_, Ok(_))) => done += 1,
        }
        progress
            .tell(|| format!("The integration is being deleted: {done} of {total} extensions {verb}."))
            .await;
    }
    writes.abandon().await;
    if let Some(error) = failed {
        return Err(Fault::kubernetes("change an extension", error));
    }
    if let Some((number, why)) = refused {
        let text = format!(
            "PbxExtension {}-{number} cannot be {verb}. The API server responds: {why}. Correct the extension, or the policy that rejects the change.",
            subject.key.tenant
        );
        return Err(Fault::stalled(Area::Sync, reasons::FORBIDDEN, text));
    }
    if ctx.shutdown.is_cancelled() {
        return Err(Fault::transient(
            Area::Sync,
            reasons::KUBERNETES_UNAVAILABLE,
            "The operator is shutting down. The next one continues.",
        ));
    }
    Ok(())
}

/// Changes the finalizers of the object as it is now. An object that is gone needs no change.
async fn edit(ctx: &Context, subject: &Subject, change: impl Fn(&mut Vec<String>)) -> Result<(), Error> {
    let api = ctx.integrations_api(&subject.key.namespace);
    let mut attempts = Attempts::default();
    while attempts.next().await {
        let Some(found) = within(api.get_opt(&subject.name)).await? else {
            return Ok(());
        };
        if found.metadata.uid.as_deref() != Some(subject.uid.as_str()) {
            return Ok(());
        }
        let mut finalizers = found.finalizers().to_vec();
        change(&mut finalizers);
        if finalizers == found.finalizers() {
            return Ok(());
        }
        let patch =
            json!({"metadata": {"finalizers": finalizers, "resourceVersion": found.resource_version()}});
        ctx.metrics.wrote("patch", "GoogleWorkspaceIntegration");
        match within(api.patch(&subject.name, &patching(), &Patch::Merge(patch))).await {
            Ok(_) => return Ok(()),
            Err(error) => attempts.failed(error)?,
        }
    }
    Err(attempts.given_up())
}
