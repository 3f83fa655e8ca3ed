//! Where numbers come from.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::GoDuration;

/// Where extension numbers come from.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.end) || size(self.end) == size(has(self.start) ? self.start : '1000')").message("users.numbering.end: must have as many digits as start (1000 when start is left out); add leading zeros or change start").field_path(".end"),
    validation = Rule::new("!has(self.end) || size(self.end) != size(has(self.start) ? self.start : '1000') || self.end >= (has(self.start) ? self.start : '1000')").message("users.numbering.end: must not be below start (1000 when start is left out); raise end or lower start").field_path(".end"),
)]
pub struct Numbering {
    /// How a newcomer gets a number, which then stays with the person. Automatic: the lowest free number of the range, in
    /// the order of the directory. Default Automatic.
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
    /// For how long the number of a deleted extension is given to nobody else, so that a newcomer does not get a
    /// stranger's calls; at most 87600h. The same person gets it back in that time. Default 720h (30 days).
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
}
