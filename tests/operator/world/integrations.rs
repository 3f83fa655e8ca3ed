//! Integrations: declared, changed, awaited.

use dialplane::api::names::ANNOTATION_SYNC_REQUESTED_AT;
use dialplane::api::status::UsersStatus;
use dialplane::api::{GoogleWorkspaceIntegration, conditions};
use dialplane_test_harness::world::wait_for;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::api::{DynamicObject, Patch, PatchParams, PostParams};
use kube::core::ApiResource;
use kube::{Api, ResourceExt};
use serde_json::{Value, json};

use super::{ADMIN, NAME, PATIENCE, World, merge};

impl World {
    pub(crate) fn integrations(&self) -> Api<GoogleWorkspaceIntegration> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Declares the integration `acme`: Automatic, numbers from 1001, once a day, with `spec` merged over it: no
    /// sync comes by itself in a test that is not about the schedule, however slow the machine is.
    pub(crate) async fn declare(&self, spec: Value) -> GoogleWorkspaceIntegration {
        self.declare_as(NAME, spec).await
    }

    /// Declares an integration of this name.
    pub(crate) async fn declare_as(&self, name: &str, spec: Value) -> GoogleWorkspaceIntegration {
        let mut object = json!({
            "apiVersion": "dialplane.io/v1alpha1", "kind": "GoogleWorkspaceIntegration",
            "metadata": {"name": name},
            "spec": {
                "tenant": {"name": NAME},
                "google": {"credentials": {"serviceAccount": {"secretRef": {"name": "google-key"}, "subject": ADMIN}}},
                "users": {"enabled": true, "syncMode": "Automatic", "schedule": {"interval": "24h"}, "numbering": {"start": "1001"}},
            },
        });
        merge(&mut object["spec"], spec);
        let kind = ApiResource::erase::<GoogleWorkspaceIntegration>(&());
        let api: Api<DynamicObject> = Api::namespaced_with(self.client.clone(), &self.namespace, &kind);
        let object: DynamicObject = serde_json::from_value(object).unwrap();
        let created = api.create(&PostParams::default(), &object).await.unwrap();
        serde_json::from_value(serde_json::to_value(created).unwrap()).unwrap()
    }

    /// Changes the spec of the integration by a merge patch.
    pub(crate) async fn change(&self, spec: Value) -> GoogleWorkspaceIntegration {
        let patch = Patch::Merge(json!({"spec": spec}));
        self.integrations()
            .patch(NAME, &PatchParams::default(), &patch)
            .await
            .unwrap()
    }

    /// Sets an annotation of the integration.
    pub(crate) async fn annotate(&self, key: &str, value: &str) {
        self.annotate_other(NAME, key, value).await;
    }

    async fn annotate_other(&self, name: &str, key: &str, value: &str) {
        let patch = Patch::Merge(json!({"metadata": {"annotations": {key: value}}}));
        self.integrations()
            .patch(name, &PatchParams::default(), &patch)
            .await
            .unwrap();
    }

    /// Asks for a sync and waits until it was carried out.
    pub(crate) async fn sync(&self) -> GoogleWorkspaceIntegration {
        let mark = self.audit.mark().await;
        let token = self.request_sync().await;
        let object = self.until(|object| handled(object) == Some(token.as_str())).await;
        // A watch shows the status a moment before the audit log does; whatever was written before is there by then.
        self.until_written(mark, |writes| {
            writes.contains_key("patch googleworkspaceintegrations/status")
        })
        .await;
        object
    }

    /// Asks for a sync, and returns the token that tells when it was carried out.
    pub(crate) async fn request_sync(&self) -> String {
        self.request_sync_of(NAME).await
    }

    /// The same for another integration.
    pub(crate) async fn request_sync_of(&self, name: &str) -> String {
        let token = format!("{:?}", std::time::SystemTime::now());
        self.annotate_other(name, ANNOTATION_SYNC_REQUESTED_AT, &token)
            .await;
        token
    }

    /// Has the operator look at the integration without a request, and without a change of the declaration: a finalizer of
    /// somebody else comes or goes.
    pub(crate) async fn look(&self) {
        const OTHER: &str = "test.dialplane.io/look";
        let object = self.integrations().get(NAME).await.unwrap();
        let mut finalizers = object.finalizers().to_vec();
        if finalizers.iter().any(|finalizer| finalizer == OTHER) {
            finalizers.retain(|finalizer| finalizer != OTHER);
        } else {
            finalizers.push(OTHER.to_owned());
        }
        let patch = Patch::Merge(json!({"metadata": {
            "finalizers": finalizers, "resourceVersion": object.resource_version(),
        }}));
        self.integrations()
            .patch(NAME, &PatchParams::default(), &patch)
            .await
            .unwrap();
    }

    /// Waits until the integration is as wanted.
    pub(crate) async fn until(
        &self,
        wanted: impl FnMut(&GoogleWorkspaceIntegration) -> bool,
    ) -> GoogleWorkspaceIntegration {
        wait_for(&self.integrations(), NAME, wanted, PATIENCE).await
    }

    /// Waits until the integration of this name is as wanted.
    pub(crate) async fn until_other(
        &self,
        name: &str,
        wanted: impl FnMut(&GoogleWorkspaceIntegration) -> bool,
    ) -> GoogleWorkspaceIntegration {
        wait_for(&self.integrations(), name, wanted, PATIENCE).await
    }

    /// Waits until `Ready` of the present generation has this status and reason.
    pub(crate) async fn until_ready(&self, status: &str, reason: &str) -> GoogleWorkspaceIntegration {
        self.until(|object| {
            let ready = condition(object, conditions::READY);
            ready.is_some_and(|ready| {
                ready.status == status
                    && ready.reason == reason
                    && ready.observed_generation == object.metadata.generation
            })
        })
        .await
    }

    /// Waits until the present generation has been synchronised with success.
    pub(crate) async fn until_synced(&self) -> GoogleWorkspaceIntegration {
        self.until_ready("True", "Succeeded").await
    }

    /// Waits until the present generation has been carried out, however it ended: a changed declaration begins a sync of
    /// its own, whose writes would be counted with those of the next one.
    pub(crate) async fn until_observed(&self) {
        self.until(|object| {
            let ready = condition(object, conditions::READY);
            ready.is_some_and(|ready| {
                ready.status != "Unknown" && ready.observed_generation == object.metadata.generation
            })
        })
        .await;
    }

    /// Waits until this request was carried out.
    pub(crate) async fn until_handled(&self, token: &str) -> GoogleWorkspaceIntegration {
        self.until(|object| handled(object) == Some(token)).await
    }
}

/// A condition of an integration.
pub(crate) fn condition<'a>(object: &'a GoogleWorkspaceIntegration, kind: &str) -> Option<&'a Condition> {
    conditions::get(&object.status.as_ref()?.conditions, kind)
}

/// The request that was last carried out.
pub(crate) fn handled(object: &GoogleWorkspaceIntegration) -> Option<&str> {
    object
        .status
        .as_ref()?
        .users
        .as_ref()?
        .last_handled_sync_request
        .as_deref()
}

/// What the status says about users.
pub(crate) fn users(object: &GoogleWorkspaceIntegration) -> &UsersStatus {
    object.status.as_ref().unwrap().users.as_ref().unwrap()
}

/// The message of a condition.
pub(crate) fn message(object: &GoogleWorkspaceIntegration, kind: &str) -> String {
    condition(object, kind)
        .unwrap_or_else(|| panic!("no {kind}"))
        .message
        .clone()
}
