//! `/healthz` says that the process serves, `/readyz` that it sees its objects.

use dialplane_test_harness::{ControlPlane, ControlPlaneOptions, Operator};
use google_workspace_simulator::Fault;
use k8s_openapi::api::core::v1::ServiceAccount;
use k8s_openapi::api::rbac::v1::RoleBinding;
use kube::Api;
use kube::api::PostParams;
use serde_json::json;

use crate::world::{World, company, poll};

/// Status and text of one of the operator's own pages; nothing while it does not listen yet.
async fn page(operator: &Operator, path: &str) -> Option<(u16, String)> {
    let answer = reqwest::get(format!("{}{path}", operator.http_url()))
        .await
        .ok()?;
    Some((answer.status().as_u16(), answer.text().await.ok()?))
}

/// Waits until the operator has tried to see its objects in this place and failed, and insists that it then says so.
async fn not_ready(operator: &Operator, place: &str) -> String {
    let told = format!("{place}: cannot watch PbxExtension: ");
    let text = poll("a probe that tells the reason", async || {
        let (status, text) = page(operator, "/readyz").await?;
        let has_failed = text.contains(&told) && !text.contains(&format!("{told}the API server has not"));
        has_failed.then(|| {
            assert_eq!(status, 503);
            text
        })
    })
    .await;
    assert!(text.contains("CRDs") && text.contains("RBAC"), "{text}");
    assert_eq!(
        page(operator, "/healthz").await,
        Some((200, "ok\n".to_owned())),
        "it lives all the same"
    );
    text
}

/// A ServiceAccount that has no right yet, and a kubeconfig for it.
async fn powerless(world: &World) -> std::path::PathBuf {
    let api: Api<ServiceAccount> = Api::namespaced(world.client.clone(), &world.namespace);
    let account = json!({"metadata": {"name": "powerless"}});
    api.create(&PostParams::default(), &serde_json::from_value(account).unwrap())
        .await
        .unwrap();
    let plane = &world.plane;
    plane
        .service_account_kubeconfig(&world.namespace, "powerless")
        .await
}

/// Gives it the operator's rights in a namespace.
async fn empower(world: &World, namespace: &str) {
    let api: Api<RoleBinding> = Api::namespaced(world.client.clone(), namespace);
    let binding = json!({
        "metadata": {"name": "powerless"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "dialplane"},
        "subjects": [{"kind": "ServiceAccount", "name": "powerless", "namespace": world.namespace}],
    });
    api.create(&PostParams::default(), &serde_json::from_value(binding).unwrap())
        .await
        .unwrap();
}

#[tokio::test]
async fn it_is_ready_once_it_may_see_its_objects() {
    let world = World::new(company(&["ana"])).await;
    let kubeconfig = powerless(&world).await;
    let mut operator = world
        .builder()
        .kubeconfig(kubeconfig)
        .without_waiting()
        .spawn()
        .await
        .unwrap();
    not_ready(&operator, &format!("namespace {}", world.namespace)).await;

    empower(&world, &world.namespace).await;
    operator.ready().await.unwrap();
    assert_eq!(page(&operator, "/readyz").await, Some((200, "ok\n".to_owned())));
    world.declare(json!({})).await;
    world.until_synced().await;
    world.finish().await;
}

#[tokio::test]
async fn a_namespace_without_rights_is_named_and_keeps_no_other_tenant_from_being_served() {
    let world = World::new(company(&["ana"])).await;
    let closed = world.plane.namespace("closed").await;
    let kubeconfig = powerless(&world).await;
    empower(&world, &world.namespace).await;
    let mut operator = world
        .builder()
        .kubeconfig(kubeconfig)
        .arg("--namespace")
        .arg(&closed)
        .without_waiting()
        .spawn()
        .await
        .unwrap();
    world.declare(json!({})).await;
    world.until_synced().await;
    let text = not_ready(&operator, &format!("namespace {closed}")).await;
    assert!(text.contains("forbidden"), "{text}");
    assert_eq!(text.lines().count(), 1, "only the one that fails: {text}");
    let metric = |namespace: &str, value: u8| {
        format!("dialplane_watch_synced{{namespace=\"{namespace}\",kind=\"PbxExtension\"}} {value}\n")
    };
    let metrics = operator.metrics().await.unwrap();
    for line in [metric(&closed, 0), metric(&world.namespace, 1)] {
        assert!(metrics.contains(&line), "{line} is not in {metrics}");
    }

    empower(&world, &closed).await;
    operator.ready().await.unwrap();
    world.finish().await;
}

/// What `/healthz` judges: the loops turn by themselves, however long a sync and a repair wait for Google.
#[tokio::test]
async fn a_google_that_says_nothing_stops_no_loop() {
    let world = World::new(company(&["ana"])).await;
    let operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    let silent = Fault {
        path_prefix: Some("/admin".into()),
        delay_ms: Some(600_000),
        ..Fault::default()
    };
    world.google.add_fault(silent).unwrap();
    world
        .edit("1002", json!({"spec": {"user": {"firstName": "X"}}}))
        .await;
    world.request_sync().await;
    for kind in ["controller", "repairs", "notifications"] {
        let line = format!("dialplane_loop_turns_total{{loop=\"{kind}\"}} ");
        let turns = async || {
            let metrics = operator.metrics().await.ok()?;
            let value = metrics.lines().find_map(|found| found.strip_prefix(&line))?;
            value.parse::<u64>().ok()
        };
        let before = turns().await.unwrap_or_default();
        poll("two turns", async || {
            turns().await.filter(|now| *now >= before + 2)
        })
        .await;
    }
    assert_eq!(page(&operator, "/healthz").await, Some((200, "ok\n".to_owned())));
    world.google.clear_faults();
    world.finish().await;
}

#[tokio::test]
async fn it_is_ready_once_its_resources_are_defined() {
    let plane = ControlPlane::start(ControlPlaneOptions::default()).await.unwrap();
    let operator = Operator::builder(env!("CARGO_BIN_EXE_dialplane"))
        .kubeconfig(plane.kubeconfig())
        .google_endpoint("http://127.0.0.1:1")
        .without_waiting();
    let mut operator = operator.spawn().await.unwrap();
    not_ready(&operator, "all namespaces").await;
    plane.install_crds().await;
    operator.ready().await.unwrap();
}
