//! Reading people.

use futures::{Stream, stream};
use secrecy::SecretString;
use serde_json::value::RawValue;

use super::{
    client::{Directory, MY_CUSTOMER, path_segment, success},
    listing::{self, Cursor, Decoded},
    page::{self, UserPage},
    projection::Projection,
    user::{User, UserId},
};
use crate::google::{
    classify::{self, Asked},
    error::{Cause, Error},
    observer::Method,
    transport::Answer,
};

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

impl Directory {
    /// Lists people page by page. Pages that are all `Ok` up to the end of the stream are a complete
    /// read; an `Err` is its last item and means that nothing is known about whoever was not seen.
    pub fn pages(&self, list: UserList) -> impl Stream<Item = Result<UserPage, Error>> + Send + use<> {
        let start = (self.clone(), list, Some(Cursor::of("users")));
        stream::try_unfold(start, |(directory, list, cursor)| async move {
            let Some(cursor) = cursor else { return Ok(None) };
            let decoded = directory.page(&list, cursor.token()).await?;
            let cursor = cursor.after(decoded.next)?;
            Ok(Some((decoded.page, (directory, list, cursor))))
        })
    }

    /// Reads one person. `None` only when Google says in its own words that there is no such user: any
    /// other kind of "not found" is an error, and so is [`Cause::UserNotReadable`](crate::google::Cause::UserNotReadable).
    pub async fn user(&self, id: &UserId) -> Result<Option<User>, Error> {
        self.user_of_key(id.as_str(), Some(id)).await
    }

    /// Reads the person whom an address belongs to, be it the main one or an alias. `None` when Google says that no
    /// user has it, or that it is not a user's (but a group's).
    pub async fn user_by_address(&self, address: &str) -> Result<Option<User>, Error> {
        // Without an @ it could be somebody's id.
        match path_segment(address).filter(|_| address.contains('@')) {
            Some(key) => self.user_of_key(&key, None).await,
            None => Ok(None),
        }
    }

    async fn user_of_key(&self, key: &str, id: Option<&UserId>) -> Result<Option<User>, Error> {
        let url = self.url(&format!("users/{key}"));
        let fields = format!("kind,{}", self.projection().mask());
        let query = [("prettyPrint", "false"), ("fields", &fields)];
        let further = self.projection().parameters();
        let request = || self.get(&url).query(&query).query(&further);
        let read = |answer: Answer, token: &SecretString| {
            let text = || answer.text_without(token);
            let absent = match answer.status() {
                404 => {
                    let text = text();
                    // The domain of an address may be nobody's; that of an id is not in question.
                    classify::says_gone(&text, "userKey") || id.is_none() && classify::says_no_domain(&text)
                }
                // Of an id it would be an odd thing to say, and no proof that the person is gone.
                400 => id.is_none() && classify::says_no_user(&text()),
                _ => false,
            };
            if absent {
                return Ok(None);
            }
            let asked = Asked {
                user: true,
                ..Asked::default()
            };
            let body = success(answer, token, asked)?;
            let user = one(&body, !self.projection().is_empty())?;
            if id.is_some_and(|id| user.id != *id) {
                return Err(Error::incomplete(
                    "Google returned another user than the requested one",
                ));
            }
            Ok(Some(user))
        };
        let user = self.call(Method::UsersGet, request, read).await?;
        self.confirm(user.as_ref().and_then(|user| user.customer_id.as_deref()));
        Ok(user)
    }

    /// Reads one entry of a list, whichever Google gives first: whether the list can be read at all, and whose it is.
    /// `None` when there is nobody in it.
    pub async fn first(&self, list: &UserList) -> Result<Option<User>, Error> {
        let decoded = self.page_of(list, None, "1").await?;
        Ok(decoded.page.users.into_iter().next())
    }

    /// Answers about groups do not tell whose limit they count against: after many of them, one user is asked for, who does.
    pub async fn settle_limit(&self, list: &UserList) -> Result<(), Error> {
        if self.limits().is_overdue() {
            self.first(list).await?;
        }
        Ok(())
    }

    async fn page(&self, list: &UserList, page: Option<&str>) -> Result<Decoded<UserPage>, Error> {
        self.page_of(list, page, PAGE_SIZE).await
    }

    async fn page_of(
        &self,
        list: &UserList,
        page: Option<&str>,
        size: &str,
    ) -> Result<Decoded<UserPage>, Error> {
        let (key, whose) = list.whose();
        if key == "customer" {
            self.check_customer(whose)?;
        }
        let url = self.url("users");
        // Google keeps little of the deleted, and no custom fields.
        let usual = Projection::default();
        let projection = if list.deleted { &usual } else { self.projection() };
        let fields = format!("kind,nextPageToken,users({})", projection.mask());
        let further = projection.parameters();
        let mut query = vec![
            ("maxResults", size),
            ("prettyPrint", "false"),
            ("fields", &fields),
            (key, whose),
        ];
        query.extend(list.deleted.then_some(("showDeleted", "true")));
        // Google refuses an empty token.
        query.extend(page.map(|token| ("pageToken", token)));
        let read = |answer: Answer, token: &SecretString| {
            let body = success(answer, token, Asked::default())?;
            page::decode(&body, !projection.is_empty())
        };
        let request = || self.get(&url).query(&query).query(&further);
        let decoded = match self.call(Method::UsersList, request, read).await {
            Err(error) if error.cause() == Cause::InsufficientAdminRole => {
                return Err(self.role_or_domain(list, error).await);
            }
            called => called?,
        };
        let users = &decoded.page.users;
        self.confirm(users.iter().find_map(|user| user.customer_id.as_deref()));
        Ok(decoded)
    }
}

impl Directory {
    /// Google words it alike when the account may read no users, and when the domain or the customer is somebody else's. An
    /// account that may read the users of its own customer does not lack a role.
    async fn role_or_domain(&self, list: &UserList, error: Error) -> Error {
        let own = match list.whose() {
            ("customer", MY_CUSTOMER) => return error,
            _ if !self.acts_as_itself() => MY_CUSTOMER,
            // It cannot say my_customer; that the declared customer is its own is all that can be asked.
            ("domain", _) => match &list.customer {
                Some(customer) => customer,
                None => return error,
            },
            _ => return error,
        };
        let own = UserList {
            customer: Some(own.to_owned()),
            ..UserList::default()
        };
        if Box::pin(self.page_of(&own, None, "1")).await.is_err() {
            return error;
        }
        error.into_wrong_domain()
    }
}

impl UserList {
    pub(super) fn whose(&self) -> (&'static str, &str) {
        match (&self.domain, &self.customer) {
            (Some(domain), _) => ("domain", domain),
            (None, Some(customer)) => ("customer", customer),
            (None, None) => ("customer", MY_CUSTOMER),
        }
    }
}

/// Decodes the answer of `users.get`. With `keep`, the user carries what Google sent.
pub(super) fn one(body: &[u8], keep: bool) -> Result<User, Error> {
    let text = listing::text(body);
    let raw: &RawValue = serde_json::from_str(&text)
        .map_err(|_| Error::incomplete("Google's response about a user is not complete JSON"))?;
    let user = User::decode(raw).map_err(|malformed| {
        let (field, problem) = (malformed.field, malformed.problem);
        Error::incomplete(format!(
            "Google's response about a user is invalid: {field} {problem}"
        ))
    })?;
    Ok(if keep { user.with_resource(raw) } else { user })
}
