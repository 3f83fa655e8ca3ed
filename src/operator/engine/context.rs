//! What every step of the operator shares.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use kube::runtime::events::Reporter;
use kube::runtime::reflector::{ObjectRef, Store};
use kube::{Api, Client};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::index::{Extensions, Sighting};
use super::metrics::Metrics;
use super::place::Place;
use super::slots::Slots;
use super::subject::Tried;
use crate::api::{GoogleWorkspaceIntegration, GoogleWorkspaceIntegrationStatus};
use crate::google;
use crate::sync::stored::Stored;

/// Wakes one controller up.
pub type Waker = mpsc::UnboundedSender<ObjectRef<GoogleWorkspaceIntegration>>;

/// Shared by everything that runs.
pub struct Context {
    /// Kubernetes, for requests.
    pub client: Client,
    /// Kubernetes, for watches.
    pub watching: Client,
    /// Google.
    pub google: google::Client,
    /// Every extension.
    pub extensions: Extensions,
    /// For Prometheus.
    pub metrics: Arc<Metrics>,
    /// Who reports events.
    pub reporter: Reporter,
    /// Set when the process has been asked to end.
    pub shutdown: CancellationToken,
    /// The integrations, as the watches see them: one store per watch.
    pub integrations: Vec<Store<GoogleWorkspaceIntegration>>,
    /// Wake the controllers up, each for its place.
    wakers: Vec<(Place, Waker)>,
    /// Takes what the watches of extensions saw.
    pub sightings: mpsc::UnboundedSender<Sighting>,
    memories: Mutex<HashMap<String, Arc<Memory>>>,
    slots: Slots,
}

/// What the operator remembers of one integration between two looks at it. All of it can be lost.
#[derive(Default)]
pub struct Memory {
    /// Held while somebody works on the integration's extensions: one at a time.
    pub work: tokio::sync::Mutex<()>,
    notes: Mutex<Notes>,
    slots: Slots,
}

/// What decides when an integration is looked at, and what its status said last.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    /// When the next sync by schedule is due.
    pub next_sync: Option<Timestamp>,
    /// The generation that was last synchronised to its end.
    pub synced_generation: Option<i64>,
    /// Failures in a row, for the pauses between them.
    pub failures: u32,
    /// The last failure, until something changes or time passes.
    pub pause: Option<Pause>,
    /// What the status ought to say by now; the watch may still show an older one.
    pub status: Option<GoogleWorkspaceIntegrationStatus>,
    /// What was written last. Older than `status` while the API server does not take a write.
    pub written: Option<GoogleWorkspaceIntegrationStatus>,
    /// Too many deviations to look at one by one.
    pub full_sync_wanted: bool,
}

impl Notes {
    /// What the status of an integration ought to say by now, as far as is known.
    pub fn status_of<'a>(
        &'a self,
        object: &'a GoogleWorkspaceIntegration,
    ) -> Option<&'a GoogleWorkspaceIntegrationStatus> {
        self.status.as_ref().or(object.status.as_ref())
    }
}

/// Not to be tried again before a time, unless one of the inputs changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Until then.
    pub until: Timestamp,
    /// What was tried: generation, request, approval, version of the Secret.
    pub tried: Tried,
}

/// What [`Context::new`] is made of.
pub struct Parts {
    /// Kubernetes, for requests.
    pub client: Client,
    /// Kubernetes, for watches.
    pub watching: Client,
    /// Google.
    pub google: google::Client,
    /// For Prometheus.
    pub metrics: Arc<Metrics>,
    /// Who reports events.
    pub reporter: Reporter,
    /// Set when the process has been asked to end.
    pub shutdown: CancellationToken,
    /// One per watch.
    pub integrations: Vec<Store<GoogleWorkspaceIntegration>>,
    /// Wake the controllers up, each for its place.
    pub wakers: Vec<(Place, Waker)>,
    /// Takes what the watches of extensions saw.
    pub sightings: mpsc::UnboundedSender<Sighting>,
}

impl Context {
    /// Everything that runs, before anything has.
    pub fn new(parts: Parts) -> Self {
        let Parts {
            client,
            watching,
            google,
            metrics,
            reporter,
            shutdown,
            integrations,
            wakers,
            sightings,
        } = parts;
        Self {
            client,
            watching,
            google,
            extensions: Extensions::default(),
            metrics,
            reporter,
            shutdown,
            integrations,
            wakers,
            sightings,
            memories: Mutex::default(),
            slots: Slots::default(),
        }
    }

    /// The state that a feature keeps for the whole process.
    pub fn slot<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        self.slots.slot()
    }

    /// Gives a feature its state, before anything runs.
    pub fn put<T: Send + Sync + 'static>(&self, state: Arc<T>) {
        self.slots.put(state);
    }

    /// What is remembered of an integration, by its uid.
    pub fn memory(&self, uid: &str) -> Arc<Memory> {
        Arc::clone(lock(&self.memories).entry(uid.to_owned()).or_default())
    }

    /// Forgets an integration that is gone.
    pub fn forget(&self, uid: &str) {
        lock(&self.memories).remove(uid);
    }

    /// Has an integration looked at soon.
    pub fn wake(&self, reference: &ObjectRef<GoogleWorkspaceIntegration>) {
        let namespace = reference.namespace.as_deref().unwrap_or_default();
        for (_, waker) in self.wakers.iter().filter(|(place, _)| place.covers(namespace)) {
            // As with sightings: nobody listens only when the process is about to end.
            let _ = waker.send(reference.clone());
        }
    }

    /// Has somebody look after what a watch of extensions saw.
    pub fn saw(&self, sighting: Sighting) {
        // The receiver lives as long as the process serves; after that the next start looks at everything.
        let _ = self.sightings.send(sighting);
    }

    /// The newest version of an integration that a watch has shown.
    pub fn latest(
        &self,
        reference: &ObjectRef<GoogleWorkspaceIntegration>,
    ) -> Option<Arc<GoogleWorkspaceIntegration>> {
        self.integrations.iter().find_map(|store| store.get(reference))
    }

    /// All integrations of a namespace.
    pub fn in_namespace(&self, namespace: &str) -> Vec<Arc<GoogleWorkspaceIntegration>> {
        let all = self.integrations.iter().flat_map(Store::state);
        all.filter(|object| object.metadata.namespace.as_deref() == Some(namespace))
            .collect()
    }

    /// The extensions of a namespace.
    pub fn extensions_api(&self, namespace: &str) -> Api<Stored> {
        Api::namespaced(self.client.clone(), namespace)
    }

    /// The integrations of a namespace.
    pub fn integrations_api(&self, namespace: &str) -> Api<GoogleWorkspaceIntegration> {
        Api::namespaced(self.client.clone(), namespace)
    }
}

impl Memory {
    /// The state that a feature keeps for this integration.
    pub fn slot<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        self.slots.slot()
    }

    /// The notes, to read or change. Do not wait for anything while holding them.
    pub fn notes(&self) -> MutexGuard<'_, Notes> {
        lock(&self.notes)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
