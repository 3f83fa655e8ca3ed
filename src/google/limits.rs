//! How fast Google is called: by each account, and by everybody together for one customer, as soon as Google has named it.

use std::{
    collections::HashMap,
    hash::Hash,
    num::NonZeroU32,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::time::{Instant, sleep_until};

/// Long after every bucket is full again.
const IDLE: Duration = Duration::from_hours(1);
/// So many calls of an account may be made before Google is asked whose users it reads.
const UNCONFIRMED: u32 = 50;

/// How many Directory calls are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimits {
    /// Calls per minute, of an account and for a customer. Google allows 2,400 per minute, user and project by default.
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

/// An account as Google counts its calls, with the fingerprint of its key: an address alone could be anybody's claim.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Account {
    /// Its address, which names its project.
    pub(super) email: String,
    /// Of its key.
    pub(super) fingerprint: [u8; 32],
    /// The person it acts for.
    pub(super) subject: Option<String>,
}

/// All limiters of a process.
#[derive(Debug)]
pub(super) struct Limiters {
    limits: RateLimits,
    accounts: Mutex<HashMap<Account, Arc<Limiter>>>,
    customers: Mutex<HashMap<String, Arc<Limiter>>>,
    lanes: Mutex<HashMap<(Account, String), Arc<Lane>>>,
}

impl Limiters {
    pub(super) fn new(limits: RateLimits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            accounts: Mutex::default(),
            customers: Mutex::default(),
            lanes: Mutex::default(),
        })
    }

    /// The way to Google for this account, where it is declared to read this customer.
    pub(super) fn of(self: &Arc<Self>, account: Account, declared: &str) -> Arc<Lane> {
        self.forget_idle();
        let own = self.limiter(&self.accounts, &account);
        let lane = || {
            Arc::new(Lane {
                limiters: Arc::downgrade(self),
                account: own,
                spent: AtomicU32::new(0),
                asked: AtomicBool::new(false),
                customer: Mutex::default(),
            })
        };
        let mut lanes = locked(&self.lanes);
        Arc::clone(lanes.entry((account, declared.to_owned())).or_insert_with(lane))
    }

    fn limiter<K: Clone + Eq + Hash>(
        &self,
        by_key: &Mutex<HashMap<K, Arc<Limiter>>>,
        key: &K,
    ) -> Arc<Limiter> {
        let mut limiters = locked(by_key);
        let limiter = limiters
            .entry(key.clone())
            .or_insert_with(|| Arc::new(Limiter::new(self.limits.quota())));
        Arc::clone(limiter)
    }

    /// Keys are rotated and integrations deleted. A limiter that was idle for long limits nobody.
    fn forget_idle(&self) {
        locked(&self.lanes).retain(|_, lane| Arc::strong_count(lane) > 1 || !lane.account.is_idle());
        let is_needed = |limiter: &Arc<Limiter>| Arc::strong_count(limiter) > 1 || !limiter.is_idle();
        locked(&self.accounts).retain(|_, limiter| is_needed(limiter));
        locked(&self.customers).retain(|_, limiter| is_needed(limiter));
    }
}

/// What one account has to wait for: its own limit, and that of the customer as soon as Google has named it. What somebody
/// declares does not slow down anybody else.
#[derive(Debug)]
pub(super) struct Lane {
    limiters: Weak<Limiters>,
    account: Arc<Limiter>,
    /// Calls before it was known which customer they read.
    spent: AtomicU32,
    asked: AtomicBool,
    customer: Mutex<Option<(String, Arc<Limiter>)>>,
}

impl Lane {
    /// Waits until one more call is allowed.
    pub(super) async fn ready(&self) {
        self.account.ready().await;
        match self.customer() {
            Some(customer) => customer.ready().await,
            None => {
                self.spent.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Google said that we call too much: nobody who shares the limit calls for a while.
    pub(super) fn pause(&self, delay: Duration) {
        self.account.pause(delay);
        if let Some(customer) = self.customer() {
            customer.pause(delay);
        }
    }

    /// Google described a user of this customer to the account: from now on they share the customer's limit, and the calls
    /// before count too.
    pub(super) fn confirm(&self, customer: &str) {
        let mut confirmed = locked(&self.customer);
        if confirmed.as_ref().is_some_and(|(known, _)| known == customer) {
            return;
        }
        let Some(limiters) = self.limiters.upgrade() else {
            return;
        };
        let limiter = limiters.limiter(&limiters.customers, &customer.to_owned());
        limiter.charge(self.spent.swap(0, Ordering::Relaxed));
        *confirmed = Some((customer.to_owned(), limiter));
    }

    /// Whether many calls were made, and Google has still not been asked whose they are. True once.
    pub(super) fn is_overdue(&self) -> bool {
        self.spent.load(Ordering::Relaxed) >= UNCONFIRMED
            && self.customer().is_none()
            && !self.asked.swap(true, Ordering::Relaxed)
    }

    fn customer(&self) -> Option<Arc<Limiter>> {
        locked(&self.customer)
            .as_ref()
            .map(|(_, limiter)| Arc::clone(limiter))
    }
}

/// Lets calls through at a rate.
#[derive(Debug)]
struct Limiter {
    bucket: DefaultDirectRateLimiter,
    /// Calls that were made before they could be counted here.
    debt: AtomicU32,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    paused_until: Option<Instant>,
    used: Instant,
}

impl Limiter {
    fn new(quota: Quota) -> Self {
        Self {
            bucket: RateLimiter::direct(quota),
            debt: AtomicU32::new(0),
            state: Mutex::new(State {
                paused_until: None,
                used: Instant::now(),
            }),
        }
    }

    async fn ready(&self) {
        while let Some(until) = self.pause_end() {
            sleep_until(until).await;
        }
        let pay = |debt: u32| debt.checked_sub(1);
        while self
            .debt
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, pay)
            .is_ok()
        {
            self.bucket.until_ready().await;
        }
        self.bucket.until_ready().await;
    }

    fn charge(&self, calls: u32) {
        let unpaid = (0..calls).filter(|_| self.bucket.check().is_err()).count();
        let unpaid = u32::try_from(unpaid).unwrap_or(u32::MAX);
        self.debt.fetch_add(unpaid, Ordering::Relaxed);
    }

    fn pause(&self, delay: Duration) {
        let until = Instant::now() + delay;
        let mut state = locked(&self.state);
        state.paused_until = Some(state.paused_until.map_or(until, |before| before.max(until)));
    }

    fn pause_end(&self) -> Option<Instant> {
        let now = Instant::now();
        let mut state = locked(&self.state);
        state.used = now;
        state.paused_until.filter(|until| *until > now)
    }

    /// Whether a new one would let through as much.
    fn is_idle(&self) -> bool {
        let state = locked(&self.state);
        let is_paused = state.paused_until.is_some_and(|until| until > Instant::now());
        !is_paused && state.used.elapsed() > IDLE
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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

    fn account(name: &str, subject: &str) -> Account {
        Account {
            email: format!("{name}@project.iam.gserviceaccount.com"),
            fingerprint: [0; 32],
            subject: Some(subject.to_owned()),
        }
    }

    fn is_free(lane: &Lane) -> bool {
        lane.ready().now_or_never().is_some()
    }

    /// Whoever declares a customer that Google has not confirmed takes nothing from it.
    #[tokio::test(start_paused = true)]
    async fn a_declared_customer_is_nobodys_until_google_names_it() {
        let limiters = Limiters::new(limits(1));
        let owner = limiters.of(account("owner", "ana@acme.example"), "C1");
        owner.confirm("C1");
        let stranger = limiters.of(account("stranger", "eve@other.example"), "C1");
        assert!(is_free(&stranger));
        stranger.pause(Duration::from_hours(1));
        assert!(is_free(&owner));
        assert!(!is_free(&stranger));
        let forged = Account {
            fingerprint: [1; 32],
            ..account("owner", "ana@acme.example")
        };
        limiters.of(forged.clone(), "C2").pause(Duration::from_hours(1));
        assert!(is_free(&limiters.of(account("owner", "bo@acme.example"), "C1")));
    }

    #[test]
    fn an_account_has_one_limit_whatever_it_declares() {
        let limiters = Limiters::new(limits(1));
        assert!(is_free(&limiters.of(account("robot", "ana@acme.example"), "C1")));
        assert!(!is_free(&limiters.of(account("robot", "ana@acme.example"), "C2")));
        assert!(is_free(&limiters.of(account("robot", "bo@acme.example"), "C2")));
    }

    /// `my_customer` beside the id, and several subjects: together they never exceed the limit of the customer.
    #[tokio::test(start_paused = true)]
    async fn those_whom_google_confirmed_share_the_limit_of_the_customer() {
        let limiters = Limiters::new(limits(20));
        let lanes = [
            ("ana", "C1"),
            ("ana", "my_customer"),
            ("bo", "C1"),
            ("cy", "my_customer"),
        ]
        .map(|(subject, declared)| limiters.of(account("robot", subject), declared));
        for lane in &lanes {
            lane.confirm("C1");
        }
        let other = limiters.of(account("robot", "dee"), "my_customer");
        other.confirm("C2");
        assert!(is_free(&lanes[0]));
        assert!(lanes.iter().all(|lane| !is_free(lane)));
        assert!(is_free(&other));
        lanes[2].pause(Duration::from_hours(1));
        assert!(lanes[3].customer().unwrap().pause_end().is_some());
        assert!(other.customer().unwrap().pause_end().is_none());
    }

    /// Nobody knows whom the first call of an account reads before it is answered; it is paid for afterwards.
    #[test]
    fn calls_before_the_confirmation_count() {
        let limiters = Limiters::new(limits(60));
        let lane = |subject: &str| limiters.of(account("robot", subject), "C1");
        for subject in ["ana", "bo"] {
            for _ in 0..2 {
                assert!(is_free(&lane(subject)));
            }
            lane(subject).confirm("C1");
        }
        let customer = lane("ana").customer().unwrap();
        assert_eq!(
            customer.debt.load(Ordering::Relaxed),
            1,
            "of four calls, three fit into the burst"
        );
        assert!(lane("ana").ready().now_or_never().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn limiters_that_limit_nobody_are_forgotten() {
        let limiters = Limiters::new(limits(60));
        for n in 0..9 {
            let lane = limiters.of(account("robot", &n.to_string()), "C1");
            lane.ready().await;
            lane.confirm(&n.to_string());
        }
        let counts = || {
            let accounts = locked(&limiters.accounts).len();
            (
                accounts,
                locked(&limiters.customers).len(),
                locked(&limiters.lanes).len(),
            )
        };
        assert_eq!(counts(), (9, 9, 9));
        tokio::time::advance(IDLE * 2).await;
        limiters.of(account("robot", "x"), "C1");
        assert_eq!(counts(), (1, 0, 1));
    }
}
