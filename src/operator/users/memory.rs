//! What syncs of one integration remember from one to the next. All of it can be lost.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::operator::engine::context::Context;
use crate::operator::engine::fault::Identity;
use crate::operator::engine::subject::Subject;
use crate::sync::scope::Scope;

/// What syncs of one integration remember.
#[derive(Default)]
pub struct UsersMemory(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    /// The scope as it was last resolved, and the generation that declares it.
    scope: Option<(i64, Arc<Scope>)>,
    /// Somebody who is declared to be in that scope was not found.
    misses_somebody: bool,
    /// How many calls the whole list of people took last.
    pages: Option<usize>,
    /// Extensions that were removed for one person at a time, since the last sync.
    removed: usize,
    /// Who was seen to read the organization that the extensions come from.
    proved: Option<Identity>,
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

    /// Keeps a resolved scope for those who come one by one. `misses_somebody`: a declared address leads to nobody.
    pub fn keep_scope(&self, generation: i64, scope: &Arc<Scope>, misses_somebody: bool) {
        let mut remembered = self.lock();
        remembered.scope = Some((generation, Arc::clone(scope)));
        remembered.misses_somebody = misses_somebody;
    }

    /// Whether somebody who is declared to be in the scope was not found.
    pub fn misses_somebody(&self) -> bool {
        self.lock().misses_somebody
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

    /// A sync reached its end: what was removed one by one before is no part of the limit any more.
    pub fn synced(&self) {
        self.lock().removed = 0;
    }

    /// These credentials read the organization that the extensions come from.
    pub fn prove(&self, identity: &Identity) {
        self.lock().proved = Some(identity.clone());
    }

    /// Whether these credentials were seen to.
    pub fn is_proved_for(&self, identity: &Identity) -> bool {
        let remembered = self.lock();
        let proved = remembered.proved.as_ref();
        proved.is_some_and(|proved| proved.is_same_account(identity))
    }
}
