//! Declarations.

use std::collections::HashMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::directory::{self, Directory, GROUPS, PEOPLE, Place, domain_of, id};
use super::units::UNITS;
use crate::api::GoDuration;
use crate::api::integration::{
    Lifecycle, MobileSource, OnDeleted, OnOutOfScope, Profile, RemovalLimit, Scope, Selectors, WhileInactive,
};
use crate::api::status::KnownUnit;
use crate::sync::desired::Policy;
use crate::sync::number::{Number, Range};
use crate::sync::numbering::Source;
use crate::sync::person::PersonId;
use crate::sync::selectors::{self, Found};

pub const TENANT: &str = "acme";
pub const INTEGRATION: &str = "main";

/// What is declared.
#[derive(Clone, Debug)]
pub struct Settings {
    pub tenant: &'static str,
    /// `metadata.name` of the integration.
    pub integration: &'static str,
    pub lifecycle: Lifecycle,
    pub grace_hours: i64,
    pub domain: Option<String>,
    pub include: Option<Pick>,
    pub exclude: Option<Pick>,
    pub numbering: Numbering,
    pub profile: Profile,
    pub range: Range,
    pub quarantine_hours: i64,
    /// The units of the scope as they were last found, from the status.
    pub known: Vec<KnownUnit>,
}

/// Where numbers come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Numbering {
    Automatic,
    Property {
        fallback: bool,
    },
    /// These people get the numbers at these places of the range.
    Manual(Vec<(usize, u8)>),
}

/// Selectors, by their places in the model.
#[derive(Clone, Debug)]
pub struct Pick {
    /// By the address that they have in the beginning.
    pub people: Vec<usize>,
    pub groups: Vec<usize>,
    pub units: Vec<usize>,
}

impl Pick {
    /// Whether somebody is named, worked out apart from the code under test; `None` when nobody can tell.
    fn names(&self, directory: &Directory, known: &[KnownUnit], index: usize) -> Option<bool> {
        let person = id(index);
        let mut addresses = self.people.iter().map(|index| directory::address(*index));
        let by_hand = addresses.any(|address| directory.by_address(&address) == Some(&person));
        if by_hand || self.groups.iter().any(|group| directory.is_member(*group, index)) {
            return Some(true);
        }
        if self.units.is_empty() {
            return Some(false);
        }
        match directory.place_of(index) {
            Place::Untold | Place::Unlisted => None,
            Place::Top => Some(false),
            Place::Unit(place) => {
                let mut meant = self
                    .units
                    .iter()
                    .filter_map(|unit| directory.units.meaning(UNITS[*unit], known));
                // The first unit is above the second one.
                Some(meant.any(|unit| unit == place || (unit, place) == (0, 1)))
            }
        }
    }

    /// Whether an address that stands here leads to nobody.
    fn misses_somebody(&self, directory: &Directory) -> bool {
        let mut addresses = self.people.iter().map(|index| directory::address(*index));
        addresses.any(|address| directory.by_address(&address).is_none())
    }

    /// As it is declared.
    fn selectors(&self) -> Selectors {
        Selectors {
            users: self
                .people
                .iter()
                .map(|index| directory::address(*index))
                .collect(),
            groups: self.groups.iter().map(ToString::to_string).collect(),
            organizational_units: self.units.iter().map(|unit| UNITS[*unit].to_owned()).collect(),
        }
    }
}

impl Settings {
    /// What a sync makes of it; nothing, when it names a group or a unit that is not there.
    pub fn policy(&self, directory: &Directory) -> Option<Policy> {
        self.policy_of(directory, None).map(|(policy, _)| policy)
    }

    /// The same, when the list of a group leaves people out; and the units that were found.
    pub fn policy_of(
        &self,
        directory: &Directory,
        short: Option<(usize, &[bool; PEOPLE])>,
    ) -> Option<(Policy, Vec<KnownUnit>)> {
        let declared = Scope {
            include: self.include.as_ref().map(Pick::selectors),
            exclude: self.exclude.as_ref().map(Pick::selectors),
        };
        let named = self.picks().flat_map(|pick| &pick.people);
        let people: HashMap<String, PersonId> = named
            .map(|index| directory::address(*index))
            .filter_map(|address| Some((address.clone(), directory.by_address(&address)?.clone())))
            .collect();
        let names_units = self.picks().any(|pick| !pick.units.is_empty());
        let units = names_units.then(|| directory.units.listed(&self.known));
        let found = Found {
            people: &people,
            groups: &directory.graph(short),
            units: units.as_ref(),
        };
        let (scope, units) = selectors::resolve(self.domain.clone(), &declared, found).ok()?;
        let policy = Policy {
            tenant: self.tenant.to_owned(),
            integration: self.integration.to_owned(),
            scope: Arc::new(scope),
            lifecycle: self.lifecycle.clone(),
            profile: self.profile,
        };
        Some((policy, units))
    }

    fn picks(&self) -> impl Iterator<Item = &Pick> {
        self.include.iter().chain(&self.exclude)
    }

    /// Whether a unit that is named was somewhere else then.
    pub fn units_moved(&self, then: &Directory, now: &Directory) -> bool {
        let path = |directory: &Directory, unit: usize| {
            let meaning = directory.units.meaning(UNITS[unit], &self.known)?;
            directory.units.path(meaning)
        };
        let mut units = self.picks().flat_map(|pick| &pick.units);
        units.any(|unit| path(then, *unit) != path(now, *unit))
    }

    /// Whether a group or a unit is named that is not there, worked out apart from the code under test.
    pub fn names_what_is_not_there(&self, directory: &Directory) -> bool {
        let is_missing = |unit: &usize| directory.units.meaning(UNITS[*unit], &self.known).is_none();
        self.picks().any(|pick| {
            pick.groups.iter().any(|group| !directory.has_group(*group)) || pick.units.iter().any(is_missing)
        })
    }

    /// Whether somebody who is there is in scope, worked out apart from the code under test; `None` when nobody can tell.
    pub fn is_inside(&self, directory: &Directory, index: usize) -> Option<bool> {
        let Some(person) = directory.find(&id(index)) else {
            return Some(false);
        };
        let names = |pick: &Option<Pick>| {
            pick.as_ref()
                .map(|pick| pick.names(directory, &self.known, index))
        };
        let (include, exclude) = (names(&self.include), names(&self.exclude));
        let domain = self.domain.as_deref();
        if person.guest == Some(true)
            || domain.is_some_and(|wanted| wanted.to_lowercase() != domain_of(person))
            || exclude == Some(Some(true))
            || include == Some(Some(false))
        {
            return Some(false);
        }
        (exclude != Some(None) && include != Some(None)).then_some(true)
    }

    /// Whether somebody is out of scope only because nobody names them, and may be meant by an address that leads to nobody.
    pub fn may_be_meant(&self, directory: &Directory, index: usize) -> bool {
        let Some(include) = self.include.as_ref().filter(|_| self.misses_somebody(directory)) else {
            return false;
        };
        let without = Self {
            include: None,
            ..self.clone()
        };
        include.names(directory, &self.known, index) != Some(true)
            && without.is_inside(directory, index) != Some(false)
    }

    /// Whether an address among those who are to be in leads to nobody.
    pub fn misses_somebody(&self, directory: &Directory) -> bool {
        self.include
            .as_ref()
            .is_some_and(|include| include.misses_somebody(directory))
    }

    /// The same for everybody, and whoever is suspended is disabled.
    pub fn plain(self) -> Self {
        Self {
            domain: None,
            include: None,
            exclude: None,
            numbering: Numbering::Automatic,
            lifecycle: Lifecycle {
                on_suspended: WhileInactive::Disable,
                ..self.lifecycle
            },
            ..self
        }
    }

    /// The same for everybody, with fewer numbers than people.
    pub fn scarce(self) -> Self {
        Self {
            domain: None,
            include: None,
            exclude: None,
            numbering: Numbering::Automatic,
            range: Range::parse("1001", Some("1004")).unwrap(),
            grace_hours: 0,
            lifecycle: Lifecycle {
                grace_period: GoDuration::new("0h".to_owned()),
                ..self.lifecycle
            },
            ..self
        }
    }

    pub fn source(&self) -> Source {
        match &self.numbering {
            Numbering::Automatic => Source::Automatic,
            Numbering::Property { fallback } => Source::Property { fallback: *fallback },
            Numbering::Manual(assignments) => {
                let numbers = assignments.iter();
                let numbers = numbers.map(|(index, place)| (directory::address(*index), self.number(*place)));
                Source::Manual(numbers.collect::<HashMap<_, _>>())
            }
        }
    }

    pub fn has_property(&self) -> bool {
        matches!(self.numbering, Numbering::Property { .. })
    }

    /// The number at this place of the range.
    pub fn number(&self, place: u8) -> Number {
        let mut number = self.range.first;
        for _ in 0..place {
            let next = number.next().filter(|next| *next <= self.range.last);
            number = next.unwrap_or(self.range.first);
        }
        number
    }
}

fn lifecycle() -> impl Strategy<Value = (Lifecycle, i64)> {
    let inactive = || {
        prop_oneof![
            2 => Just(WhileInactive::Disable),
            2 => Just(WhileInactive::Delete),
            1 => Just(WhileInactive::Ignore),
        ]
    };
    let on_deleted = prop_oneof![Just(OnDeleted::Disable), Just(OnDeleted::Delete)];
    let on_out_of_scope = prop_oneof![
        Just(OnOutOfScope::Disable),
        Just(OnOutOfScope::Delete),
        Just(OnOutOfScope::Release)
    ];
    let grace = prop_oneof![2 => Just(0_i64), 2 => Just(48), 1 => Just(100)];
    (
        inactive(),
        inactive(),
        on_deleted,
        on_out_of_scope,
        any::<bool>(),
        grace,
    )
        .prop_map(
            |(on_suspended, on_archived, on_deleted, on_out_of_scope, adopt_by_email, grace)| {
                let lifecycle = Lifecycle {
                    on_suspended,
                    on_archived,
                    on_deleted,
                    on_out_of_scope,
                    adopt_by_email,
                    grace_period: GoDuration::new(format!("{grace}h")),
                    ..Lifecycle::default()
                };
                (lifecycle, grace)
            },
        )
}

fn pick() -> impl Strategy<Value = Pick> {
    let people = prop::collection::vec(0..PEOPLE, 0..3);
    let groups = prop::collection::vec(0..GROUPS, 0..3);
    let units = prop::collection::vec(0..UNITS.len(), 0..3);
    (people, groups, units).prop_map(|(people, groups, units)| Pick {
        people,
        groups,
        units,
    })
}

/// Any include and exclude.
pub fn picks() -> impl Strategy<Value = (Option<Pick>, Option<Pick>)> {
    let sometimes = || prop_oneof![2 => Just(None), 1 => pick().prop_map(Some)];
    (sometimes(), sometimes())
}

fn numbering() -> impl Strategy<Value = Numbering> {
    let assignments = prop::collection::vec((0..PEOPLE, 0..8_u8), 0..4);
    prop_oneof![
        3 => Just(Numbering::Automatic),
        3 => any::<bool>().prop_map(|fallback| Numbering::Property { fallback }),
        1 => assignments.prop_map(Numbering::Manual),
    ]
}

/// Any declaration. `range` limits how many numbers there may be.
pub fn settings() -> impl Strategy<Value = Settings> {
    let domain = prop_oneof![4 => Just(None), 1 => Just(Some("acme.com")), 1 => Just(Some("Acme.COM"))];
    let range = prop_oneof![
        4 => Just(("0098", Some("0110"))),
        2 => Just(("1001", None)),
        1 => Just(("1001", Some("1004"))),
    ];
    let mobile = prop_oneof![Just(MobileSource::Mobile), Just(MobileSource::Work)];
    let hours = prop_oneof![4 => Just(720_i64), 1 => Just(24), 1 => Just(0)];
    (lifecycle(), domain, picks(), numbering(), mobile, range, hours).prop_map(
        |(
            (lifecycle, grace_hours),
            domain,
            (include, exclude),
            numbering,
            mobile,
            (start, end),
            quarantine_hours,
        )| {
            Settings {
                tenant: TENANT,
                integration: INTEGRATION,
                lifecycle,
                grace_hours,
                domain: domain.map(str::to_owned),
                include,
                exclude,
                numbering,
                profile: Profile { mobile, photo: false },
                range: Range::parse(start, end).unwrap(),
                quarantine_hours,
                known: Vec::new(),
            }
        },
    )
}

/// Limits that bite with a handful of people.
pub fn limit() -> impl Strategy<Value = RemovalLimit> {
    prop_oneof![
        Just(RemovalLimit {
            percent: 0,
            minimum: 0
        }),
        Just(RemovalLimit {
            percent: 0,
            minimum: 1
        }),
        Just(RemovalLimit {
            percent: 50,
            minimum: 0
        }),
        Just(RemovalLimit {
            percent: 100,
            minimum: 0
        }),
    ]
}
