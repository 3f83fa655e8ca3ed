//! Two operators at once, each with an index that lags behind and with a range of its own, as after an edit of the
//! declaration that only one of them has seen.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;

use super::cases;
use super::directory::{self, PEOPLE, change, id};
use super::extensions::person_of;
use super::operator::{Around, Operator};
use super::reading::{Reading, order};
use super::report::End;
use super::run::{Run, everything};
use super::server::{Event, Server};
use super::settings::{Settings, settings};
use super::world::World;
use crate::api::integration::{Lifecycle, RemovalLimit};
use crate::sync::desired::Standing;
use crate::sync::number::{Number, Range};
use crate::sync::person::PersonId;
use crate::sync::quarantine::Entry;

#[derive(Clone, Debug)]
enum Action {
    /// One more step of its sync, or the first of a new one.
    Go(usize, Vec<usize>),
    /// It takes in a few more events of its watch.
    Watch(usize, usize),
    Change(usize, directory::Change),
    Wait,
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let action = prop_oneof![
        30 => (0..2_usize, order()).prop_map(|(who, order)| Action::Go(who, order)),
        3 => (0..2_usize, 1..6_usize).prop_map(|(who, events)| Action::Watch(who, events)),
        3 => (0..PEOPLE, change(false)).prop_map(|(index, change)| Action::Change(index, change)),
        1 => Just(Action::Wait),
    ];
    prop::collection::vec(action, 10..150)
}

struct Process {
    operator: Operator,
    settings: Settings,
    run: Option<Run>,
}

impl Process {
    fn go(&mut self, order: &[usize], world: &mut World) {
        let mut run = self.run.take().unwrap_or_else(|| {
            self.operator.reads_quarantine();
            let reading = Reading {
                lag: order[1],
                ..Reading::clean(order, order[0] < 2)
            };
            let terms = everything(&world.uid());
            let (run, _) =
                Run::begin(&world.server, &world.directory, &self.settings, &reading, terms).unwrap();
            run
        });
        let mut around = Around {
            server: &mut world.server,
            directory: &mut world.directory,
        };
        if self.operator.step(&mut run, &mut around) {
            self.run = Some(run);
        }
    }
}

/// Follows the API server's own history: a deleted number was given to nobody else.
fn assert_quarantine(server: &Server) {
    let mut there: BTreeMap<Number, Option<PersonId>> = BTreeMap::new();
    let mut waiting: BTreeMap<Number, &Entry> = BTreeMap::new();
    let mut former: HashMap<Number, PersonId> = HashMap::new();
    for event in &server.events {
        match event {
            Event::Put(object) => {
                let (number, person) = (Number::parse(&object.spec.number).unwrap(), person_of(object));
                let owner = former.get(&number);
                // In an exchange it was left for this person.
                let heir = waiting.get(&number).and_then(|entry| entry.heir.as_ref());
                assert!(
                    owner.is_none() || owner == person.as_ref() || heir.is_some() && heir == person.as_ref(),
                    "{number} of {owner:?} went to {person:?}: {}",
                    told(&server.events)
                );
                there.insert(number, person);
            }
            Event::Left(number, entry) => drop(waiting.insert(*number, entry)),
            Event::Gone(number, _) => {
                let Some(person) = there.remove(number).flatten() else {
                    continue;
                };
                let is_theirs = |entry: &&&Entry| entry.person == person;
                // The number of a second extension was never anybody's to keep.
                let has_another = there.values().any(|other| other.as_ref() == Some(&person))
                    || waiting.values().any(|entry| entry.person == person);
                if !has_another || waiting.get(number).as_ref().is_some_and(is_theirs) {
                    former.insert(*number, person);
                }
            }
        }
    }
}

/// What happened, for people.
fn told(events: &[Event]) -> String {
    let told = events.iter().map(|event| match event {
        Event::Put(object) => {
            let (number, person) = (&object.spec.number, person_of(object));
            format!("{number} of {person:?}, {:?}", object.spec.disabled_reason)
        }
        Event::Gone(number, _) => format!("{number} gone"),
        Event::Left(number, entry) => format!("{number} in quarantine: {entry:?}"),
    });
    told.collect::<Vec<_>>().join("; ")
}

/// People who have an enabled extension, and to whom nothing happens.
fn safe(world: &World, actions: &[Action]) -> Vec<PersonId> {
    let policy = world.policy();
    (0..PEOPLE)
        .filter(|index| {
            !actions
                .iter()
                .any(|action| matches!(action, Action::Change(one, change) if one == index || change.concerns(*index)))
        })
        .map(id)
        .filter(|person| {
            let found = world.directory.find(person);
            found.is_some_and(|found| policy.standing(found) == Standing::Enabled) && is_served(world, person)
        })
        .collect()
}

fn is_served(world: &World, person: &PersonId) -> bool {
    world.in_service_for(person) > 0
}

fn settle_twice(world: &mut World) {
    world.operator = Operator::start(&world.server);
    let mut last = world.settle();
    assert_eq!(last.end, End::Complete);
    for person in (0..PEOPLE).map(id) {
        // Whom a misspelt address may mean loses nothing, and so keeps one in service beside one that is not.
        let has_one = world.kept_for(&person) <= 1
            || world.settings.misses_somebody(&world.directory) && world.in_service_for(&person) <= 1;
        assert!(has_one, "{person} has several extensions");
    }
    // A number that was deleted by hand is free once its person has another one.
    for _ in 0..PEOPLE {
        if last.reported.is_empty() {
            break;
        }
        last = world.settle();
    }
    let writes = world.server.events.len();
    world.settle();
    let written = &world.server.events[writes..];
    assert!(
        written.is_empty(),
        "a second sync writes: {}",
        told(&world.server.events)
    );
}

proptest! {
    #![proptest_config(cases(150))]

    /// (a), (b), (c) and (d), whatever two operators do to each other.
    #[test]
    fn two_operators_hand_out_no_number_twice_and_leave_nobody_with_two(
        (settings, hired) in (settings(), 0..=PEOPLE),
        changes in prop::collection::vec((0..PEOPLE, change(false)), 0..10),
        starts in prop::sample::select(vec![("1001", "1001"), ("1001", "0098"), ("0098", "1001")]),
        actions in actions(),
    ) {
        let limit = RemovalLimit {
            percent: 100,
            minimum: PEOPLE.try_into().unwrap(),
        };
        let with_start = |start| Settings {
            range: Range::parse(start, None).unwrap(),
            quarantine_hours: 720,
            lifecycle: Lifecycle {
                removal_limit: limit,
                ..settings.lifecycle.clone()
            },
            ..settings.clone()
        };
        let mut world = World::new(with_start(starts.0), hired);
        world.settle();
        for (index, change) in changes {
            world.directory.change(index, change);
        }
        let mut processes = [starts.0, starts.1].map(|start| Process {
            operator: Operator::start(&world.server),
            settings: with_start(start),
            run: None,
        });
        let safe = safe(&world, &actions);
        for action in &actions {
            match action {
                Action::Go(who, order) => processes[*who].go(order, &mut world),
                Action::Watch(who, events) => processes[*who].operator.watch(&world.server, *events),
                Action::Change(index, change) => world.directory.change(*index, *change),
                Action::Wait => world.server.now += jiff::SignedDuration::from_secs(1),
            }
            assert!(safe.iter().all(|person| is_served(&world, person)), "lost in {action:?}");
        }
        settle_twice(&mut world);
        assert_quarantine(&world.server);
    }
}
