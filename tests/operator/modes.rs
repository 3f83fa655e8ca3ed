//! When the operator works and when it does not: Manual, Automatic, suspended, switched off, started again, limited to
//! some namespaces; and how kubectl shows it.

use std::collections::BTreeMap;

use dialplane::api::GoogleWorkspaceIntegration;
use dialplane::api::conditions::{AUTHORIZED, READY, RECONCILING, STALLED, USERS_SYNCED};
use dialplane::api::names::ANNOTATION_SYNC_REQUESTED_AT;
use dialplane_test_harness::AuditMark;
use dialplane_test_harness::kstatus::{Status, kstatus};
use dialplane_test_harness::world::wait_gone;
use google_workspace_simulator::Fault;
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams};
use serde_json::{Value, json};

use crate::world::{NAME, PATIENCE, World, condition, counts, handled, merge, within};

const LIST: &str = "/admin/directory/v1/users";

fn manual() -> Value {
    json!({"users": {"syncMode": "Manual", "schedule": null}})
}

fn hire(world: &World, name: &str) -> String {
    let user = json!({
        "primaryEmail": format!("{name}@acme.example"),
        "name": {"givenName": name, "familyName": "New"},
    });
    let user = world.google.create_user(user).unwrap();
    user["id"].as_str().unwrap().to_owned()
}

async fn ask(world: &World, token: &str) {
    world.annotate(ANNOTATION_SYNC_REQUESTED_AT, token).await;
}

async fn until_handled(world: &World, token: &str) -> GoogleWorkspaceIntegration {
    world.until(|object| handled(object) == Some(token)).await
}

/// What the operator wrote since a mark, but for what it says about other integrations than `acme`.
async fn writes(world: &World, since: AuditMark) -> BTreeMap<String, usize> {
    let ours = world.asked_by_operator(since).await.writes();
    let about_others = |resource: &str, name: &str| {
        resource == "events" || (resource == "googleworkspaceintegrations" && name != NAME)
    };
    ours.filter(|entry| !about_others(&entry.resource, &entry.name))
        .counts()
}

fn reason<'a>(object: &'a GoogleWorkspaceIntegration, kind: &str) -> Option<(&'a str, &'a str)> {
    condition(object, kind).map(|found| (found.status.as_str(), found.reason.as_str()))
}

fn times(object: &GoogleWorkspaceIntegration) -> (Option<jiff::Timestamp>, Option<jiff::Timestamp>) {
    let users = object
        .status
        .as_ref()
        .and_then(|status| status.users.clone())
        .unwrap_or_default();
    (
        users.last_sync_time.map(|time| time.0),
        users.next_sync_time.map(|time| time.0),
    )
}

fn verdict(object: &GoogleWorkspaceIntegration) -> Status {
    kstatus(&serde_json::to_value(object).unwrap())
}

// ---- Manual

#[tokio::test]
async fn manual_waits_for_a_request_and_syncs_once_for_it() {
    let world = World::with_people(3).await;
    let _operator = world.operator().await;
    world.declare(manual()).await;
    let object = world.until_ready("False", "AwaitingManualSync").await;
    assert_eq!(
        reason(&object, USERS_SYNCED),
        Some(("Unknown", "AwaitingManualSync"))
    );
    assert_eq!(
        reason(&object, STALLED),
        None,
        "nothing is wrong: {:?}",
        object.status
    );
    assert_eq!(verdict(&object), Status::InProgress);
    let message = &condition(&object, READY).unwrap().message;
    let command = format!(
        "kubectl -n {} annotate gwi acme --overwrite dialplane.io/sync-requested-at=",
        world.namespace
    );
    assert!(message.contains(&command), "{message}");
    world.settled().await;
    assert_eq!(
        world.google.requests(),
        [],
        "nobody asked, so Google is not asked either"
    );
    assert!(world.all().await.is_empty());

    ask(&world, "one").await;
    let object = until_handled(&world, "one").await;
    assert_eq!(reason(&object, READY), Some(("True", "Succeeded")));
    assert_eq!(world.all().await.len(), 3);
    assert_eq!(world.pages_read(), 1);
    let (last, next) = times(&object);
    assert!(
        last.is_some() && next.is_none(),
        "Manual has no next sync: {last:?} {next:?}"
    );

    // The same request once more, however it comes, and changes at Google: nobody asked for another sync.
    hire(&world, "zoe");
    let mark = world.audit.mark().await;
    let none = Patch::Merge(json!({"metadata": {"annotations": {ANNOTATION_SYNC_REQUESTED_AT: null}}}));
    let patch = PatchParams::default();
    world.integrations().patch(NAME, &patch, &none).await.unwrap();
    world.settled().await;
    ask(&world, "one").await;
    world.settled().await;
    assert_eq!(world.pages_read(), 1);
    assert_eq!(writes(&world, mark).await, BTreeMap::new());
    assert_eq!(world.all().await.len(), 3);

    ask(&world, "two").await;
    until_handled(&world, "two").await;
    assert_eq!(world.all().await.len(), 4);
    assert_eq!(world.pages_read(), 2);
    world.finish().await;
}

#[tokio::test]
async fn a_spec_change_in_manual_mode_waits_for_a_request_too() {
    let world = World::with_people(3).await;
    let _operator = world.operator().await;
    world.declare(manual()).await;
    ask(&world, "one").await;
    until_handled(&world, "one").await;

    let mark = world.audit.mark().await;
    world
        .change(json!({"users": {"profile": {"mobile": "Work"}}}))
        .await;
    let object = world.until_ready("False", "AwaitingManualSync").await;
    assert_eq!(
        reason(&object, USERS_SYNCED),
        Some(("Unknown", "AwaitingManualSync"))
    );
    assert_eq!(reason(&object, AUTHORIZED), Some(("True", "Verified")));
    world.settled().await;
    assert_eq!(world.pages_read(), 1);
    let expected = BTreeMap::from([("patch googleworkspaceintegrations/status".to_owned(), 1)]);
    assert_eq!(writes(&world, mark).await, expected);

    let object = world.sync().await;
    assert_eq!(reason(&object, READY), Some(("True", "Succeeded")));
    assert_eq!(world.pages_read(), 2);
    world.finish().await;
}

#[tokio::test]
async fn ten_requests_in_quick_succession_become_two_syncs() {
    let world = World::with_people(3).await;
    let _operator = world.operator().await;
    world.declare(manual()).await;
    world.until_ready("False", "AwaitingManualSync").await;
    // The first sync takes as long as it takes to ask nine times more.
    let hold = world.hold("users.list", 0);
    ask(&world, "1").await;
    within("the first sync", hold.reached(1)).await;
    for token in 2..=10 {
        ask(&world, &token.to_string()).await;
    }
    world.settled().await;
    hold.release();
    until_handled(&world, "10").await;
    world.settled().await;
    assert_eq!(
        world.pages_read(),
        2,
        "one for the first request, one for the nine that came meanwhile"
    );
    assert_eq!(world.all().await.len(), 3);
    world.finish().await;
}

#[tokio::test]
async fn a_request_that_fails_in_passing_is_acknowledged_when_it_is_done() {
    let world = World::with_people(3).await;
    let _operator = world.operator().await;
    // Not repeated by the client, so that the operator has to.
    let fault = Fault {
        path_prefix: Some(LIST.to_owned()),
        ..Fault::named("dailyLimitExceeded")
    };
    world.google.add_fault(fault).unwrap();
    world.declare(manual()).await;
    ask(&world, "one").await;
    let object = world.until_ready("False", "RateLimited").await;
    assert_eq!(reason(&object, RECONCILING), Some(("True", "RateLimited")));
    assert_eq!(reason(&object, USERS_SYNCED), Some(("False", "RateLimited")));
    assert_eq!(handled(&object), None, "it is still being tried");
    // The request stands: nobody asks again.
    world.google.clear_faults();
    let object = until_handled(&world, "one").await;
    assert_eq!(reason(&object, READY), Some(("True", "Succeeded")));
    assert_eq!(world.all().await.len(), 3);
    world.finish().await;
}

#[tokio::test]
async fn a_request_that_fails_for_good_is_acknowledged_and_its_fault_stays_visible() {
    let world = World::with_people(3).await;
    let mut operator = world.operator().await;
    let secrets: Api<Secret> = Api::namespaced(world.client.clone(), &world.namespace);
    secrets
        .delete("google-key", &DeleteParams::default())
        .await
        .unwrap();
    world.declare(manual()).await;
    ask(&world, "one").await;
    let object = until_handled(&world, "one").await;
    assert_eq!(reason(&object, READY), Some(("False", "SecretNotFound")));
    assert_eq!(reason(&object, STALLED), Some(("True", "SecretNotFound")));
    assert_eq!(verdict(&object), Status::Failed);

    // A new operator remembers nothing, and must not say that nobody has asked.
    operator.terminate().await.unwrap();
    let _operator = world.operator().await;
    world.settled().await;
    let object = world.integrations().get(NAME).await.unwrap();
    assert_eq!(reason(&object, READY), Some(("False", "SecretNotFound")));

    world.put_secret(&world.key).await;
    ask(&world, "two").await;
    let object = until_handled(&world, "two").await;
    assert_eq!(reason(&object, READY), Some(("True", "Succeeded")));
    world.finish().await;
}

// ---- Automatic

#[tokio::test]
async fn automatic_syncs_at_once_on_request_and_by_interval() {
    let world = World::with_people(3).await;
    let _operator = world.operator().await;
    world
        .declare(json!({"users": {"schedule": {"interval": "30s"}}}))
        .await;
    let object = world.until_synced().await;
    assert_eq!(world.pages_read(), 1);
    assert_eq!(handled(&object), None);
    assert_due_in_30_to_33_seconds(&object);

    hire(&world, "yan");
    let object = world.sync().await;
    assert_eq!(world.all().await.len(), 4);
    assert_eq!(world.pages_read(), 2);
    assert_due_in_30_to_33_seconds(&object);
    let (_, due) = times(&object);

    hire(&world, "zoe");
    let read = |object: &GoogleWorkspaceIntegration| {
        object
            .status
            .as_ref()
            .unwrap()
            .users
            .as_ref()
            .unwrap()
            .counts
            .read
    };
    let object = world.until(|object| read(object) == 5).await;
    assert_eq!(world.all().await.len(), 5);
    assert_eq!(world.pages_read(), 3);
    let (ended, _) = times(&object);
    assert!(
        ended >= due,
        "the sync by schedule came at {ended:?}, before it was due at {due:?}"
    );
    assert_due_in_30_to_33_seconds(&object);
    world.finish().await;
}

fn assert_due_in_30_to_33_seconds(object: &GoogleWorkspaceIntegration) {
    let (Some(last), Some(next)) = times(object) else {
        panic!("no times in {:?}", object.status)
    };
    let wait = next.duration_since(last).as_millis();
    // The API's times have whole seconds, rounded down.
    assert!((29_000..=34_000).contains(&wait), "{last} to {next}");
}

#[tokio::test]
async fn a_change_of_the_mode_is_refused_unless_it_is_authorized_again() {
    let world = World::with_people(3).await;
    let _operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    let before = world.all().await;
    let mark = world.audit.mark().await;

    let mut change = json!({"spec": manual()});
    let patch = PatchParams::default();
    let refused = world
        .integrations()
        .patch(NAME, &patch, &Patch::Merge(&change))
        .await;
    let Err(kube::Error::Api(status)) = refused else {
        panic!("{refused:?}")
    };
    assert!(status.is_invalid());
    assert!(
        status
            .message
            .contains("raise google.authorizationEpoch by one in the same change"),
        "{}",
        status.message
    );

    merge(
        &mut change,
        json!({"spec": {"google": {"authorizationEpoch": 2}}}),
    );
    // A null has to survive the merge: it is what removes the schedule.
    change["spec"]["users"]["schedule"] = Value::Null;
    world
        .integrations()
        .patch(NAME, &patch, &Patch::Merge(&change))
        .await
        .unwrap();
    world.until_ready("False", "AwaitingManualSync").await;
    world.settled().await;
    assert_eq!(world.pages_read(), 1);

    world
        .change(json!({"google": {"authorizationEpoch": 3}, "users": {"syncMode": "Automatic"}}))
        .await;
    let object = world.until_synced().await;
    let status = object.status.as_ref().unwrap();
    assert_eq!(status.authorization.as_ref().unwrap().epoch, Some(3));
    assert_eq!(world.pages_read(), 2);
    assert_eq!(world.all().await, before);
    let writes = writes(&world, mark).await;
    assert!(
        writes.keys().all(|kind| kind.ends_with("integrations/status")),
        "{writes:?}"
    );
    world.finish().await;
}

// ---- Switched off, suspended

#[tokio::test]
async fn users_switched_off_leaves_extensions_alone_until_they_are_switched_on() {
    let world = World::with_people(3).await;
    let _operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    let before = world.all().await;

    world.change(json!({"users": {"enabled": false}})).await;
    let object = world.until_ready("True", "UsersDisabled").await;
    assert_eq!(verdict(&object), Status::Current);
    world.google.clear_requests();
    let mark = world.audit.mark().await;
    let zoe = hire(&world, "zoe");
    ask(&world, "one").await;
    world.settled().await;
    assert_eq!(world.google.requests(), []);
    assert_eq!(writes(&world, mark).await, BTreeMap::new());
    assert_eq!(world.all().await, before);

    world.change(json!({"users": {"enabled": true}})).await;
    world.until_synced().await;
    assert!(world.extension_of(&zoe).await.is_some());
    let mut after = world.all().await;
    after.pop_last();
    assert_eq!(after, before);
    world.finish().await;
}

#[tokio::test]
async fn suspend_stops_everything_and_resume_takes_up_what_changed() {
    let world = World::with_people(4).await;
    let _operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    let before = world.all().await;
    world.declare_bystander().await;

    world.change(json!({"suspend": true})).await;
    let object = world.until_ready("False", "Suspended").await;
    assert_eq!(reason(&object, STALLED), Some(("True", "Suspended")));
    assert_eq!(verdict(&object), Status::Failed);
    world.google.clear_requests();
    let mark = world.audit.mark().await;
    let zoe = hire(&world, "zoe");
    let (number, extension) = before.last_key_value().unwrap();
    let leaver = extension.spec.google.as_ref().unwrap().user_id.clone();
    world
        .google
        .patch_user(&leaver, json!({"suspended": true}))
        .unwrap();
    let edited = format!("{NAME}-{}", before.keys().next().unwrap());
    let edit = Patch::Merge(json!({"spec": {"user": {"jobTitle": "edited by hand"}}}));
    let patch = PatchParams::default();
    world.extensions().patch(&edited, &patch, &edit).await.unwrap();
    ask(&world, "one").await;
    world.settled().await;
    world.passed_by().await;
    assert_eq!(world.called(), counts([("users.get", 1)]), "for the bystander");
    let expected = counts([("patch pbxextensions", 1)]);
    assert_eq!(writes(&world, mark).await, expected, "of the bystander");

    world.change(json!({"suspend": false})).await;
    let object = world.until_synced().await;
    assert_eq!(
        handled(&object),
        Some("one"),
        "the request that came meanwhile is carried out now"
    );
    assert!(world.extension_of(&zoe).await.is_some());
    let after = world.all().await;
    assert!(!after[number].spec.enabled);
    assert_eq!(
        after.first_key_value().unwrap().1.spec,
        before.first_key_value().unwrap().1.spec
    );
    world.finish().await;
}

#[tokio::test]
async fn suspend_does_not_wait_for_the_answer_of_google() {
    let world = World::with_people(3).await;
    let _operator = world.operator().await;
    let slow = Fault {
        path_prefix: Some(LIST.to_owned()),
        delay_ms: Some(600_000),
        ..Fault::default()
    };
    world.google.add_fault(slow).unwrap();
    world.declare(json!({})).await;
    world.until(|object| reason(object, RECONCILING).is_some()).await;
    world.change(json!({"suspend": true})).await;
    world.until_ready("False", "Suspended").await;
    assert!(world.all().await.is_empty());

    world.google.clear_faults();
    world.change(json!({"suspend": false})).await;
    world.until_synced().await;
    assert_eq!(world.all().await.len(), 3);
    world.finish().await;
}

// ---- A new operator

#[tokio::test]
async fn a_new_operator_syncs_what_is_due_and_nothing_else() {
    let world = World::with_people(3).await;
    let mut operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    operator.terminate().await.unwrap();
    world.google.clear_requests();
    let mark = world.audit.mark().await;

    let mut operator = world.operator().await;
    world.settled().await;
    assert_eq!(world.google.requests(), [], "not due for a day");
    assert_eq!(writes(&world, mark).await, BTreeMap::new());
    operator.terminate().await.unwrap();

    // As if it had been away for two days.
    hire(&world, "yan");
    let long_ago = (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(48)).to_string();
    let aged = Patch::Merge(json!({"status": {"users": {"lastSyncTime": long_ago}}}));
    let patch = PatchParams::default();
    world
        .integrations()
        .patch_status(NAME, &patch, &aged)
        .await
        .unwrap();
    let mut operator = world.operator().await;
    let read = |object: &GoogleWorkspaceIntegration| {
        object
            .status
            .as_ref()
            .unwrap()
            .users
            .as_ref()
            .unwrap()
            .counts
            .read
    };
    world.until(|object| read(object) == 4).await;
    assert_eq!(world.pages_read(), 1);
    operator.terminate().await.unwrap();

    // A change of the declaration while it was away is due at once.
    world
        .change(json!({"users": {"profile": {"mobile": "Work"}}}))
        .await;
    let _operator = world.operator().await;
    world.until_synced().await;
    assert_eq!(world.pages_read(), 2);
    world.finish().await;
}

#[tokio::test]
async fn a_new_operator_leaves_a_manual_integration_and_a_dry_run_as_they_are() {
    let world = World::with_people(3).await;
    let mut operator = world.operator().await;
    let mut spec = manual();
    merge(&mut spec, json!({"dryRun": true}));
    world.declare(spec).await;
    ask(&world, "one").await;
    let planned = until_handled(&world, "one").await;
    assert_eq!(reason(&planned, READY), Some(("True", "DryRun")));
    operator.terminate().await.unwrap();
    let mut operator = world.operator().await;
    world.settled().await;
    let object = world.integrations().get(NAME).await.unwrap();
    assert_eq!(object.status, planned.status);

    world.change(json!({"dryRun": false})).await;
    let synced = world.sync().await;
    operator.terminate().await.unwrap();
    hire(&world, "zoe");
    world.google.clear_requests();
    let _operator = world.operator().await;
    world.settled().await;
    assert_eq!(world.google.requests(), []);
    let object = world.integrations().get(NAME).await.unwrap();
    assert_eq!(object.status, synced.status);
    world.finish().await;
}

// ---- Namespaces and tenants

#[tokio::test]
async fn two_tenants_of_a_namespace_have_their_own_numbers_and_people() {
    let world = World::with_people(4).await;
    let _operator = world.operator().await;
    world.declare(json!({})).await;
    world
        .declare_as("branch", json!({"tenant": {"name": "branch"}}))
        .await;
    world.until_synced().await;
    let is_ready = |object: &GoogleWorkspaceIntegration| reason(object, READY) == Some(("True", "Succeeded"));
    world.until_other("branch", is_ready).await;
    let names = |tenant: &str| {
        (1001..=1004)
            .map(|number| format!("{tenant}-{number}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names_of(&world, &world.namespace).await,
        [names("acme"), names("branch")].concat()
    );

    // A change for one of them is none for the other.
    let delete = DeleteParams::default();
    world.integrations().delete("branch", &delete).await.unwrap();
    wait_gone(&world.integrations(), "branch", PATIENCE).await;
    let list = world.extensions().list(&ListParams::default()).await.unwrap();
    for extension in list {
        let labels = extension.metadata.labels.unwrap_or_default();
        assert_eq!(
            labels.contains_key("dialplane.io/integration"),
            extension.spec.tenant == NAME
        );
    }
    world.finish().await;
}

async fn names_of(world: &World, namespace: &str) -> Vec<String> {
    let api: Api<dialplane::api::PbxExtension> = Api::namespaced(world.client.clone(), namespace);
    let list = api.list(&ListParams::default()).await.unwrap();
    let mut names: Vec<_> = list
        .into_iter()
        .filter_map(|extension| extension.metadata.name)
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn one_tenant_name_in_two_namespaces_is_two_tenants() {
    let (one, two, three) = (
        World::with_people(3).await,
        World::with_people(1).await,
        World::with_people(1).await,
    );
    for other in [&two, &three] {
        other.put_secret(&one.key).await; // of the directory that the operator reads
    }
    let _operator = one
        .operator_builder()
        .namespace(&one.namespace)
        .arg("--namespace")
        .arg(&two.namespace)
        .spawn()
        .await
        .unwrap();
    for world in [&one, &two, &three] {
        world.declare(json!({})).await;
    }
    one.until_synced().await;
    two.until_synced().await;
    let names = ["acme-1001", "acme-1002", "acme-1003"];
    assert_eq!(names_of(&one, &one.namespace).await, names);
    assert_eq!(names_of(&one, &two.namespace).await, names);

    // Two namespaces are served, the third is somebody else's.
    one.settled().await;
    let object = three.integrations().get(NAME).await.unwrap();
    assert_eq!(object.status.unwrap_or_default().observed_generation, -1);
    assert_eq!(object.metadata.finalizers, None);
    assert!(three.all().await.is_empty());

    two.integrations()
        .delete(NAME, &DeleteParams::default())
        .await
        .unwrap();
    wait_gone(&two.integrations(), NAME, PATIENCE).await;
    one.settled().await;
    let kept = one.all().await;
    assert_eq!(kept.len(), 3);
    let labelled = |extension: &dialplane::api::PbxExtension| extension.metadata.labels.is_some();
    assert!(kept.values().all(labelled));
    for world in [one, two, three] {
        world.finish().await;
    }
}

#[tokio::test]
async fn the_rights_of_a_limited_release_are_enough() {
    let (one, two) = (World::with_people(3).await, World::with_people(1).await);
    two.put_secret(&one.key).await;
    let home = one.plane.namespace("home").await;
    let limited = format!("watchNamespaces=[\"{}\",\"{}\"]", one.namespace, two.namespace);
    let chart = [
        "install",
        "narrow-dialplane",
        "charts/dialplane",
        "--namespace",
        &home,
        "--set",
        "crds.install=false,replicaCount=0",
        "--set-json",
        &limited,
    ];
    one.plane.helm(&chart).ok().unwrap();
    let kubeconfig = one
        .plane
        .service_account_kubeconfig(&home, "narrow-dialplane")
        .await;
    let _operator = one
        .operator_builder()
        .kubeconfig(kubeconfig)
        .arg(format!("--namespace={}", one.namespace))
        .arg(format!("--namespace={}", two.namespace))
        .spawn()
        .await
        .unwrap();
    let mark = one.audit.mark().await;
    for world in [&one, &two] {
        world.declare(json!({"deletionPolicy": "Delete"})).await;
        world.until_synced().await;
        assert_eq!(world.all().await.len(), 3);
        let left = world.google.user("admin@acme.example").unwrap();
        assert!(world.extension_of(left["id"].as_str().unwrap()).await.is_some());
    }
    // A removal and the end of it all use the remaining rights: quarantine and finalizer.
    for world in [&one, &two] {
        let api = world.integrations();
        api.delete(NAME, &DeleteParams::default()).await.unwrap();
        wait_gone(&api, NAME, PATIENCE).await;
        assert!(world.all().await.is_empty());
    }
    let entries = one.audit.since(mark).await;
    let theirs = entries.service_account(&home, "narrow-dialplane");
    assert!(!theirs.writes().is_empty());
    let denied = theirs.code(403);
    assert!(denied.is_empty(), "{denied:?}");
    one.plane
        .helm(&["uninstall", "narrow-dialplane", "--namespace", &home])
        .ok()
        .unwrap();
    one.finish().await;
    two.finish().await;
}

// ---- kubectl

#[tokio::test]
async fn kubectl_wait_returns_when_the_present_declaration_is_carried_out() {
    let world = World::with_people(3).await;
    world.declare(json!({})).await;
    let wait = |seconds: u32| {
        let timeout = format!("--timeout={seconds}s");
        let world = &world;
        move || {
            world
                .kubectl(&["wait", "--for=condition=Ready", "gwi/acme", &timeout])
                .ok()
        }
    };
    assert!(wait(1)().is_err(), "nobody works on it yet");
    let mut operator = world.operator().await;
    wait(90)().unwrap();
    assert_eq!(world.all().await.len(), 3);
    let object = world.integrations().get(NAME).await.unwrap();
    assert_eq!(object.status.as_ref().unwrap().observed_generation, 1);
    operator.terminate().await.unwrap();

    // Ready is still there from before the change, and must not be taken for an answer to it.
    let zoe = hire(&world, "zoe");
    world
        .change(json!({"users": {"profile": {"mobile": "Work"}}}))
        .await;
    assert!(wait(1)().is_err(), "Ready speaks of the generation before");
    let _operator = world.operator().await;
    wait(90)().unwrap();
    assert!(world.extension_of(&zoe).await.is_some());
    world.finish().await;
}

/// The cells of a table that kubectl printed, by its header; ages as `<age>`.
fn table(text: &str) -> Vec<Vec<String>> {
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    let starts: Vec<usize> = header
        .char_indices()
        .filter(|(at, _)| *at == 0 || header[..*at].ends_with("   ") && !header[*at..].starts_with(' '))
        .map(|(at, _)| at)
        .collect();
    let cells = |line: &str| {
        let ends = starts.iter().skip(1).copied().chain([usize::MAX]);
        let cell = |(start, end): (&usize, usize)| {
            let cell: String = line
                .chars()
                .skip(*start)
                .take(end.saturating_sub(*start))
                .collect();
            let cell = cell.trim();
            let age = cell
                .strip_suffix('s')
                .is_some_and(|digits| digits.parse::<u32>().is_ok());
            if age { "<age>".to_owned() } else { cell.to_owned() }
        };
        starts.iter().zip(ends).map(cell).collect()
    };
    std::iter::once(header).chain(lines).map(cells).collect()
}

#[tokio::test]
async fn kubectl_shows_columns_and_events() {
    let world = World::with_people(1).await;
    let zoe = hire(&world, "zoe");
    let details = json!({
        "suspended": true,
        "phones": [{"value": "+44 7700 900123", "type": "mobile"}],
        "organizations": [{"title": "Engineer", "department": "R&D", "primary": true}],
    });
    world.google.patch_user(&zoe, details).unwrap();
    let _operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;

    let shown = table(&world.kubectl(&["get", "gwi"]).ok().unwrap());
    let header = [
        "NAME",
        "TENANT",
        "LEVEL",
        "CONNECTION",
        "MODE",
        "USERS",
        "READY",
        "STATUS",
        "LAST SYNC",
        "AGE",
    ];
    let message = "2 users have been synced to the PBX extension directory.";
    let row = [
        "acme",
        "acme",
        "Tenant",
        "Connected",
        "Automatic",
        "2",
        "True",
        message,
        "<age>",
        "<age>",
    ];
    assert_eq!(shown, [header.map(str::to_owned), row.map(str::to_owned)]);

    let shown = table(&world.kubectl(&["get", "pbxext", "-o", "wide"]).ok().unwrap());
    let header = [
        "NAME",
        "NUMBER",
        "NAME",
        "EMAIL",
        "STATE",
        "SOURCE",
        "INTEGRATION",
        "MOBILE",
        "TITLE",
        "DEPARTMENT",
        "REASON",
        "REMOVE AFTER",
        "AGE",
    ];
    let zoe = [
        "acme-1002",
        "1002",
        "zoe New",
        "zoe@acme.example",
        "false",
        "google",
        "acme",
        "+44 7700 900123",
        "Engineer",
        "R&D",
        "Suspended",
        "",
        "<age>",
    ];
    assert_eq!(shown.len(), 3);
    assert_eq!(
        (&shown[0][..], &shown[2][..]),
        (&header.map(str::to_owned)[..], &zoe.map(str::to_owned)[..])
    );
    let narrow = table(&world.kubectl(&["get", "pbxext"]).ok().unwrap());
    let expected: Vec<_> = [&header[..7], &header[12..]].concat();
    assert_eq!(narrow[0], expected);

    // One event for the new state, and none for a sync that changes nothing.
    world.sync().await;
    world.settled().await;
    let described = world.kubectl(&["describe", "gwi", NAME]).ok().unwrap();
    let events = described.split("Events:").nth(1).unwrap_or_default();
    let lines: Vec<_> = events
        .lines()
        .filter(|line| line.trim_start().starts_with("Normal"))
        .collect();
    assert_eq!(lines.len(), 1, "{described}");
    assert!(
        lines[0].contains("Succeeded") && lines[0].contains("dialplane") && lines[0].contains(message),
        "{}",
        lines[0]
    );
    world.finish().await;
}
