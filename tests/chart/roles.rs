//! What the shipped roles allow people and phone systems: these rights and no others.

use anyhow::{Context as _, Result, ensure};
use dialplane_test_harness::{ControlPlane, repository};
use serde_json::Value;

use super::locked::{Locked, RELEASE};
use super::rights::{Rights, allowed, declared};
use super::{of_kind, rendered};

const READ: &[&str] = &["get", "list", "watch"];
const WRITE: &[&str] = &["get", "list", "watch", "create", "update", "patch"];
const BREAK_GLASS: &[&str] = &[
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "break-glass",
    "configure",
];
const APPROVE: &[&str] = &[
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "approve",
];
const CONFIGURE: &[&str] = &["get", "list", "watch", "patch", "configure"];
const STATUS: &[&str] = &["get", "update", "patch"];

/// What a role allows on integrations, on extensions and on their status.
const ROLES: [(&str, [&[&str]; 3]); 4] = [
    ("view", [READ, READ, &[]]),
    ("edit", [WRITE, WRITE, &[]]),
    ("admin", [APPROVE, BREAK_GLASS, &[]]),
    ("pbx", [&[], CONFIGURE, STATUS]),
];

#[tokio::test]
async fn each_role_allows_this_and_no_more() -> Result<()> {
    let locked = Locked::install_unlocked(&["locks.enabled=false"]).await?;
    for (role, [integrations, extensions, extensions_status]) in ROLES {
        let rights: &Rights<'_> = &[
            ("dialplane.io", "googleworkspaceintegrations", "", integrations),
            ("dialplane.io", "googleworkspaceintegrations", "status", &[]),
            ("dialplane.io", "pbxextensions", "", extensions),
            ("dialplane.io", "pbxextensions", "status", extensions_status),
            ("", "secrets", "", &[]),
            ("", "configmaps", "", &[]),
            ("", "pods", "", &[]),
            ("rbac.authorization.k8s.io", "roles", "", &[]),
        ];
        let answers = allowed(&locked.plane, rights, role, &locked.namespace).await?;
        assert_eq!(answers, declared(rights), "{role}");
        let elsewhere = allowed(&locked.plane, rights, role, &locked.home).await?;
        assert_eq!(elsewhere, declared(&[]), "{role} elsewhere");
    }
    Ok(())
}

#[tokio::test]
async fn roles_join_the_clusters_own_when_asked() -> Result<()> {
    let plane = ControlPlane::shared().await;
    let joined = |values: &[&str]| -> Result<Vec<(String, Vec<String>)>> {
        let objects = rendered(&plane, values)?;
        let label = |role: &Value| -> Vec<String> {
            let labels = role["metadata"]["labels"].as_object();
            let keys = labels.into_iter().flat_map(serde_json::Map::keys);
            keys.filter_map(|key| key.strip_prefix("rbac.authorization.k8s.io/aggregate-to-"))
                .map(str::to_owned)
                .collect()
        };
        let roles = of_kind(&objects, "ClusterRole").chain(of_kind(&objects, "Role"));
        let name = |role: &Value| role["metadata"]["name"].as_str().map(str::to_owned);
        roles
            .map(|role| Ok((name(role).context("no name")?, label(role))))
            .collect()
    };
    let names = ["", "-admin", "-edit", "-pbx", "-view"].map(|suffix| format!("{RELEASE}{suffix}"));
    for (values, each) in [
        (&[][..], ["", "admin", "edit", "", ""]),
        (
            &["rbac.aggregate.view=true", "rbac.aggregate.edit=false"],
            ["", "admin", "", "", "view"],
        ),
        (&["rbac.aggregate.admin=false"], ["", "", "edit", "", ""]),
        // Nothing in the whole cluster changes for somebody who is limited to some namespaces.
        (&["watchNamespaces=[\"a\"]"], [""; 5]),
    ] {
        let mut found = joined(values)?;
        found.sort();
        let each = each.map(|role| {
            if role.is_empty() {
                vec![]
            } else {
                vec![role.to_owned()]
            }
        });
        assert_eq!(
            found,
            names.clone().into_iter().zip(each).collect::<Vec<_>>(),
            "{values:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn the_manuals_role_for_photos_gives_the_phone_system_the_photos() -> Result<()> {
    let locked = Locked::install_unlocked(&["locks.enabled=false"]).await?;
    let manual = std::fs::read_to_string(repository().join("docs/locks-and-roles.md"))?;
    let example = manual
        .split("```")
        .find_map(|block| {
            block
                .strip_prefix("yaml\n")
                .filter(|yaml| yaml.contains("pbx-photos"))
        })
        .context("the manual has no such role")?;
    let example = example
        .replace(
            "namespace: acme-voice",
            &format!("namespace: {}", locked.namespace),
        )
        .replace("namespace: acme-pbx", &format!("namespace: {}", locked.home));
    locked
        .plane
        .kubectl_stdin(&["create", "-f", "-"], &example)
        .ok()?;
    let rights: &Rights<'_> = &[("", "configmaps", "", &["get"]), ("", "secrets", "", &[])];
    let pbx = format!("system:serviceaccount:{}:pbx", locked.home);
    let answers = allowed(&locked.plane, rights, &pbx, &locked.namespace).await?;
    assert_eq!(answers, declared(rights));
    let elsewhere = allowed(&locked.plane, rights, &pbx, &locked.home).await?;
    ensure!(elsewhere.is_empty(), "{elsewhere:?}");
    Ok(())
}
