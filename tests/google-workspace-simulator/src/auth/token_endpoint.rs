//! `POST /token` with the jwt-bearer grant.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::json;

use super::assertion::{self, Assertion, Expected};
use super::{TOKEN_SECONDS, scopes};
use crate::answers::TokenError;
use crate::answers::token_error::token_response;
use crate::clock::lock;
use crate::requests::SeenScopes;
use crate::workspace::{Shared, Workspace};

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Answers a token request.
pub(crate) async fn token(State(workspace): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&body).into_owned().collect();
    let field = |name: &str| {
        form.iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.as_str())
    };
    let grant_type = field("grant_type");
    if grant_type != JWT_BEARER {
        let description = format!("Invalid grant_type: {grant_type}");
        return TokenError::new("unsupported_grant_type", &description).into_response();
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let own_audiences = [
        format!("{}/token", workspace.origin),
        format!("http://{host}/token"),
        format!("https://{host}/token"),
    ];
    let expected = Expected {
        account: &|email| workspace.service_account(email),
        own_audiences: &own_audiences,
        now: Timestamp::now().as_second(),
    };
    match assertion::check(field("assertion"), &expected) {
        Ok(assertion) => grant(&workspace, assertion).unwrap_or_else(IntoResponse::into_response),
        Err(error) => error.into_response(),
    }
}

/// Decides on a good assertion: delegation, or the account's own rights.
fn grant(workspace: &Workspace, assertion: Assertion) -> Result<Response, TokenError> {
    let Assertion {
        account,
        subject,
        scopes,
        ..
    } = assertion;
    let subject = match subject {
        Some(subject) => {
            // Registration is per domain of the subject, so that a foreign domain is told first.
            let id = workspace.directory().subject(&subject)?;
            check_delegation(&account.delegated_scopes, &scopes)?;
            Some(id.ok_or_else(|| TokenError::invalid_grant("Invalid email or User ID"))?)
        }
        None if !scopes.iter().all(|scope| scopes::recognised(scope)) => {
            let id_token = workspace.id_token(&account, &scopes.join(" "))?;
            return Ok(token_response(StatusCode::OK, &json!({ "id_token": id_token })));
        }
        None => None,
    };
    let seen = Extension(SeenScopes(scopes.clone()));
    let token = lock(&workspace.tokens).issue(account, subject, scopes, workspace.clock.now());
    let body = json!({ "access_token": token, "expires_in": TOKEN_SECONDS, "token_type": "Bearer" });
    Ok((seen, token_response(StatusCode::OK, &body)).into_response())
}

/// Every asked scope must be registered, exactly as written: a read-only scope is not implied by its parent.
fn check_delegation(registered: &[String], asked: &[String]) -> Result<(), TokenError> {
    if !asked.iter().any(|scope| registered.contains(scope)) {
        return Err(TokenError::client_unauthorized());
    }
    if !asked.iter().all(|scope| registered.contains(scope)) {
        return Err(TokenError::new(
            "access_denied",
            "Requested client not authorized",
        ));
    }
    Ok(())
}
