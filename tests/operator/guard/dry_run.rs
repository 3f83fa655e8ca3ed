//! A dry run shows what would be done, and does nothing.

use std::collections::BTreeMap;

use kube::ResourceExt;
use serde_json::json;

use super::{approve, email, phones, plan, suspend, synced, writes_of_extensions};
use crate::world::{World, condition};

#[tokio::test]
async fn the_first_dry_run_shows_what_would_be_made_and_writes_nothing() {
    let world = World::with_people(12).await;
    let _operator = world.operator().await;
    let mark = world.audit.mark().await;
    world.declare(json!({"dryRun": true})).await;
    let object = world.until_ready("True", "DryRun").await;
    let users = object.status.as_ref().unwrap().users.as_ref().unwrap();
    let message = users.message.as_ref().unwrap();
    assert!(
        message.starts_with("Dry run: 12 extensions to create"),
        "{message}"
    );
    let shown = plan(&object);
    assert_eq!(shown.counts.create, 12);
    assert_eq!(shown.samples.len(), 12);
    let mut promised = BTreeMap::new();
    for sample in &shown.samples {
        assert_eq!(sample.change, "Create");
        assert!(sample.reason.starts_with("New: "), "{sample:?}");
        promised.insert(sample.extension.clone(), sample.user.clone());
    }
    let names: Vec<_> = (1001..=1012).map(|number| format!("acme-{number}")).collect();
    assert_eq!(promised.keys().cloned().collect::<Vec<_>>(), names);
    for _ in 0..2 {
        world.sync().await;
    }
    let mut writes = world.writes(mark).await;
    writes.retain(|what, _| !what.contains("googleworkspaceintegrations"));
    assert_eq!(writes, BTreeMap::new());
    assert!(world.all().await.is_empty());

    world.change(json!({"dryRun": false})).await;
    let object = world.until_synced().await;
    assert!(object.status.as_ref().unwrap().plan.is_none());
    let made = world.all().await.into_values();
    let made: BTreeMap<_, _> = made
        .map(|extension| (extension.name_any(), email(&extension).to_owned()))
        .collect();
    assert_eq!(made, promised, "what was shown is what was done");
    world.finish().await;
}

#[tokio::test]
async fn a_dry_run_shows_removals_with_the_hash_that_approves_them() {
    let (world, _operator, active) = synced(json!({})).await;
    let before = phones(&world).await;
    suspend(&world, &active[..8], true);
    world
        .google
        .patch_user(&active[9], json!({"name": {"givenName": "Renamed"}}))
        .unwrap();
    let mark = world.audit.mark().await;
    world.change(json!({"dryRun": true})).await;
    let object = world.until_ready("True", "DryRun").await;
    let shown = plan(&object);
    assert_eq!((shown.counts.disable, shown.counts.update), (8, 1));
    assert_eq!(shown.hash.len(), 16);
    assert!(
        shown.samples[..8].iter().all(|sample| sample.change == "Disable"),
        "removals first"
    );
    assert_eq!(shown.samples[8].change, "Update");
    assert!(condition(&object, "RemovalsHeld").is_none());

    // An approval changes nothing while it is a dry run, and is good when it is over.
    let hash = shown.hash.clone();
    approve(&world, &hash).await;
    world.sync().await;
    assert_eq!(writes_of_extensions(&world, mark).await, 0);
    assert_eq!(phones(&world).await, before);
    world.change(json!({"dryRun": false})).await;
    world.until_synced().await;
    assert_eq!(writes_of_extensions(&world, mark).await, 9);
    let phones = phones(&world).await;
    assert!(active[..8].iter().all(|id| !phones[id]));
    world.finish().await;
}
