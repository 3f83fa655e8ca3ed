//! Reasons of conditions and events: one word each, a closed set, part of the API.

/// The declared state is reached.
pub const SUCCEEDED: &str = "Succeeded";
/// Work is in progress.
pub const PROGRESSING: &str = "Progressing";
/// The integration is being deleted, and its extensions are released or deleted first.
pub const TERMINATING: &str = "Terminating";
/// `spec.users.enabled` is false, so there is nothing to sync.
pub const USERS_DISABLED: &str = "UsersDisabled";
/// `spec.dryRun` is true: changes are planned, not made.
pub const DRY_RUN: &str = "DryRun";
/// Google accepted the credentials.
pub const VERIFIED: &str = "Verified";
/// The notification channels are open.
pub const LISTENING: &str = "Listening";

/// A user exceeds the licensed number of extensions.
pub const CAPACITY_EXCEEDED: &str = "CapacityExceeded";

/// Defines a constant for each reason, and a list of all.
macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)+) => {
        $($(#[$doc])* pub const $name: &str = $text;)+
        /// All reasons of faults, for the tests that compare them with the manual.
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
    /// Google does not let the service account act as the subject.
    INVALID_SUBJECT = "InvalidSubject";
    /// The account has no permission to read users.
    INSUFFICIENT_ADMIN_ROLE = "InsufficientAdminRole";
    /// The Admin SDK API is disabled in the project of the credentials.
    ADMIN_SDK_API_DISABLED = "AdminSdkApiDisabled";
    /// A service account without a subject cannot use my_customer.
    MY_CUSTOMER_NOT_ALLOWED = "MyCustomerNotAllowed";
    /// The domain or organization is not the declared one, or not the previous one.
    WRONG_DOMAIN = "WrongDomain";
    /// The organization's policy blocks the client.
    ADMIN_POLICY_ENFORCED = "AdminPolicyEnforced";
    /// Google rejects even new tokens.
    TOKEN_REJECTED = "TokenRejected";
    /// The clock of the operator differs from Google's.
    CLOCK_SKEW = "ClockSkew";
    /// Google limits the rate of calls.
    RATE_LIMITED = "RateLimited";
    /// Google cannot be reached or does not respond.
    GOOGLE_UNAVAILABLE = "GoogleUnavailable";
    /// Google returned an undocumented response.
    UNEXPECTED_ANSWER = "UnexpectedAnswer";
    /// The directory was not read completely.
    INCOMPLETE_READ = "IncompleteRead";
    /// The scope names a user, group or unit that does not exist.
    SELECTOR_NOT_FOUND = "SelectorNotFound";
    /// The path to the number property is invalid.
    INVALID_PROPERTY = "InvalidProperty";
    /// Removals exceed the limit.
    REMOVALS_HELD = "RemovalsHeld";
    /// No number is free for some users.
    NUMBERS_EXHAUSTED = "NumbersExhausted";
    /// Users are in scope, and no extension serves any of them.
    NOBODY_SERVED = "NobodyServed";
    /// The sync mode is Manual, and no sync was requested.
    AWAITING_MANUAL_SYNC = "AwaitingManualSync";
    /// `spec.suspend` is true.
    SUSPENDED = "Suspended";
    /// Another integration manages the extensions of this tenant.
    TENANT_TAKEN = "TenantTaken";
    /// The daily schedule names a time zone that does not exist.
    INVALID_TIME_ZONE = "InvalidTimeZone";
    /// `users.realtime` is true, but the operator has no public URL.
    PUBLIC_URL_MISSING = "PublicUrlMissing";
    /// Google does not send notifications to the public URL.
    PUSH_CALLBACK_REFUSED = "PushCallbackRefused";
    /// The API server does not respond as expected.
    KUBERNETES_UNAVAILABLE = "KubernetesUnavailable";
    /// Dialplane has no permission for a request to the API server.
    FORBIDDEN = "Forbidden";
    /// An object that Dialplane does not manage has the name that Dialplane needs.
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
