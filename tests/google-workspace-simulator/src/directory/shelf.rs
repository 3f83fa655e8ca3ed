//! People in order: a page is a range of an ordered index, never a sort of the directory.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::user::User;

/// What a list is sorted by; case is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub(crate) enum Order {
    #[default]
    Email,
    FamilyName,
    GivenName,
}

/// A place in an order: the sort key, then the address and the id, so that no two share a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Place(String, String, String);

impl Place {
    /// The place of something that is ordered by its address alone.
    pub(crate) fn new(address: &str, id: &str) -> Self {
        Self(String::new(), address.to_lowercase(), id.to_owned())
    }
}

type Index = BTreeMap<Place, Arc<User>>;

/// A set of people with all their orders.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    people: HashMap<String, Arc<User>>,
    by_email: Index,
    by_family_name: Index,
    by_given_name: Index,
}

impl Order {
    /// Where a person stands in this order.
    pub(crate) fn place(self, user: &User) -> Place {
        let key = match self {
            Self::Email => String::new(),
            Self::FamilyName => user.family_name.to_lowercase(),
            Self::GivenName => user.given_name.to_lowercase(),
        };
        Place(key, user.primary_email.to_lowercase(), user.id.to_string())
    }
}

impl Shelf {
    pub(crate) fn get(&self, id: &str) -> Option<&Arc<User>> {
        self.people.get(id)
    }

    pub(crate) fn len(&self) -> usize {
        self.people.len()
    }

    pub(crate) fn insert(&mut self, user: Arc<User>) {
        self.remove(&user.id);
        for order in [Order::Email, Order::FamilyName, Order::GivenName] {
            self.index_mut(order)
                .insert(order.place(&user), Arc::clone(&user));
        }
        self.people.insert(user.id.to_string(), user);
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Arc<User>> {
        let user = self.people.remove(id)?;
        for order in [Order::Email, Order::FamilyName, Order::GivenName] {
            self.index_mut(order).remove(&order.place(&user));
        }
        Some(user)
    }

    /// Everybody after a place, in order.
    pub(crate) fn after<'a>(
        &'a self,
        order: Order,
        descending: bool,
        place: Option<&Place>,
    ) -> Box<dyn Iterator<Item = &'a Arc<User>> + 'a> {
        let index = match order {
            Order::Email => &self.by_email,
            Order::FamilyName => &self.by_family_name,
            Order::GivenName => &self.by_given_name,
        };
        let edge = place.map_or(Bound::Unbounded, Bound::Excluded);
        if descending {
            Box::new(
                index
                    .range::<Place, _>((Bound::Unbounded, edge))
                    .rev()
                    .map(|(_, user)| user),
            )
        } else {
            Box::new(
                index
                    .range::<Place, _>((edge, Bound::Unbounded))
                    .map(|(_, user)| user),
            )
        }
    }

    fn index_mut(&mut self, order: Order) -> &mut Index {
        match order {
            Order::Email => &mut self.by_email,
            Order::FamilyName => &mut self.by_family_name,
            Order::GivenName => &mut self.by_given_name,
        }
    }
}
