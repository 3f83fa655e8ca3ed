//! The Directory API as one account sees it, and what every call to it has in common.

use std::{fmt, sync::Arc};

use reqwest::RequestBuilder;
use secrecy::{ExposeSecret as _, SecretString};

use super::projection::Projection;
use crate::google::{
    auth::TokenSource,
    classify::{self, Asked},
    error::{Cause, Class, Error},
    limits::Lane,
    observer::Method,
    retry::Failure,
    transport::{Answer, Transport},
};

/// Google's name for "the customer of whoever asks".
pub(super) const MY_CUSTOMER: &str = "my_customer";
/// The Directory API as one account sees it. Cheap to clone.
#[derive(Clone)]
pub struct Directory {
    tokens: Arc<TokenSource>,
    limiter: Arc<Lane>,
    transport: Arc<Transport>,
    root: Arc<str>,
    projection: Arc<Projection>,
}

impl Directory {
    pub(in crate::google) fn new(
        tokens: Arc<TokenSource>,
        limiter: Arc<Lane>,
        transport: Arc<Transport>,
        root: &str,
    ) -> Self {
        Self {
            tokens,
            limiter,
            transport,
            root: root.into(),
            projection: Arc::default(),
        }
    }

    /// The same directory, where each user is read with more than [`User`] decodes, and carries it.
    #[must_use]
    pub fn with_projection(mut self, projection: Projection) -> Self {
        self.projection = Arc::new(projection);
        self
    }

    /// The address of something of the Directory API.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}admin/directory/v1/{path}", self.root)
    }

    /// The address of something that Google keeps beside the Directory API proper.
    pub(super) fn channels_url(&self, path: &str) -> String {
        format!("{}admin/directory_v1/{path}", self.root)
    }

    /// How fast it may be asked.
    pub(super) fn limits(&self) -> &Lane {
        &self.limiter
    }

    /// Google described somebody of this customer.
    pub(super) fn confirm(&self, customer: Option<&str>) {
        if let Some(customer) = customer {
            self.limiter.confirm(customer);
        }
    }

    /// Whether a service account acts for nobody but itself.
    pub(super) fn acts_as_itself(&self) -> bool {
        self.tokens.acts_as_itself()
    }

    /// Refuses what can only fail.
    pub(super) fn check_customer(&self, customer: &str) -> Result<(), Error> {
        if self.acts_as_itself() && customer.eq_ignore_ascii_case(MY_CUSTOMER) {
            return Err(my_customer_not_allowed());
        }
        Ok(())
    }

    /// What is asked for of each user.
    pub(super) fn projection(&self) -> &Projection {
        &self.projection
    }

    pub(super) fn get(&self, url: &str) -> RequestBuilder {
        self.transport.get(url)
    }

    pub(super) fn post(&self, url: &str) -> RequestBuilder {
        self.transport.post(url)
    }

    /// One call with everything that belongs to it: the rate limit, a token, a new token after a 401, and
    /// the retries.
    pub(super) async fn call<T>(
        &self,
        method: Method,
        request: impl Fn() -> RequestBuilder,
        read: impl Fn(Answer, &SecretString) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let attempt = || async {
            let token = self.token().await?;
            let result = self.exchange(method, request(), &token, &read).await;
            if !is_unauthorized(&result) {
                return Ok(result?);
            }
            self.tokens.invalidate(&token).await;
            let token = self.token().await?;
            let result = self.exchange(method, request(), &token, &read).await;
            if !is_unauthorized(&result) {
                return Ok(result?);
            }
            result.map_err(|error| Failure::last(error.into_reauth()))
        };
        self.transport.retrying(Some(&self.limiter), attempt).await
    }

    async fn token(&self) -> Result<SecretString, Failure> {
        self.tokens.access_token().await.map_err(Failure::last)
    }

    async fn exchange<T>(
        &self,
        method: Method,
        request: RequestBuilder,
        token: &SecretString,
        read: impl Fn(Answer, &SecretString) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.limiter.ready().await;
        let request = request.bearer_auth(token.expose_secret());
        self.transport
            .exchange(method, request, |answer| read(answer, token))
            .await
    }
}

fn is_unauthorized<T>(result: &Result<T, Error>) -> bool {
    // Google words other refusals as a 401 too.
    result
        .as_ref()
        .is_err_and(|error| error.status() == Some(401) && error.cause() == Cause::TokenRejected)
}

/// The body of a 200; anything else is an error.
pub(super) fn success(answer: Answer, token: &SecretString, asked: Asked) -> Result<Vec<u8>, Error> {
    if answer.status() == 200 {
        return Ok(answer.into_body());
    }
    let error = classify::api(answer.status(), &answer.text_without(token), asked);
    Err(error.with_retry_after(answer.retry_after()))
}

/// An address or another key as one part of a path; `None` for what no key can be.
pub(super) fn path_segment(key: &str) -> Option<String> {
    const LONGEST: usize = 254;
    let unfit = |c: char| c.is_whitespace() || c.is_control();
    let only_dots = key.chars().all(|c| c == '.');
    if only_dots || key.len() > LONGEST || key.contains(unfit) {
        return None;
    }
    // A form writes spaces differently than a path does, and nothing else.
    Some(url::form_urlencoded::byte_serialize(key.as_bytes()).collect())
}

fn my_customer_not_allowed() -> Error {
    Error::new(
        Class::Misconfigured,
        Cause::MyCustomerNotAllowed,
        "my_customer is not valid for a service account without a subject",
    )
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory")
            .field("tokens", &self.tokens)
            .finish_non_exhaustive()
    }
}
