//! Which rights the chart gives: these and no others.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use dialplane_test_harness::ControlPlane;
use k8s_openapi::api::authorization::v1::{ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec};
use kube::api::{Api, PostParams};

use super::{CHART, helm, of_kind, rendered};

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
