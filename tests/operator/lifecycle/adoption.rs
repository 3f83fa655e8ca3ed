//! Extensions that were there before: bound to the person whose address they have, with all that is theirs.

use dialplane::api::names::EXTENSION_LABELS;
use dialplane::api::{GoogleWorkspaceIntegration, PbxExtension};
use kube::ResourceExt;
use kube::api::PostParams;
use serde_json::{Value, json};

use super::{CREATE, PATCH, declare, extension, quiet_sync, state, sync_with};
use crate::world::{NAME, World, company, differences, merge};

/// An extension with an address, as the phone system's administrator made it.
async fn made_by_hand(world: &World, number: &str, email: &str, more: Value) -> PbxExtension {
    let mut object = json!({
        "apiVersion": "dialplane.io/v1alpha1", "kind": "PbxExtension",
        "metadata": {"name": format!("{NAME}-{number}"), "labels": {"floor": "3"}},
        "spec": {
            "tenant": NAME, "number": number,
            "user": {"firstName": "Written", "lastName": "By Hand", "email": email, "jobTitle": "Old title"},
            "voicemail": {"enabled": true, "pinSecretRef": {"name": "pin"}},
            "sip": {"credentialsSecretRef": {"name": "sip"}},
        },
    });
    merge(&mut object, more);
    let object: PbxExtension = serde_json::from_value(object).unwrap();
    world
        .extensions()
        .create(&PostParams::default(), &object)
        .await
        .unwrap()
}

fn adopting(adopt: bool) -> Value {
    json!({"users": {"lifecycle": {"adoptByEmail": adopt}}})
}

/// Who cannot be served, and what is said about it.
fn problem(object: &GoogleWorkspaceIntegration, name: &str) -> (String, String) {
    let problems = &object.status.as_ref().unwrap().users.as_ref().unwrap().problems;
    let user = format!("{name}@acme.example");
    let problem = problems.iter().find(|problem| problem.user == user).expect(name);
    (problem.reason.clone(), problem.message.clone())
}

#[tokio::test]
async fn an_address_of_the_domains_alias_adopts_like_any_other() {
    let world = World::new(company(&["ana"])).await;
    let address = "ana@acme.example.test-google-a.com";
    made_by_hand(&world, "7001", address, json!({})).await;
    let _operator = world.operator().await;
    declare(&world, adopting(true)).await;
    assert_eq!(world.roll().await, "1001 admin, 7001 ana");
    world.finish().await;
}

#[tokio::test]
async fn adoption_keeps_number_pin_and_sip_and_takes_the_person_over() {
    let mut seed = company(&["ana", "bo"]);
    seed.users[2]["aliases"] = json!(["robert@acme.example"]);
    let world = World::new(seed).await;
    let by_address = made_by_hand(&world, "7001", "Ana@acme.example", json!({})).await;
    let by_alias = made_by_hand(&world, "7002", "robert@acme.example", json!({})).await;
    let _operator = world.operator().await;
    let mark = world.audit.mark().await;
    declare(&world, adopting(true)).await;
    assert_eq!(world.roll().await, "1001 admin, 7001 ana, 7002 bo");
    let writes = world.writes(mark).await;
    assert_eq!(
        (writes.get(PATCH), writes.get(CREATE)),
        (Some(&2), Some(&1)),
        "{writes:?}"
    );
    for (before, name) in [(by_address, "ana"), (by_alias, "bo")] {
        let id = world.id_of(&format!("{name}@acme.example"));
        let after = extension(&world, &id).await;
        let user = after.spec.user.as_ref().unwrap();
        assert_eq!(user.first_name.as_deref(), Some(name));
        assert_eq!(user.job_title, None, "what Google does not have goes");
        for label in EXTENSION_LABELS {
            assert!(after.labels().contains_key(label), "{label}");
        }
        assert_eq!(after.labels()["floor"], "3");
        let changed = differences(&before, &after);
        let theirs = |path: &&String| {
            !["/spec/user", "/spec/google", "/metadata/labels"]
                .iter()
                .any(|ours| path.starts_with(ours))
        };
        assert_eq!(changed.iter().find(theirs), None, "{changed:?}");
        assert_eq!(after.uid(), before.uid());
    }
    quiet_sync(&world).await;
    world.finish().await;
}

#[tokio::test]
async fn without_adoption_the_extension_in_the_way_is_named() {
    let world = World::new(company(&["ana", "bo"])).await;
    let before = made_by_hand(&world, "7001", "ana@acme.example", json!({})).await;
    let _operator = world.operator().await;
    declare(&world, json!({})).await; // the default
    assert_eq!(world.roll().await, "1001 admin, 1002 bo, 7001 ana");
    let object = world.until_synced().await;
    let (reason, text) = problem(&object, "ana");
    assert_eq!(reason, "EmailConflict");
    assert!(
        text.starts_with("PbxExtension acme-7001 is unmanaged and has an e-mail address of this user"),
        "{text}"
    );
    assert!(
        text.contains("set spec.users.lifecycle.adoptByEmail to true"),
        "{text}"
    );
    assert!(!text.contains('@'), "{text}");
    let after = world.extensions().get("acme-7001").await.unwrap();
    assert_eq!(after.resource_version(), before.resource_version());
    quiet_sync(&world).await;

    // What the message says helps.
    world.change(adopting(true)).await;
    let object = world.until_synced().await;
    assert!(object.status.unwrap().users.unwrap().problems.is_empty());
    let ana = world.id_of("ana@acme.example");
    assert_eq!(state(&extension(&world, &ana).await), ("7001", true, None));
    world.finish().await;
}

/// An address may have been typed into the wrong extension.
#[tokio::test]
async fn what_belongs_to_another_google_user_is_not_adopted() {
    let world = World::new(company(&["ana", "bo"])).await;
    let other = json!({"spec": {"google": {"userId": "100000000000000000042"}}});
    let before = made_by_hand(&world, "7001", "ana@acme.example", other).await;
    made_by_hand(&world, "7002", "bo@acme.example", json!({})).await;
    made_by_hand(&world, "7003", "bo@acme.example", json!({})).await;
    let _operator = world.operator().await;
    declare(&world, adopting(true)).await;
    let object = world.until_synced().await;
    let (reason, text) = problem(&object, "ana");
    assert_eq!(reason, "EmailConflict");
    assert!(
        text.contains("belongs to another Google user. Remove its spec.google"),
        "{text}"
    );
    let (reason, text) = problem(&object, "bo");
    assert_eq!(reason, "EmailConflict");
    assert!(
        text.starts_with("acme-7002, acme-7003 are unmanaged, and each has an e-mail address of this user"),
        "{text}"
    );
    assert!(text.ends_with("Leave the address in only one of them."), "{text}");
    let after = world.extensions().get("acme-7001").await.unwrap();
    assert_eq!(after.resource_version(), before.resource_version());

    world.edit("7001", json!({"spec": {"google": null}})).await;
    world
        .edit("7003", json!({"spec": {"user": {"email": null}}}))
        .await;
    sync_with(&world, [(PATCH, 2)]).await;
    assert_eq!(world.roll().await, "1001 admin, 7001 ana, 7002 bo, 7003 nobody");
    world.finish().await;
}

/// An administrator's switch-off survives adoption; a suspended user's extension is adopted disabled.
#[tokio::test]
async fn adoption_does_not_switch_on_what_is_off() {
    let world = World::new(company(&["ana", "bo"])).await;
    made_by_hand(
        &world,
        "7001",
        "ana@acme.example",
        json!({"spec": {"enabled": false}}),
    )
    .await;
    made_by_hand(&world, "7002", "bo@acme.example", json!({})).await;
    world
        .google
        .patch_user("bo@acme.example", json!({"suspended": true}))
        .unwrap();
    let _operator = world.operator().await;
    declare(&world, adopting(true)).await;
    assert_eq!(
        world.roll().await,
        "1001 admin, 7001 ana (off), 7002 bo (Suspended)"
    );
    quiet_sync(&world).await;
    world
        .google
        .patch_user("bo@acme.example", json!({"suspended": false}))
        .unwrap();
    sync_with(&world, [(PATCH, 1)]).await;
    assert_eq!(world.roll().await, "1001 admin, 7001 ana (off), 7002 bo");
    world.finish().await;
}
