//! What happens when users change state in Google.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::duration::GoDuration;

/// What happens to an extension when its user changes state in Google.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lifecycle {
    /// Whether a new user adopts an unmanaged extension that has the e-mail address or an alias of the user. True:
    /// the integration manages that extension and fills in the user details from Google; number, PIN and SIP secret
    /// do not change. False: the user gets no extension and is reported with reason EmailConflict. Defaults to false.
    #[serde(default)]
    pub adopt_by_email: bool,
    /// What happens while a user is suspended in Google. Disable: disables the extension until the user is active
    /// again. Delete: deletes the extension and puts its number in quarantine. Ignore: treats the user as active.
    /// Defaults to Disable.
    #[serde(default)]
    pub on_suspended: WhileInactive,
    /// What happens while a user is archived in Google. Disable: disables the extension until the user is active
    /// again. Delete: deletes the extension and puts its number in quarantine. Ignore: treats the user as active.
    /// Defaults to Disable.
    #[serde(default)]
    pub on_archived: WhileInactive,
    /// What happens when a user is deleted in Google. Disable: disables the extension until the user is restored,
    /// which Google allows for 20 days. Delete: deletes the extension and puts its number in quarantine. Defaults to
    /// Disable.
    #[serde(default)]
    pub on_deleted: OnDeleted,
    /// What happens when a user exists in Google but is no longer in scope. Disable: disables the extension until the
    /// user is in scope again. Delete: deletes the extension and puts its number in quarantine. Release: stops
    /// managing the extension and hands it over, unchanged, to the phone system administrators. Defaults to Disable.
    #[serde(default)]
    pub on_out_of_scope: OnOutOfScope,
    /// How long a deletion is delayed after its cause is first detected, at most 8760h (one year). Until then the
    /// extension is disabled and its removeAfter shows the planned time; if the cause ends, the extension is enabled
    /// again. Defaults to 0s (no delay). Example: 720h.
    #[serde(default = "Lifecycle::no_grace")]
    #[x_kube(validation = Rule::new(GoDuration::between("0s", "8760h")).message("users.lifecycle.gracePeriod: use a duration from 0s to 8760h (one year) with the units s, m and h, for example 720h"))]
    pub grace_period: GoDuration,
    /// Maximum number of extensions that one sync can disable, delete or release: the larger of percent and minimum.
    /// A sync with more removals performs none of them until its plan is approved with the annotation
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

/// What happens while a user is suspended or archived.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum WhileInactive {
    /// Disables the extension.
    #[default]
    Disable,
    /// Deletes the extension.
    Delete,
    /// Treats the user as active.
    Ignore,
}

/// What happens when a user is deleted.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnDeleted {
    /// Disables the extension.
    #[default]
    Disable,
    /// Deletes the extension.
    Delete,
}

/// What happens when a user is no longer in scope.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnOutOfScope {
    /// Disables the extension.
    #[default]
    Disable,
    /// Deletes the extension.
    Delete,
    /// Hands the extension over to the phone system administrators.
    Release,
}

/// Maximum number of removals in one sync: the larger of the two values.
#[derive(KubeSchema, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RemovalLimit {
    /// Percentage of the extensions that this integration manages, rounded down. With 0, only minimum applies.
    /// Defaults to 10.
    #[serde(default = "RemovalLimit::default_percent")]
    #[schemars(range(min = 0, max = 100))]
    pub percent: i32,
    /// Number of extensions that one sync can always remove, so that a single leaver does not hold back a small
    /// directory. Defaults to 5.
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
