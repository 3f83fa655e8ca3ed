//! `GoogleWorkspaceIntegration`: what people declare.

use std::time::Duration;

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::duration::GoDuration;
use super::status::GoogleWorkspaceIntegrationStatus;

/// Connects one tenant of a phone system to a Google Workspace organization: who gets an extension, with which number,
/// and what happens when people come, change and go.
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
    doc = "Connects one tenant of a phone system to a Google Workspace organization. Dialplane reads the directory and keeps one PbxExtension for each person in scope.",
    printcolumn(name = "Tenant", type_ = "string", json_path = ".spec.tenant.name", description = "Tenant of the phone system"),
    printcolumn(name = "Level", type_ = "string", json_path = ".spec.tenant.level", description = "Tenant or System"),
    printcolumn(name = "Connection", type_ = "string", json_path = ".status.connection", description = "Connected, Degraded or Disconnected"),
    printcolumn(name = "Mode", type_ = "string", json_path = ".spec.users.syncMode", description = "Automatic or Manual"),
    printcolumn(name = "Users", type_ = "integer", json_path = ".status.users.counts.inScope", description = "People in scope"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].status", description = "Whether the declared state is reached"),
    printcolumn(name = "Status", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].message", description = "What is going on, and what to do"),
    printcolumn(name = "Last Sync", type_ = "date", json_path = ".status.users.lastSyncTime", description = "Age of the last sync that changed something"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    validation = Rule::new("self.metadata.name.size() <= 63").message("metadata.name: at most 63 characters, because it becomes the label dialplane.io/integration on every extension; choose a shorter name"),
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("!has(oldSelf.users) || !has(oldSelf.users.syncMode) || (has(self.users) && has(self.users.syncMode) && self.users.syncMode == oldSelf.users.syncMode) || self.google.authorizationEpoch > oldSelf.google.authorizationEpoch").message("users.syncMode: cannot be changed once it is set; to disconnect and choose again, raise spec.google.authorizationEpoch by one in the same change (existing extensions and numbers stay)"))]
pub struct GoogleWorkspaceIntegrationSpec {
    /// The tenant of the phone system that the extensions belong to.
    pub tenant: Tenant,
    /// The Google Workspace organization, and the credentials to read its directory.
    pub google: Google,
    /// Stops everything for this integration at the next step. Nothing is lost: extensions stay as they are, and
    /// setting it back to false goes on where it stopped. Default false.
    #[serde(default)]
    pub suspend: bool,
    /// Plans everything and writes no extension. The plan (counts, hash, samples with reasons) is in status.plan.
    /// Default false.
    #[serde(default)]
    pub dry_run: bool,
    /// What happens to the extensions when this object is deleted. Retain releases them to the administrators of the
    /// phone system: phones keep working, Dialplane's labels go. Delete deletes those that this integration keeps.
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
    /// Name of the tenant: lower-case letters, digits and hyphens, at most 40 characters. It is the first half of the
    /// name of every extension (acme-1001) and cannot be changed. Example: acme.
    #[schemars(
        length(min = 1, max = 40),
        regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
    )]
    #[x_kube(validation = Rule::new("self == oldSelf").message("tenant.name: cannot be changed, because every extension's name begins with it; create a new integration for the new tenant"))]
    pub name: String,
    /// Tenant: users of one tenant. Default Tenant.
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

/// The Google Workspace organization.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Google {
    /// Customer id of the organization (Admin console, Account, Account settings; it begins with C), or my_customer for
    /// the organization of the subject. A service account that acts as itself needs the real id. Default my_customer.
    #[serde(default = "Google::default_customer")]
    #[schemars(length(min = 2, max = 64), regex(pattern = r"^(my_customer|C[0-9A-Za-z]+)$"))]
    pub customer_id: String,
    /// Only people whose primary address is in this domain are in scope. Left out: all domains of the organization.
    /// Example: acme.com.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 3, max = 253),
        regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$")
    )]
    pub domain: Option<String>,
    /// Counts the authorizations of this integration. Raising it means "disconnect and connect again": the choice of
    /// users.syncMode is open again, extensions and numbers stay. It cannot be lowered. Default 1.
    #[serde(default = "Google::first_epoch")]
    #[schemars(range(min = 1, max = 1_000_000))]
    #[x_kube(validation = Rule::new("self >= oldSelf").message("google.authorizationEpoch: can only be raised; keep the present value or a higher one"))]
    pub authorization_epoch: i32,
    /// How Dialplane proves to Google who it is.
    pub credentials: Credentials,
}

impl Google {
    /// Google's alias for the organization of the account that asks.
    pub const MY_CUSTOMER: &str = "my_customer";

    fn default_customer() -> String {
        Self::MY_CUSTOMER.to_owned()
    }

    fn first_epoch() -> i32 {
        1
    }
}

/// Credentials for Google.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// A service account with a key file.
    pub service_account: ServiceAccount,
}

/// A Google service account.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceAccount {
    /// The Secret, in the namespace of this object, with the account's JSON key file.
    pub secret_ref: SecretKeyRef,
    /// Address of the administrator whose directory rights are used (domain-wide delegation). Left out: the service
    /// account acts as itself and needs an admin role of its own; then customerId must be the real one.
    /// Example: it@acme.com.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 3, max = 254), regex(pattern = r"^[^@\s]+@[^@\s]+$"))]
    pub subject: Option<String>,
}

/// A key of a Secret in the same namespace.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretKeyRef {
    /// Name of the Secret. Example: acme-google-key.
    #[schemars(
        length(min = 1, max = 253),
        regex(pattern = r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
    )]
    pub name: String,
    /// Key inside the Secret. Default key.json.
    #[serde(default = "SecretKeyRef::default_key")]
    #[schemars(length(min = 1, max = 253), regex(pattern = r"^[-._a-zA-Z0-9]+$"))]
    pub key: String,
}

impl SecretKeyRef {
    fn default_key() -> String {
        "key.json".to_owned()
    }
}

/// Which people become extensions, and how.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!self.enabled || has(self.syncMode)").message("users.syncMode: required when users.enabled is true; choose Automatic (by schedule) or Manual (only on request)"),
    validation = Rule::new("!has(self.schedule) || (has(self.syncMode) && self.syncMode == 'Automatic')").message("users.schedule: only for syncMode Automatic; remove it, or choose Automatic"),
)]
pub struct Users {
    /// Keeps one extension for each person in scope. Setting it back to false stops syncing and leaves the extensions
    /// as they are. Default false.
    #[serde(default)]
    pub enabled: bool,
    /// Automatic: at once, then by schedule. Manual: only when the annotation dialplane.io/sync-requested-at asks for
    /// it. Required when enabled, and permanent: raise google.authorizationEpoch to choose again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sync_mode: Option<SyncMode>,
    /// When syncMode Automatic reads the directory. Left out: every hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Where extension numbers come from.
    #[serde(default)]
    pub numbering: Numbering,
    /// What happens to an extension when its person is suspended, archived or deleted in Google.
    #[serde(default)]
    pub lifecycle: Lifecycle,
    /// Which of a person's details go into the extension.
    #[serde(default)]
    pub profile: Profile,
}

impl Users {
    /// Whether syncs happen without being asked for.
    pub fn is_automatic(&self) -> bool {
        self.sync_mode == Some(SyncMode::Automatic)
    }

    /// Time between two syncs of mode Automatic.
    pub fn interval(&self) -> Duration {
        self.schedule
            .as_ref()
            .and_then(|schedule| schedule.interval.get())
            .unwrap_or(Schedule::DEFAULT_INTERVAL)
    }
}

/// When a sync starts.
#[derive(JsonSchema, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SyncMode {
    /// At once, then by schedule, and on request.
    Automatic,
    /// Only on request.
    Manual,
}

/// When syncMode Automatic reads the directory.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// Time between two syncs, 30s to 168h; up to a tenth of it is added at random, so that many integrations do not
    /// ask Google in the same second. Example: 15m.
    #[x_kube(validation = Rule::new("duration(self) >= duration('30s') && duration(self) <= duration('168h')").message("users.schedule.interval: between 30s and 168h (7 days), for example 15m"))]
    pub interval: GoDuration,
}

impl Schedule {
    /// The interval when none is declared.
    pub const DEFAULT_INTERVAL: Duration = Duration::from_hours(1);
}

/// Where extension numbers come from.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.end) || size(self.end) == size(has(self.start) ? self.start : '1000')").message("users.numbering.end: must have as many digits as start (1000 when start is left out); add leading zeros or change start"),
    validation = Rule::new("!has(self.end) || size(self.end) != size(has(self.start) ? self.start : '1000') || self.end >= (has(self.start) ? self.start : '1000')").message("users.numbering.end: must not be below start (1000 when start is left out); raise end or lower start"),
)]
pub struct Numbering {
    /// Automatic: the lowest free number of the range, in the order of the directory. A number once given stays with
    /// its person. Default Automatic.
    #[serde(default)]
    pub source: NumberSource,
    /// First number of the range, 3 to 13 digits, kept as text: leading zeros count. Left out: 1000. Example: "1001".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 3, max = 13), regex(pattern = r"^[0-9]+$"))]
    pub start: Option<String>,
    /// Last number of the range, with as many digits as start. Left out: the highest number with that many digits.
    /// Example: "1999".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 3, max = 13), regex(pattern = r"^[0-9]+$"))]
    pub end: Option<String>,
    /// How long the number of a deleted extension is given to nobody else, so that a newcomer does not get a stranger's
    /// calls. The same person gets it back at any time. Default 720h (30 days).
    #[serde(default = "Numbering::default_quarantine")]
    #[x_kube(validation = Rule::new("duration(self) <= duration('87600h')").message("users.numbering.quarantine: at most 87600h (ten years), for example 720h"))]
    pub quarantine: GoDuration,
}

impl Numbering {
    /// Where numbers begin when `start` is left out.
    pub const DEFAULT_START: &str = "1000";

    fn default_quarantine() -> GoDuration {
        GoDuration::new("720h")
    }
}

impl Default for Numbering {
    fn default() -> Self {
        Self {
            source: NumberSource::Automatic,
            start: None,
            end: None,
            quarantine: Self::default_quarantine(),
        }
    }
}

/// Where a number comes from.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum NumberSource {
    /// The lowest free number of the range.
    #[default]
    Automatic,
}

/// What happens to an extension when its person changes state in Google.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lifecycle {
    /// The person is suspended. Disable: the extension stays, disabled, and comes back with the person. Delete: the
    /// extension is deleted, its number waits in quarantine. Ignore: suspension makes no difference. Default Disable.
    #[serde(default)]
    pub on_suspended: WhileInactive,
    /// The person is archived. Values as for onSuspended. Default Disable.
    #[serde(default)]
    pub on_archived: WhileInactive,
    /// The person is deleted. Disable: the extension stays, disabled, and comes back if the person is restored within
    /// Google's 20 days. Delete: the extension is deleted, its number waits in quarantine. Default Disable.
    #[serde(default)]
    pub on_deleted: OnDeleted,
    /// How much one sync may remove. A sync that would disable, delete or release more waits for an approval.
    #[serde(default)]
    pub removal_limit: RemovalLimit,
}

/// What happens while a person is suspended or archived.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum WhileInactive {
    /// The extension is there and disabled.
    #[default]
    Disable,
    /// There is no extension.
    Delete,
    /// As if the person were active.
    Ignore,
}

/// What happens when a person is deleted.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnDeleted {
    /// The extension is disabled.
    #[default]
    Disable,
    /// The extension is deleted.
    Delete,
}

/// How much one sync may remove: the larger of the two values.
#[derive(KubeSchema, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RemovalLimit {
    /// Percent of the extensions that this integration keeps, rounded down. Default 10.
    #[serde(default = "RemovalLimit::default_percent")]
    #[schemars(range(min = 0, max = 100))]
    pub percent: i32,
    /// This many removals are always allowed, so that small directories are not held for one leaver. Default 5.
    #[serde(default = "RemovalLimit::default_minimum")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub minimum: i32,
}

impl RemovalLimit {
    fn default_percent() -> i32 {
        10
    }

    fn default_minimum() -> i32 {
        5
    }
}

impl Default for RemovalLimit {
    fn default() -> Self {
        Self {
            percent: Self::default_percent(),
            minimum: Self::default_minimum(),
        }
    }
}

/// Which of a person's details go into the extension.
#[derive(KubeSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// Which of the person's phones in Google becomes the extension's mobile number: Mobile, or Work for phone systems
    /// that expect the work phone there (3CX does). Default Mobile.
    #[serde(default)]
    pub mobile: MobileSource,
}

/// Which Google phone becomes the extension's mobile number.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MobileSource {
    /// The phone of type mobile.
    #[default]
    Mobile,
    /// The phone of type work.
    Work,
}
