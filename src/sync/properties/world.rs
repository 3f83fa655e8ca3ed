//! Histories: what happens to the directory, the declaration and the extensions, with syncs in between.

use jiff::SignedDuration;
use kube::ResourceExt;
use proptest::prelude::*;

use super::directory::{self, Directory, PEOPLE};
use super::extensions::{is_kept, person_of};
use super::operator::{Approval, Operator, Report, Run};
use super::reading::{Reading, reading};
use super::server::Server;
use super::settings::{Pick, Settings, TENANT, limit, picks, settings};
use crate::api::extension::{ExtensionUser, GoogleIdentity};
use crate::api::integration::RemovalLimit;
use crate::api::names::EXTENSION_LABELS;
use crate::api::{PbxExtension, PbxExtensionSpec};
use crate::sync::desired::Policy;
use crate::sync::number::Number;
use crate::sync::person::PersonId;
use crate::sync::view::View;

/// What an administrator does to an extension by hand.
#[derive(Clone, Copy, Debug)]
pub enum Hand {
    Retitle,
    SwitchOff,
    SwitchOn,
    DropIdentity,
    DropLabels,
    Delete,
    /// A second object for the same person, under this number of the range.
    Copy(u8),
}

/// An object that we did not make.
#[derive(Clone, Copy, Debug)]
pub enum Stranger {
    Plain,
    /// Of another integration.
    Kept,
    /// Made by hand for this person, with the first of their addresses.
    Addressed(usize),
}

/// One event of a history.
#[derive(Clone, Debug)]
pub enum Event {
    Directory(usize, directory::Change),
    Declare(Box<Settings>),
    /// Only another scope.
    Select(Option<Pick>, Option<Pick>),
    /// To the extension that comes at this place.
    Hand(u8, Hand),
    /// An object that is not ours takes this number of the range.
    Foreign(u8, Stranger),
    Wait(i64),
    Restart,
    Release,
    Sync(Reading, Approval, RemovalLimit),
}

/// Everything there is.
#[derive(Debug)]
pub struct World {
    pub directory: Directory,
    pub server: Server,
    pub settings: Settings,
    pub operator: Operator,
}

impl World {
    /// A world where so many people have been hired and nothing has been read.
    pub fn new(settings: Settings, hired: usize) -> Self {
        let mut directory = Directory::default();
        for index in 0..hired {
            directory.change(index, directory::Change::Hire);
        }
        let server = Server::default();
        Self {
            directory,
            operator: Operator::start(&server),
            server,
            settings,
        }
    }

    /// Lets an event happen; the report is that of a sync.
    pub fn play(&mut self, event: &Event) -> Option<Report> {
        match event {
            Event::Directory(index, change) => self.directory.change(*index, *change),
            Event::Declare(settings) => self.settings = (**settings).clone(),
            Event::Select(include, exclude) => {
                (self.settings.include, self.settings.exclude) = (include.clone(), exclude.clone());
            }
            Event::Hand(place, hand) => self.hand(*place, *hand),
            Event::Foreign(place, stranger) => {
                let object = foreign(self.settings.number(*place), *stranger);
                // A taken number stays with whom it belongs to.
                let _ = self.server.create(object);
            }
            Event::Wait(hours) => self.server.now += SignedDuration::from_hours(*hours),
            Event::Restart => self.operator = Operator::start(&self.server),
            Event::Release => self.operator.release(&mut self.server),
            Event::Sync(reading, approval, limit) => return Some(self.sync(reading, *approval, *limit)),
        }
        self.operator.watch(&self.server, usize::MAX);
        None
    }

    /// One sync from beginning to end.
    pub fn sync(&mut self, reading: &Reading, approval: Approval, limit: RemovalLimit) -> Report {
        let mut run = Run::begin(&self.server, &self.directory, &self.settings, reading);
        while self.operator.step(&mut run, &mut self.server) {}
        self.operator
            .finish(run, &mut self.server, &self.directory, limit, approval)
    }

    /// A sync that nothing stops.
    pub fn settle(&mut self) -> Report {
        self.settle_in(&(0..PEOPLE).collect::<Vec<_>>(), false)
    }

    /// The same, with the directory in this order; narrow or complete.
    pub fn settle_in(&mut self, order: &[usize], narrow: bool) -> Report {
        let reading = Reading::clean(order, narrow);
        self.sync(&reading, Approval::Exact, RemovalLimit::default())
    }

    /// What a sync makes of the declaration now.
    pub fn policy(&self) -> Policy {
        self.settings.policy(&self.directory)
    }

    fn hand(&mut self, place: u8, hand: Hand) {
        let count = self.server.objects().len().max(1);
        let Some(number) = self
            .server
            .objects()
            .keys()
            .nth(usize::from(place) % count)
            .copied()
        else {
            return;
        };
        match hand {
            Hand::Delete => {
                self.server.delete(number);
            }
            Hand::Copy(place) => {
                let to = self.settings.number(place);
                let mut copy = self.server.objects()[&number].clone();
                copy.spec.number = to.to_string();
                copy.metadata.name = Some(format!("{TENANT}-{to}"));
                let _ = self.server.create(copy);
            }
            edit => self.server.edit(number, |object| apply(edit, object)),
        }
    }

    /// The numbers that a person has, in whatever way.
    pub fn numbers_of(&self, person: &PersonId) -> Vec<Number> {
        let objects = self.server.objects().iter();
        objects
            .filter(|(_, object)| person_of(object).as_ref() == Some(person))
            .map(|(number, _)| *number)
            .collect()
    }

    /// How many extensions our integration keeps for a person.
    pub fn kept_for(&self, person: &PersonId) -> usize {
        let numbers = self.numbers_of(person).into_iter();
        numbers
            .filter(|number| is_kept(&self.server.objects()[number]))
            .count()
    }
}

fn apply(edit: Hand, object: &mut PbxExtension) {
    match edit {
        Hand::Retitle => {
            if let Some(user) = &mut object.spec.user {
                user.job_title = Some("King".into());
            }
        }
        Hand::SwitchOff => object.spec.enabled = false,
        Hand::SwitchOn => {
            object.spec.enabled = true;
            object.spec.disabled_reason = None;
        }
        Hand::DropIdentity => object.spec.google = None,
        Hand::DropLabels => {
            for label in EXTENSION_LABELS {
                object.labels_mut().remove(label);
            }
        }
        Hand::Delete | Hand::Copy(_) => unreachable!("no edits"),
    }
}

/// An object that we did not make.
pub fn foreign(number: Number, stranger: Stranger) -> PbxExtension {
    let mut spec = PbxExtensionSpec {
        tenant: TENANT.into(),
        number: number.to_string(),
        enabled: true,
        ..Default::default()
    };
    let mut labels = None;
    match stranger {
        Stranger::Plain => {}
        Stranger::Kept => {
            spec.google = Some(GoogleIdentity {
                user_id: "777".into(),
                ..Default::default()
            });
            labels = Some(View::labels_of(TENANT, "other", "777"));
        }
        Stranger::Addressed(index) => {
            spec.user = Some(ExtensionUser {
                email: Some(directory::address(index)),
                ..Default::default()
            });
        }
    }
    let mut object = PbxExtension::new(&format!("{TENANT}-{number}"), spec);
    object.metadata.labels = labels;
    object
}

fn event() -> impl Strategy<Value = Event> {
    let hand = prop_oneof![
        2 => Just(Hand::Retitle),
        2 => Just(Hand::SwitchOff),
        1 => Just(Hand::SwitchOn),
        1 => Just(Hand::DropIdentity),
        1 => Just(Hand::DropLabels),
        3 => Just(Hand::Delete),
        1 => (0..8_u8).prop_map(Hand::Copy),
    ];
    let stranger = prop_oneof![
        1 => Just(Stranger::Plain),
        1 => Just(Stranger::Kept),
        2 => (0..PEOPLE).prop_map(Stranger::Addressed),
    ];
    // Mostly the same two, so that one person's history grows long.
    let someone = prop_oneof![2 => 0..2_usize, 1 => 0..PEOPLE];
    let approval = prop_oneof![
        1 => Just(Approval::No),
        1 => Just(Approval::Wrong),
        3 => Just(Approval::Exact),
    ];
    prop_oneof![
        10 => (someone, directory::change(true)).prop_map(|(index, change)| Event::Directory(index, change)),
        1 => settings().prop_map(|settings| Event::Declare(Box::new(settings))),
        1 => picks().prop_map(|(include, exclude)| Event::Select(include, exclude)),
        3 => (any::<u8>(), hand).prop_map(|(place, hand)| Event::Hand(place, hand)),
        2 => (0..8_u8, stranger).prop_map(|(place, stranger)| Event::Foreign(place, stranger)),
        1 => prop_oneof![Just(1_i64), Just(48), Just(800)].prop_map(Event::Wait),
        1 => prop_oneof![Just(Event::Restart), Just(Event::Release)],
        9 => (reading(), approval, limit())
            .prop_map(|(reading, approval, limit)| Event::Sync(reading, approval, limit)),
    ]
}

/// A declaration, how many people there are in the beginning, and what happens then.
pub fn history() -> impl Strategy<Value = (Settings, usize, Vec<Event>)> {
    let first = Event::Sync(
        Reading::clean(&(0..PEOPLE).collect::<Vec<_>>(), false),
        Approval::Exact,
        RemovalLimit::default(),
    );
    (settings(), 0..=PEOPLE, prop::collection::vec(event(), 1..40)).prop_map(
        move |(settings, hired, mut events)| {
            events.insert(0, first.clone());
            (settings, hired, events)
        },
    )
}
