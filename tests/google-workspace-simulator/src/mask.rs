//! Partial responses: the `fields` parameter (`nextPageToken,users(id,name/givenName)`).

use serde_json::{Map, Value};

use crate::schema::{Resource, Shape};

/// A parsed `fields` mask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mask {
    /// Everything below this point.
    All,
    /// Only these fields.
    Some(Vec<(String, Mask)>),
}

/// Why a mask was refused: the part of it that Google's message would quote.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InvalidSelection(pub(crate) String);

impl Mask {
    /// Parses a mask and refuses fields that the resource does not have.
    pub(crate) fn parse(text: &str, resource: &'static Resource) -> Result<Self, InvalidSelection> {
        let mut parser = Parser { text, rest: text };
        let mask = parser.list(Some(Shape::Object(resource)))?;
        if parser.rest.is_empty() {
            Ok(mask)
        } else {
            Err(InvalidSelection(text.to_owned()))
        }
    }

    /// What the mask leaves of a value; a list is masked element by element.
    pub(crate) fn apply(&self, value: &Value) -> Value {
        match (self, value) {
            (Self::All, _) => value.clone(),
            (Self::Some(_), Value::Array(items)) => items.iter().map(|item| self.apply(item)).collect(),
            (Self::Some(fields), Value::Object(object)) => {
                let kept = fields
                    .iter()
                    .filter_map(|(name, below)| Some((name.clone(), below.apply(object.get(name)?))));
                Value::Object(kept.collect())
            }
            (Self::Some(_), scalar) => scalar.clone(),
        }
    }

    /// The mask below one field; nothing when the field is not selected.
    pub(crate) fn below(&self, name: &str) -> Option<&Self> {
        match self {
            Self::All => Some(self),
            Self::Some(fields) => fields
                .iter()
                .find(|(field, _)| field == name)
                .map(|(_, mask)| mask),
        }
    }

    /// Masks an object without copying what is not selected.
    pub(crate) fn apply_object(
        &self,
        object: &Map<String, Value>,
        keep: impl Fn(&str) -> bool,
    ) -> Map<String, Value> {
        object
            .iter()
            .filter(|(name, _)| keep(name))
            .filter_map(|(name, value)| Some((name.clone(), self.below(name)?.apply(value))))
            .collect()
    }

    /// Leaves of an object what is selected. Nothing is copied, which counts in pages of 500 people.
    pub(crate) fn reduce(&self, object: &mut Map<String, Value>, keep: impl Fn(&str) -> bool) {
        object.retain(|name, value| match self.below(name).filter(|_| keep(name)) {
            None => false,
            Some(Self::All) => true,
            Some(below) => {
                *value = below.apply(value);
                true
            }
        });
    }

    fn merge(self, other: Self) -> Self {
        match (self, other) {
            (Self::Some(mut fields), Self::Some(more)) => {
                for (name, mask) in more {
                    insert(&mut fields, name, mask);
                }
                Self::Some(fields)
            }
            _ => Self::All,
        }
    }
}

fn insert(fields: &mut Vec<(String, Mask)>, name: String, mask: Mask) {
    match fields.iter().position(|(known, _)| *known == name) {
        Some(at) => {
            let (_, known) = fields.swap_remove(at);
            fields.push((name, known.merge(mask)));
        }
        None => fields.push((name, mask)),
    }
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
}

impl Parser<'_> {
    fn list(&mut self, shape: Option<Shape>) -> Result<Mask, InvalidSelection> {
        let mut fields = Vec::new();
        let mut all = false;
        loop {
            let name = self.name()?;
            if name == "*" {
                all = true;
            } else {
                let below = below(shape, &name)?;
                let mask = self.selection(below)?;
                insert(&mut fields, name, mask);
            }
            if !self.eat(',') {
                return Ok(if all { Mask::All } else { Mask::Some(fields) });
            }
        }
    }

    /// What follows a name: `/name`, `(list)` or nothing.
    fn selection(&mut self, shape: Option<Shape>) -> Result<Mask, InvalidSelection> {
        if self.eat('/') {
            let name = self.name()?;
            if name == "*" {
                return Ok(Mask::All);
            }
            let below = below(shape, &name)?;
            let mask = self.selection(below)?;
            return Ok(Mask::Some(vec![(name, mask)]));
        }
        if self.eat('(') {
            let mask = self.list(shape)?;
            return if self.eat(')') {
                Ok(mask)
            } else {
                Err(self.invalid())
            };
        }
        Ok(Mask::All)
    }

    fn name(&mut self) -> Result<String, InvalidSelection> {
        let trimmed = self.rest.trim_start();
        let end = trimmed
            .find(|c: char| ",/() ".contains(c))
            .unwrap_or(trimmed.len());
        let (name, rest) = trimmed.split_at(end);
        if name.is_empty() {
            return Err(self.invalid());
        }
        self.rest = rest.trim_start();
        Ok(name.to_owned())
    }

    fn eat(&mut self, wanted: char) -> bool {
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn invalid(&self) -> InvalidSelection {
        InvalidSelection(self.text.to_owned())
    }
}

/// The shape of a named part; `None` as a shape means that anything may be there.
fn below(shape: Option<Shape>, name: &str) -> Result<Option<Shape>, InvalidSelection> {
    match shape {
        None | Some(Shape::Open) => Ok(None),
        Some(Shape::Leaf) => Err(InvalidSelection(name.to_owned())),
        Some(Shape::Object(resource)) => match resource.field(name) {
            Some(found) => Ok(Some(found)),
            None => Err(InvalidSelection(name.to_owned())),
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::schema;

    fn masked(mask: &str) -> Value {
        let page = json!({"kind": "k", "etag": "e", "nextPageToken": "t", "users": [
            {"id": "1", "name": {"givenName": "A", "familyName": "B"}, "phones": [{"type": "work", "value": "1"}],
             "customSchemas": {"s": {"f": 1, "g": 2}}}, {"id": "2"}]});
        Mask::parse(mask, &schema::USERS).unwrap().apply(&page)
    }

    #[test]
    fn masks_select_what_they_name() {
        assert_eq!(
            masked("kind,nextPageToken"),
            json!({"kind": "k", "nextPageToken": "t"})
        );
        assert_eq!(masked("users(id)"), json!({"users": [{"id": "1"}, {"id": "2"}]}));
        assert_eq!(
            masked("users/name/givenName"),
            json!({"users": [{"name": {"givenName": "A"}}, {}]})
        );
        assert_eq!(
            masked("users(id, phones(value))"),
            json!({"users": [{"id": "1", "phones": [{"value": "1"}]}, {"id": "2"}]})
        );
        assert_eq!(
            masked("users/id,users/name(familyName)"),
            json!({"users": [{"id": "1", "name": {"familyName": "B"}}, {"id": "2"}]})
        );
        assert_eq!(
            masked("users(customSchemas/s/f)"),
            json!({"users": [{"customSchemas": {"s": {"f": 1}}}, {}]})
        );
        assert_eq!(masked("*")["users"][0]["phones"][0]["type"], "work");
        assert_eq!(masked("users/*")["users"][1], json!({"id": "2"}));
        assert_eq!(masked("users(id),users")["users"][0]["name"]["givenName"], "A");
    }

    #[test]
    fn unknown_fields_and_bad_syntax_are_refused() {
        let cases = [
            ("users(id,nope)", "nope"),
            ("people", "people"),
            ("users(name(first))", "first"),
            ("users(id/x)", "x"),
            ("users(id", "users(id"),
            ("", ""),
            ("users(id))", "users(id))"),
            ("kind,,etag", "kind,,etag"),
            ("users()", "users()"),
        ];
        for (mask, named) in cases {
            assert_eq!(
                Mask::parse(mask, &schema::USERS),
                Err(InvalidSelection(named.to_owned())),
                "{mask}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_parser(text in "[a-z(),/* ]{0,40}") {
            let _ = Mask::parse(&text, &schema::USERS);
        }
    }
}
