//! What is locked on an extension that an integration keeps, what is not, and for whom.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::locked::{Actor, Locked, extension, hand_made, locked_out, no_right};

const NAMESPACE_CONTROLLER: &str = "system:serviceaccount:kube-system:namespace-controller";
const GARBAGE_COLLECTOR: &str = "system:serviceaccount:kube-system:generic-garbage-collector";

/// Everybody whom RBAC lets edit: only the locks can refuse.
pub(crate) async fn editors(locked: &Locked) -> Result<[Actor; 3]> {
    Ok([
        locked.user("edit").await?,
        locked.user("admin").await?,
        locked.cluster_admin().await,
    ])
}

#[tokio::test]
async fn only_the_operator_deletes_a_managed_extension() -> Result<()> {
    let locked = Locked::install(&[]).await?;
    let name = locked.managed("1001").await?;
    for role in ["view", "edit", "pbx"] {
        no_right(locked.user(role).await?.delete(&name).await).context(role)?;
    }
    for actor in [locked.user("admin").await?, locked.cluster_admin().await] {
        for answer in [actor.delete(&name).await, actor.delete_all().await] {
            let message = locked_out(answer).context(actor.name.clone())?;
            for part in [
                "acme-1001 cannot be deleted by hand, because integration acme manages acme-1001;",
                "suspend or delete the user in Google",
                "In an emergency, a user with the verb break-glass",
                "dialplane.io/break-glass on the extension to a reason and retry",
                &format!(
                    "(kubectl -n {} get gwi acme does not find it), no sync follows: create it again, or",
                    locked.namespace
                ),
            ] {
                ensure!(message.contains(part), "no {part:?} in {message}");
            }
        }
    }
    locked.operator().await?.delete(&name).await
}

#[tokio::test]
async fn a_directory_field_is_neither_changed_nor_removed_nor_added() -> Result<()> {
    let locked = Locked::install(&[]).await?;
    let name = locked.managed("1001").await?;
    let mononym = json!({"spec": {"user": {"lastName": null}}});
    let operator = locked.operator().await?;
    operator.create(extension("acme", "1002", mononym)).await?;
    for actor in editors(&locked).await? {
        for field in [
            "firstName",
            "lastName",
            "displayName",
            "email",
            "mobile",
            "jobTitle",
        ] {
            for value in [json!("eve"), json!(""), Value::Null] {
                let patch = json!({"spec": {"user": {field: value}}});
                let message = locked_out(actor.edit(&name, &patch).await)
                    .with_context(|| format!("{} {patch}", actor.name))?;
                let expected = format!(
                    "spec.user.{field}: comes from Google and cannot be changed here, because integration acme manages acme-1001; \
                     change it in Google, and the next sync updates the extension. In an emergency, "
                );
                ensure!(message.starts_with(&expected), "{message}");
            }
        }
        let all = "spec.user.firstName, spec.user.lastName, spec.user.displayName, spec.user.email, spec.user.mobile, spec.user.jobTitle: ";
        let message = locked_out(actor.edit(&name, &json!({"spec": {"user": null}})).await)?;
        ensure!(message.starts_with(all), "{message}");
        let mut object = actor.get(&name).await?;
        object["spec"]["user"] = json!({"displayName": "Eve"});
        let message = locked_out(actor.replace(&name, object).await)?;
        ensure!(message.starts_with(all), "{message}");
        let added = json!({"spec": {"user": {"lastName": "Eve"}}});
        let message = locked_out(actor.edit("acme-1002", &added).await)?;
        ensure!(message.starts_with("spec.user.lastName: "), "{message}");
    }
    let renamed = json!({"spec": {"user": {"lastName": "Costa", "mobile": null}}});
    operator.edit(&name, &renamed).await?;
    no_right(locked.user("view").await?.edit(&name, &renamed).await)?;
    let message = locked_out(
        locked
            .user("pbx")
            .await?
            .edit(&name, &json!({"spec": {"user": {"lastName": "Eve"}}}))
            .await,
    )?;
    ensure!(message.starts_with("spec.user.lastName: "), "{message}");
    Ok(())
}

#[tokio::test]
async fn what_only_the_operator_writes_is_locked_too() -> Result<()> {
    let locked = Locked::install(&[]).await?;
    let disabled = json!({"spec": {"enabled": false, "disabledReason": "Suspended", "removeAfter": "2030-01-01T00:00:00Z"}});
    let operator = locked.operator().await?;
    operator.create(extension("acme", "1001", disabled)).await?;
    let owner = json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "gone", "uid": "00000000-0000-0000-0000-000000000000"});
    let table = [
        ("spec.google", json!({"spec": {"google": null}})),
        ("spec.google", json!({"spec": {"google": {"orgUnitPath": "/"}}})),
        ("spec.google", json!({"spec": {"google": {"customerId": "C1"}}})),
        (
            "spec.disabledReason",
            json!({"spec": {"disabledReason": null, "enabled": true}}),
        ),
        (
            "spec.disabledReason",
            json!({"spec": {"disabledReason": "Archived"}}),
        ),
        ("spec.removeAfter", json!({"spec": {"removeAfter": null}})),
        // In the past: the next sync would delete it.
        (
            "spec.removeAfter",
            json!({"spec": {"removeAfter": "2020-01-01T00:00:00Z"}}),
        ),
        // The garbage collector would delete it.
        (
            "metadata.ownerReferences",
            json!({"metadata": {"ownerReferences": [owner]}}),
        ),
        (
            "metadata.labels[dialplane.io/source]",
            json!({"metadata": {"labels": {"dialplane.io/source": null}}}),
        ),
        (
            "metadata.labels[dialplane.io/integration]",
            json!({"metadata": {"labels": {"dialplane.io/integration": "other"}}}),
        ),
        (
            "metadata.labels[dialplane.io/new]",
            json!({"metadata": {"labels": {"dialplane.io/new": ""}}}),
        ),
        (
            "metadata.labels[app.kubernetes.io/managed-by]",
            json!({"metadata": {"labels": {"app.kubernetes.io/managed-by": "Helm"}}}),
        ),
        (
            "metadata.labels[app.kubernetes.io/managed-by]",
            json!({"metadata": {"labels": {"app.kubernetes.io/managed-by": null}}}),
        ),
    ];
    for actor in editors(&locked).await? {
        for (field, patch) in &table {
            let message = locked_out(actor.edit("acme-1001", patch).await)
                .with_context(|| format!("{} {patch}", actor.name))?;
            ensure!(
                message.starts_with(&format!("{field}: only Dialplane")),
                "{message}"
            );
        }
        let message = locked_out(
            actor
                .edit("acme-1001", &json!({"metadata": {"labels": null}}))
                .await,
        )?;
        ensure!(message.matches("metadata.labels[").count() == 5, "{message}");
    }
    let released = json!({"metadata": {"labels": null}, "spec": {"removeAfter": null}});
    operator.edit("acme-1001", &released).await?;
    // It is the administrators' now, with all of it.
    let parted = json!({"spec": {"google": null, "user": {"firstName": "Eve"}, "enabled": true, "disabledReason": null}});
    locked.user("edit").await?.edit("acme-1001", &parted).await?;
    locked.user("admin").await?.delete("acme-1001").await
}

#[tokio::test]
async fn an_owner_is_not_exchanged_for_one_that_is_gone() -> Result<()> {
    let locked = Locked::install(&[]).await?;
    let config_map = ["create", "configmap", "owner", "-n", &locked.namespace];
    let uid = [&config_map[..], &["--output=jsonpath={.metadata.uid}"]].concat();
    let uid = locked.plane.kubectl(&uid).ok()?;
    let owned = |name: &str| {
        let owner = json!({"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": uid});
        json!({"metadata": {"ownerReferences": [owner]}})
    };
    locked
        .operator()
        .await?
        .create(extension("acme", "1001", owned("owner")))
        .await?;
    let editor = locked.user("edit").await?;
    let message = locked_out(editor.edit("acme-1001", &owned("gone")).await)?;
    ensure!(message.starts_with("metadata.ownerReferences: "), "{message}");
    // Taking one away protects the extension, and the garbage collector does it too.
    editor
        .edit("acme-1001", &json!({"metadata": {"ownerReferences": null}}))
        .await
}

#[tokio::test]
async fn the_rest_of_a_managed_extension_stays_writable() -> Result<()> {
    let locked = Locked::install(&[]).await?;
    let name = locked.managed("1001").await?;
    let table = [
        json!({"spec": {"enabled": false}}),
        json!({"metadata": {"labels": {"team": "voice", "acme.example/dialplane.io": "x"}, "annotations": {"note": "x"}}}),
        json!({"spec": {"enabled": true}}),
    ];
    for actor in editors(&locked).await? {
        for patch in &table {
            actor
                .edit(&name, patch)
                .await
                .with_context(|| format!("{} {patch}", actor.name))?;
        }
    }
    Ok(())
}

/// Whoever may edit a namespace does not take over a phone line by an edit.
#[tokio::test]
async fn who_has_a_line_is_configured_by_those_who_may() -> Result<()> {
    let locked = Locked::install(&[]).await?;
    let name = locked.managed("1001").await?;
    let table = [
        (
            "spec.voicemail",
            json!({"spec": {"voicemail": {"enabled": false, "pinSecretRef": {"name": "pin"}}}}),
        ),
        (
            "spec.sip",
            json!({"spec": {"sip": {"credentialsSecretRef": {"name": "sip"}}}}),
        ),
        (
            "spec.sip, spec.voicemail",
            json!({"spec": {"voicemail": null, "sip": null}}),
        ),
    ];
    for actor in [
        locked.user("admin").await?,
        locked.user("pbx").await?,
        locked.cluster_admin().await,
    ] {
        for (fields, patch) in &table {
            let message = locked_out(locked.user("edit").await?.edit(&name, patch).await)
                .with_context(|| patch.to_string())?;
            let expected = format!("{fields}: requires the verb configure on pbxextensions");
            ensure!(message.starts_with(&expected), "{message}");
            actor
                .edit(&name, patch)
                .await
                .with_context(|| format!("{} {patch}", actor.name))?;
        }
    }
    // On an extension that nobody manages they are anybody's who may edit.
    let editor = locked.user("edit").await?;
    editor.create(hand_made("2000", json!({}))).await?;
    editor.edit("acme-2000", &table[1].1).await
}

/// Nobody binds a newcomer to an extension of their own making.
#[tokio::test]
async fn nobody_but_the_operator_says_whose_an_extension_is() -> Result<()> {
    let locked = Locked::install(&[]).await?;
    let name = locked.managed("1001").await?;
    let identity = [
        ("spec.google", json!({"spec": {"google": {"userId": "id9"}}})),
        ("spec.signIn", json!({"spec": {"signIn": {"enabled": true}}})),
    ];
    for actor in editors(&locked).await? {
        actor.create(hand_made("2000", json!({}))).await?;
        for (field, given) in &identity {
            for answer in [
                actor.create(hand_made("2001", given.clone())).await,
                actor.edit("acme-2000", given).await,
            ] {
                let message = locked_out(answer).with_context(|| format!("{} {field}", actor.name))?;
                let expected = format!(
                    "{field}: only Dialplane writes this field, because it determines the user of the extension; omit it"
                );
                ensure!(message.starts_with(&expected), "{message}");
            }
        }
        let changed = [
            (
                "spec.google",
                json!({"spec": {"google": {"orgUnitPath": "/Board"}}}),
            ),
            ("spec.google", json!({"spec": {"google": null}})),
            ("spec.signIn", json!({"spec": {"signIn": {"enabled": true}}})),
        ];
        for (field, patch) in &changed {
            let message = locked_out(actor.edit(&name, patch).await)?;
            let expected = format!("{field}: only Dialplane writes this field, because integration acme");
            ensure!(message.starts_with(&expected), "{message}");
        }
        locked.operator().await?.delete("acme-2000").await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_status_is_the_phone_systems_and_nobody_elses() -> Result<()> {
    let locked = Locked::install(&[]).await?;
    let name = locked.managed("1001").await?;
    let status =
        json!({"status": {"profile": "Available"}, "metadata": {"labels": null}, "spec": {"user": null}});
    for role in ["view", "edit", "admin"] {
        no_right(locked.user(role).await?.edit_status(&name, &status).await).context(role)?;
    }
    no_right(locked.operator().await?.edit_status(&name, &status).await)?;
    let pbx = locked.user("pbx").await?;
    let before = pbx.get(&name).await?;
    pbx.edit_status(&name, &status).await?;
    let after = pbx.get(&name).await?;
    assert_eq!(after["status"]["profile"], "Available");
    assert_eq!(
        after["spec"], before["spec"],
        "a write to the status changes only the status"
    );
    assert_eq!(after["metadata"]["labels"], before["metadata"]["labels"]);
    locked_out(pbx.edit(&name, &json!({"metadata": {"labels": null}})).await)?;
    no_right(pbx.create(hand_made("1002", json!({}))).await)
}

#[tokio::test]
async fn nobody_fakes_a_managed_extension() -> Result<()> {
    let locked = Locked::install(&[]).await?;
    let ours = [
        ("dialplane.io/integration", "acme"),
        ("dialplane.io/google-user-id", ""),
        ("dialplane.io/anything", "x"),
        ("app.kubernetes.io/managed-by", "dialplane"),
    ];
    for actor in editors(&locked).await? {
        let name = "acme-2000";
        actor.create(hand_made("2000", json!({}))).await?;
        for (label, value) in ours {
            let labels = json!({"metadata": {"labels": {label: value}}});
            let made = hand_made("2001", labels.clone());
            for answer in [actor.create(made).await, actor.edit(name, &labels).await] {
                let message = locked_out(answer).with_context(|| format!("{} {label}", actor.name))?;
                let expected = format!(
                    "metadata.labels[{label}]: only Dialplane sets, changes and removes this label, "
                );
                ensure!(message.starts_with(&expected), "{message}");
                ensure!(message.contains("; omit it. In an emergency, "), "{message}");
            }
        }
        let whole = locked_out(actor.create(extension("acme", "2001", json!({}))).await)?;
        ensure!(whole.matches("metadata.labels[").count() == 5, "{whole}");
        locked.operator().await?.delete(name).await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_extension_made_by_hand_is_free() -> Result<()> {
    let locked = Locked::install(&[]).await?;
    let (editor, admin) = (locked.user("edit").await?, locked.user("admin").await?);
    let labels = json!({"metadata": {"labels": {"app.kubernetes.io/managed-by": "Helm", "team": "voice"}}});
    editor.create(hand_made("2000", labels)).await?;
    for patch in [
        json!({"spec": {"user": {"firstName": "Door", "email": null}}}),
        json!({"spec": {"user": null, "removeAfter": "2030-01-01T00:00:00Z"}}),
        json!({"metadata": {"labels": {"app.kubernetes.io/managed-by": "Flux"}}}),
        json!({"metadata": {"labels": null}}),
    ] {
        editor
            .edit("acme-2000", &patch)
            .await
            .with_context(|| patch.to_string())?;
    }
    no_right(editor.delete("acme-2000").await)?;
    admin.delete("acme-2000").await
}

#[tokio::test]
async fn a_namespace_goes_with_its_managed_extensions() -> Result<()> {
    let locked = Locked::install(&[]).await?;
    locked.managed("1001").await?;
    locked.managed("1002").await?;
    let delete = ["delete", "namespace", &locked.namespace, "--timeout=90s"];
    locked.plane.kubectl(&delete).ok()?;
    Ok(())
}

#[tokio::test]
async fn kubernetes_own_controllers_delete_and_do_no_more() -> Result<()> {
    let locked = Locked::install(&[]).await?;
    for (number, user) in [("1001", NAMESPACE_CONTROLLER), ("1002", GARBAGE_COLLECTOR)] {
        let name = locked.managed(number).await?;
        locked.user(user).await?.delete(&name).await.context(user)?;
    }
    let name = locked.managed("1003").await?;
    let collector = locked.user(GARBAGE_COLLECTOR).await?;
    let eve = json!({"spec": {"user": {"firstName": "Eve"}}});
    locked_out(collector.edit(&name, &eve).await)?;
    Ok(())
}
