//! Organizational units: they are renamed, deleted and made again.

use proptest::prelude::*;

use crate::api::status::KnownUnit;
use crate::sync::selectors::{self, OrgUnit};

/// The paths that the units have in the beginning; the first unit is above the second one, and above nothing else.
pub const UNITS: [&str; 3] = ["/Sales", "/Sales/Berlin", "/Salesforce"];
/// How units may be called; what they are called in the beginning comes first.
const NAMES: [&str; 5] = ["Sales", "Berlin", "Salesforce", "SALES", "Revenue"];

/// The place of a name that no unit has in the beginning.
pub const ELSEWHERE: usize = 4;

/// Something that happens to a unit.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    Rename(usize),
    /// Its people go to the top.
    Delete,
    /// A new one, which is called as the first one was in the beginning.
    Create,
}

/// Any change.
pub fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => (0..NAMES.len()).prop_map(Change::Rename),
        1 => Just(Change::Delete),
        2 => Just(Change::Create),
    ]
}

#[derive(Clone, Debug)]
struct Unit {
    id: String,
    name: &'static str,
}

/// All units.
#[derive(Clone, Debug)]
pub struct Units {
    there: [Option<Unit>; UNITS.len()],
    made: usize,
}

impl Default for Units {
    fn default() -> Self {
        let mut units = Self {
            there: [None, None, None],
            made: 0,
        };
        (0..UNITS.len()).for_each(|unit| units.change(unit, Change::Create));
        units
    }
}

impl Units {
    /// Makes a change, unless Google does not let it.
    pub fn change(&mut self, unit: usize, change: Change) {
        let name = match change {
            Change::Rename(name) => NAMES[name],
            Change::Create => NAMES[unit],
            Change::Delete => "",
        };
        let sibling = [2, 1, 0][unit];
        let is_taken = |other: &Unit| other.name.eq_ignore_ascii_case(name);
        if sibling != unit && self.there[sibling].as_ref().is_some_and(is_taken) {
            return;
        }
        let has_home = unit != 1 || self.there[0].is_some();
        let is_empty = unit != 0 || self.there[1].is_none();
        match (change, &mut self.there[unit]) {
            (Change::Rename(_), Some(unit)) => unit.name = name,
            (Change::Delete, there) if is_empty => *there = None,
            (Change::Create, there @ None) if has_home => {
                self.made += 1;
                *there = Some(Unit {
                    id: format!("id:{}", self.made),
                    name,
                });
            }
            _ => {}
        }
    }

    /// Where a unit is, while it is there.
    pub fn path(&self, unit: usize) -> Option<String> {
        let name = self.there[unit].as_ref()?.name;
        let above = if unit == 1 { self.path(0)? } else { String::new() };
        Some(format!("{above}/{name}"))
    }

    /// Which unit a declared path means, worked out apart from the code under test: the one that has it, or else the one that had
    /// it when it was last found.
    pub fn meaning(&self, declared: &str, known: &[KnownUnit]) -> Option<usize> {
        let all = || (0..UNITS.len()).filter_map(|unit| Some((unit, self.path(unit)?)));
        let exact = all().find(|(_, path)| path == declared);
        let alike = || all().find(|(_, path)| path.eq_ignore_ascii_case(declared));
        let found = exact.or_else(alike).map(|(unit, _)| unit);
        found.or_else(|| {
            let known = known.iter().find(|known| known.path == declared)?;
            let is_it = |unit: &usize| self.there[*unit].as_ref().is_some_and(|unit| unit.id == known.id);
            (0..UNITS.len()).find(is_it)
        })
    }

    /// As Google lists them.
    pub fn listed(&self, known: &[KnownUnit]) -> selectors::Units {
        let all = (0..UNITS.len()).filter_map(|unit| {
            Some(OrgUnit {
                id: self.there[unit].as_ref()?.id.clone(),
                path: self.path(unit)?,
            })
        });
        let root = OrgUnit {
            id: "id:0".to_owned(),
            path: "/".to_owned(),
        };
        selectors::Units {
            all: all.chain([root]).collect(),
            known: known.to_vec(),
            as_shown: str::to_lowercase,
        }
    }
}
