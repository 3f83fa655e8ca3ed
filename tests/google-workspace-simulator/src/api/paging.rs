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
    let Some(text) = params.page_token(workspace.switches().strict) else {
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

/// How large a page may be.
pub(crate) struct Size {
    pub(crate) default: usize,
    pub(crate) maximum: usize,
    /// Whether the discovery document has the maximum as well: then Google refuses more, or else it takes more for as much.
    pub(crate) declared: bool,
}

/// The size of the page that is asked for. To be `strict` refuses more than the maximum of any list.
pub(crate) fn max_results(workspace: &Workspace, params: &Params, size: &Size) -> Result<usize, ApiError> {
    let Some(text) = params.get("maxResults") else {
        return Ok(size.default);
    };
    let given: usize = text.parse().map_err(|_| ApiError::invalid_input())?;
    let too_many = given > size.maximum && (size.declared || workspace.switches().strict);
    if given == 0 || too_many {
        return Err(ApiError::invalid_input());
    }
    Ok(given.min(size.maximum))
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
    params.page_token(workspace.switches().strict).map_or(0, number)
}

/// A page token that leads a reader round in a circle: the request's own, or one that starts again.
pub(crate) fn looping_token(workspace: &Workspace, path: &str, params: &Params) -> String {
    if let Some(own) = params.page_token(workspace.switches().strict) {
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
