//! One HTTP client for everything: deadlines, size limits, no redirects.

use std::{
    error::Error as _,
    sync::Arc,
    time::{Duration, SystemTime},
};

use jiff::Timestamp;
use reqwest::{RequestBuilder, header, redirect};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;

use super::{
    error::{Cause, Class, Error},
    limits::Lane,
    observer::{Method, Observer, Outcome},
    retry::{Failure, RetryPolicy},
};

/// Google compresses only for clients that also say `gzip` here.
const USER_AGENT: &str = concat!("dialplane/", env!("CARGO_PKG_VERSION"), " (gzip)");
/// A longer `Retry-After` is cut to this.
const RETRY_AFTER_LIMIT: Duration = Duration::from_hours(24);

/// How long a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// To reach Google.
    pub connect: Duration,
    /// For one try, from the connection to the last byte of the answer.
    pub call: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            call: Duration::from_mins(1),
        }
    }
}

pub(super) struct Transport {
    http: reqwest::Client,
    deadlines: Deadlines,
    retry: RetryPolicy,
    observer: Arc<dyn Observer>,
}

/// A whole answer, within the size limit.
pub(super) struct Answer {
    status: u16,
    retry_after: Option<Duration>,
    body: Vec<u8>,
}

impl Transport {
    pub(super) fn new(
        deadlines: Deadlines,
        retry: RetryPolicy,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, Error> {
        let http = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .gzip(true)
            .connect_timeout(deadlines.connect)
            .redirect(redirect::Policy::none())
            .referer(false)
            .build()
            .map_err(|error| {
                let text = "cannot set up the HTTPS client";
                Error::new(Class::Misconfigured, Cause::Unexpected, text).with_source(error.without_url())
            })?;
        Ok(Self {
            http,
            deadlines,
            retry,
            observer,
        })
    }

    pub(super) fn get(&self, url: &str) -> RequestBuilder {
        self.http.get(url).timeout(self.deadlines.call)
    }

    pub(super) fn post(&self, url: &str) -> RequestBuilder {
        self.http.post(url).timeout(self.deadlines.call)
    }

    /// Repeats `attempt` as the retry policy says.
    pub(super) async fn retrying<T, F, Fut>(&self, limiter: Option<&Lane>, attempt: F) -> Result<T, Error>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, Failure>>,
    {
        self.retry.run(limiter, attempt).await
    }

    /// One try: sends, reads the whole body, lets `read` judge it, and tells the observer.
    pub(super) async fn exchange<T>(
        &self,
        method: Method,
        request: RequestBuilder,
        read: impl FnOnce(Answer) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let started = Instant::now();
        let result = self.receive(method, request).await.and_then(read);
        self.observer
            .call(method, Outcome::of(&result), started.elapsed());
        result
    }

    async fn receive(&self, method: Method, request: RequestBuilder) -> Result<Answer, Error> {
        let mut response = request.send().await.map_err(|error| self.unreachable(error))?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get(header::RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| wait(value.to_str().ok()?, Timestamp::now()));
        let mut body = Vec::new();
        loop {
            let chunk = response
                .chunk()
                .await
                .map_err(|error| self.broken_off(error, status))?;
            let Some(chunk) = chunk else { break };
            if body.len() + chunk.len() > body_limit(method) {
                return Err(too_long(method).with_status(status));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status,
            retry_after,
            body,
        })
    }

    fn unreachable(&self, error: reqwest::Error) -> Error {
        let (class, cause) = if error.is_builder() {
            (Class::BadRequest, Cause::Unexpected)
        } else {
            (Class::Transient, Cause::GoogleUnavailable)
        };
        let text = format!("Google cannot be reached: {}", self.reason(&error));
        Error::new(class, cause, text).with_source(error.without_url())
    }

    fn broken_off(&self, error: reqwest::Error, status: u16) -> Error {
        let text = format!("Google's response was cut off: {}", self.reason(&error));
        Error::incomplete(text)
            .with_status(status)
            .with_source(error.without_url())
    }

    /// The last error of the chain is the one that says something ("connection refused").
    fn reason(&self, error: &reqwest::Error) -> String {
        if error.is_timeout() {
            let limit = if error.is_connect() {
                self.deadlines.connect
            } else {
                self.deadlines.call
            };
            return format!("no response within {limit:?}");
        }
        let mut last = error.source();
        while let Some(deeper) = last.and_then(std::error::Error::source) {
            last = Some(deeper);
        }
        last.map_or_else(|| "the request failed".to_owned(), ToString::to_string)
    }
}

impl Answer {
    pub(super) fn status(&self) -> u16 {
        self.status
    }

    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    pub(super) fn into_body(self) -> Vec<u8> {
        self.body
    }

    pub(super) fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The body as text, without the secret that the request carried, should somebody echo it.
    pub(super) fn text_without(&self, secret: &SecretString) -> String {
        String::from_utf8_lossy(&self.body).replace(secret.expose_secret(), "[redacted]")
    }

    /// Takes out a further secret that the request carried.
    pub(super) fn without(mut self, secret: &SecretString) -> Self {
        if !secret.expose_secret().is_empty() {
            self.body = self.text_without(secret).into_bytes();
        }
        self
    }
}

/// More than this is not an answer to our question. A page of 500 people has less than 2 MiB, and the most
/// organizational units that Google allows (40,000) about 20 MiB.
fn body_limit(method: Method) -> usize {
    const MIB: usize = 1024 * 1024;
    match method {
        Method::PhotosGet => MIB / 8,
        Method::OrgUnitsList => 64 * MIB,
        _ => 16 * MIB,
    }
}

fn too_long(method: Method) -> Error {
    let cause = match method {
        Method::PhotosGet => Cause::PhotoTooLarge,
        _ => Cause::IncompleteRead,
    };
    let text = format!("Google's response is longer than {} bytes", body_limit(method));
    Error::new(Class::BadRequest, cause, text)
}

/// `Retry-After` is a number of seconds, or a date in one of HTTP's three forms.
fn wait(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    let wait = if let Ok(seconds) = value.parse() {
        Duration::from_secs(seconds)
    } else {
        let date = httpdate::parse_http_date(value).ok()?;
        date.duration_since(SystemTime::from(now)).ok()?
    };
    Some(wait.min(RETRY_AFTER_LIMIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_comes_in_two_forms() {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        for (value, seconds) in [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("Fri, 20 Nov 2026 12:01:30 GMT", Some(90)),
            ("Friday, 20-Nov-26 12:01:30 GMT", Some(90)),
            ("Fri Nov 20 12:01:30 2026", Some(90)),
            ("Fri, 20 Nov 2026 11:00:00 GMT", None),
            ("Fri, 20 Nov 2026 12:01:30 +0000", None),
            ("99999999", Some(86_400)),
            ("soon", None),
            ("-1", None),
            ("", None),
        ] {
            assert_eq!(wait(value, now), seconds.map(Duration::from_secs), "{value}");
        }
    }
}
