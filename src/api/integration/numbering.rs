//! Where numbers come from.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::duration::GoDuration;

/// Where extension numbers come from.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("self.source != 'Property' || has(self.property)").message("users.numbering.property: required when source is Property; set a GJSON path into Google's user, for example externalIds.#(type==\"organization\").value").reason(Reason::FieldValueRequired).field_path(".property"),
    validation = Rule::new("self.source == 'Property' || !has(self.property)").message("users.numbering.property: only for source Property; remove it, or set source to Property").field_path(".property"),
    validation = Rule::new("self.source == 'Property' || self.fallback == 'None'").message("users.numbering.fallback: only for source Property; remove it, or set source to Property").field_path(".fallback"),
    validation = Rule::new("self.source == 'Manual' || !has(self.assignments) || size(self.assignments) == 0").message("users.numbering.assignments: only for source Manual; remove them, or set source to Manual").field_path(".assignments"),
    validation = Rule::new("!has(self.end) || size(self.end) == size(has(self.start) ? self.start : '1000')").message("users.numbering.end: must have as many digits as start (1000 when start is left out); add leading zeros or change start").field_path(".end"),
    validation = Rule::new("!has(self.end) || size(self.end) != size(has(self.start) ? self.start : '1000') || self.end >= (has(self.start) ? self.start : '1000')").message("users.numbering.end: must not be below start (1000 when start is left out); raise end or lower start").field_path(".end"),
)]
pub struct Numbering {
    /// How a newcomer gets a number, which then stays with the person. Automatic: the lowest free number of the range, in
    /// the order of the directory. Property: the number that stands in a property of the user in Google; when it changes
    /// there, the extension is renumbered. Manual: the extensions are created in advance, and assignments say whose they
    /// are. Default Automatic.
    #[serde(default)]
    pub source: NumberSource,
    /// First number of the range, 3 to 13 digits in quotes: it is text, and leading zeros count. Left out: 1000.
    /// Example: "1001".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 13))]
    #[x_kube(validation = Rule::new("self.matches('^[0-9]{3,13}$')").message("users.numbering.start: use 3 to 13 digits, for example \"1001\""))]
    pub start: Option<String>,
    /// Last number of the range, in quotes, with as many digits as start. When the range is used up, people without a
    /// number are reported and the others go on. Left out: the highest number with that many digits. Example: "1999".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 13))]
    #[x_kube(validation = Rule::new("self.matches('^[0-9]{3,13}$')").message("users.numbering.end: use 3 to 13 digits, for example \"1999\""))]
    pub end: Option<String>,
    /// Where the number stands, for source Property: a path into Google's user resource in GJSON syntax, at most 256
    /// characters. Example: externalIds.#(type=="organization").value, or customSchemas.Telephony.extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    #[x_kube(validation = Rule::new(r"self.matches('^[A-Za-z]+(\\..+)?$')").message("users.numbering.property: use a GJSON path that begins with the name of a field of Google's user, for example externalIds.#(type==\"organization\").value"))]
    pub property: Option<String>,
    /// What happens, for source Property, to a person whose property is missing, is no number of 3 to 13 digits, or is
    /// taken. None: the person is reported and gets no extension. Automatic: the lowest free number of the range.
    /// Default None.
    #[serde(default)]
    pub fallback: Fallback,
    /// Whose the extensions are that were created in advance, for source Manual; at most 2000, each user and each number once.
    /// A person without an assignment is reported as PendingAssignment. Left out: nobody's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2000), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["user"]))]
    // A map refuses a second entry of one key by an error of its own, which is told in front of the message. To compare each
    // with each would cost more than the API server allows: it is done, and goes before, as long as there are few numbers.
    #[x_kube(
        validation = Rule::new("[self.map(a, a.number)].all(numbers, size(numbers) > 500 || numbers.all(i, number, numbers.indexOf(number) == i)) && size(self.transformMapEntry(i, a, {a.number: i})) == size(self)").message("users.numbering.assignments: a number is assigned to two users; remove one of the two, or choose another number for it"),
        validation = Rule::new("size(self.transformMapEntry(i, a, {a.user.lowerAscii(): i})) == size(self)").message("users.numbering.assignments: a user is assigned two numbers, because capital letters make no difference in an address; remove one of the two"),
    )]
    pub assignments: Vec<Assignment>,
    /// For how long the number of a deleted extension is given to nobody else, so that a newcomer does not get a
    /// stranger's calls; at most 87600h. The same person gets it back in that time. A change counts for numbers that wait
    /// already, too. Default 720h (30 days).
    #[serde(default = "Numbering::default_quarantine")]
    #[x_kube(validation = Rule::new(GoDuration::between("0s", "87600h")).message("users.numbering.quarantine: use a time from 0s to 87600h (ten years) with the units s, m and h, for example 720h"))]
    pub quarantine: GoDuration,
}

impl Numbering {
    /// Where numbers begin when `start` is left out.
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

/// Where a number comes from.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum NumberSource {
    /// The lowest free number of the range.
    #[default]
    Automatic,
    /// A property of the user in Google.
    Property,
    /// A list in the declaration.
    Manual,
}

/// What happens to a person whose property gives no number.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fallback {
    /// Reported, and no extension.
    #[default]
    None,
    /// The lowest free number of the range.
    Automatic,
}

/// A person, and the number of the extension that was created for them in advance.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assignment {
    /// E-mail address of the user, the primary one or an alias. Example: ana@acme.com.
    #[schemars(length(max = 254))]
    #[x_kube(validation = Rule::new(r"self.matches('^[^@\\s]+@[^@\\s]+$')").message("users.numbering.assignments.user: use an e-mail address, for example ana@acme.com"))]
    pub user: String,
    /// Number of the extension, 3 to 13 digits in quotes. Example: "2001".
    #[schemars(length(max = 13))]
    #[x_kube(validation = Rule::new("self.matches('^[0-9]{3,13}$')").message("users.numbering.assignments.number: use 3 to 13 digits, for example \"2001\""))]
    pub number: String,
}
