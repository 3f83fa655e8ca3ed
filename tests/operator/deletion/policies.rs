//! What `deletionPolicy` does with extensions, and with whose.

use std::collections::{BTreeMap, BTreeSet};

use dialplane::api::names::{
    LABEL_GOOGLE_USER_ID, LABEL_INTEGRATION, LABEL_MANAGED_BY, LABEL_SOURCE, LABEL_TENANT, MANAGED_BY,
};
use serde_json::json;

use super::{assert_released, assert_unbound, by_hand, delete, essence, gone, policy, quarantined, stored};
use crate::world::{NAME, World, condition};

#[tokio::test]
async fn retain_takes_our_labels_and_nothing_else() {
    let world = World::with_people(20).await; // one of them is suspended
    let _operator = world.operator().await;
    world.declare(policy("Retain")).await;
    world.until_synced().await;
    // What others put on an extension stays too.
    let extra = json!({
        "metadata": {"labels": {"site": "hq"}, "annotations": {"note": "corner office"}},
        "spec": {"voicemail": {"enabled": false}, "sip": {"credentialsSecretRef": {"name": "sip"}}},
    });
    let (params, patch) = (kube::api::PatchParams::default(), kube::api::Patch::Merge(&extra));
    world
        .extensions()
        .patch("acme-1003", &params, &patch)
        .await
        .unwrap();
    let before = stored(&world).await;
    assert!(
        before
            .values()
            .any(|object| object["spec"]["disabledReason"] == "Suspended")
    );
    assert_unbound(&before);

    world.google.clear_requests();
    let mark = world.audit.mark().await;
    delete(&world).await;
    gone(&world).await;
    let after = stored(&world).await;
    assert_released(&before, &after);
    assert_eq!(after["acme-1003"]["metadata"]["labels"], json!({"site": "hq"}));
    let writes = world.writes(mark).await;
    assert_eq!(writes["patch pbxextensions"], 20, "{writes:?}");
    assert_eq!(world.google.requests(), [], "Google has no say in it");
    assert_eq!(quarantined(&world).await, BTreeSet::new());
    world.finish().await;
}

#[tokio::test]
async fn delete_deletes_its_own_extensions_and_no_other() {
    let world = World::with_people(5).await;
    let _operator = world.operator().await;
    world.declare(policy("Delete")).await;
    let mut other = policy("Retain");
    other["tenant"] = json!({"name": "branch"});
    world.declare_as("branch", other).await;
    world.until_synced().await;
    world
        .until_other("branch", |object| {
            condition(object, "Ready").is_some_and(|ready| ready.status == "True")
        })
        .await;
    let ours = json!({LABEL_MANAGED_BY: MANAGED_BY, LABEL_INTEGRATION: NAME, LABEL_TENANT: NAME, LABEL_SOURCE: "google"});
    by_hand(&world, NAME, "2001", json!({"site": "hq"})).await;
    by_hand(&world, NAME, "2002", ours.clone()).await; // our labels, but nobody that we know
    by_hand(&world, "attic", "1001", ours).await; // of another tenant, whatever its labels say
    world.caught_up("1002").await;
    let before = stored(&world).await;
    assert_unbound(&before);
    let own = |name: &str| name.starts_with("acme-1");
    assert_eq!(before.keys().filter(|name| own(name)).count(), 5);

    delete(&world).await;
    gone(&world).await;
    let after = stored(&world).await;
    let expected: Vec<_> = before.keys().filter(|name| !own(name)).cloned().collect();
    assert_eq!(after.keys().cloned().collect::<Vec<_>>(), expected);
    for (name, object) in &after {
        if name == "acme-2002" {
            assert_eq!(
                essence(object.clone(), false),
                essence(before[name].clone(), true)
            );
        } else {
            assert_eq!(object, &before[name], "{name} was touched");
        }
    }
    let numbers: BTreeSet<String> = (1001..=1005).map(|number| number.to_string()).collect();
    assert_eq!(quarantined(&world).await, numbers);
    world.finish().await;
}

#[tokio::test]
async fn a_label_of_another_integration_is_no_claim() {
    // Our labels on an extension of a person of the directory, but of another integration: not ours to release.
    let world = World::with_people(2).await;
    let _operator = world.operator().await;
    world.declare(policy("Delete")).await;
    world.until_synced().await;
    let labels =
        json!({LABEL_MANAGED_BY: MANAGED_BY, LABEL_INTEGRATION: "somebody-else", LABEL_GOOGLE_USER_ID: "42"});
    by_hand(&world, NAME, "3001", labels).await;
    let before = stored(&world).await;
    delete(&world).await;
    gone(&world).await;
    let after = stored(&world).await;
    assert_eq!(
        after,
        BTreeMap::from([("acme-3001".to_owned(), before["acme-3001"].clone())])
    );
    world.finish().await;
}
