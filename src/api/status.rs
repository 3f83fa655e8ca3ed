//! The status of a `GoogleWorkspaceIntegration`: what Dialplane reports.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `observedGeneration` of an object that nobody has looked at, so that a new object is never reported healthy.
pub(super) fn unobserved() -> i64 {
    -1
}

/// What Dialplane reports about an integration.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GoogleWorkspaceIntegrationStatus {
    /// metadata.generation that this status is about. -1 before Dialplane has seen the object.
    #[serde(default = "unobserved")]
    #[schemars(range(min = -1))]
    pub observed_generation: i64,
    /// Connected: the last call to Google was answered. Degraded: it worked before, and is failing. Disconnected: Google
    /// does not accept the credentials, or nobody has tried yet.
    #[serde(default)]
    pub connection: Connection,
    /// Who Dialplane is to Google, and what it may read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<Authorization>,
    /// The last sync.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<UsersStatus>,
    /// The changes that dryRun keeps from being made, or the removals that wait for approval. Left out otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanStatus>,
    /// Ready: the declared state is reached. Reconciling and Stalled are there only while they are true.
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
    /// The account whose rights are used: the subject, or the service account itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 254))]
    pub account: Option<String>,
    /// The authorizationEpoch that is in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub epoch: Option<i32>,
    /// OAuth scopes.
    #[serde(default)]
    pub scopes: Scopes,
}

/// OAuth scopes, as the Admin console's domain-wide delegation page takes them.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scopes {
    /// Needed for the features that are switched on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 256)), extend("x-kubernetes-list-type" = "set"))]
    pub required: Vec<String>,
    /// Google granted these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 256)), extend("x-kubernetes-list-type" = "set"))]
    pub granted: Vec<String>,
    /// Required, and not granted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 256)), extend("x-kubernetes-list-type" = "set"))]
    pub missing: Vec<String>,
}

/// The last sync. A sync that changes nothing writes nothing, so times and counts are those of the last sync that
/// changed an extension or any other value here.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsersStatus {
    /// When the last sync that changed something ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_sync_time: Option<Time>,
    /// When the sync after it was due. Left out for syncMode Manual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_sync_time: Option<Time>,
    /// The value of the annotation dialplane.io/sync-requested-at that was last carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub last_handled_sync_request: Option<String>,
    /// One sentence for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub message: Option<String>,
    /// How many people and extensions.
    #[serde(default)]
    pub counts: Counts,
    /// People who could not be served, worst first, at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20), extend("x-kubernetes-list-type" = "atomic"))]
    pub problems: Vec<Problem>,
}

/// What the last sync that changed something read and did.
#[derive(KubeSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// People in the directory's answer.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub read: i64,
    /// People in scope.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub in_scope: i64,
    /// Extensions created.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub created: i64,
    /// Extensions updated, including those that were enabled again.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub updated: i64,
    /// Extensions that were right already.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub unchanged: i64,
    /// Extensions disabled.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub disabled: i64,
    /// Extensions deleted.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub deleted: i64,
    /// Extensions handed over to the administrators of the phone system.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub released: i64,
    /// People left out on purpose, such as guests and those whose state asks for no extension.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub skipped: i64,
    /// People who could not be served; see problems.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub conflicts: i64,
}

/// A person who could not be served.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// The person's address, or id when there is none.
    #[schemars(length(max = 254))]
    pub user: String,
    /// One word, such as NumbersExhausted.
    #[schemars(length(max = 64))]
    pub reason: String,
    /// What is wrong, and what to do.
    #[schemars(length(max = 1024))]
    pub message: String,
}

/// Changes that were planned and not made.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanStatus {
    /// Identifies exactly the removals of this plan. To approve them, set the annotation
    /// dialplane.io/approve-removals to this value.
    #[schemars(length(max = 64))]
    pub hash: String,
    /// How many changes of each kind.
    #[serde(default)]
    pub counts: PlanCounts,
    /// The first 20 changes, removals first.
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
    #[schemars(range(min = 0))]
    pub create: i64,
    /// Extensions to update or enable again.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub update: i64,
    /// Extensions to disable.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub disable: i64,
    /// Extensions to delete.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub delete: i64,
    /// Extensions to release.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub release: i64,
}

/// One planned change.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanSample {
    /// Create, Update, Disable, Delete or Release.
    #[schemars(length(max = 16))]
    pub change: String,
    /// Name of the extension.
    #[schemars(length(max = 63))]
    pub extension: String,
    /// The person's address, or id when it is not known.
    #[schemars(length(max = 254))]
    pub user: String,
    /// Why.
    #[schemars(length(max = 256))]
    pub reason: String,
}
