//! Errors by name: every body that Google's documentation and recorded answers show, to be injected as faults.
//!
//! A name is Google's own `reason` (or OAuth `error`) where that is unambiguous, else says what the variant is.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::api_error::ApiError;
use super::response::{html_error, raw};
use super::token_error::TokenError;

const LIST_METHOD: &str = "ccc.hosted.frontend.directory.v1.DirectoryUsers.List";
const LIST_SCOPES: &[&str] = &[
    "https://www.googleapis.com/auth/admin.directory.user",
    "https://www.googleapis.com/auth/admin.directory.user.readonly",
];
const CALENDAR_410: &str = "Sync token is no longer valid, a full sync is required.";

/// How to build one named error.
enum Form {
    /// A classic error of domain `global`: status, message, reason.
    Classic(u16, &'static str, &'static str),
    /// A classic error of another domain: status, message, reason, domain.
    Domain(u16, &'static str, &'static str, &'static str),
    /// A newer service's error: status, message, canonical status.
    Grpc(u16, &'static str, &'static str),
    /// A token endpoint error: status, error, description.
    Token(u16, &'static str, &'static str),
    /// Plain text.
    Text(u16, &'static str),
    /// The gateway's HTML page.
    Html(u16, &'static str),
    /// Something with a shape of its own.
    Own(fn() -> Response),
}

use Form::{Classic, Domain, Grpc, Html, Own, Text, Token};

/// Errors that Google's APIs answer with.
#[rustfmt::skip]
const API: &[(&str, Form)] = &[
    ("badRequest", Classic(400, "Bad Request", "badRequest")),
    ("invalid", Classic(400, "Invalid Input", "invalid")),
    ("invalidMemberKey", Classic(400, "Invalid Input: memberKey", "invalid")),
    ("invalidOrgUnit", Classic(400, "Invalid Input: INVALID_OU_ID", "invalid")),
    ("invalidCustomerId", Classic(400, "Invalid Customer Id", "invalid")),
    ("invalidQuery", Classic(400, "Invalid query", "invalid")),
    ("invalidValue", Classic(400, "Invalid value", "invalid")),
    ("systemError", Classic(400, "A system error has occurred", "invalid")),
    ("typeNotSupported", Classic(400, "Type not supported: userKey", "badRequest")),
    ("failedPrecondition", Own(|| ApiError::classic(StatusCode::BAD_REQUEST, "Precondition check failed.", "failedPrecondition")
        .with_status("FAILED_PRECONDITION").into_response())),
    ("mailServiceNotEnabled", Own(|| ApiError::classic(StatusCode::BAD_REQUEST, "Mail service not enabled", "failedPrecondition")
        .with_status("FAILED_PRECONDITION").into_response())),
    ("required", Own(|| ApiError::login_required(LIST_METHOD).into_response())),
    ("loginRequired", Own(|| ApiError::classic(StatusCode::UNAUTHORIZED, "Login Required", "required")
        .at("header", "Authorization").into_response())),
    ("authError", Own(|| ApiError::invalid_credentials().into_response())),
    ("authErrorClassic", Own(|| ApiError::classic(StatusCode::UNAUTHORIZED, "Invalid Credentials", "authError")
        .at("header", "Authorization").into_response())),
    ("insufficientPermissions", Own(|| ApiError::insufficient_scope(LIST_METHOD, LIST_SCOPES).into_response())),
    ("accessNotConfigured", Own(|| ApiError::api_disabled("104497032270").into_response())),
    ("forbidden", Own(|| ApiError::forbidden().into_response())),
    ("domainCannotUseApis", Classic(403, "Domain cannot use apis.", "domainCannotUseApis")),
    ("invalidDomain", Classic(403, "Invalid domain.", "forbidden")),
    ("domainPolicy", Classic(403, "The domain administrators have disabled Gmail apps.", "domainPolicy")),
    ("delegationDenied", Classic(403, "Delegation denied for user@acme.example", "forbidden")),
    ("quotaExceeded", Domain(403, "Request rate higher than configured.", "quotaExceeded", "usageLimits")),
    ("quotaExceededText", Text(403, "Request rate higher than configured.")),
    ("rateLimitExceeded", Domain(403, "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of \
        service 'admin.googleapis.com' for consumer 'project_number:104497032270'", "rateLimitExceeded", "usageLimits")),
    ("userRateLimitExceeded", Domain(403, "User Rate Limit Exceeded", "userRateLimitExceeded", "usageLimits")),
    ("sharingRateLimitExceeded", Domain(403, "Rate limit exceeded", "sharingRateLimitExceeded", "usageLimits")),
    ("dailyLimitExceeded", Domain(403, "Daily Limit Exceeded", "dailyLimitExceeded", "usageLimits")),
    ("notFound", Classic(404, "Resource Not Found: userKey", "notFound")),
    ("notFoundGroupKey", Classic(404, "Resource Not Found: groupKey", "notFound")),
    ("notFoundMemberKey", Classic(404, "Resource Not Found: memberKey", "notFound")),
    ("notFoundPhoto", Classic(404, "Resource Not Found: photo", "notFound")),
    ("notFoundResourceId", Classic(404, "Resource Not Found: resourceId", "notFound")),
    ("orgUnitNotFound", Classic(404, "Org unit not found", "notFound")),
    ("domainNotFound", Classic(404, "Domain not found.", "notFound")),
    ("customerNotFound", Classic(404, "Customer doesn't exist", "notFound")),
    ("notFoundClassic", Classic(404, "Not Found", "notFound")),
    ("notFoundGrpc", Grpc(404, "Requested entity was not found.", "NOT_FOUND")),
    ("notFoundHtml", Html(404, "The requested URL was not found on this server.")),
    ("duplicate", Classic(409, "Entity already exists.", "duplicate")),
    ("memberDuplicate", Classic(409, "Member already exists.", "duplicate")),
    ("conflict", Classic(409, "Conflict", "conflict")),
    ("fullSyncRequired", Own(|| ApiError::classic(StatusCode::GONE, CALENDAR_410, "fullSyncRequired")
        .in_domain("calendar").at("parameter", "syncToken").into_response())),
    ("updatedMinTooLongAgo", Domain(410, "The requested minimum modification time lies too far in the past.",
        "updatedMinTooLongAgo", "calendar")),
    ("deleted", Classic(410, "Resource has been deleted", "deleted")),
    ("conditionNotMet", Classic(412, "User creation is not complete.", "conditionNotMet")),
    ("preconditionFailed", Own(|| ApiError::classic(StatusCode::PRECONDITION_FAILED, "Precondition Failed", "conditionNotMet")
        .at("header", "If-Match").into_response())),
    ("uploadTooLarge", Classic(413, "Request Too Large", "uploadTooLarge")),
    ("concurrentLimit", Domain(429, "Rate Limit Exceeded", "rateLimitExceeded", "usageLimits")),
    ("mailSendingLimit", Domain(429, "Too many requests: User-rate limit exceeded (Mail sending)", "rateLimitExceeded", "usageLimits")),
    ("concurrentRequests", Domain(429, "Too many concurrent requests for user", "rateLimitExceeded", "usageLimits")),
    ("mailRetryAfter", Domain(429, "User-rate limit exceeded.  Retry after 2026-09-11T20:00:00.000Z", "rateLimitExceeded", "usageLimits")),
    ("resourceExhausted", Grpc(429, "Resource has been exhausted (e.g. check quota).", "RESOURCE_EXHAUSTED")),
    ("tooManyRequestsText", Text(429, "Rate Limit Exceeded")),
    ("backendError", Classic(500, "Backend Error", "backendError")),
    ("internalError", Grpc(500, "Internal error encountered.", "INTERNAL")),
    ("unknownError", Grpc(500, "Unknown Error.", "UNKNOWN")),
    ("serviceUnavailable", Classic(503, "Service unavailable. Please try again", "backendError")),
    ("unavailable", Grpc(503, "The service is currently unavailable.", "UNAVAILABLE")),
    ("serviceUnavailableText", Text(503, "Service Unavailable")),
    ("badGateway", Html(502, "The server encountered a temporary error and could not complete your request.")),
    ("badGatewayText", Text(502, "Bad Gateway")),
    ("gatewayTimeout", Html(504, "The server took too long to answer.")),
    ("gatewayTimeoutText", Text(504, "Gateway Timeout")),
];

/// Errors that users.watch and channels.stop answer with, and no other method.
#[rustfmt::skip]
const PUSH: &[(&str, Form)] = &[
    ("push.webhookUrlNotHttps", Classic(400, "WebHook callback must be HTTPS: http://hooks.example/google", "push.webhookUrlNotHttps")),
    ("push.webhookUrlUnauthorized", Classic(401, "Unauthorized WebHook callback channel: https://hooks.example/google",
        "push.webhookUrlUnauthorized")),
    ("push.channelTypeNotSupported", Classic(400, "Channel type not supported: web_hook", "push.channelTypeNotSupported")),
    ("channelIdNotUnique", Classic(400, "Channel id 01234567 not unique", "channelIdNotUnique")),
    ("channelNotFound", Classic(404, "Channel '01234567' not found for project '104497032270'", "notFound")),
];

/// Errors that the token endpoint answers with.
#[rustfmt::skip]
const TOKEN: &[(&str, Form)] = &[
    ("unsupported_grant_type", Token(400, "unsupported_grant_type", "Invalid grant_type: unknown")),
    ("invalid_request", Token(400, "invalid_request", "Bad Request")),
    ("invalidJwtSignature", Token(400, "invalid_grant", "Invalid JWT Signature.")),
    ("accountNotFound", Token(400, "invalid_grant", "Invalid grant: account not found")),
    ("invalidJwtWindow", Token(400, "invalid_grant", crate::auth::assertion::OUT_OF_WINDOW)),
    ("invalidAudience", Token(400, "invalid_grant", "Invalid JWT: Failed audience check.")),
    ("invalid_scope", Token(400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.")),
    ("unauthorized_client", Own(|| TokenError::client_unauthorized().into_response())),
    ("unauthorizedClientOrScope", Token(400, "unauthorized_client", "Unauthorized client or scope in request.")),
    ("access_denied", Token(400, "access_denied", "Requested client not authorized")),
    ("accountRestricted", Token(400, "access_denied", "Account restricted")),
    ("admin_policy_enforced", Token(400, "admin_policy_enforced", "Access to your account data is restricted by policies \
        within your organization.")),
    ("invalid_grant", Token(400, "invalid_grant", "Bad Request")),
    ("invalidEmailOrUserId", Token(400, "invalid_grant", "Invalid email or User ID")),
    ("notAValidEmail", Token(400, "invalid_grant", "Not a valid email")),
    ("accountDeleted", Token(400, "invalid_grant", "The account has been deleted")),
    ("tokenRevoked", Token(400, "invalid_grant", "Token has been expired or revoked.")),
    ("malformedAuthCode", Token(400, "invalid_grant", "Malformed auth code.")),
    ("invalid_rapt", Own(|| TokenError::invalid_grant("reauth related error (invalid_rapt)")
        .with("error_uri", "https://support.google.com/a/answer/9368756")
        .with("error_subtype", "invalid_rapt").into_response())),
    ("invalidImpersonation", Token(400, "invalid_request", "Invalid impersonation &quot;sub&quot; field: user")),
    ("invalidPrn", Token(400, "invalid_request", "Invalid impersonation prn email address.")),
    ("invalid_client", Token(401, "invalid_client", "The OAuth client was not found.")),
    ("invalidClientSecret", Token(401, "invalid_client", "The provided client secret is invalid.")),
    ("disabled_client", Token(401, "disabled_client", "The OAuth client was disabled.")),
    ("deleted_client", Token(401, "deleted_client", "The OAuth client was deleted.")),
    ("org_internal", Token(400, "org_internal", "This client is restricted to users within its organization.")),
    ("invalid_account", Token(400, "invalid_account", "Forbidden")),
    ("internal_failure", Token(500, "internal_failure", "Backend Error")),
    ("server_error", Token(500, "server_error", "Internal server error.")),
    ("temporarily_unavailable", Token(503, "temporarily_unavailable", "The service is temporarily unavailable.")),
];

/// Names of the errors of Google's APIs.
pub(crate) fn api_names() -> impl Iterator<Item = &'static str> {
    API.iter().map(|(name, _)| *name)
}

/// Names of the errors of push notifications.
pub(crate) fn push_names() -> impl Iterator<Item = &'static str> {
    PUSH.iter().map(|(name, _)| *name)
}

/// Names of the errors of the token endpoint.
pub(crate) fn token_names() -> impl Iterator<Item = &'static str> {
    TOKEN.iter().map(|(name, _)| *name)
}

/// The answer that a name stands for, under another HTTP status when one is given.
pub(crate) fn response(name: &str, status: Option<StatusCode>) -> Option<Response> {
    let (_, form) = API
        .iter()
        .chain(PUSH)
        .chain(TOKEN)
        .find(|(known, _)| *known == name)?;
    let code = |own: u16| {
        status
            .or_else(|| StatusCode::from_u16(own).ok())
            .unwrap_or_default()
    };
    Some(match form {
        Classic(own, message, reason) => ApiError::classic(code(*own), message, reason).into_response(),
        Domain(own, message, reason, domain) => ApiError::classic(code(*own), message, reason)
            .in_domain(domain)
            .into_response(),
        Grpc(own, message, canonical) => ApiError::grpc(code(*own), message, canonical).into_response(),
        Token(own, error, description) => TokenError::new(error, description)
            .with_status(code(*own))
            .into_response(),
        Text(own, text) => raw(code(*own), "text/plain; charset=UTF-8", *text),
        Html(own, text) => html_error(code(*own), text),
        Own(build) => {
            let mut response = build();
            if let Some(status) = status {
                *response.status_mut() = status;
            }
            response
        }
    })
}

/// The error that a bare HTTP status stands for, on the token endpoint or on an API.
pub(crate) fn for_status(status: StatusCode, token_endpoint: bool) -> Option<&'static str> {
    Some(match (status.as_u16(), token_endpoint) {
        (400, true) => "invalid_grant",
        (401, true) => "invalid_client",
        (500, true) => "internal_failure",
        (503, true) => "temporarily_unavailable",
        (400, false) => "invalid",
        (401, false) => "authError",
        (403, false) => "forbidden",
        (404, false) => "notFound",
        (409, false) => "duplicate",
        (410, false) => "deleted",
        (412, false) => "conditionNotMet",
        (413, false) => "uploadTooLarge",
        (429, _) => "concurrentLimit",
        (500, false) => "backendError",
        (502, _) => "badGateway",
        (503, false) => "serviceUnavailable",
        (504, _) => "gatewayTimeout",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_unique_and_answers_with_an_error() {
        let mut seen = std::collections::HashSet::new();
        for name in api_names().chain(push_names()).chain(token_names()) {
            assert!(seen.insert(name), "{name} twice");
            assert!(response(name, None).unwrap().status().as_u16() >= 400, "{name}");
            assert_eq!(
                response(name, Some(StatusCode::IM_A_TEAPOT)).unwrap().status(),
                StatusCode::IM_A_TEAPOT,
                "{name}"
            );
        }
    }

    #[test]
    fn a_bare_status_stands_for_an_error_of_that_status() {
        for code in [400, 401, 403, 404, 409, 410, 412, 413, 429, 500, 502, 503, 504] {
            let status = StatusCode::from_u16(code).unwrap();
            for token in [true, false] {
                if let Some(name) = for_status(status, token) {
                    assert_eq!(response(name, None).unwrap().status(), status, "{name}");
                }
            }
        }
    }
}
