//! Which free number a newcomer gets.

use std::collections::HashMap;

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
    given: HashMap<Number, PersonId>,
    quarantine: Quarantine,
    now: Timestamp,
}

impl Allocator {
    /// An allocator for one run.
    pub fn new(range: Range, quarantine: Quarantine, now: Timestamp) -> Self {
        Self {
            range,
            cursor: Some(range.first),
            given: HashMap::new(),
            quarantine,
            now,
        }
    }

    /// The number for a person without extension: the one that somebody deleted by hand, else the one that waits for them, else
    /// the lowest free one; `None` when the range is exhausted.
    pub fn number_for(&mut self, person: &PersonId, index: &TenantIndex) -> Option<Number> {
        let former = [
            index.former_number(person),
            self.quarantine.number_of(person, self.now),
        ];
        let mut former = former.into_iter().flatten();
        if let Some(number) =
            former.find(|number| !self.is_given(*number) && self.is_free(*number, person, index))
        {
            self.given.insert(number, person.clone());
            return Some(number);
        }
        while let Some(number) = self.cursor {
            self.cursor = number.next().filter(|next| *next <= self.range.last);
            if !self.is_given(number) && self.is_free(number, person, index) {
                self.given.insert(number, person.clone());
                return Some(number);
            }
        }
        None
    }

    /// Exactly this number for a person, if nobody else has it or may have it back.
    pub fn claim(
        &mut self,
        number: Number,
        person: &PersonId,
        index: &TenantIndex,
    ) -> Result<(), Unavailable> {
        // Whoever has it now has it rightly, whoever had it before: the wait is over.
        if index.is_taken(number) {
            return Err(Unavailable::Taken);
        }
        if let Some(until) = self.quarantine.blocked_until(number, person, self.now) {
            return Err(Unavailable::Quarantined(until));
        }
        let other = self.given.get(&number).is_some_and(|other| other != person);
        if other || !self.is_free(number, person, index) {
            return Err(Unavailable::Taken);
        }
        self.given.insert(number, person.clone());
        Ok(())
    }

    /// Keeps a number from being given to anybody else in this run; `false` when somebody else has been given it already.
    pub fn give(&mut self, number: Number, person: &PersonId) -> bool {
        self.given.entry(number).or_insert_with(|| person.clone()) == person
    }

    /// Whether the number has been given in this run.
    pub fn is_given(&self, number: Number) -> bool {
        self.given.contains_key(&number)
    }

    /// The numbers that may be given.
    pub fn range(&self) -> Range {
        self.range
    }

    /// When the run began.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    fn is_free(&self, number: Number, person: &PersonId, index: &TenantIndex) -> bool {
        !index.is_taken(number)
            && !index.is_former_number_of_another(number, person)
            && self.quarantine.blocked_until(number, person, self.now).is_none()
    }
}

/// Why a certain number cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unavailable {
    /// Another extension has it.
    Taken,
    /// Until then it waits for the person who had it.
    Quarantined(Timestamp),
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sync::index::Digest;
    use crate::sync::quarantine::Entry;

    const NOW: i64 = 1000;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn allocator(start: &str, end: &str, waiting: &[(&str, &str, i64)]) -> Allocator {
        let mut quarantine = Quarantine::default().lasting(Duration::from_secs(1000));
        for (text, person, until) in waiting {
            let entry = Entry::new(PersonId::new(*person), at(*until - 1000));
            quarantine.insert(number(text), entry);
        }
        Allocator::new(Range::parse(start, Some(end)).unwrap(), quarantine, at(NOW))
    }

    fn digest(text: &str, person: Option<&str>) -> Digest {
        Digest {
            number: number(text),
            integration: None,
            person: person.map(PersonId::new),
            customer: None,
            enabled: true,
            reason: None,
            remove_after: None,
            addresses: None,
            view: 0,
            photo: 0,
            generation: 1,
            version: 1,
            created: 0,
            terminating: false,
        }
    }

    fn index(taken: &[(&str, Option<&str>)]) -> TenantIndex {
        let mut index = TenantIndex::default();
        for (text, person) in taken {
            index.upsert(digest(text, *person));
        }
        index
    }

    fn give(allocator: &mut Allocator, index: &TenantIndex, people: &[&str]) -> Vec<String> {
        people
            .iter()
            .map(|person| {
                allocator
                    .number_for(&PersonId::new(*person), index)
                    .map_or_else(|| "none".to_owned(), |number| number.to_string())
            })
            .collect()
    }

    #[test]
    fn the_lowest_free_number_each_once() {
        let mut allocator = allocator("1001", "1999", &[]);
        let index = index(&[("1002", None), ("1004", Some("7"))]);
        assert_eq!(
            give(&mut allocator, &index, &["1", "2", "3"]),
            ["1001", "1003", "1005"]
        );
    }

    #[test]
    fn leading_zeros_stay_and_shorter_numbers_do_not_count_as_taken() {
        let mut allocator = allocator("0098", "0101", &[]);
        let index = index(&[("100", None), ("099", None), ("0099", None)]);
        assert_eq!(
            give(&mut allocator, &index, &["1", "2", "3"]),
            ["0098", "0100", "0101"]
        );
    }

    #[test]
    fn an_exhausted_range_gives_nothing_more() {
        let mut allocator = allocator("1001", "1002", &[]);
        let index = index(&[("1001", None)]);
        assert_eq!(
            give(&mut allocator, &index, &["1", "2", "3"]),
            ["1002", "none", "none"]
        );
    }

    #[test]
    fn the_last_number_of_all_is_given_once() {
        let mut allocator = allocator("998", "999", &[]);
        let given = give(&mut allocator, &TenantIndex::default(), &["1", "2", "3"]);
        assert_eq!(given, ["998", "999", "none"]);
    }

    #[test]
    fn a_number_in_quarantine_is_for_its_person_only() {
        let waiting = [("1001", "1", NOW + 1), ("1002", "2", NOW)];
        let mut others_first = allocator("1001", "1999", &waiting);
        let empty = TenantIndex::default();
        assert_eq!(
            give(&mut others_first, &empty, &["3", "4", "1"]),
            ["1002", "1003", "1001"]
        );
        let mut alone = allocator("1001", "1001", &waiting);
        assert_eq!(give(&mut alone, &empty, &["3", "1"]), ["none", "1001"]);
    }

    #[test]
    fn a_number_deleted_by_hand_is_for_its_person_only() {
        let mut index = index(&[("1001", Some("1"))]);
        index.remove_by_hand(number("1001"));
        let mut allocator = allocator("1001", "1999", &[]);
        assert_eq!(
            give(&mut allocator, &index, &["2", "1", "3"]),
            ["1002", "1001", "1003"]
        );
    }

    /// A number deleted by hand may have been adopted while it waited for somebody else.
    #[test]
    fn who_cannot_have_the_last_number_back_gets_the_one_before() {
        let mut index = index(&[("1001", Some("1"))]);
        index.remove_by_hand(number("1001"));
        let waiting = [("1001", "2", NOW + 1), ("1003", "1", NOW + 1)];
        let mut allocator = allocator("1001", "1999", &waiting);
        assert_eq!(give(&mut allocator, &index, &["1", "2"]), ["1003", "1002"]);
    }

    #[test]
    fn a_former_number_outside_the_range_stays_with_its_person() {
        let mut allocator = allocator("1001", "1999", &[("2007", "1", NOW + 1)]);
        assert_eq!(give(&mut allocator, &TenantIndex::default(), &["1"]), ["2007"]);
    }

    #[test]
    fn a_number_given_back_is_not_given_again_before_its_object_is_there() {
        let mut allocator = allocator("1001", "1999", &[("1002", "1", NOW + 1)]);
        let empty = TenantIndex::default();
        assert_eq!(
            give(&mut allocator, &empty, &["1", "2", "1", "3"]),
            ["1002", "1001", "1003", "1004"]
        );
    }

    #[test]
    fn a_former_number_that_somebody_took_is_lost() {
        let mut index = index(&[("1001", Some("1"))]);
        index.remove_by_hand(number("1001"));
        index.upsert(digest("1001", None));
        let mut allocator = allocator("1001", "1999", &[]);
        assert_eq!(give(&mut allocator, &index, &["1"]), ["1002"]);
    }
}
