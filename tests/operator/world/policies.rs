//! Policies of the cluster's administrators, which refuse what the operator would write.

use k8s_openapi::api::admissionregistration::v1::{
    ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
};
use kube::Api;
use kube::api::{DeleteParams, PostParams};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::World;

fn typed<K: DeserializeOwned>(value: Value) -> K {
    serde_json::from_value(value).unwrap()
}

impl World {
    fn policies(
        &self,
    ) -> (
        Api<ValidatingAdmissionPolicy>,
        Api<ValidatingAdmissionPolicyBinding>,
    ) {
        (Api::all(self.client.clone()), Api::all(self.client.clone()))
    }

    /// Has the API server refuse these operations on extensions of this namespace, with these words, unless the expression
    /// holds. It takes a moment to heed that.
    pub(crate) async fn refuse(&self, operations: &[&str], expression: &str, words: &str) {
        let name = &self.namespace;
        let policy = json!({
            "metadata": {"name": name},
            "spec": {
                "matchConstraints": {"resourceRules": [{
                    "apiGroups": ["dialplane.io"], "apiVersions": ["*"],
                    "operations": operations, "resources": ["pbxextensions"],
                }]},
                "validations": [{"expression": expression, "message": words}],
            },
        });
        let selector = json!({"matchLabels": {"kubernetes.io/metadata.name": name}});
        let binding = json!({
            "metadata": {"name": name},
            "spec": {
                "policyName": name, "validationActions": ["Deny"],
                "matchResources": {"namespaceSelector": selector},
            },
        });
        let (policies, bindings) = self.policies();
        let params = PostParams::default();
        policies.create(&params, &typed(policy)).await.unwrap();
        bindings.create(&params, &typed(binding)).await.unwrap();
    }

    /// Takes back what [`Self::refuse`] made.
    pub(crate) async fn refuse_nothing(&self) {
        let (policies, bindings) = self.policies();
        let params = DeleteParams::default();
        bindings.delete(&self.namespace, &params).await.unwrap();
        policies.delete(&self.namespace, &params).await.unwrap();
    }
}
