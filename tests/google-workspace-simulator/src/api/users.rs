//! users.list and users.get.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::gate::{self, Caller, Method};
use super::page_token::{PageToken, Spent};
use super::params::Params;
use super::view::View;
use crate::answers::ApiError;
use crate::auth::scopes;
use crate::directory::Directory;
use crate::directory::draft::etag;
use crate::directory::shelf::Order;
use crate::directory::user::User;
use crate::query::Query;
use crate::schema;
use crate::workspace::{Shared, Workspace};

const LIST: Method = Method {
    name: "DirectoryUsers.List",
    scopes: scopes::USERS_LIST,
};
const GET: Method = Method {
    name: "DirectoryUsers.Get",
    scopes: scopes::USERS_GET,
};

/// The path of users.list.
pub(crate) const LIST_PATH: &str = "/admin/directory/v1/users";

/// Parameters that a page token is bound to: all of the method's own but the token itself.
const BOUND: &[&str] = &[
    "customer",
    "customFieldMask",
    "domain",
    "event",
    "maxResults",
    "orderBy",
    "projection",
    "query",
    "showDeleted",
    "sortOrder",
    "viewType",
];

/// An error of users.list: an API error, or a page token that is spent.
enum Refused {
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

/// One request for a page.
struct Listing {
    domain: Option<String>,
    max_results: usize,
    order: Order,
    descending: bool,
    deleted: bool,
    query: Query,
    view: View,
    token: PageToken,
}

/// `GET admin/directory/v1/users`
pub(crate) async fn list(
    State(workspace): State<Shared>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.as_deref());
    match answer_list(&workspace, &headers, &params) {
        Ok(body) => params.answer(&body),
        Err(Refused::Api(error)) => error.into_response(),
        Err(Refused::Token(spent)) => spent.into_response(),
    }
}

fn answer_list(workspace: &Workspace, headers: &HeaderMap, params: &Params) -> Result<Value, Refused> {
    let caller = gate::admit(workspace, headers, params, &LIST)?;
    let mut own = BOUND.to_vec();
    own.push("pageToken");
    params.check(&own)?;
    let mask = params.mask(&schema::USERS)?;
    let listing = Listing::from_params(params, workspace)?;
    check_tenant(params, &caller, &workspace.directory())?;
    if listing.view.admin || caller.as_itself {
        caller.require_admin()?;
    }
    if listing.deleted {
        workspace.forget_expired();
    }
    let (people, next) = listing.page(&workspace.directory(), workspace.clock.now());

    let mut body = Map::new();
    body.insert("kind".to_owned(), "admin#directory#users".into());
    let etags: Vec<&str> = people.iter().map(|user| &*user.etag).collect();
    body.insert("etag".to_owned(), etag(&etags).into());
    if let Some(next) = next {
        body.insert(
            "nextPageToken".to_owned(),
            next.encode(&workspace.page_secret).into(),
        );
    }
    body.retain(|name, _| mask.below(name).is_some());
    // An empty result has no `users` key at all.
    if let Some(below) = mask.below("users").filter(|_| !people.is_empty()) {
        let users = people
            .iter()
            .map(|user| Value::Object(listing.view.show(user, below)))
            .collect();
        body.insert("users".to_owned(), Value::Array(users));
    }
    Ok(Value::Object(body))
}

impl Listing {
    fn from_params(params: &Params, workspace: &Workspace) -> Result<Self, Refused> {
        let view = View::from_params(params)?;
        let orders = [
            ("email", Order::Email),
            ("familyName", Order::FamilyName),
            ("givenName", Order::GivenName),
        ];
        let order = params.one_of("orderBy", &orders)?;
        let descending = params.one_of("sortOrder", &[("ASCENDING", false), ("DESCENDING", true)])?;
        let events = ["add", "delete", "makeAdmin", "undelete", "update"].map(|event| (event, ()));
        params.one_of("event", &events)?;
        let query = Query::parse(params.get("query").unwrap_or_default(), view.admin)
            .map_err(|_| ApiError::invalid("Invalid query"))?;
        let (now, parameters) = (workspace.clock.now(), digest(params));
        let token = match params.get("pageToken") {
            None => PageToken {
                parameters,
                after: None,
                page: 0,
                started: now,
                issued: now,
            },
            Some(text) => {
                let token = PageToken::decode(text, &workspace.page_secret).ok_or(Spent::Invalid)?;
                token.check(parameters, now)?;
                token
            }
        };
        Ok(Self {
            domain: params.get("domain").map(str::to_lowercase),
            max_results: max_results(params)?,
            order: order.unwrap_or_default(),
            // Without orderBy there is nothing that sortOrder could turn round.
            descending: order.is_some() && descending.unwrap_or(false),
            deleted: params
                .get("showDeleted")
                .is_some_and(|show| show.eq_ignore_ascii_case("true")),
            query,
            view,
            token,
        })
    }

    /// The people of this page, and the token of the next one.
    fn page(&self, directory: &Directory, now: Timestamp) -> (Vec<Arc<User>>, Option<PageToken>) {
        let lookup = |key: &str| directory.find(key).map(|user| &**user);
        let mut matching = directory
            .people(self.deleted)
            .after(self.order, self.descending, self.token.after.as_ref())
            .filter(|user| {
                self.domain
                    .as_deref()
                    .is_none_or(|domain| is_in_domain(user, domain))
            })
            .filter(|user| self.query.matches(user, &lookup));
        let people: Vec<Arc<User>> = matching.by_ref().take(self.max_results).cloned().collect();
        let more = matching.next().is_some();
        let next = people.last().filter(|_| more).map(|last| PageToken {
            after: Some(self.order.place(last)),
            page: self.token.page + 1,
            issued: now,
            ..self.token.clone()
        });
        (people, next)
    }
}

/// Google does not document what it does above 500; the simulator refuses it, so that no client comes to rely on it.
fn max_results(params: &Params) -> Result<usize, ApiError> {
    let Some(text) = params.get("maxResults") else {
        return Ok(100);
    };
    let given = text.parse().ok().filter(|number| (1..=500).contains(number));
    given.ok_or_else(ApiError::invalid_input)
}

/// Exactly one of `customer` and `domain`, and it must be the caller's own.
fn check_tenant(params: &Params, caller: &Caller, directory: &Directory) -> Result<(), ApiError> {
    match (params.get("customer"), params.get("domain")) {
        (None, None) => Err(ApiError::classic(
            StatusCode::BAD_REQUEST,
            "Bad Request",
            "badRequest",
        )),
        (Some(_), Some(_)) => Err(ApiError::invalid_input()),
        (Some("my_customer"), None) if caller.as_itself => Err(ApiError::invalid_input()),
        (Some("my_customer"), None) => Ok(()),
        (Some(customer), None) if customer == directory.customer_id() => Ok(()),
        (Some(customer), None) if customer.starts_with('C') => Err(ApiError::forbidden()),
        (Some(_), None) => Err(ApiError::invalid("Invalid Customer Id")),
        (None, Some(domain)) if directory.has_domain(domain) => Ok(()),
        (None, Some(_)) => Err(ApiError::not_found("Domain not found")),
    }
}

fn is_in_domain(user: &User, domain: &str) -> bool {
    user.primary_email
        .rsplit_once('@')
        .is_some_and(|(_, own)| own.eq_ignore_ascii_case(domain))
}

fn digest(params: &Params) -> u64 {
    let mut hasher = DefaultHasher::new();
    for name in BOUND {
        params.get(name).hash(&mut hasher);
    }
    hasher.finish()
}

/// Which page of a read a request asks for; a token that nobody issued counts as far beyond any page.
pub(crate) fn page_number(workspace: &Workspace, params: &Params) -> u64 {
    let number = |text| PageToken::decode(text, &workspace.page_secret).map_or(u64::MAX, |token| token.page);
    params.get("pageToken").map_or(0, number)
}

/// A page token that leads a reader round in a circle: the request's own, or one that starts again.
pub(crate) fn looping_token(workspace: &Workspace, params: &Params) -> String {
    if let Some(own) = params.get("pageToken") {
        return own.to_owned();
    }
    let now = workspace.clock.now();
    PageToken {
        parameters: digest(params),
        after: None,
        page: 1,
        started: now,
        issued: now,
    }
    .encode(&workspace.page_secret)
}

/// `GET admin/directory/v1/users/{userKey}`
pub(crate) async fn get(
    State(workspace): State<Shared>,
    Path(key): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.as_deref());
    match answer_get(&workspace, &headers, &params, &key) {
        Ok(body) => params.answer(&body),
        Err(error) => error.into_response(),
    }
}

fn answer_get(
    workspace: &Workspace,
    headers: &HeaderMap,
    params: &Params,
    key: &str,
) -> Result<Value, ApiError> {
    let caller = gate::admit(workspace, headers, params, &GET)?;
    params.check(&["projection", "customFieldMask", "viewType"])?;
    let mask = params.mask(&schema::USER)?;
    let view = View::from_params(params)?;
    if view.admin || caller.as_itself {
        caller.require_admin()?;
    }
    let directory = workspace.directory();
    if let Some(user) = directory.find(key) {
        return Ok(json!(view.show(user, &mask)));
    }
    if directory.is_group(key) {
        return Err(ApiError::classic(
            StatusCode::BAD_REQUEST,
            "Type not supported: userKey",
            "badRequest",
        ));
    }
    match key.rsplit_once('@') {
        Some((_, domain)) if !directory.has_domain(domain) => Err(ApiError::forbidden()),
        _ => Err(ApiError::not_found("Resource Not Found: userKey")),
    }
}

pub(crate) use gate::scopes as scopes_of;
