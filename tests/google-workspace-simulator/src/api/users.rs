//! users.list and users.get.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::asked::Asked;
use super::call::{self, Refused, check_tenant, is_in_domain};
use super::gate::{self, Caller};
use super::methods;
use super::page_token::PageToken;
use super::paging::{self, Size};
use super::params::Params;
use super::view::View;
use crate::answers::ApiError;
use crate::directory::Directory;
use crate::directory::shelf::Order;
use crate::directory::user::User;
use crate::push::Event;
use crate::query::Query;
use crate::schema;
use crate::workspace::Workspace;

/// The default and the maximum of users.list.
const PAGE: Size = Size {
    default: 100,
    maximum: 500,
    declared: true,
};

/// The path of users.list.
const LIST_PATH: &str = "/admin/directory/v1/users";

/// One request for a page.
pub(crate) struct Listing {
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
pub(crate) async fn list(asked: Asked) -> Response {
    asked.respond(answer_list(&asked))
}

fn answer_list(asked: &Asked) -> Result<Value, Refused> {
    let caller = asked.admit(&methods::USERS_LIST)?;
    let mask = asked.params.mask(&schema::USERS)?;
    let listing = Listing::from_params(&asked.params, &asked.workspace)?;
    listing.check(&asked.workspace, &asked.params, &caller)?;
    if listing.deleted {
        asked.workspace.forget_expired();
    }
    let (people, next) = listing.page(&asked.workspace);
    let etags: Vec<_> = people.iter().map(User::etag).collect();
    let etags: Vec<&str> = etags.iter().map(|etag| &**etag).collect();
    let users = match mask.below("users") {
        Some(below) => people
            .iter()
            .map(|user| Value::Object(listing.view.show(user, below)))
            .collect(),
        None => Vec::new(),
    };
    Ok(call::list(
        "admin#directory#users",
        &etags,
        next,
        &mask,
        ("users", users),
    ))
}

impl Listing {
    /// Whether the caller may read this list at all. Who has no rights does not learn which domains there are.
    pub(crate) fn check(
        &self,
        workspace: &Workspace,
        params: &Params,
        caller: &Caller,
    ) -> Result<(), ApiError> {
        let needs_rights = self.view.admin || caller.as_itself();
        if needs_rights && self.domain.is_some() {
            caller.require_admin()?;
        }
        check_tenant(
            params,
            caller,
            &workspace.directory(),
            workspace.switches().strict,
        )?;
        if needs_rights {
            caller.require_admin()?;
        }
        Ok(())
    }

    pub(crate) fn from_params(params: &Params, workspace: &Workspace) -> Result<Self, Refused> {
        let view = View::from_params(params)?;
        let orders = [
            ("email", Order::Email),
            ("familyName", Order::FamilyName),
            ("givenName", Order::GivenName),
        ];
        let order = params.one_of("orderBy", &orders)?;
        let descending = params.one_of("sortOrder", &[("ASCENDING", false), ("DESCENDING", true)])?;
        params.one_of("event", &Event::NAMES)?;
        let query = Query::parse(params.get("query").unwrap_or_default(), view.admin)
            .map_err(|_| ApiError::invalid("Invalid query"))?;
        let token = paging::token(workspace, LIST_PATH, params)?;
        Ok(Self {
            domain: params.get("domain").map(str::to_lowercase),
            max_results: paging::max_results(workspace, params, &PAGE)?,
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
    fn page(&self, workspace: &Workspace) -> (Vec<User>, Option<String>) {
        let directory = workspace.directory();
        let lookup = |key: &str| directory.find(key);
        let matching = directory
            .people(self.deleted)
            .after(self.order, self.descending, self.token.after.as_ref())
            .filter(|user| {
                self.domain
                    .as_deref()
                    .is_none_or(|domain| is_in_domain(&user.primary_email(), domain))
            })
            .filter(|user| self.query.matches(user, &lookup));
        let (people, more) = paging::take(matching, self.max_results);
        let last = people.last().filter(|_| more);
        let next = last.map(|last| paging::next(workspace, &self.token, self.order.place(last)));
        (people, next)
    }
}

/// `GET admin/directory/v1/users/{userKey}`
pub(crate) async fn get(asked: Asked, Path(key): Path<String>) -> Response {
    asked.respond(answer_get(&asked, &key))
}

fn answer_get(asked: &Asked, key: &str) -> Result<Value, Refused> {
    let caller = asked.admit(&methods::USERS_GET)?;
    let mask = asked.params.mask(&schema::USER)?;
    let view = View::from_params(&asked.params)?;
    if view.admin || caller.as_itself() {
        caller.require_admin()?;
    }
    let directory = asked.workspace.directory();
    if let Some(user) = directory.find(key) {
        return Ok(json!(view.show(&user, &mask)));
    }
    Err(no_such_person(&directory, key).into())
}

/// Why a key leads to nobody: a group's address, another organization's, or none.
pub(crate) fn no_such_person(directory: &Directory, key: &str) -> ApiError {
    if directory.groups().find(key).is_some() {
        return ApiError::classic(
            StatusCode::BAD_REQUEST,
            "Type not supported: userKey",
            "badRequest",
        );
    }
    match key.rsplit_once('@') {
        Some((_, domain)) if !directory.has_domain(domain) => ApiError::forbidden(),
        _ => ApiError::not_found("Resource Not Found: userKey"),
    }
}

pub(crate) use gate::scopes as scopes_of;
