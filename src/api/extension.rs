//! `PbxExtension`: what the phone system reads.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::status::MAX_GENERATION;

/// What the phone system provisions: a number, and the person who is reached by it.
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
    doc = "One extension of a phone system: a number and the person behind it. Its name is <tenant>-<number>, so a number exists once. With the label dialplane.io/integration it is kept by that integration; without it, it belongs to the administrators of the phone system.",
    printcolumn(name = "Number", type_ = "string", json_path = ".spec.number", description = "Extension number"),
    printcolumn(name = "Name", type_ = "string", json_path = ".spec.user.displayName", description = "Person"),
    printcolumn(name = "Email", type_ = "string", json_path = ".spec.user.email", description = "Primary address"),
    printcolumn(name = "State", type_ = "string", json_path = ".spec.enabled", description = "true when enabled"),
    printcolumn(name = "Source", type_ = "string", json_path = ".metadata.labels.dialplane\\.io/source", description = "Where the person comes from"),
    printcolumn(name = "Integration", type_ = "string", json_path = ".metadata.labels.dialplane\\.io/integration", description = "Integration that keeps the extension"),
    printcolumn(name = "Mobile", type_ = "string", json_path = ".spec.user.mobile", priority = 1),
    printcolumn(name = "Title", type_ = "string", json_path = ".spec.user.jobTitle", priority = 1),
    printcolumn(name = "Department", type_ = "string", json_path = ".spec.user.department", priority = 1),
    printcolumn(name = "Reason", type_ = "string", json_path = ".spec.disabledReason", priority = 1, description = "Why Dialplane disabled it"),
    printcolumn(name = "Remove After", type_ = "string", json_path = ".spec.removeAfter", priority = 1, description = "When a waiting deletion happens"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    selectable = ".spec.tenant",
    selectable = ".spec.number",
    validation = Rule::new("self.metadata.name == self.spec.tenant + '-' + self.spec.number").message("metadata.name: must be <spec.tenant>-<spec.number>, for example acme-1001; correct the name, or tenant and number").field_path(".metadata.name"),
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.disabledReason) || !self.enabled").message("disabledReason: only while enabled is false; remove it, or set enabled to false").field_path(".disabledReason"),
)]
pub struct PbxExtensionSpec {
    /// Name of the tenant, at most 40 lower-case letters, digits and hyphens. It is the first half of the object's name and
    /// cannot be changed. Example: acme.
    #[schemars(length(max = 40))]
    #[x_kube(validation = Rule::new("self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')").message("tenant: use lower-case letters, digits and hyphens, with a letter or digit first and last, for example acme"))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("tenant: cannot be changed, because the object's name contains it; create a new extension"))]
    pub tenant: String,
    /// The extension's number, 3 to 13 digits in quotes: it is text, and leading zeros count. It is the second half of the
    /// object's name and cannot be changed. Example: "1001".
    #[schemars(length(max = 13))]
    #[x_kube(validation = Rule::new("self.matches('^[0-9]{3,13}$')").message("number: use 3 to 13 digits, for example \"1001\""))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("number: cannot be changed, because the object's name contains it; create an extension with the new number and delete this one"))]
    pub number: String,
    /// Whether the phone works. False: the phone system keeps everything and serves no calls. An administrator may set it
    /// to false, without disabledReason, also on an extension that an integration keeps; a sync respects that.
    /// Default true.
    #[serde(default = "enabled_by_default")]
    pub enabled: bool,
    /// Why Dialplane disabled the extension. Suspended, Archived, Deleted: the person's state in Google. OutOfScope: the
    /// integration no longer covers the person. Left out: it is enabled, or an administrator disabled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    // With `Option`, the description would be that of the enum instead of this one.
    #[schemars(with = "DisabledReason")]
    pub disabled_reason: Option<DisabledReason>,
    /// When a waiting deletion of this extension happens, a time in RFC 3339. Left out: no deletion waits.
    /// Example: "2026-12-21T00:00:00Z".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 40), extend("format" = "date-time"))]
    pub remove_after: Option<String>,
    /// The person behind the number. On an extension that an integration keeps, change these fields in Google: an edit here
    /// is undone. Left out: nobody, for example a door phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<ExtensionUser>,
    /// Who the person is in Google. It stays after a release, so that the person gets this number back when an integration
    /// of the tenant keeps the extension again; remove it to part the number from the person for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub google: Option<GoogleIdentity>,
    /// How the person signs in to the phone system. Left out: not with Google.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<ExtensionSignIn>,
    /// The mailbox. It belongs to the administrators of the phone system; a sync never touches it. Left out: as the phone
    /// system has it by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voicemail: Option<Voicemail>,
    /// How phones register. It belongs to the administrators of the phone system; a sync never touches it. Left out: as the
    /// phone system has it by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sip: Option<Sip>,
}

fn enabled_by_default() -> bool {
    true
}

/// Why Dialplane disabled an extension.
#[derive(JsonSchema, Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DisabledReason {
    /// The person is suspended in Google.
    Suspended,
    /// The person is archived in Google.
    Archived,
    /// The person is deleted in Google.
    Deleted,
    /// The person is no longer in the scope of the integration.
    OutOfScope,
}

impl DisabledReason {
    /// The word that stands in the resource.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Suspended => "Suspended",
            Self::Archived => "Archived",
            Self::Deleted => "Deleted",
            Self::OutOfScope => "OutOfScope",
        }
    }
}

/// The person behind an extension.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExtensionUser {
    /// Given name. Example: Ana.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub first_name: Option<String>,
    /// Family name. Left out for people with one name. Example: Silva.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub last_name: Option<String>,
    /// Name that phones show. Example: Ana Silva.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub display_name: Option<String>,
    /// Primary e-mail address, in lower case. Example: ana@acme.com.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 254))]
    pub email: Option<String>,
    /// Other e-mail addresses of the person, in lower case, sorted, at most 64. Example: ana.silva@acme.com.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 254)), extend("x-kubernetes-list-type" = "set"))]
    pub email_aliases: Vec<String>,
    /// Mobile phone, as it stands in the directory: not normalised. Example: "+351 910 000 000".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub mobile: Option<String>,
    /// Work phone, as it stands in the directory: not normalised. Example: "+351 210 000 000".
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
    /// Preferred language, a BCP 47 tag, or what the directory has instead of one. Example: pt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 35))]
    pub language: Option<String>,
    /// The person's photo. Left out: there is none, or the integration does not ask for photos.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo: Option<Photo>,
}

/// A photo in a ConfigMap.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Photo {
    /// The ConfigMap with the image under binaryData, in the namespace of this object.
    pub config_map_ref: ConfigMapKeyRef,
    /// Media type of the image. Example: image/jpeg.
    #[schemars(length(max = 64))]
    pub mime_type: String,
    /// Google's mark of this version of the photo. It changes when the photo does.
    #[schemars(length(max = 256))]
    pub etag: String,
}

/// A key of a ConfigMap in the same namespace.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigMapKeyRef {
    /// Name of the ConfigMap. Example: acme-1001-photo.
    #[schemars(length(max = 253))]
    pub name: String,
    /// Key inside the ConfigMap. Example: photo.
    #[schemars(length(max = 253))]
    pub key: String,
}

/// A person's identity in Google.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GoogleIdentity {
    /// Google's id of the user, in quotes. It stays the same through renames, suspension and restoring, and cannot be
    /// changed here.
    /// Example: "104497032270219758212".
    #[schemars(length(max = 63))]
    #[x_kube(validation = Rule::new("self.matches('^[A-Za-z0-9]([-_A-Za-z0-9]*[A-Za-z0-9])?$')").message("google.userId: use Google's id of the user (letters and digits), for example \"104497032270219758212\"; remove the section google when there is none"), validation = Rule::new("self == oldSelf").message("google.userId: cannot be changed, because the number stays with its person; remove the section google to part the two, and create another extension for another person"))]
    pub user_id: String,
    /// Customer id of the person's organization. Example: C01abc234.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub customer_id: Option<String>,
    /// Organizational unit of the person, as a path from the root. Example: /Sales.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub org_unit_path: Option<String>,
}

/// How the person signs in to the phone system.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExtensionSignIn {
    /// Whether the person may sign in with Google. Default false.
    #[serde(default)]
    pub enabled: bool,
    /// The sub claim that Google's ID token must carry for this person.
    /// Example: "104497032270219758212".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub subject: Option<String>,
    /// The hd claim (the organization's domain) that Google's ID token must carry. Example: acme.com.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub hosted_domain: Option<String>,
    /// What the person may do after signing in. Standard: own extension only. Administrator: administers the tenant.
    /// Default Standard.
    #[serde(default)]
    pub role: SignInRole,
}

/// What a person may do after signing in.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignInRole {
    /// Own extension only.
    #[default]
    Standard,
    /// Administers the tenant.
    Administrator,
}

/// Voicemail of an extension.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Voicemail {
    /// Whether callers can leave messages. Default true.
    #[serde(default = "enabled_by_default")]
    pub enabled: bool,
    /// Where the PIN of the mailbox is. Left out: no PIN from a Secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin_secret_ref: Option<PinSecretRef>,
}

/// A key of a Secret in the same namespace.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PinSecretRef {
    /// Name of the Secret, in the namespace of this object. Example: acme-1001-voicemail.
    #[schemars(length(max = 253))]
    #[x_kube(validation = Rule::new("self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')").message("pinSecretRef.name: use the name of a Secret (lower-case letters, digits, hyphens and dots), for example acme-1001-voicemail"))]
    pub name: String,
    /// Key inside the Secret. Default pin.
    #[serde(default = "PinSecretRef::default_key")]
    #[schemars(length(max = 253))]
    #[x_kube(validation = Rule::new("self.matches('^[-._a-zA-Z0-9]+$')").message("pinSecretRef.key: use a key of the Secret (letters, digits, hyphens, underscores and dots), for example pin"))]
    pub key: String,
}

impl PinSecretRef {
    fn default_key() -> String {
        "pin".to_owned()
    }
}

/// SIP registration of an extension.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sip {
    /// The Secret with the user name and password that phones register with. Left out: none from a Secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials_secret_ref: Option<SecretRef>,
}

/// A Secret in the same namespace.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretRef {
    /// Name of the Secret, in the namespace of this object. Example: acme-1001-sip.
    #[schemars(length(max = 253))]
    #[x_kube(validation = Rule::new("self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')").message("credentialsSecretRef.name: use the name of a Secret (lower-case letters, digits, hyphens and dots), for example acme-1001-sip"))]
    pub name: String,
}

/// What the phone system reports about the extension. Dialplane never writes it.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PbxExtensionStatus {
    /// The metadata.generation that the phone system has provisioned. -1 before it has seen the object.
    #[serde(default = "super::status::unobserved")]
    #[schemars(range(min = -1, max = MAX_GENERATION))]
    pub observed_generation: i64,
    /// Presence that the person chose on the phone system. Example: Available.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub profile: Option<String>,
    /// What the phone system says about this extension. Provisioned: True when phones can register.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
}
