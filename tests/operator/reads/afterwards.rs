//! Another organization, and reads that are read again.

use google_workspace_simulator::Fault;
use serde_json::{Value, json};

use super::{Tempted, answer, listed, on_page};
use crate::world::{PATIENCE, condition};

#[tokio::test]
async fn another_organization_is_a_fault_and_not_a_change() {
    let tempted = Tempted::with_people(40).await;
    let world = &tempted.world;
    world.google.clear_faults();
    let page = listed(world, None).await;
    let users = page["users"].as_array().unwrap();
    let same_people: Vec<Value> = users
        .iter()
        .map(|user| {
            let mut user = user.clone();
            user["customerId"] = json!("C0stranger");
            user
        })
        .collect();
    let other_people: Vec<Value> = (0..40)
        .map(|n| json!({"id": format!("20{n}"), "primaryEmail": format!("p{n}@other.example"), "customerId": "C0stranger"}))
        .collect();
    for users in [same_people, other_people] {
        let result = tempted
            .fails(
                "another organization",
                [answer(json!({"kind": "admin#directory#users", "users": users}))],
            )
            .await;
        assert_eq!(result, "WrongDomain");
        let object = world.until_ready("False", "WrongDomain").await;
        let message = &condition(&object, "Stalled").unwrap().message;
        assert!(
            message.contains("C0stranger") && message.contains("C01acme42"),
            "{message}"
        );
        tempted.nothing_changed().await;
    }
    tempted.ends_well().await;
}

#[tokio::test]
async fn a_bad_read_is_read_again_by_itself() {
    let tempted = Tempted::with_people(40).await;
    let world = &tempted.world;
    tempted
        .fails("a short list", [on_page(0, Fault::named("shortPage"))])
        .await;
    let object = world.until_ready("False", "GoogleUnavailable").await;
    assert!(condition(&object, "Reconciling").is_some());
    world.google.clear_faults();
    // Nobody asks: the pause after the failures ends by itself.
    tokio::time::timeout(PATIENCE, world.until_synced())
        .await
        .unwrap();
    tempted.world.finish().await;
}
