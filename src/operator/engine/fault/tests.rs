use kube::core::Status;

use super::*;
use crate::google::Class;

const EVERY: [Cause; 22] = [
    Cause::InvalidKey,
    Cause::DelegationScopesMissing,
    Cause::InvalidSubject,
    Cause::InsufficientAdminRole,
    Cause::AdminSdkApiDisabled,
    Cause::MyCustomerNotAllowed,
    Cause::WrongDomain,
    Cause::RateLimited,
    Cause::GoogleUnavailable,
    Cause::ClockSkew,
    Cause::AdminPolicyEnforced,
    Cause::IncompleteRead,
    Cause::TokenRejected,
    Cause::NotFound,
    Cause::GroupNotReadable,
    Cause::UserNotReadable,
    Cause::PhotoTooLarge,
    Cause::PhotoUnreadable,
    Cause::WebhookNotHttps,
    Cause::WebhookUnauthorized,
    Cause::ChannelIdNotUnique,
    Cause::Unexpected,
];

/// Reason, area, whether it passes by itself, and what the message has to name. No wildcard: a new cause has to be
/// told apart here too.
fn expected(cause: Cause) -> (&'static str, Area, bool, &'static [&'static str]) {
    use Area::{Authorization, Connection};
    match cause {
        Cause::InvalidKey => (
            "InvalidKey",
            Authorization,
            false,
            &["Secret voice/key under the key key.json"],
        ),
        Cause::DelegationScopesMissing => (
            "DelegationScopesMissing",
            Authorization,
            false,
            &[
                "1234567890",
                google::DIRECTORY_USERS_SCOPE,
                "Domain-wide delegation",
            ],
        ),
        Cause::InvalidSubject => (
            "InvalidSubject",
            Authorization,
            false,
            &["serviceAccount.subject", "it@acme.com"],
        ),
        Cause::InsufficientAdminRole => (
            "InsufficientAdminRole",
            Authorization,
            false,
            &["it@acme.com", "Users > Read"],
        ),
        Cause::AdminSdkApiDisabled => ("AdminSdkApiDisabled", Authorization, false, &["sync@acme.iam"]),
        Cause::MyCustomerNotAllowed => (
            "MyCustomerNotAllowed",
            Authorization,
            false,
            &["spec.google.customerId"],
        ),
        Cause::WrongDomain => (
            "WrongDomain",
            Authorization,
            false,
            &["spec.google.domain", "acme.com"],
        ),
        Cause::AdminPolicyEnforced => (
            "AdminPolicyEnforced",
            Authorization,
            false,
            &["App access control"],
        ),
        Cause::TokenRejected => ("TokenRejected", Authorization, false, &["sync@acme.iam"]),
        Cause::ClockSkew => ("ClockSkew", Authorization, true, &["clock"]),
        Cause::RateLimited => ("RateLimited", Connection, true, &["Nothing was removed", "quota"]),
        Cause::GoogleUnavailable => (
            "GoogleUnavailable",
            Connection,
            true,
            &["Nothing was removed", "oauth2.googleapis.com"],
        ),
        Cause::IncompleteRead => ("IncompleteRead", Connection, true, &["Nothing was removed"]),
        Cause::UserNotReadable => (
            "InsufficientAdminRole",
            Authorization,
            false,
            &["it@acme.com", "Users > Read", "acme.com"],
        ),
        Cause::GroupNotReadable => (
            "InsufficientAdminRole",
            Authorization,
            false,
            &["it@acme.com", "Groups > Read"],
        ),
        Cause::PhotoTooLarge | Cause::PhotoUnreadable => {
            ("UnexpectedAnswer", Connection, true, &["another photo"])
        }
        Cause::WebhookNotHttps => ("PushCallbackRefused", Connection, true, &["https"]),
        Cause::WebhookUnauthorized => (
            "PushCallbackRefused",
            Connection,
            true,
            &["Search Console", "sync@acme.iam"],
        ),
        Cause::ChannelIdNotUnique => ("UnexpectedAnswer", Connection, true, &["new channel"]),
        Cause::NotFound | Cause::Unexpected => {
            ("UnexpectedAnswer", Connection, true, &["Nothing was removed"])
        }
    }
}

fn identity() -> Identity {
    Identity {
        secret: "Secret voice/key under the key key.json".into(),
        account: "sync@acme.iam".into(),
        client_id: Some("1234567890".into()),
        subject: Some("it@acme.com".into()),
        customer: "C01".into(),
        domain: Some("acme.com".into()),
        epoch: 1,
        scopes: vec![google::DIRECTORY_USERS_SCOPE],
    }
}

#[test]
fn every_cause_has_its_reason_its_place_and_a_next_action() {
    for cause in EVERY {
        let (reason, area, passes, words) = expected(cause);
        let error = google::Error::new(
            Class::BadRequest,
            cause,
            "Google said no: assertion=eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl with ya29.a0AfB_secret",
        );
        let fault = Fault::google(error, &identity());
        assert_eq!((fault.reason, fault.area), (reason, area), "{cause}");
        let kind = if passes {
            Kind::Transient
        } else {
            Kind::Stalled(Some(RECHECK_GOOGLE))
        };
        assert_eq!(fault.kind, kind, "{cause}");
        let shown = format!("{fault} {fault:?}");
        assert!(fault.message.starts_with("Google said no: "), "{cause}: {fault}");
        assert!(fault.message.ends_with('.'), "{cause}: {fault}");
        assert!(!fault.message.contains(".."), "{cause}: {fault}");
        assert!(fault.source.is_some(), "{cause}");
        for word in words {
            assert!(fault.message.contains(word), "{cause}: {word} is not in {fault}");
        }
        for secret in ["eyJ", "ya29.a0"] {
            assert!(!shown.contains(secret), "{cause}: {shown}");
        }
    }
}

#[test]
fn without_a_subject_the_account_is_named() {
    let identity = Identity {
        subject: None,
        client_id: None,
        domain: None,
        ..identity()
    };
    let message = |cause| {
        let error = google::Error::new(Class::Misconfigured, cause, "no");
        Fault::google(error, &identity).message
    };
    assert!(message(Cause::InsufficientAdminRole).contains("Give sync@acme.iam an admin role"));
    assert!(message(Cause::WrongDomain).contains("(now C01)"));
    assert!(message(Cause::DelegationScopesMissing).contains("client ID of the service account"));
    assert!(message(Cause::InvalidSubject).contains("(now (none))"));
}

#[test]
fn a_refusal_by_the_api_server_needs_a_person_and_an_outage_does_not() {
    let told = |words: &str, reason: &str, code| {
        let status = Status::failure(words, reason).with_code(code);
        Fault::kubernetes("read a Secret", kube::Error::Api(status.boxed()))
    };
    let answer = |reason: &str, code| told("pods \"secret-name\" is busy", reason, code);
    let (rbac, policy, webhook) = (
        "secrets \"secret-name\" is forbidden: User \"system:serviceaccount:a:b\" cannot get resource \"secrets\"",
        "secrets \"secret-name\" is forbidden: ValidatingAdmissionPolicy 'names' denied request: secret-name",
        "admission webhook \"secret-name\" denied the request: no",
    );
    for (words, code, message) in [
        (
            rbac,
            403,
            "Dialplane has no permission to read a Secret. Add this namespace to watchNamespaces, or restore the chart's RBAC with helm upgrade",
        ),
        (
            policy,
            403,
            "Dialplane cannot read a Secret: a policy, webhook or quota",
        ),
        (
            webhook,
            400,
            "Dialplane cannot read a Secret: a policy, webhook or quota",
        ),
    ] {
        let fault = told(words, "Forbidden", code);
        assert_eq!(
            (fault.reason, fault.kind),
            (reasons::FORBIDDEN, Kind::Stalled(Some(RECHECK_CLUSTER))),
            "{words}"
        );
        assert!(fault.message.contains(message), "{}", fault.message);
        assert!(!fault.message.contains("secret-name"), "{}", fault.message);
    }
    for (name, code) in [
        ("InternalError", 500),
        ("Conflict", 409),
        ("TooManyRequests", 429),
    ] {
        let fault = answer(name, code);
        assert_eq!(
            (fault.reason, fault.kind),
            (reasons::KUBERNETES_UNAVAILABLE, Kind::Transient)
        );
        assert_eq!(fault.area, Area::Sync);
        assert!(fault.message.ends_with('.'));
        assert!(
            !fault.message.contains("secret-name"),
            "the API server's words are for the log"
        );
    }
}
