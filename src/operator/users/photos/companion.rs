//! Photos as what goes along with a sync.

use futures::future::{BoxFuture, FutureExt};

use super::round;
use super::wishes::Wishes;
use crate::operator::engine::index::Tenant;
use crate::operator::engine::interrupt::Signal;
use crate::operator::status::progress::Progress;
use crate::operator::users::companion::Companion;
use crate::operator::users::job::{Job, Stop};
use crate::operator::users::report::Report;
use crate::sync::desired::Policy;
use crate::sync::person::{Person, PersonId};

/// The photos of one run. They come last, when it is clear who has which number.
#[derive(Debug, Default)]
pub struct Photos(Wishes);

impl Companion for Photos {
    fn note(&mut self, policy: &Policy, person: &Person, tenant: &Tenant) {
        self.0.note(policy, person, tenant);
    }

    fn everybody(&mut self, job: &Job<'_>, has_seen: &dyn Fn(&PersonId) -> bool) {
        self.0.everybody(job, has_seen);
    }

    fn fulfil<'a>(
        &'a mut self,
        job: &'a Job<'_>,
        report: &'a mut Report,
        progress: &'a mut Progress<'_>,
        stop: &'a mut Signal<'_>,
    ) -> BoxFuture<'a, Result<(), Stop>> {
        round::fulfil(job, self.0.take(), report, progress, stop).boxed()
    }
}
