//! When the directory is read.

use std::time::Duration;

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::duration::GoDuration;

/// When syncMode Automatic reads the directory: interval or daily, not both.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.interval) || !has(self.daily)").message("users.schedule.daily: use interval or daily, not both; remove one of them").field_path(".daily"),
)]
pub struct Schedule {
    /// Time between two syncs, 30s to 168h (7 days). Up to a tenth of it is added at random, so that many integrations do
    /// not ask Google in the same second. Left out: 1h, unless daily is set. Example: 15m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[x_kube(validation = Rule::new(GoDuration::between("30s", "168h")).message("users.schedule.interval: use a time from 30s to 168h (7 days) with the units s, m and h, for example 15m or 1h30m"))]
    pub interval: Option<GoDuration>,
    /// A time of the day. Left out: interval counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily: Option<Daily>,
}

impl Schedule {
    /// The interval when none is declared.
    pub const DEFAULT_INTERVAL: Duration = Duration::from_hours(1);
}

/// A time of the day, on some or all days of the week.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Daily {
    /// Time of the day, 24 hours, HH:MM:SS. On the day when clocks are put forward over it, the sync starts when they are;
    /// when they are put back over it, it starts the first time. Example: "02:00:00".
    #[schemars(length(max = 8))]
    #[x_kube(validation = Rule::new("self.matches('^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$')").message("users.schedule.daily.at: use HH:MM:SS on a 24-hour clock, in quotes, for example \"02:00:00\""))]
    pub at: String,
    /// Days of the week. Left out: every day. Example: [Monday, Friday].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 7), extend("x-kubernetes-list-type" = "set"))]
    pub days: Vec<Day>,
    /// Time zone, a name of the IANA database. Default UTC. Example: Europe/Berlin.
    #[serde(default = "Daily::utc")]
    #[schemars(length(max = 64))]
    #[x_kube(validation = Rule::new("self.matches('^[A-Za-z][-+_A-Za-z0-9]*(/[A-Za-z][-+_A-Za-z0-9]*)*$')").message("users.schedule.daily.timeZone: use a name of the IANA time zone database, for example Europe/Berlin or UTC"))]
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
    /// The name, as it is declared.
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
