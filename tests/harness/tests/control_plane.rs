//! The harness's control plane is a real one.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;

use dialplane_test_harness::process::Identity;
use dialplane_test_harness::world::{try_wait_for, wait_for, wait_gone};
use dialplane_test_harness::{ControlPlane, ControlPlaneOptions, assets};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, ServiceAccount};
use kube::Api;
use kube::api::{DeleteParams, ListParams, ObjectMeta, Patch, PatchParams, PostParams};
use serde_json::json;
use tokio::time::error::Elapsed;

const PATIENCE: Duration = Duration::from_mins(1);

fn config_map(name: &str) -> ConfigMap {
    ConfigMap {
        metadata: ObjectMeta {
            name: Some(name.into()),
            ..Default::default()
        },
        ..Default::default()
    }
}

#[tokio::test]
async fn it_is_the_pinned_version_and_enforces_rbac() {
    let cp = ControlPlane::shared().await;
    let version = cp.client().await.apiserver_version().await.unwrap();
    if cp.assets().pinned {
        assert_eq!(version.git_version, assets::KUBERNETES_VERSION);
    }
    let shown = cp.kubectl(&["version", "--output=json"]).ok().unwrap();
    assert!(shown.contains("serverVersion"), "{shown}");
    let rbac = cp
        .kubectl(&["get", "clusterrole", "cluster-admin", "-o", "name"])
        .ok()
        .unwrap();
    assert!(rbac.contains("cluster-admin"), "{rbac}");
    assert!(
        cp.helm(&["list", "--all-namespaces"])
            .ok()
            .unwrap()
            .contains("NAMESPACE")
    );
}

#[tokio::test]
async fn a_namespace_and_what_is_in_it_can_be_deleted() {
    let cp = ControlPlane::shared().await;
    let name = cp.namespace("deleted").await;
    let client = cp.client().await;
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), &name);
    maps.create(&PostParams::default(), &config_map("one"))
        .await
        .unwrap();
    let namespaces: Api<Namespace> = Api::all(client);
    namespaces.delete(&name, &DeleteParams::default()).await.unwrap();
    wait_gone(&namespaces, &name, PATIENCE).await;
    assert!(maps.get_opt("one").await.unwrap().is_none());
}

#[tokio::test]
async fn an_owned_object_goes_with_its_owner() {
    let cp = ControlPlane::shared().await;
    let maps: Api<ConfigMap> = Api::namespaced(cp.client().await, &cp.namespace("owned").await);
    let owner = maps
        .create(&PostParams::default(), &config_map("owner"))
        .await
        .unwrap();
    let mut child = config_map("owned");
    child.metadata.owner_references = Some(vec![
        serde_json::from_value(json!({
            "apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner.metadata.uid
        }))
        .unwrap(),
    ]);
    maps.create(&PostParams::default(), &child).await.unwrap();
    maps.delete("owner", &DeleteParams::default()).await.unwrap();
    wait_gone(&maps, "owned", PATIENCE).await;
}

#[tokio::test]
async fn a_service_account_has_the_rights_that_rbac_gives_it_and_no_other() {
    use std::os::unix::fs::PermissionsExt as _;
    let cp = ControlPlane::shared().await;
    let ns = cp.namespace("account").await;
    cp.kubectl(&["-n", &ns, "create", "serviceaccount", "reader"])
        .ok()
        .unwrap();
    cp.kubectl(&[
        "-n",
        &ns,
        "create",
        "role",
        "reader",
        "--verb=get,list",
        "--resource=configmaps",
    ])
    .ok()
    .unwrap();
    let subject = format!("--serviceaccount={ns}:reader");
    cp.kubectl(&[
        "-n",
        &ns,
        "create",
        "rolebinding",
        "reader",
        "--role=reader",
        &subject,
    ])
    .ok()
    .unwrap();
    let kubeconfig = cp.service_account_kubeconfig(&ns, "reader").await;
    assert_eq!(
        std::fs::metadata(&kubeconfig).unwrap().permissions().mode() & 0o777,
        0o600
    );

    let mark = cp.audit().mark().await;
    let client = cp.client_from(&kubeconfig).await;
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), &ns);
    maps.list(&ListParams::default()).await.unwrap();
    let forbidden = maps
        .create(&PostParams::default(), &config_map("new"))
        .await
        .unwrap_err();
    assert!(
        matches!(&forbidden, kube::Error::Api(status) if status.code == 403),
        "{forbidden}"
    );
    let elsewhere: Api<ConfigMap> = Api::namespaced(client, "default");
    assert!(elsewhere.list(&ListParams::default()).await.is_err());

    let entries = cp.audit().since(mark).await.service_account(&ns, "reader");
    assert_eq!(entries.verb("create").code(403).len(), 1);
    assert_eq!(entries.verb("list").code(200).namespace(&ns).len(), 1);
    assert_eq!(entries.verb("list").code(403).namespace("default").len(), 1);
    assert_eq!(entries.len(), 3);
}

#[tokio::test]
async fn the_audit_log_counts_exactly() {
    let cp = ControlPlane::shared().await;
    let ns = cp.namespace("audit").await;
    let maps: Api<ConfigMap> = Api::namespaced(cp.client().await, &ns);
    for round in 0..20 {
        let mark = cp.audit().mark().await;
        for index in 0..5 {
            maps.create(&PostParams::default(), &config_map(&format!("m-{round}-{index}")))
                .await
                .unwrap();
        }
        let patch = json!({"data": {"key": "value"}});
        let name = format!("m-{round}-0");
        maps.patch(&name, &PatchParams::default(), &Patch::Merge(&patch))
            .await
            .unwrap();
        maps.delete(&name, &DeleteParams::default()).await.unwrap();
        let again = maps
            .create(&PostParams::default(), &config_map(&format!("m-{round}-1")))
            .await;
        assert!(again.is_err());

        let entries = cp.audit().since(mark).await.namespace(&ns).resource("configmaps");
        let expected = [
            ("create configmaps", 6),
            ("delete configmaps", 1),
            ("patch configmaps", 1),
        ];
        let expected: BTreeMap<String, usize> = expected.map(|(kind, count)| (kind.to_owned(), count)).into();
        assert_eq!(entries.writes_by("admin"), expected, "round {round}");
        assert_eq!(entries.verb("create").code(201).len(), 5);
        assert_eq!(entries.verb("create").code(409).len(), 1);
    }
}

#[tokio::test]
async fn waiting_sees_the_change_and_a_failure_shows_the_object() {
    let cp = ControlPlane::shared().await;
    let ns = cp.namespace("wait").await;
    let accounts: Api<ServiceAccount> = Api::namespaced(cp.client().await, &ns);
    // kube-controller-manager makes it.
    let account = wait_for(&accounts, "default", |_| true, PATIENCE).await;
    let never = |_: &ServiceAccount| false;
    let error = try_wait_for(&accounts, "default", never, Duration::from_millis(500))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains(account.metadata.uid.as_deref().unwrap()),
        "{error}"
    );
    let error = try_wait_for(&accounts, "none", never, Duration::from_millis(500))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("it does not exist"), "{error}");
}

#[tokio::test]
async fn crds_are_established_after_their_installation() {
    let cp = ControlPlane::shared().await;
    let dir = tempfile::tempdir().unwrap();
    assert!(
        cp.install_crds_from(dir.path())
            .await
            .unwrap_err()
            .to_string()
            .contains("no CRD")
    );
    let crd = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "samples.harness.dialplane.io"},
        "spec": {"group": "harness.dialplane.io", "scope": "Namespaced",
            "names": {"plural": "samples", "singular": "sample", "kind": "Sample"},
            "versions": [{"name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object"}}}}}]}
    });
    std::fs::write(dir.path().join("sample.yaml"), crd.to_string()).unwrap();
    cp.install_crds_from(dir.path()).await.unwrap();
    cp.install_crds_from(dir.path()).await.unwrap();
    assert!(cp.kubectl(&["get", "samples", "-A"]).ok().is_ok());
}

#[tokio::test]
async fn the_api_server_comes_back_with_its_data() {
    let cp = ControlPlane::start(ControlPlaneOptions {
        audit: true,
        ..Default::default()
    })
    .await
    .unwrap();
    let maps: Api<ConfigMap> = Api::namespaced(cp.client().await, "default");
    let created = maps
        .create(&PostParams::default(), &config_map("kept"))
        .await
        .unwrap();
    cp.stop_api_server().await;
    assert!(maps.get("kept").await.is_err());
    cp.start_api_server().await;
    let kept = maps.get("kept").await.unwrap();
    assert_eq!(kept.metadata.uid, created.metadata.uid);
    assert_eq!(kept.metadata.resource_version, created.metadata.resource_version);
}

#[tokio::test]
async fn a_directory_of_its_own_carries_the_data_over() {
    let dir = tempfile::tempdir().unwrap();
    let options = ControlPlaneOptions {
        dir: Some(dir.path().to_path_buf()),
        durable: true,
        ..Default::default()
    };
    let first = ControlPlane::start(options.clone()).await.unwrap();
    let maps: Api<ConfigMap> = Api::namespaced(first.client().await, "default");
    maps.create(&PostParams::default(), &config_map("kept"))
        .await
        .unwrap();
    let url = first.url().to_owned();
    drop(first);
    let second = ControlPlane::start(options).await.unwrap();
    assert_eq!(second.url(), url);
    let maps: Api<ConfigMap> = Api::namespaced(second.client().await, "default");
    maps.get("kept").await.unwrap();
}

/// The ids of the stand-in's control plane, and its directory.
fn started_by(child: &mut Child) -> anyhow::Result<(Vec<Identity>, PathBuf)> {
    let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
    let mut line = || lines.next().context("no more output")?.context("read a line");
    let mut identities = Vec::new();
    for _ in 0..3 {
        identities.push(Identity::of(line()?.parse()?).context("a process has ended")?);
    }
    let kubeconfig = PathBuf::from(line()?);
    Ok((
        identities,
        kubeconfig.parent().context("no directory")?.to_path_buf(),
    ))
}

async fn all_end(identities: &[Identity], dir: &Path) -> Result<(), Elapsed> {
    let gone = async {
        while identities.iter().any(|identity| identity.is_alive()) || dir.exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await
}

#[tokio::test]
async fn everything_ends_with_a_process_that_is_killed() {
    for signal in ["KILL", "INT"] {
        let mut child = Command::new("env")
            // A shell's background job ignores SIGINT, and so do its children.
            .args([
                "--default-signal=INT",
                env!("CARGO_BIN_EXE_harness-stand-in"),
                "control-plane",
            ])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (identities, dir) = started_by(&mut child).unwrap();
        assert_eq!(identities.len(), 3);
        assert!(identities.iter().all(|identity| identity.is_alive()));
        let pid = child.id().to_string();
        assert!(
            Command::new("sh")
                .args(["-c", "kill -s \"$0\" \"$1\"", signal, &pid])
                .status()
                .unwrap()
                .success()
        );
        child.wait().unwrap();
        all_end(&identities, &dir).await.unwrap();
    }
}

#[tokio::test]
async fn everything_ends_with_its_value() {
    let cp = ControlPlane::start(ControlPlaneOptions::default()).await.unwrap();
    let identities: Vec<Identity> = cp.processes().into_iter().map(|(_, identity)| identity).collect();
    let dir = cp.kubeconfig().parent().unwrap().to_path_buf();
    assert_eq!(identities.len(), 2);
    drop(cp);
    assert!(!identities.iter().any(|identity| identity.is_alive()));
    assert!(!dir.exists());
}
