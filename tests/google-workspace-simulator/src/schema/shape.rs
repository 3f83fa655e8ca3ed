//! What a resource is made of.

use anyhow::{Result, bail};
use serde_json::{Map, Value};

/// The names below one field.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// A value without named parts.
    Leaf,
    /// Named parts that only the data knows (`customSchemas`).
    Open,
    /// An object, or a list of objects, with these parts.
    Object(&'static Resource),
}

/// The fields of one resource.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(super) leaves: &'static [&'static str],
    pub(super) nested: &'static [(&'static str, Shape)],
}

impl Resource {
    /// All fields with their shapes.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'static str, Shape)> {
        let leaves = self.leaves.iter().map(|name| (*name, Shape::Leaf));
        leaves.chain(self.nested.iter().copied())
    }

    /// The shape of a field, or nothing when the resource has no such field.
    pub(crate) fn field(&self, name: &str) -> Option<Shape> {
        if self.leaves.contains(&name) {
            return Some(Shape::Leaf);
        }
        self.nested
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, shape)| *shape)
    }

    /// Refuses names that the resource does not have. Values of a wrong type are not looked into: a test may want them.
    pub(crate) fn check_names(&self, object: &Map<String, Value>, path: &str) -> Result<()> {
        for (name, value) in object {
            match self.field(name) {
                None => bail!("{path}.{name}: Google's resource has no such field"),
                // Untyped lists may hold anything; only `name` and the like are worth a look inside.
                Some(Shape::Object(resource)) => {
                    if let Value::Object(inner) = value
                        && !UNTYPED.contains(&name.as_str())
                    {
                        resource.check_names(inner, &format!("{path}.{name}"))?;
                    }
                }
                Some(Shape::Leaf | Shape::Open) => {}
            }
        }
        Ok(())
    }
}

/// Fields of `User` that the discovery document leaves untyped (`any`): Google may send anything there.
const UNTYPED: &[&str] = &[
    "addresses",
    "emails",
    "externalIds",
    "gender",
    "ims",
    "keywords",
    "languages",
    "locations",
    "notes",
    "organizations",
    "phones",
    "posixAccounts",
    "relations",
    "sshPublicKeys",
    "websites",
];

/// A resource of plain values.
pub(super) const fn flat(leaves: &'static [&'static str]) -> Resource {
    Resource { leaves, nested: &[] }
}
