//! Numbers that wait before they are given to somebody else.

use std::collections::HashMap;

use jiff::Timestamp;

use super::number::Number;
use super::person::PersonId;

/// Who had the number, and until when it is kept from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The person who had it, and gets it back until then.
    pub person: PersonId,
    /// From then on anybody may have it.
    pub until: Timestamp,
}

/// The numbers of one tenant that wait.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quarantine {
    entries: HashMap<Number, Entry>,
    by_person: HashMap<PersonId, Number>,
}

impl Quarantine {
    /// Adds an entry; a later one of the same number replaces it. Of several numbers of one person the one that waits
    /// longest comes back, so that the order of insertion makes no difference.
    pub fn insert(&mut self, number: Number, entry: Entry) {
        let another_comes_back = self.by_person.get(&entry.person).is_some_and(|other| {
            let waits_longer = |known: &Entry| (known.until, number) > (entry.until, *other);
            *other != number
                && self
                    .entries
                    .get(other)
                    .is_some_and(|known| known.person == entry.person && waits_longer(known))
        });
        if !another_comes_back {
            self.by_person.insert(entry.person.clone(), number);
        }
        self.entries.insert(number, entry);
    }

    /// The numbers with this last digit whose time is over.
    pub fn expired(&self, digit: u8, now: Timestamp) -> Vec<Number> {
        let over = self
            .entries
            .iter()
            .filter(|(number, entry)| number.last_digit() == digit && entry.until <= now);
        over.map(|(number, _)| *number).collect()
    }

    /// Drops entries whose time is over.
    pub fn forget_expired(&mut self, now: Timestamp) {
        self.entries.retain(|_, entry| entry.until > now);
        let entries = &self.entries;
        self.by_person.retain(|_, number| entries.contains_key(number));
    }

    /// Until when the number must not be given to this person; `None` when it may be now.
    pub fn blocked_until(&self, number: Number, person: &PersonId, now: Timestamp) -> Option<Timestamp> {
        let entry = self.entries.get(&number)?;
        (entry.person != *person && entry.until > now).then_some(entry.until)
    }

    /// The number that this person had, while nobody else may have it.
    pub fn number_of(&self, person: &PersonId, now: Timestamp) -> Option<Number> {
        let number = *self.by_person.get(person)?;
        let entry = self.entries.get(&number)?;
        (entry.person == *person && entry.until > now).then_some(number)
    }
}

/// The text that is stored for an entry: the person's id and the end of the quarantine in seconds since 1970.
pub fn to_text(entry: &Entry) -> String {
    format!("{} {}", entry.person, entry.until.as_second())
}

/// Reads [`to_text`]'s form; `None` for anything else.
pub fn from_text(text: &str) -> Option<Entry> {
    let (person, until) = text.split_once(' ')?;
    let until = Timestamp::from_second(until.trim().parse().ok()?).ok()?;
    (!person.is_empty()).then(|| Entry {
        person: PersonId::new(person),
        until,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_number_waits_for_others_and_comes_back_to_its_person() {
        let (ana, bo) = (PersonId::new("1"), PersonId::new("2"));
        let number = Number::parse("1001").unwrap();
        let mut quarantine = Quarantine::default();
        quarantine.insert(
            number,
            Entry {
                person: ana.clone(),
                until: at(100),
            },
        );
        assert_eq!(quarantine.blocked_until(number, &bo, at(99)), Some(at(100)));
        assert_eq!(quarantine.blocked_until(number, &bo, at(100)), None);
        assert_eq!(quarantine.blocked_until(number, &ana, at(50)), None);
        assert_eq!(quarantine.number_of(&ana, at(99)), Some(number));
        assert_eq!(quarantine.number_of(&ana, at(100)), None);
        assert_eq!(quarantine.number_of(&bo, at(50)), None);
    }

    #[test]
    fn of_two_numbers_the_one_that_was_deleted_last_comes_back() {
        let ana = PersonId::new("1");
        let [low, high] = ["1001", "1002"].map(|text| Number::parse(text).unwrap());
        let rows = [
            (low, 100, high, 200, high),
            (low, 200, high, 100, low),
            (low, 100, high, 100, low),
        ];
        for (one, one_until, other, other_until, expected) in rows {
            let mut entries = [(one, one_until), (other, other_until)];
            for _ in 0..2 {
                entries.reverse();
                let mut quarantine = Quarantine::default();
                for (number, until) in entries {
                    let entry = Entry {
                        person: ana.clone(),
                        until: at(until),
                    };
                    quarantine.insert(number, entry);
                }
                assert_eq!(quarantine.number_of(&ana, at(50)), Some(expected), "{entries:?}");
            }
        }
    }

    #[test]
    fn text_form() {
        let entry = Entry {
            person: PersonId::new("104497"),
            until: at(1_800_000_000),
        };
        assert_eq!(from_text(&to_text(&entry)), Some(entry));
        for bad in ["", "104497", "104497 soon", " 5"] {
            assert_eq!(from_text(bad), None, "{bad:?}");
        }
    }
}
