//! Which details of a Google user are copied to the extension.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which details of a Google user are copied to the extension.
#[derive(KubeSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// Phone number of the Google user that becomes the mobile number of the extension. Mobile: the phone of type
    /// mobile. Work: the phone of type work, for phone systems such as 3CX that expect it there. Defaults to Mobile.
    #[serde(default)]
    pub mobile: MobileSource,
    /// Whether the photo of the user (96 by 96 pixels) is stored in a ConfigMap, which user.photo of the extension
    /// references. Defaults to false.
    #[serde(default)]
    pub photo: bool,
}

/// Google phone that becomes the mobile number of the extension.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MobileSource {
    /// The phone of type mobile.
    #[default]
    Mobile,
    /// The phone of type work.
    Work,
}
