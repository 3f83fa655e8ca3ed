//! One person as stored: the resource as compact text, beside what orders and searches need at hand.
//!
//! A parsed resource takes several times the memory of its text, which counts in directories of 50,000 people.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

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
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) id: Box<str>,
    pub(crate) primary_email: Box<str>,
    /// Every address that reaches the person, the primary one first.
    pub(crate) addresses: Box<[String]>,
    pub(crate) given_name: Box<str>,
    pub(crate) family_name: Box<str>,
    pub(crate) full_name: Box<str>,
    pub(crate) org_unit_path: Box<str>,
    pub(crate) etag: Box<str>,
    /// Set on deleted people only.
    pub(crate) deleted_at: Option<Timestamp>,
    /// One bit for each of [`FLAGS`].
    flags: u8,
    json: Box<str>,
}

impl User {
    /// A flag of the resource, one of [`FLAGS`].
    pub(crate) fn flag(&self, name: &str) -> bool {
        FLAGS
            .iter()
            .position(|flag| *flag == name)
            .is_some_and(|bit| self.flags & (1 << bit) != 0)
    }

    /// The whole resource.
    pub(crate) fn resource(&self) -> Map<String, Value> {
        serde_json::from_str(&self.json).unwrap_or_default()
    }

    /// The resource, to be changed.
    pub(crate) fn draft(&self) -> Draft {
        Draft {
            id: self.id.to_string(),
            primary_email: self.primary_email.to_string(),
            resource: self.resource(),
            deleted_at: self.deleted_at,
        }
    }

    /// The few fields that the list of deleted people carries.
    pub(crate) fn tombstone(&self) -> Map<String, Value> {
        let mut entry = Map::new();
        let fields = [
            ("kind", json!("admin#directory#user")),
            ("id", json!(self.id)),
            ("etag", json!(self.etag)),
            ("primaryEmail", json!(self.primary_email)),
        ];
        entry.extend(fields.map(|(name, value)| (name.to_owned(), value)));
        if let Some(at) = self.deleted_at {
            entry.insert("deletionTime".to_owned(), google_time(at).into());
        }
        entry
    }
}

impl From<Draft> for User {
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
