//! One run: people become planned changes, and planned changes become writes while further people arrive.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;

use futures::{Stream, StreamExt};

use super::companion::Companion;
use super::job::{Job, Stop};
use super::report::{PlanLog, Report, Told};
use super::{numbering, tenancy};
use crate::google;
use crate::google::directory::UserPage;
use crate::operator::engine::fault::Fault;
use crate::operator::engine::index::Expected;
use crate::operator::engine::interrupt::Signal;
use crate::operator::extensions::apply::Applied;
use crate::operator::extensions::writes::{Landed, Writes};
use crate::operator::status::progress::Progress;
use crate::sync::gate::May;
use crate::sync::person::{Person, PersonId};
use crate::sync::plan::{Planner, Step, going};
use crate::sync::scope::Scope;

/// A run in progress.
pub struct Run<'a> {
    pub(super) job: &'a Job<'a>,
    /// What the gate lets this run do.
    pub(super) may: May,
    pub(super) planner: Planner,
    pub(super) scope: Arc<Scope>,
    pub(super) foreign_groups: i64,
    /// Pages of the list that came in.
    pub(super) pages: usize,
    pub(super) writes: Writes<'a>,
    /// People whose change found another extension than the one that it was planned for.
    pub(super) outdated: BTreeSet<PersonId>,
    pub(super) companions: Vec<Box<dyn Companion>>,
    pub(super) log: PlanLog,
    pub(super) report: Report,
    pub(super) customer_checked: bool,
    pub(super) progress: Progress<'a>,
}

impl<'a> Run<'a> {
    /// A run that has read nothing yet. `narrow`: people who are out of scope are not read.
    pub(super) async fn new(
        job: &'a Job<'a>,
        may: May,
        scope: &Arc<Scope>,
        narrow: bool,
        companions: Vec<Box<dyn Companion>>,
        progress: Progress<'a>,
    ) -> Result<Self, Fault> {
        let policy = job.subject.policy(job.users, Arc::clone(scope));
        let planner = Planner::new(policy, numbering::numbers(job).await?, narrow);
        let told = *job.ctx.slot::<Told>();
        Ok(Self {
            job,
            may,
            planner,
            scope: Arc::clone(scope),
            foreign_groups: 0,
            pages: 0,
            writes: Writes::new(job.ctx, &job.subject.key),
            outdated: BTreeSet::new(),
            companions,
            log: PlanLog::telling(told),
            report: Report::telling(told),
            customer_checked: false,
            progress,
        })
    }

    /// Plans people while their pages arrive, and applies what may be applied at once.
    pub(super) async fn read(
        &mut self,
        pages: impl Stream<Item = Result<UserPage, google::Error>>,
        stop: &mut Signal<'_>,
    ) -> Result<(), Stop> {
        let mut pages = pin!(pages.fuse());
        loop {
            let has_room = self.writes.has_room();
            tokio::select! {
                biased;
                interrupted = &mut *stop => return Err(Stop::Interrupted(interrupted)),
                Some(landed) = self.writes.next() => self.landed(landed)?,
                page = pages.next(), if has_room => match page {
                    None => return Ok(()),
                    Some(page) => self.page(page.map_err(|error| Fault::google(error, self.job.identity))?)?,
                },
            }
            self.progress
                .show(self.planner.tally().read, self.report.changes())
                .await;
        }
    }

    /// Plans people of whom each was asked for by id.
    pub(super) async fn look_up(
        &mut self,
        people: impl Stream<Item = Result<Person, Fault>>,
        stop: &mut Signal<'_>,
    ) -> Result<(), Stop> {
        let mut people = pin!(people.fuse());
        loop {
            tokio::select! {
                biased;
                interrupted = &mut *stop => return Err(Stop::Interrupted(interrupted)),
                Some(landed) = self.writes.next() => self.landed(landed)?,
                person = people.next() => match person.transpose()? {
                    None => return Ok(()),
                    Some(person) => {
                        self.check_customer(&person)?;
                        self.person(&person);
                    }
                },
            }
        }
    }

    fn page(&mut self, page: UserPage) -> Result<(), Fault> {
        self.pages += 1;
        for malformed in page.malformed {
            let id = malformed.id.as_deref().map(PersonId::new);
            let user = malformed
                .email
                .or(malformed.id)
                .unwrap_or_else(|| "(unknown)".to_owned());
            self.planner.unreadable(id);
            self.report.problem(&user, "Unreadable", format!(
                "Google's entry for this user cannot be used: {} {}. Correct the field in the Admin console; an existing extension stays as it is.",
                malformed.field, malformed.problem,
            ));
        }
        for user in page.users {
            let person = self.job.person(user);
            self.check_customer(&person)?;
            self.person(&person);
        }
        Ok(())
    }

    /// Extensions that came from one organization are never made equal to another one's directory.
    pub(super) fn check_customer(&mut self, person: &Person) -> Result<(), Fault> {
        if self.customer_checked {
            return Ok(());
        }
        let Some(customer) = person.customer_id.as_deref() else {
            return Ok(());
        };
        self.customer_checked = true;
        tenancy::same_organization(self.job.ctx, self.job.subject, customer)
    }

    pub(super) fn person(&mut self, person: &Person) {
        let key = &self.job.subject.key;
        let step = self.job.ctx.extensions.with(key, |tenant| {
            let step = self.planner.listed(person, &tenant.index);
            let known = tenant
                .index
                .of_person(&person.id)
                .map(|digest| (digest.number, digest.kept()));
            if self.may != May::Plan {
                for companion in &mut self.companions {
                    companion.note(self.planner.policy(), person, tenant);
                }
            }
            if let (Step::Nothing, Some((number, kept))) = (&step, known) {
                tenant.expect(number, Expected::View(kept));
            }
            step
        });
        self.step(step);
    }

    pub(super) fn absent(&mut self, id: &PersonId) {
        let step = self.job.ctx.extensions.with(&self.job.subject.key, |tenant| {
            tenant.index.forget_former(id);
            self.planner.deleted(id, &tenant.index)
        });
        self.step(step);
    }

    pub(super) fn step(&mut self, step: Step) {
        for refused in self.planner.problems() {
            self.report.refused(refused);
        }
        match step {
            Step::Nothing => {}
            Step::Write(planned) if self.may == May::Plan => {
                self.log.add(&self.job.subject.key.tenant, &planned);
            }
            Step::Write(planned) => self.writes.push(*planned),
        }
    }

    fn landed(&mut self, (planned, result): Landed) -> Result<(), Fault> {
        match result.map_err(|error| Fault::kubernetes("change an extension", error))? {
            Applied::Done => {
                self.report.made(&planned);
                // The second half of a change of number that was cut short.
                if let Some(to) = self.planner.moved_to(&planned) {
                    self.report.renumbered.push((planned.number, to));
                }
            }
            Applied::Already => {}
            Applied::NumberTaken => {
                let key = &self.job.subject.key;
                let step = self.job.ctx.extensions.with(key, |tenant| self.planner.renumber(planned, &tenant.index));
                self.step(step);
            }
            Applied::Outdated => {
                self.outdated.insert(planned.person);
            }
            Applied::Terminating(finalizers) => {
                let going = going(&self.job.subject.key.tenant, planned.number, Some(&finalizers));
                self.report.problem(&planned.user, "Terminating", going);
            }
            Applied::Rejected(why) => self.report.problem(&planned.user, "Rejected", format!(
                "The API server does not accept the extension: {}. Correct the user in the Admin console, or the policy that says so.",
                why.trim_end_matches('.')
            )),
        }
        Ok(())
    }

    /// Waits until everything that was planned so far is done.
    pub(super) async fn drain(&mut self, stop: &mut Signal<'_>) -> Result<(), Stop> {
        loop {
            tokio::select! {
                biased;
                interrupted = &mut *stop => return Err(Stop::Interrupted(interrupted)),
                landed = self.writes.next() => match landed {
                    None => return Ok(()),
                    Some(landed) => self.landed(landed)?,
                },
            }
            self.progress
                .show(self.planner.tally().read, self.report.changes())
                .await;
        }
    }
}

/// Waits for a step, unless the run has to stop.
pub(super) async fn unless<T>(
    stop: &mut Signal<'_>,
    work: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Stop> {
    tokio::select! {
        biased;
        interrupted = &mut *stop => Err(Stop::Interrupted(interrupted)),
        result = work => Ok(result?),
    }
}
