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

/// Desired state of the integration: the tenant, the organization, the users in scope, their numbers and their
/// lifecycle.
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
    doc = "GoogleWorkspaceIntegration connects one tenant of a phone system to a Google Workspace organization. Dialplane reads the directory and manages one PbxExtension for each user in scope, in the namespace of this object.",
    printcolumn(name = "Tenant", type_ = "string", json_path = ".spec.tenant.name", description = "Tenant of the phone system"),
    printcolumn(name = "Level", type_ = "string", json_path = ".spec.tenant.level", description = "Tenant or System"),
    printcolumn(name = "Connection", type_ = "string", json_path = ".status.connection", description = "Connected, Degraded or Disconnected"),
    printcolumn(name = "Mode", type_ = "string", json_path = ".spec.users.syncMode", description = "Automatic or Manual"),
    printcolumn(name = "Users", type_ = "integer", json_path = ".status.users.counts.inScope", description = "People in scope"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].status", description = "Whether the declared state is reached"),
    printcolumn(name = "Status", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].reason", description = "Why it is ready, or why not; what to do is in the message of the condition Ready"),
    printcolumn(name = "Last Sync", type_ = "date", json_path = ".status.users.lastSyncTime", description = "Age of the last sync that changed something"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "Message", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].message", priority = 1, description = "What is going on, and what to do"),
    validation = Rule::new("self.metadata.name.size() <= 63").message("metadata.name: must have at most 63 characters, because it is the value of the label dialplane.io/integration on every extension; choose a shorter name").field_path(".metadata.name"),
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("!has(oldSelf.users) || !has(oldSelf.users.syncMode) || (has(self.users) && has(self.users.syncMode) && self.users.syncMode == oldSelf.users.syncMode) || self.google.authorizationEpoch > oldSelf.google.authorizationEpoch").message("users.syncMode: cannot be changed or removed once it is set; to change it, raise google.authorizationEpoch by one in the same change (extensions and numbers do not change); to stop syncing, set users.enabled to false").field_path(".users.syncMode"))]
pub struct GoogleWorkspaceIntegrationSpec {
    /// Tenant of the phone system that the extensions belong to.
    pub tenant: Tenant,
    /// Google Workspace organization, and the credentials that read its directory.
    pub google: Google,
    /// Whether this integration is suspended. Dialplane stops all work on it after the current step; the extensions
    /// stay unchanged and locked. Setting it back to false resumes the work. Defaults to false.
    #[serde(default)]
    pub suspend: bool,
    /// Whether syncs only plan changes and write no extension. The plan is in status.plan: counts, hash, and samples
    /// with reasons. Defaults to false.
    #[serde(default)]
    pub dry_run: bool,
    /// What happens to the managed extensions when this object is deleted. Retain: hands the extensions over to the
    /// phone system administrators; phones continue to work. Delete: deletes the extensions. Defaults to Retain.
    #[serde(default)]
    pub deletion_policy: DeletionPolicy,
    /// Which users get an extension, and how. If omitted, no extension is created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<Users>,
}

/// Tenant of the phone system.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    /// Name of the tenant, at most 40 lower-case letters, digits and hyphens. It is the first part of the name of
    /// every extension (acme-1001) and cannot be changed. Example: acme.
    #[schemars(length(max = 40))]
    #[x_kube(validation = Rule::new("self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')").message("tenant.name: use lower-case letters, digits and hyphens, with a letter or digit first and last, for example acme"))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("tenant.name: cannot be changed, because the name of every extension begins with it; create a new integration for another tenant"))]
    pub name: String,
    /// Part of the phone system that this integration covers. Tenant: one tenant and its users. Defaults to Tenant.
    #[serde(default)]
    pub level: Level,
}

/// Part of the phone system that an integration covers.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Level {
    /// One tenant and its users.
    #[default]
    Tenant,
}

/// What happens to the extensions when the integration is deleted.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeletionPolicy {
    /// Hands the extensions over to the phone system administrators.
    #[default]
    Retain,
    /// Deletes the extensions.
    Delete,
}
