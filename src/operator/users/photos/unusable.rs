//! Photos that are of no use, remembered so that nobody asks for them again.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::sync::person::PersonId;

/// A photo that is of no use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// Google's mark of that photo.
    pub etag: String,
    /// Reason and message of what is wrong with it; `None` when Google has no photo in spite of the mark.
    pub problem: Option<(&'static str, String)>,
}

/// Those of one integration. All of it can be lost.
#[derive(Default)]
pub struct Unusables(Mutex<HashMap<PersonId, Unusable>>);

impl Unusables {
    /// By person, to read or change.
    pub fn lock(&self) -> MutexGuard<'_, HashMap<PersonId, Unusable>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
