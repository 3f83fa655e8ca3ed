//! Everything there is, and what becomes of it when something happens.

use jiff::SignedDuration;

use super::directory::{self, Directory, PEOPLE, id};
use super::events::{Approval, Cause, Event, Mode};
use super::extensions::{is_kept_by, person_of};
use super::hands::{self, Hand};
use super::memory::{Memory, Resolved, Status};
use super::operator::{Around, Operator};
use super::reading::{Fault, Reading};
use super::report::{End, Report};
use super::run::Run;
use super::server::Server;
use super::settings::Settings;
use crate::api::PbxExtension;
use crate::api::integration::RemovalLimit;
use crate::api::status::KnownUnit;
use crate::sync::desired::Policy;
use crate::sync::driver::Terms;
use crate::sync::gate::{Circumstances, May, OnePerson, may_act};
use crate::sync::number::Number;
use crate::sync::person::{Person, PersonId};

/// Everything there is.
#[derive(Debug)]
pub struct World {
    /// Which one it is of several integrations.
    pub seat: usize,
    /// Whether the integration is there, its users are switched on, and the tenant is its own.
    pub is_in_charge: bool,
    pub directory: Directory,
    pub server: Server,
    pub settings: Settings,
    pub operator: Operator,
    pub mode: Mode,
    /// How often the integration was created anew.
    pub incarnation: usize,
    pub status: Status,
    pub memory: Memory,
    /// `removalLimit`, as it was last declared.
    pub limit: RemovalLimit,
    /// How often something else was declared.
    pub generation: usize,
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
            seat: 0,
            is_in_charge: true,
            directory,
            operator: Operator::start(&server),
            server,
            settings,
            mode: Mode::AtWork,
            incarnation: 0,
            status: Status::default(),
            memory: Memory::default(),
            limit: RemovalLimit::default(),
            generation: 0,
        }
    }

    /// Lets an event happen; the report is that of a sync, or of one person's way.
    pub fn play(&mut self, event: &Event) -> Option<Report> {
        match event {
            Event::Directory(index, change) => self.directory.change(*index, *change),
            Event::Unit(unit, change) => self.directory.change_unit(*unit, *change),
            Event::Group(group, is_there) => self.directory.change_group(*group, *is_there),
            Event::Declare(settings) => self.declare((**settings).clone()),
            Event::Select(include, exclude) => self.declare(Settings {
                include: include.clone(),
                exclude: exclude.clone(),
                ..self.settings.clone()
            }),
            Event::Mode(mode) => {
                self.mode = *mode;
                self.generation += 1;
            }
            Event::Hand(place, hand) => self.hand(*place, *hand),
            Event::Foreign(place, stranger) => {
                let object = hands::foreign(self.settings.tenant, self.settings.number(*place), *stranger);
                // A taken number stays with whom it belongs to.
                let _ = self.server.create(object);
            }
            Event::Wait(hours) => self.server.now += SignedDuration::from_hours(*hours),
            Event::Restart => self.restart(),
            Event::Recreate(release) => self.recreate(*release),
            Event::Look(index, cause, is_foreign) => return Some(self.look(*index, *cause, *is_foreign)),
            Event::Sync(reading, approval, limit) => return Some(self.sync(reading, *approval, *limit)),
        }
        self.operator.watch(&self.server, usize::MAX);
        None
    }

    fn declare(&mut self, settings: Settings) {
        let known = std::mem::take(&mut self.settings.known);
        self.settings = Settings { known, ..settings };
        self.generation += 1;
    }

    /// The process ends, and another one begins.
    pub fn restart(&mut self) {
        self.operator = Operator::start(&self.server);
        self.memory = Memory::default();
    }

    fn recreate(&mut self, release: bool) {
        if release {
            self.operator.release(self.settings.integration, &mut self.server);
        }
        self.settings.known.clear();
        self.incarnation += 1;
        self.status = Status {
            hash: self.status.hash.take(),
            ..Status::default()
        };
        self.memory = Memory::default();
    }

    /// `metadata.uid` of the integration.
    pub fn uid(&self) -> String {
        format!("u-{}-{}", self.seat, self.incarnation)
    }

    /// One sync from beginning to end; two, when the first one shows what is to be approved.
    pub fn sync(&mut self, reading: &Reading, approval: Approval, limit: RemovalLimit) -> Report {
        self.limit = limit;
        let hash = match approval {
            Approval::No | Approval::Exact => None,
            Approval::Wrong => Some("0123456789abcdef".to_owned()),
            Approval::Stale => self.status.hash.clone(),
        };
        let first = self.sync_once(reading, hash);
        if approval != Approval::Exact || first.end != End::Held {
            return first;
        }
        let hash = Some(first.hash.clone());
        let second = self.sync_once(reading, hash);
        first.then(second)
    }

    fn sync_once(&mut self, reading: &Reading, approval: Option<String>) -> Report {
        let may = may_act(&self.circumstances(None));
        let mut reading = reading.clone();
        if matches!(reading.fault, Fault::Foreign) && !self.knows_organization() {
            reading.fault = Fault::None; // whose directory it is would be what this sync finds out
        }
        let terms = Terms {
            may,
            uid: self.uid(),
            approval,
            misses_somebody: self.settings.misses_somebody(&self.directory),
        };
        if may == May::Nothing {
            return Report {
                end: End::Idle,
                ..Report::new(None)
            };
        }
        let misses_somebody = terms.misses_somebody;
        self.operator.reads_quarantine();
        let settings = self.effective();
        let Some((run, units)) = Run::begin(&self.server, &self.directory, &settings, &reading, terms) else {
            return stopped();
        };
        self.remember(run.policy(), misses_somebody);
        let mut around = Around {
            server: &mut self.server,
            directory: &mut self.directory,
        };
        let report = self.operator.finish(run, &mut around);
        self.ended(&report, units);
        report
    }

    fn remember(&mut self, policy: Policy, misses_somebody: bool) {
        self.memory.resolved = Some(Resolved {
            generation: self.generation,
            policy,
            misses_somebody,
            directory: self.directory.clone(),
        });
    }

    fn ended(&mut self, report: &Report, units: Vec<KnownUnit>) {
        match report.end {
            End::Complete | End::Held | End::Planned => {
                self.settings.known = units;
                self.status.is_held = report.end == End::Held;
                self.status.synced = Some(self.generation);
                if report.end != End::Complete {
                    self.status.hash = Some(report.hash.clone());
                }
                self.memory.is_proved |= report.end == End::Complete;
                self.memory.removed = 0;
            }
            End::Crashed => self.restart(),
            _ => {}
        }
        self.operator.watch(&self.server, usize::MAX);
    }

    /// One person, without a sync.
    fn look(&mut self, index: usize, cause: Cause, is_foreign: bool) -> Report {
        let idle = Report {
            end: End::Idle,
            ..Report::new(None)
        };
        if may_act(&self.circumstances(None)) != May::Everything {
            return idle;
        }
        let person = id(index);
        let found = self.directory.find(&person).filter(|_| !is_foreign).cloned();
        if self.memory.resolved(self.generation).is_none() {
            let misses_somebody = self.settings.misses_somebody(&self.directory);
            let Some(policy) = self.effective().policy(&self.directory) else {
                return stopped();
            };
            self.remember(policy, misses_somebody);
        }
        let resolved = self.memory.resolved(self.generation).unwrap();
        let (policy, misses_somebody) = (resolved.policy.clone(), resolved.misses_somebody);
        let leaves = |found: &Person| policy.scope.leaves_to_sync(found);
        if cause == Cause::Notification && found.as_ref().is_some_and(leaves) {
            return idle;
        }
        let one = OnePerson {
            is_settled: self.status.synced == Some(self.generation),
            is_held: self.status.is_held,
            is_proved: !is_foreign && (self.memory.is_proved || found.is_some() && self.knows_organization()),
            removed: self.memory.removed,
            kept: self.operator.kept(self.settings.integration),
            limit: self.limit,
        };
        let terms = Terms {
            may: may_act(&self.circumstances(Some(one))),
            uid: self.uid(),
            approval: None,
            misses_somebody,
        };
        self.operator.reads_quarantine();
        let mut run = Run::of_one(&self.server, &self.settings, policy, terms);
        self.operator.look_at(&mut run, &person, found.as_ref());
        let mut around = Around {
            server: &mut self.server,
            directory: &mut self.directory,
        };
        let report = self.operator.finish(run, &mut around);
        self.memory.removed += report.removed.len();
        self.operator.watch(&self.server, usize::MAX);
        report
    }

    fn circumstances(&self, one_person: Option<OnePerson>) -> Circumstances {
        Circumstances {
            is_at_work: self.is_in_charge && self.mode != Mode::Suspended,
            is_dry_run: self.mode == Mode::DryRun,
            one_person,
        }
    }

    /// With the limit as it is declared now.
    fn effective(&self) -> Settings {
        let mut settings = self.settings.clone();
        settings.lifecycle.removal_limit = self.limit;
        settings
    }

    fn knows_organization(&self) -> bool {
        let mut kept = self.server.objects().values().filter(|object| self.keeps(object));
        kept.any(|object| {
            let google = object.spec.google.as_ref();
            google.is_some_and(|google| google.customer_id.is_some())
        })
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
        self.settings.policy(&self.directory).unwrap()
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
                copy.metadata.name = Some(format!("{}-{to}", self.settings.tenant));
                let _ = self.server.create(copy);
            }
            edit => self.server.edit(number, |object| hands::edit(edit, object)),
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

    /// How many of them are in service.
    pub fn in_service_for(&self, person: &PersonId) -> usize {
        let numbers = self.numbers_of(person).into_iter();
        numbers
            .filter(|number| self.server.objects()[number].spec.enabled)
            .count()
    }

    /// Whether the integration keeps this extension.
    pub fn keeps(&self, object: &PbxExtension) -> bool {
        is_kept_by(object, self.settings.integration)
    }

    /// How many extensions the integration keeps for a person.
    pub fn kept_for(&self, person: &PersonId) -> usize {
        let numbers = self.numbers_of(person).into_iter();
        numbers
            .filter(|number| self.keeps(&self.server.objects()[number]))
            .count()
    }
}

/// The declaration names what Google does not have.
fn stopped() -> Report {
    Report {
        end: End::Stopped,
        ..Report::new(None)
    }
}
