//! Push notifications: open channels, and what is sent to them.

mod clients;
pub(crate) mod delivery;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use rand::Rng as _;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::clock::lock;
use crate::directory::draft::etag;
use crate::directory::user::User;

/// The numbers of two messages that follow each other differ by at most this.
const LARGEST_STEP: u64 = 40;

/// What can be watched of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Add,
    Delete,
    MakeAdmin,
    Undelete,
    Update,
}

impl Event {
    /// Those that can be watched of aliases.
    pub(crate) const OF_ALIASES: [(&'static str, Self); 2] = [("add", Self::Add), ("delete", Self::Delete)];

    /// All of them, by the names that `event` has.
    pub(crate) const NAMES: [(&'static str, Self); 5] = [
        ("add", Self::Add),
        ("delete", Self::Delete),
        ("makeAdmin", Self::MakeAdmin),
        ("undelete", Self::Undelete),
        ("update", Self::Update),
    ];

    /// The name in parameters and in X-Goog-Resource-State.
    pub(crate) fn name(self) -> &'static str {
        let found = Self::NAMES.iter().find(|(_, event)| *event == self);
        found.map_or("update", |(name, _)| name)
    }
}

/// What a channel is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Watched {
    /// Every person.
    Everybody,
    /// The people of a domain.
    Domain(String),
    /// The aliases of a person, by id.
    AliasesOf(String),
}

/// A channel that users.watch or users.aliases.watch opened. It holds the token, so that it has no `Debug`.
pub(crate) struct Channel {
    pub(crate) id: String,
    /// Ids are unique in the Cloud project (its number).
    pub(crate) project: String,
    /// The OAuth client, and the person (by id) in whose name it watches.
    pub(crate) client_id: String,
    pub(crate) subject: Option<String>,
    pub(crate) address: String,
    pub(crate) token: Option<String>,
    pub(crate) expires: Timestamp,
    pub(crate) event: Event,
    pub(crate) watched: Watched,
    pub(crate) resource_id: String,
    pub(crate) resource_uri: String,
}

impl Channel {
    /// The `Channel` resource of the answer, without the token.
    pub(crate) fn resource(&self) -> Value {
        json!({ "kind": "api#channel", "id": self.id, "resourceId": self.resource_id, "resourceUri": self.resource_uri,
            "expiration": self.expires.as_millisecond().to_string() })
    }

    fn key(&self) -> Key {
        (self.project.clone(), self.id.clone())
    }
}

/// One message to a channel.
#[derive(Debug, Clone)]
struct Message {
    number: u64,
    state: &'static str,
    /// Nothing for `sync`.
    body: Option<Value>,
}

/// Project and id.
type Key = (String, String);

struct Open {
    channel: Arc<Channel>,
    sender: mpsc::UnboundedSender<Message>,
    last_number: u64,
}

/// A channel that has just been opened: its first message, and those that will follow.
pub(crate) struct Opened {
    channel: Arc<Channel>,
    sync: Message,
    messages: mpsc::UnboundedReceiver<Message>,
}

/// The id of a channel was used before in the project.
#[derive(Debug)]
pub(crate) struct NotUnique;

/// The channels that are open.
#[derive(Default)]
pub(crate) struct Channels {
    open: Mutex<HashMap<Key, Open>>,
    used: Mutex<HashSet<Key>>,
    clients: clients::Clients,
}

impl Channels {
    /// Opens a channel, whose messages are for [`delivery`] to send.
    pub(crate) fn open(&self, channel: Channel) -> Result<Opened, NotUnique> {
        if !lock(&self.used).insert(channel.key()) {
            return Err(NotUnique);
        }
        let (sender, messages) = mpsc::unbounded_channel();
        let sync = Message {
            number: 1,
            state: "sync",
            body: None,
        };
        let channel = Arc::new(channel);
        let open = Open {
            channel: Arc::clone(&channel),
            sender,
            last_number: sync.number,
        };
        lock(&self.open).insert(channel.key(), open);
        Ok(Opened {
            channel,
            sync,
            messages,
        })
    }

    /// An open channel of a project.
    pub(crate) fn find(&self, project: &str, id: &str, now: Timestamp) -> Option<Arc<Channel>> {
        let key = (project.to_owned(), id.to_owned());
        let open = lock(&self.open);
        let channel = &open.get(&key)?.channel;
        (channel.expires > now).then(|| Arc::clone(channel))
    }

    /// Closes a channel: nothing more is sent to it.
    pub(crate) fn close(&self, channel: &Channel) {
        lock(&self.open).remove(&channel.key());
    }

    /// Sends an event to the channels that watch it.
    pub(crate) fn announce(&self, event: Event, user: &User, now: Timestamp) {
        let concerned = |channel: &Channel| channel.event == event && channel.watched.has(user);
        self.send(now, concerned, |stamp| {
            json!({ "kind": "admin#directory#user", "id": user.id(), "etag": stamp, "primaryEmail": user.primary_email() })
        });
    }

    /// Sends what became of a person's alias to the channels that watch it: it was added, or deleted.
    pub(crate) fn announce_alias(&self, event: Event, user: &User, alias: &str, now: Timestamp) {
        let whose = Watched::AliasesOf(user.id().into_owned());
        let concerned = |channel: &Channel| channel.event == event && channel.watched == whose;
        self.send(now, concerned, |stamp| {
            json!({ "kind": "admin#directory#alias", "id": user.id(), "etag": stamp, "primaryEmail": user.primary_email(),
                "alias": alias })
        });
    }

    fn send(&self, now: Timestamp, concerned: impl Fn(&Channel) -> bool, body: impl Fn(String) -> Value) {
        let mut open = lock(&self.open);
        open.retain(|_, open| open.channel.expires > now);
        for open in open.values_mut().filter(|open| concerned(&open.channel)) {
            open.last_number += rand::rng().random_range(2..=LARGEST_STEP);
            // The etag is the message's own and not the person's.
            let body = body(etag(&(&open.channel.id, open.last_number)));
            let message = Message {
                number: open.last_number,
                state: open.channel.event.name(),
                body: Some(body),
            };
            // Fails only when the simulator is ending.
            let _ = open.sender.send(message);
        }
    }

    /// The open channels as `GET /_simulator/channels` shows them, in the order of their ids.
    pub(crate) fn list(&self, now: Timestamp) -> Vec<Value> {
        let open = lock(&self.open);
        let mut living: Vec<&Open> = open.values().filter(|open| open.channel.expires > now).collect();
        living.sort_by_key(|open| open.channel.key());
        living
            .iter()
            .map(|open| {
                let mut shown = open.channel.resource();
                shown["type"] = "web_hook".into();
                shown["address"] = open.channel.address.clone().into();
                shown["event"] = open.channel.event.name().into();
                shown["messageNumber"] = open.last_number.into();
                shown
            })
            .collect()
    }
}

impl Watched {
    /// Whether what happens to a person is of interest.
    fn has(&self, user: &User) -> bool {
        match self {
            Self::Everybody => true,
            Self::Domain(domain) => {
                let email = user.primary_email();
                let own = email.rsplit_once('@').map(|(_, domain)| domain);
                own.is_some_and(|own| own.eq_ignore_ascii_case(domain))
            }
            Self::AliasesOf(_) => false,
        }
    }
}
