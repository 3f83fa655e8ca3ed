//! The checks of what people declare as text.
#![allow(
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a check fails by a panic"
)]

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};

use super::property::{NumberProblem, PropertyPath, number};
use super::schedule::{DAILY_SPREAD, Days, Schedule, until, weekday};
use crate::api::GoDuration;

/// The bytes are a property path, a line feed, and the JSON of a Google user.
pub fn property(input: &[u8]) {
    let Ok(input) = str::from_utf8(input) else { return };
    let (text, resource) = input.split_once('\n').unwrap_or((input, "{}"));
    let path = match PropertyPath::parse(text) {
        Ok(path) => path,
        Err(error) => {
            assert!(error.to_string().starts_with("users.numbering.property: "));
            return;
        }
    };
    assert_eq!(path.as_str(), text);
    assert!(text.starts_with(path.top_level_field()));
    assert!(
        path.custom_schema()
            .is_none_or(|schema| text[14..].starts_with(schema))
    );
    match number(&path, resource) {
        Ok(number) => {
            let digits = number.to_string();
            assert!((3..=13).contains(&digits.len()));
            assert!(digits.bytes().all(|byte| byte.is_ascii_digit()));
        }
        Err(NumberProblem::Missing) => {}
        Err(NumberProblem::Invalid(why)) => assert!(!why.is_empty()),
    }
    assert_eq!(number(&path, resource), number(&path, resource));
}

/// The bytes are lines: a duration, or a time of day, weekdays with commas between them and a time zone; then the second at which
/// the last sync ended.
pub fn schedule(input: &[u8]) {
    let Ok(input) = str::from_utf8(input) else { return };
    let lines: Vec<_> = input.lines().collect();
    let second = lines
        .last()
        .and_then(|line| line.parse().ok())
        .unwrap_or(1_795_000_000);
    let Ok(now) = Timestamp::from_second(second) else {
        return;
    };
    match lines[..] {
        [text, _] => every(text, now),
        [at, days, zone, _] => daily(at, days, zone, now),
        _ => {}
    }
}

fn every(text: &str, now: Timestamp) {
    let Some(interval) = GoDuration::new(text).get() else {
        return;
    };
    let due = [0.0, 0.5, 1.0, f64::NAN].map(|jitter| Schedule::Every(interval).next(now, jitter));
    assert!(due[0] >= now && due[0] <= due[1] && due[1] <= due[2] && due[3] == due[0]);
    if due[2] < Timestamp::MAX {
        assert_eq!(until(due[0], now), interval, "{text}");
        assert!(until(due[2], now) <= interval + interval.div_f64(10.0) + Duration::from_micros(1));
    }
}

fn daily(at: &str, days: &str, zone: &str, now: Timestamp) {
    let named: Vec<_> = days.split(',').filter(|day| !day.is_empty()).collect();
    let schedule = match Schedule::daily(at, named.iter().copied(), zone) {
        Ok(schedule) => schedule,
        Err(error) => {
            assert!(error.to_string().starts_with("users.schedule.daily."), "{error}");
            return;
        }
    };
    let due = schedule.next(now, 0.0);
    let late = schedule.next(now, 1.0);
    assert!(due > now && late >= due, "{due} after {now}");
    if late == Timestamp::MAX {
        return;
    }
    assert!(until(late, due) <= DAILY_SPREAD);
    assert!(
        until(due, now) <= Duration::from_hours(15 * 24),
        "{due} is long after {now}"
    );
    let Schedule::Daily { at, zone, .. } = &schedule else {
        return;
    };
    let local = zone.to_datetime(due);
    let allowed: Days = named.iter().filter_map(|day| weekday(day).ok()).collect();
    assert!(allowed.allow(local.weekday()), "{local}");
    assert!(local.time() >= *at, "{local} is before {at}");
    assert!(schedule.next(due, 0.0) > due);
    if *zone == TimeZone::UTC {
        assert_eq!(local.time().round(Unit::Second).ok(), Some(*at));
    }
}
