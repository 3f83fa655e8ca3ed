//! What goes along with a sync of users: photos, for example. The sync knows none of them by name.

use futures::future::{self, BoxFuture, FutureExt};

use super::job::{Job, Stop};
use super::report::Report;
use crate::operator::engine::index::Tenant;
use crate::operator::engine::interrupt::Signal;
use crate::operator::status::progress::Progress;
use crate::sync::desired::Policy;
use crate::sync::person::{Person, PersonId};

/// What goes along with one run, of everybody or of one person. Nothing that is wrong with it may keep anything else from
/// its person.
pub trait Companion: Send {
    /// Nothing has been read yet.
    fn begin<'a>(&'a mut self, job: &'a Job<'_>) -> BoxFuture<'a, ()> {
        let _ = job;
        future::ready(()).boxed()
    }

    /// Looks at a person whom Google described, before anything is changed. Not called when nothing may be written.
    fn note(&mut self, policy: &Policy, person: &Person, tenant: &Tenant) {
        let _ = (policy, person, tenant);
    }

    /// Everybody has been seen, and the extensions are right.
    fn everybody(&mut self, job: &Job<'_>, has_seen: &dyn Fn(&PersonId) -> bool) {
        let _ = (job, has_seen);
    }

    /// Does what was noted. Not called when nothing may be written.
    fn fulfil<'a>(
        &'a mut self,
        job: &'a Job<'_>,
        report: &'a mut Report,
        progress: &'a mut Progress<'_>,
        stop: &'a mut Signal<'_>,
    ) -> BoxFuture<'a, Result<(), Stop>> {
        let _ = (job, report, progress, stop);
        future::ready(Ok(())).boxed()
    }
}

/// Makes one for a run.
pub type Make = fn() -> Box<dyn Companion>;

/// Everything that goes along with syncs. None, unless somebody puts it into the slot.
#[derive(Clone, Copy, Default)]
pub struct Companions(pub &'static [Make]);

impl Companions {
    /// Those of one run.
    pub fn of_run(self) -> Vec<Box<dyn Companion>> {
        self.0.iter().map(|make| make()).collect()
    }
}
