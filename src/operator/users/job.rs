//! What every step of a run needs, and how a run ends short of its report.

use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;

use super::person::person;
use super::property;
use crate::api::integration::Users;
use crate::api::status::KnownUnit;
use crate::google::directory::User;
use crate::google::{self, Cause, Directory, UserList};
use crate::operator::engine::context::Context;
use crate::operator::engine::fault::{Fault, Identity};
use crate::operator::engine::interrupt::Interrupted;
use crate::operator::engine::subject::Subject;
use crate::sync::person::Person;
use crate::sync::property::PropertyPath;

/// What one run needs.
pub struct Job<'a> {
    /// Shared things.
    pub ctx: &'a Context,
    /// The integration.
    pub subject: &'a Subject,
    /// Its `spec.users`.
    pub users: &'a Users,
    /// Who we are to Google, for messages.
    pub identity: &'a Identity,
    /// The directory.
    pub directory: &'a Directory,
    /// Where the number stands in Google's record, for source Property.
    pub property: Option<PropertyPath>,
    /// When the run began.
    pub now: Timestamp,
    /// Google would not let us read somebody.
    refused: AtomicBool,
}

impl<'a> Job<'a> {
    /// A job that begins now.
    pub fn new(
        ctx: &'a Context,
        subject: &'a Subject,
        users: &'a Users,
        identity: &'a Identity,
        directory: &'a Directory,
    ) -> Result<Self, Fault> {
        Ok(Self {
            ctx,
            subject,
            users,
            identity,
            directory,
            property: property::declared(users)?,
            now: Timestamp::now(),
            refused: AtomicBool::new(false),
        })
    }

    /// The person of a user.
    pub fn person(&self, user: User) -> Person {
        person(user, self.property.as_ref())
    }

    /// What Google said about one user. Only the list of users tells whether somebody who cannot be read is of another
    /// organization, or we may read nobody: see [`is_in_doubt`](Self::is_in_doubt).
    pub fn looked_up(&self, answer: Result<Option<User>, google::Error>) -> Result<LookUp, Fault> {
        match answer {
            Ok(Some(user)) => Ok(LookUp::There(Box::new(user))),
            Ok(None) => Ok(LookUp::Gone),
            Err(error) if error.cause() == Cause::UserNotReadable => {
                self.refused.store(true, Ordering::Relaxed);
                Ok(LookUp::Foreign)
            }
            Err(error) => Err(Fault::google(error, self.identity)),
        }
    }

    /// Whether somebody could not be read.
    pub fn is_in_doubt(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }

    /// The list of everybody whom the declaration may mean.
    pub fn everybody(&self) -> UserList {
        let google = &self.subject.object.spec.google;
        UserList {
            customer: Some(google.customer_id.clone()),
            domain: google.domain.clone(),
            deleted: false,
        }
    }

    /// The units of the scope, as they were last found.
    pub fn known_units(&self) -> Vec<KnownUnit> {
        let memory = self.ctx.memory(&self.subject.uid);
        let notes = memory.notes();
        let users = notes
            .status_of(&self.subject.object)
            .and_then(|status| status.users.as_ref());
        users
            .map(|users| users.organizational_units.clone())
            .unwrap_or_default()
    }
}

/// What Google says about one user.
pub enum LookUp {
    /// This.
    There(Box<User>),
    /// There is no such user.
    Gone,
    /// The user cannot be read, and is nobody of ours. No evidence that the user is gone.
    Foreign,
}

/// How a run ended short of a report.
pub enum Stop {
    /// The declaration changed, or the process ends.
    Interrupted(Interrupted),
    /// Something failed.
    Fault(Fault),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
