//! Which ConfigMaps and Secrets the operator may write, and who else may touch its own.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::locked::{Actor, Locked, refused};

const OURS: &str = "app.kubernetes.io/managed-by";
const PATIENCE: Duration = Duration::from_mins(1);

fn api<K>(actor: &Actor, namespace: &str) -> Api<K>
where
    K: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()>,
{
    Api::namespaced(actor.client.clone(), namespace)
}

fn config_map(name: &str, ours: bool) -> ConfigMap {
    let mut map = ConfigMap::default();
    map.metadata.name = Some(name.to_owned());
    map.metadata.labels = ours.then(|| BTreeMap::from([(OURS.to_owned(), "dialplane".to_owned())]));
    map
}

async fn create<K>(api: &Api<K>, object: &K) -> Result<()>
where
    K: Clone + DeserializeOwned + Debug + Serialize + kube::Resource,
{
    api.create(&PostParams::default(), object).await?;
    Ok(())
}

async fn patch<K>(api: &Api<K>, name: &str, patch: Value) -> Result<()>
where
    K: Clone + DeserializeOwned + Debug,
{
    api.patch(name, &PatchParams::default(), &Patch::Merge(patch))
        .await?;
    Ok(())
}

async fn delete<K>(api: &Api<K>, name: &str) -> Result<()>
where
    K: Clone + DeserializeOwned + Debug,
{
    api.delete(name, &DeleteParams::default()).await?;
    Ok(())
}

/// Why the policy refused it.
fn kept_out<T>(answer: Result<T>) -> Result<String> {
    let message = refused(answer, 403)?;
    let (_, reason) = message
        .split_once(".objects' ")
        .and_then(|(_, rest)| rest.split_once("denied request: "))
        .with_context(|| format!("refused by something else: {message}"))?;
    Ok(reason.to_owned())
}

/// The locks with the policy of ConfigMaps in force.
async fn install(values: &[&str]) -> Result<Locked> {
    let locked = Locked::install(values).await?;
    let admin = locked.cluster_admin().await;
    let maps: Api<ConfigMap> = api(&admin, &locked.namespace);
    let deadline = Instant::now() + PATIENCE;
    let dry = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    while maps.create(&dry, &config_map("probe", true)).await.is_ok() {
        ensure!(Instant::now() < deadline, "the policy does not come into force");
    }
    Ok(locked)
}

#[tokio::test]
async fn a_stolen_token_reaches_no_config_map_but_dialplanes() -> Result<()> {
    let locked = install(&[]).await?;
    let (operator, admin) = (locked.operator().await?, locked.cluster_admin().await);
    let theirs: Api<ConfigMap> = api(&admin, &locked.namespace);
    let maps: Api<ConfigMap> = api(&operator, &locked.namespace);
    create(&theirs, &config_map("coredns", false)).await?;
    create(&maps, &config_map("acme-quarantine-1", true)).await?;
    patch(&maps, "acme-quarantine-1", json!({"data": {"1001": "1"}})).await?;

    let take = json!({"metadata": {"labels": {OURS: "dialplane"}}});
    let give = json!({"metadata": {"labels": {OURS: null}}});
    let tries = [
        patch(&maps, "coredns", json!({"data": {"Corefile": "."}})).await,
        patch(&maps, "coredns", take).await,
        delete(&maps, "coredns").await,
        create(&maps, &config_map("aws-auth", false)).await,
        patch(&maps, "acme-quarantine-1", give).await,
    ];
    for (index, answer) in tries.into_iter().enumerate() {
        let message = kept_out(answer).with_context(|| format!("attempt {index}"))?;
        ensure!(
            message.contains(": Dialplane can write only objects that have the label"),
            "{message}"
        );
    }
    assert_eq!(theirs.get("coredns").await?.data, None);
    delete(&maps, "acme-quarantine-1").await
}

#[tokio::test]
async fn nobody_else_writes_what_is_dialplanes() -> Result<()> {
    let locked = install(&[]).await?;
    let operator = locked.operator().await?;
    create(
        &api(&operator, &locked.namespace),
        &config_map("acme-quarantine-1", true),
    )
    .await?;
    locked
        .plane
        .kubectl(&[
            "create",
            "rolebinding",
            "kubernetes-edit",
            "--clusterrole=edit",
            "--user=kubernetes-edit",
            "-n",
            &locked.namespace,
        ])
        .ok()?;
    for actor in [
        locked.user("kubernetes-edit").await?,
        locked.cluster_admin().await,
    ] {
        let maps: Api<ConfigMap> = api(&actor, &locked.namespace);
        let secrets: Api<Secret> = api(&actor, &locked.namespace);
        let token = Secret {
            metadata: config_map("acme-google-token", true).metadata,
            ..Secret::default()
        };
        let tries = [
            patch(&maps, "acme-quarantine-1", json!({"data": {"1001": null}})).await,
            patch(&maps, "acme-quarantine-1", json!({"metadata": {"labels": null}})).await,
            delete(&maps, "acme-quarantine-1").await,
            create(&maps, &config_map("acme-quarantine-2", true)).await,
            create(&secrets, &token).await,
        ];
        for (index, answer) in tries.into_iter().enumerate() {
            let message = kept_out(answer).with_context(|| format!("{}, attempt {index}", actor.name))?;
            ensure!(
                message.contains("only Dialplane creates, changes and deletes"),
                "{message}"
            );
        }
        // What is not Dialplane's is nobody's concern here.
        create(&maps, &config_map("mine", false)).await?;
        delete(&maps, "mine").await?;
    }
    // An emergency has a reason, and somebody who may.
    let broken = json!({"metadata": {"annotations": {"dialplane.io/break-glass": "ticket 4711"}}, "data": {"1001": null}});
    let edit = locked.user("kubernetes-edit").await?;
    kept_out(
        patch(
            &api::<ConfigMap>(&edit, &locked.namespace),
            "acme-quarantine-1",
            broken.clone(),
        )
        .await,
    )?;
    let admin = locked.cluster_admin().await;
    patch(
        &api::<ConfigMap>(&admin, &locked.namespace),
        "acme-quarantine-1",
        broken,
    )
    .await
}
