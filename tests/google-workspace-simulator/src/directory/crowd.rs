//! The generated people as the directory has them while nobody has touched them: made when somebody asks, in every order.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::iter::Peekable;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::draft::{Context, Draft, etag, full_name};
use super::place::{Order, Place};
use crate::generate::Population;

/// A population that entered the directory in the order of its numbers. Of each person it keeps a few numbers only.
#[derive(Debug)]
pub(crate) struct Crowd {
    people: Population,
    customer_id: String,
    /// When they entered the directory.
    now: Timestamp,
    /// The directory's version when the first one had entered; everybody makes the next one.
    first_version: u64,
    by_email: Vec<u32>,
    by_family_name: Vec<u32>,
    by_given_name: Vec<u32>,
}

impl Crowd {
    /// Lets a population enter; the context is the first one's.
    pub(crate) fn new(people: Population, context: &Context<'_>) -> Self {
        let by_email = people.by_email();
        // Whoever shares a name stays in the order of the addresses.
        let by_name = |part: usize| {
            let mut names: BTreeMap<String, Vec<u32>> = BTreeMap::new();
            for index in &by_email {
                let name = Population::name(*index)[part].to_lowercase();
                names.entry(name).or_default().push(*index);
            }
            let mut all = Vec::with_capacity(by_email.len());
            all.extend(names.into_values().flatten());
            all
        };
        Self {
            customer_id: context.customer_id.to_owned(),
            now: context.now,
            first_version: context.version,
            by_given_name: by_name(0),
            by_family_name: by_name(1),
            by_email,
            people,
        }
    }

    /// How many they are.
    pub(crate) fn len(&self) -> usize {
        self.by_email.len()
    }

    pub(crate) fn id(index: u32) -> String {
        Population::id(index)
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<u32> {
        self.people.by_id(id)
    }

    /// The person whom an address in lower case reaches.
    pub(crate) fn by_address(&self, address: &str) -> Option<u32> {
        self.people.by_address(address)
    }

    pub(crate) fn email(&self, index: u32) -> String {
        self.people.email(index)
    }

    pub(crate) fn addresses(&self, index: u32) -> Vec<String> {
        self.people.addresses(index)
    }

    /// Given and family name.
    pub(crate) fn name(index: u32) -> [Cow<'static, str>; 2] {
        Population::name(index)
    }

    pub(crate) fn full_name(index: u32) -> String {
        let [given, family] = Self::name(index);
        full_name(&given, &family)
    }

    pub(crate) fn unit(index: u32) -> &'static str {
        Population::unit(index)
    }

    pub(crate) fn flag(index: u32, name: &str) -> bool {
        Population::flag(index, name)
    }

    pub(crate) fn etag(&self, index: u32) -> String {
        etag(&(Self::id(index), self.context(index).version))
    }

    /// The person's resource, as it would be stored.
    pub(crate) fn draft(&self, index: u32) -> Draft {
        let given = match self.people.resource(index) {
            Value::Object(given) => given,
            _ => Map::new(),
        };
        let text = |name: &str| given.get(name).and_then(Value::as_str).unwrap_or_default();
        let (id, email) = (text("id").to_owned(), text("primaryEmail").to_owned());
        Draft::complete(given, id, email, &self.context(index))
    }

    /// The numbers of those in a unit, or below one whose path begins like this, in ascending order.
    pub(crate) fn in_unit(&self, prefix: &str) -> Vec<u32> {
        let all = 0..self.people.size();
        let mut inside: Vec<u32> = all
            .filter(|index| Self::unit(*index).starts_with(prefix))
            .collect();
        inside.shrink_to_fit();
        inside
    }

    /// Where a person stands in an order.
    pub(crate) fn place(&self, order: Order, index: u32) -> Place {
        let [given, family] = Self::name(index);
        let name = match order {
            Order::Email => String::new(),
            Order::FamilyName => family.to_lowercase(),
            Order::GivenName => given.to_lowercase(),
        };
        Place::of(name, &self.email(index), Self::id(index))
    }

    /// Everybody after a place, and what is stored beside them, in one order. `stored` is in that order already.
    pub(crate) fn beside<'a, S>(
        &'a self,
        order: Order,
        descending: bool,
        after: Option<&Place>,
        stored: impl Iterator<Item = (&'a Place, S)> + 'a,
    ) -> impl Iterator<Item = Found<S>> + 'a
    where
        S: 'a,
    {
        let all = match order {
            Order::Email => &self.by_email,
            Order::FamilyName => &self.by_family_name,
            Order::GivenName => &self.by_given_name,
        };
        let rest = match after {
            None => all.as_slice(),
            Some(after) if descending => {
                &all[..all.partition_point(|index| self.place(order, *index) < *after)]
            }
            Some(after) => &all[all.partition_point(|index| self.place(order, *index) <= *after)..],
        };
        let mut merged = Merged {
            crowd: self,
            order,
            descending,
            rest,
            run: 0,
            stored: stored.peekable(),
        };
        merged.run = merged.measure();
        merged
    }

    fn context(&self, index: u32) -> Context<'_> {
        Context {
            customer_id: &self.customer_id,
            now: self.now,
            version: self.first_version + u64::from(index),
        }
    }
}

/// What an order has next.
pub(crate) enum Found<S> {
    /// Somebody of the crowd, who may have left it.
    Made(u32),
    Stored(S),
}

/// The crowd in runs, between what is stored: places are compared once for each stored item, and not for each person.
struct Merged<'a, S, I: Iterator<Item = (&'a Place, S)>> {
    crowd: &'a Crowd,
    order: Order,
    descending: bool,
    /// Those of the crowd who are still to come, in ascending order.
    rest: &'a [u32],
    /// How many of them come before the next stored item.
    run: usize,
    stored: Peekable<I>,
}

impl<'a, S, I: Iterator<Item = (&'a Place, S)>> Merged<'a, S, I> {
    fn measure(&mut self) -> usize {
        let Some((next, _)) = self.stored.peek() else {
            return self.rest.len();
        };
        let place = |index: u32| self.crowd.place(self.order, index);
        let length = self.rest.len();
        if self.descending {
            gallop(length, |at| place(self.rest[length - 1 - at]) > **next)
        } else {
            gallop(length, |at| place(self.rest[at]) < **next)
        }
    }
}

impl<'a, S, I: Iterator<Item = (&'a Place, S)>> Iterator for Merged<'a, S, I> {
    type Item = Found<S>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.run == 0 {
            let (_, item) = self.stored.next()?;
            self.run = self.measure();
            return Some(Found::Stored(item));
        }
        self.run -= 1;
        let (index, rest) = if self.descending {
            self.rest.split_last()?
        } else {
            self.rest.split_first()?
        };
        self.rest = rest;
        Some(Found::Made(*index))
    }
}

/// How many at the beginning are `before`. It looks near first: where much is stored, runs are short.
fn gallop(length: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut step) = (0, 1);
    while low + step <= length && before(low + step - 1) {
        low += step;
        step *= 2;
    }
    let mut high = length.min(low + step - 1);
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn galloping_finds_every_edge() {
        for length in 0..40 {
            for edge in 0..=length {
                assert_eq!(gallop(length, |at| at < edge), edge, "{edge} of {length}");
            }
        }
    }
}
