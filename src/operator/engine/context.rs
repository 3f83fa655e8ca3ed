//! What every step of the operator shares.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use kube::runtime::events::Recorder;
use kube::runtime::reflector::{ObjectRef, Store};
use kube::{Api, Client};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::index::{Deviation, Extensions, TenantKey};
use super::metrics::Metrics;
use super::place::Place;
use super::subject::Tried;
use crate::api::{GoogleWorkspaceIntegration, GoogleWorkspaceIntegrationStatus, PbxExtension};
use crate::google;
use crate::operator::users::photos::Unusable;
use crate::operator::users::realtime::{self, Push};
use crate::operator::users::report::Told;
use crate::sync::person::PersonId;
use crate::sync::quarantine::Quarantine;
use crate::sync::scope::Scope;

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
    /// For events.
    pub recorder: Recorder,
    /// Set when the process has been asked to end.
    pub shutdown: CancellationToken,
    /// The integrations, as the watches see them: one store per watch.
    pub integrations: Vec<Store<GoogleWorkspaceIntegration>>,
    /// Wake the controllers up, each for its place.
    wakers: Vec<(Place, Waker)>,
    /// Takes people whose extension is not what it should be.
    pub deviations: mpsc::UnboundedSender<Deviation>,
    /// How much each run tells.
    pub told: Told,
    /// Google's notifications.
    pub push: Arc<Push>,
    memories: Mutex<HashMap<String, Arc<Memory>>>,
    quarantines: Mutex<HashMap<TenantKey, Quarantine>>,
}

/// What the operator remembers of one integration between two looks at it. All of it can be lost.
#[derive(Default)]
pub struct Memory {
    /// Held while somebody works on the integration's extensions: one at a time.
    pub work: tokio::sync::Mutex<()>,
    /// Photos that are of no use, so that nobody asks for them again.
    pub photos: Mutex<HashMap<PersonId, Unusable>>,
    /// The notification channels.
    pub push: Mutex<realtime::State>,
    /// The rest.
    pub notes: Mutex<Notes>,
}

/// See [`Memory`].
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
    /// The status that we wrote last; the watch may still show an older one.
    pub status: Option<GoogleWorkspaceIntegrationStatus>,
    /// Too many deviations to look at one by one.
    pub full_sync_wanted: bool,
    /// Extensions that were removed for one person at a time, since the last sync.
    pub removed: usize,
    /// The scope as it was last resolved, and the generation that declares it.
    pub scope: Option<(i64, Arc<Scope>)>,
    /// How many calls the whole list of people took last.
    pub pages: Option<usize>,
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
    /// For events.
    pub recorder: Recorder,
    /// Set when the process has been asked to end.
    pub shutdown: CancellationToken,
    /// One per watch.
    pub integrations: Vec<Store<GoogleWorkspaceIntegration>>,
    /// Wake the controllers up, each for its place.
    pub wakers: Vec<(Place, Waker)>,
    /// Takes people whose extension is not what it should be.
    pub deviations: mpsc::UnboundedSender<Deviation>,
}

impl Context {
    /// Everything that runs, before anything has.
    pub fn new(parts: Parts) -> Self {
        let Parts {
            client,
            watching,
            google,
            metrics,
            recorder,
            shutdown,
            integrations,
            wakers,
            deviations,
        } = parts;
        Self {
            client,
            watching,
            google,
            extensions: Extensions::default(),
            metrics,
            recorder,
            shutdown,
            integrations,
            wakers,
            deviations,
            told: Told::default(),
            push: Arc::default(),
            memories: Mutex::default(),
            quarantines: Mutex::default(),
        }
    }

    /// Takes the notifications of this server.
    #[must_use]
    pub fn with_push(mut self, push: Arc<Push>) -> Self {
        self.push = push;
        self
    }

    /// What is remembered of an integration, by its uid.
    pub fn memory(&self, uid: &str) -> Arc<Memory> {
        Arc::clone(lock(&self.memories).entry(uid.to_owned()).or_default())
    }

    /// Forgets an integration that is gone.
    pub fn forget(&self, uid: &str) {
        lock(&self.memories).remove(uid);
        self.push.forget(uid);
    }

    /// The quarantined numbers of a tenant, if they have been read.
    pub fn quarantine(&self, key: &TenantKey) -> Option<Quarantine> {
        lock(&self.quarantines).get(key).cloned()
    }

    /// Keeps the quarantined numbers of a tenant at hand.
    pub fn keep_quarantine(&self, key: &TenantKey, quarantine: Quarantine) {
        lock(&self.quarantines).insert(key.clone(), quarantine);
    }

    /// Has an integration looked at soon.
    pub fn wake(&self, reference: &ObjectRef<GoogleWorkspaceIntegration>) {
        let namespace = reference.namespace.as_deref().unwrap_or_default();
        for (_, waker) in self.wakers.iter().filter(|(place, _)| place.covers(namespace)) {
            // As with deviations: nobody listens only when the process is about to end.
            let _ = waker.send(reference.clone());
        }
    }

    /// Has somebody looked after whose extension is not what it should be.
    pub fn deviated(&self, deviation: Deviation) {
        // The receiver lives as long as the process serves; after that the next start looks at everything.
        let _ = self.deviations.send(deviation);
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
    pub fn extensions_api(&self, namespace: &str) -> Api<PbxExtension> {
        Api::namespaced(self.client.clone(), namespace)
    }

    /// The integrations of a namespace.
    pub fn integrations_api(&self, namespace: &str) -> Api<GoogleWorkspaceIntegration> {
        Api::namespaced(self.client.clone(), namespace)
    }
}

impl Memory {
    /// The photos that are of no use, to read or change. Do not wait for anything while holding them.
    pub fn photos(&self) -> MutexGuard<'_, HashMap<PersonId, Unusable>> {
        lock(&self.photos)
    }

    /// The notes, to read or change. Do not wait for anything while holding them.
    pub fn notes(&self) -> MutexGuard<'_, Notes> {
        lock(&self.notes)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
