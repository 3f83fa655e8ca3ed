//! The way down: what a run takes away, with Google's word about each person and within the limit.

use std::pin::pin;

use futures::StreamExt;

use super::job::Stop;
use super::run::{Run, unless};
use super::{evidence, quarantine};
use crate::operator::engine::interrupt::Signal;
use crate::sync::guard::{self, Verdict};

impl Run<'_> {
    /// Asks Google about everybody who has an extension and was not in the list.
    pub(super) async fn account_for_missing(&mut self, stop: &mut Signal<'_>) -> Result<(), Stop> {
        let missing = self.job.ctx.extensions.with(&self.job.subject.key, |tenant| {
            self.planner.missing(&tenant.index)
        });
        if missing.is_empty() {
            return Ok(());
        }
        let mut answers = pin!(evidence::about(self.job, missing).fuse());
        loop {
            let answer = tokio::select! {
                biased;
                interrupted = &mut *stop => return Err(Stop::Interrupted(interrupted)),
                answer = answers.next() => answer,
            };
            let Some(answer) = answer else { return Ok(()) };
            match answer? {
                (id, None) => self.absent(&id),
                (_, Some(person)) => {
                    let key = &self.job.subject.key;
                    let found = self
                        .job
                        .ctx
                        .extensions
                        .with(key, |tenant| self.planner.found(&person, &tenant.index));
                    self.step(
                        found.map_err(|short| evidence::short_read(&self.job.subject.key.tenant, &short))?,
                    );
                }
            }
        }
    }

    /// Removals, if the guard lets them pass.
    pub(super) async fn remove(&mut self, stop: &mut Signal<'_>) -> Result<(), Stop> {
        let subject = self.job.subject;
        let tenant_name = &subject.key.tenant;
        let (removals, kept) = self.job.ctx.extensions.with(&subject.key, |tenant| {
            (
                self.planner.removals(&tenant.index),
                tenant.index.kept_by(&subject.name).count(),
            )
        });
        let limit = self.job.users.lifecycle.removal_limit;
        let verdict = guard::judge(&removals, tenant_name, kept, limit, subject.approval());
        if let Verdict::Held { limit, .. } = verdict {
            self.report.held = Some((i64::try_from(removals.len()).unwrap_or(i64::MAX), limit));
        }
        if subject.object.spec.dry_run || verdict != Verdict::Proceed {
            let hash = guard::hash(&removals, tenant_name);
            self.report.plan = Some(std::mem::take(&mut self.log).prepend(&removals, tenant_name, hash));
            return Ok(());
        }
        let leaving = evidence::confirm(self.job, &self.scope, &self.planner, &removals);
        unless(stop, leaving).await?;
        let numbering = &self.job.users.numbering;
        quarantine::leave(self.job.ctx, &subject.key, &removals, numbering, self.job.now).await?;
        for planned in removals {
            self.writes.push(planned);
        }
        self.drain(stop).await
    }
}
