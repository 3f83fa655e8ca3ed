//! Users who are named by address.

use std::time::Duration;

use google_workspace_simulator::{Fault, generate};
use serde_json::json;

use super::{change, declare, office, problems};
use crate::lifecycle::{CREATE, PATCH, quiet_sync, sync_with};
use crate::world::{World, company, condition, counts};

#[tokio::test]
async fn somebody_is_named_by_the_primary_address_an_alias_or_in_upper_case() {
    let world = office().await;
    let alias = json!({"aliases": ["robert@acme.example"]});
    world.google.patch_user("bo@acme.example", alias).unwrap();
    let _operator = world.operator().await;
    let users = ["ana@acme.example", "robert@acme.example", "CY@Acme.Example"];
    declare(&world, json!({"include": {"users": users}})).await;
    assert_eq!(world.roll().await, "1001 ana, 1002 bo, 1003 cy");
    world.mark().await;
    quiet_sync(&world).await;
    assert_eq!(
        world.called(),
        counts([("users.get", 3)]),
        "each of them, and nothing else"
    );
    world.finish().await;
}

/// Google gives everybody addresses of its own, and those of the domain's aliases.
#[tokio::test]
async fn somebody_is_named_by_an_alias_that_nobody_can_edit_however_many_are_named() {
    let names: Vec<_> = (10..40).map(|number| format!("p{number}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let world = World::new(company(&names)).await;
    let _operator = world.operator().await;
    let alias = |name: &&str| format!("{name}@acme.example.test-google-a.com");
    for count in [3, 30] {
        let users: Vec<_> = names[..count].iter().map(alias).collect();
        let scope = json!({"include": {"users": users}});
        if count == 3 {
            declare(&world, scope).await;
        } else {
            change(&world, scope).await;
        }
        let all = world.all().await;
        assert_eq!(all.len(), count);
        assert!(all.values().all(|extension| extension.spec.enabled));
    }
    world.finish().await;
}

#[tokio::test]
async fn exclusion_wins_over_inclusion_and_holds_at_once() {
    let world = office().await;
    let _operator = world.operator().await;
    let [ana, bo, cy] = ["ana@acme.example", "bo@acme.example", "cy@acme.example"];
    declare(
        &world,
        json!({"include": {"users": [ana, bo]}, "exclude": {"users": [bo]}}),
    )
    .await;
    assert_eq!(world.roll().await, "1001 ana");

    // Nobody included: everybody but the excluded.
    change(&world, json!({"include": null, "exclude": {"users": [bo, cy]}})).await;
    assert_eq!(world.roll().await, "1001 ana, 1002 admin, 1003 dan, 1004 eve");

    // Who is excluded later leaves by the rules of leaving, and comes back with the same number.
    let object = change(&world, json!({"exclude": {"users": [ana, bo, cy]}})).await;
    assert_eq!(
        world.roll().await,
        "1001 ana (OutOfScope), 1002 admin, 1003 dan, 1004 eve"
    );
    assert_eq!(object.status.unwrap().users.unwrap().counts.disabled, 1);
    quiet_sync(&world).await;
    change(&world, json!({"exclude": {"users": [bo]}})).await;
    assert_eq!(
        world.roll().await,
        "1001 ana, 1002 admin, 1003 dan, 1004 eve, 1005 cy"
    );
    world.finish().await;
}

/// The address is how people say who is meant, and no more than that.
#[tokio::test]
async fn an_address_is_not_the_key_of_a_person() {
    let world = office().await;
    let _operator = world.operator().await;
    declare(&world, json!({"include": {"users": ["ana@acme.example"]}})).await;
    let ana = world.id_of("ana@acme.example");
    let renamed = json!({"primaryEmail": "maria@acme.example"});
    world.google.patch_user(&ana, renamed).unwrap();
    sync_with(&world, [(PATCH, 1)]).await;
    assert_eq!(
        world.roll().await,
        "1001 maria",
        "the old address is an alias now"
    );
    assert_eq!(
        world.number_of("maria@acme.example").await.as_deref(),
        Some("1001")
    );
    quiet_sync(&world).await;

    // The old address goes to somebody else: from now on it names that person.
    world.google.patch_user(&ana, json!({"aliases": []})).unwrap();
    let other = json!({"aliases": ["ana@acme.example"]});
    world.google.patch_user("bo@acme.example", other).unwrap();
    sync_with(&world, [(PATCH, 1), (CREATE, 1)]).await;
    assert_eq!(world.roll().await, "1001 maria (OutOfScope), 1002 bo");
    world.finish().await;
}

#[tokio::test]
async fn a_deleted_user_who_is_named_stalls_nobody_else() {
    let world = office().await;
    let _operator = world.operator().await;
    let users = ["ana@acme.example", "bo@acme.example"];
    declare(&world, json!({"include": {"users": users}})).await;
    let ana = world.id_of("ana@acme.example");
    world.google.delete_user(&ana).unwrap();
    world
        .google
        .patch_user("bo@acme.example", json!({"name": {"familyName": "New"}}))
        .unwrap();
    world.mark().await;
    sync_with(&world, [(PATCH, 2)]).await;
    assert_eq!(world.roll().await, "1001 ana (Deleted), 1002 bo");
    // By address twice, by id once; the list of the deleted for the declaration, and once more as evidence.
    assert_eq!(
        world.called(),
        counts([("users.get", 3), ("users.list deleted", 2)])
    );
    world.mark().await;
    quiet_sync(&world).await;
    assert_eq!(
        world.called(),
        counts([("users.get", 3), ("users.list deleted", 1)])
    );

    world.google.undelete_user(&ana).unwrap();
    sync_with(&world, [(PATCH, 1)]).await;
    assert_eq!(world.roll().await, "1001 ana, 1002 bo");
    world.finish().await;
}

/// After 20 days Google knows nothing of the deleted any more, and the address could be a mistake: a problem of its own.
#[tokio::test]
async fn a_user_long_gone_who_is_named_stalls_nobody_else() {
    let world = office().await;
    let _operator = world.operator().await;
    let users = ["ana@acme.example", "bo@acme.example"];
    declare(&world, json!({"include": {"users": users}})).await;
    let ana = world.id_of("ana@acme.example");
    world.google.delete_user(&ana).unwrap();
    world.google.advance_clock(Duration::from_hours(21 * 24));
    let object = sync_with(&world, [(PATCH, 1)]).await;
    assert!(condition(&object, "Stalled").is_none());
    assert_eq!(problems(&object), ["ana@acme.example SelectorNotFound"]);
    // By id, Google knows for sure.
    assert_eq!(world.roll().await, "1001 ana (Deleted), 1002 bo");

    let object = change(&world, json!({"include": {"users": ["bo@acme.example"]}})).await;
    assert_eq!(problems(&object), [""; 0]);
    assert_eq!(world.roll().await, "1001 ana (Deleted), 1002 bo");
    world.finish().await;
}

/// A misspelt address may mean anybody who is not named any more: none of them loses anything.
#[tokio::test]
async fn a_misspelt_address_takes_nobodys_phone() {
    let world = office().await;
    let operator = world.operator().await;
    let users = ["ana@acme.example", "bo@acme.example"];
    declare(&world, json!({"include": {"users": users}})).await;
    for misspelt in ["anna@acme.example", "ana@acme.exampel"] {
        let scope = json!({"include": {"users": [misspelt, "bo@acme.example"]}});
        let object = change(&world, scope).await;
        assert_eq!(problems(&object), [format!("{misspelt} SelectorNotFound")]);
        assert_eq!(world.roll().await, "1001 ana, 1002 bo", "{misspelt}");
        // Nor does anybody who is looked at alone.
        world.caught_up("1001").await;
        assert_eq!(world.roll().await, "1001 ana, 1002 bo", "{misspelt}");
    }
    // Nobody loses anything because of somebody who is excluded, and does not exist.
    let scope =
        json!({"include": {"users": ["bo@acme.example"]}, "exclude": {"users": ["nobody@acme.example"]}});
    let object = change(&world, scope).await;
    assert_eq!(problems(&object), ["nobody@acme.example SelectorNotFound"]);
    assert_eq!(world.roll().await, "1001 ana (OutOfScope), 1002 bo");
    drop(operator);
    world.finish().await;
}

/// More names than the list has pages, and more than are worth one question each: the list is read for their ids too.
#[tokio::test]
async fn many_named_users_are_found_in_the_list() {
    let seed = generate::directory(60);
    let named: Vec<_> = seed.users[..30]
        .iter()
        .map(|user| user["primaryEmail"].clone())
        .collect();
    let world = World::new(seed).await;
    let _operator = world.operator().await;
    declare(&world, json!({"include": {"users": named}})).await;
    assert_eq!(world.all().await.len(), 30);
    world.mark().await;
    quiet_sync(&world).await;
    assert_eq!(world.called(), counts([("users.list", 2)]));
    world.finish().await;
}

/// People who are read one by one do not tell whether the declared domain exists.
#[tokio::test]
async fn a_misspelt_domain_beside_named_users_takes_nobodys_phone() {
    let world = office().await;
    let _operator = world.operator().await;
    let users = ["ana@acme.example", "bo@acme.example", "cy@acme.example"];
    declare(&world, json!({"include": {"users": users}})).await;
    world.change(json!({"google": {"domain": "acme.exampel"}})).await;
    world.until_ready("False", "WrongDomain").await;
    assert_eq!(world.roll().await, "1001 ana, 1002 bo, 1003 cy");
    world.change(json!({"google": {"domain": "acme.example"}})).await;
    world.until_synced().await;
    assert_eq!(world.roll().await, "1001 ana, 1002 bo, 1003 cy");
    // Once the domain has been seen, it is not asked about again.
    world.mark().await;
    quiet_sync(&world).await;
    assert_eq!(world.called().get("users.list"), None);
    world.finish().await;
}

/// Google refuses to show somebody of another organization. It is not our role that is missing.
#[tokio::test]
async fn somebody_of_another_organization_who_is_named_stalls_nobody() {
    let world = office().await;
    let _operator = world.operator().await;
    let foreign = Fault {
        path_prefix: Some("/admin/directory/v1/users/partner%40other.example".to_owned()),
        ..Fault::named("forbidden")
    };
    world.google.add_fault(foreign).unwrap();
    let users = ["ana@acme.example", "partner@other.example"];
    declare(&world, json!({"include": {"users": users}})).await;
    let object = world.until_synced().await;
    assert_eq!(problems(&object), ["partner@other.example SelectorNotFound"]);
    assert_eq!(world.roll().await, "1001 ana");

    // When everybody is refused, the list tells that it is the role.
    world.google.clear_faults();
    for method in ["users.get", "users.list"] {
        let fault = Fault {
            method: Some(method.to_owned()),
            ..Fault::named("forbidden")
        };
        world.google.add_fault(fault).unwrap();
    }
    world.request_sync().await;
    world.until_ready("False", "InsufficientAdminRole").await;
    assert_eq!(world.roll().await, "1001 ana");
    world.google.clear_faults();
    world.sync().await;
    world.until_synced().await;
    world.finish().await;
}
