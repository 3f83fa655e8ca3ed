//! Who is in: the resolved selectors of a declaration, judged for one person at a time.

use std::collections::{HashMap, HashSet};

use super::groups::Membership;
use super::person::{Person, PersonId};

/// Which people of the directory an integration serves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Only people whose primary address is in this domain.
    pub domain: Option<String>,
    /// Only people whom this names; `None` means everybody.
    pub include: Option<Selection>,
    /// Nobody whom this names.
    pub exclude: Selection,
    /// The path of every organizational unit, when any is named; `None` when they were not read.
    pub units: Option<HashSet<String>>,
}

/// Users, groups and organizational units that exist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Users by id, with the address that the declaration names.
    pub people: HashMap<PersonId, String>,
    /// Groups.
    pub groups: Vec<Membership>,
    /// Organizational units.
    pub units: Vec<Unit>,
}

/// An organizational unit that a declaration names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The path in the declaration.
    pub declared: String,
    /// The path that it has now.
    pub path: String,
}

/// How a person is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match<'a> {
    /// By this address.
    User(&'a str),
    /// Through these groups, the declared one first.
    Group(Vec<&'a str>),
    /// By this organizational unit.
    Unit(&'a Unit),
}

/// Whether a person is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// In scope.
    In,
    /// A guest from outside the organization: never served.
    Guest,
    /// Not in the declared scope.
    Out,
    /// Units decide, and Google did not say which unit the person is in, or named one that it does not list.
    Unknown,
}

impl Selection {
    /// How the person is named, if at all.
    pub fn matches(&self, person: &Person) -> Option<Match<'_>> {
        if let Some(address) = self.people.get(&person.id) {
            return Some(Match::User(address));
        }
        let unit = self.units.iter().find(|unit| unit.covers(person));
        unit.map(Match::Unit).or_else(|| {
            let mut groups = self.groups.iter();
            groups.find_map(|group| group.path_to(&person.id).map(Match::Group))
        })
    }

    /// Everybody who can be in, when each of them is known by id; `None` when only the whole list tells.
    pub fn candidates(&self) -> Option<Vec<PersonId>> {
        if !self.units.is_empty() || self.groups.iter().any(Membership::is_everyone) {
            return None;
        }
        let members = self.groups.iter().flat_map(Membership::people);
        let mut candidates: Vec<_> = self.people.keys().chain(members).cloned().collect();
        candidates.sort();
        candidates.dedup();
        Some(candidates)
    }
}

impl Unit {
    fn covers(&self, person: &Person) -> bool {
        person.org_unit_path.as_deref().is_some_and(|path| {
            self.path == "/"
                || path
                    .strip_prefix(self.path.as_str())
                    .is_some_and(|below| below.is_empty() || below.starts_with('/'))
        })
    }
}

impl Scope {
    /// Decides about one person.
    pub fn judge(&self, person: &Person) -> Verdict {
        if person.guest == Some(true) {
            return Verdict::Guest;
        }
        if !self.has_domain(person) || self.exclude.matches(person).is_some() {
            return Verdict::Out;
        }
        let include = self.include.as_ref();
        let is_included = include.is_none_or(|include| include.matches(person).is_some());
        let may_be = |selection: &Selection| !selection.units.is_empty() && !self.knows_unit_of(person);
        match is_included {
            true if may_be(&self.exclude) => Verdict::Unknown,
            true => Verdict::In,
            false if include.is_some_and(may_be) => Verdict::Unknown,
            false => Verdict::Out,
        }
    }

    fn knows_unit_of(&self, person: &Person) -> bool {
        let path = person.org_unit_path.as_deref();
        path.is_some_and(|path| path == "/" || self.units.as_ref().is_none_or(|units| units.contains(path)))
    }

    /// Whether organizational units decide about anybody.
    pub fn names_units(&self) -> bool {
        let mut selections = self.include.iter().chain([&self.exclude]);
        selections.any(|selection| !selection.units.is_empty())
    }

    /// Whether the person is out only because nothing names them.
    pub fn leaves_unnamed(&self, person: &Person) -> bool {
        let unnamed = |include: &Selection| include.matches(person).is_none();
        self.include.as_ref().is_some_and(unnamed)
            && person.guest != Some(true)
            && self.has_domain(person)
            && self.exclude.matches(person).is_none()
    }

    /// Whether a notification about this person is no cause to act: somebody is out of the declared groups or units only when
    /// all of them have been read. Another domain is Google's own word.
    pub fn leaves_to_sync(&self, person: &Person) -> bool {
        self.has_domain(person) && self.judge(person) == Verdict::Out
    }

    /// Whether the person's primary address is in the declared domain.
    pub fn has_domain(&self, person: &Person) -> bool {
        let domain = person.email.rsplit_once('@').map_or("", |(_, domain)| domain);
        self.domain
            .as_ref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(domain))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::groups::{GroupGraph, Roster};

    fn ana() -> Person {
        Person::new(PersonId::new("1"), "ana@acme.com")
    }

    fn in_unit(path: &str) -> Person {
        Person {
            org_unit_path: Some(path.into()),
            ..ana()
        }
    }

    fn unit(path: &str) -> Selection {
        Selection {
            units: vec![Unit {
                declared: path.into(),
                path: path.into(),
            }],
            ..Selection::default()
        }
    }

    fn user() -> Selection {
        Selection {
            people: [(PersonId::new("1"), "ana@acme.com".to_owned())].into(),
            ..Selection::default()
        }
    }

    fn group(everyone: bool) -> Selection {
        let mut graph = GroupGraph::default();
        let roster = Roster {
            people: vec![PersonId::new("1")],
            everyone,
            ..Roster::default()
        };
        graph.insert("sales@acme.com".into(), roster);
        Selection {
            groups: vec![graph.expand("sales@acme.com")],
            ..Selection::default()
        }
    }

    #[test]
    fn a_domain_means_exactly_that_domain() {
        let scope = Scope {
            domain: Some("acme.com".into()),
            ..Scope::default()
        };
        let judge = |email: &str| scope.judge(&Person::new(PersonId::new("1"), email));
        assert_eq!(judge("ana@acme.com"), Verdict::In);
        assert_eq!(judge("ana@ACME.com"), Verdict::In);
        assert_eq!(judge("ana@sub.acme.com"), Verdict::Out);
        assert_eq!(judge("acme.com@other.com"), Verdict::Out);
        assert_eq!(judge("acme.com"), Verdict::Out);
    }

    #[test]
    fn guests_are_out_even_when_named() {
        let person = Person {
            guest: Some(true),
            ..ana()
        };
        for include in [None, Some(user()), Some(group(true))] {
            let scope = Scope {
                include,
                ..Scope::default()
            };
            assert_eq!(scope.judge(&person), Verdict::Guest);
        }
    }

    #[test]
    fn a_unit_means_itself_and_everything_below_it() {
        for (declared, path, covered) in [
            ("/Sales", "/Sales", true),
            ("/Sales", "/Sales/Berlin", true),
            ("/Sales", "/Salesforce", false),
            ("/Sales", "/", false),
            ("/Sales", "/Europe/Sales", false),
            ("/", "/", true),
            ("/", "/Sales", true),
        ] {
            assert_eq!(
                unit(declared).matches(&in_unit(path)).is_some(),
                covered,
                "{declared} {path}"
            );
        }
        assert!(unit("/").matches(&ana()).is_none(), "an unknown unit is no unit");
    }

    #[test]
    fn in_scope_is_who_is_included_and_not_excluded() {
        let none = Selection::default;
        let rows = [
            (None, none(), Verdict::In),
            (None, user(), Verdict::Out),
            (None, group(false), Verdict::Out),
            (Some(user()), none(), Verdict::In),
            (Some(group(false)), none(), Verdict::In),
            (Some(unit("/Sales")), none(), Verdict::In),
            (Some(unit("/Other")), none(), Verdict::Out),
            (Some(group(true)), user(), Verdict::Out),
            (Some(user()), unit("/Sales"), Verdict::Out),
            (Some(none()), none(), Verdict::Out),
        ];
        for (include, exclude, expected) in rows {
            let scope = Scope {
                include,
                exclude,
                ..Scope::default()
            };
            assert_eq!(scope.judge(&in_unit("/Sales")), expected, "{scope:?}");
        }
    }

    #[test]
    fn who_is_in_a_unit_that_nobody_knows_is_neither_in_nor_out() {
        use Verdict::{In, Out, Unknown};
        let none = Selection::default;
        let (sales, nowhere) = (in_unit("/Sales"), ana());
        let moved = in_unit("/Sales/New");
        for (include, exclude, expected) in [
            (None, none(), [In, In, In]),
            (Some(unit("/Sales")), none(), [In, Unknown, In]),
            (Some(unit("/Other")), none(), [Out, Unknown, Unknown]),
            (None, unit("/Other"), [In, Unknown, Unknown]),
            (None, unit("/Sales"), [Out, Unknown, Out]),
            // Named otherwise, or not named at all whatever the unit is.
            (Some(user()), none(), [In, In, In]),
            (Some(user()), unit("/Other"), [In, Unknown, Unknown]),
            (Some(unit("/Other")), user(), [Out, Out, Out]),
            (Some(none()), unit("/Other"), [Out, Out, Out]),
        ] {
            let scope = Scope {
                include,
                exclude,
                units: Some(["/Sales".to_owned(), "/Other".to_owned()].into()),
                ..Scope::default()
            };
            let judged = [&sales, &nowhere, &moved].map(|person| scope.judge(person));
            assert_eq!(judged, expected, "{scope:?}");
        }
    }

    #[test]
    fn only_users_and_closed_groups_have_candidates() {
        let one = vec![PersonId::new("1")];
        let mut both = user();
        both.groups = group(false).groups;
        assert_eq!(both.candidates(), Some(one));
        assert_eq!(group(true).candidates(), None);
        assert_eq!(unit("/Sales").candidates(), None);
    }
}
