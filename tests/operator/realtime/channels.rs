//! Channels are opened, renewed and stopped when they should be, and whatever Google says to that fails no sync.

use dialplane::api::conditions;
use dialplane_test_harness::world::wait_gone;
use google_workspace_simulator::Fault;
use kube::api::DeleteParams;
use serde_json::{Value, json};

use super::ingress::Ingress;
use super::{
    LIST, PATCH, STATUS, STOP, Scene, WATCH, calls, count, insecure, listed, open, realtime, until_realtime,
    until_stopped,
};
use crate::world::{NAME, PATIENCE, World, colleague, company, condition, counts, poll};

fn of_method(method: &str, fault: Fault) -> Fault {
    Fault {
        method: Some(method.to_owned()),
        ..fault
    }
}

#[tokio::test]
async fn channels_are_open_before_anybody_is_read_and_the_status_tells_no_token() {
    let scene = Scene::open(json!({})).await;
    let calls = calls(&scene.world);
    assert_eq!(calls, [WATCH, WATCH, WATCH, WATCH, LIST]);
    let object = scene.until_listening().await;
    let channels = open(&scene.world);
    assert_eq!(
        channels.keys().collect::<Vec<_>>(),
        ["add", "delete", "undelete", "update"]
    );
    assert_eq!(listed(&object), channels);
    let syncs = poll("the first messages", async || {
        Some(scene.ingress.deliveries()).filter(|seen| seen.len() == 4)
    })
    .await;
    let status = serde_json::to_string(&object).unwrap();
    let log = scene.operator.log();
    for sync in syncs {
        assert_eq!((sync.state(), sync.answer), ("sync", 200));
        assert_eq!(
            sync.path,
            format!("/phones/push/google/{}", object.metadata.uid.as_ref().unwrap())
        );
        let token = sync.header("x-goog-channel-token");
        assert_eq!(token.len(), 43, "32 bytes");
        assert!(!status.contains(token) && !log.contains(token));
    }
    assert_eq!(
        scene
            .metric("dialplane_push_notifications_total{result=\"sync\"}")
            .await,
        4
    );
    let namespace = &scene.world.namespace;
    let sample = format!("dialplane_push_channels{{namespace=\"{namespace}\",integration=\"acme\"}}");
    assert_eq!(scene.metric(&sample).await, 4);
    scene.world.finish().await;
}

#[tokio::test]
async fn the_first_message_may_come_before_the_channel() {
    let world = World::with_people(2).await;
    world.google.set_switches(google_workspace_simulator::Switches {
        sync_before_answer: true,
        ..insecure()
    });
    let ingress = Ingress::start().await;
    let operator = world
        .builder()
        .arg("--public-url")
        .arg(&ingress.url)
        .spawn()
        .await
        .unwrap();
    ingress.lead_to(&operator);
    world.declare(realtime()).await;
    until_realtime(&world, "True", "Listening").await;
    let seen = ingress.deliveries();
    assert_eq!(seen.len(), 4);
    assert!(seen.iter().all(|sync| sync.answer == 200));
    world.finish().await;
}

#[tokio::test]
async fn channels_are_renewed_before_they_end_and_nobody_is_read_for_it() {
    let world = World::new(company(&["ana", "bo", "cy"])).await;
    world.google.set_switches(insecure());
    let ingress = Ingress::start().await;
    let lifetime = ["--push-channel-lifetime", "12s"];
    let builder = world.builder().arg("--public-url").arg(&ingress.url);
    let operator = builder.arg(lifetime[0]).arg(lifetime[1]).spawn().await.unwrap();
    ingress.lead_to(&operator);
    world.declare(realtime()).await;
    let object = until_realtime(&world, "True", "Listening").await;
    world.until_synced().await;
    let first = listed(&object);
    world.mark().await;

    let object = world
        .until(|object| {
            let now = listed(object);
            now.len() == 4 && now.values().all(|id| !first.values().any(|old| old == id))
        })
        .await;
    let seen = calls(&world);
    assert_eq!(
        seen,
        [WATCH, WATCH, WATCH, WATCH, STOP, STOP, STOP, STOP],
        "new ones first"
    );
    assert_eq!(listed(&object), open(&world));
    assert_eq!(condition(&object, "RealtimeReady").unwrap().status, "True");

    let scene = Scene {
        world,
        ingress,
        operator,
    };
    let ana = scene.world.id_of("ana@acme.example");
    scene.ingress.forget();
    scene
        .world
        .google
        .patch_user(&ana, json!({"suspended": true}))
        .unwrap();
    scene.world.until_extension("1002", |ana| !ana.spec.enabled).await;
    let told = scene.ingress.until_told(1).await;
    assert!(!first.values().any(|old| old == told[0].channel()));
    assert_eq!(count(&scene.world, LIST), 0);
    scene.world.finish().await;
}

#[tokio::test]
async fn channels_are_stopped_with_whatever_made_them_wanted() {
    let mut seed = company(&["ana"]);
    let mut boss = colleague("boss");
    boss["isAdmin"] = json!(true);
    seed.users.push(boss);
    let scene = Scene::with(seed, json!({})).await;
    let world = &scene.world;

    let off: [(Value, Value, Option<&str>); 4] = [
        (
            json!({"suspend": true}),
            json!({"suspend": false}),
            Some("Suspended"),
        ),
        (json!({"dryRun": true}), json!({"dryRun": false}), Some("DryRun")),
        (
            json!({"users": {"realtime": false}}),
            json!({"users": {"realtime": true}}),
            None,
        ),
        (
            json!({"users": {"enabled": false}}),
            json!({"users": {"enabled": true}}),
            None,
        ),
    ];
    for (change, back, reason) in off {
        let before = open(world);
        let object = world.change(change.clone()).await;
        until_stopped(world).await;
        let generation = object.metadata.generation;
        let object = world
            .until(|object| {
                object.status.as_ref().unwrap().observed_generation == generation.unwrap()
                    && listed(object).is_empty()
            })
            .await;
        let found = condition(&object, "RealtimeReady").map(|found| found.reason.clone());
        assert_eq!(found.as_deref(), reason, "{change}");
        world.google.clear_requests();
        world.change(back).await;
        scene.until_listening().await;
        let after = open(world);
        assert_eq!(after.len(), 4);
        assert!(
            after.values().all(|id| !before.values().any(|old| old == id)),
            "{change}"
        );
    }

    let anew = [
        json!({"google": {"authorizationEpoch": 2}}),
        json!({"google": {"credentials": {"serviceAccount": {"subject": "boss@acme.example"}}}}),
    ];
    for change in anew {
        let before = open(world);
        world.change(change.clone()).await;
        let replaced = |object: &_| {
            let now = listed(object);
            now.len() == 4 && now.values().all(|id| !before.values().any(|old| old == id))
        };
        let object = world.until(replaced).await;
        // Somebody else's channel could not be stopped: the one who opened it did.
        assert_eq!(open(world), listed(&object), "{change}");
    }

    let delete = DeleteParams::default();
    world.integrations().delete(NAME, &delete).await.unwrap();
    wait_gone(&world.integrations(), NAME, PATIENCE).await;
    assert_eq!(world.google.channels(), Vec::<Value>::new());
    scene.world.finish().await;
}

#[tokio::test]
async fn a_deletion_does_not_wait_for_a_google_that_is_silent() {
    let scene = Scene::open(json!({})).await;
    let silent = Fault {
        delay_ms: Some(600_000),
        ..Fault::default()
    };
    scene
        .world
        .google
        .add_fault(of_method("channels.stop", silent))
        .unwrap();
    let delete = DeleteParams::default();
    scene.world.integrations().delete(NAME, &delete).await.unwrap();
    wait_gone(&scene.world.integrations(), NAME, PATIENCE).await;
    assert_eq!(scene.world.google.channels().len(), 4, "they end by themselves");
    scene.world.finish().await;
}

#[tokio::test]
async fn after_a_restart_old_channels_are_stopped_and_what_was_missed_is_read() {
    let mut scene = Scene::open(json!({})).await;
    let old = open(&scene.world);
    scene.operator.kill9();
    scene.ingress.lead_nowhere();
    let ana = scene.world.id_of("ana@acme.example");
    scene
        .world
        .google
        .patch_user(&ana, json!({"suspended": true}))
        .unwrap();
    scene.ingress.until_told(1).await;
    let mark = scene.mark().await;

    let operator = scene
        .world
        .builder()
        .arg("--public-url")
        .arg(&scene.ingress.url)
        .spawn()
        .await
        .unwrap();
    scene.ingress.lead_to(&operator);
    scene.operator = operator;
    scene.world.until_extension("1002", |ana| !ana.spec.enabled).await;
    let replaced = |object: &_| {
        let now = listed(object);
        now.len() == 4 && now.values().all(|id| !old.values().any(|old| old == id))
    };
    let object = scene.world.until(replaced).await;
    assert_eq!(open(&scene.world), listed(&object));
    let mut seen = calls(&scene.world);
    seen.sort();
    let mut expected = [[WATCH; 4], [STOP; 4]].concat();
    expected.push(LIST);
    expected.sort_unstable();
    assert_eq!(seen, expected);
    scene.world.wrote(mark, counts([(PATCH, 1), (STATUS, 1)])).await;

    // Without the address, nothing is left open.
    scene.operator.kill9();
    let _operator = scene.world.operator().await;
    until_realtime(&scene.world, "False", "PublicUrlMissing").await;
    until_stopped(&scene.world).await;
    scene.world.finish().await;
}

#[tokio::test]
async fn without_a_public_url_the_schedule_goes_on_and_the_condition_tells_what_to_do() {
    let world = World::with_people(3).await;
    let _operator = world.operator().await;
    world.declare(realtime()).await;
    let object = world.until_synced().await;
    let found = condition(&object, "RealtimeReady").unwrap();
    assert_eq!(
        (found.status.as_str(), found.reason.as_str()),
        ("False", "PublicUrlMissing")
    );
    for remedy in ["publicUrl", "30s"] {
        assert!(found.message.contains(remedy), "{}", found.message);
    }
    assert_eq!(calls(&world), [LIST]);
    assert_eq!(world.all().await.len(), 3);

    // The way without: every 30 seconds.
    world
        .change(json!({"users": {"realtime": false, "schedule": {"interval": "30s"}}}))
        .await;
    let object = world.until_synced().await;
    assert!(condition(&object, "RealtimeReady").is_none());
    let users = object.status.unwrap().users.unwrap();
    let (last, next) = (users.last_sync_time.unwrap().0, users.next_sync_time.unwrap().0);
    let wait = next.duration_since(last).as_millis();
    assert!((29_000..=34_000).contains(&wait), "{last} to {next}");
    assert_eq!(count(&world, WATCH), 0);
    world.finish().await;
}

#[tokio::test]
async fn a_refused_channel_fails_no_sync_and_is_told_with_its_remedy() {
    let world = World::with_people(3).await;
    world.google.set_switches(insecure());
    let ingress = Ingress::start().await;
    let refused = Fault {
        skip: 3,
        ..Fault::named("push.webhookUrlUnauthorized")
    };
    world.google.add_fault(of_method("users.watch", refused)).unwrap();
    let operator = world
        .builder()
        .arg("--public-url")
        .arg(&ingress.url)
        .spawn()
        .await
        .unwrap();
    ingress.lead_to(&operator);
    world.declare(realtime()).await;
    let object = world.until_synced().await;
    let found = condition(&object, "RealtimeReady").unwrap();
    assert_eq!(
        (found.status.as_str(), found.reason.as_str()),
        ("False", "PushCallbackRefused")
    );
    assert!(found.message.contains("Search Console"), "{}", found.message);
    assert_eq!(condition(&object, conditions::READY).unwrap().status, "True");
    assert_eq!(world.all().await.len(), 3);
    // All or none: three were opened, and they are stopped.
    assert_eq!(count(&world, STOP), 3);
    assert_eq!(world.google.channels(), Vec::<Value>::new());

    // Another sync is no reason to ask again so soon; a change is.
    world.google.clear_requests();
    world.sync().await;
    assert_eq!(calls(&world), [LIST]);
    world.google.clear_faults();
    world
        .change(json!({"users": {"schedule": {"interval": "23h"}}}))
        .await;
    until_realtime(&world, "True", "Listening").await;
    assert_eq!(open(&world).len(), 4);
    world.finish().await;
}
