//! When the directory is read.

use std::time::Duration;

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::duration::GoDuration;

/// When the directory is read in syncMode Automatic: at an interval or daily, not both.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.interval) || !has(self.daily)").message("users.schedule.daily: cannot be combined with interval; remove one of the two").field_path(".daily"),
)]
pub struct Schedule {
    /// Time between two syncs, 30s to 168h (7 days). Up to a tenth of it is added at random, so that many
    /// integrations do not call Google at the same time. If omitted, the interval is 1h, unless daily is set.
    /// Example: 15m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[x_kube(validation = Rule::new(GoDuration::between("30s", "168h")).message("users.schedule.interval: use a duration from 30s to 168h (7 days) with the units s, m and h, for example 15m or 1h30m"))]
    pub interval: Option<GoDuration>,
    /// Time of day at which a sync starts, on all or some days of the week. If omitted, interval applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily: Option<Daily>,
}

impl Schedule {
    /// Interval if none is declared.
    pub const DEFAULT_INTERVAL: Duration = Duration::from_hours(1);
}

/// Time of day, on all or some days of the week.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Daily {
    /// Time of day in 24-hour format, HH:MM:SS in quotes; the sync starts at this time or up to one minute later. If
    /// the clocks go forward past this time, the sync starts at the moment of the change; if they go back, it starts
    /// at the first occurrence. Example: "02:00:00".
    #[schemars(length(max = 8))]
    #[x_kube(validation = Rule::new("self.matches('^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$')").message("users.schedule.daily.at: use HH:MM:SS on a 24-hour clock, in quotes, for example \"02:00:00\""))]
    pub at: String,
    /// Days of the week on which a sync starts. If omitted, a sync starts every day. Example: [Monday, Friday].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 7), extend("x-kubernetes-list-type" = "set"))]
    pub days: Vec<Day>,
    /// Time zone of the time of day, as named in the IANA time zone database. Defaults to UTC. Example:
    /// Europe/Berlin.
    #[serde(default = "Daily::utc")]
    #[schemars(length(max = 64))]
    #[x_kube(validation = Rule::new("self.matches('^[A-Za-z][-+_A-Za-z0-9]*(/[A-Za-z][-+_A-Za-z0-9]*)*$')").message("users.schedule.daily.timeZone: use a name from the IANA time zone database, for example Europe/Berlin or UTC"))]
    pub time_zone: String,
}

impl Daily {
    fn utc() -> String {
        "UTC".to_owned()
    }
}

/// A day of the week.
#[derive(JsonSchema, Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Day {
    /// Name of the day, as written in the resource.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Monday => "Monday",
            Self::Tuesday => "Tuesday",
            Self::Wednesday => "Wednesday",
            Self::Thursday => "Thursday",
            Self::Friday => "Friday",
            Self::Saturday => "Saturday",
            Self::Sunday => "Sunday",
        }
    }
}
