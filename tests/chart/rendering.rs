//! What the chart renders.

use anyhow::{Context as _, Result, ensure};
use dialplane_test_harness::{CommandOutput, ControlPlane};
use serde_json::{Value, json};

use super::{CHART, deployment, documents, helm, of_kind, rendered, template};

fn args_of(objects: &[Value]) -> Result<Vec<String>> {
    Ok(serde_json::from_value(
        deployment(objects)?["spec"]["template"]["spec"]["containers"][0]["args"].clone(),
    )?)
}

#[tokio::test]
async fn names_follow_the_release() -> Result<()> {
    let plane = ControlPlane::shared().await;
    let table = [
        ("dialplane", "", "dialplane"),
        ("voice", "", "voice-dialplane"),
        ("dialplane", "fullnameOverride=\"pbx\"", "pbx"),
        ("dialplane", "serviceAccount.name=\"robot\"", "robot"),
        (
            "dialplane",
            "serviceAccount={\"create\":false,\"name\":\"theirs\"}",
            "theirs",
        ),
        ("dialplane", "serviceAccount.create=false", "default"),
    ];
    for (release, value, expected) in table {
        let values: &[&str] = if value.is_empty() { &[] } else { &[value] };
        let objects = documents(&template(&plane, release, values)?)?;
        let account = &deployment(&objects)?["spec"]["template"]["spec"]["serviceAccountName"];
        assert_eq!(account, expected, "{release} {value}");
        let subject = of_kind(&objects, "ClusterRoleBinding")
            .next()
            .context("no binding")?;
        assert_eq!(&subject["subjects"][0]["name"], account);
        let created = of_kind(&objects, "ServiceAccount")
            .next()
            .map(|found| &found["metadata"]["name"]);
        assert_eq!(created.is_some(), !value.contains("false"), "{value}");
        assert!(created.is_none_or(|name| name == account), "{value}");
    }
    Ok(())
}

#[tokio::test]
async fn values_reach_the_command_line_and_the_image() -> Result<()> {
    let plane = ControlPlane::shared().await;
    let plain = rendered(&plane, &[])?;
    assert_eq!(
        args_of(&plain)?,
        [
            "run",
            "--http-address=0.0.0.0:8080",
            "--metrics-address=0.0.0.0:8081",
            "--break-glass-duration=1h",
            "--log-format=json",
            "--log-level=info"
        ]
    );
    assert_eq!(deployment(&plain)?["spec"]["replicas"], 1);
    assert_eq!(
        deployment(&plain)?["spec"]["strategy"],
        json!({"type": "Recreate"})
    );
    let image = |objects: &[Value]| {
        deployment(objects).map(|found| found["spec"]["template"]["spec"]["containers"][0]["image"].clone())
    };
    assert_eq!(
        image(&plain)?,
        concat!("ghcr.io/dialplane/dialplane:", env!("CARGO_PKG_VERSION"))
    );

    let digest = format!("sha256:{}", "a".repeat(64));
    let set = [
        "watchNamespaces=[\"a\",\"b\"]".to_owned(),
        "http={\"address\":\"[::]\",\"port\":9000}".to_owned(),
        "metrics.port=9001".to_owned(),
        "log={\"format\":\"text\",\"level\":\"info,dialplane=debug\"}".to_owned(),
        format!("image={{\"tag\":\"v9\",\"digest\":\"{digest}\"}}"),
        "replicaCount=0".to_owned(),
    ];
    let changed = rendered(&plane, &set.each_ref().map(String::as_str))?;
    let expected = [
        "run",
        "--http-address=[::]:9000",
        "--metrics-address=[::]:9001",
        "--break-glass-duration=1h",
        "--log-format=text",
        "--log-level=info,dialplane=debug",
        "--namespace=a",
        "--namespace=b",
    ];
    assert_eq!(args_of(&changed)?, expected);
    assert_eq!(
        image(&changed)?,
        format!("ghcr.io/dialplane/dialplane:v9@{digest}")
    );
    assert_eq!(deployment(&changed)?["spec"]["replicas"], 0);
    Ok(())
}

/// Strangers reach the port of the HTTP server; the kubelet and the scraper come by another one.
#[tokio::test]
async fn probes_and_metrics_have_a_port_of_their_own() -> Result<()> {
    let plane = ControlPlane::shared().await;
    let objects = rendered(&plane, &[])?;
    let container = &deployment(&objects)?["spec"]["template"]["spec"]["containers"][0];
    for probe in ["livenessProbe", "readinessProbe"] {
        assert_eq!(container[probe]["httpGet"]["port"], "metrics");
    }
    let service = of_kind(&objects, "Service").next().context("no Service")?;
    assert_eq!(
        service["spec"]["ports"],
        json!([
            {"name": "http", "port": 8080, "targetPort": "http", "protocol": "TCP"},
            {"name": "metrics", "port": 8081, "targetPort": "metrics", "protocol": "TCP"},
        ])
    );
    let same = helm(
        &plane,
        &["template", "dialplane", CHART],
        "x",
        &["metrics.port=8080"],
    );
    ensure!(!same.success() && same.stderr.contains("http.port and metrics.port must differ"));
    Ok(())
}

#[tokio::test]
async fn the_api_server_takes_every_rendering_without_a_warning() -> Result<()> {
    let plane = ControlPlane::shared().await;
    let namespace = plane.namespace("render").await;
    let everything = [
        &format!("watchNamespaces=[\"{namespace}\"]"),
        "networkPolicy={\"enabled\":true,\"ingressFrom\":[{\"namespaceSelector\":{}}],\"proxyFrom\":[{\"podSelector\":{}}]}",
        "locks.exemptUsers=[\"restore@acme.example\"]",
        "publicUrl=\"https://dialplane.acme.example\"",
        "ingress={\"enabled\":true,\"className\":\"nginx\",\"annotations\":{\"a\":\"b\"}}",
        "ingress.tls=[{\"hosts\":[\"dialplane.acme.example\"],\"secretName\":\"tls\"}]",
        "imagePullSecrets=[{\"name\":\"registry\"}]",
        "serviceAccount.annotations={\"a\":\"b\"}",
        "service={\"type\":\"NodePort\",\"annotations\":{\"prometheus.io/scrape\":\"true\"}}",
        "deploymentAnnotations={\"a\":\"b\"}",
        "podAnnotations={\"a\":\"b\"}",
        "podLabels={\"team\":\"voice\"}",
        "extraEnv=[{\"name\":\"HTTPS_PROXY\",\"value\":\"http://proxy.example:3128\"}]",
        "priorityClassName=\"system-cluster-critical\"",
        "nodeSelector={\"kubernetes.io/os\":\"linux\"}",
        "tolerations=[{\"operator\":\"Exists\"}]",
        "affinity={\"nodeAffinity\":{}}",
        "livenessProbe.initialDelaySeconds=5",
    ];
    for values in [&[][..], &["crds.keep=false"], &everything] {
        let yaml = helm(&plane, &["template", "render", CHART], &namespace, values).ok()?;
        let dry_run = [
            "apply",
            "--server-side",
            "--dry-run=server",
            "--validate=strict",
            "--warnings-as-errors",
            "-n",
            &namespace,
            "-f",
            "-",
        ];
        plane
            .kubectl_stdin(&dry_run, &yaml)
            .ok()
            .with_context(|| format!("{values:?}\n{yaml}"))?;
    }
    Ok(())
}

#[tokio::test]
async fn the_pod_meets_the_restricted_pod_security_standard() -> Result<()> {
    let plane = ControlPlane::shared().await;
    let namespace = plane.namespace("restricted").await;
    let label = "pod-security.kubernetes.io/enforce=restricted";
    plane
        .kubectl(&[
            "label",
            "namespace",
            &namespace,
            label,
            "pod-security.kubernetes.io/enforce-version=latest",
        ])
        .ok()?;
    let objects = rendered(&plane, &["networkPolicy.enabled=true"])?;
    let pod = |change: &dyn Fn(&mut Value)| -> Result<CommandOutput> {
        let mut pod = deployment(&objects)?["spec"]["template"].clone();
        pod["apiVersion"] = json!("v1");
        pod["kind"] = json!("Pod");
        pod["metadata"]["name"] = json!("dialplane");
        change(&mut pod);
        Ok(plane.kubectl_stdin(
            &["create", "--dry-run=server", "-n", &namespace, "-f", "-"],
            &pod.to_string(),
        ))
    };
    pod(&|_| ())?.ok()?;
    // The standard does not ask for these two; we do.
    let container = &deployment(&objects)?["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
    assert_eq!(
        of_kind(&objects, "ServiceAccount").next().context("none")?["automountServiceAccountToken"],
        false
    );
    // The control: without its security context the same pod is refused, so the namespace does enforce.
    let refused = pod(&|pod| pod["spec"]["securityContext"] = json!({}))?;
    ensure!(
        refused.stderr.contains("violates PodSecurity"),
        "{}",
        refused.stderr
    );
    Ok(())
}
