//! Groups and their members as stored: in the order of their addresses, so that a page is a range.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use serde_json::{Map, Value};

use super::crowd::Found;
pub(crate) use super::member::{Kind, Member};
use super::place::{Order, Place};
use super::roster::Roster;

/// A group. The resource lacks only what follows from the members.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) resource: Map<String, Value>,
    pub(crate) members: Members,
}

/// The members of one group in the order of their addresses: those that are stored, and those of the generated crowd.
#[derive(Debug, Clone, Default)]
pub(crate) struct Members {
    roster: Option<Roster>,
    by_place: BTreeMap<Place, Member>,
    places: HashMap<String, Place>,
}

/// All groups.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    by_place: BTreeMap<Place, Group>,
    /// Ids and lower-case addresses to places.
    keys: HashMap<String, Place>,
}

impl Group {
    /// Where the group stands in lists.
    pub(crate) fn place(&self) -> Place {
        Place::new(&self.email, &self.id)
    }

    /// Every address of the group in lower case, the primary one first.
    pub(crate) fn addresses(&self) -> Vec<String> {
        let lists = ["aliases", "nonEditableAliases"];
        let aliases = lists
            .iter()
            .filter_map(|list| self.resource.get(*list)?.as_array())
            .flatten()
            .filter_map(Value::as_str);
        std::iter::once(self.email.as_str())
            .chain(aliases)
            .map(str::to_lowercase)
            .collect()
    }
}

impl Member {
    /// The address; nothing for the whole organization.
    pub(crate) fn email(&self) -> Option<&str> {
        self.resource.get("email").and_then(Value::as_str)
    }

    /// OWNER, MANAGER or MEMBER.
    pub(crate) fn role(&self) -> &str {
        self.resource
            .get("role")
            .and_then(Value::as_str)
            .unwrap_or("MEMBER")
    }

    /// Where the member stands in lists.
    pub(crate) fn place(&self) -> Place {
        Place::new(self.email().unwrap_or_default(), &self.id)
    }
}

impl Members {
    /// Members of the crowd, beside whom others can be stored.
    pub(crate) fn of_crowd(roster: Roster) -> Self {
        Self {
            roster: Some(roster),
            ..Self::default()
        }
    }

    pub(crate) fn get(&self, id: &str) -> Option<Cow<'_, Member>> {
        let stored = self.places.get(id).and_then(|place| self.by_place.get(place));
        let made = || self.roster.as_ref()?.get(id).map(Cow::Owned);
        stored.map(Cow::Borrowed).or_else(made)
    }

    /// The member with this id or address.
    pub(crate) fn find(&self, key: &str) -> Option<Cow<'_, Member>> {
        let by_address = || {
            let start = Place::new(key, "");
            let stored = self.by_place.range(&start..).next();
            let stored = stored.map(|(_, member)| Cow::Borrowed(member));
            let made = self.roster.as_ref();
            let made = made
                .and_then(|roster| roster.at(&key.to_lowercase()))
                .map(Cow::Owned);
            [stored, made]
                .into_iter()
                .flatten()
                .min_by_key(|member| member.place())
                .filter(|member| member.email().is_some_and(|own| own.eq_ignore_ascii_case(key)))
        };
        self.get(key).or_else(by_address)
    }

    pub(crate) fn insert(&mut self, member: Member) {
        self.remove(&member.id);
        let place = member.place();
        self.places.insert(member.id.clone(), place.clone());
        self.by_place.insert(place, member);
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Member> {
        match self.places.remove(id) {
            Some(place) => self.by_place.remove(&place),
            None => self.roster.as_mut()?.remove(id),
        }
    }

    /// Members that are stored, in order.
    pub(crate) fn stored(&self) -> impl Iterator<Item = &Member> {
        self.by_place.values()
    }

    /// Members of the crowd, by the person's number.
    pub(crate) fn made(&self) -> impl Iterator<Item = u32> {
        self.roster.iter().flat_map(Roster::people)
    }

    /// Everybody after a place, in order.
    pub(crate) fn after<'a>(
        &'a self,
        place: Option<&Place>,
    ) -> Box<dyn Iterator<Item = Cow<'a, Member>> + 'a> {
        let edge = place.map_or(Bound::Unbounded, Bound::Excluded);
        let stored = self.by_place.range::<Place, _>((edge, Bound::Unbounded));
        let Some(roster) = &self.roster else {
            return Box::new(stored.map(|(_, member)| Cow::Borrowed(member)));
        };
        let all = roster.crowd().beside(Order::Email, false, place, stored);
        Box::new(all.filter_map(|found| match found {
            Found::Stored(member) => Some(Cow::Borrowed(member)),
            Found::Made(index) => roster.member(index).map(Cow::Owned),
        }))
    }
}

impl Groups {
    pub(crate) fn len(&self) -> usize {
        self.by_place.len()
    }

    /// A group by id, address or alias.
    pub(crate) fn find(&self, key: &str) -> Option<&Group> {
        self.by_place.get(self.place(key)?)
    }

    pub(crate) fn find_mut(&mut self, key: &str) -> Option<&mut Group> {
        let place = self.place(key)?.clone();
        self.by_place.get_mut(&place)
    }

    fn place(&self, key: &str) -> Option<&Place> {
        self.keys.get(key).or_else(|| self.keys.get(&key.to_lowercase()))
    }

    pub(crate) fn insert(&mut self, group: Group) {
        let place = group.place();
        self.keys.insert(group.id.clone(), place.clone());
        for address in group.addresses() {
            self.keys.insert(address, place.clone());
        }
        self.by_place.insert(place, group);
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Group> {
        let group = self.by_place.remove(self.keys.get(id)?)?;
        self.keys.remove(id);
        for address in group.addresses() {
            self.keys.remove(&address);
        }
        Some(group)
    }

    /// All groups after a place, in order.
    pub(crate) fn after<'a>(
        &'a self,
        descending: bool,
        place: Option<&Place>,
    ) -> Box<dyn Iterator<Item = &'a Group> + 'a> {
        let edge = place.map_or(Bound::Unbounded, Bound::Excluded);
        if descending {
            let before = self.by_place.range::<Place, _>((Bound::Unbounded, edge));
            Box::new(before.rev().map(|(_, group)| group))
        } else {
            let behind = self.by_place.range::<Place, _>((edge, Bound::Unbounded));
            Box::new(behind.map(|(_, group)| group))
        }
    }

    /// Gives a member a new address in every group, as when a person or a group is renamed.
    pub(crate) fn readdress_member(&mut self, id: &str, email: &str) {
        for group in self.by_place.values_mut() {
            if let Some(mut member) = group.members.remove(id) {
                member.resource.insert("email".to_owned(), email.into());
                group.members.insert(member);
            }
        }
    }

    /// Takes a member out of every group.
    pub(crate) fn remove_member(&mut self, id: &str) {
        for group in self.by_place.values_mut() {
            group.members.remove(id);
        }
    }
}
