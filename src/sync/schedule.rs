//! When the next sync is due.

use std::time::Duration;

use jiff::Timestamp;

/// The time of the sync after one that ended at `last`: the interval, and up to a tenth of it more. `jitter` is a
/// random number from 0 to 1, so that integrations made by one commit do not ask Google in the same second for ever.
pub fn next(last: Timestamp, interval: Duration, jitter: f64) -> Timestamp {
    let wait = interval + interval.mul_f64(jitter.clamp(0.0, 1.0) / 10.0);
    // Beyond jiff's range only for intervals of millennia, which the schema refuses.
    last.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// How long from `now` to `due`; zero when it has passed.
pub fn until(due: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(due.duration_since(now)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
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
}
