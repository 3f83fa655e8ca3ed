//! What we know of the extensions of one tenant: a digest per object, found by number and by person.

mod counts;
mod digest;
mod opaque;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

pub use counts::Kept;
pub use digest::{Addresses, Digest, Names, kept, photo_mark, photo_of};
pub use opaque::Opaque;

use self::counts::{Counts, Step};
use self::opaque::Opaques;
use super::number::Number;
use super::person::PersonId;

/// The extensions of one tenant in one namespace.
#[derive(Debug, Default)]
pub struct TenantIndex {
    /// Boxed, because a hash table that has just grown is half empty.
    by_number: HashMap<Number, Box<Digest>>,
    /// The extension that stays, for each person.
    by_person: HashMap<PersonId, Number>,
    /// Further extensions of a person; there are some only after two operators were alive at once.
    duplicates: HashMap<PersonId, Vec<Number>>,
    /// Numbers whose extension somebody deleted by hand: they are their persons' until these have them back.
    former: HashMap<PersonId, Number>,
    former_of: HashMap<Number, PersonId>,
    /// Numbers whose extension somebody else deleted, of people who have another one: whoever moved them has put the number into
    /// quarantine, of which we know only when it is read again.
    left: HashSet<Number>,
    /// Extensions that no integration keeps, by the addresses in them.
    unmanaged: HashMap<String, BTreeSet<Number>>,
    /// Extensions that cannot be read. None of them is in any of the maps above.
    opaque: Opaques,
    counts: Counts,
}

/// Whose an extension was that somebody deleted by hand.
pub type Owner = (Option<Arc<str>>, Option<PersonId>);

impl TenantIndex {
    /// Adds or replaces what is known of an extension, unless something newer is known already.
    pub fn upsert(&mut self, digest: Digest) {
        if self.version_of(digest.number) > Some(digest.version) {
            return;
        }
        self.take(digest.number);
        self.take_opaque(digest.number);
        self.counts.readable(&digest, Step::Comes);
        let (number, person) = (digest.number, digest.person.clone());
        for address in digest.addresses.iter().flat_map(|addresses| &addresses.0) {
            let numbers = self.unmanaged.entry(address.clone()).or_default();
            numbers.insert(number);
        }
        self.by_number.insert(number, Box::new(digest));
        if let Some(person) = person {
            self.forget_former(&person);
            self.link(person, number);
        }
    }

    /// Adds an extension that cannot be read, unless something newer is known of it already.
    pub fn close(&mut self, opaque: Opaque) {
        if self.version_of(opaque.number) > Some(opaque.version) {
            return;
        }
        self.take(opaque.number);
        self.take_opaque(opaque.number);
        self.counts.undecodable(&opaque, Step::Comes);
        self.opaque.insert(opaque);
    }

    /// Forgets an extension that is gone.
    pub fn remove(&mut self, number: Number) {
        self.take(number);
        self.take_opaque(number);
    }

    /// Forgets an extension that was deleted by hand, and keeps its number for its person.
    pub fn remove_by_hand(&mut self, number: Number) -> Option<Owner> {
        let owner = match self.take(number) {
            Some(digest) => (digest.integration, digest.person),
            None => self
                .take_opaque(number)
                .map(|opaque| (opaque.integration, opaque.person))?,
        };
        match &owner.1 {
            Some(person) if self.by_person.contains_key(person) => drop(self.left.insert(number)),
            Some(person) => {
                self.former.insert(person.clone(), number);
                self.former_of.insert(number, person.clone());
            }
            None => {}
        }
        Some(owner)
    }

    fn take_opaque(&mut self, number: Number) -> Option<Opaque> {
        let opaque = self.opaque.remove(number)?;
        self.counts.undecodable(&opaque, Step::Goes);
        Some(opaque)
    }

    /// The version that is known of an extension.
    pub fn version_of(&self, number: Number) -> Option<u64> {
        let readable = self.by_number.get(&number).map(|digest| digest.version);
        readable.or_else(|| self.opaque.get(number).map(|opaque| opaque.version))
    }

    /// The known versions of all extensions, in no order.
    pub fn versions(&self) -> impl Iterator<Item = (Number, u64)> {
        let readable = self.iter().map(|digest| (digest.number, digest.version));
        readable.chain(self.opaque.iter().map(|opaque| (opaque.number, opaque.version)))
    }

    fn link(&mut self, person: PersonId, number: Number) {
        let Some(stays) = self.by_person.get(&person).copied() else {
            self.by_person.insert(person, number);
            return;
        };
        let (first, second) = if self.precedence(number) < self.precedence(stays) {
            (number, stays)
        } else {
            (stays, number)
        };
        self.by_person.insert(person.clone(), first);
        self.duplicates.entry(person).or_default().push(second);
    }

    fn take(&mut self, number: Number) -> Option<Digest> {
        let digest = *self.by_number.remove(&number)?;
        self.counts.readable(&digest, Step::Goes);
        for address in digest.addresses.iter().flat_map(|addresses| &addresses.0) {
            if let Some(numbers) = self.unmanaged.get_mut(address) {
                numbers.remove(&number);
                if numbers.is_empty() {
                    self.unmanaged.remove(address);
                }
            }
        }
        let Some(person) = &digest.person else {
            return Some(digest);
        };
        let mut others = self.duplicates.remove(person).unwrap_or_default();
        others.retain(|other| *other != number);
        if self.by_person.get(person) == Some(&number) {
            self.by_person.remove(person);
            for other in others {
                self.link(person.clone(), other);
            }
        } else if !others.is_empty() {
            self.duplicates.insert(person.clone(), others);
        }
        Some(digest)
    }

    fn precedence(&self, number: Number) -> Option<(bool, i64, Number)> {
        self.get(number).map(Digest::precedence)
    }

    /// The extension with this number.
    pub fn get(&self, number: Number) -> Option<&Digest> {
        self.by_number.get(&number).map(Box::as_ref)
    }

    /// The extension with this number, if it cannot be read.
    pub fn opaque(&self, number: Number) -> Option<&Opaque> {
        self.opaque.get(number)
    }

    /// Whether any extension, ours or not, has this number.
    pub fn is_taken(&self, number: Number) -> bool {
        self.by_number.contains_key(&number) || self.opaque.get(number).is_some()
    }

    /// The person's extension. When there are several, the one that stays. Nobody has one of whose extensions one cannot be
    /// read: they are left alone.
    pub fn of_person(&self, person: &PersonId) -> Option<&Digest> {
        let number = *self.by_person.get(person)?;
        self.get(number)
            .filter(|_| self.opaque.of_person(person).is_none())
    }

    /// The person's extension that cannot be read. Nothing is changed for who has one.
    pub fn opaque_of(&self, person: &PersonId) -> Option<&Opaque> {
        self.opaque.of_person(person)
    }

    /// An extension that cannot be read and has one of these addresses.
    pub fn opaque_with<'a>(&self, addresses: impl Iterator<Item = &'a String>) -> Option<&Opaque> {
        self.opaque.with(addresses)
    }

    /// The extensions that an integration keeps and that cannot be read, by number.
    pub fn opaque_kept_by(&self, integration: &str) -> Vec<&Opaque> {
        let mut opaque: Vec<_> = self
            .opaque
            .iter()
            .filter(|opaque| opaque.integration.as_deref() == Some(integration))
            .collect();
        opaque.sort_by_key(|opaque| opaque.number);
        opaque
    }

    /// Every extension of a person, the one that stays first.
    pub fn all_of_person(&self, person: &PersonId) -> impl Iterator<Item = &Digest> {
        let first = self.by_person.get(person);
        let others = self.duplicates.get(person).into_iter().flatten();
        first
            .into_iter()
            .chain(others)
            .filter_map(|number| self.get(*number))
    }

    /// Extensions that no integration keeps and that have one of these addresses, by number.
    pub fn unmanaged_with<'a>(&self, addresses: impl Iterator<Item = &'a String>) -> Vec<&Digest> {
        let numbers: BTreeSet<_> = addresses
            .filter_map(|address| self.unmanaged.get(address))
            .flatten()
            .collect();
        numbers
            .into_iter()
            .filter_map(|number| self.get(*number))
            .collect()
    }

    /// Extensions that an integration keeps for people who have an older one, by number.
    pub fn duplicates(&self, integration: &str) -> Vec<&Digest> {
        let mut duplicates: Vec<_> = self
            .duplicates
            .values()
            .flatten()
            .filter_map(|number| self.get(*number))
            .filter(|digest| digest.is_kept_by(integration))
            .collect();
        duplicates.sort_by_key(|digest| digest.number);
        duplicates
    }

    /// Every extension, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Digest> {
        self.by_number.values().map(Box::as_ref)
    }

    /// The extensions that an integration keeps, in no order.
    pub fn kept_by<'a>(&'a self, integration: &'a str) -> impl Iterator<Item = &'a Digest> {
        self.iter().filter(move |digest| digest.is_kept_by(integration))
    }

    /// How many extensions an integration keeps, without a look at them.
    pub fn kept(&self, integration: &str) -> Kept {
        self.counts.of(integration)
    }

    /// The organization that an integration's extensions came from; if there are several, most of them.
    pub fn customer_of(&self, integration: &str) -> Option<Arc<str>> {
        self.counts.customer_of(integration)
    }

    /// The number that this person had until somebody deleted the extension by hand.
    pub fn former_number(&self, person: &PersonId) -> Option<Number> {
        self.former.get(person).copied()
    }

    /// Whether another person is about to get this number back, or may be.
    pub fn is_former_number_of_another(&self, number: Number, person: &PersonId) -> bool {
        self.former_of.get(&number).is_some_and(|owner| owner != person) || self.left.contains(&number)
    }

    /// Numbers that somebody else has put into quarantine, as far as is known, since the quarantine was read.
    pub fn left_by_others(&self) -> HashSet<Number> {
        self.left.clone()
    }

    /// The quarantine has been read, and tells of these.
    pub fn forget_left(&mut self, told: &HashSet<Number>) {
        self.left.retain(|number| !told.contains(number));
    }

    /// Gives up the claim on a number that was deleted by hand.
    pub fn forget_former(&mut self, person: &PersonId) {
        if let Some(number) = self.former.remove(person)
            && self.former_of.get(&number) == Some(person)
        {
            self.former_of.remove(&number);
        }
    }

    /// Gives up the claims of everybody who did not turn up in a complete read: their numbers are free.
    pub fn keep_former(&mut self, turned_up: impl Fn(&PersonId) -> bool) {
        self.former.retain(|person, _| turned_up(person));
        let former = &self.former;
        self.former_of
            .retain(|number, person| former.get(person) == Some(number));
    }

    /// How many extensions there are that can be read.
    pub fn len(&self) -> usize {
        self.by_number.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_number.is_empty()
    }
}

#[cfg(test)]
mod tests;
