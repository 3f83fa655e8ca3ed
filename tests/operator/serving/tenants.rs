//! One tenant never waits for another one: not for its Google, not for its phone system, not for its people.

use dialplane::api::GoogleWorkspaceIntegration;
use dialplane::api::conditions::{READY, RECONCILING};
use dialplane_test_harness::world::wait_gone;
use google_workspace_simulator::Fault;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams};
use serde_json::{Value, json};

use crate::world::{GROUPS, NAME, PATIENCE, UNITS, World, condition, merge, poll, user_id, within};

/// More than any number of workers that one would think of.
const OTHERS: usize = 40;

fn other(number: usize) -> String {
    format!("other-{number}")
}

/// A tenant of its own.
fn tenant(name: &str, spec: Value) -> Value {
    let mut whole = json!({"tenant": {"name": name}});
    merge(&mut whole, spec);
    whole
}

#[tokio::test]
async fn slow_tenants_hold_up_neither_a_first_sync_nor_a_repair_nor_a_request() {
    let world = World::with_people(3).await;
    world.delegate(&[UNITS, GROUPS]);
    let _operator = world.operator().await;
    // Only those that name a unit ask for units, and Google does not answer that.
    let hold = world.hold("orgunits.list", 0);
    let slow = json!({"users": {"scope": {"include": {"organizationalUnits": ["/"]}}}});
    for number in 0..OTHERS {
        world
            .declare_as(&other(number), tenant(&other(number), slow.clone()))
            .await;
    }
    within("all of them to wait at once", hold.reached(OTHERS)).await;
    world.declare(json!({})).await;
    world.until_synced().await;
    world.caught_up("1002").await;
    world.sync().await;
    hold.release();
    for number in 0..OTHERS {
        let synced = |object: &GoogleWorkspaceIntegration| {
            condition(object, READY).is_some_and(|ready| ready.status == "True")
        };
        world.until_other(&other(number), synced).await;
    }
    world.finish().await;
}

#[tokio::test]
async fn a_repair_does_not_wait_for_another_tenants_people() {
    let world = World::with_people(3).await;
    let _operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    world.declare_bystander().await;
    let somebody = world.extensions().get(&format!("{NAME}-1002")).await.unwrap();
    let id = user_id(&somebody).unwrap().to_owned();
    let hold = world
        .google
        .hold(Fault {
            path_prefix: Some(format!("/admin/directory/v1/users/{id}")),
            ..Fault::default()
        })
        .unwrap();
    let wrong = json!({"spec": {"user": {"jobTitle": "edited by hand"}}});
    world.edit("1002", wrong.clone()).await;
    within("the question about one tenant's person", hold.reached(1)).await;
    world.passed_by().await;
    let still = world.extensions().get(&format!("{NAME}-1002")).await.unwrap();
    assert_eq!(
        still.spec.user.unwrap().job_title.as_deref(),
        Some("edited by hand"),
        "Google has not answered"
    );
    hold.release();
    world
        .until_extension("1002", |now| now.spec == somebody.spec)
        .await;
    world.finish().await;
}

/// A phone system keeps its own finalizer on extensions until the phone is logged off, and does not run today.
#[tokio::test]
async fn deletions_that_wait_for_the_phone_system_hold_up_nobody_and_tell_what_for() {
    const FINALIZER: &str = "pbx.example.com/phone";
    let world = World::with_people(1).await;
    let _operator = world.operator().await;
    for number in 0..OTHERS {
        let spec = tenant(&other(number), json!({"deletionPolicy": "Delete"}));
        world.declare_as(&other(number), spec).await;
    }
    let held = |number: usize| format!("{}-1001", other(number));
    let finalizers = |list: Value| Patch::Merge(json!({"metadata": {"finalizers": list}}));
    for number in 0..OTHERS {
        poll("the extension", async || {
            world.extensions().get_opt(&held(number)).await.unwrap()
        })
        .await;
        let patch = finalizers(json!([FINALIZER]));
        let params = PatchParams::default();
        world
            .extensions()
            .patch(&held(number), &params, &patch)
            .await
            .unwrap();
        let delete = DeleteParams::default();
        world
            .integrations()
            .delete(&other(number), &delete)
            .await
            .unwrap();
    }
    for number in 0..OTHERS {
        let object = world
            .until_other(&other(number), |object| {
                condition(object, RECONCILING).is_some_and(|found| {
                    found.message.contains(&held(number)) && found.message.contains(FINALIZER)
                })
            })
            .await;
        assert_eq!(condition(&object, RECONCILING).unwrap().reason, "Terminating");
    }
    let mark = world.mark().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    let requests = world.asked_by_operator(mark).await;
    let deleted = requests.verb("delete").resource("pbxextensions");
    assert_eq!(deleted.len(), 0, "what goes already is not deleted again");

    // What they waited for has happened: they go on at once, however long they have waited.
    for number in 0..OTHERS {
        let params = PatchParams::default();
        world
            .extensions()
            .patch(&held(number), &params, &finalizers(Value::Null))
            .await
            .unwrap();
    }
    for number in 0..OTHERS {
        wait_gone(&world.integrations(), &other(number), PATIENCE).await;
    }
    assert_eq!(
        world
            .extensions()
            .list(&ListParams::default())
            .await
            .unwrap()
            .items
            .len(),
        1
    );
    world.finish().await;
}
