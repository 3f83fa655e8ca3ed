//! What the HTTP server and the operator share about notifications.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use kube::runtime::reflector::ObjectRef;
use serde::Deserialize;
use tokio::sync::mpsc;

use super::inbox::{Inboxes, Put};
use super::metrics::PushMetrics;
use super::registry::{Admission, Claim, Registry};
use super::url::PublicUrl;
use crate::api::GoogleWorkspaceIntegration;
use crate::google::directory::UserId;
use crate::operator::users::cause::Expected;
use crate::sync::person::PersonId;

/// The longest life that Google gives a channel.
pub const LONGEST_LIFE: Duration = Duration::from_hours(48);
/// Channels that would have to be renewed all the time are no use.
pub const SHORTEST_LIFE: Duration = Duration::from_secs(10);

/// The integration whose inbox is no longer empty.
type Bell = (String, ObjectRef<GoogleWorkspaceIntegration>);

/// What the HTTP server and the operator share about notifications.
#[derive(Debug)]
pub struct Push {
    public_url: Option<PublicUrl>,
    pub(super) lifetime: Duration,
    pub(super) registry: Registry,
    pub(super) inboxes: Inboxes,
    bell: mpsc::UnboundedSender<Bell>,
    rung: Mutex<Option<mpsc::UnboundedReceiver<Bell>>>,
    /// What is counted of all this.
    pub metrics: PushMetrics,
}

impl Default for Push {
    fn default() -> Self {
        Self::new(None, LONGEST_LIFE)
    }
}

/// What became of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The person is served soon.
    Accepted,
    /// A channel was opened.
    Sync,
    /// Delivered twice, or the person is about to be served anyway.
    Duplicate,
    /// No such channel, or another token than its own.
    Rejected,
    /// It does not say whom it is about.
    Malformed,
}

impl Verdict {
    /// Every verdict.
    const ALL: [Self; 5] = [
        Self::Accepted,
        Self::Sync,
        Self::Duplicate,
        Self::Rejected,
        Self::Malformed,
    ];

    /// The value of the metric's label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Sync => "sync",
            Self::Duplicate => "duplicate",
            Self::Rejected => "rejected",
            Self::Malformed => "malformed",
        }
    }
}

/// The part of a notification's body that counts.
#[derive(Deserialize)]
struct Body {
    id: String,
}

impl Push {
    /// No channel yet. Without a public URL there never is one. `lifetime` is what channels are asked for.
    pub fn new(public_url: Option<PublicUrl>, lifetime: Duration) -> Self {
        let (bell, rung) = mpsc::unbounded_channel();
        Self {
            public_url,
            lifetime,
            registry: Registry::default(),
            inboxes: Inboxes::default(),
            bell,
            rung: Mutex::new(Some(rung)),
            metrics: PushMetrics::of(Verdict::ALL.map(Verdict::as_str)),
        }
    }

    /// With one channel open, and its token.
    #[cfg(any(fuzzing, test))]
    pub(crate) fn listening(uid: &str, channel: &str, resource: &str) -> (Self, secrecy::SecretString) {
        let push = Self::default();
        let reference = ObjectRef::new("acme").within("voice");
        let event = crate::google::directory::Event::Update;
        let token = push.registry.add(channel, uid, reference, event);
        push.registry.confirm(channel, resource);
        (push, token)
    }

    /// Where Google reaches us.
    pub fn public_url(&self) -> Option<&PublicUrl> {
        self.public_url.as_ref()
    }

    /// Whether a request proves by its headers that Google sends it. Costs a look into memory, whoever asks.
    pub fn admit(&self, claim: &Claim<'_>) -> Option<Admission> {
        self.registry.admit(claim)
    }

    /// Takes a notification in. The person is served later; a body that names nobody is no reason to look at everybody.
    pub fn take(&self, admission: Admission, body: &[u8]) -> Verdict {
        if admission.is_sync {
            return Verdict::Sync;
        }
        let id = serde_json::from_slice::<Body>(body).ok();
        let Some(id) = id.and_then(|body| UserId::parse(&body.id).ok()) else {
            return Verdict::Malformed;
        };
        if !self.registry.is_first(&admission) {
            return Verdict::Duplicate;
        }
        let person = PersonId::new(id.as_str());
        let Admission {
            uid,
            reference,
            event,
            ..
        } = admission;
        match self.inboxes.put(&uid, person, Expected::after(event)) {
            Put::Known => Verdict::Duplicate,
            Put::New { idle } => {
                if idle {
                    // Nobody listens only when the process is about to end, and the next one begins with a sync.
                    let _ = self.bell.send((uid, reference));
                }
                Verdict::Accepted
            }
        }
    }

    /// Forgets an integration that is gone.
    pub fn forget(&self, uid: &str) {
        self.inboxes.forget(uid);
    }

    pub(super) fn bells(&self) -> Option<mpsc::UnboundedReceiver<Bell>> {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[cfg(test)]
mod tests;
