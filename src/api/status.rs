//! Status of a `GoogleWorkspaceIntegration`.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Largest generation: the largest integer that every JSON parser reads exactly.
pub(super) const MAX_GENERATION: i64 = (1 << 53) - 1;
/// Largest count: far beyond any directory.
const MAX_COUNT: i64 = 1_000_000_000;

/// `observedGeneration` of an object that has not been reconciled, so that a new object is never reported healthy.
pub(super) fn unobserved() -> i64 {
    -1
}

/// Observed state of the integration.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GoogleWorkspaceIntegrationStatus {
    /// The metadata.generation that this status describes, or -1 if Dialplane has not seen the object yet.
    #[serde(default = "unobserved")]
    #[schemars(range(min = -1, max = MAX_GENERATION))]
    pub observed_generation: i64,
    /// State of the connection to Google. Connected: Google answered the last call. Degraded: calls succeeded before
    /// and fail now. Disconnected: Google does not accept the credentials, or no call has been made yet.
    #[serde(default)]
    pub connection: Connection,
    /// Google account that Dialplane uses, and its OAuth scopes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<Authorization>,
    /// Result of the last sync. A sync that changes nothing updates it at most once an hour. Absent before the first
    /// sync.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<UsersStatus>,
    /// Changes that are planned and not made, because dryRun is true or because removals wait for approval. Absent
    /// otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanStatus>,
    /// Conditions of the integration. Ready: the declared state is reached. Reconciling: work is in progress.
    /// Stalled: work stopped until somebody acts. RemovalsHeld: removals wait for approval. Reconciling, Stalled and
    /// RemovalsHeld are present only while they are True.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
}

impl Default for GoogleWorkspaceIntegrationStatus {
    fn default() -> Self {
        Self {
            observed_generation: unobserved(),
            connection: Connection::default(),
            authorization: None,
            users: None,
            plan: None,
            conditions: Vec::new(),
        }
    }
}

/// State of the connection to Google.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Connection {
    /// Google answered the last call.
    Connected,
    /// Calls succeeded before and fail now.
    Degraded,
    /// Google does not accept the credentials, or no call has been made yet.
    #[default]
    Disconnected,
}

/// Google account that Dialplane uses.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Authorization {
    /// Account with whose permissions the directory is read: the subject, or the service account itself. Example:
    /// it@acme.com.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 254))]
    pub account: Option<String>,
    /// The spec.google.authorizationEpoch in effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub epoch: Option<i32>,
    /// OAuth scopes, in the format of the domain-wide delegation page of the Admin console.
    #[serde(default)]
    pub scopes: Scopes,
}

/// OAuth scopes, in the format of the domain-wide delegation page of the Admin console.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scopes {
    /// Scopes that the declared features need.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 256)), extend("x-kubernetes-list-type" = "set"))]
    pub required: Vec<String>,
    /// Scopes that Google granted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 256)), extend("x-kubernetes-list-type" = "set"))]
    pub granted: Vec<String>,
    /// Scopes that are required and not granted; add them in the Admin console.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 256)), extend("x-kubernetes-list-type" = "set"))]
    pub missing: Vec<String>,
}

/// Result of the last sync. A sync that changes nothing updates it at most once an hour.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsersStatus {
    /// Time at which the last sync ended. A sync that changes nothing updates it at most once an hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_sync_time: Option<Time>,
    /// Time at which the sync after lastSyncTime is due. It can be in the past, because it is updated together with
    /// lastSyncTime. Absent when syncMode is Manual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_sync_time: Option<Time>,
    /// Value of the annotation dialplane.io/sync-requested-at that was handled last. The request is complete when
    /// both values are equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub last_handled_sync_request: Option<String>,
    /// Summary of the last sync, in one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub message: Option<String>,
    /// Number of users that the last sync read, and of extensions that it changed.
    #[serde(default)]
    pub counts: Counts,
    /// Organizational units in the scope, with the Google IDs that identify them after they are renamed or moved.
    /// Absent if the scope has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 400), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["path"]))]
    pub organizational_units: Vec<KnownUnit>,
    /// Notification channels of users.realtime that are open at Google. Absent if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "atomic"))]
    pub channels: Vec<PushChannel>,
    /// Users who could not be synced as declared, those without an extension first; at most 20. Absent if there are
    /// none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20), extend("x-kubernetes-list-type" = "atomic"))]
    pub problems: Vec<Problem>,
}

/// Number of users that the last sync read, and of extensions that it changed.
#[derive(KubeSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Users that Google returned.
    #[serde(default)]
    #[schemars(range(min = 0, max = MAX_COUNT))]
    pub read: i64,
    /// Users in scope.
    #[serde(default)]
    #[schemars(range(min = 0, max = MAX_COUNT))]
    pub in_scope: i64,
    /// Extensions created.
    #[serde(default)]
    #[schemars(range(min = 0, max = MAX_COUNT))]
    pub created: i64,
    /// Extensions updated, including those that were enabled again.
    #[serde(default)]
    #[schemars(range(min = 0, max = MAX_COUNT))]
    pub updated: i64,
    /// Extensions that needed no change.
    #[serde(default)]
    #[schemars(range(min = 0, max = MAX_COUNT))]
    pub unchanged: i64,
    /// Extensions disabled.
    #[serde(default)]
    #[schemars(range(min = 0, max = MAX_COUNT))]
    pub disabled: i64,
    /// Extensions deleted.
    #[serde(default)]
    #[schemars(range(min = 0, max = MAX_COUNT))]
    pub deleted: i64,
    /// Extensions handed over to the phone system administrators.
    #[serde(default)]
    #[schemars(range(min = 0, max = MAX_COUNT))]
    pub released: i64,
    /// Users who get no extension by design, such as guests, and users for whom lifecycle requires none.
    #[serde(default)]
    #[schemars(range(min = 0, max = MAX_COUNT))]
    pub skipped: i64,
    /// Users who could not be synced as declared. The first 20 are in problems.
    #[serde(default)]
    #[schemars(range(min = 0, max = MAX_COUNT))]
    pub conflicts: i64,
}

/// Organizational unit in the scope.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KnownUnit {
    /// Path in the scope. Example: /Sales.
    #[schemars(length(max = 1024))]
    pub path: String,
    /// Google ID of the unit. Example: id:03ph8a2z1.
    #[schemars(length(max = 64))]
    pub id: String,
}

/// Channel through which Google notifies Dialplane of changed users. Its token is never in the status.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PushChannel {
    /// ID of the channel, assigned by Dialplane.
    #[schemars(length(max = 64))]
    pub id: String,
    /// Google ID of the watched resource, which is needed to stop the channel.
    #[schemars(length(max = 512))]
    pub resource_id: String,
    /// Event of which Google notifies: add, delete, undelete or update.
    #[schemars(length(max = 16))]
    pub event: String,
    /// Time at which the channel expires. Dialplane opens a new channel well before.
    pub expiration: Time,
}

/// User who could not be synced as declared.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// E-mail address of the user, or the Google ID if there is no address.
    #[schemars(length(max = 254))]
    pub user: String,
    /// Reason in one word, for programs. Example: NumbersExhausted.
    #[schemars(length(max = 64))]
    pub reason: String,
    /// What is wrong and what to do, for people.
    #[schemars(length(max = 1024))]
    pub message: String,
}

/// Changes that are planned and not made.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanStatus {
    /// Identifies exactly the removals of this plan. To approve held removals, set the annotation
    /// dialplane.io/approve-removals to this value.
    #[schemars(length(max = 64))]
    pub hash: String,
    /// Number of changes by kind.
    #[serde(default)]
    pub counts: PlanCounts,
    /// Changes of the plan, removals first; at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20), extend("x-kubernetes-list-type" = "atomic"))]
    pub samples: Vec<PlanSample>,
}

/// Number of planned changes by kind.
#[derive(KubeSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanCounts {
    /// Extensions to create.
    #[serde(default)]
    #[schemars(range(min = 0, max = MAX_COUNT))]
    pub create: i64,
    /// Extensions to update or enable again.
    #[serde(default)]
    #[schemars(range(min = 0, max = MAX_COUNT))]
    pub update: i64,
    /// Extensions to disable.
    #[serde(default)]
    #[schemars(range(min = 0, max = MAX_COUNT))]
    pub disable: i64,
    /// Extensions to delete.
    #[serde(default)]
    #[schemars(range(min = 0, max = MAX_COUNT))]
    pub delete: i64,
    /// Extensions to hand over to the phone system administrators.
    #[serde(default)]
    #[schemars(range(min = 0, max = MAX_COUNT))]
    pub release: i64,
}

/// Planned change.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanSample {
    /// Kind of the change: Create, Update, Disable, Delete or Release.
    #[schemars(length(max = 16))]
    pub change: String,
    /// Name of the extension. Example: acme-1001.
    #[schemars(length(max = 63))]
    pub extension: String,
    /// E-mail address of the user, or the Google ID if the address is not known.
    #[schemars(length(max = 254))]
    pub user: String,
    /// Why the change is planned, for people.
    #[schemars(length(max = 256))]
    pub reason: String,
}
