//! The API server refuses the operator a right, or cannot answer.

use dialplane::api::status::Connection;
use dialplane_test_harness::Operator;
use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
use k8s_openapi::api::core::v1::ServiceAccount;
use k8s_openapi::api::rbac::v1::{Role, RoleBinding};
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use crate::world::{World, company, message, poll};

const ACCOUNT: &str = "limited";

fn typed<K: serde::de::DeserializeOwned>(value: Value) -> K {
    serde_json::from_value(value).unwrap()
}

/// What the operator needs in a namespace, with these verbs on extensions.
fn rules(extensions: &[&str]) -> Value {
    json!([
        {"apiGroups": ["dialplane.io"], "resources": ["googleworkspaceintegrations"], "verbs": ["get", "list", "watch", "patch"]},
        {"apiGroups": ["dialplane.io"], "resources": ["googleworkspaceintegrations/status"], "verbs": ["patch"]},
        {"apiGroups": ["dialplane.io"], "resources": ["pbxextensions"], "verbs": extensions},
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "create", "patch"]},
        {"apiGroups": ["events.k8s.io"], "resources": ["events"], "verbs": ["create", "patch"]},
    ])
}

const EVERY_VERB: [&str; 6] = ["get", "list", "watch", "create", "patch", "delete"];

/// An operator with these rights in the world's namespace, and where they can be changed.
async fn limited(world: &World, allowed: Value) -> (Operator, Api<Role>) {
    let params = PostParams::default();
    let accounts: Api<ServiceAccount> = Api::namespaced(world.client.clone(), &world.namespace);
    let account = typed(json!({"metadata": {"name": ACCOUNT}}));
    accounts.create(&params, &account).await.unwrap();
    let roles: Api<Role> = Api::namespaced(world.client.clone(), &world.namespace);
    let role = typed(json!({"metadata": {"name": ACCOUNT}, "rules": allowed}));
    roles.create(&params, &role).await.unwrap();
    let bindings: Api<RoleBinding> = Api::namespaced(world.client.clone(), &world.namespace);
    let binding = typed(json!({
        "metadata": {"name": ACCOUNT},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": ACCOUNT},
        "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": world.namespace}],
    }));
    bindings.create(&params, &binding).await.unwrap();
    let plane = &world.plane;
    let kubeconfig = plane.service_account_kubeconfig(&world.namespace, ACCOUNT).await;
    let operator = world.builder().kubeconfig(kubeconfig).spawn().await.unwrap();
    (operator, roles)
}

/// Gives the operator these rights instead.
async fn allow(roles: &Api<Role>, allowed: Value) {
    let patch = Patch::Merge(json!({"rules": allowed}));
    roles
        .patch(ACCOUNT, &PatchParams::default(), &patch)
        .await
        .unwrap();
}

/// The conditions cannot tell that they are out of date.
#[tokio::test]
async fn a_status_that_may_not_be_written_is_told_elsewhere() {
    let world = World::new(company(&["ana"])).await;
    let all = rules(&EVERY_VERB);
    let (operator, roles) = limited(&world, all.clone()).await;
    world.declare(json!({})).await;
    world.until_synced().await;
    let sample = format!(
        "dialplane_status_current{{namespace=\"{}\",integration=\"acme\"}}",
        world.namespace
    );
    let is_current = async || {
        let metrics = operator.metrics().await.unwrap();
        let line = metrics.lines().find_map(|line| line.strip_prefix(&sample));
        line.map(|value| value.trim().parse::<f64>().unwrap())
    };
    // It is told a moment after the status is there.
    poll("the metric", async || {
        (is_current().await == Some(1.0)).then_some(())
    })
    .await;

    let mut less = all.clone();
    less[1]["verbs"] = json!(["get"]);
    allow(&roles, less).await;
    world.google.delete_user("ana@acme.example").unwrap();
    world.google.set_api("admin.googleapis.com", false).unwrap();
    world.request_sync().await;
    let event = poll("the event", async || world.events("Forbidden").await.pop()).await;
    let note = event.note.unwrap();
    assert!(
        note.contains("write the status") && note.contains("--force-conflicts"),
        "{note}"
    );
    assert_eq!(event.type_.as_deref(), Some("Warning"));
    assert_eq!(is_current().await, Some(0.0));
    assert!(operator.log().contains("failed to write the status"));
    let object = world.integrations().get("acme").await.unwrap();
    assert_eq!(
        crate::world::condition(&object, "Ready").unwrap().status,
        "True",
        "out of date"
    );

    allow(&roles, all).await;
    world.until_ready("False", "AdminSdkApiDisabled").await;
    poll("the metric", async || {
        (is_current().await == Some(1.0)).then_some(())
    })
    .await;
    assert_eq!(world.events("Forbidden").await.len(), 1, "told once");
    let told = operator.log().matches("failed to write the status").count();
    assert_eq!(told, 1, "logged once");
    world.finish().await;
}

#[tokio::test]
async fn a_right_that_is_missing_is_named_and_found_again_by_itself() {
    let world = World::new(company(&["ana"])).await;
    let (_operator, roles) = limited(&world, rules(&["get", "list", "watch"])).await;
    world.declare(json!({})).await;
    let object = world.until_ready("False", "Forbidden").await;
    let text = message(&object, "Ready");
    assert!(
        text.contains("change an extension") && text.contains("RBAC") && text.contains("--force-conflicts"),
        "{text}"
    );
    assert_eq!(message(&object, "Stalled"), text);
    assert!(world.all().await.is_empty());

    allow(&roles, rules(&EVERY_VERB)).await;
    world.until_synced().await;
    assert_eq!(world.roll().await, "1001 admin, 1002 ana");
    world.finish().await;
}

/// A webhook of the cluster that is down: the API server cannot decide, and says 500.
#[tokio::test]
async fn an_api_server_that_cannot_answer_is_told_and_tried_again() {
    let world = World::new(company(&["ana"])).await;
    let _operator = world.operator().await;
    let name = format!("down-{}", world.namespace);
    let webhooks: Api<ValidatingWebhookConfiguration> = Api::all(world.client.clone());
    let webhook = typed(json!({
        "metadata": {"name": name},
        "webhooks": [{
            "name": "down.example.com", "sideEffects": "None", "admissionReviewVersions": ["v1"], "timeoutSeconds": 1,
            "failurePolicy": "Fail", "clientConfig": {"url": "https://127.0.0.1:1/"},
            "rules": [{"apiGroups": ["dialplane.io"], "apiVersions": ["*"], "operations": ["CREATE"], "resources": ["pbxextensions"]}],
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": world.namespace}},
        }],
    }));
    webhooks.create(&PostParams::default(), &webhook).await.unwrap();
    // It takes the API server a moment to heed it.
    let probe = typed(json!({
        "apiVersion": "dialplane.io/v1alpha1", "kind": "PbxExtension", "metadata": {"name": "probe-1001"},
        "spec": {"tenant": "probe", "number": "1001"},
    }));
    poll("the webhook", async || {
        let dry = PostParams {
            dry_run: true,
            ..PostParams::default()
        };
        world.extensions().create(&dry, &probe).await.err()
    })
    .await;
    world.declare(json!({})).await;
    let object = world.until_ready("False", "KubernetesUnavailable").await;
    let text = message(&object, "Ready");
    assert!(text.contains("Dialplane retries"), "{text}");
    assert_eq!(message(&object, "Reconciling"), text);
    assert_eq!(
        object.status.unwrap().connection,
        Connection::Disconnected,
        "a first sync that did not end"
    );

    webhooks.delete(&name, &DeleteParams::default()).await.unwrap();
    world.until_synced().await;
    assert_eq!(world.roll().await, "1001 admin, 1002 ana");
    world.finish().await;
}
