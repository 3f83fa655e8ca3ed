//! The way down: Google's word about each person who was missing, the numbers that become free, and what is told of removals that
//! wait. What is taken away, and when, decides [`crate::sync::driver`].

use std::pin::pin;

use futures::StreamExt;

use super::evidence::{self, Answered};
use super::job::Stop;
use super::quarantine;
use super::run::Run;
use crate::operator::engine::fault::Fault;
use crate::operator::engine::interrupt::Signal;
use crate::sync::driver::Shown;
use crate::sync::person::PersonId;

impl Run<'_> {
    /// Asks Google about everybody who has an extension and was not in the list.
    pub(super) async fn account_for(
        &mut self,
        missing: Vec<PersonId>,
        stop: &mut Signal<'_>,
    ) -> Result<(), Stop> {
        let mut answers = pin!(evidence::about(self.job, missing).fuse());
        loop {
            let answer = tokio::select! {
                biased;
                interrupted = &mut *stop => return Err(Stop::Interrupted(interrupted)),
                answer = answers.next() => answer,
                () = self.progress.waiting("the users who are missing from its list") => continue,
            };
            let Some(answer) = answer else { return Ok(()) };
            match answer? {
                Answered::Refused(id) => self.not_readable(&id),
                Answered::Told(id, answer) => match *answer {
                    None => self.with_index(|driver, index| driver.absent(&id, index)),
                    Some(person) => {
                        let found = self.with_index(|driver, index| driver.found(&person, index));
                        found.map_err(|short| evidence::short_read(&self.job.subject.key.tenant, &short))?;
                    }
                },
            }
        }
    }

    /// Google let us read everybody else, but not this person, who has an extension.
    fn not_readable(&mut self, id: &PersonId) {
        let key = &self.job.subject.key;
        let number = self.with_index(|_, index| index.of_person(id).map(|digest| digest.number));
        let Some(number) = number else { return };
        let text = format!(
            "PbxExtension {}-{number} stays unchanged. Its user is missing from Google's list, and Google does not allow {} to read the user by ID, so Dialplane cannot determine whether the user was deleted. If the user has left the organization, delete the extension. Otherwise give the account permission to read the user.",
            key.tenant,
            self.job.identity.effective()
        );
        self.report.problem(id.as_str(), "NotReadable", text);
    }

    /// Puts the numbers that become free into quarantine.
    pub(super) async fn leave_numbers(&mut self) -> Result<(), Fault> {
        let numbering = &self.job.users.numbering;
        let key = &self.job.subject.key;
        quarantine::leave(self.job.ctx, key, self.driver.leaving(), numbering, self.job.now).await
    }

    /// Tells removals that are not made, with everything else that was only planned.
    pub(super) fn show(&mut self, shown: Shown) {
        let Shown { removals, hash, held } = shown;
        let count = i64::try_from(removals.len()).unwrap_or(i64::MAX);
        self.report.held = held.map(|limit| (count, limit));
        let tenant = &self.job.subject.key.tenant;
        self.report.plan = Some(std::mem::take(&mut self.log).prepend(&removals, tenant, hash));
    }
}
