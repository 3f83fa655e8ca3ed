//! The three shapes of Google's error bodies.

use serde_json::Value;
use url::Url;

use crate::google::error::ApiActivation;

/// Errors are small: whatever is longer than this is not one of Google's.
const PARSE_LIMIT: usize = 64 * 1024;

/// What an error body says, as far as it can be read.
#[derive(Debug)]
pub(super) enum Body {
    /// `{"error": {"code", "message", "errors", "status", "details"}}`, the APIs' own.
    Api(ApiBody),
    /// `{"error": "…", "error_description": "…"}`, the token endpoint's.
    OAuth(OAuthBody),
    /// An HTML page of a gateway or a proxy.
    Html,
    /// Plain text (some quota and proxy answers), or JSON of another shape.
    Text(String),
}

#[derive(Debug, Default)]
pub(super) struct ApiBody {
    pub(super) message: String,
    /// `errors[0].reason`
    pub(super) reason: String,
    /// `details[].reason` of the `google.rpc.ErrorInfo`
    pub(super) detail: String,
    pub(super) status: String,
    pub(super) activation: ApiActivation,
}

#[derive(Debug, Default)]
pub(super) struct OAuthBody {
    pub(super) error: String,
    pub(super) description: String,
    pub(super) subtype: String,
}

impl Body {
    pub(super) fn parse(text: &str) -> Self {
        let json = (text.len() <= PARSE_LIMIT)
            .then(|| serde_json::from_str::<Value>(text).ok())
            .flatten();
        match json.as_ref().and_then(|json| json.get("error")) {
            Some(error @ Value::Object(_)) => Self::Api(ApiBody::parse(error)),
            Some(Value::String(error)) => Self::OAuth(OAuthBody {
                error: error.clone(),
                description: string(json.as_ref(), "error_description"),
                subtype: string(json.as_ref(), "error_subtype"),
            }),
            _ if is_html(text) => Self::Html,
            _ => Self::Text(text.chars().take(1_000).collect()),
        }
    }

    /// What Google said, in words for a person.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Api(body) => {
                let reason = [&body.detail, &body.reason, &body.status]
                    .into_iter()
                    .find(|reason| !reason.is_empty());
                named(reason, &body.message)
            }
            Self::OAuth(body) => named(Some(&body.error), &body.description),
            Self::Html => "an HTML page".to_owned(),
            Self::Text(text) if text.trim().is_empty() => "an empty body".to_owned(),
            Self::Text(text) => text.clone(),
        }
    }
}

fn named(reason: Option<&String>, message: &str) -> String {
    match (reason, message) {
        (None, message) => message.to_owned(),
        (Some(reason), "") => reason.clone(),
        (Some(reason), message) => format!("{reason}: {message}"),
    }
}

impl ApiBody {
    fn parse(error: &Value) -> Self {
        let details = error.get("details").and_then(Value::as_array);
        let details = details.map(Vec::as_slice).unwrap_or_default();
        let info = details.iter().find(|detail| {
            string(Some(detail), "@type").ends_with("google.rpc.ErrorInfo")
                || (detail.get("reason").is_some() && detail.get("domain").is_some())
        });
        let message = string(Some(error), "message");
        Self {
            reason: string(error.pointer("/errors/0"), "reason"),
            detail: string(info, "reason"),
            status: string(Some(error), "status"),
            activation: activation(&message, info, details),
            message,
        }
    }
}

/// The project and the page where its API is switched on: newer answers say both in the `ErrorInfo`'s
/// metadata, older ones in a help link or only in the message.
fn activation(message: &str, info: Option<&Value>, details: &[Value]) -> ApiActivation {
    let metadata = info.and_then(|info| info.get("metadata"));
    let links = details
        .iter()
        .filter_map(|detail| detail.get("links")?.as_array())
        .flatten()
        .map(|link| string(Some(link), "url"));
    let url = std::iter::once(string(metadata, "activationUrl"))
        .chain(links)
        .chain(message.split_whitespace().map(str::to_owned))
        .find_map(|text| console_url(&text));
    let consumer = string(metadata, "consumer");
    let project = consumer
        .strip_prefix("projects/")
        .map(str::to_owned)
        .or_else(|| {
            let pair = url.as_ref()?.query_pairs().find(|(key, _)| key == "project")?;
            Some(pair.1.into_owned())
        })
        .filter(|project| is_project(project));
    ApiActivation { project, url }
}

/// Google's own console only: the link ends up in front of an administrator.
fn console_url(text: &str) -> Option<Url> {
    if text.len() > 512 || !text.starts_with("https://console.") {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let service = url
        .host_str()?
        .strip_prefix("console.")?
        .strip_suffix(".google.com")?;
    let plain = !service.is_empty()
        && !service.contains('.')
        && url.port().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    plain.then_some(url)
}

fn is_project(project: &str) -> bool {
    (1..=64).contains(&project.len())
        && project
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-.:".contains(c))
}

fn is_html(text: &str) -> bool {
    let start: String = text.trim_start().chars().take(15).collect();
    let start = start.to_ascii_lowercase();
    start.starts_with("<!doctype") || start.starts_with("<html") || start.starts_with("<head")
}

fn string(value: Option<&Value>, key: &str) -> String {
    value
        .and_then(|value| value.get(key)?.as_str())
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_googles_console_is_a_link() {
        for (text, good) in [
            ("https://console.developers.google.com/apis/api/x?project=1", true),
            ("https://console.cloud.google.com/apis", true),
            ("https://console.google.com/", false),
            ("https://console.evil.example/.google.com", false),
            ("https://console.a.b.google.com/", false),
            ("https://console.developers.google.com.evil.example/", false),
            ("https://console.x@evil.example/.google.com", false),
            ("https://console.developers.google.com:444/", false),
            ("http://console.developers.google.com/", false),
            ("javascript:alert(1)", false),
        ] {
            assert_eq!(console_url(text).is_some(), good, "{text}");
        }
    }

    #[test]
    fn any_shape_is_read() {
        for text in [
            "",
            "[]",
            "null",
            "{\"error\":null}",
            "{\"error\":{}}",
            "{\"error\":{\"errors\":{}}}",
            "\u{0}",
        ] {
            let body = Body::parse(text);
            assert!(!matches!(body, Body::OAuth(_)), "{text}");
        }
        assert!(matches!(Body::parse("\n <!DOCTYPE html><title>404"), Body::Html));
        assert!(matches!(Body::parse("<html>"), Body::Html));
    }
}
