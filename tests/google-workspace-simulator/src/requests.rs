//! The log of requests that reached Google.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// How many requests are remembered; the oldest go first.
const CAPACITY: usize = 200_000;

/// One request that reached one of Google's paths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenRequest {
    /// The HTTP method.
    pub method: String,
    /// The path, as it was sent (percent-encoded).
    pub path: String,
    /// The query, as it was sent but without tokens; empty when there was none.
    pub query: String,
    /// The scopes of the request's access token; on the token endpoint, those that were granted.
    pub scopes: Vec<String>,
    /// The HTTP status of the answer; 0 when the connection was closed instead of an answer.
    pub status: u16,
}

/// Carries the scopes that the token endpoint granted to the log.
#[derive(Debug, Clone)]
pub(crate) struct SeenScopes(pub(crate) Vec<String>);

/// The last requests, oldest first.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    seen: VecDeque<SeenRequest>,
}

impl RequestLog {
    pub(crate) fn push(&mut self, request: SeenRequest) {
        if self.seen.len() == CAPACITY {
            self.seen.pop_front();
        }
        self.seen.push_back(request);
    }

    pub(crate) fn all(&self) -> Vec<SeenRequest> {
        self.seen.iter().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.seen.clear();
    }
}

/// A query string without the parameters that carry an access token.
pub(crate) fn without_tokens(query: &str) -> String {
    let secret = |pair: &&str| !pair.starts_with("access_token=") && !pair.starts_with("oauth_token=");
    query.split('&').filter(secret).collect::<Vec<_>>().join("&")
}
