//! The digest index of every watched extension, and what each of them is expected to look like.
//!
//! Filled by a watch and by the answers to our own writes, whichever is newer. An extension that looks different from
//! what we last wrote or found right was edited by somebody else: that is a [`Deviation`].

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kube::{Resource, ResourceExt};

use crate::sync::index::{Digest, Kept, Names, Opaque, TenantIndex};
use crate::sync::number::Number;
use crate::sync::person::PersonId;
use crate::sync::stored::{Extension, Stored};

/// A tenant of one namespace.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TenantKey {
    /// Kubernetes namespace.
    pub namespace: String,
    /// `spec.tenant.name`.
    pub tenant: String,
}

/// What an extension should look like when we see it next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Everything in it that we keep has this hash: [`Digest::kept`].
    View(u64),
    /// It is gone, or no longer ours.
    Gone,
}

/// Somebody else changed or deleted an extension that an integration keeps.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Deviation {
    /// Namespace and tenant.
    pub key: TenantKey,
    /// The integration that keeps, or kept, the extension.
    pub integration: Arc<str>,
    /// Whose extension it is.
    pub person: PersonId,
}

/// What the watch of extensions saw that somebody has to look after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sighting {
    /// Somebody else changed or deleted an extension.
    Deviation(Deviation),
    /// An extension is gone, whoever deleted it: nobody has its number any more.
    Gone(TenantKey, Number),
}

/// One tenant's extensions.
#[derive(Debug, Default)]
pub struct Tenant {
    /// What is there.
    pub index: TenantIndex,
    expected: HashMap<Number, Expected>,
}

impl Tenant {
    /// Says what the next sight of an extension should be. Call it before the write.
    pub fn expect(&mut self, number: Number, expected: Expected) {
        self.expected.insert(number, expected);
    }

    /// Takes an expectation back, because the write did not happen.
    pub fn unexpect(&mut self, number: Number) {
        self.expected.remove(&number);
    }

    /// Takes in the answer to a write of our own.
    pub fn wrote(&mut self, digest: Digest) {
        self.expected.insert(digest.number, Expected::View(digest.kept()));
        self.index.upsert(digest);
    }

    /// Takes in that an extension is gone by our own hand.
    pub fn deleted(&mut self, number: Number) {
        self.index.remove(number);
        self.expected.insert(number, Expected::Gone);
    }

    /// The mark of the photo that stood in this extension when we wrote it or found it right. Means something only when
    /// nobody has changed anything but the photo since.
    pub fn expected_photo(&self, digest: &Digest) -> Option<u32> {
        match self.expected.get(&digest.number)? {
            Expected::View(kept) => u32::try_from(kept ^ digest.view).ok(),
            Expected::Gone => None,
        }
    }

    /// Takes in an extension that cannot be read: it is expected to look like nothing in particular. Says why.
    fn close(&mut self, object: &Stored, why: String, names: &mut Names) -> Option<String> {
        let opaque = Opaque::of(object, why.clone(), names)?;
        self.expected.remove(&opaque.number);
        self.index.close(opaque);
        Some(why)
    }

    /// Whether the person's extension is not what it should be. One that cannot be read is whatever it is.
    pub fn deviates(&self, person: &PersonId) -> bool {
        if self.index.opaque_of(person).is_some() {
            return false;
        }
        self.index
            .of_person(person)
            .is_none_or(|digest| match self.expected.get(&digest.number) {
                Some(Expected::View(view)) => *view != digest.kept(),
                Some(Expected::Gone) | None => true,
            })
    }
}

/// Every tenant's extensions. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Extensions(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    tenants: HashMap<TenantKey, Tenant>,
    names: Names,
    /// By watch: the list that is being received.
    lists: HashMap<usize, List>,
    listed: HashSet<usize>,
}

/// A list that is being received.
#[derive(Debug, Default)]
struct List {
    /// The newest version that was known when it began. What is newer is not gone because the list does not hold it.
    newest: u64,
    /// What it holds, of all that may turn out to be gone: nothing in the first list of all.
    held: HashMap<TenantKey, HashSet<Number>>,
}

impl List {
    fn holds(&self, key: &TenantKey, number: Number) -> bool {
        self.held
            .get(key)
            .is_some_and(|numbers| numbers.contains(&number))
    }
}

impl Extensions {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works on one tenant. Do not wait for anything inside.
    pub fn with<T>(&self, key: &TenantKey, work: impl FnOnce(&mut Tenant) -> T) -> T {
        let mut inner = self.lock();
        if let Some(tenant) = inner.tenants.get_mut(key) {
            return work(tenant);
        }
        work(inner.tenants.entry(key.clone()).or_default())
    }

    /// Reduces an object to what the index keeps.
    pub fn digest(&self, object: &Stored, read: &Extension) -> Option<Digest> {
        Digest::of_stored(object, read, &mut self.lock().names)
    }

    /// Whether the first list of this watch has come in.
    pub fn is_listed(&self, watch: usize) -> bool {
        self.lock().listed.contains(&watch)
    }

    /// How many extensions an integration keeps.
    pub fn kept(&self, key: &TenantKey, integration: &str) -> Kept {
        self.with(key, |tenant| tenant.index.kept(integration))
    }

    /// A watch begins to receive a complete list.
    pub fn list_begins(&self, watch: usize) {
        let mut inner = self.lock();
        let versions = inner.tenants.values().flat_map(|tenant| tenant.index.versions());
        let newest = versions.map(|(_, version)| version).max().unwrap_or_default();
        let list = List {
            newest,
            ..List::default()
        };
        inner.lists.insert(watch, list);
    }

    /// One object of the list.
    pub fn listed(&self, watch: usize, object: &Stored) -> Option<Deviation> {
        let deviation = self.applied(object);
        let (key, number) = place(object)?;
        let mut inner = self.lock();
        let tenant = inner.tenants.get(&key);
        let known = tenant.and_then(|tenant| tenant.index.version_of(number));
        if let Some(list) = inner.lists.get_mut(&watch)
            && known.is_some_and(|version| version <= list.newest)
        {
            list.held.entry(key).or_default().insert(number);
        }
        deviation
    }

    /// The list is complete: what it does not hold is gone. `watched` says which namespaces the watch covers.
    pub fn list_ends(&self, watch: usize, watched: impl Fn(&str) -> bool) -> Vec<Sighting> {
        let mut inner = self.lock();
        inner.listed.insert(watch);
        let Some(list) = inner.lists.remove(&watch) else {
            return Vec::new();
        };
        let gone: Vec<_> = inner
            .tenants
            .iter()
            .filter(|(key, _)| watched(&key.namespace))
            .flat_map(|(key, tenant)| {
                let versions = tenant.index.versions();
                versions.map(move |(number, version)| (key, number, version))
            })
            .filter(|(key, number, version)| *version <= list.newest && !list.holds(key, *number))
            .map(|(key, number, _)| (key.clone(), number))
            .collect();
        let sightings = |(key, number): (TenantKey, Number)| {
            let deviation = inner.gone(&key, number).map(Sighting::Deviation);
            deviation.into_iter().chain([Sighting::Gone(key, number)])
        };
        gone.into_iter().flat_map(sightings).collect()
    }

    /// The watch shows an object. What is known already is not decoded again.
    pub fn applied(&self, object: &Stored) -> Option<Deviation> {
        let (key, number) = place(object)?;
        let read = (!self.knows(&key, number, object.version())).then(|| object.read());
        let mut inner = self.lock();
        let inner = &mut *inner;
        let tenant = inner.tenants.entry(key.clone()).or_default();
        let before = tenant.index.get(number).and_then(owner);
        let was_opaque = tenant.index.opaque(number).is_some();
        match read {
            None => {}
            Some(Ok(read)) => tenant
                .index
                .upsert(Digest::of_stored(object, &read, &mut inner.names)?),
            Some(Err(why)) => {
                let why = tenant.close(object, why, &mut inner.names)?;
                tracing::warn!(name = object.name_any(), namespace = key.namespace, %why, "cannot read an extension, which stays unchanged; if the operator is older than its CRDs, upgrade it");
                return None;
            }
        }
        let now = tenant.index.get(number)?;
        let expected = tenant.expected.get(&number);
        let is_right = expected
            .is_none_or(|expected| *expected == Expected::View(now.kept()) || *expected == Expected::Gone);
        // What has become readable waits for nothing else.
        if is_right && !was_opaque {
            return None;
        }
        // Whoever kept it before looks after it: a label may name somebody else now, or nobody.
        let (integration, person) = before.or_else(|| owner(now))?;
        Some(Deviation {
            key,
            integration,
            person,
        })
    }

    fn knows(&self, key: &TenantKey, number: Number, version: u64) -> bool {
        let inner = self.lock();
        let tenant = inner.tenants.get(key);
        version > 0 && tenant.and_then(|tenant| tenant.index.version_of(number)) == Some(version)
    }

    /// The watch shows that an object was deleted.
    pub fn removed(&self, object: &Stored) -> Option<Deviation> {
        let (key, number) = place(object)?;
        let mut inner = self.lock();
        let tenant = inner.tenants.get(&key);
        let known = tenant.and_then(|tenant| tenant.index.version_of(number));
        if known > Some(object.version()) {
            return None; // made again since, and we know that already from our own write
        }
        inner.gone(&key, number)
    }

    /// The answer to a write of our own, which the watch may have shown already. `None` when it cannot be read.
    pub fn wrote(&self, object: &Stored) -> Option<Digest> {
        let (key, number) = place(object)?;
        let read = (!self.knows(&key, number, object.version())).then(|| object.read());
        let mut inner = self.lock();
        let inner = &mut *inner;
        let tenant = inner.tenants.entry(key).or_default();
        let digest = match read {
            None => tenant.index.get(number)?.clone(),
            Some(Ok(read)) => Digest::of_stored(object, &read, &mut inner.names)?,
            Some(Err(why)) => {
                tenant.close(object, why, &mut inner.names);
                return None;
            }
        };
        tenant.wrote(digest.clone());
        Some(digest)
    }

    /// An object that was found and cannot be read.
    pub fn close(&self, object: &Stored, why: String) {
        if let Some((key, _)) = place(object) {
            let mut inner = self.lock();
            let inner = &mut *inner;
            let tenant = inner.tenants.entry(key).or_default();
            tenant.close(object, why, &mut inner.names);
        }
    }
}

impl Inner {
    fn gone(&mut self, key: &TenantKey, number: Number) -> Option<Deviation> {
        let tenant = self.tenants.get_mut(key)?;
        if tenant.expected.remove(&number) == Some(Expected::Gone) {
            tenant.index.remove(number);
            return None;
        }
        let (integration, person) = tenant.index.remove_by_hand(number)?;
        Some(Deviation {
            key: key.clone(),
            integration: integration?,
            person: person?,
        })
    }
}

/// Who keeps an extension, and for whom.
fn owner(digest: &Digest) -> Option<(Arc<str>, PersonId)> {
    Some((digest.integration.clone()?, digest.person.clone()?))
}

/// Where an extension is, by its name.
pub fn place(object: &Stored) -> Option<(TenantKey, Number)> {
    let namespace = object.meta().namespace.clone()?;
    let (tenant, number) = object.place()?;
    let tenant = tenant.to_owned();
    Some((TenantKey { namespace, tenant }, number))
}

#[cfg(test)]
mod tests;
