//! The declaration changes while a sync is at work.

use std::collections::HashSet;

use dialplane::api::conditions::RECONCILING;
use dialplane_test_harness::{AuditEntries, AuditEntry, AuditMark, say};
use serde_json::json;

use super::{Created, LONG, PAGE, assert_served, until, until_synced};
use crate::world::{World, condition, poll, user_id};

#[tokio::test]
async fn a_long_sync_notices_a_suspension_and_goes_on_afterwards() {
    const PEOPLE: usize = 1_500;
    let world = World::with_people(PEOPLE).await;
    // The last page does not come before the suspension is noticed.
    let hold = world.hold("users.list", 2);
    let _operator = world.operator().await;
    let mut created = Created::watch(&world);
    let mark = world.audit.mark().await;
    world.declare(json!({})).await;
    created.reaches(300).await;
    world.change(json!({"suspend": true})).await;
    world.until_ready("False", "Suspended").await;

    // A watch may show a status before its write is in the log.
    let (entries, suspended, told) = poll("both in the log", async || {
        let entries = since(&world, mark).await;
        let suspended = entries
            .iter()
            .position(|it| it.user == "admin" && it.verb == "patch")?;
        let told = entries.iter().rposition(|it| it.subresource == "status")?;
        (told > suspended).then_some((entries, suspended, told))
    })
    .await;
    let creations = |from: usize| entries.iter().skip(from).filter(|it| is_creation(it)).count();
    let late = creations(suspended);
    let before = creations(0) - late;
    say(&format!(
        "{before} created before the suspension, {late} after it"
    ));
    assert_eq!(
        creations(told),
        0,
        "of people who were served after the status said Suspended"
    );

    let frozen = world.all().await.len();
    assert_eq!(frozen, before + late);
    assert!(frozen <= 2 * PAGE, "{frozen} were served, of two pages");
    hold.release();
    world.change(json!({"suspend": false})).await;
    until_synced(&world).await;
    assert_served(&world, PEOPLE).await;
    world.finish().await;
}

#[tokio::test]
async fn a_long_sync_notices_another_range_and_nobody_loses_a_number() {
    const PEOPLE: usize = 1_500;
    let world = World::with_people(PEOPLE).await;
    // The last page does not come before the change is noticed.
    let hold = world.hold("users.list", 2);
    let _operator = world.operator().await;
    let mut created = Created::watch(&world);
    world
        .declare(json!({"users": {"numbering": {"end": "9999"}}}))
        .await;
    created.reaches(300).await;
    let mark = world.audit.mark().await;
    let before = world.all().await;
    world
        .change(json!({"users": {"numbering": {"start": "6001", "end": "9999"}}}))
        .await;
    until(&world, LONG, |object| {
        let noticed = condition(object, RECONCILING).and_then(|it| it.observed_generation);
        noticed == object.metadata.generation
    })
    .await;
    hold.release();
    until_synced(&world).await;

    let extensions = world.all().await;
    assert_eq!(extensions.len(), PEOPLE);
    let people: HashSet<_> = extensions.values().filter_map(user_id).collect();
    assert_eq!(people.len(), PEOPLE, "somebody has two extensions");
    for (number, extension) in &before {
        assert_eq!(user_id(&extensions[number]), user_id(extension), "{number}");
    }
    let old = extensions
        .keys()
        .filter(|number| number.as_str() < "6001")
        .count();
    say(&format!(
        "{} before the change, {old} with numbers of the old range",
        before.len()
    ));
    assert!(old <= 2 * PAGE, "{old} got numbers of the old range");
    assert!(
        !world
            .writes(mark)
            .await
            .keys()
            .any(|kind| kind.starts_with("delete"))
    );
    world.finish().await;
}

async fn since(world: &World, mark: AuditMark) -> AuditEntries {
    world.requests(mark).await.writes()
}

fn is_creation(entry: &AuditEntry) -> bool {
    entry.verb == "create" && entry.resource == "pbxextensions"
}
