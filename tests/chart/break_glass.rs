//! The way through the locks in an emergency: who may go it, and what is left of it.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::locked::{Locked, RELEASE, extension, hand_made, locked_out, refused};

const REASON: &str = "ticket 4711";

fn reason(reason: impl Into<Value>) -> Value {
    json!({"metadata": {"annotations": {"dialplane.io/break-glass": reason.into()}}})
}

#[tokio::test]
async fn a_reason_opens_the_locks_for_those_who_have_the_right() -> Result<()> {
    let locked = Locked::install(&[]).await?;
    for (first, actor) in [
        ("10", locked.user("admin").await?),
        ("11", locked.cluster_admin().await),
    ] {
        let name = locked.managed(&format!("{first}01")).await?;
        let mut together = reason(REASON);
        together["spec"]["user"]["firstName"] = json!("Eve");
        actor.edit(&name, &together).await.context(actor.name.clone())?;
        for later in [
            json!({"spec": {"user": null, "google": null}}),
            json!({"metadata": {"labels": null}}),
        ] {
            actor.edit(&name, &later).await.context(later.to_string())?;
        }
        let name = locked.managed(&format!("{first}02")).await?;
        actor.edit(&name, &reason(REASON)).await?;
        actor.delete(&name).await?;

        let name = locked.managed(&format!("{first}03")).await?;
        actor.edit(&name, &reason(REASON)).await?;
        actor.edit(&name, &reason(Value::Null)).await?;
        locked_out(actor.delete(&name).await)?;
        // A backup is restored so, too.
        actor
            .create(extension("acme", &format!("{first}04"), reason(REASON)))
            .await?;
    }
    Ok(())
}

#[tokio::test]
async fn taking_the_reason_away_closes_the_locks_for_the_same_request() -> Result<()> {
    let locked = Locked::install(&[]).await?;
    let (name, admin) = (locked.managed("1001").await?, locked.user("admin").await?);
    admin.edit(&name, &reason(REASON)).await?;
    let mut tidy = reason(Value::Null);
    tidy["spec"]["user"]["firstName"] = json!("Eve");
    locked_out(admin.edit(&name, &tidy).await)?;
    Ok(())
}

#[tokio::test]
async fn nobody_else_sets_or_removes_or_uses_a_reason() -> Result<()> {
    let locked = Locked::install(&[]).await?;
    let editor = locked.user("edit").await?;
    let (name, open) = (locked.managed("1001").await?, locked.managed("1002").await?);
    editor.create(hand_made("2000", json!({}))).await?;
    locked.user("admin").await?.edit(&open, &reason(REASON)).await?;
    let may_not = format!(
        "metadata.annotations[dialplane.io/break-glass]: requires the verb break-glass on pbxextensions in \
         namespace {}; user edit does not have this verb. Ask an administrator of the namespace",
        locked.namespace
    );
    for answer in [
        editor.edit(&name, &reason(REASON)).await,
        editor.edit("acme-2000", &reason(REASON)).await,
        editor.create(hand_made("2001", reason(REASON))).await,
        editor.edit(&open, &reason("another")).await,
        editor.edit(&open, &reason(Value::Null)).await,
    ] {
        assert_eq!(locked_out(answer)?, may_not);
    }
    let eve = json!({"spec": {"user": {"firstName": "Eve"}}});
    let message = locked_out(editor.edit(&open, &eve).await)?;
    ensure!(
        message.contains(
            "The annotation dialplane.io/break-glass is set, but user edit does not have the verb break-glass"
        ),
        "{message}"
    );
    // What is not locked needs no right, with a reason on the object or without.
    editor.edit(&open, &json!({"spec": {"enabled": false}})).await
}

#[tokio::test]
async fn a_reason_says_something() -> Result<()> {
    let locked = Locked::install(&[]).await?;
    let (name, admin) = (locked.managed("1001").await?, locked.user("admin").await?);
    for nothing in [String::new(), "  ".to_owned(), "x".repeat(257)] {
        let message = refused(admin.edit(&name, &reason(nothing)).await, 422)?;
        ensure!(message.contains("must have 1 to 256 characters"), "{message}");
    }
    admin.edit(&name, &reason("x".repeat(256))).await
}

#[tokio::test]
async fn the_right_can_be_given_for_one_extension() -> Result<()> {
    let locked = Locked::install(&[]).await?;
    let (one, other) = (locked.managed("1001").await?, locked.managed("1002").await?);
    let kubectl = |args: &[&str]| {
        locked
            .plane
            .kubectl(&[args, &["-n", locked.namespace.as_str()]].concat())
            .ok()
    };
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
        "metadata": {"name": "one", "namespace": locked.namespace},
        "rules": [{"apiGroups": ["dialplane.io"], "resources": ["pbxextensions"], "resourceNames": [one], "verbs": ["break-glass"]}],
    });
    locked
        .plane
        .kubectl_stdin(&["create", "-f", "-"], &role.to_string())
        .ok()?;
    kubectl(&["create", "rolebinding", "one", "--role=one", "--user=zoe"])?;
    let edit = format!("--role={RELEASE}-edit");
    kubectl(&["create", "rolebinding", "zoe", &edit, "--user=zoe"])?;
    let zoe = locked.user("zoe").await?;
    zoe.edit(&one, &reason(REASON)).await?;
    locked_out(zoe.edit(&other, &reason(REASON)).await)?;
    Ok(())
}

#[tokio::test]
async fn the_audit_log_names_who_did_what_and_why() -> Result<()> {
    let locked = Locked::install(&[]).await?;
    let (name, admin) = (locked.managed("1001").await?, locked.user("admin").await?);
    let audit = locked.plane.audit();
    let policy = format!("{RELEASE}.{}.locks", locked.home);
    let mark = audit.mark().await;
    let eve = json!({"spec": {"user": {"firstName": "Eve", "mobile": null}}});
    locked_out(admin.edit(&name, &eve).await)?;
    admin.edit(&name, &reason(REASON)).await?;
    admin.edit(&name, &eve).await?;
    admin.edit(&name, &json!({"spec": {"enabled": false}})).await?;
    let editor = locked.user("edit").await?;
    locked_out(editor.edit(&name, &json!({"spec": {"google": null}})).await)?;
    admin.delete(&name).await?;
    let entries = audit.since(mark).await;
    let entries = entries
        .resource("pbxextensions")
        .namespace(&locked.namespace)
        .writes();
    let key = format!("{policy}/break-glass");
    let noted: Vec<_> = entries
        .into_iter()
        .map(|entry| (entry.code, entry.annotations.get(&key).cloned()))
        .collect();
    let object = format!("{}/acme-1001", locked.namespace);
    let expected = [
        (403, None),
        (200, Some(format!("admin UPDATE {object} : {REASON}"))),
        (
            200,
            Some(format!(
                "admin UPDATE {object} spec.user.firstName,spec.user.mobile: {REASON}"
            )),
        ),
        (200, None),
        (403, Some(format!("edit UPDATE {object} spec.google: {REASON}"))),
        (200, Some(format!("admin DELETE {object} : {REASON}"))),
    ];
    assert_eq!(noted, expected);
    // The refused attempt is there as well.
    let refusal = entries
        .code(403)
        .into_iter()
        .find_map(|entry| {
            entry
                .annotations
                .get("validation.policy.admission.k8s.io/validation_failure")
                .cloned()
        })
        .context("nothing is noted of the refusal")?;
    ensure!(
        refusal.contains("spec.user.firstName, spec.user.mobile"),
        "{refusal}"
    );
    Ok(())
}
