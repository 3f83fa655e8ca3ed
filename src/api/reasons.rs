//! Reasons of conditions and events: one word each, closed, part of the API.

/// The declared state is reached.
pub const SUCCEEDED: &str = "Succeeded";
/// Work is going on.
pub const PROGRESSING: &str = "Progressing";
/// The integration is being deleted, and its extensions are released or deleted first.
pub const TERMINATING: &str = "Terminating";
/// `spec.users.enabled` is false: there is nothing to synchronise.
pub const USERS_DISABLED: &str = "UsersDisabled";
/// `spec.dryRun`: planned, nothing written.
pub const DRY_RUN: &str = "DryRun";
/// Google accepted the credentials.
pub const VERIFIED: &str = "Verified";
/// Notification channels are open.
pub const LISTENING: &str = "Listening";

/// Somebody is one more than the phone system is licensed for.
pub const CAPACITY_EXCEEDED: &str = "CapacityExceeded";

/// Names each reason once, and lists them all.
macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)+) => {
        $($(#[$doc])* pub const $name: &str = $text;)+
        /// Every reason of a fault, for the tests that hold the manual against them.
        pub const FAULTS: &[&str] = &[$($text),+];
    };
}

reasons! {
    /// The Secret does not exist.
    SECRET_NOT_FOUND = "SecretNotFound";
    /// The Secret has no such key.
    SECRET_KEY_MISSING = "SecretKeyMissing";
    /// The key file is unusable, or Google does not know the key.
    INVALID_KEY = "InvalidKey";
    /// Domain-wide delegation is missing, or lacks a scope.
    DELEGATION_SCOPES_MISSING = "DelegationScopesMissing";
    /// The subject is nobody whom Google lets us act as.
    INVALID_SUBJECT = "InvalidSubject";
    /// The account may not read users.
    INSUFFICIENT_ADMIN_ROLE = "InsufficientAdminRole";
    /// The Admin SDK API is off in the project of the credentials.
    ADMIN_SDK_API_DISABLED = "AdminSdkApiDisabled";
    /// An account that acts as itself cannot say my_customer.
    MY_CUSTOMER_NOT_ALLOWED = "MyCustomerNotAllowed";
    /// The domain or the organization is not the one that was declared, or not the one of before.
    WRONG_DOMAIN = "WrongDomain";
    /// The organization's policy blocks the client.
    ADMIN_POLICY_ENFORCED = "AdminPolicyEnforced";
    /// Google refuses even fresh tokens.
    TOKEN_REJECTED = "TokenRejected";
    /// This machine's clock and Google's disagree.
    CLOCK_SKEW = "ClockSkew";
    /// Google asks for fewer calls.
    RATE_LIMITED = "RateLimited";
    /// Google, or the way to it, is down.
    GOOGLE_UNAVAILABLE = "GoogleUnavailable";
    /// An answer that nobody documents.
    UNEXPECTED_ANSWER = "UnexpectedAnswer";
    /// The directory was not read to its end.
    INCOMPLETE_READ = "IncompleteRead";
    /// The scope names a user, group or unit that does not exist.
    SELECTOR_NOT_FOUND = "SelectorNotFound";
    /// The path to the property that holds the number cannot be used.
    INVALID_PROPERTY = "InvalidProperty";
    /// Too many removals at once.
    REMOVALS_HELD = "RemovalsHeld";
    /// No number is left for some people.
    NUMBERS_EXHAUSTED = "NumbersExhausted";
    /// Manual mode, and nobody has asked for a sync.
    AWAITING_MANUAL_SYNC = "AwaitingManualSync";
    /// `spec.suspend`.
    SUSPENDED = "Suspended";
    /// Another integration keeps this tenant's extensions.
    TENANT_TAKEN = "TenantTaken";
    /// The daily schedule names a time zone that does not exist.
    INVALID_TIME_ZONE = "InvalidTimeZone";
    /// `users.realtime` without a public URL of the operator.
    PUBLIC_URL_MISSING = "PublicUrlMissing";
    /// Google does not send notifications to the public URL.
    PUSH_CALLBACK_REFUSED = "PushCallbackRefused";
    /// The API server does not answer as it should.
    KUBERNETES_UNAVAILABLE = "KubernetesUnavailable";
    /// The API server refuses what we may not do.
    FORBIDDEN = "Forbidden";
    /// An object of somebody else has the name of one of Dialplane's.
    OBJECT_CONFLICT = "ObjectConflict";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_section_in_the_manual() {
        let manual = include_str!("../../docs/troubleshooting.md");
        let conditions = include_str!("../../docs/operations.md");
        for reason in FAULTS {
            assert!(
                manual.contains(&format!("\n## {reason}\n")),
                "docs/troubleshooting.md has no section {reason}"
            );
            assert!(
                conditions.contains(&format!("`{reason}`")),
                "docs/operations.md does not name {reason}"
            );
        }
    }
}
