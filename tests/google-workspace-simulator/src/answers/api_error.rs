//! Errors of Google's APIs: `{"error":{"code","message","errors":[...],"status","details"}}`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::response::api_response;

const REALM: &str = "Bearer realm=\"https://accounts.google.com/\"";
const CREDENTIALS_HELP: &str = "Expected OAuth 2 access token, login cookie or other valid authentication credential. \
    See https://developers.google.com/identity/sign-in/web/devconsole-project.";

/// An error answer of an API, complete with its body and headers.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    status: StatusCode,
    error: Map<String, Value>,
    www_authenticate: Option<String>,
}

impl ApiError {
    /// A classic Directory error: a message and a reason of the `global` domain, no `status`.
    pub(crate) fn classic(status: StatusCode, message: &str, reason: &str) -> Self {
        Self::new(
            status,
            message,
            json!([{ "message": message, "domain": "global", "reason": reason }]),
        )
    }

    fn new(status: StatusCode, message: &str, errors: Value) -> Self {
        let mut made = Self {
            status,
            error: Map::new(),
            www_authenticate: None,
        };
        made.error.insert("code".to_owned(), status.as_u16().into());
        made.error.insert("message".to_owned(), message.into());
        made.error.insert("errors".to_owned(), errors);
        made
    }

    /// A newer service's error: a canonical status and no `errors` list.
    pub(crate) fn grpc(status: StatusCode, message: &str, canonical: &str) -> Self {
        let mut made = Self::new(status, message, Value::Null).with_status(canonical);
        made.error.remove("errors");
        made
    }

    /// Adds the canonical status to a classic error.
    pub(crate) fn with_status(mut self, canonical: &str) -> Self {
        self.error.insert("status".to_owned(), canonical.into());
        self
    }

    /// Puts the first entry of `errors` into another domain than `global`.
    pub(crate) fn in_domain(mut self, domain: &str) -> Self {
        self.set_in_first("domain", domain);
        self
    }

    /// Says which parameter or header the error is about.
    pub(crate) fn at(mut self, location_type: &str, location: &str) -> Self {
        self.set_in_first("location", location);
        self.set_in_first("locationType", location_type);
        self
    }

    fn set_in_first(&mut self, key: &str, value: &str) {
        if let Some(Value::Object(first)) = self.error.get_mut("errors").and_then(|errors| errors.get_mut(0))
        {
            first.insert(key.to_owned(), value.into());
        }
    }

    fn details(mut self, details: Value) -> Self {
        self.error.insert("details".to_owned(), details);
        self
    }

    fn authenticate(mut self, challenge: &str) -> Self {
        self.www_authenticate = Some(format!("{REALM}{challenge}"));
        self
    }

    /// 400 for a bad parameter.
    pub(crate) fn invalid_input() -> Self {
        Self::classic(StatusCode::BAD_REQUEST, "Invalid Input", "invalid")
    }

    /// 400 with a message of its own.
    pub(crate) fn invalid(message: &str) -> Self {
        Self::classic(StatusCode::BAD_REQUEST, message, "invalid")
    }

    /// 403 for a caller who is no administrator, and for other tenants.
    pub(crate) fn forbidden() -> Self {
        Self::classic(
            StatusCode::FORBIDDEN,
            "Not Authorized to access this resource/api",
            "forbidden",
        )
    }

    /// 404 for an object that does not exist.
    pub(crate) fn not_found(message: &str) -> Self {
        Self::classic(StatusCode::NOT_FOUND, message, "notFound")
    }

    /// 401 without any credential. `method` is the full gRPC name of the called method.
    pub(crate) fn login_required(method: &str) -> Self {
        let message = format!("Request is missing required authentication credential. {CREDENTIALS_HELP}");
        let errors = json!([{ "message": "Login Required.", "domain": "global", "reason": "required",
            "location": "Authorization", "locationType": "header" }]);
        Self::new(StatusCode::UNAUTHORIZED, &message, errors)
            .with_status("UNAUTHENTICATED")
            .details(json!([error_info(
                "CREDENTIALS_MISSING",
                &json!({ "method": method, "service": "admin.googleapis.com" })
            )]))
            .authenticate("")
    }

    /// 401 with a token that is unknown, revoked or expired.
    pub(crate) fn invalid_credentials() -> Self {
        let message = format!("Request had invalid authentication credentials. {CREDENTIALS_HELP}");
        let errors = json!([{ "message": "Invalid Credentials", "domain": "global", "reason": "authError",
            "location": "Authorization", "locationType": "header" }]);
        Self::new(StatusCode::UNAUTHORIZED, &message, errors)
            .with_status("UNAUTHENTICATED")
            .authenticate(", error=\"invalid_token\"")
    }

    /// 403 for a token without any of the scopes that the method accepts.
    pub(crate) fn insufficient_scope(method: &str, accepted: &[&str]) -> Self {
        let errors = json!([{ "message": "Insufficient Permission", "domain": "global", "reason": "insufficientPermissions" }]);
        Self::new(
            StatusCode::FORBIDDEN,
            "Request had insufficient authentication scopes.",
            errors,
        )
        .with_status("PERMISSION_DENIED")
        .details(json!([error_info(
            "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
            &json!({ "service": "admin.googleapis.com", "method": method })
        )]))
        .authenticate(&format!(
            ", error=\"insufficient_scope\", scope=\"{}\"",
            accepted.join(" ")
        ))
    }

    /// 403 when the Admin SDK is not enabled in the caller's project (by number).
    pub(crate) fn api_disabled(project: &str) -> Self {
        let url = format!(
            "https://console.developers.google.com/apis/api/admin.googleapis.com/overview?project={project}"
        );
        let message = format!(
            "Admin SDK API has not been used in project {project} before or it is disabled. Enable it by visiting {url} \
             then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems \
             and retry."
        );
        let errors = json!([{ "message": message, "domain": "usageLimits", "reason": "accessNotConfigured",
            "extendedHelp": "https://console.developers.google.com" }]);
        Self::new(StatusCode::FORBIDDEN, &message, errors)
            .with_status("PERMISSION_DENIED")
            .details(json!([
                { "@type": "type.googleapis.com/google.rpc.Help",
                  "links": [{ "description": "Google developers console API activation", "url": url }] },
                error_info("SERVICE_DISABLED",
                    &json!({ "service": "admin.googleapis.com", "consumer": format!("projects/{project}") })),
            ]))
    }
}

fn error_info(reason: &str, metadata: &Value) -> Value {
    json!({ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com",
        "metadata": metadata })
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = api_response(self.status, &json!({ "error": self.error }), true);
        if let Some(challenge) = self
            .www_authenticate
            .and_then(|text| HeaderValue::from_str(&text).ok())
        {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
