//! Numbers that wait before they are given to somebody else.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::number::Number;
use super::person::PersonId;

/// Who had a number, and since when it waits. How long is for whoever reads it to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The person who had it, and gets it back while it waits.
    pub person: PersonId,
    /// When it was left.
    pub left: Timestamp,
    /// When the wait is over at the latest: earlier versions wrote this, and not when the number was left.
    pub ends: Option<Timestamp>,
    /// The person to whom it goes by an exchange.
    pub heir: Option<PersonId>,
}

impl Entry {
    /// A number that this person leaves now.
    pub fn new(person: PersonId, left: Timestamp) -> Self {
        Self {
            person,
            left,
            ends: None,
            heir: None,
        }
    }

    fn until(&self, length: Duration) -> Timestamp {
        let until = self.left.checked_add(length).unwrap_or(Timestamp::MAX);
        self.ends.map_or(until, |ends| ends.min(until))
    }

    /// Which of two numbers of one person was left last. Who wrote ends wrote them before anybody wrote anything else.
    fn recency(&self) -> (bool, Timestamp) {
        (self.ends.is_none(), self.ends.unwrap_or(self.left))
    }

    fn is_for(&self, person: &PersonId) -> bool {
        self.person == *person || self.heir.as_ref() == Some(person)
    }
}

/// The numbers of one tenant that wait. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quarantine {
    waiting: Arc<Waiting>,
    length: Duration,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Waiting {
    entries: HashMap<Number, Entry>,
    by_person: HashMap<PersonId, Number>,
}

impl Quarantine {
    /// The same numbers, each of which waits for so long since it was left.
    #[must_use]
    pub fn lasting(self, length: Duration) -> Self {
        Self { length, ..self }
    }

    /// Adds an entry; a later one of the same number replaces it. Of several numbers of one person the one that was left
    /// last comes back, so that the order of insertion makes no difference.
    pub fn insert(&mut self, number: Number, entry: Entry) {
        let waiting = Arc::make_mut(&mut self.waiting);
        let another_comes_back = waiting.by_person.get(&entry.person).is_some_and(|other| {
            let was_left_later = |known: &Entry| (known.recency(), number) > (entry.recency(), *other);
            *other != number
                && waiting
                    .entries
                    .get(other)
                    .is_some_and(|known| known.person == entry.person && was_left_later(known))
        });
        if !another_comes_back {
            waiting.by_person.insert(entry.person.clone(), number);
        }
        waiting.entries.insert(number, entry);
    }

    /// The numbers with this last digit whose time is over.
    pub fn expired(&self, digit: u8, now: Timestamp) -> Vec<Number> {
        let over = self
            .waiting
            .entries
            .iter()
            .filter(|(number, entry)| number.last_digit() == digit && entry.until(self.length) <= now);
        over.map(|(number, _)| *number).collect()
    }

    /// Drops entries.
    pub fn forget(&mut self, numbers: &[Number]) {
        let waiting = Arc::make_mut(&mut self.waiting);
        for number in numbers {
            waiting.entries.remove(number);
        }
        let entries = &waiting.entries;
        waiting.by_person.retain(|_, number| entries.contains_key(number));
    }

    /// Until when the number must not be given to this person; `None` when it may be now.
    pub fn blocked_until(&self, number: Number, person: &PersonId, now: Timestamp) -> Option<Timestamp> {
        let entry = self.waiting.entries.get(&number)?;
        let until = entry.until(self.length);
        (!entry.is_for(person) && until > now).then_some(until)
    }

    /// The number that this person had, while nobody else may have it.
    pub fn number_of(&self, person: &PersonId, now: Timestamp) -> Option<Number> {
        let number = *self.waiting.by_person.get(person)?;
        let entry = self.waiting.entries.get(&number)?;
        (entry.person == *person && entry.until(self.length) > now).then_some(number)
    }
}

/// The text that is stored for an entry: the person's id, when the number was left in seconds since 1970, and the id of the
/// person to whom it goes by an exchange.
pub fn to_text(entry: &Entry) -> String {
    let Entry {
        person,
        left,
        ends,
        heir,
    } = entry;
    match (ends, heir) {
        (Some(ends), _) => format!("{person} {}", ends.as_second()),
        (None, None) => format!("{person} left {}", left.as_second()),
        (None, Some(heir)) => format!("{person} left {} for {heir}", left.as_second()),
    }
}

/// Reads [`to_text`]'s form, and the one of earlier versions, which held the end of the wait: such a number was left before it
/// is read. `None` for anything else.
pub fn from_text(text: &str, now: Timestamp) -> Option<Entry> {
    let words: Vec<_> = text.split(' ').collect();
    let second = |text: &str| Timestamp::from_second(text.parse().ok()?).ok();
    let (person, left, ends, heir) = match words[..] {
        [person, ends] => (person, now, Some(second(ends)?), None),
        [person, "left", left] => (person, second(left)?, None, None),
        [person, "left", left, "for", heir] => (person, second(left)?, None, Some(heir)),
        _ => return None,
    };
    let is_given = !person.is_empty() && heir.is_none_or(|heir| !heir.is_empty());
    is_given.then(|| Entry {
        person: PersonId::new(person),
        left,
        ends,
        heir: heir.map(PersonId::new),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: Duration = Duration::from_secs(100);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    fn waiting(entries: impl IntoIterator<Item = (Number, Entry)>) -> Quarantine {
        let mut quarantine = Quarantine::default().lasting(LENGTH);
        for (number, entry) in entries {
            quarantine.insert(number, entry);
        }
        quarantine
    }

    #[test]
    fn a_number_waits_for_others_and_comes_back_to_its_person() {
        let (ana, bo) = (PersonId::new("1"), PersonId::new("2"));
        let number = number("1001");
        let quarantine = waiting([(number, Entry::new(ana.clone(), at(0)))]);
        assert_eq!(quarantine.blocked_until(number, &bo, at(99)), Some(at(100)));
        assert_eq!(quarantine.blocked_until(number, &bo, at(100)), None);
        assert_eq!(quarantine.blocked_until(number, &ana, at(50)), None);
        assert_eq!(quarantine.number_of(&ana, at(99)), Some(number));
        assert_eq!(quarantine.number_of(&ana, at(100)), None);
        assert_eq!(quarantine.number_of(&bo, at(50)), None);
    }

    #[test]
    fn what_is_declared_now_counts_for_numbers_that_wait_already() {
        let bo = PersonId::new("2");
        let number = number("1001");
        let stored = to_text(&Entry::new(PersonId::new("1"), at(1000)));
        for (seconds, until) in [(0, None), (49, None), (51, Some(1051)), (500, Some(1500))] {
            let quarantine = waiting([(number, from_text(&stored, at(1050)).unwrap())]);
            let quarantine = quarantine.lasting(Duration::from_secs(seconds));
            let blocked = quarantine.blocked_until(number, &bo, at(1050));
            assert_eq!(blocked, until.map(at), "{seconds}");
            assert_eq!(quarantine.expired(1, at(1050)).is_empty(), until.is_some());
            let mut kept = quarantine.clone();
            kept.forget(&kept.expired(1, at(1050)));
            assert_eq!(kept.blocked_until(number, &bo, at(1050)), blocked);
        }
    }

    /// Nobody knows how long the wait was declared then: what is declared now counts from when the entry is read.
    #[test]
    fn an_end_that_an_earlier_version_wrote_is_kept_or_comes_sooner() {
        let bo = PersonId::new("2");
        let number = number("1001");
        for (seconds, until) in [(0, None), (50, Some(1100)), (5000, Some(2000))] {
            let quarantine = waiting([(number, from_text("1 2000", at(1050)).unwrap())]);
            let quarantine = quarantine.lasting(Duration::from_secs(seconds));
            assert_eq!(
                quarantine.blocked_until(number, &bo, at(1050)),
                until.map(at),
                "{seconds}"
            );
        }
    }

    #[test]
    fn a_number_in_an_exchange_waits_for_two_people() {
        let people = ["1", "2", "3"].map(PersonId::new);
        let number = number("1001");
        let entry = Entry {
            heir: Some(people[1].clone()),
            ..Entry::new(people[0].clone(), at(0))
        };
        let quarantine = waiting([(number, entry)]);
        let blocked = people.each_ref().map(|person| {
            let until = quarantine.blocked_until(number, person, at(50));
            (until.is_some(), quarantine.number_of(person, at(50)))
        });
        assert_eq!(blocked, [(false, Some(number)), (false, None), (true, None)]);
    }

    #[test]
    fn of_two_numbers_the_one_that_was_left_last_comes_back() {
        let ana = PersonId::new("1");
        let [low, high] = ["1001", "1002"].map(number);
        let left = |second| Entry::new(ana.clone(), at(second));
        let ends = |second| Entry {
            ends: Some(at(second)),
            ..left(45)
        };
        let rows = [
            (low, left(10), high, left(20), high),
            (low, left(20), high, left(10), low),
            (low, left(10), high, left(10), low),
            (low, ends(60), high, ends(70), high),
            (low, ends(70), high, ends(60), low),
            (low, left(10), high, ends(60), low),
        ];
        for (one, first, other, second, expected) in rows {
            let mut entries = [(one, first), (other, second)];
            for _ in 0..2 {
                entries.reverse();
                let quarantine = waiting(entries.clone());
                assert_eq!(quarantine.number_of(&ana, at(50)), Some(expected), "{entries:?}");
            }
        }
    }

    #[test]
    fn text_form() {
        let plain = Entry::new(PersonId::new("104497"), at(1_800_000_000));
        let heir = Some(PersonId::new("104498"));
        let ends = Some(at(1_900_000_000));
        for (entry, text) in [
            (plain.clone(), "104497 left 1800000000"),
            (
                Entry {
                    heir,
                    ..plain.clone()
                },
                "104497 left 1800000000 for 104498",
            ),
            (Entry { ends, ..plain }, "104497 1900000000"),
        ] {
            assert_eq!(to_text(&entry), text);
            assert_eq!(from_text(text, at(1_800_000_000)), Some(entry));
        }
        for bad in [
            "",
            "104497",
            "104497 soon",
            " 5",
            " left 5",
            "1 left",
            "1 left 5 for",
            "1 left 5 for ",
            "1 left soon",
            "1 2 3",
        ] {
            assert_eq!(from_text(bad, at(0)), None, "{bad:?}");
        }
    }
}
