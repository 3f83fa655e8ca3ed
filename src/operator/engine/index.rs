//! The digest index of every watched extension, and what each of them is expected to look like.
//!
//! Filled by a watch and by the answers to our own writes, whichever is newer. An extension that looks different from
//! what we last wrote or found right was edited by somebody else: that is a [`Deviation`].

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::api::PbxExtension;
use crate::sync::index::{Digest, Names, TenantIndex};
use crate::sync::number::Number;
use crate::sync::person::PersonId;

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

    /// Whether the person's extension is not what it should be.
    pub fn deviates(&self, person: &PersonId) -> bool {
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
    /// By watch: the objects of the list that is being received, and the newest version known when it began.
    lists: HashMap<usize, (HashSet<(TenantKey, Number)>, u64)>,
    listed: HashSet<usize>,
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
    pub fn digest(&self, object: &PbxExtension) -> Option<Digest> {
        Digest::of(object, &mut self.lock().names)
    }

    /// Whether the first list of this watch has come in.
    pub fn is_listed(&self, watch: usize) -> bool {
        self.lock().listed.contains(&watch)
    }

    /// How many of an integration's extensions are enabled and disabled.
    pub fn states(&self, key: &TenantKey, integration: &str) -> (i64, i64) {
        self.with(key, |tenant| {
            tenant
                .index
                .kept_by(integration)
                .fold((0, 0), |(enabled, disabled), digest| {
                    if digest.enabled {
                        (enabled + 1, disabled)
                    } else {
                        (enabled, disabled + 1)
                    }
                })
        })
    }

    /// A watch begins to receive a complete list.
    pub fn list_begins(&self, watch: usize) {
        let mut inner = self.lock();
        let digests = inner.tenants.values().flat_map(|tenant| tenant.index.iter());
        let newest = digests.map(|digest| digest.version).max().unwrap_or_default();
        inner.lists.insert(watch, (HashSet::new(), newest));
    }

    /// One object of the list.
    pub fn listed(&self, watch: usize, object: &PbxExtension) -> Option<Deviation> {
        let deviation = self.applied(object);
        let place = place(object)?;
        if let Some((seen, _)) = self.lock().lists.get_mut(&watch) {
            seen.insert(place);
        }
        deviation
    }

    /// The list is complete: what it does not hold is gone. `watched` says which namespaces the watch covers.
    pub fn list_ends(&self, watch: usize, watched: impl Fn(&str) -> bool) -> Vec<Deviation> {
        let mut inner = self.lock();
        inner.listed.insert(watch);
        let Some((seen, newest)) = inner.lists.remove(&watch) else {
            return Vec::new();
        };
        let gone: Vec<_> = inner
            .tenants
            .iter()
            .filter(|(key, _)| watched(&key.namespace))
            .flat_map(|(key, tenant)| {
                tenant
                    .index
                    .iter()
                    .map(move |digest| (key.clone(), digest.number, digest.version))
            })
            .filter(|(key, number, version)| *version <= newest && !seen.contains(&(key.clone(), *number)))
            .collect();
        gone.into_iter()
            .filter_map(|(key, number, _)| inner.gone(&key, number))
            .collect()
    }

    /// The watch shows an object.
    pub fn applied(&self, object: &PbxExtension) -> Option<Deviation> {
        let (key, number) = place(object)?;
        let mut inner = self.lock();
        let digest = Digest::of(object, &mut inner.names)?;
        let tenant = inner.tenants.entry(key.clone()).or_default();
        let before = tenant.index.get(number).cloned();
        tenant.index.upsert(digest);
        let now = tenant.index.get(number)?;
        let expected = tenant.expected.get(&number);
        if expected
            .is_none_or(|expected| *expected == Expected::View(now.kept()) || *expected == Expected::Gone)
        {
            return None;
        }
        let owner = |digest: &Digest| Some((digest.integration.clone()?, digest.person.clone()?));
        // Whoever kept it before looks after it: a label may name somebody else now, or nobody.
        let (integration, person) = before.as_ref().and_then(owner).or_else(|| owner(now))?;
        Some(Deviation {
            key,
            integration,
            person,
        })
    }

    /// The watch shows that an object was deleted.
    pub fn removed(&self, object: &PbxExtension) -> Option<Deviation> {
        let (key, number) = place(object)?;
        let mut inner = self.lock();
        let deleted = Digest::of(object, &mut inner.names)?.version;
        let known = inner
            .tenants
            .get(&key)
            .and_then(|tenant| tenant.index.get(number));
        if known.is_some_and(|known| known.version > deleted) {
            return None; // made again since, and we know that already from our own write
        }
        inner.gone(&key, number)
    }
}

impl Inner {
    fn gone(&mut self, key: &TenantKey, number: Number) -> Option<Deviation> {
        let tenant = self.tenants.get_mut(key)?;
        if tenant.expected.remove(&number) == Some(Expected::Gone) {
            tenant.index.remove(number);
            return None;
        }
        let digest = tenant.index.remove_by_hand(number)?;
        Some(Deviation {
            key: key.clone(),
            integration: digest.integration?,
            person: digest.person?,
        })
    }
}

fn place(object: &PbxExtension) -> Option<(TenantKey, Number)> {
    let namespace = object.metadata.namespace.clone()?;
    Some((
        TenantKey {
            namespace,
            tenant: object.spec.tenant.clone(),
        },
        Number::parse(&object.spec.number)?,
    ))
}

#[cfg(test)]
mod tests;
