//! The generated people in a group, while nobody has touched their memberships.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::crowd::Crowd;
use super::draft::etag;
use super::member::{Kind, Member};

/// Everybody of the crowd who was made in a unit or below it; each has been added in the order of the numbers.
#[derive(Debug, Clone)]
pub(crate) struct Roster {
    crowd: Arc<Crowd>,
    /// The group's id.
    group: String,
    /// The directory's version when the first one had been added.
    first_version: u64,
    /// Their numbers in ascending order.
    people: Vec<u32>,
    /// Those who were taken out, or have a membership that is stored.
    gone: HashSet<u32>,
}

impl Roster {
    pub(crate) fn new(crowd: Arc<Crowd>, unit: &str, group: &str, first_version: u64) -> Self {
        Self {
            people: crowd.in_unit(unit),
            group: group.to_owned(),
            first_version,
            gone: HashSet::new(),
            crowd,
        }
    }

    pub(crate) fn crowd(&self) -> &Crowd {
        &self.crowd
    }

    /// Those whose memberships nobody has touched.
    pub(crate) fn people(&self) -> impl Iterator<Item = u32> {
        let all = self.people.iter().copied();
        all.filter(|index| !self.gone.contains(index))
    }

    /// How many there were at first.
    pub(crate) fn size(&self) -> usize {
        self.people.len()
    }

    /// A membership by the person's number.
    pub(crate) fn member(&self, index: u32) -> Option<Member> {
        let position = self.people.binary_search(&index).ok()?;
        if self.gone.contains(&index) {
            return None;
        }
        let id = Crowd::id(index);
        let version = self.first_version + u64::try_from(position).unwrap_or(u64::MAX);
        let resource = json!({ "id": id, "email": self.crowd.email(index), "role": "MEMBER", "type": "USER",
            "kind": "admin#directory#member", "etag": etag(&(&self.group, &id, version)) });
        let resource = match resource {
            Value::Object(resource) => resource,
            _ => Map::new(),
        };
        Some(Member {
            id,
            kind: Kind::Person,
            resource,
        })
    }

    /// A membership by the person's id.
    pub(crate) fn get(&self, id: &str) -> Option<Member> {
        self.member(self.crowd.by_id(id)?)
    }

    /// A membership by the person's primary address at that time, in lower case. Aliases are the person's and not its own.
    pub(crate) fn at(&self, address: &str) -> Option<Member> {
        let index = self.crowd.by_address(address)?;
        let member = self.member(index)?;
        (member.email() == Some(address)).then_some(member)
    }

    /// Gives a membership away.
    pub(crate) fn remove(&mut self, id: &str) -> Option<Member> {
        let index = self.crowd.by_id(id)?;
        let member = self.member(index)?;
        self.gone.insert(index);
        Some(member)
    }
}
