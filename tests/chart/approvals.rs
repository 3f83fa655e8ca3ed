//! What lets more people lose their extension is set by whoever may approve removals.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use dialplane::api::GoogleWorkspaceIntegration;
use kube::api::{Api, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use super::locked::{Actor, Locked, refused};

const PATIENCE: Duration = Duration::from_mins(1);

fn integrations(actor: &Actor, namespace: &str) -> Api<GoogleWorkspaceIntegration> {
    Api::namespaced(actor.client.clone(), namespace)
}

fn integration(name: &str) -> Result<GoogleWorkspaceIntegration> {
    Ok(serde_json::from_value(json!({
        "apiVersion": "dialplane.io/v1alpha1", "kind": "GoogleWorkspaceIntegration", "metadata": {"name": name},
        "spec": {
            "tenant": {"name": name},
            "google": {"credentials": {"serviceAccount": {"secretRef": {"name": "key"}, "subject": "admin@acme.example"}}},
            "users": {"enabled": true, "syncMode": "Manual", "lifecycle": {"removalLimit": {"percent": 20}}},
        },
    }))?)
}

fn limit(limit: &Value) -> Value {
    json!({"spec": {"users": {"lifecycle": {"removalLimit": limit}}}})
}

fn approval(hash: &Value) -> Value {
    json!({"metadata": {"annotations": {"dialplane.io/approve-removals": hash}}})
}

async fn edit(api: &Api<GoogleWorkspaceIntegration>, patch: &Value, dry_run: bool) -> Result<()> {
    let params = PatchParams {
        dry_run,
        ..PatchParams::default()
    };
    api.patch("acme", &params, &Patch::Merge(patch)).await?;
    Ok(())
}

#[tokio::test]
async fn only_who_may_approve_lets_more_people_go() -> Result<()> {
    let locked = Locked::install(&[]).await?;
    let editor = locked.user("edit").await?;
    let edits = integrations(&editor, &locked.namespace);
    edits
        .create(&PostParams::default(), &integration("acme")?)
        .await?;
    let widened = [
        (
            "spec.users.lifecycle.removalLimit.percent",
            limit(&json!({"percent": 21})),
        ),
        (
            "spec.users.lifecycle.removalLimit.minimum",
            limit(&json!({"minimum": 6})),
        ),
        (
            "spec.deletionPolicy",
            json!({"spec": {"deletionPolicy": "Delete"}}),
        ),
        (
            "metadata.annotations[dialplane.io/approve-removals]",
            approval(&json!("0123456789abcdef")),
        ),
    ];
    let deadline = Instant::now() + PATIENCE;
    while edit(&edits, &widened[0].1, true).await.is_ok() {
        ensure!(Instant::now() < deadline, "the policy does not come into force");
    }
    for (field, patch) in &widened {
        let message = refused(edit(&edits, patch, false).await, 403).with_context(|| patch.to_string())?;
        let expected =
            format!("denied request: {field}: requires the verb approve on googleworkspaceintegrations");
        ensure!(message.contains(&expected), "{message}");
    }
    // Less, and everything else, is anybody's who may edit.
    for patch in [
        limit(&json!({"percent": 5, "minimum": 0})),
        json!({"spec": {"suspend": true, "users": {"capacity": 50}}}),
        json!({"metadata": {"annotations": {"dialplane.io/sync-requested-at": "now"}}}),
    ] {
        edit(&edits, &patch, false)
            .await
            .with_context(|| patch.to_string())?;
    }
    let admin = locked.user("admin").await?;
    let admins = integrations(&admin, &locked.namespace);
    for (_, patch) in &widened {
        edit(&admins, patch, false)
            .await
            .with_context(|| patch.to_string())?;
    }
    // What stands there already needs no right again, and may be taken away.
    edit(&edits, &json!({"metadata": {"labels": {"team": "voice"}}}), false).await?;
    edit(&edits, &approval(&Value::Null), false).await?;
    edit(&edits, &json!({"spec": {"deletionPolicy": "Retain"}}), false).await
}

#[tokio::test]
async fn an_approval_is_not_brought_along() -> Result<()> {
    let locked = Locked::install(&[]).await?;
    let edits = integrations(&locked.user("edit").await?, &locked.namespace);
    let mut brought = integration("acme")?;
    brought.metadata.annotations = Some(
        [(
            "dialplane.io/approve-removals".to_owned(),
            "0123456789abcdef".to_owned(),
        )]
        .into(),
    );
    let dry_run = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    let deadline = Instant::now() + PATIENCE;
    loop {
        match edits.create(&dry_run, &brought).await {
            Ok(_) => ensure!(Instant::now() < deadline, "the policy does not come into force"),
            Err(error) => {
                let message = refused::<()>(Err(error.into()), 403)?;
                ensure!(message.contains("requires the verb approve"), "{message}");
                return Ok(());
            }
        }
    }
}
