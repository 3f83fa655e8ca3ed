//! Who gets an extension.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// Who gets an extension: whoever include names, without those whom exclude names.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    /// In scope is who matches any of these. Left out: everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[x_kube(validation = Rule::new("(has(self.users) && size(self.users) > 0) || (has(self.groups) && size(self.groups) > 0) || (has(self.organizationalUnits) && size(self.organizationalUnits) > 0)").message("users.scope.include: name at least one user, group or organizational unit; remove include to mean everybody").reason(Reason::FieldValueRequired))]
    pub include: Option<Selectors>,
    /// Out of scope is who matches any of these, also when include names them. Left out: nobody is taken out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[x_kube(validation = Rule::new("(has(self.users) && size(self.users) > 0) || (has(self.groups) && size(self.groups) > 0) || (has(self.organizationalUnits) && size(self.organizationalUnits) > 0)").message("users.scope.exclude: name at least one user, group or organizational unit; remove exclude to take nobody out").reason(Reason::FieldValueRequired))]
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
    #[x_kube(validation = Rule::new(r"self.all(address, address.matches('^[^@\\s]+@[^@\\s]+$'))").message("users.scope: users are named by e-mail address, for example ana@acme.com"))]
    pub users: Vec<String>,
    /// Groups by e-mail address; at most 200. Members, managers and owners count, and those of groups inside the group.
    /// Example: sales@acme.com.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200), inner(length(max = 254)), extend("x-kubernetes-list-type" = "set"))]
    #[x_kube(validation = Rule::new(r"self.all(address, address.matches('^[^@\\s]+@[^@\\s]+$'))").message("users.scope: groups are named by e-mail address, for example sales@acme.com"))]
    pub groups: Vec<String>,
    /// Organizational units by path from the root; at most 200. Everybody in the unit and in the units below it. A unit
    /// that is renamed or moved in Google is followed, as long as no other unit takes its old path. Example: /Sales.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200), inner(length(max = 1024)), extend("x-kubernetes-list-type" = "set"))]
    #[x_kube(validation = Rule::new("self.all(path, path == '/' || (path.startsWith('/') && !path.endsWith('/') && !path.contains('//')))").message("users.scope: organizational units are named by their path, with a slash in front and none at the end, for example /Sales/Berlin"))]
    pub organizational_units: Vec<String>,
}

impl Selectors {
    /// Whether nothing is named.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.groups.is_empty() && self.organizational_units.is_empty()
    }
}
