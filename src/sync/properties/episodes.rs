//! Histories: events in any order, and between them episodes, in which things that seldom meet come close together.

use proptest::prelude::*;

use super::directory::{Change, GROUPS, PEOPLE, Place, any_change};
use super::events::{Approval, Cause, Event, Mode, event};
use super::hands::{Hand, meddling};
use super::reading::{Fault, Reading, Trouble};
use super::settings::{Pick, Settings, limit, settings};
use super::units::{self, UNITS};
use crate::api::integration::RemovalLimit;

/// One extension may be removed.
pub const ONE: RemovalLimit = RemovalLimit {
    percent: 0,
    minimum: 1,
};

fn sync(fault: Fault, trouble: Trouble, approval: Approval, limit: RemovalLimit) -> Event {
    let order: Vec<_> = (0..PEOPLE).collect();
    let reading = Reading {
        fault,
        trouble,
        ..Reading::clean(&order, false)
    };
    Event::Sync(Box::new(reading), approval, limit)
}

/// A sync that nothing stops, if its removals may be made.
pub fn clean(approval: Approval, limit: RemovalLimit) -> Event {
    sync(Fault::None, Trouble::None, approval, limit)
}

/// Somebody is suspended, or no longer.
pub fn suspended(index: usize, flag: bool) -> Event {
    Event::Directory(index, Change::Suspended(Some(flag)))
}

fn look(index: usize) -> Event {
    Event::Look(index, Cause::Deviation, false)
}

fn someone() -> impl Strategy<Value = usize> {
    0..PEOPLE
}

/// Somebody is suspended, and the plan waits. Meanwhile extensions are touched by hand; then somebody approves.
fn hold() -> impl Strategy<Value = Vec<Event>> {
    let approval = prop_oneof![
        Just(Approval::Stale),
        Just(Approval::Exact),
        Just(Approval::Wrong)
    ];
    let hand = prop_oneof![Just(Hand::Retitle), Just(Hand::Voicemail), Just(Hand::Delete)];
    let touched = (any::<u8>(), hand, someone());
    let touched = prop::collection::vec(touched, 0..3);
    (someone(), someone(), touched, any::<bool>(), approval).prop_map(
        |(one, other, touched, is_created_anew, approval)| {
            let mut events = vec![
                suspended(one, true),
                suspended(other, true),
                clean(Approval::No, ONE),
            ];
            for (place, hand, index) in touched {
                events.extend([Event::Hand(place, hand), look(index), look(one)]);
            }
            if is_created_anew {
                events.push(Event::Recreate(false));
            }
            events.push(clean(approval, ONE));
            events
        },
    )
}

/// Several people are suspended, and looked at one by one.
fn one_by_one() -> impl Strategy<Value = Vec<Event>> {
    (any::<[bool; PEOPLE]>(), limit()).prop_map(|(mask, limit)| {
        let chosen = || (0..PEOPLE).filter(move |index| mask[*index]);
        let first = [clean(Approval::Exact, limit)].into_iter();
        let then = chosen().map(|index| suspended(index, true));
        first.chain(then).chain(chosen().map(look)).collect()
    })
}

/// An administrator is faster than the change that somebody needs.
fn overtaken() -> impl Strategy<Value = Vec<Event>> {
    let change = prop_oneof![
        2 => any::<bool>().prop_map(|flag| Change::Suspended(Some(flag))),
        1 => Just(Change::Rename),
        1 => Just(Change::Delete),
    ];
    let write = prop_oneof![3 => Just(0_usize), 1 => 1..3_usize];
    (someone(), change, write, meddling()).prop_map(|(index, change, write, hand)| {
        let trouble = Trouble::Meddles(write, hand);
        vec![
            Event::clean_sync(),
            Event::Directory(index, change),
            sync(Fault::None, trouble, Approval::Exact, RemovalLimit::default()),
        ]
    })
}

/// Somebody, of whatever domain, leaves the only group; or the group's list says so and is wrong.
fn group() -> impl Strategy<Value = Vec<Event>> {
    let fault = |group: usize| {
        prop_oneof![
            4 => Just(Fault::None),
            2 => (any::<[bool; PEOPLE]>(), any::<bool>())
                .prop_map(move |(mask, again)| Fault::ShortGroup(group, mask, again)),
            1 => Just(Fault::GroupVanishes),
        ]
    };
    let of_group = move |group: usize| (Just(group), someone(), 0..2_usize, any::<bool>(), fault(group));
    (0..GROUPS)
        .prop_flat_map(of_group)
        .prop_map(|(group, index, domain, leaves, fault)| {
            let pick = Pick {
                people: Vec::new(),
                groups: vec![group],
                units: Vec::new(),
            };
            vec![
                Event::Directory(index, Change::Move(domain)),
                Event::Directory(index, Change::Join(group, true)),
                Event::Select(Some(pick), None),
                Event::clean_sync(),
                Event::Directory(index, Change::Join(group, !leaves)),
                sync(fault, Trouble::None, Approval::Exact, RemovalLimit::default()),
            ]
        })
}

/// The credentials are replaced by those of another organization.
fn another_organization() -> impl Strategy<Value = Vec<Event>> {
    (someone(), any::<u8>()).prop_map(|(index, place)| {
        vec![
            Event::clean_sync(),
            Event::Hand(place, Hand::Delete),
            Event::Look(index, Cause::Deviation, true),
            sync(
                Fault::Foreign,
                Trouble::None,
                Approval::Exact,
                RemovalLimit::default(),
            ),
        ]
    })
}

/// An address in the declaration leads to nobody.
fn misspelt() -> impl Strategy<Value = Vec<Event>> {
    (someone(), someone()).prop_map(|(named, missing)| {
        let pick = Pick {
            people: vec![named, missing],
            groups: Vec::new(),
            units: Vec::new(),
        };
        vec![
            Event::clean_sync(),
            Event::Directory(missing, Change::Delete),
            Event::Directory(missing, Change::Forget),
            Event::Select(Some(pick), None),
            Event::clean_sync(),
        ]
    })
}

/// Numbers are scarce, one becomes free, and waits.
fn scarce() -> impl Strategy<Value = Vec<Event>> {
    use crate::api::integration::{OnDeleted, WhileInactive};
    let hours = prop_oneof![Just(1_i64), Just(48), Just(800)];
    (settings(), someone(), hours).prop_map(|(settings, index, hours)| {
        let mut scarce = Settings::scarce(settings);
        scarce.lifecycle.on_deleted = OnDeleted::Delete;
        scarce.lifecycle.on_suspended = WhileInactive::Delete;
        let hire = (0..PEOPLE).map(|index| Event::Directory(index, Change::Hire));
        let mut events = vec![Event::Mode(Mode::AtWork), Event::Declare(Box::new(scarce))];
        events.extend(hire);
        events.extend([
            Event::clean_sync(),
            suspended(index, true),
            Event::clean_sync(),
            Event::clean_sync(),
            Event::Wait(hours),
            Event::clean_sync(),
        ]);
        events
    })
}

/// A group or a unit of the scope goes, something happens, and perhaps it comes back.
pub fn vanished() -> impl Strategy<Value = Vec<Event>> {
    let pick = (0..GROUPS, 0..UNITS.len(), any::<bool>(), someone());
    (pick, any::<bool>(), any_change(), any::<bool>()).prop_map(
        |((group, unit, is_group, index), is_excluded, change, returns)| {
            let pick = Pick {
                people: vec![index],
                groups: if is_group { vec![group] } else { Vec::new() },
                units: if is_group { Vec::new() } else { vec![unit] },
            };
            let (include, exclude) = if is_excluded {
                (None, Some(pick))
            } else {
                (Some(pick), None)
            };
            let mut events = vec![
                Event::Directory(index, Change::Join(group, true)),
                Event::Directory(index, Change::Place(Place::Unit(unit))),
                Event::Select(include, exclude),
                Event::clean_sync(),
                Event::Group(group, !is_group),
                Event::Unit(unit, units::Change::Delete),
                Event::Directory(index, change),
                Event::clean_sync(),
                look(index),
            ];
            if returns {
                events.extend([
                    Event::Group(group, true),
                    Event::Unit(unit, units::Change::Create),
                    Event::clean_sync(),
                ]);
            }
            events
        },
    )
}

/// A unit of the scope is renamed, and perhaps another one takes its path, with a sync in between or without one.
pub fn renamed() -> impl Strategy<Value = Vec<Event>> {
    let places = (someone(), 0..UNITS.len(), someone(), 0..UNITS.len());
    let names = (units::change(), units::change(), any::<[bool; 3]>());
    (places, names).prop_map(
        |((one, unit, other, second), (first, then, [excluded, between, looks]))| {
            let pick = Pick {
                people: Vec::new(),
                groups: Vec::new(),
                units: vec![unit],
            };
            let (include, exclude) = if excluded {
                (None, Some(pick))
            } else {
                (Some(pick), None)
            };
            let mut events = vec![
                Event::Directory(one, Change::Place(Place::Unit(unit))),
                Event::Directory(other, Change::Place(Place::Unit(second))),
                Event::Select(include, exclude),
                Event::clean_sync(),
                Event::Unit(unit, first),
            ];
            if between {
                events.push(Event::clean_sync());
            }
            events.push(Event::Unit(second, then));
            if looks {
                events.extend([look(one), look(other)]);
            }
            events.extend([clean(Approval::No, ONE), clean(Approval::Exact, ONE)]);
            events
        },
    )
}

/// A unit gets the name that another one has just left, before a sync has seen it.
fn followed() -> impl Strategy<Value = Vec<Event>> {
    (someone(), any::<bool>()).prop_map(|(index, is_second)| {
        let (unit, other) = if is_second { (2, 0) } else { (0, 2) };
        let pick = Pick {
            people: Vec::new(),
            groups: Vec::new(),
            units: vec![unit],
        };
        vec![
            Event::Mode(Mode::AtWork),
            Event::Directory(index, Change::Place(Place::Unit(unit))),
            Event::Select(Some(pick), None),
            Event::clean_sync(),
            Event::Unit(other, units::Change::Rename(units::ELSEWHERE)),
            Event::Unit(unit, units::Change::Rename(other)),
            look(index),
            clean(Approval::No, ONE),
        ]
    })
}

/// Any of them.
pub fn episode() -> impl Strategy<Value = Vec<Event>> {
    prop_oneof![
        4 => hold(),
        3 => one_by_one(),
        3 => overtaken(),
        4 => group(),
        1 => another_organization(),
        2 => misspelt(),
        2 => scarce(),
        2 => vanished(),
        3 => renamed(),
        1 => followed(),
    ]
}

/// A declaration, how many people there are in the beginning, and what happens then.
pub type History = (Settings, usize, Vec<Event>);

/// Any history.
pub fn history() -> impl Strategy<Value = History> {
    let part = prop_oneof![
        6 => event().prop_map(|event| vec![event]),
        1 => episode(),
    ];
    of(prop::collection::vec(part, 1..20))
}

/// A history in which something often waits for an approval.
pub fn holds() -> impl Strategy<Value = History> {
    let part = prop_oneof![
        4 => event().prop_map(|event| vec![event]),
        2 => hold(),
        1 => one_by_one(),
        1 => another_organization(),
    ];
    of(prop::collection::vec(part, 1..16))
}

/// A history in which groups and units of the scope come and go, and units change their names.
pub fn reorganizations() -> impl Strategy<Value = History> {
    let part = prop_oneof![
        4 => event().prop_map(|event| vec![event]),
        2 => vanished(),
        3 => renamed(),
        1 => followed(),
    ];
    of(prop::collection::vec(part, 1..10))
}

/// A history in which administrators are faster, and people leave groups.
pub fn contests() -> impl Strategy<Value = History> {
    let part = prop_oneof![
        4 => event().prop_map(|event| vec![event]),
        3 => overtaken(),
        2 => group(),
    ];
    of(prop::collection::vec(part, 1..10))
}

fn of(parts: impl Strategy<Value = Vec<Vec<Event>>>) -> impl Strategy<Value = History> {
    (settings(), 0..=PEOPLE, parts).prop_map(|(settings, hired, parts)| {
        let first = std::iter::once(Event::clean_sync());
        (
            settings,
            hired,
            first.chain(parts.into_iter().flatten()).collect(),
        )
    })
}
