//! `PbxExtension`: the resource that the phone system reads.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::status::MAX_GENERATION;

/// Desired state of the extension: its number, and the person who uses it.
#[derive(CustomResource, KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "dialplane.io",
    version = "v1alpha1",
    kind = "PbxExtension",
    plural = "pbxextensions",
    shortname = "pbxext",
    category = "pbx",
    namespaced,
    derive = "PartialEq",
    status = "PbxExtensionStatus",
    doc = "PbxExtension is one extension of a phone system: a number and the person who uses it. Its name is <tenant>-<number>, so that each number exists only once. The label dialplane.io/integration names the integration that manages the extension; without the label, the extension belongs to the phone system administrators.",
    printcolumn(name = "Number", type_ = "string", json_path = ".spec.number", description = "Extension number"),
    printcolumn(name = "Name", type_ = "string", json_path = ".spec.user.displayName", description = "Person"),
    printcolumn(name = "Email", type_ = "string", json_path = ".spec.user.email", description = "Primary address"),
    printcolumn(name = "State", type_ = "string", json_path = ".spec.enabled", description = "true when enabled"),
    printcolumn(name = "Source", type_ = "string", json_path = ".metadata.labels.dialplane\\.io/source", description = "Where the person comes from"),
    printcolumn(name = "Integration", type_ = "string", json_path = ".metadata.labels.dialplane\\.io/integration", description = "Integration that manages the extension"),
    printcolumn(name = "Mobile", type_ = "string", json_path = ".spec.user.mobile", priority = 1),
    printcolumn(name = "Title", type_ = "string", json_path = ".spec.user.jobTitle", priority = 1),
    printcolumn(name = "Department", type_ = "string", json_path = ".spec.user.department", priority = 1),
    printcolumn(name = "Reason", type_ = "string", json_path = ".spec.disabledReason", priority = 1, description = "Why Dialplane disabled it"),
    printcolumn(name = "Remove After", type_ = "string", json_path = ".spec.removeAfter", priority = 1, description = "When a waiting deletion happens"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    selectable = ".spec.tenant",
    selectable = ".spec.number",
    validation = Rule::new("self.metadata.name == self.spec.tenant + '-' + self.spec.number").message("metadata.name: must be the tenant, a hyphen and the number of the spec, for example acme-1001; correct the name, or tenant and number").field_path(".metadata.name"),
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.disabledReason) || !self.enabled").message("disabledReason: allowed only when enabled is false; remove it, or set enabled to false").field_path(".disabledReason"),
)]
pub struct PbxExtensionSpec {
    /// Name of the tenant, at most 40 lower-case letters, digits and hyphens. It is the first part of the name of the
    /// object and cannot be changed. Example: acme.
    #[schemars(length(max = 40))]
    #[x_kube(validation = Rule::new("self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')").message("tenant: use lower-case letters, digits and hyphens, with a letter or digit first and last, for example acme"))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("tenant: cannot be changed, because the name of the object contains it; create a new extension"))]
    pub tenant: String,
    /// Number of the extension, 3 to 13 digits in quotes. The value is a string, and leading zeros are significant.
    /// It is the second part of the name of the object and cannot be changed. Example: "1001".
    #[schemars(length(max = 13))]
    #[x_kube(validation = Rule::new("self.matches('^[0-9]{3,13}$')").message("number: use 3 to 13 digits, for example \"1001\""))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("number: cannot be changed, because the name of the object contains it; create an extension with the new number and delete this one"))]
    pub number: String,
    /// Whether the extension is in service. If false, the phone system keeps its configuration and data but handles
    /// no calls. An administrator can set it to false without disabledReason, also on a managed extension; a sync
    /// does not enable it again. Defaults to true.
    #[serde(default = "enabled_by_default")]
    pub enabled: bool,
    /// Why Dialplane disabled the extension. Suspended: the user is suspended in Google. Archived: the user is
    /// archived in Google. Deleted: the user is deleted in Google. OutOfScope: the user is no longer in scope of the
    /// integration. If omitted, the extension is enabled, or an administrator disabled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    // With `Option`, the description would be that of the enum instead of this one.
    #[schemars(with = "DisabledReason")]
    pub disabled_reason: Option<DisabledReason>,
    /// Time after which Dialplane deletes the extension, in RFC 3339 format. If omitted, no deletion is scheduled.
    /// Example: "2026-12-21T00:00:00Z".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 40), extend("format" = "date-time"))]
    pub remove_after: Option<String>,
    /// Person who uses the extension. On a managed extension, change these fields in Google: an edit here is refused,
    /// or reverted by the next sync. If omitted, the extension has no user, for example because it is a door phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<ExtensionUser>,
    /// Google user who owns the number, written by Dialplane. It remains after a release, so that the user gets the
    /// number back if an integration of the tenant manages the extension again. Remove it from a released extension
    /// to separate the number from the user permanently.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub google: Option<GoogleIdentity>,
    /// How the person signs in to the phone system. If omitted, the person cannot sign in with Google.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<ExtensionSignIn>,
    /// Voicemail settings, owned by the phone system administrators. A sync does not change them. If omitted, the
    /// defaults of the phone system apply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voicemail: Option<Voicemail>,
    /// SIP registration settings, owned by the phone system administrators. A sync does not change them. If omitted,
    /// the defaults of the phone system apply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sip: Option<Sip>,
}

fn enabled_by_default() -> bool {
    true
}

/// Why Dialplane disabled an extension.
#[derive(JsonSchema, Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DisabledReason {
    /// The user is suspended in Google.
    Suspended,
    /// The user is archived in Google.
    Archived,
    /// The user is deleted in Google.
    Deleted,
    /// The user is no longer in scope of the integration.
    OutOfScope,
}

impl DisabledReason {
    /// The value in the resource.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Suspended => "Suspended",
            Self::Archived => "Archived",
            Self::Deleted => "Deleted",
            Self::OutOfScope => "OutOfScope",
        }
    }
}

/// Person who uses an extension.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExtensionUser {
    /// Given name. Example: Ana.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub first_name: Option<String>,
    /// Family name. If omitted, the person has only one name. Example: Silva.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub last_name: Option<String>,
    /// Name that phones display. Example: Ana Silva.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub display_name: Option<String>,
    /// Primary e-mail address, in lower case. Example: ana@acme.com.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 254))]
    pub email: Option<String>,
    /// Other e-mail addresses of the person, in lower case and sorted; at most 64. Example: ana.silva@acme.com.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 254)), extend("x-kubernetes-list-type" = "set"))]
    pub email_aliases: Vec<String>,
    /// Mobile phone number as entered in the directory, not normalized. Example: "+351 910 000 000".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub mobile: Option<String>,
    /// Work phone number as entered in the directory, not normalized. Example: "+351 210 000 000".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub work_phone: Option<String>,
    /// Job title. Example: Engineer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub job_title: Option<String>,
    /// Department. Example: Sales.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub department: Option<String>,
    /// Preferred language: a BCP 47 tag, or the value that the directory has instead. Example: pt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 35))]
    pub language: Option<String>,
    /// Photo of the person. If omitted, the person has no photo, or the integration does not sync photos.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo: Option<Photo>,
}

/// Photo in a ConfigMap.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Photo {
    /// ConfigMap that contains the image under binaryData, in the namespace of this object.
    pub config_map_ref: ConfigMapKeyRef,
    /// Media type of the image. Example: image/jpeg.
    #[schemars(length(max = 64))]
    pub mime_type: String,
    /// Version of the photo, as given by Google. It changes when the photo changes.
    #[schemars(length(max = 256))]
    pub etag: String,
}

/// Reference to a key of a ConfigMap in the same namespace.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigMapKeyRef {
    /// Name of the ConfigMap. Example: acme-1001-photo.
    #[schemars(length(max = 253))]
    pub name: String,
    /// Key in the ConfigMap. Example: photo.
    #[schemars(length(max = 253))]
    pub key: String,
}

/// Identity of a Google user.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GoogleIdentity {
    /// ID of the Google user, in quotes. Google does not change it when the user is renamed, suspended or restored,
    /// and it cannot be changed here. Example: "104497032270219758212".
    #[schemars(length(max = 63))]
    #[x_kube(validation = Rule::new("self.matches('^[A-Za-z0-9]([-_A-Za-z0-9]*[A-Za-z0-9])?$')").message("google.userId: use the ID of the Google user (letters, digits, hyphens and underscores), for example \"104497032270219758212\"; remove spec.google if there is none"), validation = Rule::new("self == oldSelf").message("google.userId: cannot be changed, because a number stays with its user; remove spec.google to separate the two, and create another extension for another user"))]
    pub user_id: String,
    /// Customer ID of the user's organization. Example: C01abc234.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub customer_id: Option<String>,
    /// Organizational unit of the user, as a path from the root. Example: /Sales.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub org_unit_path: Option<String>,
}

/// How the person signs in to the phone system.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExtensionSignIn {
    /// Whether the person can sign in with Google. Defaults to false.
    #[serde(default)]
    pub enabled: bool,
    /// Value of the sub claim that Google's ID token must have for this person. Example: "104497032270219758212".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub subject: Option<String>,
    /// Value of the hd claim (the domain of the organization) that Google's ID token must have. Example: acme.com.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub hosted_domain: Option<String>,
    /// Role of the person after sign-in. Standard: can use only their own extension. Administrator: can administer
    /// the tenant. Defaults to Standard.
    #[serde(default)]
    pub role: SignInRole,
}

/// Role of a person after sign-in.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignInRole {
    /// Can use only their own extension.
    #[default]
    Standard,
    /// Can administer the tenant.
    Administrator,
}

/// Voicemail settings of an extension.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Voicemail {
    /// Whether callers can leave messages. Defaults to true.
    #[serde(default = "enabled_by_default")]
    pub enabled: bool,
    /// Secret that contains the PIN of the mailbox. If omitted, the PIN does not come from a Secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin_secret_ref: Option<PinSecretRef>,
}

/// Reference to a key of a Secret in the same namespace.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PinSecretRef {
    /// Name of the Secret, in the namespace of this object. Example: acme-1001-voicemail.
    #[schemars(length(max = 253))]
    #[x_kube(validation = Rule::new("self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')").message("pinSecretRef.name: use a valid name of a Secret (lower-case letters, digits, hyphens and dots), for example acme-1001-voicemail"))]
    pub name: String,
    /// Key in the Secret. Defaults to pin.
    #[serde(default = "PinSecretRef::default_key")]
    #[schemars(length(max = 253))]
    #[x_kube(validation = Rule::new("self.matches('^[-._a-zA-Z0-9]+$')").message("pinSecretRef.key: use a valid key of a Secret (letters, digits, hyphens, underscores and dots), for example pin"))]
    pub key: String,
}

impl PinSecretRef {
    fn default_key() -> String {
        "pin".to_owned()
    }
}

/// SIP registration settings of an extension.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sip {
    /// Secret that contains the user name and password with which phones register. If omitted, the credentials do not
    /// come from a Secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials_secret_ref: Option<SecretRef>,
}

/// Reference to a Secret in the same namespace.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretRef {
    /// Name of the Secret, in the namespace of this object. Example: acme-1001-sip.
    #[schemars(length(max = 253))]
    #[x_kube(validation = Rule::new("self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')").message("credentialsSecretRef.name: use a valid name of a Secret (lower-case letters, digits, hyphens and dots), for example acme-1001-sip"))]
    pub name: String,
}

/// Observed state of the extension, written by the phone system. Dialplane does not write it.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PbxExtensionStatus {
    /// The metadata.generation that the phone system has provisioned, or -1 if it has not seen the object yet.
    #[serde(default = "super::status::unobserved")]
    #[schemars(range(min = -1, max = MAX_GENERATION))]
    pub observed_generation: i64,
    /// Presence profile that the person selected on the phone system. Example: Available.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub profile: Option<String>,
    /// Conditions that the phone system reports. Provisioned: True when phones can register.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
}
