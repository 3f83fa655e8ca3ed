//! A `PbxExtension` as the API server has it, decoded only as far as it is needed.
//!
//! The spec stays text until somebody asks for it: what is known already is not decoded again, and one object that cannot be
//! read hides no other. What the phone system and its administrators keep in it is never looked at, so that it may be newer.

use std::borrow::Cow;
use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::ObjectMeta;
use kube::{Resource, ResourceExt};
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::number::Number;
use super::view::{KeptSpec, View};
use crate::api::PbxExtension;
use crate::api::extension::{DisabledReason, ExtensionUser, GoogleIdentity, Photo};
use crate::api::names::EXTENSION_LABELS;

/// Longest reason why an object cannot be read.
const WHY: usize = 300;

/// An object with its spec as text.
#[derive(Clone, Debug)]
pub struct Stored {
    metadata: ObjectMeta,
    spec: Box<RawValue>,
}

/// What is read of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Extension {
    /// What a sync keeps.
    pub view: View,
    /// `spec.user.photo`, which stands in no view.
    pub photo: Option<Photo>,
}

/// What is read of the metadata: `managedFields` are as large as all the rest.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metadata {
    name: Option<String>,
    namespace: Option<String>,
    uid: Option<String>,
    resource_version: Option<String>,
    generation: Option<i64>,
    creation_timestamp: Option<Time>,
    labels: Option<BTreeMap<String, String>>,
    annotations: Option<BTreeMap<String, String>>,
    deletion_timestamp: Option<Time>,
    finalizers: Option<Vec<String>>,
}

/// What is read of the spec.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    #[serde(default = "enabled_by_default")]
    enabled: bool,
    disabled_reason: Option<DisabledReason>,
    remove_after: Option<String>,
    user: Option<ExtensionUser>,
    google: Option<GoogleIdentity>,
}

/// The fields of [`Spec`], in JSON.
const READ: [&str; 5] = ["enabled", "disabledReason", "removeAfter", "user", "google"];

fn enabled_by_default() -> bool {
    true
}

impl<'de> Deserialize<'de> for Stored {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Object {
            #[serde(default)]
            metadata: Metadata,
            spec: Option<Box<RawValue>>,
        }
        let Object { metadata, spec } = Object::deserialize(deserializer)?;
        let spec = match spec {
            Some(spec) => spec,
            None => RawValue::from_string("{}".to_owned()).map_err(D::Error::custom)?,
        };
        let Metadata {
            name,
            namespace,
            uid,
            resource_version,
            generation,
            creation_timestamp,
            labels,
            annotations,
            deletion_timestamp,
            finalizers,
        } = metadata;
        Ok(Self {
            metadata: ObjectMeta {
                name,
                namespace,
                uid,
                resource_version,
                generation,
                creation_timestamp,
                labels,
                annotations,
                deletion_timestamp,
                finalizers,
                ..ObjectMeta::default()
            },
            spec,
        })
    }
}

impl Serialize for Stored {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Object<'a> {
            api_version: Cow<'static, str>,
            kind: Cow<'static, str>,
            metadata: &'a ObjectMeta,
            spec: &'a RawValue,
        }
        let object = Object {
            api_version: Self::api_version(&()),
            kind: Self::kind(&()),
            metadata: &self.metadata,
            spec: &self.spec,
        };
        object.serialize(serializer)
    }
}

impl Resource for Stored {
    type DynamicType = ();
    type Scope = <PbxExtension as Resource>::Scope;

    fn kind((): &()) -> Cow<'_, str> {
        PbxExtension::kind(&())
    }

    fn group((): &()) -> Cow<'_, str> {
        PbxExtension::group(&())
    }

    fn version((): &()) -> Cow<'_, str> {
        PbxExtension::version(&())
    }

    fn plural((): &()) -> Cow<'_, str> {
        PbxExtension::plural(&())
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

impl Stored {
    /// A new object with this view and nothing else.
    pub fn new(view: &View, tenant: &str, number: &str) -> Result<Self, serde_json::Error> {
        Self::beside(view, tenant, number, Map::new())
    }

    /// A new object with this view, and with these fields of another one's spec.
    pub fn beside(
        view: &View,
        tenant: &str,
        number: &str,
        others: Map<String, Value>,
    ) -> Result<Self, serde_json::Error> {
        #[derive(Serialize)]
        struct Spec<'a> {
            tenant: &'a str,
            number: &'a str,
            #[serde(flatten)]
            kept: &'a KeptSpec,
            #[serde(flatten)]
            others: Map<String, Value>,
        }
        let spec = Spec {
            tenant,
            number,
            kept: &view.spec,
            others,
        };
        Ok(Self {
            metadata: ObjectMeta {
                name: Some(format!("{tenant}-{number}")),
                labels: Some(view.labels.clone()),
                ..ObjectMeta::default()
            },
            spec: serde_json::value::to_raw_value(&spec)?,
        })
    }

    /// Tenant and number, which the object's name is made of.
    pub fn place(&self) -> Option<(&str, Number)> {
        let (tenant, number) = self.metadata.name.as_deref()?.rsplit_once('-')?;
        Some((tenant, Number::parse(number)?))
    }

    /// `metadata.resourceVersion`; 0 when there is none.
    pub fn version(&self) -> u64 {
        let version = self.metadata.resource_version.as_deref();
        version
            .and_then(|version| version.parse().ok())
            .unwrap_or_default()
    }

    /// Decodes what a sync keeps; the error says which field cannot be read, and why.
    pub fn read(&self) -> Result<Extension, String> {
        let spec: Spec = serde_json::from_str(self.spec.get()).map_err(|error| self.why(&error))?;
        let mut user = spec.user;
        let photo = user.as_mut().and_then(|user| user.photo.take());
        let labels = self.labels();
        Ok(Extension {
            view: View {
                labels: EXTENSION_LABELS
                    .iter()
                    .filter_map(|key| Some(((*key).to_owned(), labels.get(*key)?.clone())))
                    .collect(),
                spec: KeptSpec {
                    enabled: spec.enabled,
                    disabled_reason: spec.disabled_reason,
                    remove_after: spec.remove_after,
                    user,
                    google: spec.google,
                },
            },
            photo,
        })
    }

    /// One field of the spec, whatever it is.
    pub fn field(&self, name: &str) -> Option<Value> {
        let mut spec: Map<String, Value> = serde_json::from_str(self.spec.get()).ok()?;
        spec.remove(name)
    }

    /// The error of the first field that cannot be read by itself.
    fn why(&self, error: &serde_json::Error) -> String {
        let alone = |name: &&str| {
            let value = self.field(name)?;
            let spec: Result<Spec, _> = serde_json::from_value(json!({*name: value}));
            Some(format!("spec.{name}: {}", spec.err()?))
        };
        let why = READ.iter().find_map(alone);
        why.unwrap_or_else(|| format!("spec: {error}"))
            .chars()
            .take(WHY)
            .collect()
    }
}

#[cfg(test)]
mod tests;
