//! Who gets an extension.

use kube::KubeSchema;
use kube::core::{Message, Reason, Rule};
use serde::{Deserialize, Serialize};

/// Which users get an extension: the users that include matches, without the users that exclude matches.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    /// Users in scope: a user is included if any of these lists matches. If omitted, everyone in the organization is
    /// included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[x_kube(
        validation = names_something("include", "to include everyone"),
        validation = by_address("include", "users", "ana@acme.com"),
        validation = by_address("include", "groups", "sales@acme.com"),
        validation = by_path("include"),
    )]
    pub include: Option<Selectors>,
    /// Users out of scope: a user is excluded if any of these lists matches, even if include matches as well. If
    /// omitted, no user is excluded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[x_kube(
        validation = names_something("exclude", "to exclude no one"),
        validation = by_address("exclude", "users", "ana@acme.com"),
        validation = by_address("exclude", "groups", "sales@acme.com"),
        validation = by_path("exclude"),
    )]
    pub exclude: Option<Selectors>,
}

/// Users, groups and organizational units. A group or unit that does not exist in Google stops the sync before any
/// change: a missing group is never treated as an empty group.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Selectors {
    /// Users by e-mail address, either primary or alias; at most 1000. An address that does not exist is reported,
    /// and all other users are synced. Example: ana@acme.com.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000), inner(length(max = 254)), extend("x-kubernetes-list-type" = "set"))]
    pub users: Vec<String>,
    /// Groups by e-mail address; at most 200. Members, managers and owners match, including those of nested groups. A
    /// group that does not exist stops the sync before any change. Example: sales@acme.com.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200), inner(length(max = 254)), extend("x-kubernetes-list-type" = "set"))]
    pub groups: Vec<String>,
    /// Organizational units by path from the root, including the units below them; at most 200. A unit that is
    /// renamed or moved in Google still matches, as long as no other unit takes its old path. A unit that does not
    /// exist stops the sync before any change. Example: /Sales.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200), inner(length(max = 1024)), extend("x-kubernetes-list-type" = "set"))]
    pub organizational_units: Vec<String>,
}

impl Selectors {
    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.groups.is_empty() && self.organizational_units.is_empty()
    }
}

// The rules are on include and exclude, not on the lists, so that each message can name the whole field.

fn names_something(section: &str, otherwise: &str) -> Rule {
    let has_items = |list: &str| format!("(has(self.{list}) && size(self.{list}) > 0)");
    let lists = ["users", "groups", "organizationalUnits"].map(has_items);
    let remedy = format!("add a user, a group or an organizational unit, or remove {section} {otherwise}");
    let message = format!("users.scope.{section}: is empty; {remedy}");
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
    let form = "paths from the root that begin with a slash and do not end with one";
    let message = format!("users.scope.{section}.{list}: use {form}, for example /Sales/Berlin");
    Rule::new(format!("!has(self.{list}) || self.{list}.all(path, {is_path})"))
        .message(Message::Message(message))
        .field_path(format!(".{list}"))
}
