//! What `enabled: false` does with the extensions: they stay as they are, or go, like every removal.

use std::collections::HashSet;

use jiff::Timestamp;

use super::job::Stop;
use super::report::{PlanLog, Report, Told};
use super::{gate, quarantine};
use crate::api::integration::{Users, WhenDisabled};
use crate::api::reasons;
use crate::operator::engine::context::Context;
use crate::operator::engine::fault::{Area, Fault};
use crate::operator::engine::interrupt;
use crate::operator::engine::subject::Subject;
use crate::operator::extensions::apply::Applied;
use crate::operator::extensions::writes::Writes;
use crate::operator::status::progress::Progress;
use crate::sync::gate::May;
use crate::sync::guard::{self, Verdict, Whose};
use crate::sync::index::TenantIndex;
use crate::sync::person::PersonId;
use crate::sync::plan::{Change, Claim, Content, Planned};

/// Whoever writes into the same extensions as often as this writes all the time.
const ROUNDS: usize = 4;

/// Deletes the extensions of people who are switched off, when that is declared, as far as the gate and the guard let it
/// pass. `None`: there is nothing to do.
pub async fn settle(ctx: &Context, subject: &Subject) -> Result<Option<Report>, Stop> {
    let declared = subject.object.spec.users.as_ref();
    let Some(users) = declared.filter(|users| users.when_disabled == WhenDisabled::Delete) else {
        return Ok(None);
    };
    let (removals, kept) = ctx.extensions.with(&subject.key, |tenant| {
        let removals = removals(&tenant.index, &subject.name);
        (removals, tenant.index.kept(&subject.name).readable())
    });
    if users.enabled || removals.is_empty() {
        return Ok(None);
    }
    let told = *ctx.slot::<Told>();
    let mut report = Report::telling(told);
    let whose = Whose {
        tenant: &subject.key.tenant,
        uid: &subject.uid,
    };
    let limit = users.lifecycle.removal_limit;
    let verdict = guard::judge(&removals, whose, kept, limit, subject.approval());
    if let Verdict::Held { limit, .. } = verdict {
        report.held = Some((i64::try_from(removals.len()).unwrap_or(i64::MAX), limit));
    }
    if verdict == Verdict::Proceed && gate::switched_off(subject) == May::Everything {
        carry_out(ctx, subject, users, removals, &mut report).await?;
    } else {
        let hash = guard::hash(&removals, whose);
        report.plan = Some(PlanLog::telling(told).prepend(&removals, &subject.key.tenant, hash));
    }
    Ok(Some(report))
}

/// Every extension that the integration keeps. One that is nobody's was not made by us, so that it is not ours to delete.
fn removals(index: &TenantIndex, integration: &str) -> Vec<Planned> {
    let kept = index.kept_by(integration).filter(|digest| !digest.terminating);
    let kept = kept.map(|digest| {
        let (change, content) = match digest.person {
            Some(_) => (Change::Delete, Content::Nothing),
            None => (Change::Release, Content::Release),
        };
        let person = digest.person.clone().unwrap_or_else(PersonId::nobody);
        Planned {
            change,
            number: digest.number,
            user: person.to_string(),
            person,
            reason: reasons::USERS_DISABLED,
            content,
            claim: Claim::Own,
            generation: digest.generation,
        }
    });
    let mut removals: Vec<_> = kept.collect();
    removals.sort_by_key(|planned| (planned.change, planned.number));
    removals
}

async fn carry_out(
    ctx: &Context,
    subject: &Subject,
    users: &Users,
    mut removals: Vec<Planned>,
    report: &mut Report,
) -> Result<(), Stop> {
    let numbers: HashSet<_> = removals.iter().map(|planned| planned.number).collect();
    let mut progress = Progress::switched_off(ctx, subject).await;
    for _ in 0..ROUNDS {
        quarantine::leave(ctx, &subject.key, &removals, &users.numbering, Timestamp::now()).await?;
        if !remove(ctx, subject, removals, report, &mut progress).await? {
            return Ok(());
        }
        // Somebody changed an extension in the meantime: it goes as it is now, if it was among those that may go.
        removals = ctx.extensions.with(&subject.key, |tenant| {
            self::removals(&tenant.index, &subject.name)
        });
        removals
            .retain(|planned| numbers.contains(&planned.number) && !report.tells(&planned.user, "Rejected"));
    }
    Err(Stop::Fault(Fault::transient(
        Area::Sync,
        reasons::KUBERNETES_UNAVAILABLE,
        "Another client changes extensions repeatedly while Dialplane deletes them. Dialplane retries. If the problem persists, find the client in the API server's audit log.",
    )))
}

/// Makes these removals; tells whether somebody else was faster with one.
async fn remove(
    ctx: &Context,
    subject: &Subject,
    removals: Vec<Planned>,
    report: &mut Report,
    progress: &mut Progress<'_>,
) -> Result<bool, Stop> {
    let total = removals.len();
    let mut writes = Writes::new(ctx, &subject.key);
    for planned in removals {
        writes.push(planned);
    }
    let mut stop = interrupt::signal(ctx, subject);
    let mut is_outdated = false;
    let ended = loop {
        let landed = tokio::select! {
            biased;
            interrupted = &mut stop => break Err(Stop::Interrupted(interrupted)),
            landed = writes.next() => landed,
        };
        let Some((planned, result)) = landed else {
            break Ok(is_outdated);
        };
        match result {
            Ok(Applied::Done) => report.made(&planned),
            Ok(Applied::Already | Applied::Terminating(_)) => {}
            Ok(Applied::Outdated | Applied::NumberTaken) => is_outdated = true,
            Ok(Applied::Rejected(why)) => report.problem(
                &planned.user,
                "Rejected",
                format!(
                    "The API server rejects the deletion of extension {}-{}: {}. Correct the policy that rejects it. Dialplane retries with increasing delays.",
                    subject.key.tenant,
                    planned.number,
                    why.trim_end_matches('.')
                ),
            ),
            Err(error) => break Err(Fault::kubernetes("delete an extension", error).into()),
        }
        let done = report.changes();
        progress
            .tell(|| format!("spec.users.enabled is false. {done} of {total} extensions deleted."))
            .await;
    };
    writes.abandon().await;
    ended
}
