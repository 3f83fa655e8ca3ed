//! What can go wrong between Dialplane and Google.

use std::{fmt, sync::Arc, time::Duration};

use url::Url;

use super::text;

/// What a caller should do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Passes by itself: back off and try again, keep the last state.
    Transient,
    /// Too many calls: back off and call less.
    RateLimited,
    /// A daily quota is used up: stop until the next day.
    QuotaExhausted,
    /// The access token is not accepted (any more). Seen only inside the client, which renews it once.
    AuthExpired,
    /// The grant itself is dead: somebody has to renew the credentials. Stop calling, delete nothing.
    Reauth,
    /// Something is set up wrongly at Google: somebody has to change it; recheck slowly, because such a
    /// change takes minutes and up to 24 hours to be felt.
    Misconfigured,
    /// The named object does not exist.
    NotFound,
    /// A request that will not become right by repeating it.
    BadRequest,
}

impl Class {
    /// Whether the same call may succeed a little later.
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Transient | Self::RateLimited)
    }

    /// A stable name for metric labels.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::RateLimited => "rate_limited",
            Self::QuotaExhausted => "quota_exhausted",
            Self::AuthExpired => "auth_expired",
            Self::Reauth => "reauth",
            Self::Misconfigured => "misconfigured",
            Self::NotFound => "not_found",
            Self::BadRequest => "bad_request",
        }
    }
}

/// What exactly is wrong, for a stable reason in a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The key file is unreadable, or Google does not know (any more) the key or the account.
    InvalidKey,
    /// The client id is not delegated, or not for every scope that was asked for.
    DelegationScopesMissing,
    /// The person to act as (`subject`) does not exist, is disabled, or is not an e-mail address of the organisation.
    InvalidSubject,
    /// The account that we act as has no admin role that may read users.
    InsufficientAdminRole,
    /// The Admin SDK API is switched off in the project; see [`Error::activation`].
    AdminSdkApiDisabled,
    /// `my_customer` has no meaning for a service account that acts as itself.
    MyCustomerNotAllowed,
    /// Google does not know the domain or the customer, or does not let it use APIs, or it is another organization's.
    WrongDomain,
    /// Google asked for fewer calls.
    RateLimited,
    /// Google, or the way to it, does not work at the moment.
    GoogleUnavailable,
    /// Google's clock and ours disagree about the assertion's times.
    ClockSkew,
    /// The organisation's app access control refuses the client.
    AdminPolicyEnforced,
    /// An answer that is not a whole, well-formed answer to the question.
    IncompleteRead,
    /// Google refuses the access token, also a new one.
    TokenRejected,
    /// The named object does not exist.
    NotFound,
    /// The group belongs to another organisation, or the account may read no groups at all: Google says both
    /// in the same words. Inside a group that could be read it is the former.
    GroupNotReadable,
    /// The one user who was asked for belongs to another organisation, or the account may read no users at all: Google says
    /// both in the same words. Which of them, only the list of users tells.
    UserNotReadable,
    /// The photo has more bytes than an image of 96x96 pixels, which is what Google promises, can need.
    PhotoTooLarge,
    /// The photo is not one of the image types that Google documents, or not an image.
    PhotoUnreadable,
    /// Notifications go only to `https` addresses.
    WebhookNotHttps,
    /// Google does not let this project send notifications to that address: its domain is not verified for it.
    WebhookUnauthorized,
    /// A channel of this id exists, or did: a new one needs a new id.
    ChannelIdNotUnique,
    /// Anything that Google does not document.
    Unexpected,
}

/// Where to switch on a disabled API, as far as Google said it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApiActivation {
    /// The number (or id) of the project that the credentials belong to.
    pub project: Option<String>,
    /// Google's own page for it; always `https://console.<service>.google.com/…`.
    pub url: Option<Url>,
}

/// A failed call to Google, or credentials that cannot be used for one.
///
/// Its texts never hold a token, an assertion, a key or a URL with a query string.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    class: Class,
    cause: Cause,
    message: String,
    status: Option<u16>,
    retry_after: Option<Duration>,
    activation: Option<Box<ApiActivation>>,
    #[source]
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(class: Class, cause: Cause, message: impl AsRef<str>) -> Self {
        Self {
            class,
            cause,
            message: text::sanitise(message.as_ref()),
            status: None,
            retry_after: None,
            activation: None,
            source: None,
        }
    }

    /// An answer that cannot be taken for a whole one. Often a proxy or a broken connection, so it is
    /// worth another try.
    pub(super) fn incomplete(message: impl AsRef<str>) -> Self {
        Self::new(Class::Transient, Cause::IncompleteRead, message)
    }

    pub(super) fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    pub(super) fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.retry_after = retry_after;
        self
    }

    pub(super) fn with_activation(mut self, activation: ApiActivation) -> Self {
        self.activation = Some(Box::new(activation));
        self
    }

    /// The source's own text must be free of secrets: it is shown as it is.
    pub(super) fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// A 401 that a new token did not cure.
    /// The same refusal, when the account does not lack a role: what it asked about is somebody else's.
    pub(super) fn into_wrong_domain(mut self) -> Self {
        self.cause = Cause::WrongDomain;
        self
    }

    pub(super) fn into_reauth(mut self) -> Self {
        self.class = Class::Reauth;
        self.cause = Cause::TokenRejected;
        self
    }

    /// What to do about it.
    pub const fn class(&self) -> Class {
        self.class
    }

    /// What exactly is wrong.
    pub const fn cause(&self) -> Cause {
        self.cause
    }

    /// Google's HTTP status, if there was an answer.
    pub const fn status(&self) -> Option<u16> {
        self.status
    }

    /// How long Google asked to wait (at most a day), if it did.
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Where to enable the API, for [`Cause::AdminSdkApiDisabled`].
    pub fn activation(&self) -> Option<&ApiActivation> {
        self.activation.as_deref()
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_small_and_clean() {
        assert!(size_of::<Error>() <= 120, "{}", size_of::<Error>());
        let error = Error::incomplete("bad\u{0} ya29.secret");
        assert_eq!(error.to_string(), "bad [redacted]");
        assert!(error.class().is_retryable());
    }
}
