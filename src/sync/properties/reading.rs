//! Ways to read the directory and to write, and what can go wrong with them.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::directory::{self, Directory, GROUPS, PEOPLE, any_change, id};
use super::hands::{Hand, meddling};
use crate::sync::person::{Person, PersonId};

/// What goes wrong while the directory is read.
#[derive(Clone, Debug)]
pub enum Fault {
    None,
    /// After that many entries Google answers with an error.
    Fails(usize),
    /// These people are left out, and nothing says so.
    Omits([bool; PEOPLE]),
    /// Nobody is in the list.
    Empty,
    /// Entries of these people cannot be read; with or without their ids.
    Unreadable([bool; PEOPLE], bool),
    /// This person is on two pages, and is somebody else on the second one.
    Repeats(usize, directory::Change),
    /// After that many entries the directory changes.
    Changes(usize, usize, directory::Change),
    /// Questions about missing people are not answered.
    NoEvidence,
    /// The members' list of this group leaves these people out, once or each time that it is read.
    ShortGroup(usize, [bool; PEOPLE], bool),
    /// When the groups are read a second time they are gone.
    GroupVanishes,
    /// The credentials read another organization.
    Foreign,
}

/// What goes wrong while extensions are written.
#[derive(Clone, Copy, Debug)]
pub enum Trouble {
    None,
    /// The process ends before this write.
    Crashes(usize),
    /// This write is made, and the answer is lost.
    Loses(usize),
    /// An administrator is faster than this write, once or again and again.
    Meddles(usize, Hand),
    /// The API server refuses whatever is this person's.
    Refuses(usize),
}

/// One way to read the directory.
#[derive(Clone, Debug)]
pub struct Reading {
    pub order: Vec<usize>,
    pub fault: Fault,
    pub trouble: Trouble,
    /// Whether people are read one by one when each who may be in scope is known by id.
    pub narrow: bool,
    /// So many changes wait while further people are read.
    pub lag: usize,
}

impl Reading {
    /// In this order, without a fault.
    pub fn clean(order: &[usize], narrow: bool) -> Self {
        Self {
            order: order.to_vec(),
            fault: Fault::None,
            trouble: Trouble::None,
            narrow,
            lag: 0,
        }
    }

    /// Of whom the API server refuses everything.
    pub fn refused(&self) -> Option<usize> {
        match self.trouble {
            Trouble::Refuses(index) => Some(index),
            _ => None,
        }
    }

    /// Whether Google and the API server do what they should.
    pub fn is_clean(&self) -> bool {
        matches!((&self.fault, self.trouble), (Fault::None, Trouble::None))
    }
}

/// A reading of any kind; many of them are without a fault, some have two.
pub fn reading() -> impl Strategy<Value = Reading> {
    let mask = any::<[bool; PEOPLE]>;
    let fault = prop_oneof![
        16 => Just(Fault::None),
        2 => (0..=PEOPLE).prop_map(Fault::Fails),
        3 => mask().prop_map(Fault::Omits),
        1 => Just(Fault::Empty),
        2 => (mask(), any::<bool>()).prop_map(|(mask, known)| Fault::Unreadable(mask, known)),
        2 => (0..PEOPLE, any_change()).prop_map(|(index, change)| Fault::Repeats(index, change)),
        2 => (0..PEOPLE, 0..PEOPLE, any_change()).prop_map(|(after, index, change)| Fault::Changes(after, index, change)),
        1 => Just(Fault::NoEvidence),
        2 => (0..GROUPS, mask(), any::<bool>()).prop_map(|(group, mask, again)| Fault::ShortGroup(group, mask, again)),
        1 => Just(Fault::GroupVanishes),
        1 => Just(Fault::Foreign),
    ];
    (order(), fault, trouble(), any::<bool>(), lag()).prop_map(|(order, fault, trouble, narrow, lag)| {
        Reading {
            order,
            fault,
            trouble,
            narrow,
            lag,
        }
    })
}

/// A reading of any kind during which nobody else does anything.
pub fn undisturbed() -> impl Strategy<Value = Reading> {
    reading().prop_map(|mut reading| {
        if matches!(reading.fault, Fault::Repeats(..) | Fault::Changes(..)) {
            reading.fault = Fault::None;
        }
        if matches!(reading.trouble, Trouble::Meddles(..)) {
            reading.trouble = Trouble::None;
        }
        reading
    })
}

fn lag() -> impl Strategy<Value = usize> {
    prop_oneof![3 => Just(0_usize), 1 => 1..PEOPLE]
}

fn trouble() -> impl Strategy<Value = Trouble> {
    prop_oneof![
        8 => Just(Trouble::None),
        2 => (0..4_usize).prop_map(Trouble::Crashes),
        1 => (0..4_usize).prop_map(Trouble::Loses),
        2 => (0..4_usize, meddling()).prop_map(|(write, hand)| Trouble::Meddles(write, hand)),
        1 => (0..PEOPLE).prop_map(Trouble::Refuses),
    ]
}

/// Any order of the people.
pub fn order() -> impl Strategy<Value = Vec<usize>> {
    Just((0..PEOPLE).collect::<Vec<_>>()).prop_shuffle()
}

/// An entry of the directory's answer.
#[derive(Clone, Debug)]
pub enum Item {
    Listed(Box<Person>),
    Unreadable(Option<PersonId>),
    /// Meanwhile something changes.
    Change(usize, directory::Change),
    /// The entry of this person as it is by now, once more.
    Again(usize),
    /// Google answered with an error.
    Failure,
}

/// What the directory answers. `candidates` are the only people who are read.
pub fn items(
    directory: &Directory,
    domain: Option<&str>,
    candidates: Option<&[PersonId]>,
    reading: &Reading,
) -> VecDeque<Item> {
    if matches!(reading.fault, Fault::Foreign) {
        return directory::strangers().map(listed).collect();
    }
    let mut people: Vec<_> = match candidates {
        Some(candidates) => candidates
            .iter()
            .filter_map(|id| directory.find(id))
            .cloned()
            .collect(),
        None => directory.listed(domain),
    };
    let place = |person: &Person| reading.order.iter().position(|index| id(*index) == person.id);
    people.sort_by_key(place);
    if reading.order.first() != Some(&0) {
        for person in &mut people {
            person.aliases.reverse(); // no order of the aliases is promised
        }
    }
    let masked = |mask: &[bool; PEOPLE], person: &Person| {
        place(person).is_some_and(|place| mask[reading.order[place]])
    };
    let mut items = VecDeque::new();
    for (count, person) in people.into_iter().enumerate() {
        match &reading.fault {
            Fault::Empty => {}
            Fault::Fails(after) if count == *after => break,
            Fault::Omits(mask) if masked(mask, &person) => {}
            Fault::Unreadable(mask, known) if masked(mask, &person) => {
                items.push_back(Item::Unreadable(known.then_some(person.id)));
            }
            Fault::Changes(after, index, change) if count == *after => {
                items.push_back(Item::Change(*index, *change));
                items.push_back(listed(person));
            }
            _ => items.push_back(listed(person)),
        }
    }
    match reading.fault {
        Fault::Fails(_) => items.push_back(Item::Failure),
        Fault::Repeats(index, change) => {
            items.push_back(Item::Change(index, change));
            items.push_back(Item::Again(index));
        }
        _ => {}
    }
    items
}

fn listed(person: Person) -> Item {
    Item::Listed(Box::new(person))
}
