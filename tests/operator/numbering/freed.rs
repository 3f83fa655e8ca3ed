//! Numbers that become free while somebody waits for them.

use std::time::Duration;

use dialplane::api::PbxExtension;
use google_workspace_simulator::Fault;
use kube::api::{DeleteParams, PostParams};
use serde_json::{Value, json};

use super::{PATH, declare, enter, problems, staff};
use crate::lifecycle::{self, quiet_sync};
use crate::world::{NAME, World, company, user_id, users, within};

const FINALIZER: &str = "pbx.example.com/phone";

/// An extension of the phone system's administrators, which no integration keeps.
async fn made_by_hand(world: &World, number: &str) {
    let object: PbxExtension = serde_json::from_value(json!({
        "apiVersion": "dialplane.io/v1alpha1", "kind": "PbxExtension",
        "metadata": {"name": format!("{NAME}-{number}")},
        "spec": {"tenant": NAME, "number": number},
    }))
    .unwrap();
    let params = PostParams::default();
    world.extensions().create(&params, &object).await.unwrap();
}

async fn delete(world: &World, number: &str) {
    let (name, params) = (format!("{NAME}-{number}"), DeleteParams::default());
    world.extensions().delete(&name, &params).await.unwrap();
}

/// Waits until somebody has this number and nobody waits for one, without a request.
async fn until_theirs(world: &World, number: &str, name: &str) {
    let id = world.id_of(&format!("{name}@acme.example"));
    world
        .until_extension(number, |extension| user_id(extension) == Some(id.as_str()))
        .await;
    world.until(|object| users(object).problems.is_empty()).await;
}

#[tokio::test]
async fn a_number_that_somebody_waits_for_is_theirs_as_soon_as_its_extension_is_deleted() {
    let world = staff(&[("ana", "2001"), ("bo", "2002")]).await;
    for number in ["2005", "2006", "2007"] {
        made_by_hand(&world, number).await;
    }
    let _operator = world.operator().await;
    declare(&world, json!({})).await;
    enter(&world, "ana", "2005");
    world.sync().await;
    assert_eq!(problems(&world).await, ["ana NumberConflict"]);

    // Nobody waits for these, and the directory is not read for them.
    world.mark().await;
    delete(&world, "2006").await;
    delete(&world, "2007").await;
    world.caught_up("2002").await;
    assert_eq!(world.called().get("users.list"), None);

    delete(&world, "2005").await;
    until_theirs(&world, "2005", "ana").await;
    assert_eq!(world.called().get("users.list"), Some(&1), "one sync is enough");
    assert_eq!(world.roll().await, "2000 admin, 2002 bo, 2005 ana");
    quiet_sync(&world).await;
    world.finish().await;
}

/// The phone system holds the extension that the number was given up with.
#[tokio::test]
async fn a_number_is_handed_over_when_the_phone_system_lets_its_extension_go() {
    let world = staff(&[("ana", "2001"), ("bo", "2002")]).await;
    let _operator = world.operator().await;
    declare(&world, json!({})).await;
    let held = |list: Value| json!({"metadata": {"finalizers": list}});
    world.edit("2002", held(json!([FINALIZER]))).await;
    enter(&world, "bo", "2003");
    enter(&world, "ana", "2002");
    world.sync().await;
    assert_eq!(problems(&world).await, ["ana NumberConflict"]);
    world.edit("2002", held(Value::Null)).await;
    until_theirs(&world, "2002", "ana").await;
    assert_eq!(world.roll().await, "2000 admin, 2002 ana, 2003 bo");
    world.finish().await;
}

/// Whoever was told that the phone system is licensed for no more waits for any extension to go.
#[tokio::test]
async fn room_that_somebody_waits_for_is_theirs_as_soon_as_there_is_some() {
    let world = World::new(company(&["ana", "bo"])).await;
    made_by_hand(&world, "7001").await;
    let _operator = world.operator().await;
    lifecycle::declare(&world, json!({"users": {"capacity": 3}})).await;
    assert_eq!(problems(&world).await, ["bo CapacityExceeded"]);
    delete(&world, "7001").await;
    until_theirs(&world, "1003", "bo").await;
    assert_eq!(world.roll().await, "1001 admin, 1002 ana, 1003 bo");
    world.finish().await;
}

/// The sync had planned with the extension still there, and told so only at its end.
#[tokio::test]
async fn a_number_that_becomes_free_while_a_sync_runs_is_handed_over_after_it() {
    let world = staff(&[("ana", "2001"), ("bo", "2002")]).await;
    made_by_hand(&world, "2005").await;
    let _operator = world.operator().await;
    declare(&world, json!({})).await;
    world.declare_bystander().await;
    let bo = world.id_of("bo@acme.example");
    world.google.delete_user(&bo).unwrap();
    // Nobody but bo himself can be asked for any more.
    world.google.advance_clock(Duration::from_hours(21 * 24));
    enter(&world, "ana", "2005");
    let about_bo = Fault {
        path_prefix: Some(format!("/admin/directory/v1/users/{bo}")),
        ..Fault::default()
    };
    let hold = world.google.hold(about_bo).unwrap();
    world.request_sync().await;
    within("the question about bo", hold.reached(1)).await;
    delete(&world, "2005").await;
    world.passed_by().await;
    hold.release();
    until_theirs(&world, "2005", "ana").await;
    world.finish().await;
}

/// Deletes an extension that ana waits for, and insists that nobody reads the directory for that.
async fn is_left_alone(world: &World, number: &str) {
    world.mark().await;
    delete(world, number).await;
    world.passed_by().await;
    world.settled().await;
    assert_eq!(world.called().get("users.list"), None, "{number}");
    assert_eq!(problems(world).await, ["ana NumberConflict"]);
}

/// Mode Manual asks for a request, here too.
#[tokio::test]
async fn in_mode_manual_who_waits_for_a_number_waits_for_a_request() {
    let world = staff(&[("ana", "2001"), ("bo", "2002")]).await;
    made_by_hand(&world, "2005").await;
    let _operator = world.operator().await;
    world.declare_bystander().await;
    let property = json!({"source": "Property", "property": PATH});
    let manual = json!({"users": {"syncMode": "Manual", "schedule": null, "numbering": property}});
    world.declare(manual).await;
    world.sync().await;
    enter(&world, "ana", "2005");
    world.sync().await;
    assert_eq!(problems(&world).await, ["ana NumberConflict"]);
    is_left_alone(&world, "2005").await;

    world.sync().await;
    assert_eq!(problems(&world).await, [""; 0]);
    assert_eq!(world.roll().await, "2000 admin, 2002 bo, 2005 ana");
    world.finish().await;
}

/// What a suspension and a dry run keep from a sync of the schedule, they keep from this one, too.
#[tokio::test]
async fn a_suspension_and_a_dry_run_hand_no_number_over() {
    let world = staff(&[("ana", "2001"), ("bo", "2002")]).await;
    made_by_hand(&world, "2005").await;
    let _operator = world.operator().await;
    world.declare_bystander().await;
    declare(&world, json!({})).await;
    enter(&world, "ana", "2005");
    world.sync().await;
    assert_eq!(problems(&world).await, ["ana NumberConflict"]);
    world.change(json!({"dryRun": true})).await;
    world.until_ready("True", "DryRun").await;
    is_left_alone(&world, "2005").await;

    made_by_hand(&world, "2005").await;
    world.change(json!({"suspend": true, "dryRun": false})).await;
    world.until_ready("False", "Suspended").await;
    is_left_alone(&world, "2005").await;
    world.change(json!({"suspend": false})).await;
    until_theirs(&world, "2005", "ana").await;
    world.finish().await;
}
