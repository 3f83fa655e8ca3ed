//! Extensions that somebody edited or deleted by hand, and objects that are not ours.

use std::collections::BTreeMap;

use dialplane::api::PbxExtension;
use dialplane::api::names::{
    ANNOTATION_BREAK_GLASS, EXTENSION_LABELS, LABEL_GOOGLE_USER_ID, LABEL_INTEGRATION, LABEL_MANAGED_BY,
    LABEL_SOURCE,
};
use dialplane_test_harness::{AuditMark, Operator};
use google_workspace_simulator::Fault;
use kube::ResourceExt;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use crate::world::{
    Asked, NAME, World, colleague, company, counts, differences, merge, poll, user_id, within,
};

const PATCH: &str = "patch pbxextensions";
const CREATE: &str = "create pbxextensions";
const STATUS: &str = "patch googleworkspaceintegrations/status";
/// One question about one person, and nothing else.
const ONE_QUESTION: Asked = Asked {
    lists: 0,
    deleted: 0,
    single: 1,
};

/// The administrator (1001), ana (1002), bo (1003) and cy (1004), served, and the operator that serves them.
async fn served() -> (World, Operator) {
    let mut seed = company(&["bo", "cy"]);
    let mut ana = colleague("ana");
    merge(
        &mut ana,
        json!({
            "phones": [{"value": "+44 7700 900001", "type": "mobile"}],
            "organizations": [{"title": "Engineer", "department": "R&D", "primary": true}],
        }),
    );
    seed.users.push(ana);
    serve(World::new(seed).await).await
}

async fn serve(world: World) -> (World, Operator) {
    let operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    (world, operator)
}

async fn get(world: &World, number: &str) -> PbxExtension {
    world.extensions().get(&format!("{NAME}-{number}")).await.unwrap()
}

/// An extension that an administrator of the phone system makes.
async fn foreign(world: &World, number: &str) -> PbxExtension {
    let object = json!({
        "apiVersion": "dialplane.io/v1alpha1", "kind": "PbxExtension",
        "metadata": {"name": format!("{NAME}-{number}")},
        "spec": {"tenant": NAME, "number": number, "user": {"firstName": "Lobby"}},
    });
    let object: PbxExtension = serde_json::from_value(object).unwrap();
    let params = PostParams::default();
    world.extensions().create(&params, &object).await.unwrap()
}

async fn delete(world: &World, number: &str) {
    let name = format!("{NAME}-{number}");
    world
        .extensions()
        .delete(&name, &DeleteParams::default())
        .await
        .unwrap();
}

/// Insists on these calls and writes for everything that was done to extensions since the mark, beside those of the
/// barrier.
async fn looked_at(world: &World, mark: AuditMark, mut asked: Asked, mut writes: BTreeMap<String, usize>) {
    world.caught_up("1003").await;
    asked.single += 2;
    *writes.entry(PATCH.to_owned()).or_default() += 2;
    assert_eq!(world.asked(), asked);
    world.wrote(mark, writes).await;
}

fn first_name(extension: &PbxExtension) -> Option<&str> {
    extension.spec.user.as_ref()?.first_name.as_deref()
}

/// Makes each of these edits of ana's extension, and insists that it comes back by one question and one patch.
async fn come_back(world: &World, patches: impl IntoIterator<Item = Value>) {
    let before = get(world, "1002").await;
    let mark = world.mark().await;
    let mut edits = 0;
    for patch in patches {
        let edited = world.edit("1002", patch.clone()).await;
        assert!(
            !differences(&before, &edited).is_empty(),
            "{patch} changes nothing"
        );
        world
            .until_extension("1002", |ana| differences(&before, ana).is_empty())
            .await;
        edits += 1;
    }
    assert!(edits > 0);
    let asked = Asked {
        single: edits,
        ..Asked::default()
    };
    looked_at(world, mark, asked, counts([(PATCH, edits)])).await;
}

#[tokio::test]
async fn an_edited_field_of_the_directory_comes_back_by_one_question_and_one_patch() {
    let (world, _operator) = served().await;
    let mut edits = Vec::new();
    for field in ["firstName", "lastName", "email", "mobile", "jobTitle"] {
        edits.push(json!({"spec": {"user": {field: "x@y.example"}}}));
        edits.push(json!({"spec": {"user": {field: null}}}));
    }
    edits.push(json!({"spec": {"user": null}}));
    edits.push(json!({"spec": {"google": null}}));
    edits.push(json!({"spec": {"user": {"firstName": "X", "lastName": "Y", "language": "tlh"}, "google": {"orgUnitPath": "/Z"}}}));
    come_back(&world, edits).await;
    world.finish().await;
}

#[tokio::test]
async fn a_label_of_ours_comes_back() {
    let (world, _operator) = served().await;
    let all = EXTENSION_LABELS.map(|label| (label.to_owned(), Value::Null));
    let mut changes: Vec<_> = EXTENSION_LABELS.map(|label| json!({label: null})).to_vec();
    changes.push(Value::Object(all.into_iter().collect()));
    for label in [
        LABEL_INTEGRATION,
        LABEL_MANAGED_BY,
        LABEL_SOURCE,
        LABEL_GOOGLE_USER_ID,
    ] {
        changes.push(json!({label: "other"}));
    }
    let edits = changes
        .into_iter()
        .map(|labels| json!({"metadata": {"labels": labels}}));
    come_back(&world, edits).await;
    world.finish().await;
}

#[tokio::test]
async fn an_extension_enabled_against_the_directory_is_disabled_again() {
    let (world, _operator) = served().await;
    let ana = world.id_of("ana@acme.example");
    world.google.patch_user(&ana, json!({"suspended": true})).unwrap();
    world.sync().await;
    come_back(
        &world,
        [json!({"spec": {"enabled": true, "disabledReason": null}})],
    )
    .await;
    world.finish().await;
}

/// A directory whose first number is free again: everybody has a higher one than a newcomer would get now.
async fn served_above(people: usize) -> (World, Operator) {
    let world = World::with_people(people).await;
    foreign(&world, "1001").await;
    let (world, operator) = serve(world).await;
    delete(&world, "1001").await;
    (world, operator)
}

#[tokio::test]
async fn an_extension_deleted_by_hand_comes_back_with_its_number() {
    let (world, _operator) = served_above(3).await;
    let before = get(&world, "1003").await;
    let mark = world.mark().await;
    delete(&world, "1003").await;
    let after = world
        .until_extension("1003", |extension| extension.uid() != before.uid())
        .await;
    assert_eq!((user_id(&after), &after.spec), (user_id(&before), &before.spec));
    assert_eq!(after.labels(), before.labels());
    world.caught_up("1002").await;
    let asked = Asked {
        single: 1 + 2,
        ..Asked::default()
    };
    assert_eq!(world.asked(), asked);
    world.wrote(mark, counts([(CREATE, 1), (PATCH, 2)])).await;
    world.finish().await;
}

/// Google is asked page by page, not person by person; and newcomers, who come first in the directory, do not get what
/// others are about to get back.
#[tokio::test]
async fn many_deleted_at_once_come_back_by_a_sync() {
    let (world, _operator) = served_above(70).await;
    let before = world.all().await;
    for newcomer in ["aaa", "aab"] {
        world.google.create_user(colleague(newcomer)).unwrap();
    }
    let mark = world.mark().await;
    // One person is being looked after while the others are noticed, so that they are noticed together.
    let hold = world.hold("users.get", 0);
    let edit = json!({"spec": {"user": {"jobTitle": "Queen"}}});
    world.edit("1070", edit.clone()).await;
    within("the question about one person", hold.reached(1)).await;
    let names: Vec<_> = before.values().take(60).map(ResourceExt::name_any).collect();
    let api = world.extensions();
    let params = DeleteParams::default();
    let deletions = names.iter().map(|name| api.delete(name, &params));
    futures::future::try_join_all(deletions).await.unwrap();
    // This edit is told at once, and what was done before it has been noticed before.
    let mut last = edit;
    last["metadata"] = json!({"annotations": {ANNOTATION_BREAK_GLASS: "a test"}});
    world.edit("1071", last).await;
    poll("the last edit's event", async || {
        world.events("BreakGlass").await.pop()
    })
    .await;
    hold.release();
    world
        .until(|object| {
            let users = object.status.as_ref().unwrap().users.as_ref().unwrap();
            users.counts.created == 62
        })
        .await;
    let once = Asked {
        lists: 1,
        ..ONE_QUESTION
    };
    assert_eq!(world.asked(), once);
    let mut writes = world.writes(mark).await;
    // On a slow machine the sync shows its progress.
    writes.remove(STATUS);
    assert_eq!(writes, counts([(CREATE, 62), (PATCH, 2)]));
    let after = world.all().await;
    for (number, old) in before {
        assert_eq!(user_id(&after[&number]), user_id(&old), "{number}");
    }
    for (newcomer, number) in [("aaa", "1001"), ("aab", "1072")] {
        let found = world.number_of(&format!("{newcomer}@acme.example")).await;
        assert_eq!(found.as_deref(), Some(number));
    }
    world.finish().await;
}

#[tokio::test]
async fn what_an_administrator_switched_off_stays_off() {
    let (world, _operator) = served().await;
    let mark = world.mark().await;
    world.edit("1002", json!({"spec": {"enabled": false}})).await;
    // It is looked at, and right.
    looked_at(&world, mark, ONE_QUESTION, counts([])).await;
    let ana = world.id_of("ana@acme.example");

    // Neither a sync nor a change of the person nor their suspension turns it on or gives it another reason.
    for change in [
        json!({}),
        json!({"name": {"givenName": "Anna"}}),
        json!({"suspended": true}),
        json!({"suspended": false}),
    ] {
        world.google.patch_user(&ana, change.clone()).unwrap();
        world.sync().await;
        let extension = get(&world, "1002").await;
        assert_eq!(
            (extension.spec.enabled, extension.spec.disabled_reason),
            (false, None),
            "{change}"
        );
    }
    assert_eq!(first_name(&get(&world, "1002").await), Some("Anna"));
    world.edit("1002", json!({"spec": {"enabled": true}})).await;
    let mark = world.mark().await;
    world.sync().await;
    assert!(get(&world, "1002").await.spec.enabled);
    assert_eq!(world.writes(mark).await, counts([(STATUS, 1)]));
    world.finish().await;
}

/// Fields, labels and annotations that are the phone system's, its status above all: a sync and a repair leave them, and
/// nobody at Google hears of them.
#[tokio::test]
async fn what_belongs_to_the_phone_system_is_left_alone() {
    let (world, _operator) = served().await;
    let mark = world.mark().await;
    let own = json!({
        "metadata": {"labels": {"site": "hq"}, "annotations": {"note": "window seat"}},
        "spec": {
            "voicemail": {"enabled": false, "pinSecretRef": {"name": "pins", "key": "1002"}},
            "sip": {"credentialsSecretRef": {"name": "sip-1002"}},
            "signIn": {"enabled": true, "subject": "7"},
        },
    });
    world.edit("1002", own).await;
    let status = |profile: &str| json!({"status": {"observedGeneration": 1, "profile": profile}});
    for profile in ["Available", "Away", "Lunch"] {
        let patch = Patch::Merge(status(profile));
        world
            .extensions()
            .patch_status("acme-1002", &PatchParams::default(), &patch)
            .await
            .unwrap();
    }
    let before = get(&world, "1002").await;
    looked_at(&world, mark, Asked::default(), counts([])).await;

    let ana = world.id_of("ana@acme.example");
    world
        .google
        .patch_user(&ana, json!({"suspended": true, "name": {"givenName": "Anna"}}))
        .unwrap();
    world.sync().await;
    let changed = differences(&before, &get(&world, "1002").await);
    assert_eq!(
        changed,
        [
            "/spec/disabledReason",
            "/spec/enabled",
            "/spec/user/displayName",
            "/spec/user/firstName"
        ]
    );
    come_back(&world, [json!({"spec": {"user": {"jobTitle": "Queen"}}})]).await;
    assert_eq!(differences(&before, &get(&world, "1002").await), changed);
    world.finish().await;
}

/// Somebody puts an object of their own where an extension was before the operator could put it back.
#[tokio::test]
async fn an_object_of_the_same_name_that_is_not_ours_is_left_alone() {
    let (world, _operator) = served().await;
    let ana = world.id_of("ana@acme.example");
    let down = Fault {
        path_prefix: Some("/admin".into()),
        ..Fault::named("backendError")
    };
    world.google.add_fault(down).unwrap();
    delete(&world, "1002").await;
    let foreign = foreign(&world, "1002").await;
    world.google.clear_faults();
    world
        .until_extension("1005", |extension| user_id(extension) == Some(ana.as_str()))
        .await;

    let edited = world
        .edit("1002", json!({"spec": {"user": {"firstName": "Porch"}}}))
        .await;
    world.sync().await;
    let after = get(&world, "1002").await;
    assert_eq!(differences(&foreign, &after), ["/spec/user/firstName"]);
    assert_eq!(after.resource_version(), edited.resource_version());
    world.finish().await;
}

#[tokio::test]
async fn while_suspended_nothing_is_repaired_until_it_goes_on() {
    let (world, _operator) = served().await;
    world.declare_bystander().await;
    let before = get(&world, "1002").await;
    world.change(json!({"suspend": true})).await;
    world.until_ready("False", "Suspended").await;

    let mark = world.mark().await;
    world
        .edit("1002", json!({"spec": {"user": {"firstName": "X"}}}))
        .await;
    delete(&world, "1004").await;
    world.passed_by().await;
    assert_eq!(world.asked(), ONE_QUESTION, "of the bystander");
    world.wrote(mark, counts([(PATCH, 1)])).await;
    assert_eq!(first_name(&get(&world, "1002").await), Some("X"));

    world.change(json!({"suspend": false})).await;
    world.until_synced().await;
    assert_eq!(differences(&before, &get(&world, "1002").await), [""; 0]);
    let cy = world.id_of("cy@acme.example");
    assert_eq!(
        user_id(&get(&world, "1004").await),
        Some(cy.as_str()),
        "the number was kept for its person"
    );
    world.finish().await;
}

#[tokio::test]
async fn an_edit_during_a_change_in_google_ends_right() {
    let (world, _operator) = served().await;
    let ana = world.id_of("ana@acme.example");
    for round in 0..8 {
        let name = format!("Ana {round}");
        let edits = async {
            for field in ["firstName", "lastName", "mobile"] {
                world
                    .edit("1002", json!({"spec": {"user": {field: format!("x{round}")}}}))
                    .await;
            }
        };
        let change = async {
            world
                .google
                .patch_user(
                    &ana,
                    json!({"name": {"givenName": name}, "suspended": round % 2 == 0}),
                )
                .unwrap();
            world.sync().await;
        };
        tokio::join!(edits, change);
        let right = |extension: &PbxExtension| {
            let user = extension.spec.user.as_ref().unwrap();
            (
                user.first_name.as_deref(),
                user.last_name.as_deref(),
                user.mobile.as_deref(),
            ) == (Some(name.as_str()), Some("Example"), Some("+44 7700 900001"))
                && extension.spec.enabled == (round % 2 != 0)
        };
        world.until_extension("1002", right).await;
    }
    world.finish().await;
}
