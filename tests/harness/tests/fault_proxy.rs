//! The fault proxy in front of a real API server, seen by a kube client.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::time::{Duration, Instant};

use dialplane_test_harness::ControlPlane;
use dialplane_test_harness::fault_proxy::{
    Action, Distortion, Fault, FaultProxy, Matcher, Moment, Refusal, Sighting, View,
};
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams, WatchEvent, WatchParams};
use kube::{Api, Client, ResourceExt};
use serde_json::json;

/// A proxy, a client that goes through it, and one that does not.
struct Scene {
    proxy: FaultProxy,
    through: Api<ConfigMap>,
    beside: Api<ConfigMap>,
}

impl Scene {
    /// A watch through the proxy, from now on.
    async fn watch(&self) -> impl Stream<Item = kube::Result<WatchEvent<ConfigMap>>> {
        let list = self.beside.list(&ListParams::default()).await.unwrap();
        let version = list.metadata.resource_version.unwrap();
        let params = WatchParams::default();
        self.through.watch(&params, &version).await.unwrap().boxed()
    }
}

async fn scene() -> Scene {
    let plane = ControlPlane::shared().await;
    let namespace = plane.namespace("proxy").await;
    let proxy = FaultProxy::start(&plane).await.unwrap();
    plane
        .kubectl(&[
            "create",
            "clusterrolebinding",
            &namespace,
            "--clusterrole=cluster-admin",
            &format!("--serviceaccount={namespace}:tester"),
        ])
        .ok()
        .unwrap();
    plane
        .kubectl(&["create", "serviceaccount", "tester", "--namespace", &namespace])
        .ok()
        .unwrap();
    let kubeconfig = plane.service_account_kubeconfig(&namespace, "tester").await;
    let through: Client = plane.client_from(&proxy.kubeconfig(&kubeconfig).unwrap()).await;
    Scene {
        proxy,
        through: Api::namespaced(through, &namespace),
        beside: Api::namespaced(plane.client().await, &namespace),
    }
}

fn config(name: &str) -> ConfigMap {
    serde_json::from_value(json!({"metadata": {"name": name}})).unwrap()
}

async fn exists(scene: &Scene, name: &str) -> bool {
    scene.beside.get_opt(name).await.unwrap().is_some()
}

fn creation() -> Matcher {
    Matcher::any().verb("create").resource("configmaps")
}

#[tokio::test]
async fn a_write_is_lost_or_its_answer_is() {
    let scene = scene().await;
    let before = scene
        .proxy
        .add(Fault::nth(1, creation(), Action::Reset(Moment::Before)));
    let after = scene
        .proxy
        .add(Fault::nth(2, creation(), Action::Reset(Moment::After)));
    let post = PostParams::default();
    scene.through.create(&post, &config("lost")).await.unwrap_err();
    assert!(!exists(&scene, "lost").await);
    scene.through.create(&post, &config("done")).await.unwrap_err();
    assert!(exists(&scene, "done").await, "the API server has done it");
    scene.through.create(&post, &config("third")).await.unwrap();
    assert_eq!((before.count(), after.count()), (1, 1));
    let writes: Vec<_> = scene
        .proxy
        .log()
        .into_iter()
        .filter(|passed| passed.call.is_write())
        .collect();
    let seen: Vec<_> = writes
        .iter()
        .map(|passed| (passed.call.name.as_str(), passed.code, passed.struck))
        .collect();
    assert_eq!(
        seen,
        [
            ("lost", None, true),
            ("done", Some(201), true),
            ("third", Some(201), false)
        ]
    );
}

#[tokio::test]
async fn errors_come_before_or_after_the_commit() {
    let scene = scene().await;
    let (before, after) = (Refusal::of(429).after(7), Refusal::of(504));
    scene
        .proxy
        .add(Fault::nth(1, creation(), Action::Answer(Moment::Before, before)));
    scene
        .proxy
        .add(Fault::nth(2, creation(), Action::Answer(Moment::After, after)));
    let post = PostParams::default();
    let refused = scene.through.create(&post, &config("a")).await.unwrap_err();
    assert!(
        matches!(&refused, kube::Error::Api(status) if status.code == 429 && status.reason == "TooManyRequests"),
        "{refused}"
    );
    assert!(!exists(&scene, "a").await);
    let refused = scene.through.create(&post, &config("b")).await.unwrap_err();
    assert!(
        matches!(&refused, kube::Error::Api(status) if status.code == 504),
        "{refused}"
    );
    assert!(exists(&scene, "b").await);
}

#[tokio::test]
async fn answers_are_late_slow_or_broken() {
    let scene = scene().await;
    let get = || Matcher::any().verb("get").resource("configmaps");
    scene
        .beside
        .create(&PostParams::default(), &config("a"))
        .await
        .unwrap();
    let pause = Duration::from_millis(300);
    scene
        .proxy
        .add(Fault::nth(1, get(), Action::Delay(Moment::Before, pause)));
    scene.proxy.add(Fault::nth(2, get(), Action::Trickle(pause)));
    scene.proxy.add(Fault::nth(3, get(), Action::Truncate));
    for _ in 0..2 {
        let began = Instant::now();
        scene.through.get("a").await.unwrap();
        assert!(began.elapsed() >= pause / 2, "{:?}", began.elapsed());
    }
    scene.through.get("a").await.unwrap_err();
    scene.through.get("a").await.unwrap();
    let hold = scene.proxy.add(Fault::always(get(), Action::Hold(Moment::After)));
    let answer = tokio::spawn({
        let api = scene.through.clone();
        async move { api.get("a").await }
    });
    hold.fired(1).await;
    assert!(!answer.is_finished());
    hold.release();
    answer.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_watch_skips_what_came_and_went() {
    let scene = scene().await;
    let view = scene.proxy.distort(View {
        resource: "configmaps".to_owned(),
        from: Sighting::nth(1, "a").kind("ADDED"),
        until: Some(Sighting::nth(1, "b").kind("ADDED")),
        distortion: Distortion::Merge,
    });
    let events = scene.watch().await;
    let post = PostParams::default();
    scene.beside.create(&post, &config("a")).await.unwrap();
    view.begun().await;
    let patch = Patch::Merge(json!({"data": {"x": "1"}}));
    scene.beside.create(&post, &config("c")).await.unwrap();
    scene
        .beside
        .patch("c", &PatchParams::default(), &patch)
        .await
        .unwrap();
    scene.beside.delete("a", &DeleteParams::default()).await.unwrap();
    scene.beside.create(&post, &config("b")).await.unwrap();
    let seen: Vec<_> = events.take(2).map_ok(told).try_collect().await.unwrap();
    assert_eq!(seen, ["modified c", "added b"]);
}

#[tokio::test]
async fn a_watch_ends_with_410() {
    let scene = scene().await;
    scene.proxy.distort(View {
        resource: "configmaps".to_owned(),
        from: Sighting::nth(1, "a"),
        until: None,
        distortion: Distortion::Expire,
    });
    let events = scene.watch().await;
    scene
        .beside
        .create(&PostParams::default(), &config("a"))
        .await
        .unwrap();
    let seen: Vec<_> = events.map_ok(told).try_collect().await.unwrap();
    assert_eq!(seen, ["error 410"]);
}

#[tokio::test]
async fn a_server_that_is_cut_off_shows_the_past() {
    let scene = scene().await;
    let plane = ControlPlane::shared().await;
    let second = plane.second_api_server().await.unwrap();
    scene
        .beside
        .create(&PostParams::default(), &config("old"))
        .await
        .unwrap();
    scene.proxy.lead_to(second.url()).unwrap();
    // From the cache, as a watch begins.
    let cached = ListParams::default().match_any();
    let names = async |api: &Api<ConfigMap>| -> Vec<String> {
        let list = api.list(&cached).await.unwrap();
        list.iter().map(ResourceExt::name_any).collect()
    };
    let deadline = Instant::now() + Duration::from_secs(30);
    while names(&scene.through).await != ["old"] {
        assert!(Instant::now() < deadline, "the second server does not catch up");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    second.cut_off();
    scene
        .beside
        .delete("old", &DeleteParams::default())
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(names(&scene.through).await, ["old"], "it does not know better");
    second.reconnect();
    while !names(&scene.through).await.is_empty() {
        assert!(Instant::now() < deadline, "the second server does not hear again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn told(event: WatchEvent<ConfigMap>) -> String {
    match event {
        WatchEvent::Added(object) => format!("added {}", object.name_any()),
        WatchEvent::Modified(object) => format!("modified {}", object.name_any()),
        WatchEvent::Deleted(object) => format!("deleted {}", object.name_any()),
        WatchEvent::Bookmark(_) => "bookmark".to_owned(),
        WatchEvent::Error(status) => format!("error {}", status.code),
    }
}
