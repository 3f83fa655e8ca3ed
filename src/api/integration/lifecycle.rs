//! What happens when people change state in Google.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::duration::GoDuration;

/// What happens to an extension when its person changes state in Google.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lifecycle {
    /// What happens to a newcomer whose e-mail address, or one of whose aliases, stands in an extension that no integration
    /// keeps. True: that extension becomes the person's; it keeps its number, PIN and SIP secret, and its user details come
    /// from Google from then on. False: the person is skipped and reported as EmailConflict. Default false.
    #[serde(default)]
    pub adopt_by_email: bool,
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
    /// What happens when a person is in Google and no longer in scope. Disable: the extension stays, disabled, until the
    /// person is in scope again. Delete: the extension is deleted and its number waits in quarantine. Release: the
    /// extension stays as it is and belongs to the administrators of the phone system. Default Disable.
    #[serde(default)]
    pub on_out_of_scope: OnOutOfScope,
    /// How long after its cause was first seen a Delete happens, at most 8760h (one year). Until then the extension is
    /// disabled, removeAfter on it says when it will go, and it comes back when the cause goes away. Default 0s: at once.
    #[serde(default = "Lifecycle::no_grace")]
    #[x_kube(validation = Rule::new(GoDuration::between("0s", "8760h")).message("users.lifecycle.gracePeriod: use a time from 0s to 8760h (one year) with the units s, m and h, for example 720h"))]
    pub grace_period: GoDuration,
    /// How many extensions one sync may disable, delete or release: the larger of percent and minimum. A sync that would
    /// remove more removes nothing and waits until its plan is approved with the annotation
    /// dialplane.io/approve-removals.
    #[serde(default)]
    pub removal_limit: RemovalLimit,
}

impl Lifecycle {
    fn no_grace() -> GoDuration {
        GoDuration::new("0s")
    }
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self {
            adopt_by_email: false,
            on_suspended: WhileInactive::default(),
            on_archived: WhileInactive::default(),
            on_deleted: OnDeleted::default(),
            on_out_of_scope: OnOutOfScope::default(),
            grace_period: Self::no_grace(),
            removal_limit: RemovalLimit::default(),
        }
    }
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

/// What happens when a person is no longer in scope.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnOutOfScope {
    /// The extension is disabled.
    #[default]
    Disable,
    /// The extension is deleted.
    Delete,
    /// The extension is handed over to the administrators of the phone system.
    Release,
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
