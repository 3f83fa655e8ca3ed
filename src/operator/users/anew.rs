//! Changes that found another extension than the one that they were planned for: somebody else was faster. They are not done
//! before they have been planned anew, of what is there now and of what Google says now.

use super::evidence;
use super::job::Stop;
use super::run::{Run, unless};
use crate::api::reasons;
use crate::operator::engine::fault::{Area, Fault};
use crate::operator::engine::interrupt::Signal;
use crate::sync::person::PersonId;

impl Run<'_> {
    /// Asks Google about a person again, who is planned anew. What was told about them already is not told twice.
    pub(super) async fn look_again(&mut self, person: &PersonId, stop: &mut Signal<'_>) -> Result<(), Stop> {
        match unless(stop, evidence::ask(self.job, person)).await? {
            None => {} // no id of Google's: nobody planned anything for it
            Some(None) => self.with_index(|driver, index| driver.absent(person, index)),
            Some(Some(found)) => {
                let key = &self.job.subject.key;
                let refused = self.job.ctx.extensions.with(key, |tenant| {
                    self.driver.again(&found, &tenant.index);
                    self.driver.problems()
                });
                for refused in refused {
                    if !self.report.tells(&refused.user, refused.reason) {
                        self.report.refused(refused);
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn overtaken(&self, person: &PersonId) -> Fault {
        let key = &self.job.subject.key;
        let number = self.job.ctx.extensions.with(key, |tenant| {
            tenant.index.of_person(person).map(|digest| digest.number)
        });
        let name = number.map_or_else(
            || "an extension".to_owned(),
            |number| format!("extension {}-{number}", key.tenant),
        );
        Fault::transient(
            Area::Sync,
            reasons::KUBERNETES_UNAVAILABLE,
            format!(
                "Another client changes {name} repeatedly at the same time as Dialplane. Dialplane retries. If the problem persists, find the client in the API server's audit log."
            ),
        )
    }
}
