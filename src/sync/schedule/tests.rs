//! The tables and the walk through the years.

use proptest::prelude::*;

use super::*;

#[test]
fn waits_the_interval_and_at_most_a_tenth_more() {
    let last = Timestamp::UNIX_EPOCH;
    let hour = Duration::from_hours(1);
    assert_eq!(next(last, hour, 0.0).as_second(), 3600);
    assert_eq!(next(last, hour, 1.0).as_second(), 3960);
    assert_eq!(next(last, hour, 7.0).as_second(), 3960);
}

#[test]
fn the_past_is_now() {
    let now = Timestamp::from_second(100).unwrap();
    assert_eq!(until(Timestamp::UNIX_EPOCH, now), Duration::ZERO);
    assert_eq!(
        until(Timestamp::from_second(130).unwrap(), now),
        Duration::from_secs(30)
    );
}

#[derive(Clone, Copy)]
struct Case {
    zone: &'static str,
    at: &'static str,
    days: &'static [&'static str],
    now: &'static str,
    /// The syncs that follow `now`, in UTC.
    due: &'static [&'static str],
}

fn check(what: &str, case: Case) {
    let schedule = Schedule::daily(case.at, case.days.iter().copied(), case.zone).unwrap();
    let mut now = case.now.parse::<Timestamp>().unwrap();
    for due in case.due {
        now = schedule.next(now, 0.0);
        assert_eq!(now.to_string(), *due, "{what}");
    }
}

#[test]
fn a_time_that_the_clocks_skip_is_the_moment_at_which_they_jump() {
    let cases = [
        // 02:00 becomes 03:00 on 2026-03-29.
        Case {
            zone: "Europe/Berlin",
            at: "02:30:00",
            days: &[],
            now: "2026-03-27T12:00:00Z",
            due: &[
                "2026-03-28T01:30:00Z",
                "2026-03-29T01:00:00Z",
                "2026-03-30T00:30:00Z",
            ],
        },
        // The first second that is skipped, and the first that is not.
        Case {
            zone: "Europe/Berlin",
            at: "02:00:00",
            days: &[],
            now: "2026-03-28T12:00:00Z",
            due: &["2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"],
        },
        Case {
            zone: "Europe/Berlin",
            at: "03:00:00",
            days: &[],
            now: "2026-03-28T12:00:00Z",
            due: &["2026-03-29T01:00:00Z", "2026-03-30T01:00:00Z"],
        },
        // 02:00 becomes 03:00 on 2026-03-08.
        Case {
            zone: "America/New_York",
            at: "02:59:59",
            days: &[],
            now: "2026-03-07T00:00:00Z",
            due: &[
                "2026-03-07T07:59:59Z",
                "2026-03-08T07:00:00Z",
                "2026-03-09T06:59:59Z",
            ],
        },
        // 02:00 becomes 02:30 on 2026-10-04: from +10:30 to +11.
        Case {
            zone: "Australia/Lord_Howe",
            at: "02:15:00",
            days: &[],
            now: "2026-10-02T12:00:00Z",
            due: &[
                "2026-10-02T15:45:00Z",
                "2026-10-03T15:30:00Z",
                "2026-10-04T15:15:00Z",
            ],
        },
        // 00:00 becomes 01:00 on 2026-03-08: the day begins at one.
        Case {
            zone: "America/Havana",
            at: "00:30:00",
            days: &[],
            now: "2026-03-06T12:00:00Z",
            due: &[
                "2026-03-07T05:30:00Z",
                "2026-03-08T05:00:00Z",
                "2026-03-09T04:30:00Z",
            ],
        },
        Case {
            zone: "Africa/Cairo",
            at: "00:00:00",
            days: &["Friday"],
            now: "2026-04-20T12:00:00Z",
            due: &["2026-04-23T22:00:00Z", "2026-04-30T21:00:00Z"],
        },
        // Samoa had no 2011-12-30, a Friday.
        Case {
            zone: "Pacific/Apia",
            at: "12:00:00",
            days: &[],
            now: "2011-12-29T12:00:00Z",
            due: &["2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z"],
        },
        Case {
            zone: "Pacific/Apia",
            at: "12:00:00",
            days: &["Friday"],
            now: "2011-12-24T00:00:00Z",
            due: &["2012-01-05T22:00:00Z"],
        },
    ];
    for case in cases {
        check(case.zone, case);
    }
}

#[test]
fn a_time_that_the_clocks_show_twice_is_the_first() {
    let cases = [
        // 03:00 becomes 02:00 on 2026-10-25.
        Case {
            zone: "Europe/Berlin",
            at: "02:30:00",
            days: &[],
            now: "2026-10-23T12:00:00Z",
            due: &[
                "2026-10-24T00:30:00Z",
                "2026-10-25T00:30:00Z",
                "2026-10-26T01:30:00Z",
            ],
        },
        // Between the two, and on the second.
        Case {
            zone: "Europe/Berlin",
            at: "02:30:00",
            days: &[],
            now: "2026-10-25T00:45:00Z",
            due: &["2026-10-26T01:30:00Z"],
        },
        Case {
            zone: "Europe/Berlin",
            at: "02:30:00",
            days: &[],
            now: "2026-10-25T01:30:00Z",
            due: &["2026-10-26T01:30:00Z"],
        },
        // 02:00 becomes 01:00 on 2026-11-01.
        Case {
            zone: "America/New_York",
            at: "01:00:00",
            days: &[],
            now: "2026-10-31T12:00:00Z",
            due: &["2026-11-01T05:00:00Z", "2026-11-02T06:00:00Z"],
        },
        // 02:00 becomes 01:30 on 2026-04-05.
        Case {
            zone: "Australia/Lord_Howe",
            at: "01:45:00",
            days: &[],
            now: "2026-04-03T15:00:00Z",
            due: &["2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"],
        },
        // 01:00 becomes 00:00 on 2026-11-01.
        Case {
            zone: "America/Havana",
            at: "00:30:00",
            days: &["Sunday"],
            now: "2026-10-31T12:00:00Z",
            due: &["2026-11-01T04:30:00Z", "2026-11-08T05:30:00Z"],
        },
        // The midnight that ends 2026-10-29 becomes 23:00 of that day.
        Case {
            zone: "Africa/Cairo",
            at: "23:30:00",
            days: &["Thursday"],
            now: "2026-10-29T12:00:00Z",
            due: &["2026-10-29T20:30:00Z", "2026-11-05T21:30:00Z"],
        },
        // 00:01 of 2006-10-29 became 23:01 of the day before: both days have a time that comes twice.
        Case {
            zone: "America/St_Johns",
            at: "00:00:30",
            days: &[],
            now: "2006-10-28T12:00:00Z",
            due: &["2006-10-29T02:30:30Z", "2006-10-30T03:30:30Z"],
        },
        Case {
            zone: "America/St_Johns",
            at: "23:30:00",
            days: &[],
            now: "2006-10-28T12:00:00Z",
            due: &["2006-10-29T02:00:00Z", "2006-10-30T03:00:00Z"],
        },
    ];
    for case in cases {
        check(case.zone, case);
    }
}

#[test]
fn calendars() {
    let cases = [
        (
            "a leap day",
            Case {
                zone: "UTC",
                at: "00:30:00",
                days: &[],
                now: "2028-02-28T00:30:00Z",
                due: &["2028-02-29T00:30:00Z", "2028-03-01T00:30:00Z"],
            },
        ),
        (
            "no leap day",
            Case {
                zone: "UTC",
                at: "00:30:00",
                days: &[],
                now: "2026-02-28T00:30:00Z",
                due: &["2026-03-01T00:30:00Z"],
            },
        ),
        (
            "the end of a year, which comes at another time there",
            Case {
                zone: "Asia/Tokyo",
                at: "00:00:00",
                days: &[],
                now: "2026-12-30T15:00:00Z",
                due: &["2026-12-31T15:00:00Z", "2027-01-01T15:00:00Z"],
            },
        ),
        (
            "the local weekday counts, not that of UTC",
            Case {
                zone: "Pacific/Auckland",
                at: "06:00:00",
                days: &["Monday"],
                now: "2026-06-10T00:00:00Z",
                due: &["2026-06-14T18:00:00Z", "2026-06-21T18:00:00Z"],
            },
        ),
        (
            "working days",
            Case {
                zone: "UTC",
                at: "02:00:00",
                days: &["Friday", "Monday", "Tuesday", "Thursday", "Wednesday", "Monday"],
                now: "2026-06-11T02:00:00Z",
                due: &[
                    "2026-06-12T02:00:00Z",
                    "2026-06-15T02:00:00Z",
                    "2026-06-16T02:00:00Z",
                ],
            },
        ),
        (
            "once a week, a second before and at the second itself",
            Case {
                zone: "UTC",
                at: "23:59:59",
                days: &["Sunday"],
                now: "2026-06-14T23:59:58Z",
                due: &["2026-06-14T23:59:59Z", "2026-06-21T23:59:59Z"],
            },
        ),
    ];
    for (what, case) in cases {
        check(what, case);
    }
}

#[test]
fn the_calendar_ends() {
    let daily = Schedule::daily("02:00:00", [], "UTC").unwrap();
    assert_eq!(daily.next(Timestamp::MAX, 1.0), Timestamp::MAX);
    let hourly = Schedule::Every(Duration::from_hours(1));
    assert_eq!(hourly.next(Timestamp::MAX, 1.0), Timestamp::MAX);
}

#[test]
fn an_interval_is_as_before() {
    let hour = Duration::from_hours(1);
    let schedule = Schedule::Every(hour);
    for jitter in [0.0, 0.5, 1.0] {
        assert_eq!(
            schedule.next(Timestamp::UNIX_EPOCH, jitter),
            next(Timestamp::UNIX_EPOCH, hour, jitter)
        );
    }
}

#[test]
fn the_spread_never_makes_a_second_sync_of_a_day() {
    let schedule = Schedule::daily("02:00:00", [], "Europe/Berlin").unwrap();
    let now = "2026-06-10T12:00:00Z".parse().unwrap();
    let latest = schedule.next(now, 1.0);
    assert_eq!(latest.to_string(), "2026-06-11T00:01:00Z");
    assert_eq!(schedule.next(now, 7.0), latest);
    assert_eq!(schedule.next(now, f64::NAN).to_string(), "2026-06-11T00:00:00Z");
    // A start at the first moment already: whatever the next jitter, it is tomorrow's.
    let earliest = schedule.next(now, 0.0);
    assert_eq!(schedule.next(earliest, 1.0).to_string(), "2026-06-12T00:01:00Z");
}

#[test]
fn refuses_what_is_no_time_of_day() {
    for text in [
        "",
        "2:00:00",
        "02:00",
        "02:00:0",
        "24:00:00",
        "23:60:00",
        "23:59:60",
        "02-00-00",
        "+2:00:00",
        "02:-1:00",
        " 2:00:00",
        "02:00:00 ",
        "02:00:00Z",
        "02:00:00.5",
        "٠٢:00",
        "0:٢0:000",
        "02:00:0é",
    ] {
        assert_eq!(time(text), Err(InvalidSchedule::Time), "{text}");
    }
    assert_eq!(time("00:00:00").unwrap(), Time::midnight());
    assert_eq!(time("23:59:59").unwrap(), Time::constant(23, 59, 59, 0));
}

#[test]
fn refuses_what_is_no_time_zone() {
    for name in [
        "",
        "Berlin",
        "CEST",
        "+02:00",
        "UTC+2",
        "Europe/Atlantis",
        "../UTC",
        "Etc/Unknown",
        "Local",
        "Europe/Berlin ",
        "CET-1CEST,M3.5.0,M10.5.0/3",
    ] {
        assert_eq!(time_zone(name).err(), Some(InvalidSchedule::Zone), "{name}");
    }
    let error = time_zone("europe/berlin").unwrap_err();
    assert_eq!(error, InvalidSchedule::ZoneSpelling("Europe/Berlin".to_owned()));
    for name in [
        "UTC",
        "Etc/UTC",
        "Europe/Berlin",
        "America/Argentina/Ushuaia",
        "Asia/Calcutta",
    ] {
        assert!(time_zone(name).is_ok(), "{name}");
    }
}

#[test]
fn the_errors_name_the_field_and_the_remedy() {
    let error = |at, day, zone| Schedule::daily(at, [day], zone).unwrap_err().to_string();
    let at = error("2:00", "Monday", "UTC");
    assert!(at.starts_with("users.schedule.daily.at: ") && at.contains("HH:MM:SS"));
    let day = error("02:00:00", "monday", "UTC");
    assert!(day.starts_with("users.schedule.daily.days: ") && day.contains("Monday"));
    let zone = error("02:00:00", "Monday", "Mars");
    assert!(zone.starts_with("users.schedule.daily.timeZone: ") && zone.contains("Europe/Berlin"));
    let spelling = error("02:00:00", "Monday", "utc");
    assert!(spelling.starts_with("users.schedule.daily.timeZone: ") && spelling.contains("use UTC"));
}

/// Zones with every kind of change: of an hour, of half an hour, at midnight, of the calendar, and none.
const ZONES: [&str; 10] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Havana",
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/St_Johns",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "UTC",
];

fn any_zone() -> impl Strategy<Value = TimeZone> {
    prop::sample::select(&ZONES[..]).prop_map(|name| time_zone(name).unwrap())
}

fn any_time() -> impl Strategy<Value = Time> {
    // Most changes of the clocks are in the first hours.
    let hour = prop_oneof![3 => 0..4_i8, 1 => 0..24_i8];
    (hour, 0..60_i8, 0..60_i8).prop_map(|(hour, minute, second)| Time::constant(hour, minute, second, 0))
}

fn any_days() -> impl Strategy<Value = Vec<Weekday>> {
    let day = (0..7_i8).prop_map(|day| Weekday::from_monday_zero_offset(day).unwrap());
    prop::collection::vec(day, 0..5)
}

/// From 2005 to 2035.
fn any_moment() -> impl Strategy<Value = Timestamp> {
    (1_104_537_600_i64..2_051_222_400, 0..1_000_000_000_i32)
        .prop_map(|(second, nanosecond)| Timestamp::new(second, nanosecond).unwrap())
}

proptest! {
    #[test]
    fn walks_through_each_eligible_day_once(
        zone in any_zone(), at in any_time(), days in any_days(), start in any_moment(),
        jitters in prop::collection::vec(0.0..=1.0_f64, 1..20),
    ) {
        let set: Days = days.iter().copied().collect();
        let schedule = Schedule::Daily { at, days: set, zone: zone.clone() };
        let mut now = start;
        let mut day: Option<Date> = None;
        for step in 0..800 {
            let due = schedule.next(now, 0.0);
            prop_assert!(due > now);
            let shown = zone.to_datetime(due);
            prop_assert!(set.allow(shown.weekday()));
            prop_assert!(shown.time() >= at);
            if shown.time() != at {
                // A gap: just before, the clocks showed less than the time of day, or the day before.
                let before = zone.to_datetime(due.checked_sub(1.nanosecond()).unwrap());
                prop_assert!(before < shown.date().to_datetime(at));
            }
            if let Some(day) = day {
                // Every eligible day between the two is one that the calendar skips.
                let mut between = day.tomorrow().unwrap();
                prop_assert!(shown.date() >= between, "twice on {day}");
                while between < shown.date() {
                    let skipped = zone.to_zoned(between.at(12, 0, 0, 0)).unwrap().date() != between;
                    prop_assert!(skipped || !set.allow(between.weekday()), "{between} was left out");
                    between = between.tomorrow().unwrap();
                }
            }
            day = Some(shown.date());
            let jittered = schedule.next(now, jitters[step % jitters.len()]);
            prop_assert!(jittered >= due && until(jittered, due) <= DAILY_SPREAD);
            // From anywhere between the two comes the same next day: neither twice nor drifting.
            prop_assert_eq!(schedule.next(due, 0.0), schedule.next(jittered, 0.0));
            now = jittered;
        }
    }

    #[test]
    fn asking_earlier_changes_nothing(
        zone in any_zone(), at in any_time(), days in any_days(), now in any_moment(), part in 0.0..1.0_f64,
    ) {
        let schedule = Schedule::Daily { at, days: days.into_iter().collect(), zone };
        let due = schedule.next(now, 0.0);
        let between = now.checked_add(until(due, now).mul_f64(part)).unwrap().min(due - 1.nanosecond());
        prop_assert_eq!(schedule.next(between, 0.0), due);
    }
}
