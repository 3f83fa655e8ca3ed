//! Extensions that cannot be read: something newer than this operator wrote them. Their name and labels are enough to leave
//! them alone: the number is taken, and the person is served already, however.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use kube::Resource;
use serde_json::Value;

use super::digest::{Names, integration_of, person_by_label};
use crate::sync::number::Number;
use crate::sync::person::PersonId;
use crate::sync::stored::Stored;

/// What is known of an extension that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opaque {
    /// The number; with the tenant it is the object's name.
    pub number: Number,
    /// The integration that keeps the extension.
    pub integration: Option<Arc<str>>,
    /// The person whose extension it is, as far as that can be read.
    pub person: Option<PersonId>,
    /// The addresses in it that can be read, in lower case.
    pub addresses: Vec<String>,
    /// The field that cannot be read, and why.
    pub why: String,
    /// `metadata.resourceVersion`.
    pub version: u64,
}

impl Opaque {
    /// What its name, its labels and the readable rest say; `None` when its name is none, which the CRD's schema refuses.
    pub fn of(stored: &Stored, why: String, names: &mut Names) -> Option<Self> {
        let (_, number) = stored.place()?;
        let integration = integration_of(stored.meta(), names);
        let google = stored.field("google");
        let id = google.as_ref().and_then(|google| google.get("userId")?.as_str());
        let person = id.or_else(|| person_by_label(stored.meta(), integration.as_ref()));
        Some(Self {
            number,
            person: person.map(PersonId::new),
            integration,
            addresses: addresses(stored.field("user").as_ref()),
            why,
            version: stored.version(),
        })
    }

    /// Why nothing is done about it, and what to do, for people.
    pub fn explain(&self, tenant: &str) -> String {
        format!(
            "PbxExtension {tenant}-{} cannot be read and stays unchanged: {}. If the operator is older than its CRDs, upgrade it. Otherwise correct that field.",
            self.number, self.why
        )
    }
}

fn addresses(user: Option<&Value>) -> Vec<String> {
    let Some(user) = user else { return Vec::new() };
    let aliases = user.get("emailAliases").and_then(Value::as_array);
    let all = user.get("email").into_iter().chain(aliases.into_iter().flatten());
    all.filter_map(Value::as_str).map(str::to_lowercase).collect()
}

/// Those of one tenant.
#[derive(Debug, Default)]
pub struct Opaques {
    known: HashMap<Number, Opaque>,
    people: HashMap<PersonId, BTreeSet<Number>>,
    addresses: HashMap<String, BTreeSet<Number>>,
}

impl Opaques {
    pub(super) fn insert(&mut self, opaque: Opaque) {
        self.remove(opaque.number);
        if let Some(person) = &opaque.person {
            let numbers = self.people.entry(person.clone()).or_default();
            numbers.insert(opaque.number);
        }
        for address in &opaque.addresses {
            let numbers = self.addresses.entry(address.clone()).or_default();
            numbers.insert(opaque.number);
        }
        self.known.insert(opaque.number, opaque);
    }

    pub(super) fn remove(&mut self, number: Number) -> Option<Opaque> {
        let opaque = self.known.remove(&number)?;
        if let Some(person) = &opaque.person {
            part(&mut self.people, person, number);
        }
        for address in &opaque.addresses {
            part(&mut self.addresses, address, number);
        }
        Some(opaque)
    }

    pub(super) fn get(&self, number: Number) -> Option<&Opaque> {
        self.known.get(&number)
    }

    pub(super) fn of_person(&self, person: &PersonId) -> Option<&Opaque> {
        self.get(*self.people.get(person)?.first()?)
    }

    pub(super) fn with<'a>(&self, mut addresses: impl Iterator<Item = &'a String>) -> Option<&Opaque> {
        addresses.find_map(|address| self.get(*self.addresses.get(address)?.first()?))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Opaque> {
        self.known.values()
    }
}

fn part<K: Eq + Hash>(map: &mut HashMap<K, BTreeSet<Number>>, key: &K, number: Number) {
    if let Some(numbers) = map.get_mut(key) {
        numbers.remove(&number);
        if numbers.is_empty() {
            map.remove(key);
        }
    }
}
