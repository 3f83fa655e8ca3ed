//! `dialplane plan NAME`: the whole plan, from the operator's own code, without a write.

use std::collections::BTreeMap;

use dialplane::api::names::ANNOTATION_APPROVE_REMOVALS;
use google_workspace_simulator::Fault;
use kube::ResourceExt;
use serde_json::{Value, json};

use crate::program::reading;
use crate::world::{NAME, World, company};

/// A declaration that syncs only when something changes or somebody asks.
pub(crate) fn quiet() -> Value {
    json!({"users": {"schedule": {"interval": "168h"}}})
}

/// The ids of people with an enabled extension, without the administrator.
pub(crate) async fn active(world: &World) -> Vec<String> {
    let all = world.all().await.into_values();
    all.filter(|extension| extension.spec.enabled)
        .filter(|extension| {
            let user = extension.spec.user.as_ref().unwrap();
            user.email.as_deref() != Some(crate::world::ADMIN)
        })
        .map(|extension| extension.spec.google.unwrap().user_id)
        .collect()
}

fn changes(plan: &Value) -> BTreeMap<String, String> {
    let changes = plan["changes"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    changes
        .iter()
        .map(|it| (text(&it["extension"]), text(&it["user"])))
        .collect()
}

#[tokio::test]
async fn the_whole_plan_is_shown_and_carried_out_later_as_shown() {
    let world = World::with_people(30).await;
    world.declare(quiet()).await;
    let reader = world.person("reader", &reading()).await;
    let mark = world.mark().await;
    let shown = world.dialplane_as(&reader, &["plan", NAME], "").await.code(2);
    let lines: Vec<_> = shown.stdout.lines().collect();
    assert!(
        lines[0].starts_with("CHANGE   EXTENSION   USER  ") && lines[0].ends_with("   REASON"),
        "{}",
        lines[0]
    );
    for (line, number) in lines[1..=30].iter().zip(1001..) {
        assert!(line.starts_with(&format!("Create   acme-{number}   ")), "{line}");
        assert!(line.ends_with("   New: the user has no extension yet"), "{line}");
    }
    let shown = shown.says(&[
        "\nDirectory: 30 users read, 30 in scope, 0 skipped, 0 with a problem; 0 extensions unchanged.\n",
        "\nPlan: 30 to create, 0 to update, 0 to disable, 0 to delete, 0 to release.\n",
    ]);
    assert_eq!(shown.stderr, "");
    let asked = world.asked_by("reader", mark).await;
    assert!(
        asked.iter().all(|(verb, ..)| verb == "get" || verb == "list"),
        "{asked:?}"
    );
    assert!(
        asked.iter().any(|(_, resource, _)| resource == "secrets"),
        "{asked:?}"
    );
    assert!(
        world.changes(mark).await.is_empty(),
        "nobody writes, events included"
    );
    assert_eq!(world.pages_read(), 1);

    let json = world
        .dialplane(&["plan", NAME, "-o", "json"])
        .await
        .code(2)
        .json();
    let plan = &json["plans"][0];
    assert_eq!(
        (&plan["namespace"], &plan["integration"]),
        (&json!(world.namespace), &json!(NAME))
    );
    assert_eq!(plan["counts"]["create"], 30);
    assert_eq!(plan["removals"]["held"], false);
    let yaml = world.dialplane(&["plan", NAME, "-o", "yaml"]).await.code(2);
    assert_eq!(serde_yaml::from_str::<Value>(&yaml.stdout).unwrap(), json);

    let _operator = world.operator().await;
    world.until_synced().await;
    let made = world.all().await.into_values();
    let made: BTreeMap<_, _> = made
        .map(|extension| (extension.name_any(), extension.spec.user.unwrap().email.unwrap()))
        .collect();
    assert_eq!(made, changes(plan), "what was shown is what was done");
    let quiet = world.dialplane(&["plan", NAME]).await.code(0);
    quiet.says(&["; 30 extensions unchanged.", "\nPlan: no changes.\n"]);
    world.finish().await;
}

/// The old simulation of Google's own sync tool did: peers' users were told of a plan that was then refused.
#[tokio::test]
async fn a_preview_does_not_ignore_limits() {
    let world = World::with_people(30).await;
    let mut operator = world.operator().await;
    world.declare(quiet()).await;
    world.until_synced().await;
    let active = active(&world).await;
    for id in &active[..6] {
        world.google.patch_user(id, json!({"suspended": true})).unwrap();
    }
    let held = world
        .dialplane(&["plan", NAME, "-o", "json"])
        .await
        .code(3)
        .json();
    let removals = &held["plans"][0]["removals"];
    assert_eq!((&removals["count"], &removals["limit"]), (&json!(6), &json!(5)));
    let hash = removals["hash"].as_str().unwrap().to_owned();
    let table = world.dialplane(&["plan", NAME]).await.code(3);
    let command = format!("dialplane approve -n {} {NAME} {hash}\n", world.namespace);
    table.says(&[
        "Held: the 6 removals exceed the limit of 5",
        &command,
        "Suspended: the user is suspended",
    ]);

    // The operator says the same, with the same hash.
    world.sync().await;
    let object = world.until_ready("False", "RemovalsHeld").await;
    assert_eq!(object.status.unwrap().plan.unwrap().hash, hash);
    operator.terminate().await.unwrap();

    world.annotate(ANNOTATION_APPROVE_REMOVALS, &hash).await;
    let approved = world.dialplane(&["plan", NAME]).await.code(2);
    approved.says(&[&format!("Approved: the 6 removals, as plan {hash}.")]);
    world
        .google
        .patch_user(&active[0], json!({"suspended": false}))
        .unwrap();
    let within = world.dialplane(&["plan", NAME]).await.code(2);
    assert!(
        !within.stdout.contains("Held") && !within.stdout.contains("Approved"),
        "{within:#?}"
    );
    world.finish().await;
}

#[tokio::test]
async fn a_plan_tells_who_cannot_be_served_every_one_of_them() {
    let world = World::with_people(30).await;
    world
        .declare(json!({"users": {"numbering": {"start": "1001", "end": "1005"}}}))
        .await;
    let plan = world.dialplane(&["plan", NAME]).await.code(2);
    let problems = plan
        .stdout
        .lines()
        .filter(|line| line.contains("   NumbersExhausted   "));
    assert_eq!(problems.count(), 25);
    plan.says(&[
        "USER ",
        "   PROBLEM ",
        "No number is free in 1001 to 1005.",
        "25 with a problem",
    ]);
    world.finish().await;
}

/// Nothing would change, and nothing is right either.
#[tokio::test]
async fn a_plan_that_serves_nobody_is_no_success() {
    let world = World::new(company(&["ana", "bo"])).await;
    let property = json!({"source": "Property", "property": "organizations.0.costCenter"});
    world
        .declare(json!({"dryRun": true, "users": {"numbering": property}}))
        .await;
    let plan = world.dialplane(&["plan", NAME]).await.code(4);
    plan.says(&[
        "Plan: no changes.\nNo user in scope can have an extension: NumberMissing (2), NumberInvalid (1).\n",
        "ana@acme.example",
    ]);
    let json = world
        .dialplane(&["plan", NAME, "-o", "json"])
        .await
        .code(4)
        .json();
    assert_eq!(
        json["plans"][0]["nobodyServed"],
        "NumberMissing (2), NumberInvalid (1)"
    );

    let _operator = world.operator().await;
    let object = world.until_ready("False", "NobodyServed").await;
    let text = crate::world::message(&object, "Ready");
    assert!(
        text.starts_with(
            "None of the 3 users in scope can have an extension: NumberMissing (2), NumberInvalid (1). "
        ),
        "{text}"
    );
    assert_eq!(crate::world::condition(&object, "Stalled").unwrap().message, text);

    // One person who can be served is enough.
    let ana = world.id_of("ana@acme.example");
    let number = json!({"organizations": [{"costCenter": "1700", "primary": true}]});
    world.google.patch_user(&ana, number).unwrap();
    world.dialplane(&["plan", NAME]).await.code(2);
    world.sync().await;
    let object = world.until_ready("True", "DryRun").await;
    let text = crate::world::message(&object, "Ready");
    assert!(
        text.contains(" 2 could not be synced as declared; see status.users.problems. "),
        "{text}"
    );
    world.finish().await;
}

#[tokio::test]
async fn what_the_operator_refuses_a_preview_refuses() {
    let world = World::with_people(3).await;
    world.declare(quiet()).await;
    world.declare_as("second", quiet()).await;
    let taken = world.dialplane(&["plan", "second"]).await.code(1);
    taken.notes(&["TenantTaken: Integration acme already manages the extensions of tenant acme"]);
    world.dialplane(&["plan", NAME]).await.code(2);

    world.put_secret_data("other.json", "{}").await;
    world
        .dialplane(&["plan", NAME])
        .await
        .code(1)
        .notes(&["SecretKeyMissing: ", "has no key key.json"]);
    let json = world
        .dialplane(&["plan", NAME, "-o", "json"])
        .await
        .code(1)
        .json();
    assert_eq!(json["plans"][0]["error"]["reason"], "SecretKeyMissing");
    world.finish().await;
}

#[tokio::test]
async fn a_short_read_is_no_plan() {
    let world = World::with_people(3).await;
    world.declare(quiet()).await;
    world
        .google
        .add_fault(Fault {
            path_prefix: Some("/admin/".to_owned()),
            ..Fault::named("emptyObject")
        })
        .unwrap();
    let failed = world
        .dialplane(&["plan", NAME])
        .await
        .code(1)
        .notes(&["IncompleteRead: ", ". Try again"]);
    assert_eq!(failed.stdout, "");
    world.finish().await;
}

#[tokio::test]
async fn notes_say_what_keeps_a_plan_from_being_carried_out() {
    let world = World::with_people(3).await;
    let mut spec = quiet();
    spec["suspend"] = json!(true);
    spec["dryRun"] = json!(true);
    world.declare(spec).await;
    let noted = world.dialplane(&["plan", NAME]).await.code(2);
    noted.notes(&[
        "note: acme: spec.suspend is true",
        "note: acme: spec.dryRun is true",
    ]);
    let off = json!({"suspend": false, "users": {"enabled": false}});
    world.change(off).await;
    let off = world.dialplane(&["plan", NAME]).await.code(0);
    off.notes(&["note: acme: spec.users.enabled is false"])
        .says(&["Plan: no changes."]);
    world.finish().await;
}

#[tokio::test]
async fn the_plan_of_users_who_are_switched_off_for_good_is_shown() {
    let world = World::with_people(8).await;
    let operator = world.operator().await;
    let mut spec = quiet();
    spec["users"]["capacity"] = json!(7);
    world.declare(spec).await;
    world.until_synced().await;
    let full = world.dialplane(&["plan", NAME]).await.code(0);
    full.says(&[
        "   CapacityExceeded   There are 7 extensions already",
        "1 with a problem",
    ]);
    drop(operator);
    world
        .change(json!({"users": {"enabled": false, "whenDisabled": "Delete"}}))
        .await;
    let shown = world.dialplane(&["plan", NAME]).await.code(3);
    shown.says(&["   UsersDisabled: users are disabled", " 7 to delete, "]);
    assert_eq!(world.all().await.len(), 7);
    world.finish().await;
}

#[tokio::test]
async fn errors_say_what_to_do() {
    let world = World::with_people(3).await;
    let absent = world.dialplane(&["plan", NAME]).await.code(1);
    absent.notes(&[
        "error: there is no GoogleWorkspaceIntegration acme in namespace",
        "kubectl get gwi --all-namespaces",
    ]);
    world.declare(quiet()).await;
    let mut rules = reading();
    rules[1]["resources"] = json!(["configmaps"]);
    let stranger = world.person("stranger", &rules).await;
    let forbidden = world.dialplane_as(&stranger, &["plan", NAME], "").await.code(1);
    forbidden.notes(&[
        "secrets \"google-key\" is forbidden",
        "Ask a cluster administrator for this permission.",
    ]);
    let nobody = world.person("nobody", &json!([])).await;
    let forbidden = world.dialplane_as(&nobody, &["plan", NAME], "").await.code(1);
    forbidden.notes(&["cannot get resource \"googleworkspaceintegrations\""]);
    // A mistake in the command line must not look like "something would change".
    let nameless = world.dialplane(&["plan"]).await.code(1);
    nameless.notes(&["<NAME|--file <FILE>>"]);
    let both = world.dialplane(&["plan", NAME, "-f", "x.yaml"]).await.code(1);
    both.notes(&["cannot be used with"]);
    world.dialplane(&["plan", NAME, "--no-such-flag"]).await.code(1);
    world
        .dialplane(&["plan", "No Name"])
        .await
        .code(1)
        .notes(&["as in the output of kubectl get gwi"]);
    world.finish().await;
}

#[tokio::test]
async fn hostile_names_do_nothing_to_a_terminal() {
    let world = World::new(company(&["ana"])).await;
    let _operator = world.operator().await;
    let mut spec = quiet();
    spec["users"]["syncMode"] = json!("Manual");
    spec["users"]["schedule"] = Value::Null;
    world.declare(spec).await;
    world.sync().await;
    world.change(json!({"suspend": true})).await;
    world.until_ready("False", "Suspended").await;
    let number = world.number_of("ana@acme.example").await.unwrap();
    let name = "\u{1b}[2J\u{202e}anA";
    world
        .edit(&number, json!({"spec": {"user": {"displayName": name}}}))
        .await;
    let wide = world.dialplane(&["plan", NAME, "-o", "wide"]).await.code(2);
    assert!(!wide.stdout.contains(['\u{1b}', '\u{202e}']), "{wide:#?}");
    wide.says(&[
        "NOW ",
        "Update   acme-",
        "   Enabled   ana@acme.example   \\u{1b}[2J\\u{202e}anA   Changed: ",
    ]);
    world.finish().await;
}
