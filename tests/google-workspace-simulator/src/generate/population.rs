//! All people of the made-up company: who they are is worked out when somebody asks. What is kept is who shares a name.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::Value;

use super::person;

/// What Google appends to a domain for the addresses that nobody can change.
const FIXED: &str = ".test-google-a.com";

/// So many people, each known by a number below that.
#[derive(Debug)]
pub(crate) struct Population {
    domain: String,
    size: u32,
    /// Local parts before they are made unique: who shares each, in the order of the numbers.
    sharing: HashMap<String, Vec<u32>>,
}

impl Population {
    /// That many people in a domain.
    pub(crate) fn new(domain: &str, size: u32) -> Self {
        let mut sharing: HashMap<String, Vec<u32>> = HashMap::new();
        for index in 0..size {
            let local = person::name(index).local;
            match sharing.get_mut(&*local) {
                Some(people) => people.push(index),
                None => drop(sharing.insert(local.into_owned(), vec![index])),
            }
        }
        sharing.values_mut().for_each(Vec::shrink_to_fit);
        Self {
            domain: domain.to_owned(),
            size,
            sharing,
        }
    }

    pub(crate) fn size(&self) -> u32 {
        self.size
    }

    /// The `User` resource of a person, as the administrator would have entered it.
    pub(crate) fn resource(&self, index: u32) -> Value {
        person::resource(&self.domain, index, &self.local(index))
    }

    /// The id of a person.
    pub(crate) fn id(index: u32) -> String {
        person::id(index)
    }

    /// The primary address of a person.
    pub(crate) fn email(&self, index: u32) -> String {
        format!("{}@{}", self.local(index), self.domain)
    }

    /// Every address that reaches a person, the primary one first.
    pub(crate) fn addresses(&self, index: u32) -> Vec<String> {
        let local = self.local(index);
        let mut addresses = vec![format!("{local}@{}", self.domain)];
        if person::has_alias(index) {
            addresses.push(format!("{local}.alias@{}", self.domain));
        }
        addresses.push(format!("{local}@{}{FIXED}", self.domain));
        addresses
    }

    /// Given and family name of a person.
    pub(crate) fn name(index: u32) -> [Cow<'static, str>; 2] {
        let name = person::name(index);
        [name.given, name.family]
    }

    /// The path of the unit that a person is in.
    pub(crate) fn unit(index: u32) -> &'static str {
        person::unit(index)
    }

    /// Whether a flag of a person's resource is set.
    pub(crate) fn flag(index: u32, name: &str) -> bool {
        person::flag(index, name)
    }

    /// The person with an id.
    pub(crate) fn by_id(&self, id: &str) -> Option<u32> {
        person::by_id(id).filter(|index| *index < self.size)
    }

    /// The person whom an address in lower case reaches; the domain must be in lower case, too.
    pub(crate) fn by_address(&self, address: &str) -> Option<u32> {
        let (local, domain) = address.split_once('@')?;
        match domain.strip_prefix(self.domain.as_str())? {
            "" => {
                let by_alias = || {
                    let index = self.by_local(local.strip_suffix(".alias")?)?;
                    person::has_alias(index).then_some(index)
                };
                self.by_local(local).or_else(by_alias)
            }
            FIXED => self.by_local(local),
            _ => None,
        }
    }

    /// Everybody in the order of their addresses.
    ///
    /// Whoever shares a name stands together: what can follow a name in another name (a dot, a letter) is not between the
    /// digits and the `@` that follow it here.
    pub(crate) fn by_email(&self) -> Vec<u32> {
        let mut names: Vec<_> = self.sharing.iter().collect();
        names.sort_by_cached_key(|(local, _)| format!("{local}@"));
        let mut all = Vec::with_capacity(self.size as usize);
        for (_, people) in names {
            let mut numbered: Vec<_> = people.iter().copied().zip(1u32..).collect();
            numbered.sort_by_cached_key(|(_, number)| format!("{}@", suffix(*number)));
            all.extend(numbered.into_iter().map(|(index, _)| index));
        }
        all
    }

    /// The local part of a person's address: the second of a name has a 2.
    fn local(&self, index: u32) -> String {
        let mut local = person::name(index).local.into_owned();
        let sharing = self.sharing.get(&local).map(Vec::as_slice).unwrap_or_default();
        let before = sharing.partition_point(|other| *other < index);
        local += &suffix(u32::try_from(before).map_or(u32::MAX, |before| before + 1));
        local
    }

    fn by_local(&self, local: &str) -> Option<u32> {
        let name = local.trim_end_matches(|end: char| end.is_ascii_digit());
        let number = match &local[name.len()..] {
            "" => 1,
            digits => digits.parse().ok()?,
        };
        let people = self.sharing.get(name)?;
        let index = *people.get(usize::try_from(number).ok()?.checked_sub(1)?)?;
        // There is one way only to write a number.
        (suffix(number) == local[name.len()..]).then_some(index)
    }
}

/// What makes the address of the first, the second, the third of a name unique.
fn suffix(number: u32) -> String {
    if number == 1 {
        String::new()
    } else {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    const SIZE: u32 = 200_000;

    #[test]
    fn everybody_is_found_by_id_and_by_every_address_and_nobody_by_another() {
        let people = Population::new("acme.example", SIZE);
        for index in (0..SIZE).step_by(7) {
            assert_eq!(people.by_id(&Population::id(index)), Some(index));
            for address in people.addresses(index) {
                assert_eq!(people.by_address(&address), Some(index), "{address}");
            }
        }
        let of_others = [
            "",
            "1",
            "+100007919000000000063",
            "0100007919000000000063",
            "100000000000000000000",
            "999999999999999999999",
            "340282366920938463463374607431768211455",
            &person::id(SIZE),
        ];
        for id in of_others {
            assert_eq!(people.by_id(id), None, "{id}");
        }
        let no_addresses = [
            "admin",
            "admin@",
            "@acme.example",
            "admin1@acme.example",
            "admin0@acme.example",
            "admin2@acme.example",
            "bjork02@acme.example",
            "bjork99999999999@acme.example",
            "admin.alias@acme.example",
            "admin@acme.example.org",
            "admin@blue.example",
        ];
        for address in no_addresses {
            assert_eq!(people.by_address(address), None, "{address}");
        }
    }

    #[test]
    fn a_million_ids_lead_back_to_their_people() {
        assert!((0..1_000_000).all(|index| person::by_id(&person::id(index)) == Some(index)));
    }

    /// Addresses are made unique by counting, and then they are what they always were.
    #[test]
    fn people_are_counted_and_sorted_by_address() {
        let people = Population::new("acme.example", SIZE);
        let mut counts: HashMap<String, u32> = HashMap::new();
        let mut addresses = Vec::new();
        for index in 0..SIZE {
            let local = person::name(index).local.into_owned();
            let count = counts.entry(local.clone()).or_default();
            *count += 1;
            let expected = match count {
                1 => format!("{local}@acme.example"),
                count => format!("{local}{count}@acme.example"),
            };
            assert_eq!(people.email(index), expected);
            addresses.push((expected, index));
        }
        addresses.sort();
        let order: Vec<u32> = addresses.iter().map(|(_, index)| *index).collect();
        assert_eq!(people.by_email(), order);
        let unique: HashSet<_> = addresses.into_iter().map(|(address, _)| address).collect();
        assert_eq!(unique.len(), SIZE as usize);
    }
}
