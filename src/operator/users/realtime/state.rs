//! What is known of an integration's channels. All of it can be lost; the tokens have to be.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::api::conditions::Decision;
use crate::api::status::PushChannel;
use crate::google::Directory;
use crate::operator::engine::fault::Identity;
use crate::operator::engine::subject::Subject;
use crate::sync::schedule;

/// Whatever Google's clock says, channels are not renewed more often.
const SHORTEST_WAIT: Duration = Duration::from_secs(3);

/// The channels of one integration.
#[derive(Default)]
pub struct Channels(Mutex<State>);

impl Channels {
    /// What is known of them. Do not wait for anything while holding it.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is known.
#[derive(Default)]
pub struct State {
    /// Whether the channels of the operator before us were looked for in the status.
    pub adopted: bool,
    /// The channels that are open.
    pub open: Option<Open>,
    /// To be stopped.
    pub leaving: Vec<Leaving>,
    /// Why there are none.
    pub failure: Option<Failure>,
}

/// Channels that are open.
pub struct Open {
    /// One for each event.
    pub channels: Vec<PushChannel>,
    /// What stops them.
    pub directory: Directory,
    /// Who opened them.
    pub identity: Identity,
    /// When they are to be renewed.
    pub renew_at: Timestamp,
}

impl Open {
    /// When the first of them ends.
    pub fn ends_at(&self) -> Timestamp {
        let ends = self.channels.iter().map(|channel| channel.expiration.0);
        ends.min().unwrap_or(Timestamp::MIN)
    }
}

/// A channel that is to be stopped.
pub struct Leaving {
    /// The channel.
    pub channel: PushChannel,
    /// Who opened it, if it was us.
    pub directory: Option<Directory>,
}

/// Channels could not be opened.
pub struct Failure {
    /// What the condition says.
    pub decision: Decision,
    /// The generation that it was tried for.
    pub generation: i64,
    /// Not again before.
    pub retry_at: Timestamp,
    /// How long the pause is.
    pub pause: Duration,
}

impl State {
    /// The first look at an integration finds the channels of the operator before us. Their tokens are lost, so they are
    /// to be stopped.
    pub fn adopt(&mut self, subject: &Subject) {
        if std::mem::replace(&mut self.adopted, true) {
            return;
        }
        let status = subject.object.status.as_ref();
        let users = status.and_then(|status| status.users.as_ref());
        let known = users.into_iter().flat_map(|users| users.channels.iter().cloned());
        self.leave(known, None);
    }

    /// What is open is to be stopped.
    pub fn retire(&mut self) {
        if let Some(open) = self.open.take() {
            self.leave(open.channels, Some(&open.directory));
        }
    }

    /// These channels are to be stopped.
    pub fn leave(&mut self, channels: impl IntoIterator<Item = PushChannel>, directory: Option<&Directory>) {
        let leaving = channels.into_iter().map(|channel| Leaving {
            channel,
            directory: directory.cloned(),
        });
        self.leaving.extend(leaving);
    }

    /// Whether channels are missing or have to be renewed, and it may be tried for this generation now.
    pub fn is_due(&self, generation: i64, now: Timestamp) -> bool {
        let due = self.open.as_ref().is_none_or(|open| open.renew_at <= now);
        let failure = self.failure.as_ref();
        let pausing =
            failure.is_some_and(|failure| failure.generation == generation && failure.retry_at > now);
        due && !pausing
    }

    /// When to look at the channels again.
    pub fn next_look(&self, now: Timestamp) -> Option<Duration> {
        let next = match (&self.open, &self.failure) {
            (Some(open), Some(failure)) => failure.retry_at.min(open.ends_at()),
            (Some(open), None) => open.renew_at,
            (None, Some(failure)) => failure.retry_at,
            (None, None) => return None,
        };
        Some(schedule::until(next, now).max(SHORTEST_WAIT))
    }
}
