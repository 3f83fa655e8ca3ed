//! What the API server answers.

use std::sync::Arc;
use std::time::Duration;

use dialplane::api::{GoogleWorkspaceIntegration, PbxExtension};
use dialplane_test_harness::ControlPlane;
use kube::api::{Api, DynamicObject, Patch, PatchParams, PostParams, ValidationDirective};
use kube::core::ApiResource;
use kube::{Client, Error};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::samples::Kind;

/// The shared API server, and a namespace in it.
pub(crate) struct Server {
    pub(crate) plane: Arc<ControlPlane>,
    pub(crate) namespace: String,
    client: Client,
}

/// The object as the server has it, or why it was refused.
pub(crate) type Answer = Result<Value, String>;

impl Server {
    pub(crate) async fn new() -> Self {
        static SERVED: OnceCell<()> = OnceCell::const_new();
        let plane = ControlPlane::shared().await;
        SERVED.get_or_init(|| served(&plane)).await;
        Self {
            namespace: plane.namespace("crds").await,
            client: plane.client().await,
            plane,
        }
    }

    pub(crate) fn api(&self, kind: Kind) -> Api<DynamicObject> {
        let resource = match kind {
            Kind::Integration => ApiResource::erase::<GoogleWorkspaceIntegration>(&()),
            Kind::Extension => ApiResource::erase::<PbxExtension>(&()),
        };
        Api::namespaced_with(self.client.clone(), &self.namespace, &resource)
    }

    /// What a create would answer; nothing is kept.
    pub(crate) async fn try_create(&self, kind: Kind, object: &Value) -> Answer {
        self.post(kind, object, true).await
    }

    /// Creates it, for good.
    pub(crate) async fn create(&self, kind: Kind, object: &Value) -> Value {
        self.post(kind, object, false).await.unwrap()
    }

    async fn post(&self, kind: Kind, object: &Value, dry_run: bool) -> Answer {
        let object: DynamicObject = serde_json::from_value(object.clone()).unwrap();
        let params = PostParams {
            dry_run,
            ..Default::default()
        };
        answer(self.api(kind).create(&params, &object).await)
    }

    /// What a PUT of the changed object would answer; nothing is kept.
    pub(crate) async fn try_replace(&self, kind: Kind, object: &Value) -> Answer {
        let object: DynamicObject = serde_json::from_value(object.clone()).unwrap();
        let params = PostParams {
            dry_run: true,
            ..Default::default()
        };
        let name = object.metadata.name.clone().unwrap();
        answer(self.api(kind).replace(&name, &params, &object).await)
    }

    /// What a merge patch of the status would answer; nothing is kept.
    pub(crate) async fn try_status(&self, kind: Kind, name: &str, status: &Value) -> Answer {
        self.merge_status(kind, name, status, true).await
    }

    /// Writes the status, for good.
    pub(crate) async fn write_status(&self, kind: Kind, name: &str, status: &Value) -> Value {
        self.merge_status(kind, name, status, false).await.unwrap()
    }

    async fn merge_status(&self, kind: Kind, name: &str, status: &Value, dry_run: bool) -> Answer {
        let params = PatchParams {
            dry_run,
            ..Default::default()
        };
        let patch = Patch::Merge(json!({"status": status}));
        answer(self.api(kind).patch_status(name, &params, &patch).await)
    }

    /// What a server-side apply with strict field validation would answer; nothing is kept.
    pub(crate) async fn try_strict_apply(&self, kind: Kind, object: &Value) -> Answer {
        let params = PatchParams {
            dry_run: true,
            field_validation: Some(ValidationDirective::Strict),
            ..PatchParams::apply("test")
        };
        let name = object["metadata"]["name"].as_str().unwrap();
        answer(self.api(kind).patch(name, &params, &Patch::Apply(object)).await)
    }

    /// Applies a status as a field manager, for good.
    pub(crate) async fn apply_status(&self, kind: Kind, name: &str, manager: &str, status: &Value) -> Value {
        let mut object = kind.minimal();
        object.as_object_mut().unwrap().remove("spec");
        object["metadata"]["name"] = name.into();
        object["status"] = status.clone();
        let params = PatchParams::apply(manager);
        answer(
            self.api(kind)
                .patch_status(name, &params, &Patch::Apply(object))
                .await,
        )
        .unwrap()
    }

    pub(crate) async fn get(&self, kind: Kind, name: &str) -> Value {
        answer(self.api(kind).get(name).await).unwrap()
    }

    /// Fails unless a create would be accepted. Returns the object as it would be.
    pub(crate) async fn accepts(&self, kind: Kind, object: &Value) -> Value {
        match self.try_create(kind, object).await {
            Ok(object) => object,
            Err(refusal) => panic!("refused: {refusal}\n{object:#}"),
        }
    }

    /// Fails unless a create would be refused with a message that contains all of these. Returns that message.
    pub(crate) async fn rejects(&self, kind: Kind, object: &Value, words: &[&str]) -> String {
        let answer = self.try_create(kind, object).await;
        expect_refusal(answer.clone(), words).unwrap_or_else(|problem| panic!("{problem}\n{object:#}"));
        answer.unwrap_err()
    }

    /// Runs kubectl in the namespace with an object as its input.
    pub(crate) fn kubectl(&self, args: &[&str], object: &Value) -> dialplane_test_harness::CommandOutput {
        let args = [args, &["--namespace", &self.namespace]].concat();
        self.plane.kubectl_stdin(&args, &object.to_string())
    }

    /// What `kubectl explain` prints.
    pub(crate) fn explain(&self, path: &str, more: &[&str]) -> String {
        self.plane
            .kubectl(&[&["explain", path], more].concat())
            .ok()
            .unwrap()
    }
}

/// Says what is wrong unless it is a refusal that contains all of these words.
pub(crate) fn expect_refusal(answer: Answer, words: &[&str]) -> Result<(), String> {
    match answer {
        Ok(_) => Err(format!("accepted, instead of refused with {words:?}")),
        Err(message) => match words.iter().find(|word| !message.contains(**word)) {
            Some(word) => Err(format!("the refusal does not say {word:?}: {message}")),
            None => Ok(()),
        },
    }
}

fn answer(result: Result<DynamicObject, Error>) -> Answer {
    match result {
        Ok(object) => Ok(serde_json::to_value(object).unwrap()),
        Err(Error::Api(status)) => Err(status.message),
        Err(error) => panic!("{error}"),
    }
}

/// Installs the CRDs and waits until discovery and the published schemas have them, which the API server does some time
/// after it calls them established and announces nowhere.
async fn served(plane: &ControlPlane) {
    plane.install_crds().await;
    for resource in ["gwi", "pbxext"] {
        let mut attempts = 0;
        while let Err(error) = plane.kubectl(&["explain", resource]).ok() {
            attempts += 1;
            assert!(attempts < 240, "{resource} is not served: {error}");
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }
}
