//! The simulator's own clock: the real one plus whatever a test has added.

use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

/// Decides when access tokens, page tokens and deleted people expire.
///
/// It moves forward only, so that everything it stamped stays in the past.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    ahead: Mutex<SignedDuration>,
}

impl Clock {
    /// What time it is in the simulated Workspace.
    pub(crate) fn now(&self) -> Timestamp {
        let ahead = *lock(&self.ahead);
        Timestamp::now().checked_add(ahead).unwrap_or(Timestamp::MAX)
    }

    /// Moves the clock forward.
    pub(crate) fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        let mut ahead = lock(&self.ahead);
        *ahead = ahead.saturating_add(by);
    }
}

/// Reads a length of time as people write it: `20ms`, `25m`, `1h 30m`, `3d` (a day is 24 hours).
pub fn parse_duration(text: &str) -> Result<Duration> {
    let span: Span = text
        .parse()
        .with_context(|| format!("{text:?} is not a duration such as \"25m\", \"20ms\" or \"3d\""))?;
    let duration = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .with_context(|| format!("{text:?} has no fixed length"))?;
    ensure!(!duration.is_negative(), "{text:?} is negative");
    Ok(duration.unsigned_abs())
}

/// Google's way to write a moment: milliseconds and `Z`.
pub(crate) fn google_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// Locks, also after a panic elsewhere: the simulator's state is replaced as a whole, never left half-written.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        assert_eq!(parse_duration("20ms").unwrap(), Duration::from_millis(20));
        assert_eq!(parse_duration("25m").unwrap(), Duration::from_mins(25));
        assert_eq!(parse_duration("3d").unwrap(), Duration::from_hours(72));
        assert_eq!(parse_duration("1h 30m").unwrap(), Duration::from_mins(90));
        for wrong in ["", "soon", "-5m", "25", "1y"] {
            assert!(parse_duration(wrong).is_err(), "{wrong:?} must be refused");
        }
    }

    #[test]
    fn the_clock_only_moves_forward() {
        let clock = Clock::default();
        let before = clock.now();
        clock.advance(Duration::from_hours(24));
        assert!(clock.now().duration_since(before) >= SignedDuration::from_hours(24));
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), Timestamp::MAX);
    }

    #[test]
    fn moments_carry_milliseconds_and_z() {
        assert_eq!(google_time(Timestamp::UNIX_EPOCH), "1970-01-01T00:00:00.000Z");
    }
}
