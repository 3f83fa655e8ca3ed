//! People in order: a page is a range of an ordered index, never a sort of the directory.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;
use std::sync::Arc;

use super::crowd::{Crowd, Found};
pub(crate) use super::place::{Order, Place};
use super::user::{Stored, User};

type Index = BTreeMap<Place, Arc<Stored>>;

/// A set of people with all their orders: those who are stored, and those of a crowd whom nobody has touched.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    crowd: Option<Arc<Crowd>>,
    /// Those of the crowd who were changed or deleted.
    left: HashSet<u32>,
    people: HashMap<String, Arc<Stored>>,
    by_email: Index,
    by_family_name: Index,
    by_given_name: Index,
}

impl Order {
    /// Where a person stands in this order.
    pub(crate) fn place(self, user: &User) -> Place {
        match user {
            User::Stored(user) => self.place_of(user),
            User::Made(crowd, index) => crowd.place(self, *index),
        }
    }

    fn place_of(self, user: &Stored) -> Place {
        let key = match self {
            Self::Email => String::new(),
            Self::FamilyName => user.family_name.to_lowercase(),
            Self::GivenName => user.given_name.to_lowercase(),
        };
        Place::of(key, &user.primary_email, user.id.to_string())
    }
}

impl Shelf {
    /// Puts a crowd beside the stored people, none of whom has an id or an address of it.
    pub(crate) fn settle(&mut self, crowd: Arc<Crowd>) {
        self.crowd = Some(crowd);
    }

    pub(crate) fn get(&self, id: &str) -> Option<User> {
        let stored = self.people.get(id).map(|user| User::Stored(Arc::clone(user)));
        stored.or_else(|| self.made(|crowd| crowd.by_id(id)))
    }

    /// Somebody of the crowd by an address in lower case.
    pub(crate) fn made_at(&self, address: &str) -> Option<User> {
        self.made(|crowd| crowd.by_address(address))
    }

    /// Whether somebody of the crowd has not been touched.
    pub(crate) fn is_made(&self, index: u32) -> bool {
        !self.left.contains(&index)
    }

    pub(crate) fn len(&self) -> usize {
        let crowd = self.crowd.as_ref().map_or(0, |crowd| crowd.len());
        self.people.len() + crowd - self.left.len()
    }

    /// The people who take memory: all but the crowd.
    pub(crate) fn stored(&self) -> impl Iterator<Item = &Arc<Stored>> {
        self.by_email.values()
    }

    pub(crate) fn insert(&mut self, user: Arc<Stored>) {
        self.remove(&user.id);
        for order in [Order::Email, Order::FamilyName, Order::GivenName] {
            self.index_mut(order)
                .insert(order.place_of(&user), Arc::clone(&user));
        }
        self.people.insert(user.id.to_string(), user);
    }

    /// Takes a person away, and says whether there was one.
    pub(crate) fn remove(&mut self, id: &str) -> bool {
        if let Some(user) = self.people.remove(id) {
            for order in [Order::Email, Order::FamilyName, Order::GivenName] {
                self.index_mut(order).remove(&order.place_of(&user));
            }
            return true;
        }
        let index = self.crowd.as_ref().and_then(|crowd| crowd.by_id(id));
        index.is_some_and(|index| self.left.insert(index))
    }

    /// Everybody after a place, in order.
    pub(crate) fn after<'a>(
        &'a self,
        order: Order,
        descending: bool,
        place: Option<&Place>,
    ) -> Box<dyn Iterator<Item = User> + 'a> {
        let index = match order {
            Order::Email => &self.by_email,
            Order::FamilyName => &self.by_family_name,
            Order::GivenName => &self.by_given_name,
        };
        let edge = place.map_or(Bound::Unbounded, Bound::Excluded);
        let stored: Box<dyn Iterator<Item = (&'a Place, &'a Arc<Stored>)> + 'a> = if descending {
            Box::new(index.range::<Place, _>((Bound::Unbounded, edge)).rev())
        } else {
            Box::new(index.range::<Place, _>((edge, Bound::Unbounded)))
        };
        let Some(crowd) = &self.crowd else {
            return Box::new(stored.map(|(_, user)| User::Stored(Arc::clone(user))));
        };
        let all = crowd.beside(order, descending, place, stored);
        Box::new(all.filter_map(|found| match found {
            Found::Stored(user) => Some(User::Stored(Arc::clone(user))),
            Found::Made(index) => self.is_made(index).then(|| User::Made(Arc::clone(crowd), index)),
        }))
    }

    fn made(&self, find: impl FnOnce(&Crowd) -> Option<u32>) -> Option<User> {
        let crowd = self.crowd.as_ref()?;
        let index = find(crowd).filter(|index| self.is_made(*index))?;
        Some(User::Made(Arc::clone(crowd), index))
    }

    fn index_mut(&mut self, order: Order) -> &mut Index {
        match order {
            Order::Email => &mut self.by_email,
            Order::FamilyName => &mut self.by_family_name,
            Order::GivenName => &mut self.by_given_name,
        }
    }
}
