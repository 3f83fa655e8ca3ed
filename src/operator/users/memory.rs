//! What syncs of one integration remember from one to the next. All of it can be lost.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::operator::engine::context::Context;
use crate::operator::engine::subject::Subject;
use crate::sync::scope::Scope;

/// What syncs of one integration remember.
#[derive(Default)]
pub struct UsersMemory(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    /// The scope as it was last resolved, and the generation that declares it.
    scope: Option<(i64, Arc<Scope>)>,
    /// How many calls the whole list of people took last.
    pages: Option<usize>,
    /// Extensions that were removed for one person at a time, since the last sync.
    removed: usize,
}

impl UsersMemory {
    /// That of an integration.
    pub fn of(ctx: &Context, subject: &Subject) -> Arc<Self> {
        ctx.memory(&subject.uid).slot()
    }

    fn lock(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The scope as it was last resolved for this generation.
    pub fn scope(&self, generation: i64) -> Option<Arc<Scope>> {
        let known = self.lock().scope.clone();
        known
            .filter(|(declared_by, _)| *declared_by == generation)
            .map(|(_, scope)| scope)
    }

    /// Keeps a resolved scope for those who come one by one.
    pub fn keep_scope(&self, generation: i64, scope: &Arc<Scope>) {
        self.lock().scope = Some((generation, Arc::clone(scope)));
    }

    /// How many calls the whole list of people took last; one, when it was never read.
    pub fn pages(&self) -> usize {
        self.lock().pages.unwrap_or(1)
    }

    /// The whole list of people took so many calls.
    pub fn keep_pages(&self, pages: usize) {
        self.lock().pages = Some(pages);
    }

    /// Extensions that were removed for one person at a time, since the last sync.
    pub fn removed(&self) -> usize {
        self.lock().removed
    }

    /// So many more were.
    pub fn add_removed(&self, removed: usize) {
        let mut remembered = self.lock();
        remembered.removed = remembered.removed.saturating_add(removed);
    }

    /// A sync reached its end. While removals wait for an approval, nobody is removed by another way.
    pub fn synced(&self, held: bool) {
        self.lock().removed = if held { usize::MAX } else { 0 };
    }
}
