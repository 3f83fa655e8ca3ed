//! One person: stored, or of the generated crowd.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::crowd::Crowd;
use super::draft::Draft;
use crate::clock::google_time;

/// Flags that searches and rights look at.
const FLAGS: &[&str] = &[
    "archived",
    "isAdmin",
    "isDelegatedAdmin",
    "isEnforcedIn2Sv",
    "isEnrolledIn2Sv",
    "isGuestUser",
    "suspended",
];

/// A person. What is absent or malformed in the resource is empty or false here.
#[derive(Debug, Clone)]
pub(crate) enum User {
    /// Somebody who was entered, changed or deleted.
    Stored(Arc<Stored>),
    /// Somebody of the crowd, by number, whom nobody has touched: worked out when asked.
    Made(Arc<Crowd>, u32),
}

/// A person as stored: the resource as compact text, beside what orders and searches need at hand. A parsed resource takes
/// several times the memory of its text.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(super) id: Box<str>,
    pub(super) primary_email: Box<str>,
    /// Every address that reaches the person, the primary one first.
    pub(super) addresses: Box<[String]>,
    pub(super) given_name: Box<str>,
    pub(super) family_name: Box<str>,
    full_name: Box<str>,
    pub(super) org_unit_path: Box<str>,
    etag: Box<str>,
    /// Set on deleted people only.
    pub(super) deleted_at: Option<Timestamp>,
    /// One bit for each of [`FLAGS`].
    flags: u8,
    json: Box<str>,
}

impl User {
    pub(crate) fn id(&self) -> Cow<'_, str> {
        match self {
            Self::Stored(user) => Cow::Borrowed(&user.id),
            Self::Made(_, index) => Crowd::id(*index).into(),
        }
    }

    pub(crate) fn primary_email(&self) -> Cow<'_, str> {
        match self {
            Self::Stored(user) => Cow::Borrowed(&user.primary_email),
            Self::Made(crowd, index) => crowd.email(*index).into(),
        }
    }

    /// Every address that reaches the person, the primary one first.
    pub(crate) fn addresses(&self) -> Cow<'_, [String]> {
        match self {
            Self::Stored(user) => Cow::Borrowed(&user.addresses),
            Self::Made(crowd, index) => crowd.addresses(*index).into(),
        }
    }

    /// The aliases that an administrator gave the person.
    pub(crate) fn aliases(&self) -> Vec<String> {
        let resource = self.resource();
        let aliases = resource.get("aliases").and_then(Value::as_array);
        let texts = aliases.into_iter().flatten().filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    }

    pub(crate) fn given_name(&self) -> Cow<'_, str> {
        match self {
            Self::Stored(user) => Cow::Borrowed(&user.given_name),
            Self::Made(_, index) => Crowd::name(*index).into_iter().next().unwrap_or_default(),
        }
    }

    pub(crate) fn family_name(&self) -> Cow<'_, str> {
        match self {
            Self::Stored(user) => Cow::Borrowed(&user.family_name),
            Self::Made(_, index) => Crowd::name(*index).into_iter().last().unwrap_or_default(),
        }
    }

    pub(crate) fn full_name(&self) -> Cow<'_, str> {
        match self {
            Self::Stored(user) => Cow::Borrowed(&user.full_name),
            Self::Made(_, index) => Crowd::full_name(*index).into(),
        }
    }

    pub(crate) fn org_unit_path(&self) -> &str {
        match self {
            Self::Stored(user) => &user.org_unit_path,
            Self::Made(_, index) => Crowd::unit(*index),
        }
    }

    pub(crate) fn etag(&self) -> Cow<'_, str> {
        match self {
            Self::Stored(user) => Cow::Borrowed(&user.etag),
            Self::Made(crowd, index) => crowd.etag(*index).into(),
        }
    }

    /// When the person was deleted; nothing for the living.
    pub(crate) fn deleted_at(&self) -> Option<Timestamp> {
        match self {
            Self::Stored(user) => user.deleted_at,
            Self::Made(..) => None,
        }
    }

    /// A flag of the resource, one of [`FLAGS`].
    pub(crate) fn flag(&self, name: &str) -> bool {
        match self {
            Self::Stored(user) => FLAGS
                .iter()
                .position(|flag| *flag == name)
                .is_some_and(|bit| user.flags & (1 << bit) != 0),
            Self::Made(_, index) => Crowd::flag(*index, name),
        }
    }

    /// The whole resource.
    pub(crate) fn resource(&self) -> Map<String, Value> {
        match self {
            Self::Stored(user) => serde_json::from_str(&user.json).unwrap_or_default(),
            Self::Made(crowd, index) => crowd.draft(*index).resource,
        }
    }

    /// Whether there may be custom fields, without reading the resource.
    pub(crate) fn has_custom_fields(&self) -> bool {
        match self {
            Self::Stored(user) => user.json.contains("\"customSchemas\""),
            Self::Made(..) => true,
        }
    }

    /// The resource, to be changed.
    pub(crate) fn draft(&self) -> Draft {
        match self {
            Self::Stored(user) => Draft {
                id: user.id.to_string(),
                primary_email: user.primary_email.to_string(),
                resource: self.resource(),
                deleted_at: user.deleted_at,
            },
            Self::Made(crowd, index) => crowd.draft(*index),
        }
    }

    /// The few fields that the list of deleted people carries.
    pub(crate) fn tombstone(&self) -> Map<String, Value> {
        let mut entry = Map::new();
        let fields = [
            ("kind", json!("admin#directory#user")),
            ("id", json!(self.id())),
            ("etag", json!(self.etag())),
            ("primaryEmail", json!(self.primary_email())),
        ];
        entry.extend(fields.map(|(name, value)| (name.to_owned(), value)));
        if let Some(at) = self.deleted_at() {
            entry.insert("deletionTime".to_owned(), google_time(at).into());
        }
        entry
    }
}

impl From<Draft> for Stored {
    fn from(draft: Draft) -> Self {
        let addresses = draft.addresses().into();
        let text = |name: &str| {
            draft
                .resource
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .into()
        };
        let name = |part: &str| {
            let name = draft.resource.get("name").and_then(|name| name.get(part));
            name.and_then(Value::as_str).unwrap_or_default().into()
        };
        let set = |flag: &str| draft.resource.get(flag) == Some(&Value::Bool(true));
        let flags = FLAGS
            .iter()
            .enumerate()
            .filter(|(_, flag)| set(flag))
            .fold(0, |flags, (bit, _)| flags | (1 << bit));
        Self {
            addresses,
            given_name: name("givenName"),
            family_name: name("familyName"),
            full_name: name("fullName"),
            org_unit_path: text("orgUnitPath"),
            etag: text("etag"),
            flags,
            json: Value::Object(draft.resource).to_string().into(),
            id: draft.id.into(),
            primary_email: draft.primary_email.into(),
            deleted_at: draft.deleted_at,
        }
    }
}
