//! The tokens of the channels that are open. Only here, and only in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use kube::runtime::reflector::ObjectRef;
use rand::RngCore as _;
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use crate::api::GoogleWorkspaceIntegration;
use crate::google::directory::Event;

/// So many messages of a channel are known again when they are delivered twice.
const REMEMBERED: usize = 64;

/// What a request says about itself, before its body is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Claim<'a> {
    /// The last part of the path.
    pub uid: &'a str,
    /// `X-Goog-Channel-ID`.
    pub channel: &'a str,
    /// `X-Goog-Channel-Token`.
    pub token: &'a [u8],
    /// `X-Goog-Resource-ID`.
    pub resource: &'a str,
    /// `X-Goog-Resource-State`: `sync` or an event.
    pub state: &'a str,
    /// `X-Goog-Message-Number`.
    pub number: &'a str,
}

/// A request that Google sent.
#[derive(Debug)]
pub struct Admission {
    /// The uid of the integration.
    pub uid: String,
    /// The integration.
    pub reference: ObjectRef<GoogleWorkspaceIntegration>,
    /// What the channel tells about.
    pub event: Event,
    /// The message tells nothing but that the channel was opened.
    pub is_sync: bool,
    channel: String,
    number: Option<u64>,
}

#[derive(Debug)]
struct Entry {
    uid: String,
    reference: ObjectRef<GoogleWorkspaceIntegration>,
    event: Event,
    token: SecretString,
    /// Known once Google has answered; the first message may come before.
    resource: Option<String>,
    seen: VecDeque<u64>,
}

/// Every channel whose notifications are taken.
#[derive(Debug, Default)]
pub(super) struct Registry {
    channels: Mutex<HashMap<String, Entry>>,
}

impl Registry {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the notifications of a channel from now on, and makes its token.
    pub(super) fn add(
        &self,
        id: &str,
        uid: &str,
        reference: ObjectRef<GoogleWorkspaceIntegration>,
        event: Event,
    ) -> SecretString {
        let mut bytes = [0; 32];
        rand::rng().fill_bytes(&mut bytes);
        let token = SecretString::from(BASE64_URL_SAFE_NO_PAD.encode(bytes));
        let entry = Entry {
            uid: uid.to_owned(),
            reference,
            event,
            token: token.clone(),
            resource: None,
            seen: VecDeque::new(),
        };
        self.lock().insert(id.to_owned(), entry);
        token
    }

    /// Google has opened the channel.
    pub(super) fn confirm(&self, id: &str, resource: &str) {
        if let Some(entry) = self.lock().get_mut(id) {
            entry.resource = Some(resource.to_owned());
        }
    }

    /// Takes no notification of the channel any more.
    pub(super) fn remove(&self, id: &str) {
        self.lock().remove(id);
    }

    pub(super) fn admit(&self, claim: &Claim<'_>) -> Option<Admission> {
        let channels = self.lock();
        let entry = channels.get(claim.channel)?;
        let same_token = bool::from(entry.token.expose_secret().as_bytes().ct_eq(claim.token));
        let same_resource = entry
            .resource
            .as_deref()
            .is_none_or(|known| known == claim.resource);
        (same_token && same_resource && entry.uid == claim.uid).then(|| Admission {
            uid: entry.uid.clone(),
            reference: entry.reference.clone(),
            event: entry.event,
            is_sync: claim.state == "sync",
            channel: claim.channel.to_owned(),
            number: claim.number.parse().ok(),
        })
    }

    /// Whether the message has not been delivered before, as far as is remembered. A message without a number is.
    pub(super) fn is_first(&self, admission: &Admission) -> bool {
        let mut channels = self.lock();
        let (Some(entry), Some(number)) = (channels.get_mut(&admission.channel), admission.number) else {
            return true;
        };
        if entry.seen.contains(&number) {
            return false;
        }
        if entry.seen.len() == REMEMBERED {
            entry.seen.pop_front();
        }
        entry.seen.push_back(number);
        true
    }
}
