//! One run: people become planned changes, and planned changes become writes while further people arrive.

use std::pin::pin;
use std::sync::Arc;

use futures::{Stream, StreamExt};

use super::companion::Companion;
use super::job::{Job, Stop};
use super::memory::UsersMemory;
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
use crate::sync::driver::{Driver, Extent, Terms};
use crate::sync::gate::May;
use crate::sync::index::TenantIndex;
use crate::sync::person::{Person, PersonId};
use crate::sync::plan::{Planner, going};
use crate::sync::scope::Scope;

/// A run in progress.
pub struct Run<'a> {
    pub(super) job: &'a Job<'a>,
    /// What is done, and in which order.
    pub(super) driver: Driver,
    pub(super) scope: Arc<Scope>,
    pub(super) foreign_groups: i64,
    /// Pages of the list that came in.
    pub(super) pages: usize,
    writes: Writes<'a>,
    pub(super) companions: Vec<Box<dyn Companion>>,
    pub(super) log: PlanLog,
    pub(super) report: Report,
    pub(super) progress: Progress<'a>,
}

impl<'a> Run<'a> {
    /// A run that has read nothing yet. `narrow`: people who are out of scope are not read.
    pub(super) async fn new(
        job: &'a Job<'a>,
        may: May,
        scope: &Arc<Scope>,
        (extent, narrow): (Extent, bool),
        companions: Vec<Box<dyn Companion>>,
        progress: Progress<'a>,
    ) -> Result<Self, Fault> {
        let policy = job.subject.policy(job.users, Arc::clone(scope));
        let planner = Planner::new(policy, numbering::numbers(job).await?, narrow);
        let terms = Terms {
            may,
            uid: job.subject.uid.clone(),
            approval: job.subject.approval().map(str::to_owned),
            misses_somebody: UsersMemory::of(job.ctx, job.subject).misses_somebody(),
        };
        let told = *job.ctx.slot::<Told>();
        Ok(Self {
            job,
            driver: Driver::new(planner, terms, extent),
            scope: Arc::clone(scope),
            foreign_groups: 0,
            pages: 0,
            writes: Writes::new(job.ctx, &job.subject.key),
            companions,
            log: PlanLog::telling(told),
            report: Report::telling(told),
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
                () = self.progress.waiting("the list of users") => {}
            }
            self.show_progress().await;
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
                    Some(person) => self.person(&person)?,
                },
                () = self.progress.waiting("the users of spec.users.scope") => {}
            }
            self.show_progress().await;
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
            self.driver.unreadable(id);
            self.report.problem(&user, "Unreadable", format!(
                "Google's entry for this user is invalid: {} {}. Correct the field in the Admin console. An existing extension stays unchanged.",
                malformed.field, malformed.problem,
            ));
        }
        for user in page.users {
            self.person(&self.job.person(user))?;
        }
        Ok(())
    }

    /// Takes in a person of the organization, who is out of doubt not one of another.
    pub(super) fn person(&mut self, person: &Person) -> Result<(), Fault> {
        let key = &self.job.subject.key;
        let planned = self.job.ctx.extensions.with(key, |tenant| {
            let changes = self.driver.listed(person, &tenant.index)?;
            let known = tenant
                .index
                .of_person(&person.id)
                .map(|digest| (digest.number, digest.kept()));
            if !self.driver.only_plans() {
                for companion in &mut self.companions {
                    companion.note(self.driver.planner().policy(), person, tenant);
                }
            }
            if let (false, Some((number, kept))) = (changes, known) {
                tenant.expect(number, Expected::View(kept));
            }
            Ok(())
        });
        planned.map_err(|foreign| tenancy::another_organization(&foreign))?;
        self.hand_out();
        Ok(())
    }

    /// Somebody of the organization that the credentials read, when no list tells.
    pub(super) fn check_organization(&mut self, person: &Person) -> Result<(), Fault> {
        let checked = self.with_index(|driver, index| driver.check_organization(person, index));
        checked.map_err(|foreign| tenancy::another_organization(&foreign))
    }

    /// Lets the driver look at the extensions, and begins what it makes of them.
    pub(super) fn with_index<T>(&mut self, work: impl FnOnce(&mut Driver, &mut TenantIndex) -> T) -> T {
        let key = &self.job.subject.key;
        let done = self
            .job
            .ctx
            .extensions
            .with(key, |tenant| work(&mut self.driver, &mut tenant.index));
        self.hand_out();
        done
    }

    /// Begins what has been planned, and tells what cannot be done.
    fn hand_out(&mut self) {
        for refused in self.driver.problems() {
            self.report.refused(refused);
        }
        for planned in self.driver.shown() {
            self.log.add(&self.job.subject.key.tenant, &planned);
        }
        for planned in self.driver.changes() {
            self.writes.push(planned);
        }
    }

    fn landed(&mut self, (planned, result): Landed) -> Result<(), Fault> {
        match result.map_err(|error| Fault::kubernetes("change an extension", error))? {
            Applied::Done => {
                self.report.made(&planned);
                // The second half of a change of number that was cut short.
                if let Some(to) = self.driver.planner().moved_to(&planned) {
                    self.report.renumbered.push((planned.number, to));
                }
            }
            Applied::Already => {}
            Applied::NumberTaken => self.with_index(|driver, index| driver.number_taken(planned, index)),
            Applied::Outdated => self.driver.outdated(planned.person),
            Applied::Terminating(finalizers) => {
                let going = going(&self.job.subject.key.tenant, planned.number, Some(&finalizers));
                self.report.problem(&planned.user, "Terminating", going);
            }
            Applied::Rejected(why) => self.report.problem(&planned.user, "Rejected", format!(
                "The API server rejects the extension: {}. Correct the user in the Admin console, or the policy that rejects it.",
                why.trim_end_matches('.')
            )),
        }
        Ok(())
    }

    /// Waits until everything that was planned so far is done.
    pub(super) async fn drain(&mut self, stop: &mut Signal<'_>) -> Result<(), Stop> {
        self.hand_out();
        loop {
            tokio::select! {
                biased;
                interrupted = &mut *stop => return Err(Stop::Interrupted(interrupted)),
                landed = self.writes.next() => match landed {
                    None => return Ok(()),
                    Some(landed) => self.landed(landed)?,
                },
            }
            self.show_progress().await;
        }
    }

    async fn show_progress(&mut self) {
        let read = self.driver.planner().tally().read;
        self.progress.show(read, self.report.changes()).await;
    }

    /// Waits for what was sent, so that nothing is left half known.
    pub(super) async fn abandon(&mut self) {
        self.writes.abandon().await;
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
