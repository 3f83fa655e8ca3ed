//! Extensions: read, edited, awaited.

use std::collections::BTreeMap;

use dialplane::api::PbxExtension;
use dialplane_test_harness::world::wait_for;
use k8s_openapi::api::events::v1::Event;
use kube::Api;
use kube::api::{ListParams, Patch, PatchParams};
use serde_json::Value;

use super::{NAME, PATIENCE, World};

impl World {
    pub(crate) fn extensions(&self) -> Api<PbxExtension> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Every extension of the tenant by its number.
    pub(crate) async fn all(&self) -> BTreeMap<String, PbxExtension> {
        let list = self.extensions().list(&ListParams::default()).await.unwrap();
        list.items
            .into_iter()
            .filter(|extension| extension.spec.tenant == NAME)
            .map(|extension| (extension.spec.number.clone(), extension))
            .collect()
    }

    /// The extension of the person with this Google id.
    pub(crate) async fn extension_of(&self, id: &str) -> Option<PbxExtension> {
        let mut found = self
            .all()
            .await
            .into_values()
            .filter(|extension| user_id(extension) == Some(id));
        let first = found.next();
        assert!(found.next().is_none(), "{id} has two extensions");
        first
    }

    /// The number of the person with this address, by Google's id.
    pub(crate) async fn number_of(&self, address: &str) -> Option<String> {
        let extension = self.extension_of(&self.id_of(address)).await?;
        Some(extension.spec.number)
    }

    /// The extensions, in the order of their numbers: whose they are by the first part of the address, and why they are
    /// disabled. For example `1001 ana, 1002 bo (Suspended)`.
    pub(crate) async fn roll(&self) -> String {
        let line = |extension: &PbxExtension| {
            let user = extension.spec.user.as_ref();
            let email = user.and_then(|user| user.email.as_deref()).unwrap_or("nobody");
            let name = email.split('@').next().unwrap_or_default();
            let reason = match (extension.spec.enabled, extension.spec.disabled_reason) {
                (true, None) => String::new(),
                (true, Some(_)) => " (enabled for a reason)".to_owned(),
                (false, None) => " (off)".to_owned(),
                (false, Some(reason)) => format!(" ({})", reason.as_str()),
            };
            format!("{} {name}{reason}", extension.spec.number)
        };
        let all = self.all().await;
        all.values().map(line).collect::<Vec<_>>().join(", ")
    }

    /// Waits until the extension with this number is as wanted.
    pub(crate) async fn until_extension(
        &self,
        number: &str,
        wanted: impl FnMut(&PbxExtension) -> bool,
    ) -> PbxExtension {
        wait_for(&self.extensions(), &format!("{NAME}-{number}"), wanted, PATIENCE).await
    }

    /// Changes an extension as somebody with all rights does: a merge patch of the whole object.
    pub(crate) async fn edit(&self, number: &str, patch: Value) -> PbxExtension {
        let name = format!("{NAME}-{number}");
        self.extensions()
            .patch(&name, &PatchParams::default(), &Patch::Merge(patch))
            .await
            .unwrap()
    }

    /// The events of this namespace with this reason.
    pub(crate) async fn events(&self, reason: &str) -> Vec<Event> {
        let api: Api<Event> = Api::namespaced(self.client.clone(), &self.namespace);
        let mut events = api.list(&ListParams::default()).await.unwrap().items;
        events.retain(|event| event.reason.as_deref() == Some(reason));
        events
    }
}

/// The Google id that an extension belongs to.
pub(crate) fn user_id(extension: &PbxExtension) -> Option<&str> {
    Some(extension.spec.google.as_ref()?.user_id.as_str())
}

/// JSON pointers of everything that differs between two versions of an object, but for what every write changes.
pub(crate) fn differences<T: serde::Serialize>(before: &T, after: &T) -> Vec<String> {
    fn walk(path: &str, before: &Value, after: &Value, found: &mut Vec<String>) {
        if let (Value::Object(before), Value::Object(after)) = (before, after) {
            let keys: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
            for key in keys {
                let path = format!("{path}/{key}");
                let at = |map: &serde_json::Map<String, Value>| map.get(key).cloned().unwrap_or_default();
                walk(&path, &at(before), &at(after), found);
            }
        } else if before != after {
            found.push(path.to_owned());
        }
    }
    let plain = |object: &T| {
        let mut object = serde_json::to_value(object).unwrap();
        for field in ["resourceVersion", "generation", "managedFields"] {
            object["metadata"].as_object_mut().unwrap().remove(field);
        }
        object
    };
    let mut found = Vec::new();
    walk("", &plain(before), &plain(after), &mut found);
    found
}
