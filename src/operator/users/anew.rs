//! Changes that found another extension than the one that they were planned for: somebody else was faster. They are not done
//! before they have been planned anew, of what is there now and of what Google says now.

use std::collections::HashSet;

use super::evidence;
use super::job::Stop;
use super::run::{Run, unless};
use crate::api::reasons;
use crate::operator::engine::fault::{Area, Fault};
use crate::operator::engine::interrupt::Signal;
use crate::sync::person::PersonId;
use crate::sync::plan::Planned;

/// Whoever writes into the same extensions as often as this writes all the time.
const ROUNDS: usize = 4;

impl Run<'_> {
    /// Plans and makes the changes of these people again, until none of them was overtaken. What is to be taken away is left
    /// to the way down.
    pub(super) async fn settle(&mut self, stop: &mut Signal<'_>) -> Result<(), Stop> {
        self.drain(stop).await?;
        for _ in 0..ROUNDS {
            if self.outdated.is_empty() {
                return Ok(());
            }
            self.plan_anew(stop).await?;
            self.drain(stop).await?;
        }
        self.unless_settled()
    }

    /// The same for people whose removals the gate and the guard have let pass: so may what replaces them.
    pub(super) async fn settle_removals(
        &mut self,
        removed: &HashSet<PersonId>,
        stop: &mut Signal<'_>,
    ) -> Result<(), Stop> {
        self.drain(stop).await?;
        for _ in 0..ROUNDS {
            if self.outdated.is_empty() {
                return Ok(());
            }
            self.plan_anew(stop).await?;
            self.drain(stop).await?;
            let key = &self.job.subject.key;
            let again = self
                .job
                .ctx
                .extensions
                .with(key, |tenant| self.planner.removals(&tenant.index));
            let passed = |planned: &Planned| removed.contains(&planned.person);
            for planned in again.into_iter().filter(passed) {
                self.writes.push(planned);
            }
            self.drain(stop).await?;
        }
        self.unless_settled()
    }

    async fn plan_anew(&mut self, stop: &mut Signal<'_>) -> Result<(), Stop> {
        for person in std::mem::take(&mut self.outdated) {
            let answer = unless(stop, evidence::ask(self.job, &person)).await?;
            let key = &self.job.subject.key;
            match answer {
                None => {} // no id of Google's: nobody planned anything for it
                Some(None) => self.absent(&person),
                Some(Some(found)) => {
                    let anew = self
                        .job
                        .ctx
                        .extensions
                        .with(key, |tenant| self.planner.anew(&found, &tenant.index));
                    for refused in self.planner.problems() {
                        if !self.report.tells(&refused.user, refused.reason) {
                            self.report.refused(refused);
                        }
                    }
                    self.step(anew);
                }
            }
        }
        Ok(())
    }

    fn unless_settled(&self) -> Result<(), Stop> {
        let Some(person) = self.outdated.iter().next() else {
            return Ok(());
        };
        let key = &self.job.subject.key;
        let number = self.job.ctx.extensions.with(key, |tenant| {
            tenant.index.of_person(person).map(|digest| digest.number)
        });
        let name = number.map_or_else(
            || "an extension".to_owned(),
            |number| format!("extension {}-{number}", key.tenant),
        );
        Err(Stop::Fault(Fault::transient(
            Area::Sync,
            reasons::KUBERNETES_UNAVAILABLE,
            format!(
                "Somebody else changes {name} again and again while Dialplane changes it. It is tried again; if this stays, find out in the API server's audit log who writes it."
            ),
        )))
    }
}
