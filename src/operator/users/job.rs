//! What every step of a run needs, and how a run ends short of its report.

use jiff::Timestamp;

use super::person::person;
use super::property;
use crate::api::integration::Users;
use crate::api::status::KnownUnit;
use crate::google::Directory;
use crate::google::directory::User;
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
        })
    }

    /// The person of a user.
    pub fn person(&self, user: User) -> Person {
        person(user, self.property.as_ref())
    }

    /// The units of the scope, as they were last found.
    pub fn known_units(&self) -> Vec<KnownUnit> {
        let remembered = self.ctx.memory(&self.subject.uid).notes().status.clone();
        let status = remembered.or_else(|| self.subject.object.status.clone());
        let users = status.and_then(|status| status.users);
        users.map(|users| users.organizational_units).unwrap_or_default()
    }
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
