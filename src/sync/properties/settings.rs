//! Declarations.

use std::collections::HashMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::directory::{self, Directory, GROUPS, PEOPLE, UNITS, id};
use crate::api::GoDuration;
use crate::api::integration::{
    Lifecycle, MobileSource, OnDeleted, OnOutOfScope, Profile, RemovalLimit, WhileInactive,
};
use crate::sync::desired::Policy;
use crate::sync::number::{Number, Range};
use crate::sync::numbering::Source;
use crate::sync::scope::{Scope, Selection, Unit};

pub const TENANT: &str = "acme";
pub const INTEGRATION: &str = "main";

/// What is declared.
#[derive(Clone, Debug)]
pub struct Settings {
    pub lifecycle: Lifecycle,
    pub grace_hours: i64,
    pub domain: Option<String>,
    pub include: Option<Pick>,
    pub exclude: Option<Pick>,
    pub numbering: Numbering,
    pub profile: Profile,
    pub range: Range,
    pub quarantine_hours: i64,
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
    pub people: Vec<usize>,
    pub group: Option<usize>,
    pub unit: Option<usize>,
}

impl Pick {
    /// Whether somebody is named, worked out apart from the code under test.
    fn names(&self, directory: &Directory, index: usize) -> bool {
        let place = directory.unit_of(index);
        self.people.contains(&index)
            || self.group.is_some_and(|group| directory.is_member(group, index))
            // The first unit is above the second one.
            || self.unit.is_some_and(|unit| place == Some(unit) || (unit, place) == (0, Some(1)))
    }

    fn selection(&self, directory: &Directory) -> Selection {
        let unit = |unit: usize| Unit {
            declared: UNITS[unit].to_owned(),
            path: UNITS[unit].to_owned(),
        };
        let people = self.people.iter();
        Selection {
            people: people.map(|index| (id(*index), format!("p{index}"))).collect(),
            groups: self
                .group
                .map(|group| directory.expand(group))
                .into_iter()
                .collect(),
            units: self.unit.map(unit).into_iter().collect(),
        }
    }
}

impl Settings {
    /// What a sync makes of it.
    pub fn policy(&self, directory: &Directory) -> Policy {
        let selection = |pick: &Option<Pick>| pick.as_ref().map(|pick| pick.selection(directory));
        Policy {
            tenant: TENANT.to_owned(),
            integration: INTEGRATION.to_owned(),
            scope: Arc::new(Scope {
                domain: self.domain.clone(),
                include: selection(&self.include),
                exclude: selection(&self.exclude).unwrap_or_default(),
                units: None,
            }),
            lifecycle: self.lifecycle.clone(),
            profile: self.profile,
        }
    }

    /// Whether somebody who is there is in scope, worked out apart from the code under test.
    pub fn is_inside(&self, directory: &Directory, index: usize) -> bool {
        let Some(person) = directory.find(&id(index)) else {
            return false;
        };
        let domain = person.email.split_once('@').unwrap().1;
        let names = |pick: &Option<Pick>| pick.as_ref().map(|pick| pick.names(directory, index));
        person.guest != Some(true)
            && self.domain.as_deref().is_none_or(|wanted| wanted == domain)
            && names(&self.include) != Some(false)
            && names(&self.exclude) != Some(true)
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
    let group = prop::option::of(0..GROUPS);
    let unit = prop::option::of(0..UNITS.len());
    (people, group, unit).prop_map(|(people, group, unit)| Pick { people, group, unit })
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
    let domain = prop_oneof![2 => Just(None), 1 => Just(Some(directory::DOMAINS[0].to_owned()))];
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
                lifecycle,
                grace_hours,
                domain,
                include,
                exclude,
                numbering,
                profile: Profile { mobile, photo: false },
                range: Range::parse(start, end).unwrap(),
                quarantine_hours,
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
