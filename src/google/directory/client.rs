//! Reading people from Google.

use std::{fmt, sync::Arc};

use futures::{Stream, stream};
use reqwest::RequestBuilder;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::value::RawValue;

use super::{
    page::{self, Cursor, Decoded, UserPage},
    user::{USER_FIELDS, User, UserId},
};
use crate::google::{
    auth::TokenSource,
    classify::{self, Asked},
    error::{Cause, Class, Error},
    limits::Limiter,
    observer::Method,
    retry::Failure,
    transport::{Answer, Transport},
};

/// Google's name for "the customer of whoever asks".
const MY_CUSTOMER: &str = "my_customer";
/// The most that Google gives at once.
const PAGE_SIZE: &str = "500";

/// Which people to list. `domain` wins over `customer`; with neither, the customer of the credentials.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserList {
    /// The customer id, `C…`, or `my_customer`.
    pub customer: Option<String>,
    /// Only the people of this domain.
    pub domain: Option<String>,
    /// Those who were deleted in the last 20 days, instead of those who are there.
    pub deleted: bool,
}

/// The Directory API as one account sees it. Cheap to clone.
#[derive(Clone)]
pub struct Directory {
    tokens: Arc<TokenSource>,
    limiter: Arc<Limiter>,
    transport: Arc<Transport>,
    root: Arc<str>,
}

impl Directory {
    pub(in crate::google) fn new(
        tokens: Arc<TokenSource>,
        limiter: Arc<Limiter>,
        transport: Arc<Transport>,
        root: &str,
    ) -> Self {
        Self {
            tokens,
            limiter,
            transport,
            root: root.into(),
        }
    }

    /// Lists people page by page. Pages that are all `Ok` up to the end of the stream are a complete
    /// read; an `Err` is its last item and means that nothing is known about whoever was not seen.
    pub fn pages(&self, list: UserList) -> impl Stream<Item = Result<UserPage, Error>> + Send + use<> {
        let start = (self.clone(), list, Some(Cursor::default()));
        stream::try_unfold(start, |(directory, list, cursor)| async move {
            let Some(mut cursor) = cursor else { return Ok(None) };
            let decoded = directory.page(&list, cursor.token()).await?;
            let cursor = match decoded.next {
                None => None,
                Some(next) => {
                    cursor.advance(next)?;
                    Some(cursor)
                }
            };
            Ok(Some((decoded.page, (directory, list, cursor))))
        })
    }

    /// Reads one person. `None` only when Google says in its own words that there is no such user: any
    /// other kind of "not found" is an error.
    pub async fn user(&self, id: &UserId) -> Result<Option<User>, Error> {
        let url = format!("{}admin/directory/v1/users/{id}", self.root);
        let request = || {
            self.transport.get(&url).query(&[
                ("prettyPrint", "false"),
                ("fields", &format!("kind,{USER_FIELDS}")),
            ])
        };
        let read = |answer: Answer, token: &SecretString| {
            if answer.status() == 404 && classify::says_user_is_gone(&answer.text_without(token)) {
                return Ok(None);
            }
            let body = success(answer, token, Asked::default())?;
            one(&body, id).map(Some)
        };
        self.call(Method::UsersGet, request, read).await
    }

    async fn page(&self, list: &UserList, page: Option<&str>) -> Result<Decoded, Error> {
        let my_customer_as_itself = self.acts_as_itself_for_my_customer(list);
        if my_customer_as_itself {
            return Err(my_customer_not_allowed());
        }
        let url = format!("{}admin/directory/v1/users", self.root);
        let fields = format!("kind,nextPageToken,users({USER_FIELDS})");
        let mut query = vec![
            ("maxResults", PAGE_SIZE),
            ("prettyPrint", "false"),
            ("fields", &fields),
            list.whose(),
        ];
        query.extend(list.deleted.then_some(("showDeleted", "true")));
        // Google refuses an empty token.
        query.extend(page.map(|token| ("pageToken", token)));
        let read = |answer: Answer, token: &SecretString| {
            let body = success(
                answer,
                token,
                Asked {
                    my_customer_as_itself,
                },
            )?;
            page::decode(&body)
        };
        self.call(Method::UsersList, || self.transport.get(&url).query(&query), read)
            .await
    }

    fn acts_as_itself_for_my_customer(&self, list: &UserList) -> bool {
        self.tokens.acts_as_itself() && list.is_my_customer()
    }

    /// One call with everything that belongs to it: the rate limit, a token, a new token after a 401, and
    /// the retries.
    async fn call<T>(
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

impl UserList {
    fn whose(&self) -> (&'static str, &str) {
        match (&self.domain, &self.customer) {
            (Some(domain), _) => ("domain", domain),
            (None, Some(customer)) => ("customer", customer),
            (None, None) => ("customer", MY_CUSTOMER),
        }
    }

    fn is_my_customer(&self) -> bool {
        let (key, value) = self.whose();
        key == "customer" && value.eq_ignore_ascii_case(MY_CUSTOMER)
    }
}

fn is_unauthorized<T>(result: &Result<T, Error>) -> bool {
    result.as_ref().is_err_and(|error| error.status() == Some(401))
}

/// The body of a 200; anything else is an error.
fn success(answer: Answer, token: &SecretString, asked: Asked) -> Result<Vec<u8>, Error> {
    if answer.status() == 200 {
        return Ok(answer.into_body());
    }
    let error = classify::api(answer.status(), &answer.text_without(token), asked);
    Err(error.with_retry_after(answer.retry_after()))
}

/// Decodes the answer of `users.get`, which must be about the person who was asked for.
fn one(body: &[u8], id: &UserId) -> Result<User, Error> {
    let text = page::text(body);
    let raw: &RawValue = serde_json::from_str(&text)
        .map_err(|_| Error::incomplete("Google's answer about a user is not whole JSON"))?;
    let user = User::decode(raw).map_err(|malformed| {
        let (field, problem) = (malformed.field, malformed.problem);
        Error::incomplete(format!(
            "Google's answer about a user cannot be used: {field} {problem}"
        ))
    })?;
    if user.id != *id {
        return Err(Error::incomplete(
            "Google answered about another user than the one asked for",
        ));
    }
    Ok(user)
}

fn my_customer_not_allowed() -> Error {
    Error::new(
        Class::Misconfigured,
        Cause::MyCustomerNotAllowed,
        "a service account that acts as itself belongs to no customer, so my_customer means nothing to it: \
         set the real customer id (Admin console, Account, Account settings: it starts with C), or set a \
         subject to act for through domain-wide delegation",
    )
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory")
            .field("tokens", &self.tokens)
            .finish_non_exhaustive()
    }
}
