//! From the selectors that a declaration names to the people, groups and units that Google has. A group or unit that it does not
//! have is never an empty one: then there is no scope at all.

use std::collections::{HashMap, HashSet};

use super::groups::GroupGraph;
use super::person::PersonId;
use super::scope::{Scope, Selection, Unit};
use crate::api::integration::{Scope as Declared, Selectors};
use crate::api::status::KnownUnit;

/// An organizational unit, as Google lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgUnit {
    /// Stays when the unit is renamed or moved.
    pub id: String,
    /// Where it is now.
    pub path: String,
}

/// All organizational units, and those that the scope named when it was last resolved.
#[derive(Clone, Debug)]
pub struct Units {
    /// All that there are.
    pub all: Vec<OrgUnit>,
    /// Those that were found before, by the path that the declaration names.
    pub known: Vec<KnownUnit>,
    /// A path as Google's pages show it.
    pub as_shown: fn(&str) -> String,
}

/// What Google has of what a declaration names.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// People, by address in lower case. One who is not here is nobody, and no reason to stop.
    pub people: &'a HashMap<String, PersonId>,
    /// Groups, by address in lower case.
    pub groups: &'a GroupGraph,
    /// Units; `None` when the declaration names none.
    pub units: Option<&'a Units>,
}

impl Units {
    /// The unit that a declared path means: the one that is there. One that is not there under its path any more is looked for by
    /// the id that it had when it was.
    pub fn find(&self, path: &str) -> Option<&OrgUnit> {
        let by_path = self.all.iter().find(|unit| unit.path == path);
        by_path
            .or_else(|| {
                let lower = path.to_lowercase();
                self.all.iter().find(|unit| unit.path.to_lowercase() == lower)
            })
            .or_else(|| {
                // Copied from a page that does not show every character; only if no other one looks the same there.
                let shown = (self.as_shown)(path);
                let mut alike = self
                    .all
                    .iter()
                    .filter(|unit| (self.as_shown)(&unit.path) == shown);
                alike.next().filter(|_| alike.next().is_none())
            })
            .or_else(|| {
                let before = self.known.iter().find(|before| before.path == path)?;
                self.all.iter().find(|unit| unit.id == before.id)
            })
    }
}

/// Whether the units of a scope are still where they were when it was resolved.
pub fn units_stay(scope: &Scope, now: &Units) -> bool {
    let mut selections = scope.include.iter().chain([&scope.exclude]);
    let stays = |unit: &Unit| {
        let found = now.find(&unit.declared);
        found.is_some_and(|found| found.path == unit.path)
    };
    selections.all(|selection| selection.units.iter().all(stays))
}

/// The scope of a declaration, and the units in it; an error names the groups and units that Google does not have.
pub fn resolve(
    domain: Option<String>,
    declared: &Declared,
    found: Found<'_>,
) -> Result<(Scope, Vec<KnownUnit>), Vec<String>> {
    let mut missing = Vec::new();
    let mut units = Vec::new();
    let mut select = |selectors: &Selectors| selection(selectors, found, &mut units, &mut missing);
    let include = declared.include.as_ref().map(&mut select);
    let exclude = declared.exclude.as_ref().map(&mut select).unwrap_or_default();
    if !missing.is_empty() {
        missing.sort();
        missing.dedup();
        return Err(missing);
    }
    units.sort_by(|one: &KnownUnit, other| one.path.cmp(&other.path));
    units.dedup();
    let all = found.units.map(|units| {
        let paths = units.all.iter().map(|unit| unit.path.clone());
        paths.collect::<HashSet<_>>()
    });
    let scope = Scope {
        domain,
        include,
        exclude,
        units: all,
    };
    Ok((scope, units))
}

fn selection(
    selectors: &Selectors,
    found: Found<'_>,
    known: &mut Vec<KnownUnit>,
    missing: &mut Vec<String>,
) -> Selection {
    let mut selection = Selection::default();
    for address in &selectors.users {
        if let Some(person) = found.people.get(&address.to_lowercase()) {
            selection.people.insert(person.clone(), address.clone());
        }
    }
    for group in &selectors.groups {
        let group = group.to_lowercase();
        if found.groups.contains(&group) {
            selection.groups.push(found.groups.expand(&group));
        } else {
            missing.push(format!("group {group}"));
        }
    }
    for declared in &selectors.organizational_units {
        let Some(unit) = found.units.and_then(|units| units.find(declared)) else {
            missing.push(format!("organizational unit {declared}"));
            continue;
        };
        known.push(KnownUnit {
            path: declared.clone(),
            id: unit.id.clone(),
        });
        selection.units.push(Unit {
            declared: declared.clone(),
            path: unit.path.clone(),
        });
    }
    selection
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(all: &[(&str, &str)], known: &[(&str, &str)]) -> Units {
        let all = all.iter().map(|(id, path)| OrgUnit {
            id: (*id).to_owned(),
            path: (*path).to_owned(),
        });
        let known = known.iter().map(|(id, path)| KnownUnit {
            id: (*id).to_owned(),
            path: (*path).to_owned(),
        });
        Units {
            all: all.collect(),
            known: known.collect(),
            as_shown: |path| path.replace('_', "").to_lowercase(),
        }
    }

    #[test]
    fn a_path_means_the_unit_that_has_it_and_then_the_one_that_had_it() {
        let renamed = [("1", "/Revenue"), ("2", "/Salesforce")];
        let taken = [("1", "/Revenue"), ("2", "/Sales")];
        let cased = [("1", "/Revenue"), ("2", "/SALES")];
        let shown = [("1", "/Revenue"), ("2", "/Sa_les")];
        let two_shown = [("1", "/Revenue"), ("2", "/Sa_les"), ("3", "/S_ales")];
        let had = [("1", "/Sales")];
        for (all, known, expected) in [
            (&renamed[..], &had[..], Some("1")),
            (&renamed, &[], None),
            (&taken, &had, Some("2")),
            (&cased, &had, Some("2")),
            (&shown, &had, Some("2")),
            (&two_shown, &had, Some("1")),
            (&[("2", "/Salesforce")], &had, None),
        ] {
            let units = units(all, known);
            let found = units.find("/Sales").map(|unit| unit.id.as_str());
            assert_eq!(found, expected, "{all:?} {known:?}");
        }
    }

    #[test]
    fn whatever_is_missing_is_named_once_and_nobody_stops_for_a_person() {
        let selectors = || Selectors {
            users: vec!["nobody@acme.com".into()],
            groups: vec!["Sales@acme.com".into()],
            organizational_units: vec!["/Sales".into()],
        };
        let declared = Declared {
            include: Some(selectors()),
            exclude: Some(selectors()),
        };
        let (people, mut groups) = (HashMap::new(), GroupGraph::default());
        let none = units(&[], &[]);
        let resolve = |groups: &GroupGraph, units: &Units| {
            let found = Found {
                people: &people,
                groups,
                units: Some(units),
            };
            resolve(None, &declared, found)
        };
        let missing = ["group sales@acme.com", "organizational unit /Sales"];
        assert_eq!(resolve(&groups, &none).unwrap_err(), missing);
        groups.insert("sales@acme.com".into(), crate::sync::groups::Roster::default());
        assert_eq!(resolve(&groups, &none).unwrap_err(), missing[1..]);
        let (scope, known) = resolve(&groups, &units(&[("1", "/Sales")], &[])).unwrap();
        assert_eq!(known.len(), 1);
        assert!(scope.include.unwrap().people.is_empty());
    }
}
