//! The way down: what a run takes away, with Google's word about each person and within the limit.

use std::pin::pin;

use futures::StreamExt;

use super::job::Stop;
use super::memory::UsersMemory;
use super::run::{Run, unless};
use super::{evidence, quarantine};
use crate::operator::engine::interrupt::Signal;
use crate::operator::engine::subject::Subject;
use crate::sync::gate::{May, Withheld};
use crate::sync::guard::{self, Verdict, Whose};
use crate::sync::plan::{Planned, Step};

impl Run<'_> {
    /// Asks Google about everybody who has an extension and was not in the list.
    pub(super) async fn account_for_missing(&mut self, stop: &mut Signal<'_>) -> Result<(), Stop> {
        let missing = self.job.ctx.extensions.with(&self.job.subject.key, |tenant| {
            self.planner.undecodable(&tenant.index);
            self.planner.missing(&tenant.index)
        });
        self.step(Step::Nothing);
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

    /// Removals, as far as the gate and the guard let them pass.
    pub(super) async fn remove(&mut self, stop: &mut Signal<'_>) -> Result<(), Stop> {
        let subject = self.job.subject;
        let (removals, kept) = self.job.ctx.extensions.with(&subject.key, |tenant| {
            (
                self.planner.removals(&tenant.index),
                tenant.index.kept(&subject.name).readable(),
            )
        });
        let (withheld, removals): (Vec<_>, Vec<_>) = removals
            .into_iter()
            .partition(|planned| self.may_be_meant(planned));
        if self.may != May::Plan {
            self.keep_in_service(withheld, stop).await?;
        }
        match self.may {
            May::Nothing => Ok(()),
            May::Restore(why) => self.withhold(removals, why, stop).await,
            May::Remove(left) if removals.len() > left => {
                self.withhold(removals, Withheld::LimitSpent, stop).await
            }
            May::Remove(_) => self.carry_out(removals, stop).await,
            May::Plan | May::Everything => {
                if self.is_free(&removals, kept) {
                    return self.carry_out(removals, stop).await;
                }
                self.show(&removals);
                Ok(())
            }
        }
    }

    /// Whom an address names that Google does not know may be any of those who are not named any more: they stay until the
    /// declaration has been corrected.
    fn may_be_meant(&self, planned: &Planned) -> bool {
        self.planner.is_unnamed(&planned.person)
            && UsersMemory::of(self.job.ctx, self.job.subject).misses_somebody()
    }

    /// Whether the removals of everybody may be made now; those that wait are counted.
    fn is_free(&mut self, removals: &[Planned], kept: usize) -> bool {
        let subject = self.job.subject;
        let limit = self.job.users.lifecycle.removal_limit;
        let verdict = guard::judge(removals, whose(subject), kept, limit, subject.approval());
        if let Verdict::Held { limit, .. } = verdict {
            self.report.held = Some((i64::try_from(removals.len()).unwrap_or(i64::MAX), limit));
        }
        self.may != May::Plan && verdict == Verdict::Proceed
    }

    /// Tells removals that are not made, with everything else that was only planned.
    fn show(&mut self, removals: &[Planned]) {
        let tenant = &self.job.subject.key.tenant;
        let hash = guard::hash(removals, whose(self.job.subject));
        self.report.plan = Some(std::mem::take(&mut self.log).prepend(removals, tenant, hash));
    }

    /// Takes nothing away, and tells why.
    async fn withhold(
        &mut self,
        removals: Vec<Planned>,
        why: Withheld,
        stop: &mut Signal<'_>,
    ) -> Result<(), Stop> {
        if removals.is_empty() {
            return Ok(());
        }
        self.report.withheld = Some(why);
        self.keep_in_service(removals, stop).await
    }

    /// Makes everything right about these people except that they lose nothing.
    async fn keep_in_service(&mut self, removals: Vec<Planned>, stop: &mut Signal<'_>) -> Result<(), Stop> {
        let restoring: Vec<_> = self.job.ctx.extensions.with(&self.job.subject.key, |tenant| {
            let planned = removals.into_iter();
            planned
                .filter_map(|planned| planned.in_service(&tenant.index))
                .collect()
        });
        for planned in restoring {
            self.writes.push(planned);
        }
        self.settle(stop).await
    }

    async fn carry_out(&mut self, removals: Vec<Planned>, stop: &mut Signal<'_>) -> Result<(), Stop> {
        let leaving = evidence::confirm(self.job, &self.scope, &self.planner, &removals);
        unless(stop, leaving).await?;
        let numbering = &self.job.users.numbering;
        let key = &self.job.subject.key;
        quarantine::leave(self.job.ctx, key, &removals, numbering, self.job.now).await?;
        let people = removals.iter().map(|planned| planned.person.clone()).collect();
        for planned in removals {
            self.writes.push(planned);
        }
        self.settle_removals(&people, stop).await
    }
}

fn whose(subject: &Subject) -> Whose<'_> {
    Whose {
        tenant: &subject.key.tenant,
        uid: &subject.uid,
    }
}
