//! Pages of lists: their size, and the tokens that lead from one to the next.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::page_token::{PageToken, Spent};
use super::params::Params;
use crate::answers::ApiError;
use crate::directory::shelf::Place;
use crate::workspace::Workspace;

/// The token of the page that a request asks for; the first page has one as well, which nobody sees.
pub(crate) fn token(workspace: &Workspace, path: &str, params: &Params) -> Result<PageToken, Spent> {
    let (now, parameters) = (workspace.clock.now(), digest(path, params));
    let Some(text) = params.get("pageToken") else {
        return Ok(PageToken {
            parameters,
            after: None,
            page: 0,
            started: now,
            issued: now,
        });
    };
    let token = PageToken::decode(text, &workspace.page_secret).ok_or(Spent::Invalid)?;
    token.check(parameters, now)?;
    Ok(token)
}

/// The text of the token for what follows a place.
pub(crate) fn next(workspace: &Workspace, token: &PageToken, last: Place) -> String {
    PageToken {
        after: Some(last),
        page: token.page + 1,
        issued: workspace.clock.now(),
        ..token.clone()
    }
    .encode(&workspace.page_secret)
}

/// Takes a page's worth of items, and says whether there are more.
pub(crate) fn take<T>(mut items: impl Iterator<Item = T>, size: usize) -> (Vec<T>, bool) {
    let page = items.by_ref().take(size).collect();
    (page, items.next().is_some())
}

/// Google does not document what it does above the maximum; the simulator refuses it, so that no client relies on it.
pub(crate) fn max_results(params: &Params, default: usize, maximum: usize) -> Result<usize, ApiError> {
    let Some(text) = params.get("maxResults") else {
        return Ok(default);
    };
    let given = text.parse().ok().filter(|number| (1..=maximum).contains(number));
    given.ok_or_else(ApiError::invalid_input)
}

/// A token is bound to the path and to all of the method's own parameters.
fn digest(path: &str, params: &Params) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    params.own().hash(&mut hasher);
    hasher.finish()
}

/// Which page of a read a request asks for; a token that nobody issued counts as far beyond any page.
pub(crate) fn page_number(workspace: &Workspace, params: &Params) -> u64 {
    let number = |text| PageToken::decode(text, &workspace.page_secret).map_or(u64::MAX, |token| token.page);
    params.get("pageToken").map_or(0, number)
}

/// A page token that leads a reader round in a circle: the request's own, or one that starts again.
pub(crate) fn looping_token(workspace: &Workspace, path: &str, params: &Params) -> String {
    if let Some(own) = params.get("pageToken") {
        return own.to_owned();
    }
    let now = workspace.clock.now();
    PageToken {
        parameters: digest(path, params),
        after: None,
        page: 1,
        started: now,
        issued: now,
    }
    .encode(&workspace.page_secret)
}
