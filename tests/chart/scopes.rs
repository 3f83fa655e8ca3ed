//! Where the locks hold: off, in some namespaces, in the whole cluster, and with two releases in one cluster.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use dialplane::api::names::{EXTENSION_LABELS, GROUP, LABEL_INTEGRATION, LABEL_MANAGED_BY, MANAGED_BY};
use dialplane_test_harness::{ControlPlane, ControlPlaneOptions};
use serde_json::{Value, json};

use super::locked::{Actor, Locked, RELEASE, extension, locked_out};
use super::{CHART, helm, of_kind, rendered};

const PATIENCE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn they_can_be_switched_off_and_on() -> Result<()> {
    let locked = Locked::install(&[]).await?;
    let (name, admin) = (locked.managed("1001").await?, locked.user("admin").await?);
    let limited = format!("watchNamespaces=[\"{}\"]", locked.namespace);
    let upgrade = |locks: &str| {
        let values = ["crds.install=false", "replicaCount=0", &limited, locks];
        helm(&locked.plane, &["upgrade", RELEASE, CHART], &locked.home, &values).ok()
    };
    upgrade("locks.enabled=false")?;
    let eve = json!({"spec": {"user": {"firstName": "Eve"}}});
    let deadline = Instant::now() + PATIENCE;
    while admin.try_out(&name, &eve).await.is_err() {
        ensure!(Instant::now() < deadline, "the locks do not go");
    }
    admin.edit(&name, &eve).await?;
    admin.delete(&name).await?;

    upgrade("locks.enabled=true")?;
    locked.wait_for_locks().await?;
    let name = locked.managed("1002").await?;
    locked_out(admin.delete(&name).await)?;
    Ok(())
}

#[tokio::test]
async fn two_releases_lock_each_their_namespaces() -> Result<()> {
    let (one, two) = (Locked::install(&[]).await?, Locked::install(&[]).await?);
    for (here, there) in [(&one, &two), (&two, &one)] {
        let name = here.managed("1001").await?;
        let stranger = format!("system:serviceaccount:{}:{RELEASE}", there.home);
        let kubeconfig = there.plane.service_account_kubeconfig(&there.home, RELEASE).await;
        let bind = [
            "create",
            "rolebinding",
            "stranger",
            &format!("--role={RELEASE}"),
            &format!("--serviceaccount={}:{RELEASE}", there.home),
            "-n",
            &here.namespace,
        ];
        here.plane.kubectl(&bind).ok()?;
        let stranger = Actor::new(
            here.plane.client_from(&kubeconfig).await,
            &stranger,
            &here.namespace,
        );
        locked_out(stranger.delete(&name).await).context("the other release's operator")?;
        here.operator().await?.delete(&name).await?;
    }
    // Where neither is, nothing is locked.
    let elsewhere = one.plane.namespace("elsewhere").await;
    let admin = Actor::new(one.plane.client().await, "admin", &elsewhere);
    admin.create(extension("acme", "1001", json!({}))).await?;
    admin.delete("acme-1001").await
}

#[tokio::test]
async fn users_can_be_exempt() -> Result<()> {
    let locked =
        Locked::install(&["locks.exemptUsers=[\"restore@acme.example\",\"it's \\\"x\\\" <y>\"]"]).await?;
    let kubectl = |user: &str| {
        let role = format!("--role={RELEASE}-admin");
        let bind = [
            "create",
            "rolebinding",
            "exempt",
            &role,
            &format!("--user={user}"),
        ];
        locked
            .plane
            .kubectl(&[&bind[..], &["-n", locked.namespace.as_str()]].concat())
            .ok()
    };
    kubectl("restore@acme.example")?;
    let restore = locked.user("restore@acme.example").await?;
    restore.create(extension("acme", "1001", json!({}))).await?;
    restore
        .edit("acme-1001", &json!({"spec": {"user": {"firstName": "Eve"}}}))
        .await?;
    restore.delete("acme-1001").await
}

/// The whole cluster's release needs a cluster of its own.
#[tokio::test]
async fn a_release_without_namespaces_locks_them_all() -> Result<()> {
    let options = ControlPlaneOptions {
        controller_manager: true,
        ..ControlPlaneOptions::default()
    };
    let plane = ControlPlane::start(options).await?;
    plane.install_crds().await;
    let (home, namespace) = (plane.namespace("home").await, plane.namespace("any").await);
    helm(
        &plane,
        &["install", RELEASE, CHART],
        &home,
        &["crds.install=false", "replicaCount=0", "rbac.aggregate.view=true"],
    )
    .ok()?;
    let kubeconfig = plane.service_account_kubeconfig(&home, RELEASE).await;
    let operator = Actor::new(plane.client_from(&kubeconfig).await, "operator", &namespace);
    let admin = Actor::new(plane.client().await, "admin", &namespace);
    operator.create(extension("acme", "1001", json!({}))).await?;
    let eve = json!({"spec": {"user": {"firstName": "Eve"}}});
    let deadline = Instant::now() + PATIENCE;
    while admin.try_out("acme-1001", &eve).await.is_ok() {
        ensure!(Instant::now() < deadline, "the locks do not come into force");
    }
    locked_out(admin.delete("acme-1001").await)?;

    // The API server found nothing doubtful in the expressions when it held them against the definitions.
    for policy in ["locks", "objects", "approvals"] {
        let policy = format!("{RELEASE}.{home}.{policy}");
        let get = ["get", "validatingadmissionpolicy", &policy, "--output=json"];
        let status = loop {
            let object: Value = serde_json::from_str(&plane.kubectl(&get).ok()?)?;
            if object["status"]["observedGeneration"] == object["metadata"]["generation"] {
                break object["status"].clone();
            }
            ensure!(Instant::now() < deadline, "nobody checks the policy: {object}");
        };
        assert_eq!(
            status["typeChecking"]["expressionWarnings"],
            Value::Null,
            "{status}"
        );
    }

    plane
        .kubectl(&["delete", "namespace", &namespace, "--timeout=90s"])
        .ok()?;
    // Who has Kubernetes' own roles in a namespace has ours.
    let namespace = plane.namespace("aggregated").await;
    for (role, may, may_not) in [
        ("view", "list", "create"),
        ("edit", "patch", "delete"),
        ("admin", "break-glass", "impersonate"),
    ] {
        let (role_flag, user) = (format!("--clusterrole={role}"), format!("--user={role}"));
        let bind = ["create", "rolebinding", role, &role_flag, &user, "-n", &namespace];
        plane.kubectl(&bind).ok()?;
        let can_i = |verb| {
            let person = format!("--as={role}");
            let ask = [
                "auth",
                "can-i",
                verb,
                "pbxextensions.dialplane.io",
                "-n",
                &namespace,
                &person,
            ];
            plane.kubectl(&ask).stdout.trim() == "yes"
        };
        while !can_i(may) {
            ensure!(Instant::now() < deadline, "{role} may not {may}");
        }
        ensure!(!can_i(may_not), "{role} may {may_not}");
    }
    Ok(())
}

#[tokio::test]
async fn releases_of_one_name_do_not_meet() -> Result<()> {
    let plane = ControlPlane::shared().await;
    let names = |namespace: &str, values: &[&str]| -> Result<Vec<String>> {
        let text = helm(&plane, &["template", "dialplane", CHART], namespace, values).ok()?;
        let objects = super::documents(&text)?;
        let kinds = [
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "ClusterRole",
            "ClusterRoleBinding",
        ];
        Ok(kinds
            .iter()
            .flat_map(|kind| of_kind(&objects, kind))
            .map(|object| format!("{} {}", object["kind"], object["metadata"]["name"]))
            .collect())
    };
    let (one, two) = (
        names("one", &["watchNamespaces=[\"a\"]"])?,
        names("two", &["watchNamespaces=[\"b\"]"])?,
    );
    assert_eq!((one.len(), two.len()), (6, 6), "{one:?} {two:?}");
    ensure!(!one.iter().any(|name| two.contains(name)), "{one:?} {two:?}");
    Ok(())
}

#[tokio::test]
async fn what_is_rendered_follows_the_values() -> Result<()> {
    let plane = ControlPlane::shared().await;
    let objects = rendered(&plane, &["locks.enabled=false"])?;
    assert_eq!(of_kind(&objects, "ValidatingAdmissionPolicy").count(), 0);
    assert_eq!(of_kind(&objects, "ValidatingAdmissionPolicyBinding").count(), 0);

    let is_of = |object: &Value, suffix: &str| {
        let name = object["metadata"]["name"].as_str();
        name.is_some_and(|name| name.ends_with(&format!(".{suffix}")))
    };
    let policy = |values: &[&str]| -> Result<Value> {
        let objects = rendered(&plane, values)?;
        let policy = of_kind(&objects, "ValidatingAdmissionPolicy")
            .find(|policy| is_of(policy, "locks"))
            .context("no policy")?;
        let binding = of_kind(&objects, "ValidatingAdmissionPolicyBinding")
            .find(|binding| is_of(binding, "locks"))
            .context("no binding")?;
        assert_eq!(binding["spec"]["policyName"], policy["metadata"]["name"]);
        assert_eq!(binding["spec"]["validationActions"], json!(["Deny", "Audit"]));
        assert_eq!(policy["spec"]["failurePolicy"], "Fail");
        Ok(policy["spec"].clone())
    };
    let wide = policy(&[])?;
    assert_eq!(wide["matchConstraints"]["namespaceSelector"], Value::Null);
    assert_eq!(
        wide["matchConditions"][0]["expression"],
        "!(request.userInfo.username in [\"system:serviceaccount:dialplane-system:dialplane\"])"
    );
    let narrow = policy(&[
        "watchNamespaces=[\"a\",\"b\"]",
        "serviceAccount={\"create\":false,\"name\":\"theirs\"}",
    ])?;
    assert_eq!(
        narrow["matchConstraints"]["namespaceSelector"]["matchExpressions"],
        json!([{"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["a", "b"]}])
    );
    let condition = narrow["matchConditions"][0]["expression"].to_string();
    ensure!(condition.contains("dialplane-system:theirs"), "{condition}");
    // The policy and the operator mean the same labels.
    let variables = wide["variables"].to_string();
    let managed = format!(
        "variables.oldLabels[?'{LABEL_MANAGED_BY}'] == optional.of('{MANAGED_BY}') && '{LABEL_INTEGRATION}' in"
    );
    ensure!(variables.contains(&managed), "{variables}");
    for label in EXTENSION_LABELS {
        let ours = label.starts_with(&format!("{GROUP}/"));
        ensure!(ours || label == LABEL_MANAGED_BY, "{label} is not locked");
    }
    Ok(())
}
