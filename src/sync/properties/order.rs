//! (e): the end state does not depend on the order in which changes to different people happened, nor on when and how
//! the directory was read in between.
//!
//! What is history, and is compared modulo exactly that:
//! - Numbers are sticky: who was first gets the number that two people's properties hold, and keeps it when the property
//!   no longer helps; whoever has none then, and no fallback, stays without.
//! - An extension that is not to be there may wait or stay disabled only for whoever ever had one.
//! - An extension that was handed over belongs to the administrators, and is bound again as it is; a property that holds
//!   another number by then is reported.
//! - A hand-made extension with somebody's address is adopted, or stands in the way, when the person arrives; whether it
//!   had the address then is history.
//! - "As it was", for whoever may be meant by an address that leads to nobody.
//! - "As it is now", for people about whom Google leaves out a flag.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::cases;
use super::directory::{Change, PEOPLE, change, id};
use super::events::Approval;
use super::extensions::is_kept;
use super::hands::{Stranger, foreign};
use super::reading::{Reading, undisturbed};
use super::settings::{Numbering, Settings, TENANT, limit, picks, settings};
use super::world::World;
use crate::api::PbxExtension;
use crate::api::integration::{OnDeleted, OnOutOfScope, RemovalLimit};
use crate::sync::desired::Standing;
use crate::sync::number::{Number, Range};
use crate::sync::person::{PersonId, Wanted};
use crate::sync::view::View;

/// Whose change comes next, and the sync that follows it.
type Schedule = Vec<(usize, Option<(Reading, RemovalLimit, bool)>)>;

const CHANGES: usize = 5;

fn changes() -> impl Strategy<Value = Vec<Vec<Change>>> {
    prop::collection::vec(prop::collection::vec(change(true), 0..=CHANGES), PEOPLE)
}

fn schedule() -> impl Strategy<Value = Schedule> {
    let sync = prop::option::of((undisturbed(), limit(), any::<bool>()));
    prop::collection::vec((0..PEOPLE, sync), PEOPLE * CHANGES)
}

/// What both worlds have in common.
struct Scene {
    settings: Settings,
    hired: usize,
    /// For whom somebody made an extension by hand.
    made: Vec<usize>,
    changes: Vec<Vec<Change>>,
    /// What is declared in the end.
    finally: Settings,
}

impl Scene {
    fn begin(&self) -> World {
        let mut world = World::new(self.settings.clone(), self.hired);
        for index in &self.made {
            // Beyond the numbers that are given and those of the property.
            let number = Number::parse(&format!("80{index:02}")).unwrap();
            let _ = world
                .server
                .create(foreign(TENANT, number, Stranger::Addressed(*index)));
        }
        world.operator.watch(&world.server, usize::MAX);
        world.settle();
        world
    }

    fn play(&self, schedule: &Schedule) -> World {
        let mut world = self.begin();
        let mut waiting: Vec<_> = self
            .changes
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
        world.settings = self.finally.clone();
        world.settle();
        world
    }

    /// The number of the property, if nobody else ever could have had it.
    fn own_number(&self, index: usize, wanted: Wanted) -> Option<Number> {
        let Wanted::Number(number) = wanted else {
            return None;
        };
        let others = self
            .changes
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index);
        let mut others = others.flat_map(|(_, changes)| changes);
        let automatic = self.settings.range.first <= number && number < Number::parse("2000").unwrap();
        let contested =
            automatic || others.any(|change| matches!(change, Change::Number(other) if *other == wanted));
        (self.settings.has_property() && !contested).then_some(number)
    }

    /// Whether somebody in scope has an extension in the end, whatever happened in between.
    fn is_surely_served(&self, index: usize, wanted: Wanted) -> bool {
        let number = match self.settings.numbering {
            Numbering::Property { fallback: false } => self.own_number(index, wanted).is_some(),
            _ => true,
        };
        number && !self.made.contains(&index)
    }
}

/// The extension that is kept for a person, and whether the administrators keep one of theirs.
fn extensions<'a>(
    world: &'a World,
    person: &PersonId,
    may_be_meant: bool,
) -> (Option<&'a PbxExtension>, bool) {
    let all = world.numbers_of(person).into_iter();
    let (kept, others): (Vec<_>, Vec<_>) = all
        .map(|number| &world.server.objects()[&number])
        .partition(|object| is_kept(object));
    // Whoever may be meant by a misspelt address loses nothing, a second extension neither.
    assert!(kept.len() <= 1 || may_be_meant, "{person} has several");
    (kept.first().copied(), !others.is_empty())
}

fn assert_same(scene: &Scene, index: usize, one: &World, other: &World) {
    let may_be_meant = scene.finally.may_be_meant(&one.directory, index);
    let [(here, handed_over), (there, lost)] =
        [one, other].map(|world| extensions(world, &id(index), may_be_meant));
    let views = (here.map(View::of), there.map(View::of));
    let lifecycle = &scene.settings.lifecycle;
    let out_of_service = |gone: bool| {
        let enabled = [&here, &there]
            .into_iter()
            .flatten()
            .any(|object| object.spec.enabled);
        assert!(!enabled, "{index}: {views:?}");
        assert!(!gone || views == (None, None), "{index}: {views:?}");
    };
    let at_once = scene.settings.grace_hours == 0;
    let Some(found) = one.directory.find(&id(index)) else {
        return out_of_service(at_once && lifecycle.on_deleted == OnDeleted::Delete);
    };
    if may_be_meant {
        return;
    }
    let released = handed_over || lost;
    let served = scene.is_surely_served(index, found.number) && !released;
    match one.policy().standing(found) {
        Standing::Outside(_) => out_of_service(match lifecycle.on_out_of_scope {
            OnOutOfScope::Disable => false,
            OnOutOfScope::Delete => at_once,
            OnOutOfScope::Release => true,
        }),
        Standing::Absent(_) => {
            out_of_service(at_once);
            assert!(
                views.0.is_none() || views.1.is_none() || views.0 == views.1,
                "{index}: {views:?}"
            );
        }
        Standing::Unknown => {
            let user = |view: &Option<View>| view.as_ref().map(|view| view.spec.user.clone());
            let (one, other) = (user(&views.0), user(&views.1));
            assert!(
                !served || one.is_some() && other.is_some(),
                "{index} is not served"
            );
            assert!(one.is_none() || other.is_none() || one == other);
        }
        // Left as it was when Google last said enough, which is a matter of history.
        Standing::Undecided => {}
        Standing::Released => unreachable!("nobody in the directory stands so"),
        Standing::Enabled | Standing::Disabled(_) => {
            assert!(
                !served || views.0.is_some() && views.1.is_some(),
                "{index} is not served"
            );
            assert!(
                views.0.is_none() || views.1.is_none() || views.0 == views.1,
                "{index}: {views:?}"
            );
            if let Some(number) = scene.own_number(index, found.number) {
                let mut kept = [here, there].into_iter().flatten();
                assert!(
                    kept.all(|object| object.spec.number == number.to_string()),
                    "{index} has not {number}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn the_end_state_does_not_depend_on_order_and_batching(
        (settings, hired) in (settings(), 2..=PEOPLE),
        made in prop::collection::vec(0..PEOPLE, 0..2),
        (include, exclude) in picks(),
        changes in changes(),
        (first, second) in (schedule(), schedule()),
    ) {
        let numbering = match settings.numbering {
            // Without extensions created in advance nobody is served.
            Numbering::Manual(_) => Numbering::Automatic,
            other => other,
        };
        let settings = Settings {
            range: Range::parse("1001", None).unwrap(),
            quarantine_hours: 720,
            numbering,
            ..settings
        };
        let finally = Settings { include, exclude, ..settings.clone() };
        let scene = Scene { settings, hired, made, changes, finally };
        let start = scene.begin();
        let one = scene.play(&first);
        let other = scene.play(&second);
        for index in 0..PEOPLE {
            assert_same(&scene, index, &one, &other);
            for world in [&one, &other] {
                let (before, after) = (start.numbers_of(&id(index)), world.numbers_of(&id(index)));
                let sticky = before.is_empty() || after.is_empty() || before == after;
                prop_assert!(scene.settings.has_property() || sticky, "another number");
            }
        }
    }
}
