//! The Helm chart on a real API server: what it refuses, what it renders, what it installs, and exactly which rights it gives.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use dialplane_test_harness::{CommandOutput, ControlPlane, ControlPlaneOptions, repository};
use k8s_openapi::api::authorization::v1::{ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec};
use kube::api::{Api, PostParams};
use serde::Deserialize as _;
use serde_json::{Value, json};

const CHART: &str = "charts/dialplane";
const CRDS: [&str; 2] = [
    "googleworkspaceintegrations.dialplane.io",
    "pbxextensions.dialplane.io",
];

fn helm(plane: &ControlPlane, verb: &[&str], namespace: &str, values: &[&str]) -> CommandOutput {
    let mut args = [verb, &["--namespace", namespace]].concat();
    args.extend(values.iter().flat_map(|value| ["--set-json", value]));
    plane.helm(&args)
}

fn template(plane: &ControlPlane, release: &str, values: &[&str]) -> Result<String> {
    helm(plane, &["template", release, CHART], "dialplane-system", values).ok()
}

fn documents(yaml: &str) -> Result<Vec<Value>> {
    let values: Result<Vec<Value>, _> = serde_yaml::Deserializer::from_str(yaml)
        .map(Value::deserialize)
        .collect();
    Ok(values?.into_iter().filter(|value| !value.is_null()).collect())
}

fn rendered(plane: &ControlPlane, values: &[&str]) -> Result<Vec<Value>> {
    documents(&template(plane, "dialplane", values)?)
}

fn of_kind<'a>(objects: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    objects.iter().filter(move |object| object["kind"] == kind)
}

fn deployment(objects: &[Value]) -> Result<&Value> {
    of_kind(objects, "Deployment").next().context("no Deployment")
}

fn args_of(objects: &[Value]) -> Result<Vec<String>> {
    Ok(serde_json::from_value(
        deployment(objects)?["spec"]["template"]["spec"]["containers"][0]["args"].clone(),
    )?)
}

// ---- what is in the files ----------------------------------------------------------------------

#[tokio::test]
async fn helm_lints_it_strictly() -> Result<()> {
    let plane = ControlPlane::shared().await;
    plane.helm(&["lint", CHART, "--strict"]).ok()?;
    plane
        .helm(&[
            "lint",
            CHART,
            "--strict",
            "--set-json",
            r#"watchNamespaces=["a","b"]"#,
        ])
        .ok()?;
    Ok(())
}

#[test]
fn its_version_is_the_operators() -> Result<()> {
    let chart: Value =
        serde_yaml::from_str(&fs::read_to_string(repository().join(CHART).join("Chart.yaml"))?)?;
    assert_eq!(chart["appVersion"], env!("CARGO_PKG_VERSION"));
    assert_eq!(chart["version"], env!("CARGO_PKG_VERSION"));
    Ok(())
}

#[test]
fn every_value_has_a_comment_and_a_place_in_the_schema() -> Result<()> {
    let chart = repository().join(CHART);
    let text = fs::read_to_string(chart.join("values.yaml"))?;
    let lines: Vec<&str> = text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let is_leaf = line.split_once(':').is_some_and(|(_, value)| !value.is_empty())
            && !line.trim_start().starts_with('#');
        let in_resources = ["cpu:", "memory:"]
            .iter()
            .any(|key| line.trim_start().starts_with(key));
        let commented = index > 0 && lines[index - 1].trim_start().starts_with('#');
        assert!(
            !is_leaf || in_resources || commented,
            "values.yaml line {}: `{line}` has no comment",
            index + 1
        );
    }
    let values: BTreeMap<String, Value> = serde_yaml::from_str(&text)?;
    let schema: Value = serde_json::from_str(&fs::read_to_string(chart.join("values.schema.json"))?)?;
    let known = schema["properties"]
        .as_object()
        .context("the schema has no properties")?;
    let known: BTreeSet<&str> = known
        .keys()
        .map(String::as_str)
        .filter(|key| *key != "global")
        .collect();
    assert_eq!(values.keys().map(String::as_str).collect::<BTreeSet<_>>(), known);
    Ok(())
}

fn files_in(folder: &Path) -> Result<BTreeMap<String, String>> {
    let paths = fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))?;
    paths
        .map(|entry| {
            let entry = entry?;
            Ok((
                entry.file_name().to_string_lossy().into_owned(),
                fs::read_to_string(entry.path())?,
            ))
        })
        .collect()
}

#[tokio::test]
async fn it_carries_the_generated_definitions_unchanged() -> Result<()> {
    let generated = files_in(&repository().join("crds"))?;
    assert_eq!(
        generated,
        files_in(&repository().join(CHART).join("files/crds"))?,
        "run `make crds`"
    );
    let plane = ControlPlane::shared().await;
    let objects = rendered(&plane, &[])?;
    let shipped: BTreeMap<_, _> = of_kind(&objects, "CustomResourceDefinition")
        .map(name_and_spec)
        .collect();
    assert_eq!(shipped.len(), generated.len());
    for text in generated.values() {
        let (name, spec) = name_and_spec(&serde_yaml::from_str(text)?);
        ensure!(
            shipped.get(&name) == Some(&spec),
            "the template changes the spec of {name}"
        );
    }
    Ok(())
}

fn name_and_spec(crd: &Value) -> (String, Value) {
    (
        crd["metadata"]["name"].to_string(),
        with_plain_numbers(&crd["spec"]),
    )
}

/// -1.0 and -1 are the same to the API server, and Helm writes the shorter.
fn with_plain_numbers(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.iter().map(with_plain_numbers).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, field)| (key.clone(), with_plain_numbers(field)))
            .collect(),
        other => other.clone(),
    }
}

// ---- what it refuses ---------------------------------------------------------------------------

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
        ("log.format=\"xml\"", "/log/format"),
        ("log.level=\"info --google-endpoint=x\"", "/log/level"),
        ("http.port=80", "/http/port"),
        ("http.address=\"localhost\"", "/http/address"),
        ("service.type=\"LoadBalancer\"", "/service/type"),
        ("service.port=70000", "/service/port"),
        (
            "networkPolicy.apiServerPorts=[\"https\"]",
            "/networkPolicy/apiServerPorts/0",
        ),
        ("networkPolicy.ingressFrom=[{}]", "/networkPolicy/ingressFrom/0"),
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

// ---- what it renders ---------------------------------------------------------------------------

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
        "log={\"format\":\"text\",\"level\":\"info,dialplane=debug\"}".to_owned(),
        format!("image={{\"tag\":\"v9\",\"digest\":\"{digest}\"}}"),
        "replicaCount=0".to_owned(),
    ];
    let changed = rendered(&plane, &set.each_ref().map(String::as_str))?;
    let expected = [
        "run",
        "--http-address=[::]:9000",
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

#[tokio::test]
async fn the_api_server_takes_every_rendering_without_a_warning() -> Result<()> {
    let plane = ControlPlane::shared().await;
    let namespace = plane.namespace("render").await;
    let everything = [
        &format!("watchNamespaces=[\"{namespace}\"]"),
        "networkPolicy={\"enabled\":true,\"ingressFrom\":[{\"namespaceSelector\":{}}]}",
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

// ---- what it installs --------------------------------------------------------------------------

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

    release("upgrade", &["crds.install=true"])?;
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
    let extension = json!({
        "apiVersion": "dialplane.io/v1alpha1", "kind": "PbxExtension",
        "metadata": {"name": "acme-1001", "namespace": namespace}, "spec": {"tenant": "acme", "number": "1001"},
    });
    plane
        .kubectl_stdin(&["create", "-f", "-"], &extension.to_string())
        .ok()?;

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
    ensure!(notes.contains("Careful: crds.keep is false"), "{notes}");
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

    let notes = helm(&plane, &install, &home, &["crds.install=false", &limited]).ok()?;
    ensure!(
        notes.contains(&format!("It serves integrations in: {served}.")),
        "{notes}"
    );
    let manifest = plane
        .helm(&["get", "manifest", "limited-dialplane", "--namespace", &home])
        .ok()?;
    ensure!(!manifest.contains("ClusterRole"), "{manifest}");
    Ok(())
}

// ---- which rights it gives ---------------------------------------------------------------------

const VERBS: [&str; 11] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "bind",
    "escalate",
    "impersonate",
];

/// Group, resource, subresource, and the verbs that the operator has. Every verb that is not named is denied.
const RIGHTS: [(&str, &str, &str, &[&str]); 19] = [
    (
        "dialplane.io",
        "googleworkspaceintegrations",
        "",
        &["get", "list", "watch", "patch"],
    ),
    (
        "dialplane.io",
        "googleworkspaceintegrations",
        "status",
        &["patch"],
    ),
    ("dialplane.io", "googleworkspaceintegrations", "finalizers", &[]),
    (
        "dialplane.io",
        "pbxextensions",
        "",
        &["get", "list", "watch", "create", "patch", "delete"],
    ),
    ("dialplane.io", "pbxextensions", "status", &[]),
    ("", "secrets", "", &["get"]),
    ("", "configmaps", "", &["get", "create", "patch"]),
    ("events.k8s.io", "events", "", &["create", "patch"]),
    ("", "events", "", &[]),
    ("", "pods", "", &[]),
    ("", "pods", "exec", &[]),
    ("", "services", "", &[]),
    ("", "serviceaccounts", "token", &[]),
    ("", "namespaces", "", &[]),
    ("apps", "deployments", "", &[]),
    ("coordination.k8s.io", "leases", "", &[]),
    ("rbac.authorization.k8s.io", "roles", "", &[]),
    ("rbac.authorization.k8s.io", "clusterroles", "", &[]),
    ("apiextensions.k8s.io", "customresourcedefinitions", "", &[]),
];

/// Every verb on every resource of the table, as the API server's authorizer answers. An empty namespace is the cluster.
async fn allowed(plane: &ControlPlane, account: (&str, &str), namespace: &str) -> Result<BTreeSet<String>> {
    let reviews: Api<SubjectAccessReview> = Api::all(plane.client().await);
    let mut answers = BTreeSet::new();
    for (group, resource, subresource, _) in RIGHTS {
        for verb in VERBS {
            let attributes = ResourceAttributes {
                group: Some(group.to_owned()),
                resource: Some(resource.to_owned()),
                subresource: Some(subresource.to_owned()),
                verb: Some(verb.to_owned()),
                namespace: Some(namespace.to_owned()),
                ..ResourceAttributes::default()
            };
            let spec = SubjectAccessReviewSpec {
                user: Some(format!("system:serviceaccount:{}:{}", account.0, account.1)),
                groups: Some(vec![
                    "system:serviceaccounts".to_owned(),
                    format!("system:serviceaccounts:{}", account.0),
                    "system:authenticated".to_owned(),
                ]),
                resource_attributes: Some(attributes),
                ..SubjectAccessReviewSpec::default()
            };
            let review = SubjectAccessReview {
                spec,
                ..SubjectAccessReview::default()
            };
            if reviews
                .create(&PostParams::default(), &review)
                .await?
                .status
                .is_some_and(|status| status.allowed)
            {
                answers.insert(format!("{verb} {resource}.{group}/{subresource}"));
            }
        }
    }
    Ok(answers)
}

fn declared() -> BTreeSet<String> {
    let entry = |&(group, resource, subresource, verbs): &(&str, &str, &str, &'static [&'static str])| {
        let place = format!("{resource}.{group}/{subresource}");
        verbs
            .iter()
            .map(move |verb| format!("{verb} {place}"))
            .collect::<Vec<_>>()
    };
    RIGHTS.iter().flat_map(entry).collect()
}

#[tokio::test]
async fn cluster_wide_rights_are_these_and_no_others() -> Result<()> {
    let plane = ControlPlane::shared().await;
    let (home, elsewhere) = (plane.namespace("home").await, plane.namespace("elsewhere").await);
    helm(
        &plane,
        &["install", "rights-dialplane", CHART],
        &home,
        &["crds.install=false"],
    )
    .ok()?;
    let account = (home.as_str(), "rights-dialplane");
    for namespace in [home.as_str(), elsewhere.as_str(), ""] {
        assert_eq!(
            allowed(&plane, account, namespace).await?,
            declared(),
            "in {namespace:?}"
        );
    }
    // What people would type says the same.
    let person = format!("--as=system:serviceaccount:{home}:rights-dialplane");
    let can_i = |verb, resource| {
        plane
            .kubectl(&["auth", "can-i", verb, resource, "-n", &elsewhere, &person])
            .stdout
    };
    assert_eq!(can_i("get", "secrets").trim(), "yes");
    assert_eq!(can_i("list", "secrets").trim(), "no");
    plane
        .helm(&["uninstall", "rights-dialplane", "--namespace", &home])
        .ok()?;
    assert_eq!(
        allowed(&plane, account, &elsewhere).await?,
        BTreeSet::new(),
        "nothing is left behind"
    );
    Ok(())
}

#[tokio::test]
async fn limited_rights_are_the_same_in_those_namespaces_and_none_elsewhere() -> Result<()> {
    let plane = ControlPlane::shared().await;
    let (home, one, two) = (
        plane.namespace("home").await,
        plane.namespace("one").await,
        plane.namespace("two").await,
    );
    let limited = format!("watchNamespaces=[\"{one}\",\"{two}\"]");
    helm(
        &plane,
        &["install", "narrow-dialplane", CHART],
        &home,
        &["crds.install=false", &limited],
    )
    .ok()?;
    let account = (home.as_str(), "narrow-dialplane");
    for (namespace, expected) in [
        (one.as_str(), declared()),
        (&two, declared()),
        (&home, BTreeSet::new()),
        ("", BTreeSet::new()),
    ] {
        assert_eq!(
            allowed(&plane, account, namespace).await?,
            expected,
            "in {namespace:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn no_rule_has_a_wildcard_and_both_modes_have_the_same_rules() -> Result<()> {
    let plane = ControlPlane::shared().await;
    let (wide, narrow) = (
        rendered(&plane, &[])?,
        rendered(&plane, &["watchNamespaces=[\"a\"]"])?,
    );
    let wide = &of_kind(&wide, "ClusterRole").next().context("no ClusterRole")?["rules"];
    ensure!(!wide.to_string().contains('*'), "{wide}");
    assert_eq!(
        wide,
        &of_kind(&narrow, "Role").next().context("no Role")?["rules"]
    );
    assert_eq!(
        of_kind(&narrow, "ClusterRole")
            .chain(of_kind(&narrow, "ClusterRoleBinding"))
            .count(),
        0
    );
    assert_eq!(
        of_kind(&rendered(&plane, &["rbac.create=false"])?, "ClusterRole").count(),
        0
    );
    Ok(())
}
