//! What the tests need of an API server: it keeps names unique, counts versions and generations, and refuses what the
//! CRD's rules refuse.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;
use serde_json::Value;

use crate::api::PbxExtension;
use crate::sync::number::Number;
use crate::sync::quarantine::{self, Entry};

/// What a watch reports.
#[derive(Clone, Debug)]
pub enum Event {
    Put(Box<PbxExtension>),
    /// With the version of the deletion.
    Gone(Number, u64),
    /// Nothing that a watch of extensions shows: a number is put into quarantine.
    Left(Number, Box<Entry>),
}

/// The extensions of one tenant, and the stored quarantine.
#[derive(Clone, Debug)]
pub struct Server {
    pub now: Timestamp,
    /// Everything that happened, in order.
    pub events: Vec<Event>,
    /// The quarantine as it is stored: text by number.
    pub quarantine: BTreeMap<Number, String>,
    objects: BTreeMap<Number, PbxExtension>,
    version: u64,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            now: Timestamp::from_second(1_800_000_000).unwrap(),
            events: Vec::new(),
            quarantine: BTreeMap::new(),
            objects: BTreeMap::new(),
            version: 0,
        }
    }
}

impl Server {
    /// All objects by number.
    pub fn objects(&self) -> &BTreeMap<Number, PbxExtension> {
        &self.objects
    }

    /// Creates an object, or gives the one that has its name.
    pub fn create(&mut self, mut object: PbxExtension) -> Result<PbxExtension, Box<PbxExtension>> {
        let number = Number::parse(&object.spec.number).unwrap();
        if let Some(there) = self.objects.get(&number) {
            return Err(Box::new(there.clone()));
        }
        object.metadata.generation = Some(1);
        object.metadata.creation_timestamp = Some(Time(self.now));
        Ok(self.store(number, object))
    }

    /// Applies a merge patch.
    pub fn patch(&mut self, number: Number, patch: &Value) -> PbxExtension {
        let mut json = serde_json::to_value(&self.objects[&number]).unwrap();
        merge(&mut json, patch);
        self.replace(number, serde_json::from_value(json).unwrap())
    }

    /// Changes an object as a person with an editor does.
    pub fn edit(&mut self, number: Number, change: impl FnOnce(&mut PbxExtension)) {
        let mut object = self.objects[&number].clone();
        change(&mut object);
        self.replace(number, object);
    }

    fn replace(&mut self, number: Number, mut new: PbxExtension) -> PbxExtension {
        let old = &self.objects[&number];
        if new == *old {
            return new;
        }
        assert_eq!(
            (&new.spec.tenant, &new.spec.number),
            (&old.spec.tenant, &old.spec.number)
        );
        if new.spec != old.spec {
            new.metadata.generation = Some(old.metadata.generation.unwrap() + 1);
        }
        self.store(number, new)
    }

    /// Deletes an object, and gives the version of the deletion.
    pub fn delete(&mut self, number: Number) -> u64 {
        self.objects.remove(&number).unwrap();
        self.version += 1;
        self.events.push(Event::Gone(number, self.version));
        self.version
    }

    /// Puts a number into quarantine.
    pub fn leave(&mut self, number: Number, entry: &Entry) {
        self.quarantine.insert(number, quarantine::to_text(entry));
        self.events.push(Event::Left(number, Box::new(entry.clone())));
    }

    fn store(&mut self, number: Number, mut object: PbxExtension) -> PbxExtension {
        assert_eq!(
            object.name_any(),
            format!("{}-{}", object.spec.tenant, object.spec.number)
        );
        assert!(
            object.spec.disabled_reason.is_none() || !object.spec.enabled,
            "refused: {object:?}"
        );
        self.version += 1;
        object.metadata.resource_version = Some(self.version.to_string());
        self.objects.insert(number, object.clone());
        self.events.push(Event::Put(Box::new(object.clone())));
        object
    }
}

/// RFC 7386, word for word.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(target) = target else { return };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(key);
        } else {
            merge(target.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}
