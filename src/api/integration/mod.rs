//! `GoogleWorkspaceIntegration`: what people declare.

mod google;
mod lifecycle;
mod numbering;
mod profile;
mod schedule;
mod scope;
mod users;

pub use google::{Credentials, Google, SecretKeyRef, ServiceAccount};
pub use lifecycle::{Lifecycle, OnDeleted, OnOutOfScope, RemovalLimit, WhileInactive};
pub use numbering::{Assignment, Fallback, NumberSource, Numbering};
pub use profile::{MobileSource, Profile};
pub use schedule::{Daily, Day, Schedule};
pub use scope::{Scope, Selectors};
pub use users::{SyncMode, Users, WhenDisabled};

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::status::GoogleWorkspaceIntegrationStatus;

/// What people declare: the tenant, the organization to read, who gets an extension with which number, and what happens
/// when people come, change and go.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "dialplane.io",
    version = "v1alpha1",
    kind = "GoogleWorkspaceIntegration",
    plural = "googleworkspaceintegrations",
    shortname = "gwi",
    category = "pbx",
    namespaced,
    derive = "PartialEq",
    status = "GoogleWorkspaceIntegrationStatus",
    doc = "Connects one tenant of a phone system to a Google Workspace organization. Dialplane reads the directory and keeps one PbxExtension for each person in scope, in the namespace of this object.",
    printcolumn(name = "Tenant", type_ = "string", json_path = ".spec.tenant.name", description = "Tenant of the phone system"),
    printcolumn(name = "Level", type_ = "string", json_path = ".spec.tenant.level", description = "Tenant or System"),
    printcolumn(name = "Connection", type_ = "string", json_path = ".status.connection", description = "Connected, Degraded or Disconnected"),
    printcolumn(name = "Mode", type_ = "string", json_path = ".spec.users.syncMode", description = "Automatic or Manual"),
    printcolumn(name = "Users", type_ = "integer", json_path = ".status.users.counts.inScope", description = "People in scope"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].status", description = "Whether the declared state is reached"),
    printcolumn(name = "Status", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].message", description = "What is going on, and what to do"),
    printcolumn(name = "Last Sync", type_ = "date", json_path = ".status.users.lastSyncTime", description = "Age of the last sync that changed something"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    validation = Rule::new("self.metadata.name.size() <= 63").message("metadata.name: at most 63 characters, because it becomes the label dialplane.io/integration on every extension; choose a shorter name").field_path(".metadata.name"),
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("!has(oldSelf.users) || !has(oldSelf.users.syncMode) || (has(self.users) && has(self.users.syncMode) && self.users.syncMode == oldSelf.users.syncMode) || self.google.authorizationEpoch > oldSelf.google.authorizationEpoch").message("users.syncMode: cannot be changed once it is set, nor removed; to choose again, raise google.authorizationEpoch by one in the same change (extensions and numbers stay); to stop syncing, set users.enabled to false").field_path(".users.syncMode"))]
pub struct GoogleWorkspaceIntegrationSpec {
    /// The tenant of the phone system that the extensions belong to.
    pub tenant: Tenant,
    /// The Google Workspace organization, and the credentials to read its directory.
    pub google: Google,
    /// Stops everything for this integration at the next step. Nothing is lost: extensions stay as they are, and
    /// setting it back to false goes on where it stopped. Default false.
    #[serde(default)]
    pub suspend: bool,
    /// Plans everything and writes no extension. Read the plan (counts, hash, samples with reasons) in status.plan.
    /// Default false.
    #[serde(default)]
    pub dry_run: bool,
    /// What happens to the extensions when this object is deleted. Retain: they stay, phones keep working, and from then
    /// on they belong to the administrators of the phone system. Delete: those that this integration keeps are deleted.
    /// Default Retain.
    #[serde(default)]
    pub deletion_policy: DeletionPolicy,
    /// Which people become extensions, and how. Left out: no extension is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<Users>,
}

/// The tenant of the phone system.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    /// Name of the tenant, at most 40 lower-case letters, digits and hyphens. It is the first half of the name of every
    /// extension (acme-1001) and cannot be changed. Example: acme.
    #[schemars(length(max = 40))]
    #[x_kube(validation = Rule::new("self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')").message("tenant.name: use lower-case letters, digits and hyphens, with a letter or digit first and last, for example acme"))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("tenant.name: cannot be changed, because every extension's name begins with it; create a new integration for the new tenant"))]
    pub name: String,
    /// How much of the phone system this integration serves. Tenant: one tenant and its users. Default Tenant.
    #[serde(default)]
    pub level: Level,
}

/// How much of the phone system an integration serves.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Level {
    /// One tenant and its users.
    #[default]
    Tenant,
}

/// What happens to the extensions when the integration is deleted.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeletionPolicy {
    /// Hand them over to the administrators of the phone system.
    #[default]
    Retain,
    /// Delete them.
    Delete,
}
