//! Which of a person's details go into the extension.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which of a person's details go into the extension.
#[derive(KubeSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// Which of the person's phones in Google becomes the extension's mobile number. Mobile: the phone of type mobile.
    /// Work: the phone of type work, for phone systems that expect it there (3CX does). Default Mobile.
    #[serde(default)]
    pub mobile: MobileSource,
    /// Keeps each person's photo (96 by 96 pixels) in a ConfigMap that user.photo of the extension names. Default false.
    #[serde(default)]
    pub photo: bool,
}

/// Which Google phone becomes the extension's mobile number.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MobileSource {
    /// The phone of type mobile.
    #[default]
    Mobile,
    /// The phone of type work.
    Work,
}
