//! A person of the directory, reduced to what an extension is made of.

use std::fmt;
use std::sync::Arc;

use super::number::Number;

/// A person's immutable Google id: the only key that survives a rename.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonId(Arc<str>);

impl PersonId {
    /// Wraps an id that Google gave.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// Of an extension that is nobody's.
    pub fn nobody() -> Self {
        Self::new("")
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the property says from which numbers are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// Nobody looked.
    #[default]
    Unasked,
    /// This number.
    Number(Number),
    /// Nothing.
    Missing,
    /// Something that is no number, for this reason.
    Invalid(&'static str),
}

/// One person as the directory describes them. Flags that the answer left out are `None`: unknown is not "no".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Immutable id.
    pub id: PersonId,
    /// Primary address, lower case.
    pub email: String,
    /// Further addresses, lower case.
    pub aliases: Vec<String>,
    /// Addresses that Google gave by itself, lower case: those in the aliases of the domain, for example. They lead to the
    /// person, and stand in no extension.
    pub automatic_aliases: Vec<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Full name as the directory shows it.
    pub display_name: Option<String>,
    /// Phone of type mobile.
    pub mobile: Option<String>,
    /// Phone of type work.
    pub work_phone: Option<String>,
    /// Job title.
    pub job_title: Option<String>,
    /// Department.
    pub department: Option<String>,
    /// Preferred language, BCP 47.
    pub language: Option<String>,
    /// Organizational unit, a path from the root.
    pub org_unit_path: Option<String>,
    /// The organization.
    pub customer_id: Option<String>,
    /// Suspended in Google.
    pub suspended: Option<bool>,
    /// Archived in Google.
    pub archived: Option<bool>,
    /// A guest from outside the organization.
    pub guest: Option<bool>,
    /// Google's mark of the photo's version; `None` when there is no photo.
    pub photo_etag: Option<String>,
    /// What the property says from which numbers are taken.
    pub number: Wanted,
}

impl Person {
    /// Every address that leads to the person, the primary one first.
    pub fn addresses(&self) -> impl Iterator<Item = &String> + Clone {
        std::iter::once(&self.email)
            .chain(&self.aliases)
            .chain(&self.automatic_aliases)
    }

    /// A person of whom only id and address are known.
    pub fn new(id: PersonId, email: impl Into<String>) -> Self {
        Self {
            id,
            email: email.into(),
            aliases: Vec::new(),
            automatic_aliases: Vec::new(),
            first_name: None,
            last_name: None,
            display_name: None,
            mobile: None,
            work_phone: None,
            job_title: None,
            department: None,
            language: None,
            org_unit_path: None,
            customer_id: None,
            suspended: None,
            archived: None,
            guest: None,
            photo_etag: None,
            number: Wanted::Unasked,
        }
    }
}
