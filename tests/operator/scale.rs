//! Many people, killed operators, and two operators at once.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use dialplane::api::conditions::{READY, RECONCILING};
use dialplane::api::{GoogleWorkspaceIntegration, PbxExtension};
use dialplane_test_harness::process::Identity;
use dialplane_test_harness::{AuditEntries, AuditEntry, AuditMark, Operator, say};
use futures::StreamExt;
use google_workspace_simulator::generate;
use kube::api::ListParams;
use kube::core::PartialObjectMeta;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, ResourceExt};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use crate::world::{PATIENCE, World, condition, counts, handled, user_id, within};

/// Enough for thousands of creations on two busy cores.
const LONG: Duration = PATIENCE.saturating_mul(4);
/// Page size of the operator's reads.
const PAGE: usize = 500;
const CREATE: &str = "create pbxextensions";
const PATCH: &str = "patch pbxextensions";
const STATUS: &str = "patch googleworkspaceintegrations/status";
const FINALIZER: &str = "patch googleworkspaceintegrations";

#[tokio::test]
async fn the_first_sync_of_10000_costs_10000_creations_and_one_without_changes_costs_nothing() {
    const PEOPLE: usize = 10_000;
    // Long enough to show progress on any machine: the pages alone take five seconds.
    let world = World::with_slow_google(PEOPLE, Duration::from_millis(250)).await;
    let _operator = world.operator().await;
    let mark = world.audit.mark().await;
    world
        .declare(json!({"users": {"numbering": {"start": "10001"}}}))
        .await;
    let progress = until(&world, LONG, |object| {
        condition(object, RECONCILING).is_some_and(|it| it.message.contains("extensions changed so far"))
    })
    .await;
    assert_eq!(condition(&progress, READY).unwrap().status, "Unknown");
    until_synced(&world).await;

    let writes = world.writes(mark).await;
    assert_eq!(writes[CREATE], PEOPLE, "{writes:?}");
    assert_eq!(writes[FINALIZER], 1, "{writes:?}");
    assert_eq!(writes.len(), 3, "other writes: {writes:?}");
    let calls = list_calls(&world);
    assert_eq!(calls.len(), PEOPLE / PAGE, "{calls:?}");
    assert_served_from(&world, PEOPLE, 10_001).await;

    let mark = world.mark().await;
    sync(&world).await;
    assert_eq!(list_calls(&world).len(), PEOPLE / PAGE);
    assert_eq!(world.google_calls("/admin/"), PEOPLE / PAGE, "of any kind");
    let asked = requests(&world, mark).await;
    // The acknowledgement is the one write, and the Secret all that is read.
    let expected = [("get secrets", 1), (STATUS, 1)];
    assert_eq!(asked.counts(), counts(expected));

    let mark = world.audit.mark().await;
    let [renamed, suspended] = active_people(PEOPLE);
    world
        .google
        .patch_user(
            &renamed,
            json!({"name": {"givenName": "Renamed", "familyName": "Person"}}),
        )
        .unwrap();
    world
        .google
        .patch_user(&suspended, json!({"suspended": true}))
        .unwrap();
    sync(&world).await;
    let mut writes = world.writes(mark).await;
    assert!(writes.remove(STATUS).unwrap_or_default() <= 2, "{writes:?}");
    assert_eq!(writes, BTreeMap::from([(PATCH.to_owned(), 2)]));
    let extensions = world.all().await;
    let of = |id: &str| extensions.values().find(|it| user_id(it) == Some(id)).unwrap();
    assert_eq!(
        of(&renamed).spec.user.as_ref().unwrap().first_name.as_deref(),
        Some("Renamed")
    );
    assert!(!of(&suspended).spec.enabled);
    world.finish().await;
}

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

#[tokio::test]
async fn an_outage_of_the_api_server_only_delays_a_sync() {
    const PEOPLE: usize = 1_000;
    let world = World::apart(PEOPLE).await;
    let operator = world.operator().await;
    let mut created = Created::watch(&world);
    world.declare(json!({})).await;
    created.reaches(300).await;
    world.plane.stop_api_server().await;
    until_log(&operator, "a sync failed").await;
    world.plane.start_api_server().await;
    until_synced(&world).await;
    assert_served(&world, PEOPLE).await;
    assert!(
        operator.identity().is_some_and(Identity::is_alive),
        "it has ended:\n{}",
        operator.log()
    );
    world.finish().await;
}

/// Requests that were sent and never answered: nobody knows which of them etcd carried out when it went on.
#[tokio::test]
async fn an_etcd_that_stands_still_for_a_while_only_delays_a_sync() {
    const PEOPLE: usize = 1_000;
    let world = World::apart(PEOPLE).await;
    let operator = world.operator().await;
    let mut created = Created::watch(&world);
    world.declare(json!({})).await;
    created.reaches(200).await;
    let processes = world.plane.processes();
    let (_, etcd) = processes.iter().find(|(name, _)| *name == "etcd").unwrap();
    signal("STOP", etcd.pid);
    until_log(&operator, "a sync failed").await;
    signal("CONT", etcd.pid);
    until_synced(&world).await;
    assert_served(&world, PEOPLE).await;
    world.finish().await;
}

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
    let (entries, suspended, told) = crate::world::poll("both in the log", async || {
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

/// Asks for a sync of many, and waits until it was carried out.
async fn sync(world: &World) {
    let token = world.request_sync().await;
    until(world, LONG, |object| handled(object) == Some(token.as_str())).await;
}

/// Everybody has exactly one extension, in the directory's order from 1001 on, and there is nothing else.
async fn assert_served(world: &World, people: usize) {
    assert_served_from(world, people, 1_001).await;
}

/// The same from another number on.
async fn assert_served_from(world: &World, people: usize, first: u32) {
    let mut directory: Vec<_> = generate::directory(people)
        .users
        .iter()
        .map(|user| (text(user, "primaryEmail"), text(user, "id")))
        .collect();
    directory.sort();
    let expected = directory
        .into_iter()
        .zip(first..)
        .map(|((_, id), number)| (number.to_string(), id));
    let objects = world
        .extensions()
        .list(&ListParams::default())
        .await
        .unwrap()
        .items;
    assert_eq!(objects.len(), people);
    let found = objects.iter().map(|it| {
        assert_eq!(it.name_any(), format!("acme-{}", it.spec.number));
        (it.spec.number.clone(), user_id(it).unwrap_or_default().to_owned())
    });
    assert_eq!(
        found.collect::<BTreeMap<_, _>>(),
        expected.collect::<BTreeMap<_, _>>()
    );
}

/// One more sync of each of them by schedule, and not one write.
async fn assert_quiet(world: &World, operators: &[&Operator]) {
    until_all(operators, 1).await;
    // A request would be carried out by the quickest of them; another declaration is by each. It tells what is new.
    world
        .change(json!({"users": {"schedule": {"interval": "30s"}}}))
        .await;
    until_all(operators, 2).await;
    // The last of them has written its status, and none begins another sync for half a minute.
    world.settled().await;
    let mark = world.audit.mark().await;
    until_all(operators, 3).await;
    assert_eq!(world.writes(mark).await, BTreeMap::new());
}

fn signal(name: &str, pid: i32) {
    let status = std::process::Command::new("kill")
        .args(["-s", name, &pid.to_string()])
        .status();
    assert!(status.unwrap().success());
}

fn text(user: &Value, field: &str) -> String {
    user[field].as_str().unwrap().to_owned()
}

/// The Google ids of two people whose extensions are enabled.
fn active_people(people: usize) -> [String; 2] {
    let seed = generate::directory(people);
    let mut active = seed
        .users
        .iter()
        .filter(|user| user["suspended"] == false && user["archived"] == false)
        .map(|user| text(user, "id"))
        .skip(people / 3);
    [active.next().unwrap(), active.next().unwrap()]
}

/// The queries of every users.list call.
fn list_calls(world: &World) -> Vec<String> {
    let requests = world.google.requests();
    requests
        .into_iter()
        .filter(|request| request.path == "/admin/directory/v1/users")
        .map(|request| request.query)
        .collect()
}

async fn until_synced(world: &World) -> GoogleWorkspaceIntegration {
    until(world, LONG, |object| {
        let ready = condition(object, READY);
        ready.is_some_and(|it| it.status == "True" && it.observed_generation == object.metadata.generation)
    })
    .await
}

async fn until(
    world: &World,
    patience: Duration,
    wanted: impl FnMut(&GoogleWorkspaceIntegration) -> bool,
) -> GoogleWorkspaceIntegration {
    dialplane_test_harness::world::wait_for(&world.integrations(), crate::world::NAME, wanted, patience).await
}

/// How many syncs an operator has brought to a good end.
async fn syncs(operator: &Operator) -> usize {
    let text = operator.metrics().await.unwrap();
    text.lines()
        .find_map(|line| line.strip_prefix("dialplane_syncs_total{result=\"success\"} "))
        .map_or(0, |count| count.parse().unwrap())
}

async fn until_syncs(operator: &Operator, wanted: usize) {
    poll(
        || async { syncs(operator).await >= wanted },
        &format!("{wanted} syncs"),
    )
    .await;
}

async fn until_all(operators: &[&Operator], wanted: usize) {
    for operator in operators {
        until_syncs(operator, wanted).await;
    }
}

async fn until_log(operator: &Operator, text: &str) {
    poll(|| async { operator.log().contains(text) }, text).await;
}

/// For what cannot be watched: metrics and logs.
async fn poll<F: Future<Output = bool>>(mut holds: impl FnMut() -> F, what: &str) {
    let deadline = Instant::now() + LONG;
    while !holds().await {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// What the operator asked of the API server, but for watches, which go on.
async fn requests(world: &World, mark: AuditMark) -> AuditEntries {
    let ours = world.asked_by_operator(mark).await;
    ours.filter(|entry| entry.verb != "watch")
}

async fn since(world: &World, mark: AuditMark) -> AuditEntries {
    world.requests(mark).await.writes()
}

fn is_creation(entry: &AuditEntry) -> bool {
    entry.verb == "create" && entry.resource == "pbxextensions"
}

/// How many extensions have been created, as a watch sees it.
struct Created {
    count: watch::Receiver<usize>,
    _watching: AbortOnDropHandle<()>,
}

impl Created {
    fn watch(world: &World) -> Self {
        let (sender, count) = watch::channel(0);
        let api: Api<PartialObjectMeta<PbxExtension>> =
            Api::namespaced(world.client.clone(), &world.namespace);
        let watching = tokio::spawn(async move {
            let mut names = HashSet::new();
            let mut objects = watcher(api, watcher::Config::default())
                .default_backoff()
                .applied_objects()
                .boxed();
            while let Some(object) = objects.next().await {
                let Ok(object) = object else { continue };
                names.insert(object.name_any());
                sender.send_replace(names.len());
            }
        });
        Self {
            count,
            _watching: AbortOnDropHandle::new(watching),
        }
    }

    async fn reaches(&mut self, wanted: usize) {
        let reached = self.count.wait_for(|count| *count >= wanted);
        tokio::time::timeout(LONG, reached)
            .await
            .unwrap_or_else(|_| panic!("never {wanted} extensions"))
            .unwrap();
    }
}

/// Random numbers that can be had again.
fn seeded() -> StdRng {
    let seed =
        std::env::var("DIALPLANE_TEST_SEED").map_or_else(|_| rand::random(), |text| text.parse().unwrap());
    say(&format!("DIALPLANE_TEST_SEED={seed}"));
    StdRng::seed_from_u64(seed)
}
