//! When to try again, and how long to wait before.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder, Retryable as _};

use super::{
    error::{Class, Error},
    limits::Lane,
};

/// How often and how patiently a call is repeated after a transient failure or a rate limit.
///
/// Google's documented algorithm: 2^n seconds plus jitter, five or six tries, truncated at 64 seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// All tries together, the first one included.
    pub tries: u32,
    /// Upper bound of the first wait; it doubles with every try and the real wait is a random part of it.
    pub first_delay: Duration,
    /// No single wait is longer, whatever a `Retry-After` says.
    pub max_delay: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            tries: 6,
            first_delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(64),
        }
    }
}

/// A failed try, and whether another one makes sense.
#[derive(Debug)]
pub(super) struct Failure {
    error: Error,
    again: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let again = error.class().is_retryable();
        Self { error, again }
    }
}

impl Failure {
    /// A failure that has had its own tries already.
    pub(super) fn last(error: Error) -> Self {
        Self { error, again: false }
    }
}

impl RetryPolicy {
    /// Runs `attempt` until it succeeds, fails for good, or the tries are used up. A rate limit also
    /// pauses everybody else who shares `limiter`.
    pub(super) async fn run<T, F, Fut>(&self, limiter: Option<&Lane>, attempt: F) -> Result<T, Error>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, Failure>>,
    {
        attempt
            .retry(self.delays())
            .when(|failure| failure.again)
            .adjust(|failure, delay| delay.map(|delay| self.honour(&failure.error, delay)))
            .notify(|failure, delay| {
                let error = &failure.error;
                tracing::debug!(%error, class = error.class().as_str(), ?delay, "retrying");
                if let (Class::RateLimited, Some(limiter)) = (error.class(), limiter) {
                    limiter.pause(delay);
                }
            })
            .await
            .map_err(|failure: Failure| failure.error)
    }

    /// Full jitter: anything between nothing and the exponential bound, so that clients that failed
    /// together do not come back together.
    fn delays(&self) -> impl backon::Backoff + use<> {
        ExponentialBuilder::new()
            .with_min_delay(self.first_delay)
            .with_max_delay(self.max_delay)
            .with_factor(2.0)
            .with_max_times(self.tries.saturating_sub(1) as usize)
            .build()
            .map(|bound| bound.mul_f64(rand::random::<f64>()))
    }

    fn honour(&self, error: &Error, delay: Duration) -> Duration {
        let asked = error.retry_after().unwrap_or_default();
        delay.max(asked.min(self.max_delay))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures::FutureExt as _;

    use super::*;
    use crate::google::{
        error::Cause,
        limits::{Account, Limiters, RateLimits},
    };

    fn unavailable() -> Error {
        Error::new(Class::Transient, Cause::GoogleUnavailable, "down")
    }

    fn quick(tries: u32) -> RetryPolicy {
        RetryPolicy {
            tries,
            first_delay: Duration::from_millis(1),
            max_delay: Duration::from_millis(1),
        }
    }

    #[test]
    fn delays_stay_below_their_bounds() {
        for _ in 0..200 {
            let delays: Vec<_> = RetryPolicy::default().delays().collect();
            assert_eq!(delays.len(), 5);
            for (n, delay) in (0_u32..).zip(delays) {
                assert!(delay <= Duration::from_secs(2_u64.pow(n)), "{n} {delay:?}");
            }
        }
    }

    #[tokio::test]
    async fn tries_are_counted() {
        for (class, tries, expected) in [
            (Class::Transient, 6, 6),
            (Class::RateLimited, 3, 3),
            (Class::Transient, 1, 1),
            (Class::Transient, 0, 1),
            (Class::Misconfigured, 6, 1),
            (Class::Reauth, 6, 1),
            (Class::NotFound, 6, 1),
        ] {
            let count = Cell::new(0);
            let result: Result<(), Error> = quick(tries)
                .run(None, || {
                    count.set(count.get() + 1);
                    async { Err(Error::new(class, Cause::Unexpected, "no").into()) }
                })
                .await;
            assert_eq!(result.unwrap_err().class(), class);
            assert_eq!(count.get(), expected, "{class:?}");
        }
    }

    #[test]
    fn retry_after_is_honoured_and_capped() {
        let policy = RetryPolicy::default();
        let second = Duration::from_secs;
        for (asked, delay, expected) in [
            (None, 3, 3),
            (Some(0), 3, 3),
            (Some(10), 3, 10),
            (Some(3_600), 3, 64),
        ] {
            let error = unavailable().with_retry_after(asked.map(second));
            assert_eq!(policy.honour(&error, second(delay)), second(expected));
        }
    }

    #[tokio::test]
    async fn what_had_its_own_tries_is_not_tried_again() {
        let count = Cell::new(0);
        let result: Result<(), Error> = quick(6)
            .run(None, || {
                count.set(count.get() + 1);
                async { Err(Failure::last(unavailable())) }
            })
            .await;
        assert!(result.is_err());
        assert_eq!(count.get(), 1);
    }

    #[tokio::test]
    async fn a_rate_limit_pauses_everybody_who_shares_it() {
        let hour = Some(Duration::from_hours(1));
        for (class, paused) in [(Class::RateLimited, true), (Class::Transient, false)] {
            let account = Account {
                email: "robot@project.iam.gserviceaccount.com".to_owned(),
                fingerprint: [0; 32],
                subject: None,
            };
            let limiter = Limiters::new(RateLimits::default()).of(account, "C1");
            let policy = RetryPolicy::default();
            let first = policy.run(Some(&limiter), || async {
                let error = Error::new(class, Cause::RateLimited, "slow down").with_retry_after(hour);
                Err::<(), Failure>(error.into())
            });
            assert!(first.now_or_never().is_none(), "it waits");
            assert_eq!(limiter.ready().now_or_never().is_none(), paused);
        }
    }
}
