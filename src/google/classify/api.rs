//! Answers of the Directory API.

use super::body::{ApiBody, Body};
use crate::google::error::{Cause, Class, Error};

/// What was asked, as far as the meaning of an error depends on it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Asked {
    /// `customer=my_customer`, by a service account that acts as itself.
    pub(crate) my_customer_as_itself: bool,
    /// The members of one group.
    pub(crate) members: bool,
    /// One user.
    pub(crate) user: bool,
}

/// Turns an answer of the Directory API that is not a 200 into an error.
pub(crate) fn api(status: u16, text: &str, asked: Asked) -> Error {
    let body = Body::parse(text);
    let (class, cause) = meaning(status, &body, asked);
    let error = Error::new(
        class,
        cause,
        format!("Google's Directory API answered {status}: {}", body.words()),
    )
    .with_status(status);
    match body {
        Body::Api(body) if cause == Cause::AdminSdkApiDisabled => error.with_activation(body.activation),
        _ => error,
    }
}

fn meaning(status: u16, body: &Body, asked: Asked) -> (Class, Cause) {
    let nothing = ApiBody::default();
    let api = match body {
        Body::Api(api) => api,
        _ => &nothing,
    };
    if let (400 | 401 | 403, Some(known)) = (status, channel(&api.reason)) {
        return known;
    }
    match status {
        400 => invalid(api, asked),
        401 => unauthorized(api),
        403 => forbidden(body, api, asked),
        404 => missing(body, api),
        429 => (Class::RateLimited, Cause::RateLimited),
        408 | 500..=599 => (Class::Transient, Cause::GoogleUnavailable),
        _ => (Class::BadRequest, Cause::Unexpected),
    }
}

fn invalid(api: &ApiBody, asked: Asked) -> (Class, Cause) {
    let precondition = api.reason == "failedPrecondition" || api.status == "FAILED_PRECONDITION";
    match api.message.as_str() {
        // Both come and go on users.list.
        "Precondition check failed." if precondition => (Class::Transient, Cause::GoogleUnavailable),
        message if message.starts_with("A system error has occurred") => {
            (Class::Transient, Cause::GoogleUnavailable)
        }
        "Invalid Input" if asked.my_customer_as_itself => (Class::Misconfigured, Cause::MyCustomerNotAllowed),
        message if message.starts_with("Invalid Customer Id") => (Class::BadRequest, Cause::WrongDomain),
        _ => (Class::BadRequest, Cause::Unexpected),
    }
}

/// The client renews the token once in both cases, then gives up as [`Class::Reauth`].
fn unauthorized(api: &ApiBody) -> (Class, Cause) {
    if api.detail == "CREDENTIALS_MISSING" || api.reason == "required" {
        // Google says so now and then to calls that do carry a token.
        return (Class::Transient, Cause::TokenRejected);
    }
    (Class::AuthExpired, Cause::TokenRejected)
}

/// What is wrong with a notification channel. The status that such an answer comes with varies.
fn channel(reason: &str) -> Option<(Class, Cause)> {
    match reason {
        "push.webhookUrlNotHttps" => Some((Class::Misconfigured, Cause::WebhookNotHttps)),
        "push.webhookUrlUnauthorized" => Some((Class::Misconfigured, Cause::WebhookUnauthorized)),
        "channelIdNotUnique" => Some((Class::BadRequest, Cause::ChannelIdNotUnique)),
        _ => None,
    }
}

fn forbidden(body: &Body, api: &ApiBody, asked: Asked) -> (Class, Cause) {
    if api.reason == "forbidden" && api.message.starts_with("Not Authorized to access") {
        match asked {
            Asked { members: true, .. } => return (Class::Misconfigured, Cause::GroupNotReadable),
            Asked { user: true, .. } => return (Class::Misconfigured, Cause::UserNotReadable),
            Asked { .. } => {}
        }
    }
    let known = by_detail(&api.detail)
        .or_else(|| by_reason(&api.reason, &api.message))
        .or_else(|| by_rpc_status(&api.status));
    match known {
        Some(Cause::RateLimited) => (Class::RateLimited, Cause::RateLimited),
        Some(cause) => (Class::Misconfigured, cause),
        None if api.reason == "dailyLimitExceeded" => (Class::QuotaExhausted, Cause::RateLimited),
        None if is_quota_text(body) => (Class::RateLimited, Cause::RateLimited),
        None => (Class::Misconfigured, Cause::Unexpected),
    }
}

fn by_detail(detail: &str) -> Option<Cause> {
    match detail {
        "SERVICE_DISABLED" => Some(Cause::AdminSdkApiDisabled),
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT" => Some(Cause::DelegationScopesMissing),
        "RATE_LIMIT_EXCEEDED" => Some(Cause::RateLimited),
        _ => None,
    }
}

fn by_reason(reason: &str, message: &str) -> Option<Cause> {
    match reason {
        "accessNotConfigured" => Some(Cause::AdminSdkApiDisabled),
        "insufficientPermissions" => Some(Cause::DelegationScopesMissing),
        "userRateLimitExceeded" | "rateLimitExceeded" | "quotaExceeded" | "sharingRateLimitExceeded" => {
            Some(Cause::RateLimited)
        }
        "domainCannotUseApis" => Some(Cause::WrongDomain),
        "domainPolicy" => Some(Cause::AdminPolicyEnforced),
        "forbidden" if message.starts_with("Invalid domain") => Some(Cause::WrongDomain),
        "forbidden" => Some(Cause::InsufficientAdminRole),
        _ => None,
    }
}

fn by_rpc_status(status: &str) -> Option<Cause> {
    match status {
        "RESOURCE_EXHAUSTED" => Some(Cause::RateLimited),
        "PERMISSION_DENIED" => Some(Cause::InsufficientAdminRole),
        _ => None,
    }
}

/// Google answers some quota errors in plain text.
fn is_quota_text(body: &Body) -> bool {
    let Body::Text(text) = body else { return false };
    let text = text.to_lowercase();
    ["quota", "request rate", "rate limit", "too many requests"]
        .iter()
        .any(|words| text.contains(words))
}

fn missing(body: &Body, api: &ApiBody) -> (Class, Cause) {
    const WRONG: [&str; 3] = [
        "Resource Not Found: domain",
        "Domain not found",
        "Customer doesn't exist",
    ];
    if WRONG.iter().any(|words| api.message.starts_with(words)) {
        return (Class::NotFound, Cause::WrongDomain);
    }
    match body {
        Body::Api(_) => (Class::NotFound, Cause::NotFound),
        // A gateway that does not know the path says nothing about the object.
        _ => (Class::BadRequest, Cause::Unexpected),
    }
}

/// Whether this body of a 404 says, in Google's own words, that the `resource` (Google's name of the parameter)
/// does not exist. Anything else (a gateway's page, another missing resource, an empty body) is no evidence.
pub(crate) fn says_gone(text: &str, resource: &str) -> bool {
    match Body::parse(text) {
        Body::Api(api) => {
            api.reason == "notFound" && api.message.strip_prefix("Resource Not Found: ") == Some(resource)
        }
        _ => false,
    }
}

/// Whether this body of a 404 says that nobody here has the domain of an address.
pub(crate) fn says_no_domain(text: &str) -> bool {
    matches!(Body::parse(text), Body::Api(api) if api.message.starts_with("Domain not found"))
}

/// Whether this body of a 400 says that Google does not compare this member with the group.
pub(crate) fn says_no_member_key(text: &str) -> bool {
    matches!(Body::parse(text), Body::Api(api) if api.message == "Invalid Input: memberKey")
}

/// Whether this body of a 400 says that an address is not a person's but, say, a group's.
pub(crate) fn says_no_user(text: &str) -> bool {
    matches!(Body::parse(text), Body::Api(api) if api.message == "Type not supported: userKey")
}
