//! The time of day at which a directory is read, on the days when the clocks change. Pure: the operator asks the same
//! function, and nobody can change the clocks of the machine that it runs on.

use dialplane::sync::schedule::Schedule;

/// The rows' words in the list.
pub(super) const SCENARIO: &str = "DST change at dailyAt";

/// Zone, time of day, when the last sync ended, and when the next two are due.
const ROWS: [(&str, &str, &str, [&str; 2]); 6] = [
    // The clocks skip the time: it is the moment at which they jump, and the next day as always.
    (
        "Europe/Berlin",
        "02:30:00",
        "2027-03-27T12:00:00Z",
        ["2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z"],
    ),
    (
        "America/New_York",
        "02:30:00",
        "2027-03-13T12:00:00Z",
        ["2027-03-14T07:00:00Z", "2027-03-15T06:30:00Z"],
    ),
    (
        "Australia/Lord_Howe",
        "02:15:00",
        "2026-10-03T00:00:00Z",
        ["2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"],
    ),
    // The clocks show the time twice: it is the first one, and once.
    (
        "Europe/Berlin",
        "02:30:00",
        "2027-10-30T12:00:00Z",
        ["2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"],
    ),
    (
        "America/New_York",
        "01:30:00",
        "2027-11-06T12:00:00Z",
        ["2027-11-07T05:30:00Z", "2027-11-08T06:30:00Z"],
    ),
    // Between the two: a sync that ended in the first hour is not done again in the second.
    (
        "Europe/Berlin",
        "02:30:00",
        "2027-10-31T01:00:00Z",
        ["2027-11-01T01:30:00Z", "2027-11-02T01:30:00Z"],
    ),
];

#[test]
fn a_daily_sync_on_the_days_when_the_clocks_change() {
    for (zone, at, ended, due) in ROWS {
        let schedule = Schedule::daily(at, [], zone).unwrap();
        let mut now = ended.parse().unwrap();
        for due in due {
            now = schedule.next(now, 0.0);
            assert_eq!(now.to_string(), due, "{at} in {zone} after {ended}");
        }
    }
}
