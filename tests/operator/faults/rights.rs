//! Delegation, roles, policies and the organization.

use google_workspace_simulator::Fault;
use serde_json::json;

use super::{CLIENT_ID, PEOPLE, Shown, of_tokens, operator};
use crate::world::{ADMIN, World};

const SCOPE: &str = "https://www.googleapis.com/auth/admin.directory.user.readonly";

#[tokio::test]
async fn a_missing_delegation_names_client_and_scope() {
    let world = World::with_people(PEOPLE).await;
    let operator = operator(&world).await;
    let mut account = world.account.clone();
    account.delegated_scopes.clear();
    world.google.put_service_account(account.clone()).unwrap();
    world.declare(json!({})).await;
    let shown = Shown::refused("DelegationScopesMissing");
    let words = ["Domain-wide delegation", CLIENT_ID, SCOPE];
    let object = shown.on(&world, &operator, &words).await;
    let scopes = &object.status.unwrap().authorization.unwrap().scopes;
    assert_eq!(scopes.missing, [SCOPE]);
    assert!(scopes.granted.is_empty());

    // Another scope than ours does not help.
    account.delegated_scopes = vec![SCOPE.trim_end_matches(".readonly").to_owned()];
    world.google.put_service_account(account).unwrap();
    world.sync().await;
    shown.on(&world, &operator, &words).await;

    world.google.put_service_account(world.account.clone()).unwrap();
    world.sync().await;
    let object = shown.heals(&world).await;
    let scopes = &object.status.unwrap().authorization.unwrap().scopes;
    assert_eq!(scopes.granted, [SCOPE]);
    assert!(scopes.missing.is_empty());
    world.finish().await;
}

#[tokio::test]
async fn a_subject_who_is_nobody_or_suspended_is_named() {
    let world = World::with_people(PEOPLE).await;
    let operator = operator(&world).await;
    let subject = |who: &str| json!({"google": {"credentials": {"serviceAccount": {"subject": who}}}});
    world.declare(subject("nobody@acme.example")).await;
    let shown = Shown::refused("InvalidSubject");
    let words = [
        "nobody@acme.example",
        "serviceAccount.subject",
        "active administrator",
    ];
    shown.on(&world, &operator, &words).await;

    let other = json!({"primaryEmail": "it@acme.example", "isAdmin": true, "suspended": true});
    world.google.create_user(other).unwrap();
    world.change(subject("it@acme.example")).await;
    let words = ["it@acme.example", "active administrator"];
    shown.on(&world, &operator, &words).await;
    world.google.delete_user("it@acme.example").unwrap();

    // A corrected spec is tried at once.
    world.change(subject(ADMIN)).await;
    shown.heals_after(&world, 2).await;
    world.finish().await;
}

#[tokio::test]
async fn a_subject_without_a_role_is_told_which_one_to_get() {
    let world = World::with_people(PEOPLE).await;
    let operator = operator(&world).await;
    world.google.patch_user(ADMIN, json!({"isAdmin": false})).unwrap();
    world.declare(json!({})).await;
    let shown = Shown::refused("InsufficientAdminRole");
    shown.on(&world, &operator, &[ADMIN, "Users > Read"]).await;
    world.google.patch_user(ADMIN, json!({"isAdmin": true})).unwrap();
    world.sync().await;
    shown.heals(&world).await;
    world.finish().await;
}

#[tokio::test]
async fn a_disabled_api_comes_with_the_link_that_enables_it() {
    let world = World::with_people(PEOPLE).await;
    let operator = operator(&world).await;
    world.google.set_api("admin.googleapis.com", false).unwrap();
    world.declare(json!({})).await;
    let shown = Shown::refused("AdminSdkApiDisabled");
    let link =
        "https://console.developers.google.com/apis/api/admin.googleapis.com/overview?project=104497032270";
    shown
        .on(&world, &operator, &["Enable the Admin SDK API", link])
        .await;

    // A request while it is still disabled is tried and answered: it is not left hanging.
    world.google.clear_requests();
    world.sync().await;
    assert!(world.google_calls("/admin/") > 0);
    shown.on(&world, &operator, &[link]).await;

    world.google.set_api("admin.googleapis.com", true).unwrap();
    world.sync().await;
    shown.heals(&world).await;
    world.finish().await;
}

#[tokio::test]
async fn an_account_that_acts_as_itself_needs_the_real_customer_and_a_role() {
    let world = World::with_people(PEOPLE).await;
    let operator = operator(&world).await;
    world
        .declare(json!({"google": {"credentials": {"serviceAccount": {"subject": null}}}}))
        .await;
    let shown = Shown::refused("MyCustomerNotAllowed");
    let words = ["my_customer", "spec.google.customerId", "serviceAccount.subject"];
    shown.on(&world, &operator, &words).await;

    world.change(json!({"google": {"customerId": "C01acme42"}})).await;
    let role = Shown::refused("InsufficientAdminRole");
    let words = [world.account.client_email.as_str(), "Users > Read"];
    role.on(&world, &operator, &words).await;

    let mut account = world.account.clone();
    account.admin_role = true;
    account.delegated_scopes.clear();
    world.google.put_service_account(account).unwrap();
    world.sync().await;
    shown.heals(&world).await;
    let object = role.heals(&world).await;
    let account = object.status.unwrap().authorization.unwrap().account;
    assert_eq!(account.as_deref(), Some(world.account.client_email.as_str()));
    world.finish().await;
}

#[tokio::test]
async fn a_domain_of_somebody_else_is_wrong() {
    let world = World::with_people(PEOPLE).await;
    let operator = operator(&world).await;
    world
        .declare(json!({"google": {"domain": "other.example"}}))
        .await;
    let shown = Shown::refused("WrongDomain");
    shown
        .on(&world, &operator, &["other.example", "spec.google.domain", ADMIN])
        .await;
    world.change(json!({"google": {"domain": "acme.example"}})).await;
    shown.heals(&world).await;
    world.finish().await;
}

#[tokio::test]
async fn a_policy_that_blocks_the_client_is_named() {
    let world = World::with_people(PEOPLE).await;
    let operator = operator(&world).await;
    let blocked = of_tokens(Fault::named("admin_policy_enforced"));
    world.google.add_fault(blocked).unwrap();
    world.declare(json!({})).await;
    let shown = Shown::refused("AdminPolicyEnforced");
    let words = [
        "restricted by policies",
        world.account.client_email.as_str(),
        "App access control",
    ];
    shown.on(&world, &operator, &words).await;
    world.google.clear_faults();
    world.sync().await;
    shown.heals(&world).await;
    world.finish().await;
}
