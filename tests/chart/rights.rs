//! Which rights the chart gives: these and no others.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use dialplane_test_harness::ControlPlane;
use k8s_openapi::api::authorization::v1::{ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec};
use kube::api::{Api, PostParams};
use serde_json::{Value, json};

use super::{CHART, helm, of_kind, rendered};

const VERBS: [&str; 14] = [
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
    "break-glass",
    "configure",
    "approve",
];

/// Group, resource, subresource, and the verbs that somebody has. Every verb that is not named is denied.
pub(crate) type Rights<'a> = [(&'a str, &'a str, &'a str, &'a [&'a str])];

/// What the operator may.
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
    ("", "configmaps", "", &["get", "create", "patch", "delete"]),
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
pub(crate) async fn allowed(
    plane: &ControlPlane,
    rights: &Rights<'_>,
    user: &str,
    namespace: &str,
) -> Result<BTreeSet<String>> {
    let reviews: Api<SubjectAccessReview> = Api::all(plane.client().await);
    let mut answers = BTreeSet::new();
    for &(group, resource, subresource, _) in rights {
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
                user: Some(user.to_owned()),
                groups: Some(groups(user)),
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

/// The groups that the API server gives such a user.
fn groups(user: &str) -> Vec<String> {
    let mut groups = vec!["system:authenticated".to_owned()];
    if let Some((namespace, _)) = user
        .strip_prefix("system:serviceaccount:")
        .and_then(|account| account.split_once(':'))
    {
        groups.push("system:serviceaccounts".to_owned());
        groups.push(format!("system:serviceaccounts:{namespace}"));
    }
    groups
}

pub(crate) fn declared(rights: &Rights<'_>) -> BTreeSet<String> {
    rights
        .iter()
        .flat_map(|&(group, resource, subresource, verbs)| {
            verbs
                .iter()
                .map(move |verb| format!("{verb} {resource}.{group}/{subresource}"))
        })
        .collect()
}

#[tokio::test]
async fn cluster_wide_rights_are_these_and_no_others() -> Result<()> {
    let plane = ControlPlane::shared().await;
    let (home, elsewhere) = (plane.namespace("home").await, plane.namespace("elsewhere").await);
    helm(
        &plane,
        &["install", "rights-dialplane", CHART],
        &home,
        &["crds.install=false", "locks.enabled=false"],
    )
    .ok()?;
    let account = format!("system:serviceaccount:{home}:rights-dialplane");
    for namespace in [home.as_str(), elsewhere.as_str(), ""] {
        assert_eq!(
            allowed(&plane, &RIGHTS, &account, namespace).await?,
            declared(&RIGHTS),
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
        allowed(&plane, &RIGHTS, &account, &elsewhere).await?,
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
    let account = format!("system:serviceaccount:{home}:narrow-dialplane");
    for (namespace, expected) in [
        (one.as_str(), declared(&RIGHTS)),
        (&two, declared(&RIGHTS)),
        (&home, BTreeSet::new()),
        ("", BTreeSet::new()),
    ] {
        assert_eq!(
            allowed(&plane, &RIGHTS, &account, namespace).await?,
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
    let roles = |objects: &[Value], kind: &str| -> BTreeMap<String, Value> {
        of_kind(objects, kind)
            .map(|role| (role["metadata"]["name"].to_string(), role["rules"].clone()))
            .collect()
    };
    let (wide_roles, narrow_roles) = (roles(&wide, "ClusterRole"), roles(&narrow, "Role"));
    assert_eq!(wide_roles.len(), 5);
    assert_eq!(wide_roles, narrow_roles);
    ensure!(
        wide_roles.values().all(|rules| !rules.to_string().contains('*')),
        "{wide_roles:?}"
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

#[tokio::test]
async fn rights_to_config_maps_are_those_of_what_is_allowed() -> Result<()> {
    let plane = ControlPlane::shared().await;
    for (values, expected) in [
        (&[][..], Some(json!(["get", "create", "patch", "delete"]))),
        (&["photos.allowed=false"], Some(json!(["get", "create", "patch"]))),
        (
            &["quarantine.allowed=false"],
            Some(json!(["get", "create", "patch", "delete"])),
        ),
        (&["quarantine.allowed=false", "photos.allowed=false"], None),
    ] {
        let objects = rendered(&plane, values)?;
        let rules =
            of_kind(&objects, "ClusterRole").flat_map(|role| role["rules"].as_array().into_iter().flatten());
        let mut of_maps = rules.filter(|rule| rule["resources"] == json!(["configmaps"]));
        assert_eq!(
            of_maps.next().map(|rule| rule["verbs"].clone()),
            expected,
            "{values:?}"
        );
        assert_eq!(of_maps.next(), None, "{values:?}");
    }
    Ok(())
}
