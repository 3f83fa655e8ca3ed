//! What makes the operator reachable for Google, and nothing else reachable for anybody.

use anyhow::{Context as _, Result, ensure};
use dialplane_test_harness::ControlPlane;
use serde_json::{Value, json};

use super::{CHART, deployment, helm, of_kind, rendered};

const PUBLIC_URL: &str = "publicUrl=\"https://dialplane.acme.example:8443\"";
const HOST: &str = "dialplane.acme.example";

#[tokio::test]
async fn the_operator_is_told_only_when_there_is_one() -> Result<()> {
    let plane = ControlPlane::shared().await;
    let env = |values: &[&str]| -> Result<Value> {
        let objects = rendered(&plane, values)?;
        Ok(deployment(&objects)?["spec"]["template"]["spec"]["containers"][0]["env"].clone())
    };
    assert_eq!(env(&[])?, Value::Null);
    let told = json!({"name": "DIALPLANE_PUBLIC_URL", "value": "https://dialplane.acme.example:8443"});
    assert_eq!(env(&[PUBLIC_URL])?, json!([told]));
    let more = "extraEnv=[{\"name\":\"HTTPS_PROXY\",\"value\":\"http://proxy.example:3128\"}]";
    let proxy = json!({"name": "HTTPS_PROXY", "value": "http://proxy.example:3128"});
    assert_eq!(env(&[PUBLIC_URL, more])?, json!([told, proxy]));
    assert_eq!(env(&[more])?, json!([proxy]));
    Ok(())
}

#[tokio::test]
async fn an_ingress_leads_to_the_push_paths_only() -> Result<()> {
    let plane = ControlPlane::shared().await;
    assert_eq!(of_kind(&rendered(&plane, &[PUBLIC_URL])?, "Ingress").count(), 0);
    let objects = rendered(
        &plane,
        &[
            PUBLIC_URL,
            "ingress={\"enabled\":true,\"className\":\"nginx\",\"annotations\":{\"a\":\"b\"}}",
            "ingress.tls=[{\"hosts\":[\"dialplane.acme.example\"],\"secretName\":\"tls\"}]",
        ],
    )?;
    let ingress = of_kind(&objects, "Ingress").next().context("no Ingress")?;
    let service = of_kind(&objects, "Service").next().context("no Service")?;
    assert_eq!(ingress["metadata"]["annotations"], json!({"a": "b"}));
    let backend = json!({"service": {"name": service["metadata"]["name"], "port": {"name": service["spec"]["ports"][0]["name"]}}});
    let expected = json!({
        "ingressClassName": "nginx",
        "tls": [{"hosts": [HOST], "secretName": "tls"}],
        "rules": [{"host": HOST, "http": {"paths": [{"path": "/push/", "pathType": "Prefix", "backend": backend}]}}],
    });
    assert_eq!(ingress["spec"], expected);
    Ok(())
}

#[tokio::test]
async fn a_route_leads_to_the_push_paths_only() -> Result<()> {
    let plane = ControlPlane::shared().await;
    assert_eq!(of_kind(&rendered(&plane, &[PUBLIC_URL])?, "HTTPRoute").count(), 0);
    let gateway =
        "gateway={\"enabled\":true,\"parentRefs\":[{\"name\":\"public\",\"namespace\":\"gateways\"}]}";
    let route = |values: &[&str]| -> Result<Value> {
        let objects = rendered(
            &plane,
            &[&[PUBLIC_URL, gateway, "service.port=9090"], values].concat(),
        )?;
        let route = of_kind(&objects, "HTTPRoute").next().context("no HTTPRoute")?;
        assert_eq!(route["apiVersion"], "gateway.networking.k8s.io/v1");
        Ok(route["spec"].clone())
    };
    let expected = json!({
        "parentRefs": [{"name": "public", "namespace": "gateways"}],
        "hostnames": [HOST],
        "rules": [{
            "matches": [{"path": {"type": "PathPrefix", "value": "/push/"}}],
            "backendRefs": [{"name": "dialplane", "port": 9090}],
        }],
    });
    assert_eq!(route(&[])?, expected);
    let own = route(&["gateway.hostnames=[\"push.acme.example\"]"])?;
    assert_eq!(own["hostnames"], json!(["push.acme.example"]));
    Ok(())
}

#[tokio::test]
async fn what_cannot_work_is_refused_with_the_remedy() -> Result<()> {
    let plane = ControlPlane::shared().await;
    let table: [(&[&str], &str); 4] = [
        (
            &["ingress.enabled=true"],
            "ingress.enabled requires publicUrl, the URL at which Google reaches the operator: set publicUrl",
        ),
        (
            &["gateway={\"enabled\":true,\"parentRefs\":[{\"name\":\"public\"}]}"],
            "gateway.enabled requires publicUrl, the URL at which Google reaches the operator: set publicUrl",
        ),
        (
            &[PUBLIC_URL, "gateway.enabled=true"],
            "gateway.enabled requires gateway.parentRefs",
        ),
        (
            &[
                PUBLIC_URL,
                "ingress.enabled=true",
                "networkPolicy={\"enabled\":true,\"ingressFrom\":[{\"podSelector\":{}}]}",
            ],
            "set networkPolicy.proxyFrom to the pods of the proxy",
        ),
    ];
    for (values, remedy) in table {
        let output = helm(&plane, &["template", "dialplane", CHART], "x", values);
        ensure!(!output.success(), "{values:?} was accepted");
        ensure!(output.stderr.contains(remedy), "{values:?}: {}", output.stderr);
    }
    Ok(())
}

#[tokio::test]
async fn the_network_policy_lets_the_proxy_in() -> Result<()> {
    let plane = ControlPlane::shared().await;
    let port = |name: &str, values: &[&str]| -> Result<Value> {
        let enabled = ["networkPolicy.enabled=true", PUBLIC_URL];
        let objects = rendered(&plane, &[&enabled, values].concat())?;
        let policy = of_kind(&objects, "NetworkPolicy").next().context("none")?;
        let rules = policy["spec"]["ingress"].as_array().context("no rules")?;
        let rule = rules.iter().find(|rule| rule["ports"][0]["port"] == name);
        Ok(rule.context("no rule")?["from"].clone())
    };
    let from = |values: &[&str]| port("http", values);
    let scraper = json!({"podSelector": {"matchLabels": {"app": "prometheus"}}});
    let proxy = json!({"namespaceSelector": {"matchLabels": {"name": "ingress"}}});
    let scraper_value = format!("networkPolicy.ingressFrom=[{scraper}]");
    let proxy_value = format!("networkPolicy.proxyFrom=[{proxy}]");
    let gateway = "gateway={\"enabled\":true,\"parentRefs\":[{\"name\":\"public\"}]}";
    assert_eq!(from(&[])?, Value::Null, "everybody");
    assert_eq!(from(&["ingress.enabled=true"])?, Value::Null, "everybody");
    assert_eq!(from(&[&scraper_value, &proxy_value])?, json!([scraper]));
    for route in ["ingress.enabled=true", gateway] {
        assert_eq!(
            from(&[&scraper_value, &proxy_value, route])?,
            json!([scraper, proxy])
        );
        let metrics = port("metrics", &[&scraper_value, &proxy_value, route])?;
        assert_eq!(metrics, json!([scraper]), "metrics are not the proxy's business");
    }
    Ok(())
}
