//! One sync: pages -> people -> plan -> apply, with removals last.
//!
//! People who get or keep something are served while pages still arrive. Removals wait until the list was read to its
//! end, Google has answered for everybody who was missing from it, and the guard has let them pass.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::Arc;

use futures::{Stream, StreamExt};

use super::evidence;
use super::job::{Job, Stop};
use super::photos::{self, Wishes};
use super::reading::{self, Reading};
use super::report::{PlanLog, Report};
use super::{numbering, quarantine, selectors, tenancy};
use crate::api::reasons;
use crate::google;
use crate::google::directory::UserPage;
use crate::operator::engine::fault::{Area, Fault};
use crate::operator::engine::index::{Deviation, Expected};
use crate::operator::engine::interrupt::{self, Signal};
use crate::operator::extensions::apply::Applied;
use crate::operator::extensions::writes::{Landed, Writes};
use crate::operator::status::progress::Progress;
use crate::operator::status::publish;
use crate::sync::groups::Membership;
use crate::sync::guard::{self, Verdict};
use crate::sync::person::{Person, PersonId};
use crate::sync::plan::{Planner, ShortRead, Step};
use crate::sync::scope::Scope;

/// A run in progress.
pub struct Run<'a> {
    job: &'a Job<'a>,
    planner: Planner,
    scope: Arc<Scope>,
    foreign_groups: i64,
    /// Pages of the list that came in.
    pages: usize,
    writes: Writes<'a>,
    photos: Wishes,
    log: PlanLog,
    report: Report,
    customer_checked: bool,
    progress: Progress<'a>,
}

/// Reads the directory and makes the extensions equal to it.
pub async fn synchronise(job: &Job<'_>, progress: Progress<'_>) -> Result<Report, Stop> {
    let mut stop = interrupt::signal(job.ctx, job.subject);
    let pages = job.ctx.memory(&job.subject.uid).notes().pages.unwrap_or(1);
    let resolved = unless(&mut stop, selectors::resolve(job, pages)).await?;
    let reading = Reading::of(resolved, pages);
    let mut run = Run::new(job, &reading.scope, reading.is_narrow(), progress).await?;
    run.report.units = reading.units.clone();
    run.foreign_groups = reading.foreign_groups;
    let result = run.everything(reading, &mut stop).await;
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
    let mut stop = interrupt::signal(job.ctx, job.subject);
    let scope = match selectors::known(job) {
        Some(scope) => scope,
        None => Arc::new(unless(&mut stop, selectors::resolve(job, 1)).await?.scope),
    };
    let mut run = Run::new(job, &scope, true, progress).await?;
    let result = run.only(id, found, &mut stop).await;
    run.ended(result).await
}

/// Waits for a step, unless the run has to stop.
async fn unless<T>(stop: &mut Signal<'_>, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Stop> {
    tokio::select! {
        biased;
        interrupted = &mut *stop => Err(Stop::Interrupted(interrupted)),
        result = work => Ok(result?),
    }
}

impl<'a> Run<'a> {
    async fn new(
        job: &'a Job<'a>,
        scope: &Arc<Scope>,
        narrow: bool,
        progress: Progress<'a>,
    ) -> Result<Self, Fault> {
        selectors::remember(job, scope);
        let policy = job.subject.policy(job.users, Arc::clone(scope));
        let planner = Planner::new(policy, numbering::numbers(job).await?, narrow);
        Ok(Self {
            job,
            planner,
            scope: Arc::clone(scope),
            foreign_groups: 0,
            pages: 0,
            writes: Writes::new(job.ctx, &job.subject.key),
            photos: Wishes::default(),
            log: PlanLog::telling(job.ctx.told),
            report: Report::telling(job.ctx.told),
            customer_checked: false,
            progress,
        })
    }

    async fn everything(&mut self, reading: Reading, stop: &mut Signal<'_>) -> Result<(), Stop> {
        if let Some(people) = reading.people {
            self.look_up(people.read(self.job), stop).await?;
        } else {
            self.read(reading::pages(self.job), stop).await?;
            self.job.ctx.memory(&self.job.subject.uid).notes().pages = Some(self.pages);
        }
        self.drain(stop).await?;
        self.account_for_missing(stop).await?;
        self.job.ctx.extensions.with(&self.job.subject.key, |tenant| {
            tenant.index.keep_former(|person| self.planner.has_seen(person));
        });
        self.drain(stop).await?;
        self.remove(stop).await?;
        self.photos
            .everybody(self.job, |person| self.planner.has_seen(person));
        self.photos(stop).await?;
        self.report.tally(self.planner.tally());
        self.report.counts.skipped += self.outsiders();
        Ok(())
    }

    /// Members of the included groups who are nobody in this organization, and groups of others.
    fn outsiders(&self) -> i64 {
        let groups = self.scope.include.iter().flat_map(|include| &include.groups);
        let members: HashSet<_> = groups.flat_map(Membership::people).collect();
        let strangers = members
            .into_iter()
            .filter(|person| !self.planner.has_seen(person));
        self.foreign_groups + i64::try_from(strangers.count()).unwrap_or(i64::MAX)
    }

    async fn only(
        &mut self,
        id: &PersonId,
        found: Option<Person>,
        stop: &mut Signal<'_>,
    ) -> Result<(), Stop> {
        match found {
            Some(person) => {
                self.check_customer(&person)?;
                self.person(&person);
            }
            None => self.absent(id),
        }
        self.drain(stop).await?;
        self.remove(stop).await?;
        self.photos(stop).await
    }

    /// Photos come last, when it is clear who has which number. What is not written leaves them alone, too.
    async fn photos(&mut self, stop: &mut Signal<'_>) -> Result<(), Stop> {
        let wishes = std::mem::take(&mut self.photos);
        if self.job.subject.object.spec.dry_run || self.report.held.is_some() {
            return Ok(());
        }
        photos::fulfil(self.job, wishes, &mut self.report, &mut self.progress, stop).await
    }

    async fn ended(mut self, result: Result<(), Stop>) -> Result<Report, Stop> {
        self.writes.abandon().await;
        publish::announce_renumbered(self.job.ctx, self.job.subject, &self.report.renumbered).await;
        result.map(|()| self.report)
    }

    /// Plans people while their pages arrive, and applies what may be applied at once.
    async fn read(
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
    async fn look_up(
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
    fn check_customer(&mut self, person: &Person) -> Result<(), Fault> {
        if self.customer_checked {
            return Ok(());
        }
        let Some(customer) = person.customer_id.as_deref() else {
            return Ok(());
        };
        self.customer_checked = true;
        tenancy::same_organization(self.job.ctx, self.job.subject, customer)
    }

    fn person(&mut self, person: &Person) {
        let key = &self.job.subject.key;
        let step = self.job.ctx.extensions.with(key, |tenant| {
            let step = self.planner.listed(person, &tenant.index);
            let known = tenant
                .index
                .of_person(&person.id)
                .map(|digest| (digest.number, digest.kept()));
            if !self.job.subject.object.spec.dry_run {
                self.photos.note(self.planner.policy(), person, tenant);
            }
            if let (Step::Nothing, Some((number, kept))) = (&step, known) {
                tenant.expect(number, Expected::View(kept));
            }
            step
        });
        self.step(step);
    }

    fn absent(&mut self, id: &PersonId) {
        let step = self.job.ctx.extensions.with(&self.job.subject.key, |tenant| {
            tenant.index.forget_former(id);
            self.planner.deleted(id, &tenant.index)
        });
        self.step(step);
    }

    fn step(&mut self, step: Step) {
        for refused in self.planner.problems() {
            self.report.refused(refused);
        }
        match step {
            Step::Nothing => {}
            Step::Write(planned) if self.job.subject.object.spec.dry_run => {
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
            Applied::Outdated => self.job.ctx.deviated(Deviation {
                key: self.job.subject.key.clone(),
                integration: self.job.subject.name.as_str().into(),
                person: planned.person,
            }),
            Applied::Rejected(why) => self.report.problem(&planned.user, "Rejected", format!(
                "The API server does not accept the extension: {why}. Correct the user in the Admin console."
            )),
        }
        Ok(())
    }

    /// Waits until everything that was planned so far is done.
    async fn drain(&mut self, stop: &mut Signal<'_>) -> Result<(), Stop> {
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

    /// Asks Google about everybody who has an extension and was not in the list.
    async fn account_for_missing(&mut self, stop: &mut Signal<'_>) -> Result<(), Stop> {
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
                    self.step(found.map_err(|short| short_read(&self.job.subject.key.tenant, &short))?);
                }
            }
        }
    }

    /// Removals, if the guard lets them pass.
    async fn remove(&mut self, stop: &mut Signal<'_>) -> Result<(), Stop> {
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

/// Names the extension, not the person: the message goes into the log too.
pub fn short_read(tenant: &str, short: &ShortRead) -> Fault {
    let whose = short.number.map_or_else(String::new, |number| {
        format!(", the owner of extension {tenant}-{number} among them")
    });
    Fault::transient(
        Area::Connection,
        reasons::INCOMPLETE_READ,
        format!(
            "Google's list left out people who exist{whose}. Nothing was removed, and the directory is read again with growing pauses; if this stays, check the subject's admin role and Google's status page.",
        ),
    )
}
