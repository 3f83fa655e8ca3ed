//! How many extensions there may be: the licence of the phone system.

use std::collections::HashSet;

use super::index::TenantIndex;
use super::person::PersonId;

/// The room in one run, for newcomers in the order in which they come.
#[derive(Debug, Default)]
pub struct Room {
    capacity: Option<usize>,
    /// How many extensions there were before the first newcomer.
    before: Option<usize>,
    newcomers: HashSet<PersonId>,
}

impl Room {
    /// Room for so many extensions; `None` is no limit.
    pub fn of(capacity: Option<usize>) -> Self {
        Self {
            capacity,
            ..Self::default()
        }
    }

    /// Whether one more extension may be there, for this person; an error says how many may.
    pub fn look(&mut self, person: &PersonId, index: &TenantIndex) -> Result<(), usize> {
        let Some(capacity) = self.capacity else {
            return Ok(());
        };
        let before = *self.before.get_or_insert_with(|| index.len());
        let has_room = before + self.newcomers.len() < capacity || self.newcomers.contains(person);
        has_room.then_some(()).ok_or(capacity)
    }

    /// This person gets one.
    pub fn take(&mut self, person: &PersonId) {
        if self.capacity.is_some() {
            self.newcomers.insert(person.clone());
        }
    }
}
