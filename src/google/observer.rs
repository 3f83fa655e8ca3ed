//! A view on every call, for metrics.

use std::time::Duration;

use super::error::{Class, Error};

/// What was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// The OAuth token endpoint.
    Token,
    /// One page of Directory `users.list`.
    UsersList,
    /// Directory `users.get`.
    UsersGet,
    /// One page of Directory `members.list`.
    MembersList,
    /// Directory `members.hasMember`.
    HasMember,
    /// Directory `orgunits.list`.
    OrgUnitsList,
    /// Directory `users.photos.get`.
    PhotosGet,
    /// Directory `users.watch`.
    UsersWatch,
    /// Directory `channels.stop`.
    ChannelsStop,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 9] = [
        Self::Token,
        Self::UsersList,
        Self::UsersGet,
        Self::MembersList,
        Self::HasMember,
        Self::OrgUnitsList,
        Self::PhotosGet,
        Self::UsersWatch,
        Self::ChannelsStop,
    ];

    /// A stable name for metric labels.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::UsersList => "users.list",
            Self::UsersGet => "users.get",
            Self::MembersList => "members.list",
            Self::HasMember => "members.hasMember",
            Self::OrgUnitsList => "orgunits.list",
            Self::PhotosGet => "users.photos.get",
            Self::UsersWatch => "users.watch",
            Self::ChannelsStop => "channels.stop",
        }
    }
}

/// How one HTTP exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// A whole, well-formed answer.
    Ok,
    /// Anything else, by class.
    Failed(Class),
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 9] = [
        Self::Ok,
        Self::Failed(Class::Transient),
        Self::Failed(Class::RateLimited),
        Self::Failed(Class::QuotaExhausted),
        Self::Failed(Class::AuthExpired),
        Self::Failed(Class::Reauth),
        Self::Failed(Class::Misconfigured),
        Self::Failed(Class::NotFound),
        Self::Failed(Class::BadRequest),
    ];

    pub(super) fn of<T>(result: &Result<T, Error>) -> Self {
        match result {
            Ok(_) => Self::Ok,
            Err(error) => Self::Failed(error.class()),
        }
    }

    /// A stable name for metric labels.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed(class) => class.as_str(),
        }
    }
}

/// Is told about every HTTP exchange with Google, each try by itself.
pub trait Observer: Send + Sync + 'static {
    /// One exchange ended; `elapsed` runs from sending to the last byte, without waiting for the rate limit.
    fn call(&self, method: Method, outcome: Outcome, elapsed: Duration);
}

/// Nobody watches.
impl Observer for () {
    fn call(&self, _: Method, _: Outcome, _: Duration) {}
}
