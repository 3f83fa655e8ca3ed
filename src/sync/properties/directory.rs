//! A directory of a few people, and what can happen to them.

use proptest::prelude::*;

use super::units::{self, UNITS, Units};
use crate::sync::groups::{GroupGraph, Membership, Roster};
use crate::sync::number::Number;
use crate::sync::person::{Person, PersonId, Wanted};

/// How many people there are at most.
pub const PEOPLE: usize = 6;
/// The organization's domains.
pub const DOMAINS: [&str; 2] = ["acme.com", "beta.com"];
/// How many groups there are; the second one is a member of the first, and the first of the second.
pub const GROUPS: usize = 3;
/// What may stand in the property: in the range of automatic numbers, and not.
pub const NUMBERS: [&str; 4] = ["1002", "0099", "7001", "7002"];

/// Something that happens to one person.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    Hire,
    Rename,
    Suspended(Option<bool>),
    Archived(Option<bool>),
    Guest(Option<bool>),
    Move(usize),
    Place(Place),
    /// Into this group, or out of it.
    Join(usize, bool),
    /// What stands in the property.
    Number(Wanted),
    Delete,
    Undelete,
    /// Google forgets deleted people after 20 days.
    Forget,
    /// Each gets the addresses of the other.
    Swap(usize),
    /// The address of the other one becomes an alias, which both have for now.
    Share(usize),
}

impl Change {
    /// Whether something happens to this person, when the change is another's.
    pub fn concerns(self, index: usize) -> bool {
        matches!(self, Self::Swap(other) | Self::Share(other) if other == index)
    }
}

/// In which organizational unit somebody is, as Google tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Top,
    Unit(usize),
    /// Google does not say.
    Untold,
    /// One that is not in the list of units.
    Unlisted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Unborn,
    There,
    Deleted,
    Forgotten,
}

#[derive(Clone, Debug)]
struct Record {
    presence: Presence,
    person: Person,
    place: Place,
    edition: usize,
}

/// What Google knows.
#[derive(Clone, Debug)]
pub struct Directory {
    records: Vec<Record>,
    members: [[bool; PEOPLE]; GROUPS],
    groups: [bool; GROUPS],
    pub units: Units,
}

impl Default for Directory {
    fn default() -> Self {
        let record = |index| Record {
            presence: Presence::Unborn,
            person: Person {
                customer_id: Some("C01".into()),
                suspended: Some(false),
                archived: Some(false),
                guest: Some(false),
                number: Wanted::Missing,
                ..Person::new(id(index), address(index))
            },
            place: Place::Untold,
            edition: 0,
        };
        Self {
            records: (0..PEOPLE).map(record).collect(),
            members: [[false; PEOPLE]; GROUPS],
            groups: [true; GROUPS],
            units: Units::default(),
        }
    }
}

/// The id of a person of the model.
pub fn id(index: usize) -> PersonId {
    PersonId::new(format!("10449703227021975{index:04}"))
}

/// The address that a person has in the beginning.
pub fn address(index: usize) -> String {
    format!("p{index}@{}", DOMAINS[0])
}

/// A number of the pool.
pub fn value(place: usize) -> Wanted {
    Wanted::Number(Number::parse(NUMBERS[place]).unwrap())
}

impl Directory {
    /// Makes a change, unless it makes no sense for this person now.
    pub fn change(&mut self, index: usize, change: Change) {
        if let Change::Swap(other) | Change::Share(other) = change {
            return self.mix(index, other, change);
        }
        let Record {
            presence,
            person,
            place: at,
            edition,
        } = &mut self.records[index];
        match (change, *presence) {
            (Change::Hire, Presence::Unborn) | (Change::Undelete, Presence::Deleted) => {
                *presence = Presence::There;
            }
            (Change::Delete, Presence::There) => *presence = Presence::Deleted,
            (Change::Forget, Presence::Deleted) => *presence = Presence::Forgotten,
            (Change::Rename, Presence::There) => {
                *edition += 1;
                rename(person, index, *edition);
            }
            (Change::Move(domain), Presence::There) => {
                let (local, _) = person.email.split_once('@').unwrap();
                person.email = format!("{local}@{}", DOMAINS[domain]);
            }
            (Change::Place(place), Presence::There) => {
                *at = place;
                self.tell_paths();
            }
            (Change::Join(group, is_in), _) => self.members[group][index] = is_in && self.groups[group],
            (Change::Number(number), _) => person.number = number,
            (Change::Suspended(flag), Presence::There) => person.suspended = flag,
            (Change::Archived(flag), Presence::There) => person.archived = flag,
            (Change::Guest(flag), Presence::There) => person.guest = flag,
            _ => {}
        }
    }

    /// Makes a change to an organizational unit. Who is in one that goes is at the top then.
    pub fn change_unit(&mut self, unit: usize, change: units::Change) {
        self.units.change(unit, change);
        self.tell_paths();
    }

    /// A group is deleted, or one of the same address is made, in which nobody is.
    pub fn change_group(&mut self, group: usize, is_there: bool) {
        self.groups[group] = is_there;
        if !is_there {
            self.members[group] = [false; PEOPLE];
        }
    }

    /// Whether there is such a group.
    pub fn has_group(&self, group: usize) -> bool {
        self.groups[group]
    }

    fn tell_paths(&mut self) {
        for record in &mut self.records {
            if let Place::Unit(unit) = record.place
                && self.units.path(unit).is_none()
            {
                record.place = Place::Top;
            }
            record.person.org_unit_path = match record.place {
                Place::Top => Some("/".to_owned()),
                Place::Unit(unit) => self.units.path(unit),
                Place::Untold => None,
                Place::Unlisted => Some("/New".to_owned()),
            };
        }
    }

    fn mix(&mut self, index: usize, other: usize, change: Change) {
        let are_there = [index, other].map(|index| self.records[index].presence == Presence::There);
        let Ok([one, other]) = self.records.get_disjoint_mut([index, other]) else {
            return; // with oneself
        };
        if are_there != [true, true] {
            return;
        }
        let (one, other) = (&mut one.person, &mut other.person);
        if matches!(change, Change::Swap(_)) {
            std::mem::swap(&mut one.email, &mut other.email);
            std::mem::swap(&mut one.aliases, &mut other.aliases);
        } else {
            one.aliases.push(other.email.clone());
        }
    }

    /// Whom an address leads to: of several, whose primary one it is. Somebody who was just deleted still counts.
    pub fn by_address(&self, address: &str) -> Option<&PersonId> {
        let known = |record: &&Record| matches!(record.presence, Presence::There | Presence::Deleted);
        let people = || self.records.iter().filter(known).map(|record| &record.person);
        let is_there = |person: &&Person| self.find(&person.id).is_some();
        let has = |person: &&Person| person.addresses().any(|own| own == address);
        let first = people().find(|person| person.email == address && is_there(person));
        let then = || people().filter(is_there).find(has);
        let found = first.or_else(then).or_else(|| people().find(has));
        found.map(|person| &person.id)
    }

    /// The person, while Google has them.
    pub fn find(&self, id: &PersonId) -> Option<&Person> {
        self.people().find(|person| person.id == *id)
    }

    /// The complete list, which Google narrows to a domain itself. There is an administrator in each, whom nobody serves.
    pub fn listed(&self, domain: Option<&str>) -> Vec<Person> {
        let administrators = DOMAINS.iter().enumerate().map(|(index, domain)| Person {
            customer_id: Some("C01".into()),
            guest: Some(true),
            ..Person::new(PersonId::new(format!("55{index}")), format!("admin@{domain}"))
        });
        let people = self.people().cloned().chain(administrators);
        let wanted = domain.map(str::to_lowercase);
        people
            .filter(|person| wanted.as_deref().is_none_or(|domain| domain_of(person) == domain))
            .collect()
    }

    /// Where somebody is.
    pub fn place_of(&self, index: usize) -> Place {
        self.records[index].place
    }

    /// Whether somebody is in a group, nested ones included.
    pub fn is_member(&self, group: usize, index: usize) -> bool {
        let nested = if group < 2 {
            &self.members[..2]
        } else {
            &self.members[2..]
        };
        self.groups[group] && nested.iter().any(|members| members[index])
    }

    /// A group's members, as a sync finds them. The list of the group `short` leaves these people out.
    pub fn expand(&self, group: usize, short: Option<(usize, &[bool; PEOPLE])>) -> Membership {
        self.graph(short).expand(&group.to_string())
    }

    /// The groups that are there.
    pub fn graph(&self, short: Option<(usize, &[bool; PEOPLE])>) -> GroupGraph {
        let mut graph = GroupGraph::default();
        for (key, members) in self
            .members
            .iter()
            .enumerate()
            .filter(|(key, _)| self.groups[*key])
        {
            let is_left_out = |index: usize| short.is_some_and(|(group, mask)| group == key && mask[index]);
            let is_in = (0..PEOPLE).filter(|index| members[*index] && !is_left_out(*index));
            let other = match key {
                0 => vec!["1".to_owned()],
                1 => vec!["0".to_owned()],
                _ => Vec::new(),
            };
            let roster = Roster {
                people: is_in.map(id).collect(),
                groups: other,
                everyone: false,
            };
            graph.insert(key.to_string(), roster);
        }
        graph
    }

    fn people(&self) -> impl Iterator<Item = &Person> {
        self.records
            .iter()
            .filter(|record| record.presence == Presence::There)
            .map(|record| &record.person)
    }
}

/// The domain of somebody's primary address.
pub fn domain_of(person: &Person) -> &str {
    person.email.split_once('@').unwrap().1
}

/// People of another organization.
pub fn strangers() -> impl Iterator<Item = Person> {
    (0..2).map(|index| Person {
        customer_id: Some("C02".into()),
        suspended: Some(false),
        archived: Some(false),
        ..Person::new(
            PersonId::new(format!("999{index}")),
            format!("p{index}@{}", DOMAINS[0]),
        )
    })
}

fn rename(person: &mut Person, index: usize, edition: usize) {
    let (_, domain) = person.email.split_once('@').unwrap();
    let text =
        |field: &str, every: usize| (!edition.is_multiple_of(every)).then(|| format!("{field} {edition}"));
    person.aliases.push(person.email.clone());
    person.email = format!("p{index}-{edition}@{domain}");
    person.first_name = text("first", 5);
    person.last_name = text("last", 3);
    person.display_name = text("name", 4);
    person.mobile = text("+1", 2);
    person.work_phone = text("+2", 3);
    person.job_title = text("title", 2);
}

/// Any change, those of two people at once included.
pub fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        12 => change(true),
        1 => (0..PEOPLE).prop_map(Change::Swap),
        1 => (0..PEOPLE).prop_map(Change::Share),
    ]
}

/// Any change to one person. `unknown` lets Google leave flags out of its answers.
pub fn change(unknown: bool) -> impl Strategy<Value = Change> {
    let flag = move || {
        prop_oneof![
            3 => Just(Some(false)),
            4 => Just(Some(true)),
            u32::from(unknown) => Just(None),
        ]
    };
    let place = prop_oneof![
        1 => Just(Place::Top),
        3 => (0..UNITS.len()).prop_map(Place::Unit),
        u32::from(unknown) => Just(Place::Untold),
        u32::from(unknown) => Just(Place::Unlisted),
    ];
    let number = prop_oneof![
        4 => (0..NUMBERS.len()).prop_map(value),
        1 => Just(Wanted::Missing),
        1 => Just(Wanted::Invalid("no number")),
    ];
    prop_oneof![
        3 => place.prop_map(Change::Place),
        2 => (0..GROUPS, any::<bool>()).prop_map(|(group, is_in)| Change::Join(group, is_in)),
        4 => number.prop_map(Change::Number),
        2 => Just(Change::Hire),
        2 => Just(Change::Rename),
        4 => flag().prop_map(Change::Suspended),
        4 => flag().prop_map(Change::Archived),
        1 => flag().prop_map(Change::Guest),
        2 => (0..DOMAINS.len()).prop_map(Change::Move),
        2 => Just(Change::Delete),
        2 => Just(Change::Undelete),
        1 => Just(Change::Forget),
    ]
}
