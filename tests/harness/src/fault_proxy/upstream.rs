//! The API server behind the proxy.

use std::path::Path;

use anyhow::Context as _;
use axum::http::{HeaderMap, Method, Uri, header};

/// An API server, and how to reach it.
#[derive(Debug, Clone)]
pub(super) struct Upstream {
    url: String,
    http: reqwest::Client,
}

impl Upstream {
    /// The one at this URL, whose certificate is signed by the authority in this file.
    pub(super) fn new(url: &str, authority: &Path) -> anyhow::Result<Self> {
        let authority = std::fs::read(authority).with_context(|| format!("read {}", authority.display()))?;
        let http = reqwest::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(&authority)?])
            .http1_only()
            .no_proxy()
            .build()?;
        Ok(Self {
            url: url.to_owned(),
            http,
        })
    }

    /// Sends a request on, with the credentials of whoever made it.
    pub(super) async fn send(
        &self,
        method: Method,
        uri: &Uri,
        mut headers: HeaderMap,
        body: Vec<u8>,
    ) -> anyhow::Result<reqwest::Response> {
        for connection in [header::HOST, header::CONNECTION, header::CONTENT_LENGTH] {
            headers.remove(connection);
        }
        let answer = self
            .http
            .request(method, format!("{}{uri}", self.url))
            .headers(headers)
            .body(body)
            .send();
        answer.await.context("ask the API server")
    }
}
