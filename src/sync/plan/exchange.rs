//! People who get numbers that other people leave in the same run: in a row, or in a circle.
//!
//! Every step is a change of number like any other: the new number is claimed, then the old extension goes. Nobody is without
//! an extension in between, and no number is two people's; wherever it is cut short, the next run goes on from there.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Content, Planned, Planner};
use crate::sync::allocate::Unavailable;
use crate::sync::index::TenantIndex;
use crate::sync::number::Number;
use crate::sync::numbering::Choice;
use crate::sync::view::View;

impl Planner {
    /// Decides about people whose new number somebody else has: they get it if that one leaves it in this run, for which
    /// somebody may have to leave in turn. `left` are numbers that are left anyway.
    pub(super) fn exchange(&mut self, mut left: HashSet<Number>) {
        let mut wishes = std::mem::take(&mut self.wishes);
        wishes.retain(|planned| !left.contains(&planned.number));
        left.extend(
            self.removals
                .iter()
                .filter(|planned| planned.moves_to().is_some())
                .map(|planned| planned.number),
        );
        left.extend(wishes.iter().map(|planned| planned.number));
        let mut refused = Vec::new();
        let mut granted = HashMap::new();
        for planned in wishes {
            match planned.moves_to().filter(|to| left.contains(to)) {
                Some(to) => drop(granted.insert(to, planned)),
                None => refused.push(planned),
            }
        }
        // Who stays keeps a number that somebody else was to get.
        while let Some(planned) = refused.pop() {
            refused.extend(granted.remove(&planned.number));
            if let Some(to) = planned.moves_to() {
                self.refuse(planned.user, &Choice::Taken(to, Unavailable::Taken), false);
            }
        }
        let moving: HashSet<_> = granted.values().map(|planned| planned.number).collect();
        self.removals.retain(|planned| !moving.contains(&planned.number));
        self.removals.extend(granted.into_values());
    }

    /// Removals in the order in which they can be made: whoever gets a number that somebody else leaves comes a wave later.
    /// In a circle somebody has a free number in between.
    pub fn waves(&mut self, removals: Vec<Planned>, index: &TenantIndex) -> Vec<Vec<Planned>> {
        let leaving: HashSet<_> = removals.iter().map(|planned| planned.number).collect();
        let mut waves = vec![Vec::new()];
        let mut waiting = BTreeMap::new();
        for planned in removals {
            match planned.moves_to().filter(|to| leaving.contains(to)) {
                Some(to) => drop(waiting.insert(to, planned)),
                None => put(&mut waves, 0, planned),
            }
        }
        let first: Vec<_> = waves[0].iter().map(|planned| planned.number).collect();
        for number in first {
            follow(&mut waves, &mut waiting, number);
        }
        while let Some((to, planned)) = waiting.pop_first() {
            let Some(between) = self.numbers.in_between(&planned.person, index) else {
                self.no_way_round(planned, &mut waiting);
                continue;
            };
            let (away, back) = by_way_of(between, to, planned);
            let left = away.number;
            put(&mut waves, 0, away);
            let last = follow(&mut waves, &mut waiting, left);
            put(&mut waves, last + 1, back);
        }
        waves
    }

    /// A circle of people, none of whom can get out of the way.
    fn no_way_round(&mut self, first: Planned, waiting: &mut BTreeMap<Number, Planned>) {
        let mut next = Some(first);
        while let Some(planned) = next {
            next = waiting.remove(&planned.number);
            let message = "The user swaps numbers with other users, which temporarily requires one free number, and none is free. Raise spec.users.numbering.end, or delete unused extensions.";
            self.problem(planned.user, "NumberConflict", message.to_owned(), false);
        }
    }
}

fn put(waves: &mut Vec<Vec<Planned>>, wave: usize, planned: Planned) {
    if waves.len() <= wave {
        waves.resize_with(wave + 1, Vec::new);
    }
    if let Some(wave) = waves.get_mut(wave) {
        wave.push(planned);
    }
}

/// Puts those who wait for this number, and for theirs in turn, one wave after the other; gives the last one.
fn follow(waves: &mut Vec<Vec<Planned>>, waiting: &mut BTreeMap<Number, Planned>, left: Number) -> usize {
    let (mut wave, mut left) = (0, left);
    while let Some(planned) = waiting.remove(&left) {
        (wave, left) = (wave + 1, planned.number);
        put(waves, wave, planned);
    }
    wave
}

/// A change of number in two steps.
fn by_way_of(between: Number, to: Number, planned: Planned) -> (Planned, Planned) {
    let view = match &planned.content {
        Content::Move { view, .. } => view.clone(),
        _ => View::default(),
    };
    let step = |to| Content::Move {
        to,
        view: view.clone(),
    };
    let back = Planned {
        number: between,
        generation: 0,
        content: step(to),
        ..planned.clone()
    };
    let away = Planned {
        content: step(between),
        ..planned
    };
    (away, back)
}
