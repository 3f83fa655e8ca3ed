//! Who gets an extension.

use kube::KubeSchema;
use kube::core::{Message, Reason, Rule};
use serde::{Deserialize, Serialize};

/// Who gets an extension: whoever include names, without those whom exclude names.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    /// In scope is who matches any of these. Left out: everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[x_kube(
        validation = names_something("include", "everybody is meant"),
        validation = by_address("include", "users", "ana@acme.com"),
        validation = by_address("include", "groups", "sales@acme.com"),
        validation = by_path("include"),
    )]
    pub include: Option<Selectors>,
    /// Out of scope is who matches any of these, also when include names them. Left out: nobody is taken out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[x_kube(
        validation = names_something("exclude", "nobody is to be left out"),
        validation = by_address("exclude", "users", "ana@acme.com"),
        validation = by_address("exclude", "groups", "sales@acme.com"),
        validation = by_path("exclude"),
    )]
    pub exclude: Option<Selectors>,
}

/// Users, groups and organizational units. One that does not exist in Google stops the sync before anything is changed:
/// a missing group is never an empty group.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Selectors {
    /// Users by e-mail address, the primary one or an alias; at most 1000. Example: ana@acme.com.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000), inner(length(max = 254)), extend("x-kubernetes-list-type" = "set"))]
    pub users: Vec<String>,
    /// Groups by e-mail address; at most 200. Members, managers and owners count, and those of groups inside the group.
    /// Example: sales@acme.com.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200), inner(length(max = 254)), extend("x-kubernetes-list-type" = "set"))]
    pub groups: Vec<String>,
    /// Organizational units by path from the root; at most 200. Everybody in the unit and in the units below it. A unit
    /// that is renamed or moved in Google is followed, as long as no other unit takes its old path. Example: /Sales.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200), inner(length(max = 1024)), extend("x-kubernetes-list-type" = "set"))]
    pub organizational_units: Vec<String>,
}

impl Selectors {
    /// Whether nothing is named.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.groups.is_empty() && self.organizational_units.is_empty()
    }
}

// The rules stand on include and exclude, not on the lists, so that each message can name the whole field.

fn names_something(section: &str, otherwise: &str) -> Rule {
    let has_items = |list: &str| format!("(has(self.{list}) && size(self.{list}) > 0)");
    let lists = ["users", "groups", "organizationalUnits"].map(has_items);
    let remedy =
        format!("add a user, a group or an organizational unit, or remove {section} when {otherwise}");
    let message = format!("users.scope.{section}: names nothing; {remedy}");
    Rule::new(lists.join(" || "))
        .message(Message::Message(message))
        .reason(Reason::FieldValueRequired)
}

fn by_address(section: &str, list: &str, example: &str) -> Rule {
    let is_address = r"address.matches('^[^@\\s]+@[^@\\s]+$')";
    let message = format!("users.scope.{section}.{list}: use e-mail addresses, for example {example}");
    Rule::new(format!(
        "!has(self.{list}) || self.{list}.all(address, {is_address})"
    ))
    .message(Message::Message(message))
    .field_path(format!(".{list}"))
}

fn by_path(section: &str) -> Rule {
    let list = "organizationalUnits";
    let is_path = "path == '/' || (path.startsWith('/') && !path.endsWith('/') && !path.contains('//'))";
    let form = "paths from the root, with a slash in front and none at the end";
    let message = format!("users.scope.{section}.{list}: use {form}, for example /Sales/Berlin");
    Rule::new(format!("!has(self.{list}) || self.{list}.all(path, {is_path})"))
        .message(Message::Message(message))
        .field_path(format!(".{list}"))
}
