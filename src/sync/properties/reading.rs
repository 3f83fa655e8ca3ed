//! Ways to read the directory, and what can go wrong with them.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::directory::{Directory, PEOPLE, id};
use crate::sync::person::{Person, PersonId};

/// What goes wrong while the directory is read.
#[derive(Clone, Debug)]
pub enum Fault {
    None,
    /// After that many entries Google answers with an error.
    Fails(usize),
    /// These people are left out, and nothing says so.
    Omits([bool; PEOPLE]),
    /// Entries of these people cannot be read; with or without their ids.
    Unreadable([bool; PEOPLE], bool),
    /// This person is on two pages.
    Repeats(usize),
    /// Only this person is looked at, as after an edit by hand, and no removal follows.
    Only(usize),
    /// Questions about missing people are not answered.
    NoEvidence,
    /// The process ends in the middle of the first change of number: both extensions are there.
    CutShort,
}

/// One way to read the directory.
#[derive(Clone, Debug)]
pub struct Reading {
    pub order: Vec<usize>,
    pub fault: Fault,
    /// Whether people are read one by one when each who may be in scope is known by id.
    pub narrow: bool,
}

impl Reading {
    /// In this order, without a fault.
    pub fn clean(order: &[usize], narrow: bool) -> Self {
        Self {
            order: order.to_vec(),
            fault: Fault::None,
            narrow,
        }
    }
}

/// A reading of any kind; half of them are without a fault.
pub fn reading() -> impl Strategy<Value = Reading> {
    let mask = any::<[bool; PEOPLE]>;
    let fault = prop_oneof![
        6 => Just(Fault::None),
        1 => (0..=PEOPLE).prop_map(Fault::Fails),
        2 => mask().prop_map(Fault::Omits),
        1 => (mask(), any::<bool>()).prop_map(|(mask, known)| Fault::Unreadable(mask, known)),
        1 => (0..PEOPLE).prop_map(Fault::Repeats),
        2 => (0..PEOPLE).prop_map(Fault::Only),
        1 => Just(Fault::NoEvidence),
        2 => Just(Fault::CutShort),
    ];
    (order(), fault, any::<bool>()).prop_map(|(order, fault, narrow)| Reading { order, fault, narrow })
}

/// Any order of the people.
pub fn order() -> impl Strategy<Value = Vec<usize>> {
    Just((0..PEOPLE).collect::<Vec<_>>()).prop_shuffle()
}

/// An entry of the directory's answer.
pub enum Item {
    Listed(Box<Person>),
    Unreadable(Option<PersonId>),
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
    let mut people: Vec<_> = match candidates {
        Some(candidates) => candidates
            .iter()
            .filter_map(|id| directory.find(id))
            .cloned()
            .collect(),
        None => directory.listed(domain).cloned().collect(),
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
    for person in people {
        match &reading.fault {
            Fault::Fails(after) if items.len() == *after => break,
            Fault::Only(index) if person.id != id(*index) => {}
            Fault::Omits(mask) if masked(mask, &person) => {}
            Fault::Unreadable(mask, known) if masked(mask, &person) => {
                items.push_back(Item::Unreadable(known.then_some(person.id)));
            }
            _ => items.push_back(Item::Listed(Box::new(person))),
        }
    }
    match reading.fault {
        Fault::Fails(_) | Fault::Only(_) => items.push_back(Item::Failure),
        Fault::Repeats(index) => {
            let again = directory.find(&id(index)).cloned();
            items.extend(again.map(|person| Item::Listed(Box::new(person))));
        }
        _ => {}
    }
    items
}
