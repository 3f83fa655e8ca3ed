//! What keeps an integration from being ready, and the one place that says what follows from it.

use std::error::Error as StdError;
use std::time::Duration;

use super::kubernetes;
use crate::api::reasons;
use crate::google::{self, Cause};

/// What follows from a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A person must act. Looked at again after this time when the remedy cannot be seen in the object itself.
    Stalled(Option<Duration>),
    /// Nothing is wrong; somebody has to ask for more.
    Waiting,
    /// Passes by itself: tried again with growing pauses.
    Transient,
}

/// Where a fault shows besides `Ready`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// Credentials and rights: `Authorized` is False.
    Authorization,
    /// Google's answers: `UsersSynced` is False, the connection degraded.
    Connection,
    /// The sync itself: `UsersSynced` is False.
    Sync,
    /// Only `Ready`: nothing was tried.
    Declaration,
}

/// Why a step did not reach its end.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// What follows.
    pub kind: Kind,
    /// Where it shows.
    pub area: Area,
    /// One of [`FAULTS`](crate::api::reasons::FAULTS).
    pub reason: &'static str,
    /// For people; ends in the next action. Holds no secret.
    pub message: String,
    /// The error underneath, for the log.
    #[source]
    pub source: Option<Box<dyn StdError + Send + Sync>>,
}

/// How soon a remedy at Google is looked for: switching on an API or a delegation takes minutes to be felt.
pub const RECHECK_GOOGLE: Duration = Duration::from_mins(10);
/// How soon a remedy in the cluster is looked for. Secrets are not watched, so that no right to list them is needed.
pub const RECHECK_CLUSTER: Duration = Duration::from_secs(15);

impl Fault {
    /// A fault that a person must mend in the cluster.
    pub fn stalled(area: Area, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind: Kind::Stalled(Some(RECHECK_CLUSTER)),
            area,
            reason,
            message: message.into(),
            source: None,
        }
    }

    /// A fault that only a change of the integration itself ends.
    pub fn declared(reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind: Kind::Stalled(None),
            area: Area::Declaration,
            reason,
            message: message.into(),
            source: None,
        }
    }

    /// A fault that passes by itself.
    pub fn transient(area: Area, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind: Kind::Transient,
            area,
            reason,
            message: message.into(),
            source: None,
        }
    }

    /// Nothing is wrong, but nothing goes on either.
    pub fn waiting(area: Area, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind: Kind::Waiting,
            area,
            reason,
            message: message.into(),
            source: None,
        }
    }

    /// A failed call to the API server. `doing` completes "failed to …".
    pub fn kubernetes(doing: &str, error: kube::Error) -> Self {
        let mut fault = if kubernetes::is_right_missing(&error) {
            let text = format!(
                "Dialplane has no permission to {doing}. Add this namespace to watchNamespaces, or restore the chart's RBAC with helm upgrade. With Helm 4, add --force-conflicts if the RBAC was edited by hand."
            );
            Self::stalled(Area::Sync, reasons::FORBIDDEN, text)
        } else if kubernetes::refusal(&error).is_some() {
            let text = format!(
                "Dialplane cannot {doing}: a policy, webhook or quota of the cluster rejects the request. Change it, or exempt Dialplane's ServiceAccount. The operator's log contains the response."
            );
            Self::stalled(Area::Sync, reasons::FORBIDDEN, text)
        } else {
            let text = format!(
                "Dialplane cannot {doing}: the API server does not respond, or responds with an error. Dialplane retries. If the problem persists, check the API server."
            );
            Self::transient(Area::Sync, reasons::KUBERNETES_UNAVAILABLE, text)
        };
        fault.source = Some(Box::new(error));
        fault
    }

    /// A failed call to Google, told with what the person who must act needs to know.
    pub fn google(error: google::Error, identity: &Identity) -> Self {
        let (reason, area, action) = remedy(&error, identity);
        let kind = match (area, reason) {
            (Area::Connection, _) | (_, reasons::CLOCK_SKEW) => Kind::Transient,
            _ => Kind::Stalled(Some(RECHECK_GOOGLE)),
        };
        let message = format!("{}. {action}", error.to_string().trim_end_matches('.'));
        Self {
            kind,
            area,
            reason,
            message,
            source: Some(Box::new(error)),
        }
    }
}

/// Who we are to Google: what a message about credentials has to name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// `namespace/name` and key of the Secret.
    pub secret: String,
    /// The service account's address.
    pub account: String,
    /// The number that the Admin console's delegation page asks for.
    pub client_id: Option<String>,
    /// The administrator whose rights are used.
    pub subject: Option<String>,
    /// The declared organization.
    pub customer: String,
    /// The declared domain.
    pub domain: Option<String>,
    /// The declared authorization epoch.
    pub epoch: i32,
    /// The OAuth scopes that the declared features need.
    pub scopes: Vec<&'static str>,
}

impl Identity {
    /// Whether both are the same account of the same organization, in the same epoch. The scopes may differ, and the key.
    pub fn is_same_account(&self, other: &Self) -> bool {
        let key = |identity: &Self| {
            let Self {
                secret: _,
                account,
                client_id,
                subject,
                customer,
                domain,
                epoch,
                scopes: _,
            } = identity.clone();
            (account, client_id, subject, customer, domain, epoch)
        };
        key(self) == key(other)
    }

    /// The account whose rights count.
    pub fn effective(&self) -> &str {
        self.subject.as_deref().unwrap_or(&self.account)
    }
}

fn remedy(error: &google::Error, identity: &Identity) -> (&'static str, Area, String) {
    let Identity {
        secret,
        account,
        subject,
        customer,
        ..
    } = identity;
    let domain = identity.domain.as_deref().unwrap_or(customer);
    let subject = subject.as_deref().unwrap_or("(none)");
    match error.cause() {
        Cause::InvalidKey => (reasons::INVALID_KEY, Area::Authorization, format!(
            "Create a new JSON key for the service account in the Google Cloud console, and store the unchanged file in {secret}."
        )),
        Cause::DelegationScopesMissing => (reasons::DELEGATION_SCOPES_MISSING, Area::Authorization, format!(
            "In the Admin console, open Security, Access and data control, API controls, Domain-wide delegation, and add client ID {} with exactly these scopes: {}; Google can take up to 24 hours to apply the change.",
            identity.client_id.as_deref().unwrap_or("of the service account"), identity.scopes.join(","),
        )),
        Cause::InvalidSubject => (reasons::INVALID_SUBJECT, Area::Authorization, format!(
            "Set spec.google.credentials.serviceAccount.subject (now {subject}) to the primary address of an active administrator of this organization."
        )),
        Cause::InsufficientAdminRole => (reasons::INSUFFICIENT_ADMIN_ROLE, Area::Authorization, format!(
            "Give {} an admin role with the privilege Users > Read in the Admin console under Account, Admin roles, and check that {domain} belongs to its organization.",
            identity.effective(),
        )),
        Cause::AdminSdkApiDisabled => (reasons::ADMIN_SDK_API_DISABLED, Area::Authorization, match error.activation().and_then(|it| it.url.clone()) {
            Some(url) => format!("Enable the Admin SDK API at {url}, and wait some minutes."),
            None => format!("Enable the Admin SDK API in the Google Cloud project of {account}, and wait some minutes."),
        }),
        Cause::MyCustomerNotAllowed => (reasons::MY_CUSTOMER_NOT_ALLOWED, Area::Authorization,
            "Set spec.google.customerId to the customer ID of the organization (Admin console, Account, Account settings; it begins with C), or set spec.google.credentials.serviceAccount.subject to an administrator, to use domain-wide delegation.".to_owned()),
        Cause::WrongDomain => (reasons::WRONG_DOMAIN, Area::Authorization, format!(
            "Compare spec.google.domain and spec.google.customerId (now {domain}) with the Admin console, Account, Domains, and check that {} belongs to that organization.",
            identity.effective(),
        )),
        Cause::AdminPolicyEnforced => (reasons::ADMIN_POLICY_ENFORCED, Area::Authorization, format!(
            "In the Admin console under Security, API controls, App access control, mark the client of {account} as trusted."
        )),
        Cause::TokenRejected => (reasons::TOKEN_REJECTED, Area::Authorization, format!(
            "In the Google Cloud console, check that the service account {account} is enabled, and that its key in {secret} was not deleted."
        )),
        Cause::ClockSkew => (reasons::CLOCK_SKEW, Area::Authorization,
            "Correct the clock (NTP) of the node that runs Dialplane.".to_owned()),
        Cause::RateLimited => (reasons::RATE_LIMITED, Area::Connection,
            "Nothing was removed. Dialplane retries with increasing delays. If the problem persists, lengthen users.schedule.interval, or raise the Admin SDK quota in the Google Cloud console.".to_owned()),
        Cause::GoogleUnavailable => (reasons::GOOGLE_UNAVAILABLE, Area::Connection,
            "Nothing was removed. Dialplane retries with increasing delays. If the problem persists, check that the pod can reach admin.googleapis.com and oauth2.googleapis.com (DNS, proxy, NetworkPolicy), and check Google's status page.".to_owned()),
        Cause::IncompleteRead => (reasons::INCOMPLETE_READ, Area::Connection,
            "Nothing was removed. Dialplane reads the directory again with increasing delays. If the problem persists, open an issue with the operator's log.".to_owned()),
        Cause::UserNotReadable => (reasons::INSUFFICIENT_ADMIN_ROLE, Area::Authorization, format!(
            "Give {} an admin role with the privilege Users > Read in the Admin console under Account, Admin roles, and check that the user belongs to the organization of {domain}.",
            identity.effective(),
        )),
        Cause::GroupNotReadable => (reasons::INSUFFICIENT_ADMIN_ROLE, Area::Authorization, format!(
            "Give {} an admin role with the privilege Groups > Read in the Admin console under Account, Admin roles, and check that the group belongs to the organization of {domain}.",
            identity.effective(),
        )),
        Cause::PhotoTooLarge | Cause::PhotoUnreadable => (reasons::UNEXPECTED_ANSWER, Area::Connection,
            "Set another photo (JPEG, PNG, GIF, BMP or TIFF) for this user in the Google account or in the Admin console.".to_owned()),
        Cause::WebhookNotHttps => (reasons::PUSH_CALLBACK_REFUSED, Area::Connection,
            "Set the operator's public URL (chart value publicUrl) to an https URL with a certificate that Google trusts.".to_owned()),
        Cause::WebhookUnauthorized => (reasons::PUSH_CALLBACK_REFUSED, Area::Connection, format!(
            "Verify the domain of the operator's public URL in the Google Search Console, with an account that is an owner of the Google Cloud project of {account}."
        )),
        Cause::ChannelIdNotUnique => (reasons::UNEXPECTED_ANSWER, Area::Connection,
            "Nothing was removed. Dialplane retries with a new channel.".to_owned()),
        Cause::NotFound | Cause::Unexpected => (reasons::UNEXPECTED_ANSWER, Area::Connection,
            "Nothing was removed. Dialplane retries with increasing delays. If the problem persists, open an issue with the operator's log.".to_owned()),
    }
}

#[cfg(test)]
mod tests;
