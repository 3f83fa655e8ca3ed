//! What every feature of an integration does, and all that the engine knows of any of them.

use std::time::Duration;

use futures::future::{self, BoxFuture, FutureExt};
use jiff::Timestamp;

use super::context::Context;
use super::subject::Subject;
use crate::api::GoogleWorkspaceIntegrationStatus;

/// A feature of an integration. It owns its state (in a slot of the integration's memory), its condition, its part of the
/// status, its metrics and its clean-up, and it fails alone: what goes wrong here shows in its own condition.
pub trait Feature: Sync {
    /// The OAuth scopes that the declaration needs for this feature, and no more.
    fn scopes(&self, subject: &Subject) -> Vec<&'static str> {
        let _ = subject;
        Vec::new()
    }

    /// Publishes what is declared, or takes it back. Called first in every look, also at an integration that is suspended
    /// or being deleted.
    fn settle<'a>(&'a self, ctx: &'a Context, subject: &'a Subject) -> BoxFuture<'a, ()> {
        let _ = (ctx, subject);
        future::ready(()).boxed()
    }

    /// Puts its condition and its part into a status that is about to be written.
    fn describe(&self, ctx: &Context, subject: &Subject, status: &mut GoogleWorkspaceIntegrationStatus) {
        let _ = (ctx, subject, status);
    }

    /// When it has something to do next, if it knows.
    fn next_look(&self, ctx: &Context, subject: &Subject, now: Timestamp) -> Option<Duration> {
        let _ = (ctx, subject, now);
        None
    }

    /// The integration is gone: so is everything that was kept for it outside its memory.
    fn forget(&self, ctx: &Context, subject: &Subject) {
        let _ = (ctx, subject);
    }
}

/// Every feature, in the order in which they settle and are described. None, unless somebody puts them into the slot.
#[derive(Clone, Copy, Default)]
pub struct Features(pub &'static [&'static dyn Feature]);

impl Context {
    /// Every feature.
    pub fn features(&self) -> impl Iterator<Item = &'static dyn Feature> + Send + use<> {
        self.slot::<Features>().0.iter().copied()
    }
}
