//! Operators that are killed, and two at once.

use std::collections::{BTreeMap, HashSet};

use dialplane_test_harness::{Operator, say};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;

use super::{Created, LONG, PAGE, assert_served, until_synced};
use crate::world::{World, poll_for, succeeded, user_id, within};

#[tokio::test]
async fn an_operator_killed_again_and_again_gives_everybody_one_number() {
    const PEOPLE: usize = 1_200;
    let world = World::with_people(PEOPLE).await;
    let mut random = seeded();
    // Nobody reads the last page before the last kill, so that none comes after the end.
    let hold = world.hold("users.list", 2);
    let mut points: Vec<usize> = (0..5).map(|_| random.random_range(1..=2 * PAGE)).collect();
    points.sort_unstable();
    say(&format!("killed after {points:?} extensions"));
    let mut created = Created::watch(&world);
    world.declare(json!({})).await;
    for point in points {
        let mut operator = world.operator().await;
        created.reaches(point).await;
        operator.kill9();
    }
    assert!(
        world.all().await.len() < PEOPLE,
        "the last kill came after the end"
    );
    hold.release();
    let _operator = world.operator().await;
    until_synced(&world).await;
    assert_served(&world, PEOPLE).await;
    world.finish().await;
}

#[tokio::test]
async fn two_operators_at_once_give_everybody_one_number_and_leave_each_other_alone() {
    const PEOPLE: usize = 1_000;
    let world = World::with_people(PEOPLE).await;
    let (one, other) = tokio::join!(world.operator(), world.operator());
    world.declare(json!({})).await;
    until_synced(&world).await;
    assert_quiet(&world, &[&one, &other]).await;
    assert_served(&world, PEOPLE).await;
    world.finish().await;
}

/// The second one reads a directory that has a newcomer in front, and so would give everybody another number. Google holds
/// the second page until the first operator is dead, and the third one until the other two wait for it.
#[tokio::test]
async fn an_operator_that_joins_in_the_middle_and_kills_leave_nobody_with_two_extensions() {
    const PEOPLE: usize = 1_400;
    let world = World::with_people(PEOPLE).await;
    let mut random = seeded();
    let mut created = Created::watch(&world);
    let (second_page, third_page) = (world.hold("users.list", 1), world.hold("users.list", 2));
    let mut first = world.operator().await;
    let mark = world.audit.mark().await;
    world.declare(json!({})).await;
    created.reaches(random.random_range(50..200)).await;
    world
        .google
        .create_user(
            json!({"primaryEmail": "aaaa@acme.example", "name": {"givenName": "Aa", "familyName": "Aaaa"}}),
        )
        .unwrap();
    let second = world.operator().await;
    created.reaches(random.random_range(300..500)).await;
    first.kill9();
    second_page.release();
    created.reaches(random.random_range(PAGE + 1..2 * PAGE)).await;
    let third = world.operator().await;
    within("both to wait for the last page", third_page.reached(2)).await;
    third_page.release();
    until_synced(&world).await;
    assert_quiet(&world, &[&second, &third]).await;
    let writes = world.writes(mark).await;
    say(&format!("written: {writes:?}"));

    let extensions = world.all().await;
    assert_eq!(extensions.len(), PEOPLE + 1);
    let people: HashSet<_> = extensions.values().filter_map(user_id).collect();
    assert_eq!(people.len(), PEOPLE + 1, "somebody has two extensions");
    world.finish().await;
}

/// One more sync of each of them by schedule, and not one write.
async fn assert_quiet(world: &World, operators: &[&Operator]) {
    until_all(operators, 1).await;
    // A request would be carried out by the quickest of them; another declaration is by each. It tells what is new.
    world
        .change(json!({"users": {"schedule": {"interval": "30s"}}}))
        .await;
    // A sync counts before its status is written; whoever has ended the next one has written that of the one before.
    until_all(operators, 3).await;
    let mark = world.audit.mark().await;
    until_all(operators, 4).await;
    assert_eq!(world.writes(mark).await, BTreeMap::new());
}

/// Waits until each of them has brought so many syncs to a good end.
async fn until_all(operators: &[&Operator], wanted: u64) {
    for operator in operators {
        poll_for(LONG, "enough syncs", async || {
            (succeeded(operator).await >= wanted).then_some(())
        })
        .await;
    }
}

/// Random numbers that can be had again.
fn seeded() -> StdRng {
    let seed =
        std::env::var("DIALPLANE_TEST_SEED").map_or_else(|_| rand::random(), |text| text.parse().unwrap());
    say(&format!("DIALPLANE_TEST_SEED={seed}"));
    StdRng::seed_from_u64(seed)
}
