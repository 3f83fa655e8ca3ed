//! Extensions that have been deleted and are not gone yet.

use serde_json::json;

use super::STATUS;
use crate::world::{World, company, counts};

/// Somebody's extension is being deleted, and the phone system's finalizer holds it, when the person comes back.
#[tokio::test]
async fn a_person_whose_extension_still_goes_is_a_problem_and_served_as_soon_as_it_is_gone() {
    const FINALIZER: &str = "pbx.example.com/phone";
    let world = World::new(company(&["ana", "bo"])).await;
    let _operator = world.operator().await;
    let delete = json!({"users": {"lifecycle": {"onSuspended": "Delete"}}});
    world.declare(delete).await;
    world.until_synced().await;
    let before = world
        .extension_of(&world.id_of("ana@acme.example"))
        .await
        .unwrap();
    let hold = json!({"metadata": {"finalizers": [FINALIZER]}});
    world.edit("1002", hold).await;
    let suspended = |suspended: bool| json!({"suspended": suspended});
    let ana = world.id_of("ana@acme.example");
    world.google.patch_user(&ana, suspended(true)).unwrap();
    world.sync().await;
    world
        .until_extension("1002", |ana| ana.metadata.deletion_timestamp.is_some())
        .await;
    let mark = world.mark().await;
    world.sync().await;
    world.wrote(mark, counts([(STATUS, 1)])).await;

    world.google.patch_user(&ana, suspended(false)).unwrap();
    let mark = world.mark().await;
    let object = world.sync().await;
    let users = object.status.unwrap().users.unwrap();
    assert_eq!(users.counts.created, 0);
    let [problem] = &users.problems[..] else {
        panic!("{:?}", users.problems)
    };
    assert_eq!(problem.reason, "Terminating");
    assert!(problem.message.contains("acme-1002"), "{}", problem.message);
    world.wrote(mark, counts([(STATUS, 1)])).await;

    world
        .edit("1002", json!({"metadata": {"finalizers": null}}))
        .await;
    let after = world
        .until_extension("1002", |ana| ana.metadata.deletion_timestamp.is_none())
        .await;
    assert_ne!(after.metadata.uid, before.metadata.uid);
    assert_eq!(after.spec, before.spec);
    world.finish().await;
}
