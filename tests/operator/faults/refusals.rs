//! What the API server does not take from anybody: one object, and not the right to write it.

use dialplane::api::PbxExtension;
use kube::api::PostParams;
use serde_json::json;

use crate::world::{World, company, poll, users};

const WORDS: &str = "phones of this department are bought elsewhere";

/// A policy of the cluster's administrators that refuses one person's extension in this world's namespace.
async fn refuse(world: &World, address: &str) {
    let expression = format!(
        "!has(object.spec.user) || !has(object.spec.user.email) || object.spec.user.email != '{address}'"
    );
    world.refuse(&["CREATE", "UPDATE"], &expression, WORDS).await;
    // It takes the API server a moment to heed it.
    let probe = json!({
        "apiVersion": "dialplane.io/v1alpha1", "kind": "PbxExtension", "metadata": {"name": "probe-1001"},
        "spec": {"tenant": "probe", "number": "1001", "user": {"email": address}},
    });
    let probe: PbxExtension = serde_json::from_value(probe).unwrap();
    let dry = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    poll("the policy", async || {
        world.extensions().create(&dry, &probe).await.err()
    })
    .await;
}

#[tokio::test]
async fn a_policy_that_refuses_one_person_keeps_nothing_from_the_others() {
    let world = World::new(company(&["ana", "bo", "cy", "dan"])).await;
    refuse(&world, "bo@acme.example").await;
    let _operator = world.operator().await;
    world.declare(json!({})).await;
    let object = world.until_synced().await;
    let [problem] = users(&object).problems.as_slice() else {
        panic!("{:?}", users(&object).problems)
    };
    assert_eq!(
        (problem.user.as_str(), problem.reason.as_str()),
        ("bo@acme.example", "Rejected")
    );
    assert!(problem.message.contains(WORDS), "{}", problem.message);
    let roll = world.roll().await;
    for person in ["ana", "cy", "dan"] {
        assert!(roll.contains(person), "{roll}");
    }
    assert!(!roll.contains("bo"), "{roll}");

    // Nor do the others keep what they ought to lose.
    let suspended = json!({"suspended": true});
    world.google.patch_user("cy@acme.example", suspended).unwrap();
    world.sync().await;
    let roll = world.roll().await;
    assert!(roll.contains("cy (Suspended)"), "{roll}");

    world.refuse_nothing().await;
    world.finish().await;
}
