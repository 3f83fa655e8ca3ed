//! What each error means, wherever it strikes.

use crate::world::*;

/// What each error of Google's APIs means for a list of users. Errors of other services are not here.
fn api_errors() -> Vec<(&'static str, Class, Cause)> {
    use Cause as C;
    use Class as K;
    let of = |class: Class, cause: Cause, reasons: &[&'static str]| -> Vec<_> {
        reasons.iter().map(|reason| (*reason, class, cause)).collect()
    };
    [
        of(
            K::BadRequest,
            C::Unexpected,
            &[
                "badRequest",
                "invalid",
                "invalidMemberKey",
                "invalidOrgUnit",
                "invalidQuery",
                "invalidValue",
                "typeNotSupported",
                "notFoundHtml",
                "duplicate",
                "memberDuplicate",
                "conflict",
                "conditionNotMet",
                "preconditionFailed",
                "uploadTooLarge",
            ],
        ),
        of(K::BadRequest, C::WrongDomain, &["invalidCustomerId"]),
        of(
            K::NotFound,
            C::WrongDomain,
            &["domainNotFound", "customerNotFound"],
        ),
        of(
            K::NotFound,
            C::NotFound,
            &[
                "notFound",
                "notFoundGroupKey",
                "notFoundMemberKey",
                "notFoundPhoto",
                "notFoundResourceId",
                "orgUnitNotFound",
                "notFoundClassic",
                "notFoundGrpc",
            ],
        ),
        of(
            K::Reauth,
            C::TokenRejected,
            &["required", "loginRequired", "authError", "authErrorClassic"],
        ),
        of(
            K::Misconfigured,
            C::DelegationScopesMissing,
            &["insufficientPermissions"],
        ),
        of(K::Misconfigured, C::AdminSdkApiDisabled, &["accessNotConfigured"]),
        of(K::Misconfigured, C::InsufficientAdminRole, &["forbidden"]),
        of(
            K::Misconfigured,
            C::WrongDomain,
            &["domainCannotUseApis", "invalidDomain"],
        ),
        of(K::Misconfigured, C::AdminPolicyEnforced, &["domainPolicy"]),
        of(
            K::RateLimited,
            C::RateLimited,
            &[
                "quotaExceeded",
                "quotaExceededText",
                "rateLimitExceeded",
                "userRateLimitExceeded",
                "sharingRateLimitExceeded",
                "concurrentLimit",
                "resourceExhausted",
                "tooManyRequestsText",
            ],
        ),
        of(K::QuotaExhausted, C::RateLimited, &["dailyLimitExceeded"]),
        of(
            K::Transient,
            C::GoogleUnavailable,
            &[
                "systemError",
                "failedPrecondition",
                "backendError",
                "internalError",
                "unknownError",
                "serviceUnavailable",
                "unavailable",
                "serviceUnavailableText",
                "badGateway",
                "badGatewayText",
                "gatewayTimeout",
                "gatewayTimeoutText",
            ],
        ),
    ]
    .concat()
}

/// Errors that only Gmail, Calendar or the OAuth consent give.
const OTHER_SERVICES: &[&str] = &[
    "mailServiceNotEnabled",
    "delegationDenied",
    "mailSendingLimit",
    "concurrentRequests",
    "mailRetryAfter",
    "fullSyncRequired",
    "updatedMinTooLongAgo",
    "deleted",
];

#[tokio::test]
async fn every_api_error_has_its_class_and_cause() {
    let world = World::of(3).await;
    let directory = world.delegated();
    read(&directory).await.unwrap();
    let expected = api_errors();
    for reason in Fault::api_reasons().filter(|reason| !OTHER_SERVICES.contains(reason)) {
        let (_, class, cause) = expected.iter().find(|row| row.0 == reason).expect(reason);
        let fault = world.fault(reason, USERS);
        world.google.add_fault(fault).unwrap();
        let error = read(&directory).await.unwrap_err();
        assert_eq!(shape(&error), (*class, *cause), "{reason}: {error}");
        assert_eq!(world.count(USERS), tries(*class), "{reason}");
        assert_eq!(
            world.count(TOKEN),
            usize::from(*class == Class::Reauth),
            "{reason}"
        );
        assert_eq!(
            error.activation().is_some(),
            *cause == Cause::AdminSdkApiDisabled,
            "{reason}"
        );
    }
}

/// Holds one more method against every error. `differing` are the errors that mean something else to it; none when
/// they are no errors at all.
pub async fn hold_against_every_error(
    world: &World,
    method: &str,
    differing: &[(&str, Option<(Class, Cause)>)],
    call: impl AsyncFn() -> Result<(), Error>,
) {
    call().await.unwrap();
    for (reason, class, cause) in api_errors() {
        let differs = differing.iter().find(|row| row.0 == reason);
        let expected = differs.map_or(Some((class, cause)), |row| row.1);
        world.arm(reason, method, 0, None);
        let result = call().await;
        assert_eq!(
            result.as_ref().err().map(shape),
            expected,
            "{method} {reason}: {result:?}"
        );
        let class = expected.map_or(Class::BadRequest, |(class, _)| class);
        assert_eq!(world.calls(), tries(class), "{method} {reason}");

        // Whatever may pass is bridged when it does.
        if tries(class) > 1 {
            world.arm(reason, method, 0, Some(1));
            assert!(call().await.is_ok(), "{method} {reason}");
            assert!(world.calls() > 1, "{method} {reason}");
        }
    }
    world.google.clear_faults();
}

#[tokio::test]
async fn every_token_error_has_its_class_and_cause() {
    let world = World::of(3).await;
    let expected = [
        (
            Class::BadRequest,
            Cause::Unexpected,
            &["unsupported_grant_type", "invalid_request", "invalid_scope"][..],
        ),
        (
            Class::BadRequest,
            Cause::InvalidSubject,
            &["invalidImpersonation", "invalidPrn"],
        ),
        (
            Class::Reauth,
            Cause::InvalidKey,
            &["invalidJwtSignature", "accountNotFound"],
        ),
        (Class::Reauth, Cause::ClockSkew, &["invalidJwtWindow"]),
        (
            Class::Reauth,
            Cause::InvalidSubject,
            &["invalidEmailOrUserId", "notAValidEmail", "accountDeleted"],
        ),
        (
            Class::Reauth,
            Cause::TokenRejected,
            &["invalid_grant", "tokenRevoked", "invalid_rapt"],
        ),
        (
            Class::Reauth,
            Cause::Unexpected,
            &["invalidAudience", "malformedAuthCode"],
        ),
        (
            Class::Misconfigured,
            Cause::DelegationScopesMissing,
            &[
                "unauthorized_client",
                "unauthorizedClientOrScope",
                "access_denied",
            ],
        ),
        (
            Class::Misconfigured,
            Cause::InvalidSubject,
            &["accountRestricted", "invalid_account"],
        ),
        (
            Class::Misconfigured,
            Cause::AdminPolicyEnforced,
            &["admin_policy_enforced", "org_internal"],
        ),
        (
            Class::Misconfigured,
            Cause::InvalidKey,
            &[
                "invalid_client",
                "invalidClientSecret",
                "disabled_client",
                "deleted_client",
            ],
        ),
        (
            Class::Transient,
            Cause::GoogleUnavailable,
            &["internal_failure", "server_error", "temporarily_unavailable"],
        ),
    ];
    for reason in Fault::token_reasons() {
        let (class, cause, _) = expected.iter().find(|row| row.2.contains(&reason)).expect(reason);
        let fault = world.fault(reason, TOKEN);
        world.google.add_fault(fault).unwrap();
        let error = read(&world.stranger()).await.unwrap_err();
        assert_eq!(shape(&error), (*class, *cause), "{reason}: {error}");
        let tries = if class.is_retryable() { 3 } else { 1 };
        assert_eq!((world.count(TOKEN), world.count(USERS)), (tries, 0), "{reason}");
    }
}

/// How many pages come out whole before the read fails, or the whole read when it cannot notice.
async fn pages_before_the_end(directory: &Directory) -> (usize, Option<Error>) {
    let mut stream = Box::pin(directory.pages(UserList::default()));
    let mut whole = 0;
    loop {
        match stream.try_next().await {
            Ok(Some(_)) => whole += 1,
            Ok(None) => return (whole, None),
            Err(error) => return (whole, Some(error)),
        }
    }
}

#[tokio::test]
async fn a_damaged_page_ends_the_read_wherever_it_is() {
    let world = World::of(1_200).await;
    let directory = world.delegated();
    for (reason, cause) in [
        ("emptyObject", Cause::IncompleteRead),
        ("truncatedJson", Cause::IncompleteRead),
        ("htmlPage", Cause::IncompleteRead),
        ("connectionCut", Cause::IncompleteRead),
        ("connectionClosed", Cause::GoogleUnavailable),
    ] {
        for page in [0, 1, 2] {
            let fault = Fault {
                skip: page,
                ..world.fault(reason, USERS)
            };
            world.google.add_fault(fault).unwrap();
            let (whole, error) = pages_before_the_end(&directory).await;
            let error = error.expect(reason);
            assert_eq!(
                shape(&error),
                (Class::Transient, cause),
                "{reason} {page}: {error}"
            );
            assert_eq!(whole as u64, page, "{reason}");
            assert_eq!(world.count(USERS) as u64, page + 3, "{reason}: two more tries");

            // Once is no more than a hiccup.
            let fault = Fault {
                skip: page,
                count: Some(1),
                ..world.fault(reason, USERS)
            };
            world.google.add_fault(fault).unwrap();
            assert_eq!(everybody(&directory).await.len(), 1_200, "{reason} {page}");
            assert_eq!(world.count(USERS), 4, "{reason} {page}");
        }
    }
}

#[tokio::test]
async fn a_loop_of_pages_is_noticed() {
    let world = World::of(1_200).await;
    let directory = world.delegated();
    for page in [0, 1, 2] {
        let fault = Fault {
            skip: page,
            ..world.fault("pageTokenLoop", USERS)
        };
        world.google.add_fault(fault).unwrap();
        let (_, error) = pages_before_the_end(&directory).await;
        let error = error.unwrap();
        assert_eq!(
            shape(&error),
            (Class::Transient, Cause::IncompleteRead),
            "{page}: {error}"
        );
        assert!(world.count(USERS) < 10, "{page}: {}", world.count(USERS));
    }
}

#[tokio::test]
async fn a_short_outage_is_bridged_and_a_refusal_is_not_repeated() {
    let world = World::of(3).await;
    let directory = world.delegated();
    let fault = Fault {
        count: Some(2),
        ..world.fault("serviceUnavailable", USERS)
    };
    world.google.add_fault(fault).unwrap();
    assert_eq!(everybody(&directory).await.len(), 3);
    let statuses: Vec<_> = world
        .google
        .requests()
        .iter()
        .filter(|r| r.path == USERS)
        .map(|request| request.status)
        .collect();
    assert_eq!(statuses, [503, 503, 200]);

    let fault = Fault {
        count: Some(2),
        ..world.fault("forbidden", USERS)
    };
    world.google.add_fault(fault).unwrap();
    assert!(read(&directory).await.is_err());
    assert_eq!(paths(&world.google.requests()), [USERS]);
}
