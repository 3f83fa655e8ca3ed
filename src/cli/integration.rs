//! The integration that a command is about.

use std::error::Error;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::Value;

use super::cluster::Cluster;
use super::output::note;
use super::{failure, program};
use crate::api::{GoogleWorkspaceIntegration, conditions};

/// Who writes: so that `kubectl get --show-managed-fields` tells this apart from the operator.
const FIELD_MANAGER: &str = "dialplane-cli";

/// Which integration, and where.
#[derive(Debug, clap::Args)]
pub(super) struct Which {
    /// Name of the GoogleWorkspaceIntegration.
    #[arg(value_parser = name)]
    name: String,
    #[command(flatten)]
    cluster: Cluster,
}

/// An integration that is there.
pub(super) struct Target {
    api: Api<GoogleWorkspaceIntegration>,
    /// The same, for watching.
    pub watching: Api<GoogleWorkspaceIntegration>,
    /// As it was when the command began.
    pub object: GoogleWorkspaceIntegration,
    flags: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// A name that Kubernetes could know.
pub(super) fn name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    if !text.is_empty() && text.chars().all(plain) {
        return Ok(text.to_owned());
    }
    Err("use the name of a GoogleWorkspaceIntegration, as in the output of kubectl get gwi".to_owned())
}

impl Which {
    pub(super) async fn find(&self) -> Result<Target, Box<dyn Error>> {
        let connection = self.cluster.connect().await?;
        let (namespace, name) = (connection.namespace, self.name.clone());
        let api: Api<GoogleWorkspaceIntegration> = Api::namespaced(connection.client, &namespace);
        let found = api.get(&name).await;
        let object = found.map_err(|error| not_read(&namespace, &name, &error))?;
        Ok(Target {
            watching: Api::namespaced(connection.watching, &namespace),
            flags: self.cluster.flags(&namespace),
            api,
            object,
            namespace,
            name,
        })
    }
}

/// Why an integration could not be read.
pub(super) fn not_read(namespace: &str, name: &str, error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) if status.reason == "NotFound" => format!(
            "there is no GoogleWorkspaceIntegration {name} in namespace {namespace}. List all with: kubectl get gwi --all-namespaces"
        ),
        error => failure::kubernetes(&format!("read integration {namespace}/{name}"), error),
    }
}

impl Target {
    /// Whom to ask about the same cluster.
    pub(super) fn client(&self) -> kube::Client {
        self.api.clone().into_client()
    }

    /// Changes the object by a merge patch.
    pub(super) async fn patch(&self, patch: Value) -> Result<GoogleWorkspaceIntegration, Box<dyn Error>> {
        let params = PatchParams {
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PatchParams::default()
        };
        let patched = self.api.patch(&self.name, &params, &Patch::Merge(patch)).await;
        let doing = format!("change integration {}", self.full_name());
        patched.map_err(|error| failure::kubernetes(&doing, &error).into())
    }

    /// `namespace/name`.
    pub(super) fn full_name(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// A command line about this integration.
    pub(super) fn command(&self, command: &str) -> String {
        format!("{} {command} {} {}", program::name(), self.flags, self.name)
    }

    /// Nobody asks anything of an object that is going away.
    pub(super) fn not_deleted(&self) -> Result<(), Box<dyn Error>> {
        if self.object.metadata.deletion_timestamp.is_none() {
            return Ok(());
        }
        let name = self.full_name();
        Err(format!("{name} is being deleted. Show the progress with: kubectl get gwi").into())
    }

    /// What anybody should know about the declaration who expects something to happen.
    pub(super) fn note_dry_run(&self) {
        if self.object.spec.dry_run {
            note("note: spec.dryRun is true, so the sync makes no changes. The plan is in status.plan.");
        }
    }
}

/// A condition of an integration.
pub(super) fn condition<'a>(object: &'a GoogleWorkspaceIntegration, kind: &str) -> Option<&'a Condition> {
    conditions::get(&object.status.as_ref()?.conditions, kind)
}
