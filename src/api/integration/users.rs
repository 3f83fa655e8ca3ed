//! Which users get an extension, and how.

use std::time::Duration;

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::lifecycle::Lifecycle;
use super::numbering::Numbering;
use super::profile::Profile;
use super::schedule::Schedule;
use super::scope::Scope;

/// Which users get an extension, and how.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!self.enabled || has(self.syncMode)").message("users.syncMode: required when users.enabled is true; choose Automatic (on schedule) or Manual (on request only)").reason(Reason::FieldValueRequired).field_path(".syncMode"),
    validation = Rule::new("!has(self.realtime) || !self.realtime || (has(self.syncMode) && self.syncMode == 'Automatic')").message("users.realtime: allowed only when syncMode is Automatic; remove it, or choose syncMode Automatic").field_path(".realtime"),
    validation = Rule::new("!has(self.schedule) || (has(self.syncMode) && self.syncMode == 'Automatic')").message("users.schedule: allowed only when syncMode is Automatic; remove it, or choose syncMode Automatic").field_path(".schedule"),
)]
pub struct Users {
    /// Whether Dialplane manages one extension for each user in scope. Setting it back to false stops syncing;
    /// whenDisabled then determines what happens to the extensions. Defaults to false.
    #[serde(default)]
    pub enabled: bool,
    /// What happens to the managed extensions when enabled is false. Retain: leaves the extensions unchanged and
    /// locked. Delete: deletes the extensions, subject to lifecycle.removalLimit and its approval, and puts their
    /// numbers in quarantine. Defaults to Retain.
    #[serde(default)]
    pub when_disabled: WhenDisabled,
    /// Number of extensions for which the tenant is licensed on its phone system, 1 to 1000000. All extensions count,
    /// including disabled and unmanaged ones. New users beyond it are reported with reason CapacityExceeded, in
    /// directory order; no user loses an existing extension. If omitted, there is no limit. Example: 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub capacity: Option<i64>,
    /// What starts a sync. Automatic: the schedule, and a new value of the annotation dialplane.io/sync-requested-at;
    /// the first sync starts at once. Manual: only the annotation. Required when enabled is true; to change it
    /// afterwards, raise google.authorizationEpoch in the same change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    // With `Option`, the description would be that of the enum instead of this one.
    #[schemars(with = "SyncMode")]
    pub sync_mode: Option<SyncMode>,
    /// When the directory is read: at an interval or daily. Allowed only when syncMode is Automatic. If omitted, the
    /// directory is read every hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Whether Dialplane also receives push notifications from Google, so that a new, changed, suspended, deleted or
    /// restored user is synced within seconds. Allowed only when syncMode is Automatic, and requires the operator's
    /// public URL (chart value publicUrl). Scheduled syncs continue. Defaults to false.
    #[serde(default)]
    pub realtime: bool,
    /// Which users get an extension. If omitted, everyone in the organization is in scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// How extensions get their numbers. If omitted, a new user gets the lowest free number from 1000.
    #[serde(default)]
    pub numbering: Numbering,
    /// What happens to an extension when its user is suspended, archived or deleted in Google, or is no longer in
    /// scope.
    #[serde(default)]
    pub lifecycle: Lifecycle,
    /// Which details of a Google user are copied to the extension.
    #[serde(default)]
    pub profile: Profile,
}

impl Users {
    /// Whether syncs start without a request.
    pub fn is_automatic(&self) -> bool {
        self.sync_mode == Some(SyncMode::Automatic)
    }

    /// Time between two syncs in mode Automatic.
    pub fn interval(&self) -> Duration {
        self.schedule
            .as_ref()
            .and_then(|schedule| schedule.interval.as_ref()?.get())
            .unwrap_or(Schedule::DEFAULT_INTERVAL)
    }
}

/// What happens to the managed extensions when syncing is disabled.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum WhenDisabled {
    /// Leaves the extensions unchanged.
    #[default]
    Retain,
    /// Deletes the extensions.
    Delete,
}

/// What starts a sync.
#[derive(JsonSchema, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SyncMode {
    /// The schedule or a request; the first sync starts at once.
    Automatic,
    /// A request only.
    Manual,
}
