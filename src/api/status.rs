//! The status of a `GoogleWorkspaceIntegration`: what Dialplane reports.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Largest generation: the largest whole number that every JSON reader takes exactly.
pub(super) const MAX_GENERATION: i64 = (1 << 53) - 1;
/// Largest count: far beyond any directory.
const MAX_COUNT: i64 = 1_000_000_000;

/// `observedGeneration` of an object that nobody has looked at, so that a new object is never reported healthy.
pub(super) fn unobserved() -> i64 {
    -1
}

/// What Dialplane reports about an integration.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GoogleWorkspaceIntegrationStatus {
    /// The metadata.generation that this status is about. -1 before Dialplane has seen the object.
    #[serde(default = "unobserved")]
    #[schemars(range(min = -1, max = MAX_GENERATION))]
    pub observed_generation: i64,
    /// Whether Google answers. Connected: the last call was answered. Degraded: it worked before, and is failing.
    /// Disconnected: Google does not accept the credentials, or nobody has tried yet.
    #[serde(default)]
    pub connection: Connection,
    /// Who Dialplane is to Google, and what it may read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<Authorization>,
    /// The last sync that changed something. Left out before the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<UsersStatus>,
    /// The changes that dryRun keeps from being made, or the removals that wait for approval. Left out otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanStatus>,
    /// What is going on. Ready: the declared state is reached. Reconciling, Stalled and RemovalsHeld are there only while
    /// they are true: work goes on, a person must act, removals wait for approval.
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

/// The state of the connection to Google.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Connection {
    /// The last call was answered.
    Connected,
    /// It worked before, and is failing.
    Degraded,
    /// Google does not accept the credentials, or nobody has tried yet.
    #[default]
    Disconnected,
}

/// Who Dialplane is to Google.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Authorization {
    /// The account whose rights are used: the subject, or the service account itself. Example: it@acme.com.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 254))]
    pub account: Option<String>,
    /// The spec.google.authorizationEpoch that is in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub epoch: Option<i32>,
    /// OAuth scopes, as the domain-wide delegation page of the Admin console takes them.
    #[serde(default)]
    pub scopes: Scopes,
}

/// OAuth scopes, as the Admin console's domain-wide delegation page takes them.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scopes {
    /// The scopes that the declared features need.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 256)), extend("x-kubernetes-list-type" = "set"))]
    pub required: Vec<String>,
    /// The scopes that Google granted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 256)), extend("x-kubernetes-list-type" = "set"))]
    pub granted: Vec<String>,
    /// The scopes that are required and not granted: add these in the Admin console.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 256)), extend("x-kubernetes-list-type" = "set"))]
    pub missing: Vec<String>,
}

/// The last sync. A sync that changes nothing writes nothing, so times and counts are those of the last sync that
/// changed an extension or any other value here.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsersStatus {
    /// When the last sync ended. A sync that changes nothing writes it once an hour at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_sync_time: Option<Time>,
    /// When the sync after that one was due. Left out: syncMode is Manual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_sync_time: Option<Time>,
    /// The value of the annotation dialplane.io/sync-requested-at that was last carried out. Equal to the annotation: the
    /// request is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub last_handled_sync_request: Option<String>,
    /// What the last sync did, in one sentence for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub message: Option<String>,
    /// What that sync read and did, in numbers of people and extensions.
    #[serde(default)]
    pub counts: Counts,
    /// The organizational units that the scope names, with the id by which a renamed or moved one is found again.
    /// Left out: the scope names none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 400), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["path"]))]
    pub organizational_units: Vec<KnownUnit>,
    /// The notification channels of users.realtime that are open at Google. Left out: there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "atomic"))]
    pub channels: Vec<PushChannel>,
    /// People who could not be served, worst first, at most 20. Left out: there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20), extend("x-kubernetes-list-type" = "atomic"))]
    pub problems: Vec<Problem>,
}

/// What the last sync that changed something read and did.
#[derive(KubeSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// People whom Google named.
    #[serde(default)]
    #[schemars(range(min = 0, max = MAX_COUNT))]
    pub read: i64,
    /// People who ought to have an extension.
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
    /// Extensions that were right already.
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
    /// Extensions handed over to the administrators of the phone system.
    #[serde(default)]
    #[schemars(range(min = 0, max = MAX_COUNT))]
    pub released: i64,
    /// People left out on purpose, such as guests and those for whom lifecycle asks for no extension.
    #[serde(default)]
    #[schemars(range(min = 0, max = MAX_COUNT))]
    pub skipped: i64,
    /// People who could not be served. The first 20 are in problems.
    #[serde(default)]
    #[schemars(range(min = 0, max = MAX_COUNT))]
    pub conflicts: i64,
}

/// An organizational unit that the scope names.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KnownUnit {
    /// The path in the scope. Example: /Sales.
    #[schemars(length(max = 1024))]
    pub path: String,
    /// Google's id of the unit. Example: id:03ph8a2z1.
    #[schemars(length(max = 64))]
    pub id: String,
}

/// A channel through which Google notifies Dialplane of changed users. Its token is in nobody's status.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PushChannel {
    /// The id that Dialplane gave the channel.
    #[schemars(length(max = 64))]
    pub id: String,
    /// Google's id of what is watched; with it the channel is stopped.
    #[schemars(length(max = 512))]
    pub resource_id: String,
    /// What Google notifies of: add, delete, undelete or update.
    #[schemars(length(max = 16))]
    pub event: String,
    /// When the channel ends by itself. A new one is opened long before.
    pub expiration: Time,
}

/// A person who could not be served.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// The person's e-mail address, or Google's id when there is none.
    #[schemars(length(max = 254))]
    pub user: String,
    /// What is wrong, in one word. Example: NumbersExhausted.
    #[schemars(length(max = 64))]
    pub reason: String,
    /// What is wrong and what to do, for people.
    #[schemars(length(max = 1024))]
    pub message: String,
}

/// Changes that were planned and not made.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanStatus {
    /// Identifies exactly the removals of this plan. To approve held ones, set the annotation
    /// dialplane.io/approve-removals to this value.
    #[schemars(length(max = 64))]
    pub hash: String,
    /// How many changes of each kind.
    #[serde(default)]
    pub counts: PlanCounts,
    /// Up to 20 of the changes, removals first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20), extend("x-kubernetes-list-type" = "atomic"))]
    pub samples: Vec<PlanSample>,
}

/// How many changes of each kind a plan has.
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
    /// Extensions to hand over to the administrators of the phone system.
    #[serde(default)]
    #[schemars(range(min = 0, max = MAX_COUNT))]
    pub release: i64,
}

/// One planned change.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanSample {
    /// What would be done to the extension: Create, Update, Disable, Delete or Release.
    #[schemars(length(max = 16))]
    pub change: String,
    /// Name of the extension. Example: acme-1001.
    #[schemars(length(max = 63))]
    pub extension: String,
    /// The person's e-mail address, or Google's id when it is not known.
    #[schemars(length(max = 254))]
    pub user: String,
    /// Why, for people.
    #[schemars(length(max = 256))]
    pub reason: String,
}
