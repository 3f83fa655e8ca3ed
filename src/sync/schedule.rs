//! When the next sync is due.

use std::sync::LazyLock;
use std::time::Duration;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};

/// The longest time that a daily sync starts after its time of day.
pub const DAILY_SPREAD: Duration = Duration::from_mins(1);

/// When an integration reads the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// This long after the end of the last sync, and up to a tenth of it more.
    Every(Duration),
    /// Once on each of these local days.
    Daily {
        /// The time of day that the clocks of the zone show.
        at: Time,
        /// The weekdays; empty for all of them.
        days: Days,
        /// The zone whose clocks count.
        zone: TimeZone,
    },
}

impl Schedule {
    /// Reads `spec.users.schedule.daily`: a time `HH:MM:SS` of 24 hours, English names of weekdays (none: every day),
    /// and the IANA name of a time zone.
    pub fn daily<'a>(
        at: &str,
        days: impl IntoIterator<Item = &'a str>,
        zone: &str,
    ) -> Result<Self, InvalidSchedule> {
        Ok(Self::Daily {
            at: time(at)?,
            days: days.into_iter().map(weekday).collect::<Result<_, _>>()?,
            zone: time_zone(zone)?,
        })
    }

    /// The time of the sync after one that ended at `now`, always later than `now`. `jitter` is a random number from 0
    /// to 1, so that integrations made by one commit do not ask Google in the same second.
    ///
    /// Daily, a sync starts at its time of day or up to [`DAILY_SPREAD`] later, once a day whatever the jitter: as soon
    /// as the time of day has passed, the next one is another day's. Where the clocks skip the time, it is the moment
    /// at which they jump; where they show it twice, the first time; a day that the calendar skips has none.
    pub fn next(&self, now: Timestamp, jitter: f64) -> Timestamp {
        match self {
            Self::Every(interval) => next(now, *interval, jitter),
            Self::Daily { at, days, zone } => {
                let spread = DAILY_SPREAD.mul_f64(share(jitter));
                next_daily(now, *at, *days, zone)
                    .and_then(|due| due.checked_add(spread).ok())
                    .unwrap_or(Timestamp::MAX)
            }
        }
    }
}

/// A set of weekdays. The empty one stands for every day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Days(u8);

impl Days {
    /// Whether the set has this weekday, or is empty.
    pub fn allow(self, day: Weekday) -> bool {
        self.0 == 0 || self.0 & bit(day) != 0
    }
}

impl FromIterator<Weekday> for Days {
    fn from_iter<I: IntoIterator<Item = Weekday>>(days: I) -> Self {
        Self(days.into_iter().fold(0, |set, day| set | bit(day)))
    }
}

fn bit(day: Weekday) -> u8 {
    1 << day.to_monday_zero_offset()
}

/// Why `spec.users.schedule.daily` is not one; each names the field and the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSchedule {
    /// The time of day.
    #[error(
        "users.schedule.daily.at: use the time of day as HH:MM:SS from 00:00:00 to 23:59:59, for example 02:00:00"
    )]
    Time,
    /// A weekday.
    #[error(
        "users.schedule.daily.days: use Monday, Tuesday, Wednesday, Thursday, Friday, Saturday and Sunday, or omit it for every day"
    )]
    Day,
    /// The time zone has no such name.
    #[error(
        "users.schedule.daily.timeZone: no time zone has this name; use a name from the IANA database, for example Europe/Berlin, or omit it for UTC"
    )]
    Zone,
    /// The time zone is written in another way.
    #[error("users.schedule.daily.timeZone: use {0}, with the same upper and lower case")]
    ZoneSpelling(String),
}

/// Reads `HH:MM:SS`; nothing else, so that `2:00` or `02:00:60` cannot mean what nobody meant.
pub fn time(text: &str) -> Result<Time, InvalidSchedule> {
    let digits = |at: usize| {
        let pair = text.get(at..at + 2)?;
        let ascii = pair.bytes().all(|byte| byte.is_ascii_digit());
        ascii.then(|| pair.parse::<i8>().ok()).flatten()
    };
    let colons = text.len() == 8 && text.get(2..3) == Some(":") && text.get(5..6) == Some(":");
    colons
        .then(|| Time::new(digits(0)?, digits(3)?, digits(6)?, 0).ok())
        .flatten()
        .ok_or(InvalidSchedule::Time)
}

/// Reads the English name of a weekday, as `spec.users.schedule.daily.days` has it.
pub fn weekday(text: &str) -> Result<Weekday, InvalidSchedule> {
    match text {
        "Monday" => Ok(Weekday::Monday),
        "Tuesday" => Ok(Weekday::Tuesday),
        "Wednesday" => Ok(Weekday::Wednesday),
        "Thursday" => Ok(Weekday::Thursday),
        "Friday" => Ok(Weekday::Friday),
        "Saturday" => Ok(Weekday::Saturday),
        "Sunday" => Ok(Weekday::Sunday),
        _ => Err(InvalidSchedule::Day),
    }
}

/// Finds a time zone by its IANA name in the database that is built in: a machine's own would make one integration run
/// at different times on different nodes.
pub fn time_zone(name: &str) -> Result<TimeZone, InvalidSchedule> {
    static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);
    let zone = ZONES.get(name).map_err(|_| InvalidSchedule::Zone)?;
    match zone.iana_name() {
        Some("Etc/Unknown") | None => Err(InvalidSchedule::Zone),
        Some(iana) if iana == name => Ok(zone),
        Some(iana) => Err(InvalidSchedule::ZoneSpelling(iana.to_owned())),
    }
}

/// `None` at the end of the calendar only.
fn next_daily(now: Timestamp, at: Time, days: Days, zone: &TimeZone) -> Option<Timestamp> {
    /// A week has each weekday once; the second week is for one that the calendar skips.
    const FORTNIGHT: i32 = 14;
    let today = zone.to_datetime(now).date();
    (0..=FORTNIGHT)
        .map_while(|later| today.checked_add(later.days()).ok())
        .filter(|date| days.allow(date.weekday()))
        .filter_map(|date| occurrence(date, at, zone))
        .find(|due| *due > now)
}

/// The first moment of the local day at which the clocks show `at` or later; `None` for a day that they skip.
fn occurrence(date: Date, at: Time, zone: &TimeZone) -> Option<Timestamp> {
    let wanted = date.to_datetime(at);
    let ambiguous = zone.to_ambiguous_timestamp(wanted);
    let is_gap = matches!(ambiguous.offset(), jiff::tz::AmbiguousOffset::Gap { .. });
    // In a fold the first of the two, in a gap a moment before the jump.
    let earlier = ambiguous.earlier().ok()?;
    if !is_gap {
        return Some(earlier);
    }
    let jump = zone
        .following(earlier)
        .map(|transition| transition.timestamp())
        .find(|moment| zone.to_datetime(*moment) >= wanted)?;
    (zone.to_datetime(jump).date() == date).then_some(jump)
}

/// The time of the sync after one that ended at `last`: the interval, and up to a tenth of it more. `jitter` is a
/// random number from 0 to 1, so that integrations made by one commit do not ask Google in the same second for ever.
pub fn next(last: Timestamp, interval: Duration, jitter: f64) -> Timestamp {
    let wait = interval + interval.mul_f64(share(jitter) / 10.0);
    // Beyond jiff's range only for intervals of millennia, which the schema refuses.
    last.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// From 0 to 1; what is no number counts as 0.
fn share(jitter: f64) -> f64 {
    if jitter > 0.0 { jitter.min(1.0) } else { 0.0 }
}

/// How long from `now` to `due`; zero when it has passed.
pub fn until(due: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(due.duration_since(now)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
