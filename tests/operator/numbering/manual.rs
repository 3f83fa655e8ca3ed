//! Extensions that are created in advance, and assigned in the declaration.

use dialplane::api::PbxExtension;
use kube::api::PostParams;
use serde_json::{Value, json};

use super::{numbering, problems, said};
use crate::lifecycle::{PATCH, declare, quiet_sync, sync_with};
use crate::world::{ADMIN, NAME, World, company, message, user_id};

/// An extension as an administrator of the phone system makes it.
async fn prepare(world: &World, number: &str, more: Value) -> PbxExtension {
    let mut object = json!({
        "apiVersion": "dialplane.io/v1alpha1", "kind": "PbxExtension",
        "metadata": {"name": format!("{NAME}-{number}")},
        "spec": {"tenant": NAME, "number": number},
    });
    crate::world::merge(&mut object["spec"], more);
    let object: PbxExtension = serde_json::from_value(object).unwrap();
    world
        .extensions()
        .create(&PostParams::default(), &object)
        .await
        .unwrap()
}

fn assigned(assignments: &[(&str, &str)]) -> Value {
    let list: Vec<_> = assignments
        .iter()
        .map(|(user, number)| json!({"user": user, "number": number}))
        .collect();
    numbering(json!({"source": "Manual", "assignments": list}))
}

#[tokio::test]
async fn an_assignment_binds_its_person_to_the_extension_created_in_advance() {
    let mut seed = company(&["ana", "bo", "cy"]);
    seed.users[2]["aliases"] = json!(["robert@acme.example"]);
    let world = World::new(seed).await;
    let theirs = json!({
        "voicemail": {"enabled": true, "pinSecretRef": {"name": "ana-voicemail"}},
        "sip": {"credentialsSecretRef": {"name": "ana-sip"}},
    });
    let before = prepare(&world, "3001", theirs).await;
    let _operator = world.operator().await;
    let mark = world.audit.mark().await;
    let assignments = [
        ("Ana@acme.example.test-google-a.com", "3001"),
        ("robert@acme.example", "3002"),
    ];
    declare(&world, assigned(&assignments)).await;
    assert_eq!(world.roll().await, "3001 ana");
    let writes = world.writes(mark).await;
    assert_eq!(
        (writes.get(PATCH), writes.get("create pbxextensions")),
        (Some(&1), None)
    );
    let after = world.extensions().get("acme-3001").await.unwrap();
    assert_eq!(user_id(&after), Some(world.id_of("ana@acme.example").as_str()));
    assert_eq!(
        (&after.spec.voicemail, &after.spec.sip),
        (&before.spec.voicemail, &before.spec.sip)
    );

    let expected = [
        "admin PendingAssignment",
        "bo PendingAssignment",
        "cy PendingAssignment",
    ];
    assert_eq!(problems(&world).await, expected);
    let object = world.until_synced().await;
    assert!(message(&object, "Ready").starts_with("1 user has been synced"));
    let text = said(&world, "bo").await;
    assert!(text.contains("assigns 3002 to this user, but PbxExtension acme-3002 does not exist. Create it with spec.tenant acme and spec.number \"3002\"."), "{text}");
    let text = said(&world, "cy").await;
    assert!(
        text.ends_with("Add an entry for an extension that was created in advance."),
        "{text}"
    );
    quiet_sync(&world).await;

    // The next sync after the extension was made serves its person.
    prepare(&world, "3002", json!({})).await;
    sync_with(&world, [(PATCH, 1)]).await;
    assert_eq!(world.roll().await, "3001 ana, 3002 bo");
    assert_eq!(
        problems(&world).await,
        ["admin PendingAssignment", "cy PendingAssignment"]
    );
    world.finish().await;
}

#[tokio::test]
async fn an_extension_of_somebody_else_is_never_assigned() {
    let world = World::new(company(&["ana", "bo"])).await;
    prepare(&world, "3001", json!({})).await;
    let other = json!({"google": {"userId": "100000000000000000042"}});
    let foreign = prepare(&world, "3002", other).await;
    let _operator = world.operator().await;
    declare(&world, assigned(&[("ana@acme.example", "3001"), (ADMIN, "3002")])).await;
    assert_eq!(
        problems(&world).await,
        ["admin NumberConflict", "bo PendingAssignment"]
    );
    let text = said(&world, "admin").await;
    assert!(
        text.contains("acme-3002 belongs to another user or integration. Assign another number."),
        "{text}"
    );
    let after = world.extensions().get("acme-3002").await.unwrap();
    assert_eq!(after.metadata.resource_version, foreign.metadata.resource_version);

    // An assignment that changes does not take the extension away from the one who has it.
    let swapped = [("bo@acme.example", "3001")];
    world.change(assigned(&swapped)).await;
    world.until_synced().await;
    assert_eq!(
        problems(&world).await,
        ["admin PendingAssignment", "bo NumberConflict"]
    );
    let roll = world.roll().await;
    assert!(roll.starts_with("3001 ana"), "{roll}");
    world.finish().await;
}
