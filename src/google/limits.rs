//! One rate limit per Google customer, shared by everybody who reads it.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::time::{Instant, sleep_until};

/// How many Directory calls are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimits {
    /// Calls per minute and customer. Google allows 2,400 per minute, user and project by default.
    pub per_minute: NonZeroU32,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            per_minute: NonZeroU32::MIN.saturating_add(2_399),
        }
    }
}

impl RateLimits {
    /// A burst of a twentieth, and the rest refilled over the minute: together they never exceed the
    /// limit in any one minute.
    fn quota(self) -> Quota {
        let limit = self.per_minute;
        let burst = NonZeroU32::new(limit.get() / 20).unwrap_or(NonZeroU32::MIN);
        let refill = NonZeroU32::new(limit.get() - burst.get()).unwrap_or(NonZeroU32::MIN);
        Quota::per_minute(refill).allow_burst(burst)
    }
}

/// The limiters by customer key.
#[derive(Debug)]
pub(super) struct Limiters {
    limits: RateLimits,
    by_customer: Mutex<HashMap<String, Arc<Limiter>>>,
}

impl Limiters {
    pub(super) fn new(limits: RateLimits) -> Self {
        Self {
            limits,
            by_customer: Mutex::default(),
        }
    }

    /// The one limiter of this customer.
    pub(super) fn of(&self, customer: &str) -> Arc<Limiter> {
        let mut by_customer = self.by_customer.lock().unwrap_or_else(PoisonError::into_inner);
        let limiter = by_customer
            .entry(customer.to_owned())
            .or_insert_with(|| Arc::new(Limiter::new(self.limits.quota())));
        Arc::clone(limiter)
    }
}

/// Lets calls through at the customer's rate.
#[derive(Debug)]
pub(super) struct Limiter {
    bucket: DefaultDirectRateLimiter,
    paused_until: Mutex<Option<Instant>>,
}

impl Limiter {
    fn new(quota: Quota) -> Self {
        Self {
            bucket: RateLimiter::direct(quota),
            paused_until: Mutex::default(),
        }
    }

    /// Waits until one more call is allowed.
    pub(super) async fn ready(&self) {
        while let Some(until) = self.pause_end() {
            sleep_until(until).await;
        }
        self.bucket.until_ready().await;
    }

    /// Google said that we call too much: nobody calls for this customer for a while.
    pub(super) fn pause(&self, delay: Duration) {
        let until = Instant::now() + delay;
        let mut paused = self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        *paused = Some(paused.map_or(until, |before| before.max(until)));
    }

    fn pause_end(&self) -> Option<Instant> {
        let paused = self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        paused.filter(|until| *until > Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use governor::clock::FakeRelativeClock;

    use super::*;

    fn limits(per_minute: u32) -> RateLimits {
        RateLimits {
            per_minute: NonZeroU32::new(per_minute).unwrap(),
        }
    }

    /// How many calls of somebody who never stops trying get through in one minute.
    fn calls_in_a_minute(quota: Quota) -> u32 {
        let clock = FakeRelativeClock::default();
        let bucket = RateLimiter::direct_with_clock(quota, clock.clone());
        let mut calls = 0;
        for _ in 0..6_000 {
            while bucket.check().is_ok() {
                calls += 1;
            }
            clock.advance(Duration::from_millis(10));
        }
        calls
    }

    #[test]
    fn no_minute_exceeds_the_limit() {
        for per_minute in [2, 7, 60, 2_400] {
            let calls = calls_in_a_minute(limits(per_minute).quota());
            assert!(
                calls <= per_minute && calls + 1 >= per_minute,
                "{per_minute}: {calls}"
            );
        }
        assert_eq!(RateLimits::default(), limits(2_400));
    }

    #[test]
    fn a_customer_has_one_limiter() {
        let limiters = Limiters::new(limits(1));
        assert!(limiters.of("C1").ready().now_or_never().is_some());
        assert!(limiters.of("C1").ready().now_or_never().is_none());
        assert!(limiters.of("C2").ready().now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_pause_stops_everybody_of_the_customer() {
        let limiters = Limiters::new(RateLimits::default());
        limiters.of("C1").pause(Duration::from_hours(1));
        limiters.of("C1").pause(Duration::ZERO);
        assert!(limiters.of("C1").ready().now_or_never().is_none());
        assert!(limiters.of("C2").ready().now_or_never().is_some());
        limiters.of("C2").pause(Duration::ZERO);
        assert!(limiters.of("C2").ready().now_or_never().is_some());
    }
}
