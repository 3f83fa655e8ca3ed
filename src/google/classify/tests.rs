//! One row for each documented or recorded answer.

use super::*;
use crate::google::error::{Cause, Class};

fn body(code: u16, reason: &str, message: &str) -> String {
    let item = serde_json::json!({"message": message, "domain": "global", "reason": reason});
    serde_json::json!({"error": {"code": code, "message": message, "errors": [item]}}).to_string()
}

fn rpc(code: u16, status: &str, message: &str) -> String {
    serde_json::json!({"error": {"code": code, "message": message, "status": status}}).to_string()
}

const HTML: &str = "<!DOCTYPE html>\n<html lang=en><title>Error (Not Found)!!1</title><p>The requested URL";

const SCOPE: &str = r#"{"error":{"code":403,"message":"Request had insufficient authentication scopes.","errors":[{"message":"Insufficient Permission","domain":"global","reason":"insufficientPermissions"}],"status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT","domain":"googleapis.com","metadata":{"service":"admin.googleapis.com","method":"ccc.hosted.frontend.directory.v1.DirectoryUsers.List"}}]}}"#;

const DISABLED: &str = r#"{"error":{"code":403,"message":"Admin SDK API has not been used in project 123456 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/admin.googleapis.com/overview?project=123456 then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.","errors":[{"message":"<same>","domain":"usageLimits","reason":"accessNotConfigured","extendedHelp":"https://console.developers.google.com"}],"status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.Help","links":[{"description":"Google developers console API activation","url":"https://console.developers.google.com/apis/api/admin.googleapis.com/overview?project=123456"}]},{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SERVICE_DISABLED","domain":"googleapis.com","metadata":{"service":"admin.googleapis.com","consumer":"projects/123456"}}]}}"#;

const MISSING: &str = r#"{"error":{"code":401,"message":"Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential.","errors":[{"message":"Login Required.","domain":"global","reason":"required","location":"Authorization","locationType":"header"}],"status":"UNAUTHENTICATED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"CREDENTIALS_MISSING","domain":"googleapis.com","metadata":{"method":"ccc.hosted.frontend.directory.v1.DirectoryUsers.List"}}]}}"#;

const EXPIRED: &str = r#"{"error":{"code":401,"message":"Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.","errors":[{"message":"Invalid Credentials","domain":"global","reason":"authError","location":"Authorization","locationType":"header"}],"status":"UNAUTHENTICATED"}}"#;

#[test]
#[rustfmt::skip]
fn directory_answers() {
    use Cause as C;
    use Class as K;
    const PER_USER: &str = "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service 'admin.googleapis.com' for consumer 'project_number:1'";
    let table: Vec<(u16, String, Class, Cause)> = vec![
        (400, body(400, "badRequest", "Bad Request"), K::BadRequest, C::Unexpected),
        (400, body(400, "invalid", "Invalid Input"), K::BadRequest, C::Unexpected),
        (400, body(400, "invalid", "Invalid Input: memberKey"), K::BadRequest, C::Unexpected),
        (400, body(400, "invalid", "Invalid Input: INVALID_OU_ID"), K::BadRequest, C::Unexpected),
        (400, body(400, "invalid", "Invalid Customer Id"), K::BadRequest, C::WrongDomain),
        (400, body(400, "invalid", "Invalid query"), K::BadRequest, C::Unexpected),
        (400, body(400, "invalid", "Invalid value"), K::BadRequest, C::Unexpected),
        (400, body(400, "invalid", "Invalid field selection photo"), K::BadRequest, C::Unexpected),
        (400, body(400, "badRequest", "Type not supported: userKey"), K::BadRequest, C::Unexpected),
        (400, body(400, "invalid", "A system error has occurred"), K::Transient, C::GoogleUnavailable),
        (400, body(400, "failedPrecondition", "Precondition check failed."), K::Transient, C::GoogleUnavailable),
        (400, rpc(400, "FAILED_PRECONDITION", "Precondition check failed."), K::Transient, C::GoogleUnavailable),
        (400, HTML.to_owned(), K::BadRequest, C::Unexpected),
        (401, MISSING.to_owned(), K::Transient, C::TokenRejected),
        (401, body(401, "required", "Login Required"), K::Transient, C::TokenRejected),
        (401, EXPIRED.to_owned(), K::AuthExpired, C::TokenRejected),
        (401, body(401, "authError", "Invalid Credentials"), K::AuthExpired, C::TokenRejected),
        (401, String::new(), K::AuthExpired, C::TokenRejected),
        (403, SCOPE.to_owned(), K::Misconfigured, C::DelegationScopesMissing),
        (403, DISABLED.to_owned(), K::Misconfigured, C::AdminSdkApiDisabled),
        (403, body(403, "accessNotConfigured", "Access Not Configured."), K::Misconfigured, C::AdminSdkApiDisabled),
        (403, body(403, "insufficientPermissions", "Insufficient Permission"), K::Misconfigured, C::DelegationScopesMissing),
        (403, body(403, "forbidden", "Not Authorized to access this resource/api"), K::Misconfigured, C::InsufficientAdminRole),
        (403, rpc(403, "PERMISSION_DENIED", "The caller does not have permission"), K::Misconfigured, C::InsufficientAdminRole),
        (403, body(403, "domainCannotUseApis", "Domain cannot use apis."), K::Misconfigured, C::WrongDomain),
        (403, body(403, "forbidden", "Invalid domain."), K::Misconfigured, C::WrongDomain),
        (403, body(403, "domainPolicy", "The domain administrators have disabled Gmail apps."), K::Misconfigured, C::AdminPolicyEnforced),
        (403, body(403, "quotaExceeded", "Request rate higher than configured."), K::RateLimited, C::RateLimited),
        (403, "Request rate higher than configured.".to_owned(), K::RateLimited, C::RateLimited),
        (403, "Quota exceeded for this project".to_owned(), K::RateLimited, C::RateLimited),
        (403, body(403, "rateLimitExceeded", PER_USER), K::RateLimited, C::RateLimited),
        (403, body(403, "userRateLimitExceeded", "User Rate Limit Exceeded"), K::RateLimited, C::RateLimited),
        (403, body(403, "sharingRateLimitExceeded", "Rate Limit Exceeded"), K::RateLimited, C::RateLimited),
        (403, rpc(403, "RESOURCE_EXHAUSTED", "Quota"), K::RateLimited, C::RateLimited),
        (403, body(403, "dailyLimitExceeded", "Daily Limit Exceeded"), K::QuotaExhausted, C::RateLimited),
        (403, HTML.to_owned(), K::Misconfigured, C::Unexpected),
        (403, body(403, "brandNew", "quota of patience"), K::Misconfigured, C::Unexpected),
        (404, body(404, "notFound", "Resource Not Found: userKey"), K::NotFound, C::NotFound),
        (404, body(404, "notFound", "Not Found"), K::NotFound, C::NotFound),
        (404, body(404, "notFound", "Resource Not Found: domain"), K::NotFound, C::WrongDomain),
        (404, body(404, "notFound", "Domain not found"), K::NotFound, C::WrongDomain),
        (404, body(404, "notFound", "Domain not found."), K::NotFound, C::WrongDomain),
        (404, body(404, "notFound", "Customer doesn't exist"), K::NotFound, C::WrongDomain),
        (404, rpc(404, "NOT_FOUND", "Requested entity was not found."), K::NotFound, C::NotFound),
        (404, HTML.to_owned(), K::BadRequest, C::Unexpected),
        (404, String::new(), K::BadRequest, C::Unexpected),
        (408, String::new(), K::Transient, C::GoogleUnavailable),
        (409, body(409, "duplicate", "Entity already exists."), K::BadRequest, C::Unexpected),
        (412, body(412, "conditionNotMet", "Precondition Failed"), K::BadRequest, C::Unexpected),
        (413, HTML.to_owned(), K::BadRequest, C::Unexpected),
        (429, body(429, "rateLimitExceeded", "Rate Limit Exceeded"), K::RateLimited, C::RateLimited),
        (429, rpc(429, "RESOURCE_EXHAUSTED", "Quota exceeded"), K::RateLimited, C::RateLimited),
        (429, "Too many".to_owned(), K::RateLimited, C::RateLimited),
        (429, HTML.to_owned(), K::RateLimited, C::RateLimited),
        (500, body(500, "backendError", "Backend Error"), K::Transient, C::GoogleUnavailable),
        (500, rpc(500, "INTERNAL", "Internal error encountered."), K::Transient, C::GoogleUnavailable),
        (500, rpc(500, "UNKNOWN", "Unknown Error."), K::Transient, C::GoogleUnavailable),
        (502, HTML.to_owned(), K::Transient, C::GoogleUnavailable),
        (503, body(503, "backendError", "Service unavailable. Please try again"), K::Transient, C::GoogleUnavailable),
        (503, rpc(503, "UNAVAILABLE", "The service is currently unavailable."), K::Transient, C::GoogleUnavailable),
        (504, "Gateway Timeout".to_owned(), K::Transient, C::GoogleUnavailable),
        (302, String::new(), K::BadRequest, C::Unexpected),
        (204, String::new(), K::BadRequest, C::Unexpected),
    ];
    for (status, text, class, cause) in table {
        let error = api(status, &text, Asked::default());
        assert_eq!((error.class(), error.cause()), (class, cause), "{status} {text}");
        assert_eq!(error.status(), Some(status));
        assert_eq!(error.activation().is_some(), cause == C::AdminSdkApiDisabled);
    }
}

#[test]
fn my_customer_depends_on_who_asked() {
    let asked = Asked {
        my_customer_as_itself: true,
        ..Asked::default()
    };
    let error = api(400, &body(400, "invalid", "Invalid Input"), asked);
    assert_eq!(
        (error.class(), error.cause()),
        (Class::Misconfigured, Cause::MyCustomerNotAllowed)
    );
    let error = api(400, &body(400, "invalid", "Invalid value"), asked);
    assert_eq!(error.cause(), Cause::Unexpected);
}

#[test]
fn a_disabled_api_says_where_to_enable_it() {
    const PAGE: &str =
        "https://console.developers.google.com/apis/api/admin.googleapis.com/overview?project=123456";
    let error = api(403, DISABLED, Asked::default());
    let activation = error.activation().unwrap();
    assert_eq!(activation.project.as_deref(), Some("123456"));
    assert_eq!(activation.url.as_ref().unwrap().as_str(), PAGE);
    assert!(!error.to_string().contains('?'), "{error}");

    // Only the message says it.
    let text = format!("It is disabled. Enable it by visiting {PAGE} then retry.");
    let error = api(403, &body(403, "accessNotConfigured", &text), Asked::default());
    let activation = error.activation().unwrap();
    assert_eq!(activation.project.as_deref(), Some("123456"));
    assert_eq!(activation.url.as_ref().unwrap().as_str(), PAGE);

    // The newer form, and a link that is not Google's.
    let text = serde_json::json!({"error": {"code": 403, "message": "x", "status": "PERMISSION_DENIED", "details": [
        {"@type": "type.googleapis.com/google.rpc.LocalizedMessage", "locale": "en"},
        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED", "domain": "googleapis.com",
         "metadata": {"consumer": "projects/7 7", "activationUrl": "https://console.example.com/?project=7"}}]}});
    let error = api(403, &text.to_string(), Asked::default());
    assert_eq!(error.cause(), Cause::AdminSdkApiDisabled);
    assert_eq!(error.activation(), Some(&crate::google::ApiActivation::default()));
}

#[test]
fn a_group_that_cannot_be_read_is_told_apart() {
    const WORDS: &str = "Not Authorized to access this resource/api";
    let asked = Asked {
        members: true,
        ..Asked::default()
    };
    for (text, cause) in [
        (body(403, "forbidden", WORDS), Cause::GroupNotReadable),
        (SCOPE.to_owned(), Cause::DelegationScopesMissing),
        (DISABLED.to_owned(), Cause::AdminSdkApiDisabled),
        (body(403, "forbidden", "Invalid domain."), Cause::WrongDomain),
        (
            rpc(403, "PERMISSION_DENIED", "The caller does not have permission"),
            Cause::InsufficientAdminRole,
        ),
        (
            body(403, "quotaExceeded", "Request rate higher than configured."),
            Cause::RateLimited,
        ),
        (HTML.to_owned(), Cause::Unexpected),
    ] {
        assert_eq!(api(403, &text, asked).cause(), cause, "{text}");
    }
    assert_eq!(
        api(403, &body(403, "forbidden", WORDS), Asked::default()).cause(),
        Cause::InsufficientAdminRole
    );
}

#[test]
fn channels_fail_for_reasons_of_their_own() {
    for status in [400, 401, 403] {
        for (reason, message, class, cause) in [
            (
                "push.webhookUrlNotHttps",
                "WebHook callback must be HTTPS: http://x",
                Class::Misconfigured,
                Cause::WebhookNotHttps,
            ),
            (
                "push.webhookUrlUnauthorized",
                "Unauthorized WebHook callback channel: https://x",
                Class::Misconfigured,
                Cause::WebhookUnauthorized,
            ),
            (
                "channelIdNotUnique",
                "Channel id X not unique",
                Class::BadRequest,
                Cause::ChannelIdNotUnique,
            ),
        ] {
            let error = api(status, &body(status, reason, message), Asked::default());
            assert_eq!(
                (error.class(), error.cause()),
                (class, cause),
                "{status} {reason}"
            );
        }
    }
    let error = api(503, &body(503, "channelIdNotUnique", "x"), Asked::default());
    assert_eq!(error.class(), Class::Transient);
}

#[test]
fn an_address_that_is_no_persons() {
    assert!(says_no_user(&body(
        400,
        "badRequest",
        "Type not supported: userKey"
    )));
    for text in [
        body(400, "badRequest", "Bad Request"),
        HTML.to_owned(),
        String::new(),
    ] {
        assert!(!says_no_user(&text), "{text}");
    }
}

#[test]
fn only_googles_own_words_prove_absence() {
    assert!(says_gone(
        &body(404, "notFound", "Resource Not Found: userKey"),
        "userKey"
    ));
    for text in [
        HTML.to_owned(),
        String::new(),
        "Resource Not Found: userKey".to_owned(),
        body(404, "notFound", "Not Found"),
        body(404, "notFound", "Resource Not Found: domain"),
        body(404, "invalid", "Resource Not Found: userKey"),
        rpc(404, "NOT_FOUND", "Resource Not Found: userKey"),
        r#"{"error":"notFound","error_description":"Resource Not Found: userKey"}"#.to_owned(),
    ] {
        assert!(!says_gone(&text, "userKey"), "{text}");
    }
}

#[test]
#[rustfmt::skip]
fn token_answers() {
    use Cause as C;
    use Class as K;
    const WINDOW: &str = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.";
    const UNAUTHORIZED: &str = "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.";
    let table: &[(u16, &str, &str, Class, Cause)] = &[
        // The order of checks of the jwt-bearer grant.
        (400, "unsupported_grant_type", "Invalid grant_type: x", K::BadRequest, C::Unexpected),
        (400, "invalid_request", "Bad Request", K::BadRequest, C::Unexpected),
        (400, "invalid_grant", "Invalid JWT Signature.", K::Reauth, C::InvalidKey),
        (400, "invalid_grant", "Invalid grant: account not found", K::Reauth, C::InvalidKey),
        (400, "invalid_grant", "Invalid JWT: iat (issued at) is not set.", K::Reauth, C::Unexpected),
        (400, "invalid_grant", WINDOW, K::Reauth, C::ClockSkew),
        (400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.", K::BadRequest, C::Unexpected),
        (400, "invalid_grant", "Invalid JWT: Failed audience check.", K::Reauth, C::Unexpected),
        // Delegation.
        (401, "unauthorized_client", "Unauthorized client or scope in request.", K::Misconfigured, C::DelegationScopesMissing),
        (401, "unauthorized_client", UNAUTHORIZED, K::Misconfigured, C::DelegationScopesMissing),
        (403, "access_denied", "Requested client not authorized.", K::Misconfigured, C::DelegationScopesMissing),
        (400, "access_denied", "Account restricted", K::Misconfigured, C::InvalidSubject),
        (400, "admin_policy_enforced", "", K::Misconfigured, C::AdminPolicyEnforced),
        (400, "invalid_grant", "Invalid email or User ID", K::Reauth, C::InvalidSubject),
        (400, "invalid_grant", "Not a valid email", K::Reauth, C::InvalidSubject),
        (400, "invalid_request", "Invalid impersonation &quot;sub&quot; field: ana", K::BadRequest, C::InvalidSubject),
        (400, "invalid_request", "Invalid impersonation prn email address", K::BadRequest, C::InvalidSubject),
        (401, "disabled_client", "The OAuth client was disabled.", K::Misconfigured, C::InvalidKey),
        (401, "deleted_client", "The OAuth client was deleted.", K::Misconfigured, C::InvalidKey),
        (403, "org_internal", "This client is restricted to users within its organization.", K::Misconfigured, C::AdminPolicyEnforced),
        (400, "invalid_account", "Forbidden", K::Misconfigured, C::InvalidSubject),
        // The endpoint in general.
        (400, "invalid_grant", "Bad Request", K::Reauth, C::TokenRejected),
        (400, "invalid_grant", "Token has been expired or revoked.", K::Reauth, C::TokenRejected),
        (400, "invalid_grant", "The account has been deleted", K::Reauth, C::InvalidSubject),
        (401, "invalid_client", "The OAuth client was not found.", K::Misconfigured, C::InvalidKey),
        (401, "invalid_client", "Unauthorized", K::Misconfigured, C::InvalidKey),
        (400, "internal_failure", "Backend Error", K::Transient, C::GoogleUnavailable),
        (500, "internal_failure", "Backend Error", K::Transient, C::GoogleUnavailable),
        (400, "server_error", "", K::Transient, C::GoogleUnavailable),
        (503, "temporarily_unavailable", "", K::Transient, C::GoogleUnavailable),
        (503, "invalid_grant", "", K::Transient, C::GoogleUnavailable),
        (429, "rate_limited", "", K::RateLimited, C::RateLimited),
    ];
    for (status, error, description, class, cause) in table {
        let text = serde_json::json!({"error": error, "error_description": description});
        let error = token(*status, &text.to_string(), true);
        assert_eq!(
            (error.class(), error.cause()),
            (*class, *cause),
            "{status} {text}"
        );
        assert_eq!(error.status(), Some(*status));
    }
}

#[test]
fn token_answers_without_a_subject_blame_the_account() {
    for (error, description) in [
        ("invalid_account", "Forbidden"),
        ("invalid_grant", "The account has been deleted"),
        ("access_denied", "Account restricted"),
    ] {
        let text = serde_json::json!({"error": error, "error_description": description});
        assert_eq!(
            token(400, &text.to_string(), false).cause(),
            Cause::InvalidKey,
            "{text}"
        );
    }
}

#[test]
fn token_answers_in_other_shapes() {
    let rapt = r#"{"error":"invalid_grant","error_description":"reauth related error (invalid_rapt)","error_uri":"https://support.google.com/a/answer/9368756","error_subtype":"invalid_rapt"}"#;
    assert_eq!(token(400, rapt, true).class(), Class::Reauth);
    assert_eq!(token(400, rapt, true).cause(), Cause::TokenRejected);
    for (status, class, cause) in [
        (502, Class::Transient, Cause::GoogleUnavailable),
        (408, Class::Transient, Cause::GoogleUnavailable),
        (429, Class::RateLimited, Cause::RateLimited),
        (404, Class::BadRequest, Cause::Unexpected),
        (401, Class::Misconfigured, Cause::Unexpected),
    ] {
        let error = token(status, HTML, true);
        assert_eq!((error.class(), error.cause()), (class, cause), "{status}");
    }
}

#[test]
fn messages_say_what_google_said() {
    let error = api(
        403,
        &body(403, "forbidden", "Not Authorized to access this resource/api"),
        Asked::default(),
    );
    assert_eq!(
        error.to_string(),
        "Google's Directory API answered 403: forbidden: Not Authorized to access this resource/api"
    );
    assert_eq!(
        api(404, HTML, Asked::default()).to_string(),
        "Google's Directory API answered 404: an HTML page"
    );
    assert_eq!(
        token(500, "", true).to_string(),
        "Google's token endpoint answered 500: an empty body"
    );
}
