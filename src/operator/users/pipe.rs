//! One sync: pages -> people -> plan -> apply, with removals last.
//!
//! People who get or keep something are served while pages still arrive. Removals wait until the list was read to its
//! end, Google has answered for everybody who was missing from it, and the guard has let them pass.

use std::collections::HashSet;
use std::sync::Arc;

use super::companion::Companions;
use super::job::{Job, Stop};
use super::memory::UsersMemory;
use super::reading::{self, Reading};
use super::report::Report;
use super::run::{Run, unless};
use super::{announcement, evidence, gate, proof, selectors};
use crate::api::reasons;
use crate::operator::engine::interrupt::{self, Signal};
use crate::operator::status::progress::Progress;
use crate::sync::driver::{Driver, Extent, Task};
use crate::sync::gate::May;
use crate::sync::groups::Membership;
use crate::sync::person::{Person, PersonId};

/// Reads the directory and makes the extensions equal to it.
pub async fn synchronise(job: &Job<'_>, mut progress: Progress<'_>) -> Result<Report, Stop> {
    let may = gate::sync(job.ctx, job.subject);
    if may == May::Nothing {
        return Ok(Report::default());
    }
    let mut stop = interrupt::signal(job.ctx, job.subject);
    let pages = UsersMemory::of(job.ctx, job.subject).pages();
    let mut companions = job.ctx.slot::<Companions>().of_run();
    for companion in &mut companions {
        companion.begin(job).await;
    }
    let resolving = Box::pin(unless(&mut stop, selectors::resolve(job, pages)));
    let resolved = progress
        .during("the users, groups and units in spec.users.scope", resolving)
        .await;
    progress.rest().await;
    let reading = Reading::of(resolved?, pages);
    selectors::remember(job, &reading.scope, &reading.absent);
    let extent = match &reading.people {
        Some(_) => Extent::Candidates,
        None => Extent::List,
    };
    let extent = (extent, reading.is_narrow());
    let mut run = Run::new(job, may, &reading.scope, extent, companions, progress).await?;
    run.report.units = reading.units.clone();
    run.foreign_groups = reading.foreign_groups;
    for address in &reading.absent {
        run.report
            .problem(address, reasons::SELECTOR_NOT_FOUND, selectors::nobody(address));
    }
    // On the heap: it is the largest part of every future above it.
    let result = Box::pin(run.everything(reading, &mut stop)).await;
    run.ended(result).await
}

/// Serves one person, whom Google has just described or called deleted. The scope is the one of the last sync: nobody
/// falls out of it here without Google's word.
pub async fn one(
    job: &Job<'_>,
    progress: Progress<'_>,
    id: &PersonId,
    found: Option<Person>,
) -> Result<Report, Stop> {
    let may = gate::one_person(job.ctx, job.subject, job.identity, found.as_ref());
    if may == May::Nothing {
        return Ok(Report::default());
    }
    let mut stop = interrupt::signal(job.ctx, job.subject);
    let scope = if let Some(scope) = selectors::known(job) {
        scope
    } else {
        let resolved = unless(&mut stop, selectors::resolve(job, 1)).await?;
        let scope = Arc::new(resolved.scope);
        selectors::remember(job, &scope, &resolved.absent);
        scope
    };
    let companions = job.ctx.slot::<Companions>().of_run();
    let mut run = Run::new(job, may, &scope, (Extent::OnePerson, true), companions, progress).await?;
    let result = Box::pin(run.only(id, found, &mut stop)).await;
    run.ended(result).await
}

impl Run<'_> {
    async fn everything(&mut self, reading: Reading, stop: &mut Signal<'_>) -> Result<(), Stop> {
        if let Some(people) = reading.people {
            self.look_up(people.read(self.job), stop).await?;
            if let Some(somebody) = unless(stop, proof::somebody(self.job)).await? {
                self.check_organization(&somebody)?;
            }
        } else {
            self.read(reading::pages(self.job), stop).await?;
            UsersMemory::of(self.job.ctx, self.job.subject).keep_pages(self.pages);
        }
        self.carry_out(stop).await?;
        let planner = self.driver.planner();
        for companion in &mut self.companions {
            companion.everybody(self.job, &|person| planner.has_seen(person));
        }
        self.accompany(stop).await?;
        self.report.tally(self.driver.planner().tally());
        self.report.counts.skipped += self.outsiders();
        if self.driver.knows_organization() {
            UsersMemory::of(self.job.ctx, self.job.subject).prove(self.job.identity);
        }
        Ok(())
    }

    /// What comes when the reading is over, in the driver's order: those who were missing, then removals.
    async fn carry_out(&mut self, stop: &mut Signal<'_>) -> Result<(), Stop> {
        loop {
            self.drain(stop).await?;
            match self.with_index(Driver::next) {
                Task::Change => {}
                Task::AccountFor(missing) => self.account_for(missing, stop).await?,
                Task::LookAgain(person) => self.look_again(&person, stop).await?,
                Task::Confirm(leavers) => {
                    unless(stop, evidence::confirm(self.job, &self.scope, &leavers)).await?;
                }
                Task::Quarantine => self.leave_numbers().await?,
                Task::Show(shown) => self.show(shown),
                Task::Overtaken(person) => return Err(self.overtaken(&person).into()),
                Task::Nobody => return Err(proof::nobody(self.job).into()),
                Task::Nothing => {
                    self.report.withheld = self.driver.withheld();
                    return Ok(());
                }
            }
        }
    }

    /// Members of the included groups who are nobody in this organization, and groups of others.
    fn outsiders(&self) -> i64 {
        let groups = self.scope.include.iter().flat_map(|include| &include.groups);
        let members: HashSet<_> = groups.flat_map(Membership::people).collect();
        let strangers = members
            .into_iter()
            .filter(|person| !self.driver.planner().has_seen(person));
        self.foreign_groups + i64::try_from(strangers.count()).unwrap_or(i64::MAX)
    }

    async fn only(
        &mut self,
        id: &PersonId,
        found: Option<Person>,
        stop: &mut Signal<'_>,
    ) -> Result<(), Stop> {
        match found {
            Some(person) => self.person(&person)?,
            None => self.with_index(|driver, index| driver.absent(id, index)),
        }
        self.carry_out(stop).await?;
        self.accompany(stop).await
    }

    /// Companions come last, when it is clear who has which number. What is not written leaves them alone, too.
    async fn accompany(&mut self, stop: &mut Signal<'_>) -> Result<(), Stop> {
        if self.driver.only_plans() || self.report.held.is_some() {
            return Ok(());
        }
        for companion in &mut self.companions {
            companion
                .fulfil(self.job, &mut self.report, &mut self.progress, stop)
                .await?;
        }
        Ok(())
    }

    async fn ended(mut self, result: Result<(), Stop>) -> Result<Report, Stop> {
        self.abandon().await;
        self.progress.rest().await;
        announcement::renumbered(self.job.ctx, self.job.subject, &self.report.renumbered).await;
        result.map(|()| self.report)
    }
}
