//! What can happen in a history.

use proptest::prelude::*;

use super::directory::{self, GROUPS, PEOPLE, any_change};
use super::hands::{Hand, Stranger, hand, stranger};
use super::reading::{Reading, reading};
use super::settings::{Pick, Settings, limit, picks, settings};
use super::units::{self, UNITS};
use crate::api::integration::RemovalLimit;

/// Whether somebody approves the removals of a run that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approval {
    No,
    /// A hash of something else.
    Wrong,
    /// The hash that stood in the status last, before this run.
    Stale,
    /// Exactly what the run shows: it is looked at, approved, and run again.
    Exact,
}

/// Why one person is looked at without a sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The extension was changed by hand.
    Deviation,
    /// Google told about the person.
    Notification,
}

/// Whether the integration is at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    AtWork,
    DryRun,
    Suspended,
}

/// One event of a history.
#[derive(Clone, Debug)]
pub enum Event {
    Directory(usize, directory::Change),
    Unit(usize, units::Change),
    /// A group is there, or no longer.
    Group(usize, bool),
    Declare(Box<Settings>),
    /// Only another scope.
    Select(Option<Pick>, Option<Pick>),
    Mode(Mode),
    /// To the extension that comes at this place.
    Hand(u8, Hand),
    /// An object that is not ours takes this number of the range.
    Foreign(u8, Stranger),
    /// Hours. A clock can go back.
    Wait(i64),
    Restart,
    /// The integration is deleted, and extensions are handed over or stay; then one of the same name is created.
    Recreate(bool),
    /// One person, with credentials of the organization or of another one.
    Look(usize, Cause, bool),
    Sync(Box<Reading>, Approval, RemovalLimit),
}

impl Event {
    /// A sync that nothing stops.
    pub fn clean_sync() -> Self {
        let order: Vec<_> = (0..PEOPLE).collect();
        let reading = Box::new(Reading::clean(&order, false));
        Self::Sync(reading, Approval::Exact, RemovalLimit::default())
    }
}

/// Anything.
pub fn event() -> impl Strategy<Value = Event> {
    // Mostly the same two, so that one person's history grows long.
    let someone = || prop_oneof![2 => 0..2_usize, 1 => 0..PEOPLE];
    let approval = prop_oneof![
        3 => Just(Approval::No),
        1 => Just(Approval::Wrong),
        2 => Just(Approval::Stale),
        6 => Just(Approval::Exact),
    ];
    let cause = prop_oneof![Just(Cause::Deviation), Just(Cause::Notification)];
    let is_foreign = prop_oneof![5 => Just(false), 1 => Just(true)];
    let look = (someone(), cause, is_foreign);
    let mode = prop_oneof![4 => Just(Mode::AtWork), 1 => Just(Mode::DryRun), 1 => Just(Mode::Suspended)];
    let hours = prop_oneof![3 => Just(1_i64), 3 => Just(48), 3 => Just(800), 1 => Just(-1), 1 => Just(-800)];
    prop_oneof![
        20 => (someone(), any_change()).prop_map(|(index, change)| Event::Directory(index, change)),
        1 => (0..UNITS.len(), units::change()).prop_map(|(unit, change)| Event::Unit(unit, change)),
        1 => (0..GROUPS, any::<bool>()).prop_map(|(group, is_there)| Event::Group(group, is_there)),
        2 => settings().prop_map(|settings| Event::Declare(Box::new(settings))),
        2 => picks().prop_map(|(include, exclude)| Event::Select(include, exclude)),
        2 => mode.prop_map(Event::Mode),
        6 => (any::<u8>(), hand()).prop_map(|(place, hand)| Event::Hand(place, hand)),
        4 => (0..8_u8, stranger()).prop_map(|(place, stranger)| Event::Foreign(place, stranger)),
        2 => hours.prop_map(Event::Wait),
        1 => Just(Event::Restart),
        2 => any::<bool>().prop_map(Event::Recreate),
        10 => look.prop_map(|(index, cause, is_foreign)| Event::Look(index, cause, is_foreign)),
        18 => (reading(), approval, limit())
            .prop_map(|(reading, approval, limit)| Event::Sync(Box::new(reading), approval, limit)),
    ]
}
