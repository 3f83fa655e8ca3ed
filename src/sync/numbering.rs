//! Where a newcomer's number comes from.

use std::collections::HashMap;

use jiff::Timestamp;

use super::allocate::{Allocator, Unavailable};
use super::index::TenantIndex;
use super::number::{Number, Range};
use super::person::{Person, PersonId, Wanted};
use super::room::Room;

/// Where numbers come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The lowest free number of the range.
    Automatic,
    /// A property of the person.
    Property {
        /// Whether the range helps when the property does not.
        fallback: bool,
    },
    /// The declaration, by the person's address in lower case.
    Manual(HashMap<String, Number>),
}

/// The numbers of one run.
#[derive(Debug)]
pub struct Numbers {
    source: Source,
    allocator: Allocator,
    room: Room,
}

/// What a newcomer gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// A number that nobody has. `exact`: this one or none.
    New {
        /// The number.
        number: Number,
        /// Whether no other number would do.
        exact: bool,
    },
    /// None: the property says nothing.
    Missing,
    /// None: the property holds no number.
    Invalid(&'static str),
    /// None: somebody else has it.
    Taken(Number, Unavailable),
    /// None: the range is used up.
    Exhausted(Range),
    /// None: the declaration assigns none.
    Unassigned,
    /// None: there are as many extensions as the phone system is licensed for.
    Full(usize),
}

impl Numbers {
    /// The numbers of one run.
    pub fn new(source: Source, allocator: Allocator) -> Self {
        Self {
            source,
            allocator,
            room: Room::default(),
        }
    }

    /// The same, when there may be so many extensions.
    #[must_use]
    pub fn within(self, capacity: Option<usize>) -> Self {
        Self {
            room: Room::of(capacity),
            ..self
        }
    }

    /// When the run began.
    pub fn now(&self) -> Timestamp {
        self.allocator.now()
    }

    /// The number that the person ought to have, whatever they have now.
    pub fn wanted(&self, person: &Person) -> Option<Number> {
        match (&self.source, person.number) {
            (Source::Property { .. }, Wanted::Number(number)) => Some(number),
            _ => None,
        }
    }

    /// The number of the extension that was created for the person in advance.
    pub fn assigned(&self, person: &Person) -> Option<Number> {
        let Source::Manual(assignments) = &self.source else {
            return None;
        };
        person
            .addresses()
            .find_map(|address| assignments.get(address).copied())
    }

    /// What is wrong with the property of somebody who has an extension and keeps its number.
    pub fn complaint(&self, person: &Person) -> Option<Choice> {
        match (&self.source, person.number) {
            (Source::Property { fallback: false }, Wanted::Missing) => Some(Choice::Missing),
            (Source::Property { fallback: false }, Wanted::Invalid(why)) => Some(Choice::Invalid(why)),
            _ => None,
        }
    }

    /// Chooses a number for somebody who has none.
    pub fn choose(&mut self, person: &Person, index: &TenantIndex) -> Choice {
        if let Err(capacity) = self.room.look(&person.id, index) {
            return Choice::Full(capacity);
        }
        let choice = self.chosen(person, index);
        if matches!(choice, Choice::New { .. }) {
            self.room.take(&person.id);
        }
        choice
    }

    fn chosen(&mut self, person: &Person, index: &TenantIndex) -> Choice {
        let refused = match (&self.source, person.number) {
            (Source::Automatic, _) => return self.any(&person.id, index),
            (Source::Manual(_), _) => return Choice::Unassigned,
            (Source::Property { .. }, Wanted::Number(number)) => {
                match self.allocator.claim(number, &person.id, index) {
                    Ok(()) => return Choice::New { number, exact: true },
                    Err(why) => Choice::Taken(number, why),
                }
            }
            (Source::Property { .. }, Wanted::Invalid(why)) => Choice::Invalid(why),
            (Source::Property { .. }, Wanted::Missing | Wanted::Unasked) => Choice::Missing,
        };
        if self.source == (Source::Property { fallback: true }) {
            return self.any(&person.id, index);
        }
        refused
    }

    /// A number for somebody whose chosen one turned out to be taken.
    pub fn another(&mut self, person: &PersonId, taken: Number, exact: bool, index: &TenantIndex) -> Choice {
        if exact && self.source != (Source::Property { fallback: true }) {
            return Choice::Taken(taken, Unavailable::Taken);
        }
        self.any(person, index)
    }

    fn any(&mut self, person: &PersonId, index: &TenantIndex) -> Choice {
        match self.allocator.number_for(person, index) {
            Some(number) => Choice::New { number, exact: false },
            None => Choice::Exhausted(self.allocator.range()),
        }
    }

    /// Keeps exactly this number for the person, if it is free.
    pub fn claim(
        &mut self,
        number: Number,
        person: &PersonId,
        index: &TenantIndex,
    ) -> Result<(), Unavailable> {
        self.allocator.claim(number, person, index)
    }

    /// A number for the moment in which the person has left one and cannot have the other yet.
    pub fn in_between(&mut self, person: &PersonId, index: &TenantIndex) -> Option<Number> {
        self.allocator.number_for(person, index)
    }

    /// Whether somebody gets this number in this run.
    pub fn is_given(&self, number: Number) -> bool {
        self.allocator.is_given(number)
    }

    /// Keeps the number of an extension that is about to be bound; `false` when somebody else gets it in this run.
    pub fn give(&mut self, number: Number, person: &PersonId) -> bool {
        self.allocator.give(number, person)
    }
}
