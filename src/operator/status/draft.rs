//! A status in the making: what every outcome of a look says to people.

use jiff::Timestamp;

use crate::api::GoogleWorkspaceIntegrationStatus;
use crate::api::conditions::{
    self, AUTHORIZED, Decision, READY, RECONCILING, REMOVALS_HELD, STALLED, USERS_SYNCED,
};
use crate::api::reasons;
use crate::api::status::Connection;
use crate::operator::engine::context::Context;
use crate::operator::engine::fault::{Area, Fault, Identity, Kind};
use crate::operator::engine::subject::Subject;
use crate::operator::engine::text::truncated;

/// Longest message of a condition; the API server allows 32,768, people read less.
pub const MESSAGE_LIMIT: usize = 1024;

/// Which object a command in a message is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectName {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// A status in the making: the last one, changed.
pub struct Draft {
    /// What will be written.
    pub status: GoogleWorkspaceIntegrationStatus,
    /// The object that it speaks of: a command in a message names it.
    pub object: ObjectName,
    /// The generation that it speaks of.
    pub generation: i64,
    /// When it is made.
    pub now: Timestamp,
}

impl Draft {
    /// Begins with the last status that was made, also if it could not be written, or seen.
    pub fn new(ctx: &Context, subject: &Subject, now: Timestamp) -> Self {
        let memory = ctx.memory(&subject.uid);
        let status = memory.notes().status_of(&subject.object).cloned();
        Self {
            status: status.unwrap_or_default(),
            object: ObjectName {
                namespace: subject.key.namespace.clone(),
                name: subject.name.clone(),
            },
            generation: subject.generation(),
            now,
        }
    }

    /// Sets a condition.
    pub fn set(&mut self, mut decision: Decision) {
        decision.message = truncated(decision.message, MESSAGE_LIMIT);
        conditions::set(&mut self.status.conditions, decision, self.generation, self.now);
    }

    /// Removes a condition.
    pub fn remove(&mut self, kind: &str) {
        conditions::remove(&mut self.status.conditions, kind);
    }

    /// Work goes on and will take a while.
    pub fn progressing(&mut self, reason: &'static str, message: &str) {
        self.remove(STALLED);
        if reason == reasons::TERMINATING {
            self.remove(REMOVALS_HELD); // nobody has to decide about them any more
        }
        self.set(Decision::yes(RECONCILING, reason, message));
        self.not_tried(reason, message);
        self.ready(Decision::unknown(READY, reason, message));
    }

    /// Removals that wait go on waiting while a later sync runs or fails, and `Ready` goes on saying so, unless that
    /// failure needs a person itself.
    fn ready(&mut self, decision: Decision) {
        let conditions = &self.status.conditions;
        let stalled = conditions::get(conditions, STALLED).is_some();
        let held = conditions::get(conditions, REMOVALS_HELD).filter(|_| !stalled);
        let decision = match held.map(|held| held.message.clone()) {
            Some(message) => Decision::no(READY, reasons::REMOVALS_HELD, message),
            None => decision,
        };
        self.set(decision);
    }

    /// A step failed.
    pub fn faulted(&mut self, fault: &Fault, identity: Option<&Identity>) {
        self.settle();
        if let Some(identity) = identity {
            self.authorization(identity);
            if fault.reason == reasons::DELEGATION_SCOPES_MISSING {
                self.scopes(|required| (Vec::new(), required));
            }
        }
        let Fault {
            area,
            reason,
            ref message,
            kind,
            ..
        } = *fault;
        match area {
            Area::Authorization => {
                self.status.connection = Connection::Disconnected;
                self.set(Decision::no(AUTHORIZED, reason, message));
                self.not_synced(reason, message);
            }
            Area::Connection => {
                if self.status.connection == Connection::Connected {
                    self.status.connection = Connection::Degraded;
                }
                self.set(Decision::no(USERS_SYNCED, reason, message));
            }
            Area::Sync => {
                // Google has answered: otherwise nobody would know.
                if reason == reasons::SELECTOR_NOT_FOUND {
                    self.status.connection = Connection::Connected;
                }
                self.set(Decision::no(USERS_SYNCED, reason, message));
            }
            Area::Declaration => self.not_synced(reason, message),
        }
        self.not_tried(reason, message);
        match kind {
            Kind::Stalled(_) => self.set(Decision::yes(STALLED, reason, message)),
            Kind::Transient => self.set(Decision::yes(RECONCILING, reason, message)),
            Kind::Waiting => {}
        }
        self.ready(Decision::no(READY, reason, message));
    }

    /// Credentials that nobody has tried are so for a reason of now, and not for that of an earlier declaration.
    fn not_tried(&mut self, reason: &'static str, message: &str) {
        let known = conditions::get(&self.status.conditions, AUTHORIZED);
        if known.is_some_and(|known| known.status == "Unknown") {
            self.set(Decision::unknown(AUTHORIZED, reason, message));
        }
    }

    /// Nobody has compared the extensions of this generation with the directory.
    fn not_synced(&mut self, reason: &'static str, message: &str) {
        self.set(Decision::unknown(USERS_SYNCED, reason, message));
    }

    /// The request that was carried out.
    pub fn handled(&mut self, request: Option<&str>) {
        if let Some(request) = request {
            let users = self.status.users.get_or_insert_default();
            users.last_handled_sync_request = Some(truncated(request.to_owned(), 1024));
        }
    }

    /// Nothing goes on any more, and nothing waits for a person: the outcome of a look at this generation follows.
    pub fn settle(&mut self) {
        self.status.observed_generation = self.generation;
        self.remove(RECONCILING);
        self.remove(STALLED);
    }

    /// Who we are to Google; what it grants is left as it was known.
    pub fn authorization(&mut self, identity: &Identity) {
        let authorization = self.status.authorization.get_or_insert_default();
        let account = Some(identity.effective()).filter(|account| !account.is_empty());
        authorization.account = account.map(str::to_owned);
        authorization.epoch = Some(identity.epoch);
        authorization.scopes.required = identity.scopes.iter().map(|scope| (*scope).to_owned()).collect();
    }

    /// What Google grants of the required scopes: granted and missing ones.
    pub fn scopes(&mut self, split: impl FnOnce(Vec<String>) -> (Vec<String>, Vec<String>)) {
        let scopes = &mut self.status.authorization.get_or_insert_default().scopes;
        (scopes.granted, scopes.missing) = split(scopes.required.clone());
    }
}
