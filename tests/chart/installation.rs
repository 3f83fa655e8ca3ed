//! What the chart installs, upgrades and leaves behind.

use anyhow::{Context as _, Result, ensure};
use dialplane_test_harness::{ControlPlane, ControlPlaneOptions, repository};
use serde_json::json;

use super::{CHART, helm};

const CRDS: [&str; 2] = [
    "googleworkspaceintegrations.dialplane.io",
    "pbxextensions.dialplane.io",
];

/// Definitions are the cluster's, so this test has a cluster of its own.
#[tokio::test]
async fn definitions_come_stay_and_go_as_declared() -> Result<()> {
    let options = ControlPlaneOptions {
        controller_manager: true,
        ..ControlPlaneOptions::default()
    };
    let plane = ControlPlane::start(options).await?;
    let installed = || -> Result<usize> {
        let names = plane.kubectl(&["get", "crd", "--output", "name"]).ok()?;
        Ok(CRDS.iter().filter(|crd| names.contains(*crd)).count())
    };
    let namespace = plane.namespace("dialplane").await;
    let release =
        |verb: &str, values: &[&str]| helm(&plane, &[verb, "dialplane", CHART], &namespace, values).ok();

    release("install", &["crds.install=false"])?;
    assert_eq!(installed()?, 0);
    plane
        .kubectl(&[
            "get",
            "deployment,service,serviceaccount",
            "dialplane",
            "-n",
            &namespace,
        ])
        .ok()?;

    let notes = release("upgrade", &["crds.install=true"])?;
    assert_eq!(installed()?, 2);
    let established = [
        "wait",
        "crd",
        CRDS[0],
        CRDS[1],
        "--for=condition=Established",
        "--timeout=60s",
    ];
    plane.kubectl(&established).ok()?;
    let advice = notes
        .split_once("<<EOF\n")
        .and_then(|(_, rest)| rest.split_once("\nEOF\n"));
    let (manifest, _) = advice.context("the notes have no manifest to paste")?;
    let try_it = [
        "apply",
        "--dry-run=server",
        "--validate=strict",
        "-n",
        &namespace,
        "-f",
        "-",
    ];
    plane.kubectl_stdin(&try_it, manifest).ok()?;
    let extension = json!({
        "apiVersion": "dialplane.io/v1alpha1", "kind": "PbxExtension",
        "metadata": {"name": "acme-1001", "namespace": namespace}, "spec": {"tenant": "acme", "number": "1001"},
    });
    plane
        .kubectl_stdin(&["create", "-f", "-"], &extension.to_string())
        .ok()?;

    // A later version of the release that has none does not delete them either.
    release("upgrade", &["crds.install=false"])?;
    assert_eq!(installed()?, 2, "the definitions are kept");
    release("upgrade", &["crds.install=true"])?;

    let uninstall = || {
        plane
            .helm(&["uninstall", "dialplane", "--namespace", &namespace, "--wait"])
            .ok()
    };
    uninstall()?;
    assert_eq!(installed()?, 2, "the definitions are kept");
    plane
        .kubectl(&["get", "pbxextension", "acme-1001", "-n", &namespace])
        .ok()?;

    let notes = release("install", &["crds.keep=false"])?;
    ensure!(notes.contains("Warning: crds.keep is false"), "{notes}");
    plane
        .kubectl(&["get", "pbxextension", "acme-1001", "-n", &namespace])
        .ok()?;
    uninstall()?;
    plane
        .kubectl(&["wait", "crd", CRDS[0], CRDS[1], "--for=delete", "--timeout=60s"])
        .ok()?;
    assert_eq!(installed()?, 0);
    Ok(())
}

#[tokio::test]
async fn somebody_with_rights_in_two_namespaces_only_can_install_it_there() -> Result<()> {
    let plane = ControlPlane::shared().await;
    let (home, served) = (plane.namespace("home").await, plane.namespace("served").await);
    plane
        .kubectl(&["create", "serviceaccount", "installer", "-n", &home])
        .ok()?;
    for namespace in [&home, &served] {
        let account = format!("--serviceaccount={home}:installer");
        plane
            .kubectl(&[
                "create",
                "rolebinding",
                "installer",
                "--clusterrole=cluster-admin",
                &account,
                "-n",
                namespace,
            ])
            .ok()?;
    }
    let kubeconfig = plane.service_account_kubeconfig(&home, "installer").await;
    let kubeconfig = kubeconfig.to_str().context("a path that is no text")?;
    let limited = format!("watchNamespaces=[\"{served}\"]");
    let install = ["install", "limited-dialplane", CHART, "--kubeconfig", kubeconfig];

    let refused = helm(&plane, &install, &home, &["crds.install=false"]);
    ensure!(
        refused.stderr.contains("clusterroles") && refused.stderr.contains("forbidden"),
        "{}",
        refused.stderr
    );

    let refused = helm(&plane, &install, &home, &["crds.install=false", &limited]);
    ensure!(
        refused.stderr.contains("validatingadmissionpolicies") && refused.stderr.contains("forbidden"),
        "{}",
        refused.stderr
    );

    let namespaced = ["crds.install=false", "locks.enabled=false", &limited];
    let notes = helm(&plane, &install, &home, &namespaced).ok()?;
    ensure!(
        notes.contains(&format!("Dialplane manages integrations in: {served}.")),
        "{notes}"
    );
    let manifest = plane
        .helm(&["get", "manifest", "limited-dialplane", "--namespace", &home])
        .ok()?;
    ensure!(!manifest.contains("ClusterRole"), "{manifest}");
    Ok(())
}

/// The remedy of Forbidden, as docs/troubleshooting.md gives it.
#[tokio::test]
async fn an_upgrade_puts_rights_right_that_somebody_edited() -> Result<()> {
    let plane = ControlPlane::shared().await;
    let (home, served) = (plane.namespace("home").await, plane.namespace("served").await);
    let limited = format!("watchNamespaces=[\"{served}\"]");
    let values = [
        "crds.install=false",
        "locks.enabled=false",
        "replicaCount=0",
        &limited,
    ];
    helm(&plane, &["install", "dialplane", CHART], &home, &values).ok()?;
    let rules = || {
        let role = [
            "get",
            "role",
            "dialplane",
            "-n",
            &served,
            "-o",
            "jsonpath={.rules}",
        ];
        plane.kubectl(&role).ok()
    };
    let before = rules()?;
    let edit = [
        "patch",
        "role",
        "dialplane",
        "-n",
        &served,
        "--field-manager=kubectl-edit",
        "--type=json",
        "-p",
        r#"[{"op": "replace", "path": "/rules/0/verbs", "value": ["get"]}]"#,
    ];
    plane.kubectl(&edit).ok()?;
    ensure!(rules()? != before);

    let refused = helm(&plane, &["upgrade", "dialplane", CHART], &home, &[]);
    ensure!(
        refused.stderr.contains("conflict with \"kubectl-edit\""),
        "{}",
        refused.stderr
    );
    let manual = std::fs::read_to_string(repository().join("docs/troubleshooting.md"))?;
    let remedy = manual
        .lines()
        .find_map(|line| line.strip_prefix("    helm upgrade dialplane charts/dialplane "));
    let remedy = remedy
        .context("the manual has no remedy")?
        .replace("dialplane-system", &home);
    let typed: Vec<&str> = ["upgrade", "dialplane", CHART]
        .into_iter()
        .chain(remedy.split(' '))
        .collect();
    plane.helm(&typed).ok()?;
    assert_eq!(rules()?, before);
    Ok(())
}
