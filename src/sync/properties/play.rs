//! A history is played, and somebody watches.

use std::collections::BTreeMap;

use super::directory::{Directory, PEOPLE, id};
use super::events::Event;
use super::extensions::person_of;
use super::memory::{Memory, Status};
use super::report::Report;
use super::settings::Settings;
use super::world::World;
use crate::api::PbxExtension;
use crate::sync::number::Number;
use crate::sync::person::PersonId;

pub type Objects = BTreeMap<Number, PbxExtension>;

/// What there was before an event.
pub struct Before {
    pub objects: Objects,
    pub directory: Directory,
    pub status: Status,
    pub memory: Memory,
}

impl Before {
    /// What there is now.
    pub fn of(world: &World) -> Self {
        Self {
            objects: world.server.objects().clone(),
            directory: world.directory.clone(),
            status: world.status.clone(),
            memory: world.memory.clone(),
        }
    }
}

/// Plays a history; `check` sees what there was before each event, the event, what a run reports, and the world after it.
pub fn play(
    (settings, hired, events): (Settings, usize, Vec<Event>),
    mut check: impl FnMut(&Before, &Event, Option<&Report>, &World),
) -> World {
    let mut world = World::new(settings, hired);
    for event in events {
        let before = Before::of(&world);
        let report = world.play(&event);
        check(&before, &event, report.as_ref(), &world);
    }
    world
}

pub fn people() -> impl Iterator<Item = PersonId> {
    (0..PEOPLE).map(id)
}
pub fn numbers_in(objects: &Objects, person: &PersonId) -> usize {
    objects
        .values()
        .filter(|object| person_of(object).as_ref() == Some(person))
        .count()
}

/// Extensions that are gone, out of service or no longer kept since, but not by the hand of an administrator.
pub fn lost(before: &Objects, report: &Report, world: &World) -> Vec<Number> {
    let is_lost = |object: &PbxExtension, now: &PbxExtension| {
        object.spec.enabled && !now.spec.enabled || world.keeps(object) && !world.keeps(now)
    };
    before
        .iter()
        .filter(|(number, object)| {
            world
                .server
                .objects()
                .get(number)
                .is_none_or(|now| is_lost(object, now))
        })
        .map(|(number, _)| *number)
        .filter(|number| report.meddled != Some(*number))
        .collect()
}
