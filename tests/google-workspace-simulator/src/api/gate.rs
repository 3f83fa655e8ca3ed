//! What every Directory call passes first: credentials, scope, the API switch.

use axum::http::{HeaderMap, header};
use jiff::Timestamp;

use super::methods::Method;
use super::params::Params;
use crate::answers::ApiError;
use crate::auth::{Grant, assertion};
use crate::clock::lock;
use crate::workspace::{ADMIN_API, Workspace};

/// Who calls.
#[derive(Debug)]
pub(crate) struct Caller {
    /// The client id of the service account, which is the OAuth client.
    pub(crate) client_id: String,
    /// The number of the caller's Cloud project.
    pub(crate) project: String,
    /// The id of the person in whose name the account calls; nothing when it acts for nobody but itself.
    pub(crate) subject: Option<String>,
    /// May read as an administrator.
    pub(crate) admin: bool,
}

impl Caller {
    /// A service account that acts for nobody but itself.
    pub(crate) fn as_itself(&self) -> bool {
        self.subject.is_none()
    }

    /// Lets administrators pass.
    pub(crate) fn require_admin(&self) -> Result<(), ApiError> {
        if self.admin {
            Ok(())
        } else {
            Err(ApiError::forbidden())
        }
    }
}

/// Checks the credentials of a call: 401 without a good token, 403 without a fitting scope, 403 when the API is disabled.
/// Then its parameters: those that every call takes, and that there are no others, if that matters.
pub(crate) fn admit(
    workspace: &Workspace,
    headers: &HeaderMap,
    params: &Params,
    method: &Method,
) -> Result<Caller, ApiError> {
    let full_name = format!("ccc.hosted.frontend.directory.v1.{}", method.name);
    let token = bearer(headers, params).ok_or_else(|| ApiError::login_required(&full_name))?;
    let grant = find_grant(workspace, token).ok_or_else(ApiError::invalid_credentials)?;
    if !grant.allows(method.scopes) {
        return Err(ApiError::insufficient_scope(&full_name, method.scopes));
    }
    if !workspace.api_enabled(ADMIN_API) {
        return Err(ApiError::api_disabled(grant.project_number()));
    }
    let admin = match &grant.subject {
        // The role is looked up now and not when the token was issued: Google applies a changed role at once.
        None => {
            let account = workspace.service_account(&grant.account.client_email);
            account.is_some_and(|account| account.admin_role)
        }
        Some(subject) => match workspace.directory().find(subject) {
            Some(user) if !user.flag("suspended") => user.flag("isAdmin") || user.flag("isDelegatedAdmin"),
            _ => return Err(ApiError::invalid_credentials()),
        },
    };
    params.check(method.parameters, workspace.switches().strict)?;
    Ok(Caller {
        client_id: grant.account.client_id.clone(),
        project: grant.project_number().to_owned(),
        subject: grant.subject,
        admin,
    })
}

/// The scopes of the request's token, for the log.
pub(crate) fn scopes(workspace: &Workspace, headers: &HeaderMap, params: &Params) -> Vec<String> {
    let grant = bearer(headers, params).and_then(|token| find_grant(workspace, token));
    grant.and_then(|grant| grant.scopes).unwrap_or_default()
}

fn find_grant(workspace: &Workspace, token: &str) -> Option<Grant> {
    let issued = lock(&workspace.tokens)
        .find(token, workspace.clock.now())
        .cloned();
    if issued.is_some() || workspace.switches().refuse_self_signed_tokens {
        return issued;
    }
    let now = Timestamp::now().as_second();
    assertion::self_signed(token, |email| workspace.service_account(email), now).map(Grant::self_signed)
}

fn bearer<'a>(headers: &'a HeaderMap, params: &'a Params) -> Option<&'a str> {
    let header = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let in_header = header.and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    in_header
        .or_else(|| params.get("access_token"))
        .or_else(|| params.get("oauth_token"))
}
