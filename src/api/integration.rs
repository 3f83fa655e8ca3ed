//! `GoogleWorkspaceIntegration`: what people declare.

use std::time::Duration;

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::duration::GoDuration;
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

/// The Google Workspace organization.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Google {
    /// Which organization to read: its customer id, which begins with C (Admin console, Account, Account settings), or
    /// my_customer for the organization of the subject. A service account that acts as itself needs the real id.
    /// Default my_customer. Example: C01abc234.
    #[serde(default = "Google::default_customer")]
    #[schemars(length(max = 64))]
    #[x_kube(validation = Rule::new("self.matches('^(my_customer|C[0-9A-Za-z]+)$')").message("google.customerId: use my_customer, or the organization's customer id, which begins with C (Admin console, Account, Account settings), for example C01abc234"))]
    pub customer_id: String,
    /// Only people whose primary address is in this domain get an extension. Left out: people of all domains of the
    /// organization. Example: acme.com.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    #[x_kube(validation = Rule::new(r"self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$')").message("google.domain: use a domain in lower case, without @ or https://, for example acme.com; leave it out for all domains"))]
    pub domain: Option<String>,
    /// Counts the authorizations of this integration. Raising it by one means disconnect and connect again:
    /// users.syncMode can be chosen anew in the same change, extensions and numbers stay. It cannot be lowered.
    /// Default 1.
    #[serde(default = "Google::first_epoch")]
    #[schemars(range(min = 1, max = 1_000_000))]
    #[x_kube(validation = Rule::new("self >= oldSelf").message("google.authorizationEpoch: can only be raised; use the present value or a higher one"))]
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
    /// A Google service account with a key file. It reads the directory in the name of subject, or with an admin role of
    /// its own.
    pub service_account: ServiceAccount,
}

/// A Google service account.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceAccount {
    /// The Secret with the account's JSON key file, in the namespace of this object.
    pub secret_ref: SecretKeyRef,
    /// E-mail address of the administrator in whose name the directory is read (domain-wide delegation). Left out: the
    /// service account acts as itself, needs an admin role of its own, and customerId must be the real one.
    /// Example: it@acme.com.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 254))]
    #[x_kube(validation = Rule::new(r"self.matches('^[^@\\s]+@[^@\\s]+$')").message("serviceAccount.subject: use the e-mail address of an administrator, for example it@acme.com; leave it out when the service account has an admin role of its own"))]
    pub subject: Option<String>,
}

/// A key of a Secret in the same namespace.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretKeyRef {
    /// Name of the Secret. Example: acme-google-key.
    #[schemars(length(max = 253))]
    #[x_kube(validation = Rule::new("self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')").message("secretRef.name: use the name of a Secret (lower-case letters, digits, hyphens and dots), for example acme-google-key"))]
    pub name: String,
    /// Key inside the Secret. Default key.json.
    #[serde(default = "SecretKeyRef::default_key")]
    #[schemars(length(max = 253))]
    #[x_kube(validation = Rule::new("self.matches('^[-._a-zA-Z0-9]+$')").message("secretRef.key: use a key of the Secret (letters, digits, hyphens, underscores and dots), for example key.json"))]
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
    validation = Rule::new("!self.enabled || has(self.syncMode)").message("users.syncMode: required when users.enabled is true; choose Automatic (by schedule) or Manual (only on request)").reason(Reason::FieldValueRequired).field_path(".syncMode"),
    validation = Rule::new("!has(self.schedule) || (has(self.syncMode) && self.syncMode == 'Automatic')").message("users.schedule: only for syncMode Automatic; remove it, or choose Automatic").field_path(".schedule"),
)]
pub struct Users {
    /// Keeps one extension for each person in scope. Back to false: syncing stops and the extensions stay as they are.
    /// Default false.
    #[serde(default)]
    pub enabled: bool,
    /// What starts a sync. Automatic: the schedule, at once the first time, and any change of the annotation
    /// dialplane.io/sync-requested-at. Manual: only that annotation. Required when enabled is true, and permanent: raise
    /// google.authorizationEpoch to choose again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    // With `Option`, the description would be that of the enum instead of this one.
    #[schemars(with = "SyncMode")]
    pub sync_mode: Option<SyncMode>,
    /// How often syncMode Automatic reads the directory. Only for Automatic. Left out: every hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Where extension numbers come from. Left out: the lowest free number from 1000.
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
    /// Time between two syncs, 30s to 168h (7 days). Up to a tenth of it is added at random, so that many integrations do
    /// not ask Google in the same second. Example: 15m.
    #[x_kube(validation = Rule::new(GoDuration::between("30s", "168h")).message("users.schedule.interval: use a time from 30s to 168h (7 days) with the units s, m and h, for example 15m or 1h30m"))]
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
    validation = Rule::new("!has(self.end) || size(self.end) == size(has(self.start) ? self.start : '1000')").message("users.numbering.end: must have as many digits as start (1000 when start is left out); add leading zeros or change start").field_path(".end"),
    validation = Rule::new("!has(self.end) || size(self.end) != size(has(self.start) ? self.start : '1000') || self.end >= (has(self.start) ? self.start : '1000')").message("users.numbering.end: must not be below start (1000 when start is left out); raise end or lower start").field_path(".end"),
)]
pub struct Numbering {
    /// How a newcomer gets a number, which then stays with the person. Automatic: the lowest free number of the range, in
    /// the order of the directory. Default Automatic.
    #[serde(default)]
    pub source: NumberSource,
    /// First number of the range, 3 to 13 digits in quotes: it is text, and leading zeros count. Left out: 1000.
    /// Example: "1001".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 13))]
    #[x_kube(validation = Rule::new("self.matches('^[0-9]{3,13}$')").message("users.numbering.start: use 3 to 13 digits, for example \"1001\""))]
    pub start: Option<String>,
    /// Last number of the range, in quotes, with as many digits as start. When the range is used up, people without a
    /// number are reported and the others go on. Left out: the highest number with that many digits. Example: "1999".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 13))]
    #[x_kube(validation = Rule::new("self.matches('^[0-9]{3,13}$')").message("users.numbering.end: use 3 to 13 digits, for example \"1999\""))]
    pub end: Option<String>,
    /// For how long the number of a deleted extension is given to nobody else, so that a newcomer does not get a
    /// stranger's calls; at most 87600h. The same person gets it back in that time. Default 720h (30 days).
    #[serde(default = "Numbering::default_quarantine")]
    #[x_kube(validation = Rule::new(GoDuration::between("0s", "87600h")).message("users.numbering.quarantine: use a time from 0s to 87600h (ten years) with the units s, m and h, for example 720h"))]
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
    /// What happens while a person is suspended in Google. Disable: the extension stays, disabled, until the person is
    /// back. Delete: the extension is deleted and its number waits in quarantine. Ignore: the phone keeps working.
    /// Default Disable.
    #[serde(default)]
    pub on_suspended: WhileInactive,
    /// What happens while a person is archived in Google. Disable: the extension stays, disabled, until the person is
    /// back. Delete: the extension is deleted and its number waits in quarantine. Ignore: the phone keeps working.
    /// Default Disable.
    #[serde(default)]
    pub on_archived: WhileInactive,
    /// What happens when a person is deleted in Google. Disable: the extension stays, disabled, and comes back when the
    /// person is restored within Google's 20 days. Delete: the extension is deleted and its number waits in quarantine.
    /// Default Disable.
    #[serde(default)]
    pub on_deleted: OnDeleted,
    /// How many extensions one sync may disable, delete or release: the larger of percent and minimum. A sync that would
    /// remove more removes nothing and waits until its plan is approved with the annotation
    /// dialplane.io/approve-removals.
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
    /// Share of the extensions that this integration keeps, in percent, rounded down. 0: only minimum counts.
    /// Default 10.
    #[serde(default = "RemovalLimit::default_percent")]
    #[schemars(range(min = 0, max = 100))]
    pub percent: i32,
    /// Number of extensions that may always be removed, so that a small directory is not held for one leaver.
    /// Default 5.
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
    /// Which of the person's phones in Google becomes the extension's mobile number. Mobile: the phone of type mobile.
    /// Work: the phone of type work, for phone systems that expect it there (3CX does). Default Mobile.
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
