//! The paths that name a property: which fields of Google's user resource they may lead into.

use std::str::FromStr;

use super::grammar::{self, InvalidPath, Step, refuse};

/// The longest path, in characters.
pub const MAX_PATH: usize = 256;
/// The fields of Google's user resource that a path may begin with. Left out is what is secret or sensitive
/// (recoveryEmail, recoveryPhone, password, hashFunction, sshPublicKeys, ipWhitelisted) and what has no number in it.
pub(super) const FIELDS: [&str; 20] = [
    "addresses",
    "aliases",
    "customSchemas",
    "emails",
    "externalIds",
    "id",
    "ims",
    "keywords",
    "languages",
    "locations",
    "name",
    "nonEditableAliases",
    "notes",
    "orgUnitPath",
    "organizations",
    "phones",
    "posixAccounts",
    "primaryEmail",
    "relations",
    "websites",
];
const CUSTOM_SCHEMAS: &str = "customSchemas";

/// A GJSON path into Google's user resource, for example `externalIds.#(type=="organization").value`.
///
/// Of [GJSON](https://github.com/tidwall/gjson/blob/master/SYNTAX.md) it has keys with dots between them, indexes,
/// `#`, queries `#(…)` and `#(…)#` with the operators `==`, `!=`, `<`, `<=`, `>`, `>=`, `%` and `!%`, queries in
/// queries, `*` and `?` in keys below the first, and `\` before a character that would mean something. `?` stands for
/// one byte: several of them for a letter beyond ASCII.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyPath {
    text: String,
    steps: Vec<Step>,
    field: &'static str,
    schema: Option<String>,
}

impl PropertyPath {
    /// Reads a path, and refuses what is not supported.
    pub fn parse(text: &str) -> Result<Self, InvalidPath> {
        if text.chars().nth(MAX_PATH).is_some() {
            return refuse("longer than 256 characters; use a shorter path");
        }
        let steps = grammar::steps(text)?;
        let field = field(steps.first())?;
        let schema = if field == CUSTOM_SCHEMAS {
            Some(schema(&steps)?)
        } else {
            None
        };
        Ok(Self {
            text: text.to_owned(),
            steps,
            field,
            schema,
        })
    }

    /// The path as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The field of the user resource that Google has to be asked for.
    pub fn top_level_field(&self) -> &str {
        self.field
    }

    /// The custom schema that Google has to be asked for (`customFieldMask` with `projection=custom`).
    pub fn custom_schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl FromStr for PropertyPath {
    type Err = InvalidPath;

    fn from_str(text: &str) -> Result<Self, InvalidPath> {
        Self::parse(text)
    }
}

fn field(first: Option<&Step>) -> Result<&'static str, InvalidPath> {
    let Some(Step::Key(key)) = first else {
        return refuse("begin with a field of Google's user resource, for example externalIds");
    };
    FIELDS.into_iter().find(|field| field == key).ok_or(InvalidPath(
        "begin with one of addresses, aliases, customSchemas, emails, externalIds, id, ims, keywords, languages, locations, name, nonEditableAliases, notes, orgUnitPath, organizations, phones, posixAccounts, primaryEmail, relations, websites",
    ))
}

fn schema(steps: &[Step]) -> Result<String, InvalidPath> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    match steps {
        [_, Step::Key(name), _, ..] if name.bytes().all(plain) => Ok(name.clone()),
        _ => refuse(
            "after customSchemas, write the schema's name and a field of it, for example customSchemas.Telephony.extension: Google is asked for that schema alone, so its name can be neither a pattern nor a query",
        ),
    }
}
