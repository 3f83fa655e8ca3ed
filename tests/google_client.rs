//! The Google client over real HTTP against the simulated Workspace.

#![allow(clippy::unwrap_used, reason = "the helpers of a test may fail it")]

use std::{collections::BTreeSet, num::NonZeroU32, sync::Arc, time::Duration};

use dialplane::google::{
    Cause, Class, Client, DIRECTORY_USERS_SCOPE, Deadlines, Directory, Endpoints, Error, RateLimits,
    RetryPolicy, ServiceAccountKey, Tuning, UserList,
    directory::{User, UserId, UserPage},
};
use futures::TryStreamExt as _;
use google_workspace_simulator::{
    Fault, Options, SeenRequest, ServiceAccountSeed, Simulator, generate, keys, seed,
};
use serde_json::{Value, json};
use url::Url;

const USERS: &str = "/admin/directory/v1/users";
const TOKEN: &str = "/token";
const ADMIN: &str = "admin@acme.example";

/// A simulated Workspace, and one service account that may read it in both ways.
struct World {
    google: Simulator,
    client: Client,
    key: ServiceAccountKey,
    account: ServiceAccountSeed,
}

impl World {
    async fn of(people: usize) -> Self {
        Self::tuned(people, quick(3)).await
    }

    async fn tuned(people: usize, tuning: Tuning) -> Self {
        let email = "sync@acme-voice.iam.gserviceaccount.com";
        let (file, mut account) =
            keys::service_account(email, "110123456789012345678", "acme-voice").unwrap();
        account.delegated_scopes = vec![DIRECTORY_USERS_SCOPE.to_owned()];
        account.admin_role = true;
        let mut seed = generate::directory(people);
        seed.add_service_account(account.clone());
        let google = Simulator::start(Options {
            seed,
            ..Options::default()
        })
        .await
        .unwrap();
        let endpoints = Endpoints::overridden(&Url::parse(google.url()).unwrap()).unwrap();
        Self {
            client: Client::new(endpoints, tuning, Arc::new(())).unwrap(),
            key: ServiceAccountKey::parse(&file.to_string()).unwrap(),
            google,
            account,
        }
    }

    /// On behalf of an administrator.
    fn delegated(&self) -> Directory {
        self.acting_for(ADMIN)
    }

    fn acting_for(&self, subject: &str) -> Directory {
        self.client.directory(
            self.key.clone(),
            Some(subject.to_owned()),
            seed::DEFAULT_CUSTOMER_ID,
            &[DIRECTORY_USERS_SCOPE],
        )
    }

    /// By the account's own admin role.
    fn itself(&self) -> Directory {
        self.client.directory(
            self.key.clone(),
            None,
            seed::DEFAULT_CUSTOMER_ID,
            &[DIRECTORY_USERS_SCOPE],
        )
    }

    /// A client that has no tokens yet.
    fn stranger(&self) -> Directory {
        let endpoints = Endpoints::overridden(&Url::parse(self.google.url()).unwrap()).unwrap();
        let client = Client::new(endpoints, quick(3), Arc::new(())).unwrap();
        client.directory(
            self.key.clone(),
            Some(ADMIN.to_owned()),
            seed::DEFAULT_CUSTOMER_ID,
            &[DIRECTORY_USERS_SCOPE],
        )
    }

    fn count(&self, path: &str) -> usize {
        self.google
            .requests()
            .iter()
            .filter(|request| request.path == path)
            .count()
    }

    fn change_account(&self, change: impl FnOnce(&mut ServiceAccountSeed)) {
        let mut account = self.account.clone();
        change(&mut account);
        self.google.put_service_account(account).unwrap();
    }

    fn fault(&self, reason: &str, path: &str) -> Fault {
        self.google.clear_faults();
        self.google.clear_requests();
        Fault {
            path_prefix: Some(path.to_owned()),
            ..Fault::named(reason)
        }
    }

    fn id_of(&self, key: &str) -> UserId {
        UserId::parse(self.google.user(key).unwrap()["id"].as_str().unwrap()).unwrap()
    }
}

/// Waits that nobody notices.
fn quick(tries: u32) -> Tuning {
    let millisecond = Duration::from_millis(1);
    Tuning {
        retry: RetryPolicy {
            tries,
            first_delay: millisecond,
            max_delay: millisecond,
        },
        deadlines: Deadlines::default(),
        limits: RateLimits {
            per_minute: NonZeroU32::MAX,
        },
    }
}

fn real_customer() -> UserList {
    UserList {
        customer: Some(seed::DEFAULT_CUSTOMER_ID.to_owned()),
        ..UserList::default()
    }
}

async fn pages(directory: &Directory, list: UserList) -> Result<Vec<UserPage>, Error> {
    directory.pages(list).try_collect().await
}

async fn read(directory: &Directory) -> Result<Vec<UserPage>, Error> {
    pages(directory, UserList::default()).await
}

async fn everybody(directory: &Directory) -> Vec<User> {
    read(directory)
        .await
        .unwrap()
        .into_iter()
        .flat_map(|page| page.users)
        .collect()
}

fn shape(error: &Error) -> (Class, Cause) {
    (error.class(), error.cause())
}

fn paths(requests: &[SeenRequest]) -> Vec<&str> {
    requests.iter().map(|request| request.path.as_str()).collect()
}

#[tokio::test]
async fn a_directory_of_three_pages_is_read_in_three_calls() {
    let world = World::of(1_200).await;
    let directory = world.delegated();
    let pages = read(&directory).await.unwrap();
    let sizes: Vec<_> = pages
        .iter()
        .map(|page| (page.users.len(), page.malformed.len()))
        .collect();
    assert_eq!(sizes, [(500, 0), (500, 0), (200, 0)]);
    let requests = world.google.requests();
    assert_eq!(paths(&requests), [TOKEN, USERS, USERS, USERS]);
    for request in &requests {
        assert_eq!(
            (request.status, request.scopes.as_slice()),
            (200, &[DIRECTORY_USERS_SCOPE.to_owned()][..])
        );
    }

    let users: Vec<&User> = pages.iter().flat_map(|page| &page.users).collect();
    let ids: BTreeSet<_> = users.iter().map(|user| &user.id).collect();
    assert_eq!(ids.len(), 1_200);
    for user in users {
        let google = world.google.user(user.id.as_str()).unwrap();
        assert_eq!(user.primary_email, google["primaryEmail"].as_str().unwrap());
        assert_eq!(user.suspended, google["suspended"].as_bool());
        assert_eq!(user.archived, google["archived"].as_bool());
        assert_eq!(user.org_unit_path.as_deref(), google["orgUnitPath"].as_str());
        assert_eq!(user.customer_id.as_deref(), Some(seed::DEFAULT_CUSTOMER_ID));
        assert_eq!(
            user.given_name.is_some(),
            google["name"]["givenName"]
                .as_str()
                .is_some_and(|name| !name.is_empty())
        );
        assert_eq!(user.phones.len(), google["phones"].as_array().map_or(0, Vec::len));
        assert_eq!(user.warnings, []);
    }

    // The token is kept: a second read costs three calls.
    world.google.clear_requests();
    read(&directory).await.unwrap();
    assert_eq!(paths(&world.google.requests()), [USERS, USERS, USERS]);
}

#[tokio::test]
async fn an_empty_answer_of_google_is_an_empty_page() {
    let world = World::of(3).await;
    let list = UserList {
        deleted: true,
        ..UserList::default()
    };
    let pages = pages(&world.delegated(), list).await.unwrap();
    assert_eq!(pages, [UserPage::default()]);
}

#[tokio::test]
async fn the_deleted_are_listed_with_id_and_address() {
    let world = World::of(5).await;
    let user = world
        .google
        .create_user(json!({"primaryEmail": "Gone@acme.example"}))
        .unwrap();
    world.google.delete_user("gone@acme.example").unwrap();
    let directory = world.delegated();
    let list = UserList {
        deleted: true,
        ..UserList::default()
    };
    let deleted = pages(&directory, list).await.unwrap();
    let found: Vec<_> = deleted.iter().flat_map(|page| &page.users).collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id.as_str(), user["id"].as_str().unwrap());
    assert_eq!(found[0].primary_email, "gone@acme.example");
    assert_eq!(everybody(&directory).await.len(), 5);
}

#[tokio::test]
async fn one_malformed_person_costs_nobody_else() {
    let world = World::of(3).await;
    for user in [
        json!({"primaryEmail": "lists@acme.example", "phones": {"value": "1"}, "organizations": null, "languages": "pt"}),
        json!({"primaryEmail": "flags@acme.example", "suspended": "true", "archived": 1}),
        json!({"primaryEmail": "hidden@acme.example", "name": {"givenName": "A\u{200b}na\u{202e}\u{7}", "familyName": 7}}),
    ] {
        world.google.create_user(user).unwrap();
    }
    let users = everybody(&world.delegated()).await;
    let of = |email: &str| users.iter().find(|user| user.primary_email == email).unwrap();
    assert_eq!(users.len(), 6);
    assert_eq!(of("lists@acme.example").phones, []);
    assert!(!of("lists@acme.example").warnings.is_empty());
    assert_eq!(
        (
            of("flags@acme.example").suspended,
            of("flags@acme.example").archived
        ),
        (None, None)
    );
    assert_eq!(of("hidden@acme.example").given_name.as_deref(), Some("Ana"));
    assert_eq!(of("hidden@acme.example").family_name, None);
}

#[tokio::test]
async fn one_person_is_read_by_id() {
    let world = World::of(5).await;
    let directory = world.delegated();
    let id = world.id_of(ADMIN);
    let user = directory.user(&id).await.unwrap().unwrap();
    assert_eq!(user.primary_email, ADMIN);
    let listed = everybody(&directory).await;
    assert!(listed.contains(&user), "users.get and users.list tell the same");

    let gone = world
        .google
        .create_user(json!({"primaryEmail": "gone@acme.example"}))
        .unwrap();
    let gone = UserId::parse(gone["id"].as_str().unwrap()).unwrap();
    world.google.delete_user("gone@acme.example").unwrap();
    assert_eq!(directory.user(&gone).await.unwrap(), None);

    for (reason, expected) in [
        ("notFound", None),
        ("notFoundHtml", Some((Class::BadRequest, Cause::Unexpected))),
        ("notFoundClassic", Some((Class::NotFound, Cause::NotFound))),
        ("notFoundGrpc", Some((Class::NotFound, Cause::NotFound))),
        ("domainNotFound", Some((Class::NotFound, Cause::WrongDomain))),
        ("customerNotFound", Some((Class::NotFound, Cause::WrongDomain))),
    ] {
        let fault = world.fault(reason, &format!("{USERS}/"));
        world.google.add_fault(fault).unwrap();
        let result = directory.user(&id).await;
        match expected {
            None => assert_eq!(result.unwrap(), None, "{reason}"),
            Some(expected) => assert_eq!(shape(&result.unwrap_err()), expected, "{reason}"),
        }
    }
}

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
        let tries = match class {
            // Twice because of the new token, never more.
            Class::Reauth => 2,
            class if class.is_retryable() => 3,
            _ => 1,
        };
        assert_eq!(world.count(USERS), tries, "{reason}");
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

#[tokio::test]
async fn an_expired_token_is_renewed_once() {
    let world = World::of(3).await;
    let directory = world.delegated();
    read(&directory).await.unwrap();
    world.google.clear_requests();
    // Only Google's clock moves: the client still believes in its token.
    world.google.advance_clock(Duration::from_hours(2));
    assert_eq!(everybody(&directory).await.len(), 3);
    let requests = world.google.requests();
    assert_eq!(paths(&requests), [USERS, TOKEN, USERS]);
    assert_eq!(
        requests.iter().map(|request| request.status).collect::<Vec<_>>(),
        [401, 200, 200]
    );
}

#[tokio::test]
async fn a_service_account_reads_by_its_own_role() {
    let world = World::of(3).await;
    let itself = world.itself();
    let users: Vec<_> = pages(&itself, real_customer()).await.unwrap();
    assert_eq!(users[0].users.len(), 3);
    let domain = UserList {
        domain: Some(seed::DEFAULT_DOMAIN.to_owned()),
        ..UserList::default()
    };
    assert_eq!(pages(&itself, domain).await.unwrap()[0].users.len(), 3);
    assert!(itself.user(&world.id_of(ADMIN)).await.unwrap().is_some());

    world.google.clear_requests();
    let error = read(&itself).await.unwrap_err();
    assert_eq!(shape(&error), (Class::Misconfigured, Cause::MyCustomerNotAllowed));
    assert_eq!(world.google.requests(), []);

    world.change_account(|account| account.admin_role = false);
    // Tokens remember the account as it was.
    world.google.advance_clock(Duration::from_hours(2));
    let error = pages(&itself, real_customer()).await.unwrap_err();
    assert_eq!(
        shape(&error),
        (Class::Misconfigured, Cause::InsufficientAdminRole),
        "{error}"
    );
}

#[tokio::test]
async fn a_delegation_that_does_not_work_says_why() {
    let world = World::of(3).await;
    let user = world
        .google
        .create_user(json!({"primaryEmail": "ana@acme.example"}))
        .unwrap();
    assert!(!user["isAdmin"].as_bool().unwrap_or_default());
    for (subject, expected) in [
        (
            "ana@acme.example",
            (Class::Misconfigured, Cause::InsufficientAdminRole),
        ),
        ("nobody@acme.example", (Class::Reauth, Cause::InvalidSubject)),
        ("it", (Class::BadRequest, Cause::InvalidSubject)),
    ] {
        let error = read(&world.acting_for(subject)).await.unwrap_err();
        assert_eq!(shape(&error), expected, "{subject}: {error}");
    }
    for delegated in [
        vec![],
        vec!["https://www.googleapis.com/auth/admin.directory.user".to_owned()],
    ] {
        world.change_account(|account| account.delegated_scopes = delegated);
        let error = read(&world.stranger()).await.unwrap_err();
        assert_eq!(
            shape(&error),
            (Class::Misconfigured, Cause::DelegationScopesMissing),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_key_that_google_does_not_know_says_so() {
    let world = World::of(3).await;
    let (other, account) = keys::service_account(&world.account.client_email, "1", "acme-voice").unwrap();
    // The account got a new key; ours was deleted.
    world.change_account(|own| own.public_key_pem = account.public_key_pem);
    let error = read(&world.delegated()).await.unwrap_err();
    assert_eq!(shape(&error), (Class::Reauth, Cause::InvalidKey), "{error}");
    let renewed = ServiceAccountKey::parse(&other.to_string()).unwrap();
    let directory = world.client.directory(
        renewed,
        Some(ADMIN.to_owned()),
        seed::DEFAULT_CUSTOMER_ID,
        &[DIRECTORY_USERS_SCOPE],
    );
    assert_eq!(everybody(&directory).await.len(), 3);

    let mut unknown: Value = other;
    unknown["client_email"] = "other@acme-voice.iam.gserviceaccount.com".into();
    let unknown = ServiceAccountKey::parse(&unknown.to_string()).unwrap();
    let directory = world.client.directory(
        unknown,
        Some(ADMIN.to_owned()),
        seed::DEFAULT_CUSTOMER_ID,
        &[DIRECTORY_USERS_SCOPE],
    );
    let error = read(&directory).await.unwrap_err();
    assert_eq!(shape(&error), (Class::Reauth, Cause::InvalidKey), "{error}");
}

#[tokio::test]
async fn a_disabled_api_says_where_to_enable_it() {
    let world = World::of(3).await;
    world.google.set_api("admin.googleapis.com", false).unwrap();
    let error = read(&world.delegated()).await.unwrap_err();
    assert_eq!(shape(&error), (Class::Misconfigured, Cause::AdminSdkApiDisabled));
    let activation = error.activation().unwrap();
    let project = activation.project.as_deref().unwrap();
    assert!(!project.is_empty());
    let url = activation.url.as_ref().unwrap();
    assert_eq!(url.host_str(), Some("console.developers.google.com"));
    assert!(url.query().unwrap().contains(project));
    world.google.set_api("admin.googleapis.com", true).unwrap();
    assert_eq!(everybody(&world.delegated()).await.len(), 3);
}

#[tokio::test]
async fn a_foreign_customer_or_domain_is_an_error() {
    let world = World::of(3).await;
    let directory = world.delegated();
    let customer = UserList {
        customer: Some("C0000other".to_owned()),
        ..UserList::default()
    };
    // Google words it like a missing role: only the domain can be told apart.
    let error = pages(&directory, customer).await.unwrap_err();
    assert_eq!(
        shape(&error),
        (Class::Misconfigured, Cause::InsufficientAdminRole),
        "{error}"
    );
    let domain = UserList {
        domain: Some("other.example".to_owned()),
        ..UserList::default()
    };
    let error = pages(&directory, domain).await.unwrap_err();
    assert_eq!(shape(&error), (Class::NotFound, Cause::WrongDomain), "{error}");
    assert_eq!(world.count(USERS), 2);
}

#[tokio::test]
async fn the_rate_limit_is_shared_by_customer() {
    let tuning = Tuning {
        limits: RateLimits {
            per_minute: NonZeroU32::MIN,
        },
        ..quick(1)
    };
    let world = World::tuned(3, tuning).await;
    let id = world.id_of(ADMIN);
    let path = format!("{USERS}/{id}");
    let of = |customer: &str| {
        world.client.directory(
            world.key.clone(),
            Some(ADMIN.to_owned()),
            customer,
            &[DIRECTORY_USERS_SCOPE],
        )
    };
    of("C1").user(&id).await.unwrap();
    let second = of("C1");
    let waiting = tokio::spawn({
        let id = id.clone();
        async move { second.user(&id).await }
    });
    // Another customer is served at once, though it asked later.
    tokio::task::yield_now().await;
    of("C2").user(&id).await.unwrap();
    assert_eq!(world.count(&path), 2);
    assert!(!waiting.is_finished());
    waiting.abort();
}
