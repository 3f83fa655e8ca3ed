//! What the schema of the values refuses.

use anyhow::{Result, ensure};
use dialplane_test_harness::ControlPlane;

use super::{CHART, helm};

#[tokio::test]
async fn its_schema_refuses_values_that_cannot_work() -> Result<()> {
    let plane = ControlPlane::shared().await;
    let refused = [
        ("replicaCount=2", "/replicaCount"),
        ("replicaCount=\"1\"", "/replicaCount"),
        ("replicas=1", "replicas"),
        ("watchNamespaces=\"a\"", "/watchNamespaces"),
        ("watchNamespaces=[\"a\",\"a\"]", "/watchNamespaces"),
        ("watchNamespaces=[\"Not_A_Name\"]", "/watchNamespaces/0"),
        ("watchNamespaces=[\"\"]", "/watchNamespaces/0"),
        ("image.repository=\"\"", "/image/repository"),
        ("image.repository=\"ghcr.io/x@sha256:1\"", "/image/repository"),
        ("image.tag=\"a b\"", "/image/tag"),
        ("image.tag=1", "/image/tag"),
        ("image.digest=\"sha256:abc\"", "/image/digest"),
        ("image.pullPolicy=\"Sometimes\"", "/image/pullPolicy"),
        ("image.name=\"x\"", "/image"),
        ("imagePullSecrets=[\"x\"]", "/imagePullSecrets/0"),
        ("crds.install=\"yes\"", "/crds/install"),
        ("crds.enabled=true", "/crds"),
        ("serviceAccount.name=\"A B\"", "/serviceAccount/name"),
        (
            "serviceAccount.annotations={\"a\":1}",
            "/serviceAccount/annotations/a",
        ),
        ("rbac.clusterWide=true", "/rbac"),
        ("rbac.aggregate.view=\"true\"", "/rbac/aggregate/view"),
        ("locks=false", "/locks"),
        ("locks.exemptUsers=[\"\"]", "/locks/exemptUsers/0"),
        ("publicUrl=\"http://dialplane.acme.example\"", "/publicUrl"),
        ("publicUrl=\"https://dialplane.acme.example/\"", "/publicUrl"),
        ("publicUrl=\"https://dialplane.acme.example/path\"", "/publicUrl"),
        ("publicUrl=\"https://dialplane\"", "/publicUrl"),
        ("publicUrl=\"https://192.0.2.1\"", "/publicUrl"),
        ("publicUrl=\"https://user@dialplane.acme.example\"", "/publicUrl"),
        ("ingress.path=\"/\"", "/ingress"),
        ("ingress.className=\"A B\"", "/ingress/className"),
        ("ingress.tls=[{\"secret\":\"x\"}]", "/ingress/tls/0"),
        (
            "gateway.parentRefs=[{\"namespace\":\"x\"}]",
            "/gateway/parentRefs/0",
        ),
        (
            "gateway.hostnames=[\"https://x.example\"]",
            "/gateway/hostnames/0",
        ),
        ("log.format=\"xml\"", "/log/format"),
        ("log.level=\"info --google-endpoint=x\"", "/log/level"),
        ("http.port=80", "/http/port"),
        ("http.address=\"localhost\"", "/http/address"),
        ("metrics.port=80", "/metrics/port"),
        ("service.metricsPort=0", "/service/metricsPort"),
        ("service.type=\"LoadBalancer\"", "/service/type"),
        ("service.port=70000", "/service/port"),
        (
            "networkPolicy.apiServerPorts=[\"https\"]",
            "/networkPolicy/apiServerPorts/0",
        ),
        ("networkPolicy.ingressFrom=[{}]", "/networkPolicy/ingressFrom/0"),
        ("networkPolicy.proxyFrom=[{}]", "/networkPolicy/proxyFrom/0"),
        (
            "resources.requests={\"memory\":\"lots\"}",
            "/resources/requests/memory",
        ),
        ("livenessProbe.periodSeconds=0", "/livenessProbe/periodSeconds"),
        ("readinessProbe.httpGet={}", "/readinessProbe"),
        (
            "terminationGracePeriodSeconds=0",
            "/terminationGracePeriodSeconds",
        ),
        ("podAnnotations={\"a\":true}", "/podAnnotations/a"),
        ("podLabels={\"a\":1}", "/podLabels/a"),
        ("extraEnv=[{\"value\":\"x\"}]", "/extraEnv/0"),
        ("extraEnv=[{\"name\":\"A=B\"}]", "/extraEnv/0/name"),
        ("nodeSelector={\"a\":1}", "/nodeSelector/a"),
        ("tolerations={}", "/tolerations"),
        ("priorityClassName=\"High!\"", "/priorityClassName"),
        ("fullnameOverride=\"Dialplane\"", "/fullnameOverride"),
    ];
    for (value, place) in refused {
        let output = helm(&plane, &["template", "dialplane", CHART], "x", &[value]);
        ensure!(!output.success(), "{value} was accepted");
        ensure!(
            output.stderr.contains("values don't meet the specifications"),
            "{value}: {}",
            output.stderr
        );
        ensure!(
            output.stderr.contains(place),
            "{value} does not point to {place}: {}",
            output.stderr
        );
    }
    Ok(())
}
