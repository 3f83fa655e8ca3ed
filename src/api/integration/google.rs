//! The Google Workspace organization, and the credentials that read its directory.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// Google Workspace organization.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Google {
    /// Customer ID of the organization, as the Admin console shows it under Account, Account settings. The value
    /// my_customer means the organization of the subject; a service account without a subject needs the actual ID.
    /// Defaults to my_customer. Example: C01abc234.
    #[serde(default = "Google::default_customer")]
    #[schemars(length(max = 64))]
    #[x_kube(validation = Rule::new("self.matches('^(my_customer|C[0-9A-Za-z]+)$')").message("google.customerId: use my_customer, or the customer ID of the organization, which begins with C (Admin console, Account, Account settings), for example C01abc234"))]
    pub customer_id: String,
    /// Domain that the primary address of a user must have to be in scope. If omitted, users of all domains of the
    /// organization can be in scope. Example: acme.com.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    #[x_kube(validation = Rule::new(r"self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$')").message("google.domain: use a domain name in lower case, without @ or https://, for example acme.com; remove the field to include all domains"))]
    pub domain: Option<String>,
    /// Counts the authorizations of this integration. Raising it by one disconnects and connects again: the same
    /// change can set another users.syncMode, and extensions and numbers do not change. It cannot be lowered.
    /// Defaults to 1.
    #[serde(default = "Google::first_epoch")]
    #[schemars(range(min = 1, max = 1_000_000))]
    #[x_kube(validation = Rule::new("self >= oldSelf").message("google.authorizationEpoch: cannot be lowered; use the current value or a higher one"))]
    pub authorization_epoch: i32,
    /// Credentials with which Dialplane authenticates to Google.
    pub credentials: Credentials,
}

impl Google {
    /// Google's alias for the organization of the calling account.
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
    /// Google service account with a JSON key. It reads the directory on behalf of subject, or with an admin role of
    /// its own.
    pub service_account: ServiceAccount,
}

/// Google service account.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceAccount {
    /// Secret that contains the JSON key file of the service account, in the namespace of this object.
    pub secret_ref: SecretKeyRef,
    /// E-mail address of the administrator on whose behalf the service account reads the directory (domain-wide
    /// delegation). If omitted, the service account acts as itself: it needs an admin role of its own, and customerId
    /// must be the actual customer ID. Example: it@acme.com.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 254))]
    #[x_kube(validation = Rule::new(r"self.matches('^[^@\\s]+@[^@\\s]+$')").message("serviceAccount.subject: use the e-mail address of an administrator, for example it@acme.com; remove the field if the service account has an admin role of its own"))]
    pub subject: Option<String>,
}

/// Reference to a key of a Secret in the same namespace.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretKeyRef {
    /// Name of the Secret. Example: acme-google-key.
    #[schemars(length(max = 253))]
    #[x_kube(validation = Rule::new("self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')").message("secretRef.name: use a valid name of a Secret (lower-case letters, digits, hyphens and dots), for example acme-google-key"))]
    pub name: String,
    /// Key in the Secret. Defaults to key.json.
    #[serde(default = "SecretKeyRef::default_key")]
    #[schemars(length(max = 253))]
    #[x_kube(validation = Rule::new("self.matches('^[-._a-zA-Z0-9]+$')").message("secretRef.key: use a valid key of a Secret (letters, digits, hyphens, underscores and dots), for example key.json"))]
    pub key: String,
}

impl SecretKeyRef {
    fn default_key() -> String {
        "key.json".to_owned()
    }
}
