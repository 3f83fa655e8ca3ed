//! How extensions get their numbers.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::duration::GoDuration;

/// How extensions get their numbers.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("self.source != 'Property' || has(self.property)").message("users.numbering.property: required when source is Property; set it to a GJSON path in the Google user resource, for example externalIds.#(type==\"organization\").value").reason(Reason::FieldValueRequired).field_path(".property"),
    validation = Rule::new("self.source == 'Property' || !has(self.property)").message("users.numbering.property: allowed only when source is Property; remove it, or set source to Property").field_path(".property"),
    validation = Rule::new("self.source == 'Property' || self.fallback == 'None'").message("users.numbering.fallback: Automatic is allowed only when source is Property; remove it, or set source to Property").field_path(".fallback"),
    validation = Rule::new("self.source == 'Manual' || !has(self.assignments) || size(self.assignments) == 0").message("users.numbering.assignments: allowed only when source is Manual; remove them, or set source to Manual").field_path(".assignments"),
    validation = Rule::new("!has(self.end) || size(self.end) == size(has(self.start) ? self.start : '1000')").message("users.numbering.end: must have as many digits as start (1000 if start is omitted); add leading zeros, or change start").field_path(".end"),
    validation = Rule::new("!has(self.end) || size(self.end) != size(has(self.start) ? self.start : '1000') || self.end >= (has(self.start) ? self.start : '1000')").message("users.numbering.end: must not be lower than start (1000 if start is omitted); raise end, or lower start").field_path(".end"),
)]
pub struct Numbering {
    /// How a new user gets a number. Automatic: assigns the lowest free number of the range, in directory order; the
    /// user keeps it. Property: takes the number from a property of the Google user; if the property changes, the
    /// extension is renumbered. Manual: assigns an existing extension, as listed in assignments. Defaults to
    /// Automatic.
    #[serde(default)]
    pub source: NumberSource,
    /// First number of the range, 3 to 13 digits in quotes. The value is a string, and leading zeros are significant.
    /// If omitted, the range starts at 1000. Example: "1001".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 13))]
    #[x_kube(validation = Rule::new("self.matches('^[0-9]{3,13}$')").message("users.numbering.start: use 3 to 13 digits, for example \"1001\""))]
    pub start: Option<String>,
    /// Last number of the range, in quotes, with as many digits as start. When the range is exhausted, users without
    /// a number are reported and all other users are synced. If omitted, the range ends at the highest number with
    /// that many digits. Example: "1999".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 13))]
    #[x_kube(validation = Rule::new("self.matches('^[0-9]{3,13}$')").message("users.numbering.end: use 3 to 13 digits, for example \"1999\""))]
    pub end: Option<String>,
    /// GJSON path to the number in the Google user resource, at most 256 characters. Required when source is
    /// Property, and allowed only then. Example: externalIds.#(type=="organization").value, or
    /// customSchemas.Telephony.extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    #[x_kube(validation = Rule::new(r"self.matches('^[A-Za-z]+(\\..+)?$')").message("users.numbering.property: use a GJSON path that begins with the name of a field of the Google user resource, for example externalIds.#(type==\"organization\").value"))]
    pub property: Option<String>,
    /// What happens to a new user whose property is missing, is not a number of 3 to 13 digits, or contains a number
    /// that is taken. None: reports the user and creates no extension. Automatic: assigns the lowest free number of
    /// the range; allowed only when source is Property. Defaults to None.
    #[serde(default)]
    pub fallback: Fallback,
    /// Existing extensions to assign to users, at most 2000, each user and each number once. A user without an entry
    /// is reported with reason PendingAssignment. Allowed only when source is Manual. If omitted, no extension is
    /// assigned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2000), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["user"]))]
    // A map with a duplicate key raises an error of its own, which precedes the message. Up to 500 numbers are compared with
    // each other first, which avoids that error; more would exceed the CEL cost limit of the API server.
    #[x_kube(
        validation = Rule::new("[self.map(a, a.number)].all(numbers, size(numbers) > 500 || numbers.all(i, number, numbers.indexOf(number) == i)) && size(self.transformMapEntry(i, a, {a.number: i})) == size(self)").message("users.numbering.assignments: a number is assigned to two users; remove one of the two entries, or choose another number"),
        validation = Rule::new("size(self.transformMapEntry(i, a, {a.user.lowerAscii(): i})) == size(self)").message("users.numbering.assignments: a user is assigned two numbers (addresses are not case-sensitive); remove one of the two entries"),
    )]
    pub assignments: Vec<Assignment>,
    /// How long the number of a deleted extension is reserved for its previous user, so that a new user does not
    /// receive calls meant for somebody else; at most 87600h (ten years). A change also applies to numbers that are
    /// already in quarantine. Defaults to 720h (30 days).
    #[serde(default = "Numbering::default_quarantine")]
    #[x_kube(validation = Rule::new(GoDuration::between("0s", "87600h")).message("users.numbering.quarantine: use a duration from 0s to 87600h (ten years) with the units s, m and h, for example 720h"))]
    pub quarantine: GoDuration,
}

impl Numbering {
    /// First number of the range if `start` is omitted.
    pub const DEFAULT_START: &str = "1000";

    fn default_quarantine() -> GoDuration {
        GoDuration::new("720h")
    }
}

impl Default for Numbering {
    fn default() -> Self {
        Self {
            source: NumberSource::Automatic,
            start: None,
            end: None,
            property: None,
            fallback: Fallback::None,
            assignments: Vec::new(),
            quarantine: Self::default_quarantine(),
        }
    }
}

/// Source of extension numbers.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum NumberSource {
    /// The lowest free number of the range.
    #[default]
    Automatic,
    /// A property of the user in Google.
    Property,
    /// The list of assignments.
    Manual,
}

/// What happens to a user whose property contains no usable number.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fallback {
    /// Reports the user and creates no extension.
    #[default]
    None,
    /// Assigns the lowest free number of the range.
    Automatic,
}

/// A user, and the number of the existing extension that the user gets.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assignment {
    /// E-mail address of the user, either the primary address or an alias. Example: ana@acme.com.
    #[schemars(length(max = 254))]
    #[x_kube(validation = Rule::new(r"self.matches('^[^@\\s]+@[^@\\s]+$')").message("users.numbering.assignments.user: use an e-mail address, for example ana@acme.com"))]
    pub user: String,
    /// Number of the extension, 3 to 13 digits in quotes. Example: "2001".
    #[schemars(length(max = 13))]
    #[x_kube(validation = Rule::new("self.matches('^[0-9]{3,13}$')").message("users.numbering.assignments.number: use 3 to 13 digits, for example \"2001\""))]
    pub number: String,
}
