//! Which free number a newcomer gets.

use std::collections::HashSet;

use jiff::Timestamp;

use super::index::TenantIndex;
use super::number::{Number, Range};
use super::person::PersonId;
use super::quarantine::Quarantine;

/// Gives the lowest free numbers of a range, each once. Uniqueness does not rest on it: creating the object is the claim.
#[derive(Debug)]
pub struct Allocator {
    range: Range,
    cursor: Option<Number>,
    given: HashSet<Number>,
    quarantine: Quarantine,
    now: Timestamp,
}

impl Allocator {
    /// An allocator for one run.
    pub fn new(range: Range, quarantine: Quarantine, now: Timestamp) -> Self {
        Self {
            range,
            cursor: Some(range.first),
            given: HashSet::new(),
            quarantine,
            now,
        }
    }

    /// The number for a person without extension: the one they had before, else the lowest free one; `None` when the
    /// range is exhausted.
    pub fn number_for(&mut self, person: &PersonId, index: &TenantIndex) -> Option<Number> {
        let former = index
            .former_number(person)
            .or_else(|| self.quarantine.number_of(person, self.now));
        if let Some(number) = former.filter(|number| self.is_free(*number, person, index)) {
            self.given.insert(number);
            return Some(number);
        }
        while let Some(number) = self.cursor {
            self.cursor = number.next().filter(|next| *next <= self.range.last);
            if self.is_free(number, person, index) {
                self.given.insert(number);
                return Some(number);
            }
        }
        None
    }

    fn is_free(&self, number: Number, person: &PersonId, index: &TenantIndex) -> bool {
        !self.given.contains(&number)
            && !index.is_taken(number)
            && !index.is_former_number_of_another(number, person)
            && !self.quarantine.blocks(number, person, self.now)
    }
}
