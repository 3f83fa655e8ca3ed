//! When the directory is read.

use std::time::Duration;

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::api::GoDuration;

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
