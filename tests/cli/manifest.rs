//! `dialplane plan -f`: what a manifest would do before it is committed.

use dialplane_test_harness::AuditMark;
use serde_json::{Value, json};

use crate::plan::{active, quiet};
use crate::program::Ran;
use crate::world::{ADMIN, NAME, World, company, merge};

/// The manifest that [`World::declare`] sends, with `spec` merged over it.
fn manifest(name: &str, spec: Value) -> Value {
    let mut object = json!({
        "apiVersion": "dialplane.io/v1alpha1", "kind": "GoogleWorkspaceIntegration",
        "metadata": {"name": name},
        "spec": {
            "tenant": {"name": NAME},
            "google": {"credentials": {"serviceAccount": {"secretRef": {"name": "google-key"}, "subject": ADMIN}}},
            "users": {"enabled": true, "syncMode": "Automatic", "schedule": {"interval": "168h"}, "numbering": {"start": "1001"}},
        },
    });
    merge(&mut object["spec"], spec);
    object
}

fn yaml(documents: &[Value]) -> String {
    let texts: Vec<_> = documents
        .iter()
        .map(|document| serde_yaml::to_string(document).unwrap())
        .collect();
    texts.join("---\n")
}

/// A small file whose aliases make a billion values.
fn laughs() -> String {
    let level = |level: u32| {
        format!(
            "a{}: &a{} [{}]\n",
            level + 1,
            level + 1,
            format!("*a{level},").repeat(10)
        )
    };
    (0..9).fold("a0: &a0 x\n".to_owned(), |text, below| text + &level(below))
}

/// Plans these documents from standard input.
async fn plan(world: &World, documents: &[Value]) -> Ran {
    world
        .dialplane_as(world.plane.kubeconfig(), &["plan", "-f", "-"], &yaml(documents))
        .await
}

/// Nothing was written since: whatever could have been was a dry run.
async fn nothing_written(world: &World, since: AuditMark) {
    let writes = world.changes(since).await;
    let real = writes.filter(|entry| !entry.uri.contains("dryRun=All"));
    assert!(real.is_empty(), "{real:#?}");
    assert!(!writes.is_empty(), "the API server was asked");
}

#[tokio::test]
async fn a_manifest_is_planned_before_anything_of_it_exists() {
    let world = World::with_people(4).await;
    let mark = world.mark().await;
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "google-key"}});
    let planned = plan(&world, &[secret, manifest(NAME, json!({}))]).await.code(2);
    planned
        .says(&["Create   acme-1001", "Create   acme-1004", "Plan: 4 to create"])
        .notes(&["note: -: ignored Secret google-key"]);
    nothing_written(&world, mark).await;
    assert!(world.integrations().get_opt(NAME).await.unwrap().is_none());

    // From a file, and with the rights that a CI job is documented to need.
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("acme.yaml");
    std::fs::write(&file, yaml(&[manifest(NAME, json!({}))])).unwrap();
    let mut rules = crate::program::reading();
    let trying = json!({"apiGroups": ["dialplane.io"], "resources": ["googleworkspaceintegrations"], "verbs": ["create", "patch"]});
    rules.as_array_mut().unwrap().push(trying);
    let ci = world.person("ci", &rules).await;
    let file = file.to_str().unwrap();
    world
        .dialplane_as(&ci, &["plan", "-f", file, "-o", "json"], "")
        .await
        .code(2);
    let missing = world
        .dialplane(&["plan", "-f", "no-such-file.yaml"])
        .await
        .code(1);
    missing.notes(&["cannot read no-such-file.yaml: "]);
    world.finish().await;
}

#[tokio::test]
async fn a_changed_manifest_is_planned_against_what_is_there() {
    let world = World::new(company(&["ana", "bo", "cy"])).await;
    let _operator = world.operator().await;
    world.declare(quiet()).await;
    world.until_synced().await;
    let unchanged = plan(&world, &[manifest(NAME, json!({}))]).await.code(0);
    unchanged.says(&["Plan: no changes."]);

    // What the operator would hold is held here too, and the cluster does not notice.
    let mark = world.mark().await;
    let before = world.integrations().get(NAME).await.unwrap();
    let narrow = manifest(NAME, json!({"google": {"domain": "other.example"}}));
    world.google.clear_requests();
    let held = plan(&world, std::slice::from_ref(&narrow)).await;
    // The simulated organization has no such domain, and says so as Google does.
    held.code(1).notes(&["WrongDomain: "]);
    let strict = json!({"users": {"lifecycle": {"onSuspended": "Delete", "removalLimit": {"percent": 0, "minimum": 0}}}});
    let active = active(&world).await;
    world
        .google
        .patch_user(&active[0], json!({"suspended": true}))
        .unwrap();
    let held = plan(&world, &[manifest(NAME, strict)]).await.code(3);
    held.says(&["Delete   acme-", "exceed the limit of 0"]);
    nothing_written(&world, mark).await;
    assert_eq!(world.integrations().get(NAME).await.unwrap(), before);

    // A field that the file no longer has is back to its default.
    world
        .change(json!({"users": {"lifecycle": {"onSuspended": "Ignore"}}}))
        .await;
    world.until_synced().await;
    world.dialplane(&["plan", NAME]).await.code(0);
    let planned = plan(&world, &[manifest(NAME, json!({}))]).await.code(2);
    planned.says(&["Disable   acme-", "Plan: 0 to create, 0 to update, 1 to disable"]);
    world.finish().await;
}

#[tokio::test]
async fn a_bad_manifest_gets_the_api_servers_own_words() {
    let world = World::with_people(2).await;
    world.declare(quiet()).await;
    let rows = [
        (
            json!({"users": {"syncMode": "Manual", "schedule": null}}),
            "users.syncMode: cannot be changed or removed once it is set",
        ),
        (
            json!({"users": {"numbering": {"start": "12"}}}),
            "users.numbering.start: use 3 to 13 digits",
        ),
        (
            json!({"users": {"numbring": {}}}),
            "unknown field \"spec.users.numbring\"",
        ),
        (
            json!({"tenant": {"name": "globex"}}),
            "tenant.name: cannot be changed",
        ),
    ];
    for (spec, words) in rows {
        let refused = plan(&world, &[manifest(NAME, spec)]).await.code(1);
        assert_eq!(refused.stdout, "");
        refused.notes(&["/acme: cannot plan ", words]);
    }
    let fresh = plan(&world, &[manifest("fresh", json!({"users": {"syncMode": null}}))])
        .await
        .code(1);
    fresh.notes(&["users.syncMode: required when users.enabled is true"]);

    for (text, words) in [
        ("", "the files contain no GoogleWorkspaceIntegration"),
        ("a: [", "- is not YAML: document 1, line 1: "),
        (&laughs(), "- is not read: document 1, line "),
        (
            "apiVersion: dialplane.io/v1alpha1\nkind: GoogleWorkspaceIntegration\n",
            "has no metadata.name",
        ),
    ] {
        let kubeconfig = world.plane.kubeconfig();
        let refused = world
            .dialplane_as(kubeconfig, &["plan", "-f", "-"], text)
            .await
            .code(1);
        refused.notes(&[words]);
    }
    let mut elsewhere = manifest(NAME, json!({}));
    elsewhere["metadata"]["namespace"] = json!("elsewhere");
    plan(&world, &[elsewhere])
        .await
        .code(1)
        .notes(&["has namespace elsewhere in the file, but --namespace is"]);
    world.finish().await;
}

#[tokio::test]
async fn several_manifests_are_planned_together_and_the_worst_decides() {
    let world = World::with_people(2).await;
    let other = manifest("globex", json!({"tenant": {"name": "globex"}}));
    let both = [manifest(NAME, json!({})), other.clone()];
    let planned = plan(&world, &both).await.code(2);
    let heading = |name: &str, tenant: &str| format!("{}/{name}, tenant {tenant}\n", world.namespace);
    planned.says(&[
        &heading("acme", "acme"),
        &heading("globex", "globex"),
        "acme-1001",
        "globex-1001",
    ]);

    // Two of one tenant, of which the cluster knows none: the first of them would have it.
    let second = manifest("second", json!({}));
    let taken = plan(&world, &[manifest(NAME, json!({})), second, other])
        .await
        .code(1);
    taken
        .says(&["acme-1001", "globex-1001"])
        .notes(&["/second: TenantTaken: "]);
    let twice = [manifest(NAME, json!({})), manifest(NAME, json!({}))];
    plan(&world, &twice)
        .await
        .code(1)
        .notes(&["is in the files more than once"]);
    world.finish().await;
}
