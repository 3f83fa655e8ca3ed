//! The organization, and the credentials to read its directory.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// The Google Workspace organization.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Google {
    /// Which organization to read: its customer id, which begins with C (Admin console, Account, Account settings), or
    /// my_customer for the organization of the subject. A service account that acts as itself needs the real id.
    /// Default my_customer. Example: C01abc234.
    #[serde(default = "Google::default_customer")]
    #[schemars(length(max = 64))]
    #[x_kube(validation = Rule::new("self.matches('^(my_customer|C[0-9A-Za-z]+)$')").message("google.customerId: use my_customer, or the organization's customer id, which begins with C (Admin console, Account, Account settings), for example C01abc234"))]
    pub customer_id: String,
    /// Only people whose primary address is in this domain get an extension. Left out: people of all domains of the
    /// organization. Example: acme.com.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    #[x_kube(validation = Rule::new(r"self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$')").message("google.domain: use a domain in lower case, without @ or https://, for example acme.com; leave it out for all domains"))]
    pub domain: Option<String>,
    /// Counts the authorizations of this integration. Raising it by one means disconnect and connect again:
    /// users.syncMode can be chosen anew in the same change, extensions and numbers stay. It cannot be lowered.
    /// Default 1.
    #[serde(default = "Google::first_epoch")]
    #[schemars(range(min = 1, max = 1_000_000))]
    #[x_kube(validation = Rule::new("self >= oldSelf").message("google.authorizationEpoch: can only be raised; use the present value or a higher one"))]
    pub authorization_epoch: i32,
    /// How Dialplane proves to Google who it is.
    pub credentials: Credentials,
}

impl Google {
    /// Google's alias for the organization of the account that asks.
    pub const MY_CUSTOMER: &str = "my_customer";

    fn default_customer() -> String {
        Self::MY_CUSTOMER.to_owned()
    }

    fn first_epoch() -> i32 {
        1
    }
}

/// Credentials for Google.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// A Google service account with a key file. It reads the directory in the name of subject, or with an admin role of
    /// its own.
    pub service_account: ServiceAccount,
}

/// A Google service account.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceAccount {
    /// The Secret with the account's JSON key file, in the namespace of this object.
    pub secret_ref: SecretKeyRef,
    /// E-mail address of the administrator in whose name the directory is read (domain-wide delegation). Left out: the
    /// service account acts as itself, needs an admin role of its own, and customerId must be the real one.
    /// Example: it@acme.com.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 254))]
    #[x_kube(validation = Rule::new(r"self.matches('^[^@\\s]+@[^@\\s]+$')").message("serviceAccount.subject: use the e-mail address of an administrator, for example it@acme.com; leave it out when the service account has an admin role of its own"))]
    pub subject: Option<String>,
}

/// A key of a Secret in the same namespace.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretKeyRef {
    /// Name of the Secret. Example: acme-google-key.
    #[schemars(length(max = 253))]
    #[x_kube(validation = Rule::new("self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')").message("secretRef.name: use the name of a Secret (lower-case letters, digits, hyphens and dots), for example acme-google-key"))]
    pub name: String,
    /// Key inside the Secret. Default key.json.
    #[serde(default = "SecretKeyRef::default_key")]
    #[schemars(length(max = 253))]
    #[x_kube(validation = Rule::new("self.matches('^[-._a-zA-Z0-9]+$')").message("secretRef.key: use a key of the Secret (letters, digits, hyphens, underscores and dots), for example key.json"))]
    pub key: String,
}

impl SecretKeyRef {
    fn default_key() -> String {
        "key.json".to_owned()
    }
}
