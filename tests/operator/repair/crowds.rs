//! A crowd: more people at once than are looked after one by one.

use dialplane::api::PbxExtension;
use futures::future::join_all;
use google_workspace_simulator::Fault;
use kube::api::DeleteParams;
use serde_json::json;

use crate::world::{ADMIN, NAME, World, poll, user_id, within};

/// The wish for a sync that comes while one runs is a wish for the next one.
#[tokio::test]
async fn a_crowd_that_comes_while_a_sync_runs_is_looked_after_by_the_next() {
    let world = World::with_people(60).await;
    let _operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    world.declare_bystander().await;
    let before = world.all().await;
    let (numbers, leaver) = {
        let is_ordinary = |extension: &PbxExtension| {
            let user = extension.spec.user.as_ref();
            extension.spec.enabled && user.and_then(|user| user.email.as_deref()) != Some(ADMIN)
        };
        // Not the first: that one's namesake of the neighbour is looked after below.
        let mut people = before.iter().rev();
        let (_, leaver) = people.find(|(_, extension)| is_ordinary(extension)).unwrap();
        let numbers: Vec<_> = people.take(55).map(|(number, _)| number.clone()).collect();
        (numbers, user_id(leaver).unwrap().to_owned())
    };
    assert_eq!(numbers.len(), 55);
    // Somebody is missing from the list: Google is asked about them when everybody else has been dealt with.
    world.google.delete_user(&leaver).unwrap();
    world
        .google
        .advance_clock(std::time::Duration::from_hours(21 * 24));
    let hold = world.google.hold(Fault {
        path_prefix: Some(format!("/admin/directory/v1/users/{leaver}")),
        ..Fault::default()
    });
    let hold = hold.unwrap();
    let token = world.request_sync().await;
    within("the question about the missing one", hold.reached(1)).await;
    // At once, so that they are seen as one crowd.
    let extensions = world.extensions();
    let deletions = numbers.iter().map(async |number| {
        let name = format!("{NAME}-{number}");
        extensions.delete(&name, &DeleteParams::default()).await.unwrap();
    });
    join_all(deletions).await;
    world.passed_by().await;
    hold.release();
    world.until_handled(&token).await;
    poll("everybody's extension", async || {
        (world.all().await.len() == before.len()).then_some(())
    })
    .await;
    world.finish().await;
}
