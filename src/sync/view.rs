//! The part of a `PbxExtension` that a sync keeps, and the difference between two of them.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use kube::ResourceExt;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::api::extension::{DisabledReason, ExtensionUser, GoogleIdentity};
use crate::api::names::{
    EXTENSION_LABELS, LABEL_GOOGLE_USER_ID, LABEL_INTEGRATION, LABEL_MANAGED_BY, LABEL_SOURCE, LABEL_TENANT,
    MANAGED_BY, SOURCE_GOOGLE,
};
use crate::api::{PbxExtension, PbxExtensionSpec};

/// Labels and fields that a sync keeps. Voicemail, SIP, sign-in and everything else belong to others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct View {
    /// Those of [`EXTENSION_LABELS`] that are set.
    pub labels: BTreeMap<String, String>,
    /// What is kept of the spec.
    pub spec: KeptSpec,
}

/// What is kept of the spec, in the resource's own JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptSpec {
    /// Whether the phone system serves the extension.
    pub enabled: bool,
    /// Why we disabled it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled_reason: Option<DisabledReason>,
    /// When a waiting deletion happens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remove_after: Option<String>,
    /// The person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<ExtensionUser>,
    /// Identity in Google.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub google: Option<GoogleIdentity>,
}

impl View {
    /// What stands in an object.
    pub fn of(object: &PbxExtension) -> Self {
        let labels = object.labels();
        Self {
            labels: EXTENSION_LABELS
                .iter()
                .filter_map(|key| Some(((*key).to_owned(), labels.get(*key)?.clone())))
                .collect(),
            spec: KeptSpec {
                enabled: object.spec.enabled,
                disabled_reason: object.spec.disabled_reason,
                remove_after: object.spec.remove_after.clone(),
                user: object.spec.user.clone().map(without_photo),
                google: object.spec.google.clone(),
            },
        }
    }

    /// The labels of an extension that an integration keeps.
    pub fn labels_of(tenant: &str, integration: &str, user_id: &str) -> BTreeMap<String, String> {
        [
            (LABEL_MANAGED_BY, MANAGED_BY),
            (LABEL_TENANT, tenant),
            (LABEL_INTEGRATION, integration),
            (LABEL_SOURCE, SOURCE_GOOGLE),
            (LABEL_GOOGLE_USER_ID, user_id),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
    }

    /// Equal views have equal hashes. Good within one process only.
    pub fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        Hash::hash(self, &mut hasher);
        hasher.finish()
    }

    /// A new object with this view and nothing else.
    pub fn into_object(self, tenant: &str, number: &str) -> PbxExtension {
        let spec = PbxExtensionSpec {
            tenant: tenant.to_owned(),
            number: number.to_owned(),
            enabled: self.spec.enabled,
            disabled_reason: self.spec.disabled_reason,
            remove_after: self.spec.remove_after,
            user: self.spec.user,
            google: self.spec.google,
            ..PbxExtensionSpec::default()
        };
        let mut object = PbxExtension::new(&format!("{tenant}-{number}"), spec);
        object.metadata.labels = Some(self.labels);
        object
    }

    /// The JSON merge patch (RFC 7386) that turns `current` into this view, or `None` when they are equal.
    pub fn patch_from(&self, current: &Self) -> Option<Value> {
        let change = difference(&current.to_json(), &self.to_json());
        change
            .as_object()
            .is_some_and(|map| !map.is_empty())
            .then_some(change)
    }

    fn to_json(&self) -> Value {
        // A struct of strings, booleans and lists cannot fail to serialise; an empty object would show in every test.
        let spec = serde_json::to_value(&self.spec).unwrap_or_default();
        json!({"metadata": {"labels": self.labels}, "spec": spec})
    }
}

/// The photo is kept by itself, because Google has to be asked for it first.
fn without_photo(mut user: ExtensionUser) -> ExtensionUser {
    user.photo = None;
    user
}

fn difference(from: &Value, to: &Value) -> Value {
    let (Value::Object(from), Value::Object(to)) = (from, to) else {
        return to.clone();
    };
    let gone = from
        .keys()
        .filter(|key| !to.contains_key(*key))
        .map(|key| (key.clone(), Value::Null));
    let changed = to
        .iter()
        .filter(|(key, value)| from.get(*key) != Some(value))
        .map(|(key, value)| {
            let nested = from
                .get(key)
                .map_or_else(|| value.clone(), |old| difference(old, value));
            (key.clone(), nested)
        });
    Value::Object(gone.chain(changed).collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view() -> View {
        View {
            labels: View::labels_of("acme", "acme", "7"),
            spec: KeptSpec {
                enabled: true,
                user: Some(ExtensionUser {
                    first_name: Some("Ana".into()),
                    mobile: Some("1".into()),
                    ..Default::default()
                }),
                google: Some(GoogleIdentity {
                    user_id: "7".into(),
                    ..Default::default()
                }),
                ..Default::default()
            },
        }
    }

    #[test]
    fn survives_the_way_into_an_object_and_back() {
        let object = view().into_object("acme", "1001");
        assert_eq!(object.name_any(), "acme-1001");
        assert_eq!(View::of(&object), view());
        assert_eq!(View::of(&object).hash(), view().hash());
    }

    #[test]
    fn a_patch_holds_only_what_differs() {
        let mut next = view();
        next.spec.enabled = false;
        next.spec.disabled_reason = Some(DisabledReason::Suspended);
        next.spec.user.as_mut().unwrap().mobile = None;
        assert_eq!(
            next.patch_from(&view()).unwrap(),
            json!({"spec": {"enabled": false, "disabledReason": "Suspended", "user": {"mobile": null}}})
        );
        assert_eq!(view().patch_from(&view()), None);
    }

    #[test]
    fn a_release_removes_our_labels_and_nothing_else() {
        let mut next = view();
        next.labels.clear();
        let patch = next.patch_from(&view()).unwrap();
        assert_eq!(
            patch["metadata"]["labels"].as_object().unwrap().len(),
            EXTENSION_LABELS.len()
        );
        assert!(
            patch["metadata"]["labels"]
                .as_object()
                .unwrap()
                .values()
                .all(Value::is_null)
        );
        assert!(patch.get("spec").is_none());
    }
}
