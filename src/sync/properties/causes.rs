//! Whether a removal has its cause in the directory, worked out apart from the code under test.

use jiff::Timestamp;

use super::directory::Directory;
use super::extensions::person_of;
use super::play::{Before, Objects, numbers_in, people};
use super::world::World;
use crate::api::PbxExtension;
use crate::api::integration::{OnDeleted, OnOutOfScope, WhileInactive};
use crate::sync::person::Wanted;
use crate::sync::plan::{Change, Content, Planned};

/// What the declaration wants done, apart from the code under test.
enum Wish {
    Disable,
    Delete,
    Release,
    Nothing,
}

/// Whether the directory gives this removal its cause: as it was when the scope was read, when the run began, or at its end.
pub fn is_caused(planned: &Planned, before: &Before, world: &World) -> bool {
    let resolved = before.memory.resolved(world.generation);
    let resolved = resolved.map(|resolved| &resolved.directory);
    let directories = || [&before.directory, &world.directory].into_iter().chain(resolved);
    directories().any(|scope| {
        let mut described = directories();
        described.any(|described| is_caused_by((scope, described), planned, &before.objects, world))
    })
}

/// The same, when the scope was read of one directory and people of another one.
fn is_caused_by(
    (scope, described): (&Directory, &Directory),
    planned: &Planned,
    before: &Objects,
    world: &World,
) -> bool {
    let lifecycle = &world.settings.lifecycle;
    let index = people().position(|person| person == planned.person);
    let found = described.find(&planned.person);
    let inside = index.map(|index| world.settings.is_inside(scope, index));
    let may_be_meant = index.is_some_and(|index| world.settings.may_be_meant(scope, index));
    let inactive = |flag: Option<bool>, policy: WhileInactive| match policy {
        _ if inside != Some(Some(true)) || flag != Some(true) => Wish::Nothing,
        WhileInactive::Disable => Wish::Disable,
        WhileInactive::Delete => Wish::Delete,
        WhileInactive::Ignore => Wish::Nothing,
    };
    let wish = match (planned.reason, found) {
        ("Suspended", Some(person)) => inactive(person.suspended, lifecycle.on_suspended),
        ("Archived", Some(person)) => inactive(person.archived, lifecycle.on_archived),
        ("Deleted", None) => match lifecycle.on_deleted {
            OnDeleted::Disable => Wish::Disable,
            OnDeleted::Delete => Wish::Delete,
        },
        ("OutOfScope", Some(_)) if inside == Some(Some(false)) && !may_be_meant => {
            match lifecycle.on_out_of_scope {
                OnOutOfScope::Disable => Wish::Disable,
                OnOutOfScope::Delete => Wish::Delete,
                OnOutOfScope::Release => Wish::Release,
            }
        }
        ("Adopted" | "Assigned", Some(person)) => {
            let disable = |wish| matches!(wish, Wish::Disable);
            return planned.change == Change::Disable
                && (disable(inactive(person.suspended, lifecycle.on_suspended))
                    || disable(inactive(person.archived, lifecycle.on_archived)));
        }
        ("Renumbered", Some(person)) => return is_renumbered(planned, person.number, before, world),
        ("Duplicate", _) => {
            return planned.change == Change::Delete && numbers_in(before, &planned.person) > 1;
        }
        _ => Wish::Nothing,
    };
    let dated = before.get(&planned.number).and_then(end_of);
    match (wish, planned.change) {
        (Wish::Disable, Change::Disable) | (Wish::Release, Change::Release) => true,
        (Wish::Delete, Change::Disable) => world.settings.grace_hours > 0,
        // The wait is over: it had begun, and its date has come.
        (Wish::Delete, Change::Delete) => {
            world.settings.grace_hours == 0 || dated.is_some_and(|end| end <= world.server.now)
        }
        _ => false,
    }
}

/// Whether the property holds another number, and the person has that number or gets it.
fn is_renumbered(planned: &Planned, wanted: Wanted, before: &Objects, world: &World) -> bool {
    let Wanted::Number(wanted) = wanted else {
        return false;
    };
    let has_it = match planned.content {
        // In a circle of people who exchange numbers, one has a free number in between.
        Content::Move { to, .. } => to == wanted || before.contains_key(&wanted) && !before.contains_key(&to),
        // Or got it in this run, in which somebody else was faster at removing the old one.
        _ => [before, world.server.objects()]
            .iter()
            .filter_map(|objects| objects.get(&wanted))
            .any(|object| person_of(object).as_ref() == Some(&planned.person)),
    };
    world.settings.has_property() && planned.change == Change::Delete && planned.number != wanted && has_it
}

/// When a disabled extension goes.
pub fn end_of(object: &PbxExtension) -> Option<Timestamp> {
    let date = object
        .spec
        .remove_after
        .as_deref()
        .filter(|_| !object.spec.enabled)?;
    Some(date.parse().unwrap())
}

/// Whether somebody is in scope, or was when the scope was read or the run began.
pub fn is_or_was_inside(index: usize, before: &Before, world: &World) -> bool {
    let resolved = before.memory.resolved(world.generation);
    let directories = [&before.directory, &world.directory].into_iter();
    let mut directories = directories.chain(resolved.map(|resolved| &resolved.directory));
    directories.any(|directory| world.settings.is_inside(directory, index) == Some(true))
}
