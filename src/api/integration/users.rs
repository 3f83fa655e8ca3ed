//! Which people become extensions, and how.

use std::time::Duration;

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::lifecycle::Lifecycle;
use super::numbering::Numbering;
use super::profile::Profile;
use super::schedule::Schedule;
use super::scope::Scope;

/// Which people become extensions, and how.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!self.enabled || has(self.syncMode)").message("users.syncMode: required when users.enabled is true; choose Automatic (by schedule) or Manual (only on request)").reason(Reason::FieldValueRequired).field_path(".syncMode"),
    validation = Rule::new("!has(self.realtime) || !self.realtime || (has(self.syncMode) && self.syncMode == 'Automatic')").message("users.realtime: only for syncMode Automatic; remove it, or choose Automatic").field_path(".realtime"),
    validation = Rule::new("!has(self.schedule) || (has(self.syncMode) && self.syncMode == 'Automatic')").message("users.schedule: only for syncMode Automatic; remove it, or choose Automatic").field_path(".schedule"),
)]
pub struct Users {
    /// Keeps one extension for each person in scope. Back to false: syncing stops, and whenDisabled says what becomes of the
    /// extensions. Default false.
    #[serde(default)]
    pub enabled: bool,
    /// What enabled: false does with the extensions that this integration keeps. Retain: they stay as they are, locked. Delete:
    /// they are deleted, under lifecycle.removalLimit and its approval, and their numbers wait in quarantine. Default Retain.
    #[serde(default)]
    pub when_disabled: WhenDisabled,
    /// For how many extensions the phone system of the tenant is licensed, from 1 to 1000000. All of them count: disabled ones
    /// and those that its administrators made, too. Newcomers beyond it are reported as CapacityExceeded, in the order of the
    /// directory; nobody who has an extension loses it. Left out: no limit. Example: 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub capacity: Option<i64>,
    /// What starts a sync. Automatic: the schedule, at once the first time, and any change of the annotation
    /// dialplane.io/sync-requested-at. Manual: only that annotation. Required when enabled is true, and permanent: raise
    /// google.authorizationEpoch to choose again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    // With `Option`, the description would be that of the enum instead of this one.
    #[schemars(with = "SyncMode")]
    pub sync_mode: Option<SyncMode>,
    /// When syncMode Automatic reads the directory: at an interval or daily. Only for Automatic. Left out: every hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Also listens to Google's push notifications, so that a new, changed, suspended, deleted or restored person is served
    /// within seconds. Needs the operator's public URL (the chart's publicUrl). The schedule stays complete without it.
    /// Default false.
    #[serde(default)]
    pub realtime: bool,
    /// Who gets an extension. Left out: everybody in the organization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// Where extension numbers come from. Left out: the lowest free number from 1000.
    #[serde(default)]
    pub numbering: Numbering,
    /// What happens to an extension when its person is suspended, archived or deleted in Google, or is in scope no longer.
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
            .and_then(|schedule| schedule.interval.as_ref()?.get())
            .unwrap_or(Schedule::DEFAULT_INTERVAL)
    }
}

/// What becomes of the extensions of people who are switched off.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum WhenDisabled {
    /// They stay as they are.
    #[default]
    Retain,
    /// They are deleted.
    Delete,
}

/// When a sync starts.
#[derive(JsonSchema, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SyncMode {
    /// At once, then by schedule, and on request.
    Automatic,
    /// Only on request.
    Manual,
}
