//! What the methods of the Directory API have in common: their errors and their answers.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::gate::Caller;
use super::page_token::Spent;
use super::params::Params;
use crate::answers::ApiError;
use crate::directory::Directory;
use crate::directory::draft::etag;
use crate::mask::Mask;

/// Why a call is refused: an API error, or a page token that is spent.
pub(crate) enum Refused {
    Api(ApiError),
    Token(Spent),
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl From<Spent> for Refused {
    fn from(spent: Spent) -> Self {
        Self::Token(spent)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Api(error) => error.into_response(),
            Self::Token(spent) => spent.into_response(),
        }
    }
}

/// `customer` or `domain`, and it must be the caller's own. With both the domain wins, unless it is `strict`.
pub(crate) fn check_tenant(
    params: &Params,
    caller: &Caller,
    directory: &Directory,
    strict: bool,
) -> Result<(), ApiError> {
    match (params.get("customer"), params.get("domain")) {
        (None, None) => Err(ApiError::classic(
            StatusCode::BAD_REQUEST,
            "Bad Request",
            "badRequest",
        )),
        (Some(_), Some(_)) if strict => Err(ApiError::invalid_input()),
        (Some(customer), None) => check_customer(customer, caller, directory),
        (_, Some(domain)) => check_domain(domain, directory),
    }
}

/// A customer id or `my_customer`, which a service account without a subject cannot say.
pub(crate) fn check_customer(customer: &str, caller: &Caller, directory: &Directory) -> Result<(), ApiError> {
    match customer {
        "my_customer" if caller.as_itself() => Err(ApiError::invalid_input()),
        "my_customer" => Ok(()),
        id if id == directory.customer_id() => Ok(()),
        id if id.starts_with('C') => Err(ApiError::forbidden()),
        _ => Err(ApiError::invalid("Invalid Customer Id")),
    }
}

/// A domain of this customer: another customer's is forbidden, one that nobody has is not found.
pub(crate) fn check_domain(domain: &str, directory: &Directory) -> Result<(), ApiError> {
    if directory.has_domain(domain) {
        Ok(())
    } else if directory.is_foreign_domain(domain) {
        Err(ApiError::forbidden())
    } else {
        Err(ApiError::not_found("Domain not found."))
    }
}

/// Whether an address is in a domain.
pub(crate) fn is_in_domain(address: &str, domain: &str) -> bool {
    address
        .rsplit_once('@')
        .is_some_and(|(_, own)| own.eq_ignore_ascii_case(domain))
}

/// Puts a list together; an empty one has no `items` key at all.
pub(crate) fn list(
    kind: &str,
    etags: &[&str],
    next_page: Option<String>,
    mask: &Mask,
    (key, items): (&str, Vec<Value>),
) -> Value {
    let mut body = Map::new();
    body.insert("kind".to_owned(), kind.into());
    body.insert("etag".to_owned(), etag(&etags).into());
    if let Some(next) = next_page {
        body.insert("nextPageToken".to_owned(), next.into());
    }
    body.retain(|name, _| mask.below(name).is_some());
    if mask.below(key).is_some() && !items.is_empty() {
        body.insert(key.to_owned(), Value::Array(items));
    }
    Value::Object(body)
}

/// Puts a list of resources together that each have an etag.
pub(crate) fn plain_list(
    kind: &str,
    mask: &Mask,
    key: &str,
    items: &[Map<String, Value>],
    next_page: Option<String>,
) -> Value {
    list_without(&[], kind, mask, (key, items), next_page)
}

/// The same without these fields of each, unless they are asked for by name.
pub(crate) fn list_without(
    hidden: &[&str],
    kind: &str,
    mask: &Mask,
    (key, items): (&str, &[Map<String, Value>]),
    next_page: Option<String>,
) -> Value {
    let etags: Vec<&str> = items
        .iter()
        .filter_map(|item| item.get("etag")?.as_str())
        .collect();
    let shown = match mask.below(key) {
        Some(below) => items
            .iter()
            .map(|item| Value::Object(below.apply_object(item, |name| !hidden.contains(&name))))
            .collect(),
        None => Vec::new(),
    };
    list(kind, &etags, next_page, mask, (key, shown))
}
