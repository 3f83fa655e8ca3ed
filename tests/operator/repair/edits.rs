//! What comes back, and what does not.

use std::collections::BTreeMap;

use dialplane::api::PbxExtension;
use dialplane::api::names::{
    EXTENSION_LABELS, LABEL_GOOGLE_USER_ID, LABEL_INTEGRATION, LABEL_MANAGED_BY, LABEL_SOURCE,
};
use dialplane_test_harness::AuditMark;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use super::{ONE_QUESTION, PATCH, STATUS, first_name, get, served};
use crate::world::{Asked, World, counts, differences};

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

/// Insists on these calls and writes for everything that was done to extensions since the mark, beside those of the
/// barrier.
async fn looked_at(world: &World, mark: AuditMark, mut asked: Asked, mut writes: BTreeMap<String, usize>) {
    world.caught_up("1003").await;
    asked.single += 2;
    *writes.entry(PATCH.to_owned()).or_default() += 2;
    assert_eq!(world.asked(), asked);
    world.wrote(mark, writes).await;
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
