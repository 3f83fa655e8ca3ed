//! What every list of the Directory API has in common, with pages or without.

use std::{borrow::Cow, collections::HashSet};

use serde_json::value::RawValue;

use super::fields::Object;
use crate::google::error::Error;

/// 10,000 pages of 500 are five million people.
const PAGE_LIMIT: usize = 10_000;
/// Google's page tokens have a few hundred characters.
const TOKEN_LIMIT: usize = 4_096;

/// How one kind of list looks.
#[derive(Debug)]
pub(super) struct Shape {
    /// What stands for `kind`, as JSON.
    pub(super) kinds: &'static [&'static str],
    /// The key of the elements.
    pub(super) key: &'static str,
    /// What the elements are, for a person.
    pub(super) what: &'static str,
}

/// A page, and the token of the next one.
#[derive(Debug)]
pub(super) struct Decoded<P> {
    pub(super) page: P,
    pub(super) next: Option<String>,
}

/// Reads a 200 answer, element by element, and gives the token of the next page. Anything that is not clearly
/// such a list is an incomplete read: an empty page and a wrong answer must never look alike.
pub(super) fn read(
    body: &[u8],
    shape: &Shape,
    mut element: impl FnMut(&RawValue),
) -> Result<Option<String>, Error> {
    let text = text(body);
    let what = shape.what;
    let object: Object<'_> = serde_json::from_str(&text)
        .map_err(|_| Error::incomplete(format!("Google's list of {what} is not complete JSON")))?;
    if let Some(kind) = object.get("kind")
        && !shape.kinds.contains(&kind.get())
    {
        return Err(Error::incomplete(format!(
            "Google's response is not a list of {what}"
        )));
    }
    let next = next_token(&object)?;
    elements(&object, shape)?.into_iter().for_each(&mut element);
    Ok(next)
}

/// Broken UTF-8 in one name must not cost the page.
pub(super) fn text(body: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(body)
}

/// Google leaves the key out of an empty page, so its absence needs another sign that this is a page.
fn elements<'a>(object: &Object<'a>, shape: &Shape) -> Result<Vec<&'a RawValue>, Error> {
    let what = shape.what;
    let Some(elements) = object.get(shape.key) else {
        let only_paging = object.keys().all(|key| key == "nextPageToken" || key == "etag");
        if object.contains_key("kind") || (only_paging && !object.is_empty()) {
            return Ok(Vec::new());
        }
        return Err(Error::incomplete(format!(
            "Google's response has no {what}, and does not say that it is a list of {what}"
        )));
    };
    serde_json::from_str(elements.get())
        .map_err(|_| Error::incomplete(format!("the {what} in Google's response are not a list")))
}

fn next_token(object: &Object<'_>) -> Result<Option<String>, Error> {
    let Some(raw) = object.get("nextPageToken") else {
        return Ok(None);
    };
    let token: Option<String> = serde_json::from_str(raw.get())
        .map_err(|_| Error::incomplete("Google's page token is not a string"))?;
    let token = token.filter(|token| !token.is_empty());
    if token.as_ref().is_some_and(|token| token.len() > TOKEN_LIMIT) {
        return Err(Error::incomplete("Google's page token is too long"));
    }
    Ok(token)
}

/// Walks from page to page, and notices when that does not end.
#[derive(Debug)]
pub(super) struct Cursor {
    what: &'static str,
    token: Option<String>,
    seen: HashSet<String>,
    pages: usize,
}

impl Cursor {
    /// Before the first page of a list of `what`.
    pub(super) fn of(what: &'static str) -> Self {
        Self {
            what,
            token: None,
            seen: HashSet::new(),
            pages: 0,
        }
    }

    /// The token of the page to read; `None` for the first one.
    pub(super) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Moves on to the page of token `next`, if there is one.
    pub(super) fn after(mut self, next: Option<String>) -> Result<Option<Self>, Error> {
        next.map(|next| {
            self.advance(next)?;
            Ok(self)
        })
        .transpose()
    }

    fn advance(&mut self, next: String) -> Result<(), Error> {
        let what = self.what;
        self.pages += 1;
        if self.pages >= PAGE_LIMIT {
            let text = format!("the list of {what} does not end: {PAGE_LIMIT} pages were read");
            return Err(Error::incomplete(text));
        }
        if !self.seen.insert(next.clone()) {
            return Err(Error::incomplete(format!(
                "the list of {what} does not end: Google repeated a page token"
            )));
        }
        self.token = Some(next);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::google::error::Cause;

    #[test]
    fn a_cursor_notices_any_loop() {
        let mut cursor = Cursor::of("users");
        assert_eq!(cursor.token(), None);
        for token in ["a", "b", "c"] {
            cursor.advance(token.to_owned()).unwrap();
            assert_eq!(cursor.token(), Some(token));
        }
        let error = cursor.advance("a".to_owned()).unwrap_err();
        assert_eq!(error.cause(), Cause::IncompleteRead);
    }

    #[test]
    fn a_cursor_ends_after_ten_thousand_pages() {
        let mut cursor = Cursor::of("users");
        let pages = (1..20_000).find(|page: &usize| cursor.advance(page.to_string()).is_err());
        assert_eq!(pages, Some(10_000));
    }
}
