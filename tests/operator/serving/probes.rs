//! `/healthz` says that the process serves, `/readyz` that it sees its objects.

use std::time::Duration;

use dialplane_test_harness::{ControlPlane, ControlPlaneOptions, Operator};
use k8s_openapi::api::core::v1::ServiceAccount;
use k8s_openapi::api::rbac::v1::RoleBinding;
use kube::Api;
use kube::api::PostParams;
use serde_json::json;

use crate::world::{PATIENCE, World, company};

/// Status and text of one of the operator's own pages; nothing while it does not listen yet.
async fn page(operator: &Operator, path: &str) -> Option<(u16, String)> {
    let answer = reqwest::get(format!("{}{path}", operator.http_url()))
        .await
        .ok()?;
    Some((answer.status().as_u16(), answer.text().await.ok()?))
}

/// Waits until the operator has tried to see its objects and failed, and insists that it then says so.
async fn not_ready(operator: &Operator) {
    let deadline = std::time::Instant::now() + PATIENCE;
    while !operator
        .log()
        .contains("the watch of PbxExtension objects failed")
    {
        assert!(std::time::Instant::now() < deadline, "{}", operator.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (status, text) = page(operator, "/readyz").await.unwrap();
    assert_eq!(status, 503);
    assert!(text.contains("CRDs") && text.contains("RBAC"), "{text}");
    assert_eq!(
        page(operator, "/healthz").await,
        Some((200, "ok\n".to_owned())),
        "it lives all the same"
    );
}

#[tokio::test]
async fn it_is_ready_once_it_may_see_its_objects() {
    let world = World::new(company(&["ana"])).await;
    let api: Api<ServiceAccount> = Api::namespaced(world.client.clone(), &world.namespace);
    let account = json!({"metadata": {"name": "powerless"}});
    api.create(&PostParams::default(), &serde_json::from_value(account).unwrap())
        .await
        .unwrap();
    let kubeconfig = world
        .plane
        .service_account_kubeconfig(&world.namespace, "powerless")
        .await;
    let mut operator = world
        .builder()
        .kubeconfig(kubeconfig)
        .without_waiting()
        .spawn()
        .await
        .unwrap();
    not_ready(&operator).await;

    let api: Api<RoleBinding> = Api::namespaced(world.client.clone(), &world.namespace);
    let binding = json!({
        "metadata": {"name": "powerless"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "dialplane"},
        "subjects": [{"kind": "ServiceAccount", "name": "powerless", "namespace": world.namespace}],
    });
    api.create(&PostParams::default(), &serde_json::from_value(binding).unwrap())
        .await
        .unwrap();
    operator.ready().await.unwrap();
    assert_eq!(page(&operator, "/readyz").await, Some((200, "ok\n".to_owned())));
    world.declare(json!({})).await;
    world.until_synced().await;
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
    not_ready(&operator).await;
    plane.install_crds().await;
    operator.ready().await.unwrap();
}
