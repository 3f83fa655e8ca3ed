//! Who waits to be served: each person once, and a crowd as one.

use std::collections::{HashMap, VecDeque};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::operator::users::cause::{CROWD, Expected};
use crate::sync::person::PersonId;

/// So many people are served without a pause...
const BURST: NonZeroU32 = NonZeroU32::new(20).unwrap();
/// ...and then so many per second: with two calls each, a twentieth of what Google allows.
const PER_SECOND: NonZeroU32 = NonZeroU32::MIN;
/// Crowds cause no more syncs than the shortest interval does.
const CROWDS: Duration = Duration::from_secs(30);

/// How a notification was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Put {
    /// The person waits now. `idle`: nobody works on this inbox yet.
    New {
        /// Nobody works on this inbox yet.
        idle: bool,
    },
    /// The person waited already.
    Known,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// Serve this person.
    Person(PersonId, Expected),
    /// Too many to be served one by one.
    Crowd,
}

/// How fast an inbox may be worked on.
#[derive(Clone, Debug)]
pub(super) struct Rates {
    pub(super) people: Arc<DefaultDirectRateLimiter>,
    pub(super) crowds: Arc<DefaultDirectRateLimiter>,
}

impl Default for Rates {
    fn default() -> Self {
        let crowds = Quota::with_period(CROWDS).unwrap_or(Quota::per_minute(NonZeroU32::MIN));
        Self {
            people: Arc::new(RateLimiter::direct(
                Quota::per_second(PER_SECOND).allow_burst(BURST),
            )),
            crowds: Arc::new(RateLimiter::direct(crowds)),
        }
    }
}

#[derive(Debug, Default)]
struct Inbox {
    waiting: HashMap<PersonId, Expected>,
    order: VecDeque<PersonId>,
    crowd: bool,
    at_work: bool,
    rates: Rates,
}

/// The inboxes by the uid of their integration. None holds more than a crowd.
#[derive(Debug, Default)]
pub(super) struct Inboxes(Mutex<HashMap<String, Inbox>>);

impl Inboxes {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Inbox>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a person served. One who waits already waits once.
    pub(super) fn put(&self, uid: &str, person: PersonId, expected: Expected) -> Put {
        let mut inboxes = self.lock();
        let inbox = inboxes.entry(uid.to_owned()).or_default();
        if inbox.crowd {
            return Put::Known;
        }
        if let Some(known) = inbox.waiting.get_mut(&person) {
            *known = known.and(expected);
            return Put::Known;
        }
        inbox.order.push_back(person.clone());
        inbox.waiting.insert(person, expected);
        if inbox.order.len() > CROWD {
            inbox.crowd = true;
            inbox.order.clear();
            inbox.waiting.clear();
        }
        let idle = !std::mem::replace(&mut inbox.at_work, true);
        Put::New { idle }
    }

    /// How fast to go on, when there is anything to do; otherwise the work is over.
    pub(super) fn rates(&self, uid: &str) -> Option<Rates> {
        let mut inboxes = self.lock();
        let inbox = inboxes.get_mut(uid)?;
        inbox.at_work = inbox.crowd || !inbox.order.is_empty();
        inbox.at_work.then(|| inbox.rates.clone())
    }

    /// Takes the next person out, so that whatever is told from now on counts anew. A crowd stays until it [`disperse`]s.
    ///
    /// [`disperse`]: Self::disperse
    pub(super) fn next(&self, uid: &str) -> Option<Work> {
        let mut inboxes = self.lock();
        let inbox = inboxes.get_mut(uid)?;
        if inbox.crowd {
            return Some(Work::Crowd);
        }
        let person = inbox.order.pop_front()?;
        let expected = inbox.waiting.remove(&person).unwrap_or(Expected::Unknown);
        Some(Work::Person(person, expected))
    }

    /// Everybody who was told about until now is about to be looked at.
    pub(super) fn disperse(&self, uid: &str) {
        if let Some(inbox) = self.lock().get_mut(uid) {
            inbox.crowd = false;
        }
    }

    pub(super) fn forget(&self, uid: &str) {
        self.lock().remove(uid);
    }
}
