//! Nobody takes people or numbers from another integration: two of one tenant take turns, and other tenants go their own ways.

use proptest::prelude::*;

use super::approvals::Plans;
use super::cases;
use super::causes::{is_caused, is_or_was_inside};
use super::directory::{Change, PEOPLE, id};
use super::episodes::{ONE, clean, episode, suspended};
use super::estate::{Act, Estate, SEATS, site_of};
use super::events::{Approval, Event, Mode, event};
use super::extensions::{is_kept_by, person_of};
use super::ledger::Ledger;
use super::liveness::judge_sync;
use super::play::{Before, numbers_in};
use super::report::{End, Report};
use super::settings::{Settings, settings};
use super::world::World;
use crate::api::PbxExtension;
use crate::api::names::{LABEL_INTEGRATION, LABEL_TENANT};

fn someone() -> impl Strategy<Value = usize> {
    0..PEOPLE
}

fn seat() -> impl Strategy<Value = usize> {
    prop_oneof![4 => Just(0_usize), 4 => Just(1), 2 => Just(2), 1 => Just(3)]
}

/// The first integration of a tenant goes, and the second one takes over, or the other way round.
fn handover() -> impl Strategy<Value = Vec<Act>> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(first, deletes, is_there)| {
        let (from, to) = if first { (0, 1) } else { (1, 0) };
        let mut acts = vec![Act::Of(from, Event::clean_sync())];
        if is_there {
            acts.extend([Act::Create(to), Act::Of(to, Event::clean_sync())]);
        }
        acts.extend([
            Act::Delete(from, deletes),
            Act::Create(to),
            Act::Users(to, true),
            Act::Of(to, Event::Mode(Mode::AtWork)),
            Act::Of(to, Event::clean_sync()),
        ]);
        acts
    })
}

/// The users of one are switched off for a while, and the other one serves the tenant.
fn turns() -> impl Strategy<Value = Vec<Act>> {
    (0..2_usize, event()).prop_map(|(from, event)| {
        let to = 1 - from;
        vec![
            Act::Of(from, Event::clean_sync()),
            Act::Users(from, false),
            Act::Of(to, Event::clean_sync()),
            Act::Of(to, event),
            Act::Users(from, true),
            Act::Of(from, Event::clean_sync()),
            Act::Of(to, Event::clean_sync()),
        ]
    })
}

/// The same plan waits in two integrations, and the approval of one is given to the other.
fn borrowed() -> impl Strategy<Value = Vec<Act>> {
    (seat(), seat(), someone(), someone(), settings()).prop_map(|(one, other, first, second, settings)| {
        let settings = settings.plain();
        let mut acts = Vec::new();
        for seat in [one, other] {
            acts.push(Act::Of(seat, Event::Declare(Box::new(settings.clone()))));
            acts.extend((0..PEOPLE).map(|index| Act::Of(seat, Event::Directory(index, Change::Hire))));
            acts.push(Act::Of(seat, Event::clean_sync()));
        }
        acts.extend([first, second].map(|index| Act::Of(one, suspended(index, true))));
        acts.extend([one, other].map(|seat| Act::Of(seat, clean(Approval::No, ONE))));
        acts.extend([
            Act::Borrow(other, one),
            Act::Of(other, clean(Approval::Stale, ONE)),
        ]);
        acts
    })
}

fn part() -> impl Strategy<Value = Vec<Act>> {
    let of = |seat: usize, events: Vec<Event>| events.into_iter().map(|event| Act::Of(seat, event)).collect();
    prop_oneof![
        14 => (seat(), event()).prop_map(|(seat, event)| vec![Act::Of(seat, event)]),
        3 => (seat(), episode()).prop_map(move |(seat, events)| of(seat, events)),
        2 => seat().prop_map(|seat| vec![Act::Create(seat)]),
        1 => (seat(), any::<bool>()).prop_map(|(seat, deletes)| vec![Act::Delete(seat, deletes)]),
        2 => (seat(), any::<bool>()).prop_map(|(seat, enabled)| vec![Act::Users(seat, enabled)]),
        3 => handover(),
        2 => turns(),
        2 => borrowed(),
    ]
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let early = prop_oneof![3 => Just(Vec::new()), 1 => borrowed()];
    (early, prop::collection::vec(part(), 1..12), handover()).prop_map(|(early, parts, last)| {
        let first = (0..SEATS).map(|seat| Act::Of(seat, Event::clean_sync()));
        first
            .chain(early)
            .chain(parts.into_iter().flatten())
            .chain(last)
            .collect()
    })
}

/// Whom an extension belongs to besides its person.
fn keeper(object: &PbxExtension) -> Option<&String> {
    object.metadata.labels.as_ref()?.get(LABEL_INTEGRATION)
}

/// What another integration keeps stays as it is, unless its person is in scope here: then it is bound, and keeps its number.
fn takes_nothing(before: &Before, report: &Report, world: &World) {
    let others = before.objects.iter().filter(|(number, object)| {
        keeper(object).is_some() && !world.keeps(object) && report.meddled != Some(**number)
    });
    for (number, object) in others {
        let now = world.server.objects().get(number);
        if now == Some(object) {
            continue;
        }
        let now = now.unwrap_or_else(|| panic!("{number} of {:?} is gone", keeper(object)));
        let person = person_of(object);
        assert!(
            person.is_some() && person_of(now) == person,
            "{number} changed hands"
        );
        let index = (0..PEOPLE).find(|index| Some(id(*index)) == person);
        let is_inside = index.is_some_and(|index| is_or_was_inside(index, before, world));
        assert!(
            world.keeps(now) && is_inside,
            "{number} of {:?} was touched",
            keeper(object)
        );
    }
}

/// Whoever has an extension, whoever keeps it, gets no other one.
fn gives_no_second(before: &Before, report: &Report) {
    for planned in report.created().filter(|_| report.meddled.is_none()) {
        assert_eq!(numbers_in(&before.objects, &planned.person), 0, "{planned:?}");
    }
}

fn is_of_tenant(object: &PbxExtension, world: &World) -> bool {
    let label = object
        .metadata
        .labels
        .as_ref()
        .and_then(|labels| labels.get(LABEL_TENANT));
    object.spec.tenant == world.settings.tenant && label.is_none_or(|tenant| tenant == world.settings.tenant)
}

/// Everything that is kept in mind of an estate.
struct Witness {
    ledgers: Vec<Ledger>,
    plans: Plans,
}

impl Witness {
    fn of_run(&mut self, before: &Before, event: &Event, report: &Report, world: &World, may: bool) {
        if !may {
            assert_eq!(report.end, End::Idle, "the tenant is another one's");
            assert_eq!(
                &before.objects,
                world.server.objects(),
                "the tenant is another one's"
            );
            return;
        }
        takes_nothing(before, report, world);
        gives_no_second(before, report);
        for planned in report
            .removed
            .iter()
            .filter(|planned| report.meddled != Some(planned.number))
        {
            assert!(is_caused(planned, before, world), "no cause: {planned:?}");
        }
        let touched = |object: &&PbxExtension| is_kept_by(object, world.settings.integration);
        for object in world.server.objects().values().filter(touched) {
            assert!(is_of_tenant(object, world), "of another tenant: {object:?}");
        }
        self.plans.judge(before, event, report, world);
        if let Event::Sync(reading, approval, _) = event {
            let ledger = &mut self.ledgers[site_of(world.seat)];
            ledger.read_by(world);
            judge_sync(before, (reading, *approval), report, world, ledger);
        }
    }

    fn watch(&mut self, estate: &mut Estate, act: &Act) {
        let (seat, writes) = (act.seat(), estate.writes());
        let may = estate.ought_to_be_in_charge(seat);
        let before = estate.enter(seat, |world| Before::of(world));
        let report = estate.play(act);
        let at = site_of(seat);
        for (site, (now, then)) in estate.writes().into_iter().zip(writes).enumerate() {
            assert!(site == at || now == then, "{act:?} wrote at another site");
        }
        let is_over = report.as_ref().is_some_and(|report| report.end == End::Crashed);
        estate.enter(seat, |world| {
            if let (Act::Of(_, event), Some(report)) = (act, &report) {
                self.of_run(&before, event, report, world, may);
            }
            let ledger = &mut self.ledgers[at];
            if let Act::Of(_, event) = act {
                return ledger.follow(&before.objects, event, report.as_ref(), world);
            }
            // Whatever a deleted integration takes with it waits for its people.
            let there = world.server.objects();
            let gone = before
                .objects
                .iter()
                .filter(|(number, _)| !there.contains_key(number));
            for (number, person) in gone.filter_map(|(number, old)| Some((number, person_of(old)?))) {
                ledger.leave(*number, person, world.server.now);
            }
        });
        if is_over || matches!(act, Act::Of(_, Event::Restart)) {
            self.ledgers.iter_mut().for_each(Ledger::forget_all_claims);
        }
    }
}

fn play(settings: Vec<Settings>, hired: usize, acts: &[Act]) {
    let mut estate = Estate::new(settings, hired);
    let mut witness = Witness {
        ledgers: (0..SEATS).map(|_| Ledger::default()).collect(),
        plans: Plans::default(),
    };
    for act in acts {
        witness.watch(&mut estate, act);
    }
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn nobody_takes_people_or_numbers_from_another_integration(
        settings in prop::collection::vec(settings(), SEATS),
        hired in 0..=PEOPLE,
        acts in acts(),
    ) {
        play(settings, hired, &acts);
    }
}
