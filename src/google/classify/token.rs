//! Answers of the OAuth token endpoint.

use super::body::{Body, OAuthBody};
use crate::google::error::{Cause, Class, Error};

/// Turns an answer of the token endpoint that is not a 200 into an error. `impersonating` says whether the
/// assertion named a subject: Google words the death of the subject and of the account alike.
pub(crate) fn token(status: u16, text: &str, impersonating: bool) -> Error {
    let body = Body::parse(text);
    let (class, cause) = match &body {
        Body::OAuth(body) => meaning(status, body, impersonating),
        _ => by_status(status),
    };
    Error::new(
        class,
        cause,
        format!("Google's token endpoint answered {status}: {}", body.words()),
    )
    .with_status(status)
}

fn by_status(status: u16) -> (Class, Cause) {
    match status {
        408 | 500..=599 => (Class::Transient, Cause::GoogleUnavailable),
        429 => (Class::RateLimited, Cause::RateLimited),
        401 => (Class::Misconfigured, Cause::Unexpected),
        _ => (Class::BadRequest, Cause::Unexpected),
    }
}

fn meaning(status: u16, body: &OAuthBody, impersonating: bool) -> (Class, Cause) {
    let person = if impersonating {
        Cause::InvalidSubject
    } else {
        Cause::InvalidKey
    };
    match body.error.as_str() {
        _ if matches!(status, 408 | 429 | 500..=599) => by_status(status),
        "internal_failure" | "server_error" | "temporarily_unavailable" => {
            (Class::Transient, Cause::GoogleUnavailable)
        }
        "invalid_grant" => (Class::Reauth, dead_grant(body, person)),
        "access_denied" if body.description.starts_with("Account restricted") => {
            (Class::Misconfigured, person)
        }
        "unauthorized_client" | "access_denied" => (Class::Misconfigured, Cause::DelegationScopesMissing),
        "invalid_client" | "disabled_client" | "deleted_client" => (Class::Misconfigured, Cause::InvalidKey),
        "invalid_account" => (Class::Misconfigured, person),
        "admin_policy_enforced" | "org_internal" => (Class::Misconfigured, Cause::AdminPolicyEnforced),
        "invalid_request" if body.description.starts_with("Invalid impersonation") => {
            (Class::BadRequest, Cause::InvalidSubject)
        }
        _ => by_status(status),
    }
}

/// `invalid_grant` covers a dozen things that only the description tells apart.
fn dead_grant(body: &OAuthBody, person: Cause) -> Cause {
    if !body.subtype.is_empty() {
        return Cause::TokenRejected;
    }
    let starts = |words: &str| body.description.starts_with(words);
    if starts("Invalid JWT Signature") || starts("Invalid grant: account not found") {
        Cause::InvalidKey
    } else if starts("Invalid JWT: Token must be a short-lived token") {
        Cause::ClockSkew
    } else if starts("Invalid email or User ID") || starts("Not a valid email") {
        Cause::InvalidSubject
    } else if starts("The account has been deleted") {
        person
    } else if starts("Token has been expired or revoked") || starts("Bad Request") {
        Cause::TokenRejected
    } else {
        Cause::Unexpected
    }
}
