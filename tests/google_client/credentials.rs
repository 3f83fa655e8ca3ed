//! Who may read, and how often.

use crate::world::*;

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
    let foreign = (Class::Misconfigured, Cause::WrongDomain);
    let no_role = (Class::Misconfigured, Cause::InsufficientAdminRole);
    let of_domain = |domain: &str| UserList {
        domain: Some(domain.to_owned()),
        ..UserList::default()
    };
    // Google words it like a missing role: that the account may read its own customer tells them apart.
    for list in [customer.clone(), of_domain(FOREIGN_DOMAIN)] {
        let error = pages(&directory, list.clone()).await.unwrap_err();
        assert_eq!(
            (shape(&error), error.status()),
            (foreign, Some(403)),
            "{list:?}: {error}"
        );
    }
    assert_eq!(world.count(USERS), 4, "each is asked about once more");
    let error = pages(&directory, of_domain("other.example")).await.unwrap_err();
    assert_eq!(shape(&error), (Class::NotFound, Cause::WrongDomain), "{error}");
    assert_eq!(world.count(USERS), 5);

    // Who may read nothing learns nothing about the domain.
    world
        .google
        .create_user(json!({"primaryEmail": "plain@acme.example"}))
        .unwrap();
    let plain = world.acting_for("plain@acme.example");
    for list in [
        customer.clone(),
        of_domain(FOREIGN_DOMAIN),
        of_domain("acme.example"),
    ] {
        let error = pages(&plain, list.clone()).await.unwrap_err();
        assert_eq!(shape(&error), no_role, "{list:?}: {error}");
    }

    // By itself the account cannot say my_customer, and tells them apart only with the customer's id.
    let itself = world.itself();
    let error = pages(&itself, of_domain(FOREIGN_DOMAIN)).await.unwrap_err();
    assert_eq!(shape(&error), no_role, "{error}");
    let error = pages(&itself, customer).await.unwrap_err();
    assert_eq!(shape(&error), no_role, "{error}");
    let with_id = UserList {
        customer: Some(seed::DEFAULT_CUSTOMER_ID.to_owned()),
        ..of_domain(FOREIGN_DOMAIN)
    };
    let error = pages(&itself, with_id).await.unwrap_err();
    assert_eq!(shape(&error), foreign, "{error}");
}

fn one_call() -> Tuning {
    Tuning {
        limits: RateLimits {
            per_minute: NonZeroU32::MIN,
        },
        ..quick(1)
    }
}

/// Longer than anybody who need not wait takes, and much shorter than the minute of who has to.
async fn soon<T>(work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(Duration::from_secs(10), work).await.ok()
}

/// Declaring another tenant's customer, with credentials that cannot read it, takes none of its calls.
#[tokio::test]
async fn a_declared_customer_is_not_throttled_by_a_stranger() {
    let world = World::tuned(3, one_call()).await;
    let (file, account) = keys::service_account("eve@other.iam.gserviceaccount.com", "7", "other").unwrap();
    world.google.put_service_account(account).unwrap();
    let stranger = world.client.directory(
        ServiceAccountKey::parse(&file.to_string()).unwrap(),
        None,
        seed::DEFAULT_CUSTOMER_ID,
        &[DIRECTORY_USERS_SCOPE],
    );
    read_first(&stranger).await.unwrap_err();
    soon(read_first(&world.delegated())).await.unwrap().unwrap();
}

/// Once Google has named the customer of each, all of them share its limit, however they call it.
#[tokio::test]
async fn the_rate_limit_is_shared_by_the_customer_that_google_names() {
    let world = World::tuned(3, one_call()).await;
    let second = "second@acme.example";
    world
        .google
        .create_user(json!({"primaryEmail": second, "isAdmin": true}))
        .unwrap();
    let of = |subject: &str, declared: &str| {
        world.client.directory(
            world.key.clone(),
            Some(subject.to_owned()),
            declared,
            &[DIRECTORY_USERS_SCOPE],
        )
    };
    let first = of(ADMIN, seed::DEFAULT_CUSTOMER_ID);
    let other = of(second, "my_customer");
    // Nobody knows yet that both read the same customer; from the answers on it is known, and what they took is owed.
    for directory in [&first, &other] {
        soon(read_first(directory)).await.unwrap().unwrap();
    }
    world.google.clear_requests();
    let waiting = [first, other, of(second, seed::DEFAULT_CUSTOMER_ID)]
        .map(|directory| tokio::spawn(async move { read_first(&directory).await }));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(waiting.iter().all(|call| !call.is_finished()));
    assert_eq!(world.count(USERS), 0);
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
}

/// Members of groups name no customer: after many groups one user is asked for, once.
#[tokio::test]
async fn a_long_walk_through_groups_finds_out_whose_limit_it_uses() {
    let world = World::of(3).await;
    let directory = world.whole();
    world.google.clear_requests();
    for _ in 0..60 {
        directory.settle_limit(&real_customer()).await.unwrap();
        directory.members("nobody@acme.example").await.map(drop).unwrap();
    }
    assert_eq!(world.count(USERS), 1);
    let known = world.whole();
    for _ in 0..60 {
        known.settle_limit(&real_customer()).await.unwrap();
    }
    assert_eq!(world.count(USERS), 1);
}

async fn read_first(directory: &Directory) -> Result<(), Error> {
    directory.first(&real_customer()).await.map(drop)
}
