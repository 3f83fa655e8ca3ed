//! One call of the Directory API, as axum hands it to the method that answers it.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;

use super::call::{Refused, check_customer};
use super::gate::{self, Caller};
use super::methods::Method;
use super::params::Params;
use crate::answers::ApiError;
use crate::mask::Mask;
use crate::schema::Resource;
use crate::workspace::Shared;

/// What was asked, and of which workspace.
pub(crate) struct Asked {
    pub(crate) workspace: Shared,
    pub(crate) params: Params,
    /// The path of the request, which its page tokens are good for.
    pub(crate) path: String,
    headers: HeaderMap,
}

impl FromRequestParts<Shared> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, workspace: &Shared) -> Result<Self, Infallible> {
        Ok(Self {
            workspace: Arc::clone(workspace),
            params: Params::parse(parts.uri.query()),
            path: parts.uri.path().to_owned(),
            headers: parts.headers.clone(),
        })
    }
}

impl Asked {
    /// Checks credentials and parameters: see [`gate::admit`].
    pub(crate) fn admit(&self, method: &Method) -> Result<Caller, ApiError> {
        gate::admit(&self.workspace, &self.headers, &self.params, method)
    }

    /// The same for a method that administrators of one customer may call, with the mask of what it answers.
    pub(crate) fn admit_to(
        &self,
        customer: &str,
        method: &Method,
        resource: &'static Resource,
    ) -> Result<Mask, ApiError> {
        let caller = self.admit(method)?;
        let mask = self.params.mask(resource)?;
        check_customer(customer, &caller, &self.workspace.directory())?;
        caller.require_admin()?;
        Ok(mask)
    }

    /// The HTTP answer.
    pub(crate) fn respond<E: Into<Refused>>(&self, answer: Result<Value, E>) -> Response {
        match answer {
            Ok(body) => self.params.answer(&body),
            Err(refused) => refused.into().into_response(),
        }
    }
}
