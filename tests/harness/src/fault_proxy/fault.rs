//! What is to go wrong, when, and how often it did.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::Signal;
use tokio::sync::watch;

use super::call::Call;

/// Which requests. What is left out fits all of them.
#[derive(Debug, Clone, Default)]
pub struct Matcher {
    verbs: Vec<String>,
    resource: Option<String>,
    subresource: Option<String>,
    name: Option<String>,
    writes: bool,
}

impl Matcher {
    /// All requests.
    pub fn any() -> Self {
        Self::default()
    }

    /// All that ask for a change of an object.
    pub fn writes() -> Self {
        Self {
            writes: true,
            ..Self::default()
        }
    }

    /// Exactly the requests that this one was: its verb, resource, subresource and name.
    pub fn like(call: &Call) -> Self {
        Self {
            verbs: vec![call.verb.clone()],
            resource: Some(call.resource.clone()),
            subresource: Some(call.subresource.clone()),
            name: Some(call.name.clone()),
            writes: false,
        }
    }

    /// Those with this verb, or with one of those named before.
    #[must_use]
    pub fn verb(mut self, verb: &str) -> Self {
        self.verbs.push(verb.to_owned());
        self
    }

    /// Those on this resource (plural).
    #[must_use]
    pub fn resource(mut self, resource: &str) -> Self {
        self.resource = Some(resource.to_owned());
        self
    }

    /// Those on this subresource; the empty name means the resource itself.
    #[must_use]
    pub fn subresource(mut self, subresource: &str) -> Self {
        self.subresource = Some(subresource.to_owned());
        self
    }

    /// Those on the object of this name.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// Whether the request is one of them.
    pub fn fits(&self, call: &Call) -> bool {
        let is =
            |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        (self.verbs.is_empty() || self.verbs.contains(&call.verb))
            && is(&self.resource, &call.resource)
            && is(&self.subresource, &call.subresource)
            && is(&self.name, &call.name)
            && (!self.writes || call.is_write())
    }
}

/// Before the API server hears of the request, or after it has answered and before the operator hears of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The API server has not heard of it.
    Before,
    /// It is done, and nobody has been told.
    After,
}

/// What goes wrong.
#[derive(Debug, Clone)]
pub enum Action {
    /// It takes that much longer.
    Delay(Moment, Duration),
    /// It is answered with this error: instead of being carried out, or after it was.
    Answer(Moment, Refusal),
    /// The connection is reset: the request is lost, or its answer.
    Reset(Moment),
    /// The operator gets this signal; the request goes on its way afterwards.
    Signal(Moment, Signal),
    /// The answer ends in the middle, and the connection with it.
    Truncate,
    /// The answer comes in small pieces over this time.
    Trickle(Duration),
    /// Nothing happens until [`FaultHandle::release`].
    Hold(Moment),
}

impl Action {
    pub(super) fn moment(&self) -> Moment {
        match self {
            Self::Delay(moment, _)
            | Self::Answer(moment, _)
            | Self::Reset(moment)
            | Self::Signal(moment, _)
            | Self::Hold(moment) => *moment,
            Self::Truncate | Self::Trickle(_) => Moment::After,
        }
    }
}

/// An error of an API server.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The HTTP status.
    pub code: u16,
    /// The reason of the Kubernetes status: `Conflict`, `TooManyRequests`, ...
    pub reason: String,
    /// Seconds in the header Retry-After.
    pub retry_after: Option<u64>,
}

impl Refusal {
    /// An error with the reason that the API server gives with this status.
    pub fn of(code: u16) -> Self {
        let reason = match code {
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "NotFound",
            409 => "Conflict",
            410 => "Expired",
            429 => "TooManyRequests",
            503 => "ServiceUnavailable",
            504 => "Timeout",
            _ => "InternalError",
        };
        Self {
            code,
            reason: reason.to_owned(),
            retry_after: None,
        }
    }

    /// Asks to come back after this many seconds.
    #[must_use]
    pub fn after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

/// A fault, and what it does at which occurrences of what it matches: the first one is 1.
#[derive(Debug, Clone)]
pub struct Fault {
    pub(super) matcher: Matcher,
    pub(super) occurrences: RangeInclusive<usize>,
    pub(super) action: Action,
}

impl Fault {
    /// At one occurrence.
    pub fn nth(n: usize, matcher: Matcher, action: Action) -> Self {
        Self::between(n..=n, matcher, action)
    }

    /// At every occurrence.
    pub fn always(matcher: Matcher, action: Action) -> Self {
        Self::between(1..=usize::MAX, matcher, action)
    }

    /// At these occurrences.
    pub fn between(occurrences: RangeInclusive<usize>, matcher: Matcher, action: Action) -> Self {
        Self {
            matcher,
            occurrences,
            action,
        }
    }
}

/// A fault that is in force until [`FaultHandle::end`].
#[derive(Debug, Clone)]
pub struct FaultHandle {
    pub(super) armed: Arc<Armed>,
}

#[derive(Debug)]
pub(super) struct Armed {
    pub(super) fault: Fault,
    matched: AtomicUsize,
    fired: watch::Sender<usize>,
    released: watch::Sender<bool>,
    ended: watch::Sender<bool>,
}

impl FaultHandle {
    /// How often it happened.
    pub fn count(&self) -> usize {
        *self.armed.fired.borrow()
    }

    /// Waits until it has happened that often.
    pub async fn fired(&self, times: usize) {
        let mut fired = self.armed.fired.subscribe();
        // The sender is in `self`.
        let _ = fired.wait_for(|fired| *fired >= times).await;
    }

    /// Lets everything through that it holds, and will hold.
    pub fn release(&self) {
        self.armed.released.send_replace(true);
    }

    /// It does not happen any more; what it holds goes on.
    pub fn end(&self) {
        self.armed.ended.send_replace(true);
        self.release();
    }
}

impl Armed {
    pub(super) fn new(fault: Fault) -> Self {
        Self {
            fault,
            matched: AtomicUsize::new(0),
            fired: watch::Sender::new(0),
            released: watch::Sender::new(false),
            ended: watch::Sender::new(false),
        }
    }

    /// Counts the request if it fits, and tells whether it is one of those at which something goes wrong.
    fn strikes(&self, call: &Call) -> bool {
        if *self.ended.borrow() || !self.fault.matcher.fits(call) {
            return false;
        }
        let occurrence = self.matched.fetch_add(1, Ordering::Relaxed) + 1;
        self.fault.occurrences.contains(&occurrence)
    }

    /// It happens now.
    pub(super) fn fire(&self) {
        self.fired.send_modify(|fired| *fired += 1);
    }

    pub(super) async fn released(&self) {
        let mut released = self.released.subscribe();
        // The sender is in `self`.
        let _ = released.wait_for(|released| *released).await;
    }
}

/// The faults in force.
#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<Vec<Arc<Armed>>>);

impl Faults {
    pub(super) fn add(&self, fault: Fault) -> FaultHandle {
        let armed = Arc::new(Armed::new(fault));
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(Arc::clone(&armed));
        FaultHandle { armed }
    }

    /// Those that strike this request, in the order in which they were added.
    pub(super) fn striking(&self, call: &Call) -> Vec<Arc<Armed>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().filter(|armed| armed.strikes(call)).cloned().collect()
    }

    pub(super) fn end_all(&self) {
        let all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for armed in all {
            FaultHandle { armed }.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(verb: &str, name: &str) -> Call {
        Call {
            verb: verb.to_owned(),
            resource: "pbxextensions".to_owned(),
            name: name.to_owned(),
            ..Call::default()
        }
    }

    #[test]
    fn a_fault_strikes_at_its_occurrence_only() {
        let faults = Faults::default();
        let creations = Matcher::any().verb("create").resource("pbxextensions");
        let handle = faults.add(Fault::nth(2, creations, Action::Truncate));
        let struck =
            ["create", "list", "create", "create"].map(|verb| faults.striking(&call(verb, "")).len());
        assert_eq!(struck, [0, 0, 1, 0]);
        handle.end();
        assert!(faults.striking(&call("create", "")).is_empty());
    }

    #[test]
    fn a_matcher_needs_everything_that_it_names() {
        let matcher = Matcher::like(&call("patch", "acme-1001"));
        assert!(matcher.fits(&call("patch", "acme-1001")));
        assert!(!matcher.fits(&call("patch", "acme-1002")));
        assert!(!matcher.fits(&call("delete", "acme-1001")));
        assert!(Matcher::writes().fits(&call("delete", "")));
        assert!(!Matcher::writes().fits(&call("watch", "")));
        assert!(!Matcher::any().subresource("status").fits(&call("patch", "")));
    }
}
