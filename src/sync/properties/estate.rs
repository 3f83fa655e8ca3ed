//! Several integrations over one directory: two of one tenant, one of another tenant in the same namespace, and one in another
//! namespace that is called like the first.

use std::mem;

use jiff::SignedDuration;
use serde_json::json;

use super::directory::{self, Directory};
use super::events::Event;
use super::memory::{Memory, Status};
use super::operator::Operator;
use super::report::{End, Report};
use super::server::Server;
use super::settings::Settings;
use super::world::World;
use crate::api::GoogleWorkspaceIntegration;
use crate::sync::tenancy;

/// How many integrations there are at most.
pub const SEATS: usize = 4;
/// Where each of them is: its site, and its name. The name of one tenant begins like that of another one.
const PLACES: [(usize, &str); SEATS] = [(0, "main"), (0, "second"), (1, "main"), (2, "main")];
/// Namespace and tenant of each site.
const SITES: [(&str, &str); 3] = [("one", "acme"), ("one", "acme-1"), ("two", "acme")];

/// Something that happens.
#[derive(Clone, Debug)]
pub enum Act {
    /// To one of the integrations, or to what it reads and writes.
    Of(usize, Event),
    Create(usize),
    /// Its extensions are deleted, or handed over.
    Delete(usize, bool),
    /// `spec.users.enabled`; the extensions stay.
    Users(usize, bool),
    /// The first one's approval is what the other one has shown last.
    Borrow(usize, usize),
}

impl Act {
    /// The integration that it is about.
    pub fn seat(&self) -> usize {
        match self {
            Self::Of(seat, _)
            | Self::Create(seat)
            | Self::Delete(seat, _)
            | Self::Users(seat, _)
            | Self::Borrow(seat, _) => *seat,
        }
    }
}

/// Where an integration is: see [`SITES`].
pub fn site_of(seat: usize) -> usize {
    PLACES[seat].0
}

/// The extensions of one tenant in one namespace, and what the operator's process knows of them.
#[derive(Debug)]
struct Site {
    server: Server,
    operator: Operator,
}

/// Everything there is. What is not in an integration's world is shared: it enters when it is the integration's turn.
#[derive(Debug)]
pub struct Estate {
    directory: Directory,
    sites: Vec<Site>,
    worlds: Vec<World>,
    /// As the API server has them.
    objects: Vec<Option<GoogleWorkspaceIntegration>>,
    users: [bool; SEATS],
}

impl Estate {
    pub fn new(settings: Vec<Settings>, hired: usize) -> Self {
        let mut directory = Directory::default();
        for index in 0..hired {
            directory.change(index, directory::Change::Hire);
        }
        let site = |_| Site {
            server: Server::default(),
            operator: Operator::default(),
        };
        let world = |(seat, settings)| World {
            seat,
            ..World::new(named(settings, seat), 0)
        };
        let mut estate = Self {
            directory,
            sites: SITES.iter().map(site).collect(),
            worlds: settings.into_iter().enumerate().map(world).collect(),
            objects: vec![None; SEATS],
            users: [true; SEATS],
        };
        for seat in 0..SEATS {
            estate.play(&Act::Create(seat));
        }
        estate
    }

    /// Lets an integration see what it shares with others.
    pub fn enter<T>(&mut self, seat: usize, work: impl FnOnce(&mut World) -> T) -> T {
        self.worlds[seat].is_in_charge = self.is_in_charge(seat);
        self.change_places(seat);
        let done = work(&mut self.worlds[seat]);
        self.change_places(seat);
        done
    }

    fn change_places(&mut self, seat: usize) {
        let (world, site) = (&mut self.worlds[seat], &mut self.sites[site_of(seat)]);
        mem::swap(&mut world.directory, &mut self.directory);
        mem::swap(&mut world.server, &mut site.server);
        mem::swap(&mut world.operator, &mut site.operator);
    }

    /// Whether the integration may act, as the code under test decides.
    fn is_in_charge(&self, seat: usize) -> bool {
        let Some(mine) = &self.objects[seat] else {
            return false;
        };
        let namespace = &mine.metadata.namespace;
        let all = self.objects.iter().flatten();
        let all = all.filter(|other| other.metadata.namespace == *namespace);
        self.users[seat] && tenancy::holder(mine, all).is_none()
    }

    /// The same, worked out apart from it: of those at the same site that are there and switched on, the first by age and name.
    pub fn ought_to_be_in_charge(&self, seat: usize) -> bool {
        let age = |seat: usize| {
            let created = self.objects[seat]
                .as_ref()?
                .metadata
                .creation_timestamp
                .as_ref()?;
            self.users[seat].then_some((created.0, PLACES[seat].1))
        };
        let neighbours = (0..SEATS).filter(|other| site_of(*other) == site_of(seat));
        age(seat).is_some() && neighbours.filter_map(age).min() == age(seat)
    }

    /// How often something was written at each site.
    pub fn writes(&self) -> Vec<usize> {
        self.sites.iter().map(|site| site.server.events.len()).collect()
    }

    /// Lets something happen; the report is that of a sync, or of one person's way.
    pub fn play(&mut self, act: &Act) -> Option<Report> {
        let seat = act.seat();
        match act {
            Act::Of(_, Event::Wait(hours)) => {
                for site in &mut self.sites {
                    site.server.now += SignedDuration::from_hours(*hours);
                }
                None
            }
            Act::Of(_, Event::Restart) => {
                self.restart();
                None
            }
            Act::Of(_, Event::Recreate(_)) if self.objects[seat].is_none() => None,
            Act::Of(_, event) => {
                let report = self.happen(seat, event);
                if report.as_ref().is_some_and(|report| report.end == End::Crashed) {
                    self.restart();
                }
                report
            }
            Act::Create(_) => {
                if self.objects[seat].is_none() {
                    self.begin_anew(seat);
                }
                None
            }
            Act::Delete(_, deletes) => {
                if self.objects[seat].is_some() {
                    self.delete(seat, *deletes);
                }
                None
            }
            Act::Users(_, enabled) => {
                self.users[seat] = *enabled;
                self.worlds[seat].generation += 1;
                self.describe(seat);
                None
            }
            Act::Borrow(_, from) => {
                self.worlds[seat].status.hash = self.worlds[*from].status.hash.clone();
                None
            }
        }
    }

    fn happen(&mut self, seat: usize, event: &Event) -> Option<Report> {
        match event {
            Event::Declare(settings) => {
                let event = Event::Declare(Box::new(named((**settings).clone(), seat)));
                self.enter(seat, |world| world.play(&event))
            }
            Event::Recreate(_) => {
                self.enter(seat, |world| world.play(event));
                self.begin_anew(seat);
                None
            }
            event => self.enter(seat, |world| world.play(event)),
        }
    }

    /// One process serves all of them.
    fn restart(&mut self) {
        for seat in 0..SEATS {
            self.enter(seat, World::restart);
        }
    }

    fn begin_anew(&mut self, seat: usize) {
        let now = self.sites[site_of(seat)].server.now;
        let world = &mut self.worlds[seat];
        world.incarnation += 1;
        world.generation += 1;
        world.settings.known.clear();
        world.memory = Memory::default();
        world.status = Status {
            hash: world.status.hash.take(),
            ..Status::default()
        };
        let created = json!({"metadata": {"creationTimestamp": now.to_string()}});
        self.objects[seat] = Some(serde_json::from_value(object(seat, world, true, &created)).unwrap());
        self.describe(seat);
    }

    /// What is declared now, of the same age.
    fn describe(&mut self, seat: usize) {
        let Some(before) = &self.objects[seat] else {
            return;
        };
        let before = serde_json::to_value(before).unwrap();
        let now = object(seat, &self.worlds[seat], self.users[seat], &before);
        self.objects[seat] = Some(serde_json::from_value(now).unwrap());
    }

    fn delete(&mut self, seat: usize, deletes: bool) {
        self.objects[seat] = None;
        self.enter(seat, |world| {
            let (integration, server) = (world.settings.integration, &mut world.server);
            world.memory = Memory::default();
            if deletes {
                world.operator.delete_all(integration, server);
            } else {
                world.operator.release(integration, server);
            }
        });
    }
}

fn object(seat: usize, world: &World, enabled: bool, before: &serde_json::Value) -> serde_json::Value {
    let (site, name) = PLACES[seat];
    let (namespace, tenant) = SITES[site];
    json!({
        "apiVersion": "dialplane.io/v1alpha1",
        "kind": "GoogleWorkspaceIntegration",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": world.uid(),
            "creationTimestamp": before["metadata"]["creationTimestamp"],
        },
        "spec": {
            "tenant": {"name": tenant},
            "google": {"credentials": {"serviceAccount": {"secretRef": {"name": "key"}}}},
            "users": {"enabled": enabled, "syncMode": "Manual"},
        },
    })
}

/// The same declaration for this integration.
fn named(settings: Settings, seat: usize) -> Settings {
    let (site, integration) = PLACES[seat];
    Settings {
        tenant: SITES[site].1,
        integration,
        ..settings
    }
}
