//! (e): the end state does not depend on the order in which changes to different people happened, nor on when and how
//! the directory was read in between.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::cases;
use super::directory::{Change, PEOPLE, change, id};
use super::operator::Approval;
use super::reading::{Reading, reading};
use super::settings::{Settings, limit, settings};
use super::world::World;
use crate::api::PbxExtension;
use crate::api::integration::{OnDeleted, RemovalLimit};
use crate::sync::desired::Standing;
use crate::sync::number::Range;
use crate::sync::person::PersonId;
use crate::sync::view::View;

/// Whose change comes next, and the sync that follows it.
type Schedule = Vec<(usize, Option<(Reading, RemovalLimit, bool)>)>;

const CHANGES: usize = 5;

fn changes() -> impl Strategy<Value = Vec<Vec<Change>>> {
    prop::collection::vec(prop::collection::vec(change(true), 0..=CHANGES), PEOPLE)
}

fn schedule() -> impl Strategy<Value = Schedule> {
    let sync = prop::option::of((reading(), limit(), any::<bool>()));
    prop::collection::vec((0..PEOPLE, sync), PEOPLE * CHANGES)
}

fn play(settings: &Settings, hired: usize, changes: &[Vec<Change>], schedule: &Schedule) -> World {
    let mut world = World::new(settings.clone(), hired);
    world.settle();
    let mut waiting: Vec<_> = changes
        .iter()
        .enumerate()
        .map(|(index, changes)| (index, changes.iter().copied().collect::<VecDeque<_>>()))
        .collect();
    for (pick, sync) in schedule {
        waiting.retain(|(_, changes)| !changes.is_empty());
        if waiting.is_empty() {
            break;
        }
        let place = pick % waiting.len();
        let (index, changes) = &mut waiting[place];
        world.directory.change(*index, changes.pop_front().unwrap());
        if let Some((reading, limit, approved)) = sync {
            let approval = if *approved { Approval::Exact } else { Approval::No };
            world.sync(reading, approval, *limit);
        }
    }
    world.settle();
    world
}

fn extension<'a>(world: &'a World, person: &PersonId) -> Option<&'a PbxExtension> {
    let numbers = world.numbers_of(person);
    assert!(numbers.len() <= 1);
    Some(&world.server.objects()[numbers.first()?])
}

fn assert_same(person: &PersonId, one: &World, other: &World) {
    let (here, there) = (extension(one, person), extension(other, person));
    let views = (here.map(View::of), there.map(View::of));
    let is_enabled = |object: Option<&PbxExtension>| object.is_some_and(|object| object.spec.enabled);
    let Some(found) = one.directory.find(person) else {
        assert!(!is_enabled(here) && !is_enabled(there), "deleted: {views:?}");
        let gone = here.is_none() && there.is_none();
        assert!(
            gone || one.settings.lifecycle.on_deleted == OnDeleted::Disable,
            "{views:?}"
        );
        return;
    };
    match one.settings.policy().standing(found) {
        // Whether somebody had an extension before they left the scope is part of history.
        Standing::Outside(_) => assert!(!is_enabled(here) && !is_enabled(there), "outside: {views:?}"),
        // "As it is now" is history too.
        Standing::Unknown => {
            let user = |view: Option<View>| view.expect("somebody in scope without extension").spec.user;
            assert_eq!(user(views.0), user(views.1));
        }
        Standing::Released => unreachable!("nobody in the directory stands so"),
        Standing::Absent(_) => assert_eq!(views, (None, None)),
        Standing::Enabled | Standing::Disabled(_) => {
            assert!(views.0.is_some());
            assert_eq!(views.0, views.1);
        }
    }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn the_end_state_does_not_depend_on_order_and_batching(
        (settings, hired) in (settings(), 2..=PEOPLE),
        changes in changes(),
        (first, second) in (schedule(), schedule()),
    ) {
        let settings = Settings {
            range: Range::parse("1001", None).unwrap(),
            quarantine_hours: 720,
            ..settings
        };
        let mut start = World::new(settings.clone(), hired);
        start.settle();
        let one = play(&settings, hired, &changes, &first);
        let other = play(&settings, hired, &changes, &second);
        for person in (0..PEOPLE).map(id) {
            assert_same(&person, &one, &other);
            for world in [&one, &other] {
                let (before, after) = (start.numbers_of(&person), world.numbers_of(&person));
                prop_assert!(before.is_empty() || after.is_empty() || before == after, "another number");
            }
        }
    }
}
