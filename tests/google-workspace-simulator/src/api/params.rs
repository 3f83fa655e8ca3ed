//! Query parameters: those that every call takes, and the refusal of unknown ones.

use axum::http::StatusCode;
use serde_json::Value;

use crate::answers::ApiError;
use crate::answers::response::api_response;
use crate::mask::{InvalidSelection, Mask};
use crate::schema::Resource;

/// Parameters of every call, from the discovery document.
pub(crate) const STANDARD: &[&str] = &[
    "$.xgafv",
    "access_token",
    "alt",
    "callback",
    "fields",
    "key",
    "oauth_token",
    "prettyPrint",
    "quotaUser",
    "uploadType",
    "upload_protocol",
];

/// The decoded query of one request.
#[derive(Debug, Default)]
pub(crate) struct Params {
    pairs: Vec<(String, String)>,
}

impl Params {
    /// Decodes a query string; `+` and `%20` are both a space.
    pub(crate) fn parse(query: Option<&str>) -> Self {
        Self {
            pairs: url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
                .into_owned()
                .collect(),
        }
    }

    /// A parameter's value; the first one when it is repeated.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The token of the page that is asked for. An empty one is none, unless it is `strict`.
    pub(crate) fn page_token(&self, strict: bool) -> Option<&str> {
        self.get("pageToken").filter(|token| strict || !token.is_empty())
    }

    /// The method's own parameters in order, without those of every call and the page token.
    pub(crate) fn own(&self) -> Vec<(&str, &str)> {
        let pairs = self
            .pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let mut own: Vec<_> = pairs
            .filter(|(name, _)| *name != "pageToken" && !STANDARD.contains(name))
            .collect();
        own.sort_unstable();
        own
    }

    /// Refuses bad values of the parameters that every call takes and, if it is `strict`, those that the method does not have.
    pub(crate) fn check(&self, own: &[&str], strict: bool) -> Result<(), ApiError> {
        let unknown = self
            .pairs
            .iter()
            .filter(|_| strict)
            .find(|(name, _)| !own.contains(&name.as_str()) && !STANDARD.contains(&name.as_str()));
        if let Some((name, _)) = unknown {
            let message = format!(
                "Invalid JSON payload received. Unknown name \"{name}\": Cannot bind query parameter. Field '{name}' could \
                 not be found in request message."
            );
            return Err(ApiError::invalid(&message).with_status("INVALID_ARGUMENT"));
        }
        let json = self.get("alt").is_none_or(|alt| alt == "json");
        let quota_user = self
            .get("quotaUser")
            .is_none_or(|user| user.chars().count() <= 40);
        if json && quota_user {
            Ok(())
        } else {
            Err(ApiError::invalid_input())
        }
    }

    /// A parameter that must be one of a few words; nothing when it is absent.
    pub(crate) fn one_of<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<Option<T>, ApiError> {
        let Some(given) = self.get(name) else {
            return Ok(None);
        };
        let found = words
            .iter()
            .find(|(word, _)| *word == given)
            .map(|(_, value)| *value);
        found.map(Some).ok_or_else(ApiError::invalid_input)
    }

    /// The `fields` mask, checked against the resource that the method answers with.
    pub(crate) fn mask(&self, resource: &'static Resource) -> Result<Mask, ApiError> {
        match self.get("fields") {
            None | Some("") => Ok(Mask::All),
            Some(text) => Mask::parse(text, resource).map_err(|InvalidSelection(part)| {
                ApiError::invalid(&format!("Invalid field selection {part}")).at("parameter", "fields")
            }),
        }
    }

    /// A good answer; pretty-printed unless the caller declines, as Google does.
    pub(crate) fn answer(&self, body: &Value) -> axum::response::Response {
        api_response(StatusCode::OK, body, self.get("prettyPrint") != Some("false"))
    }
}
