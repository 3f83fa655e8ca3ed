//! Google's answer about somebody who is missing.

use std::collections::BTreeSet;
use std::time::Duration;

use google_workspace_simulator::Fault;
use serde_json::json;

use super::{GET, LIST, Tempted, answer, arm, attempt, listed, on_page, picture};
use crate::world::{World, company, users};

#[tokio::test]
async fn without_an_answer_about_the_missing_person_nothing_happens() {
    let tempted = Tempted::with_people(40).await;
    // An empty list of deleted users is a good answer: it leaves the question to users.get.
    let good = ["emptyPage", "shortPage", "shortRead"];
    let bad = |reason: &&str| !good.contains(reason);
    for reason in Fault::api_reasons().chain(Fault::read_reasons()).filter(bad) {
        let fault = on_page(0, Fault::named(reason));
        let what = format!("{reason} for the list of deleted users");
        tempted.fails(&what, [list_passes(), fault]).await;
    }
    tempted.nothing_changed().await;

    // After 20 days Google lists the deleted person no more, and only users.get can tell.
    tempted.world.google.advance_clock(Duration::from_hours(21 * 24));
    // The former is Google's word for "there is no such user", the latter for "nobody of yours".
    let bad = |reason: &&str| !["notFound", "forbidden"].contains(reason);
    let broken = ["connectionClosed", "connectionCut"];
    for reason in Fault::api_reasons().filter(bad).chain(broken) {
        let fault = Fault {
            path_prefix: Some(GET.to_owned()),
            ..Fault::named(reason)
        };
        tempted.fails(&format!("{reason} for users.get"), [fault]).await;
    }
    for (what, body) in [
        (
            "somebody else",
            json!({"id": "1", "primaryEmail": "x@acme.example"}),
        ),
        ("nobody", json!({"kind": "admin#directory#user"})),
        ("an empty body", json!("")),
    ] {
        let fault = Fault {
            path_prefix: Some(GET.to_owned()),
            body: Some(body),
            ..Fault::default()
        };
        tempted.fails(&format!("{what} for users.get"), [fault]).await;
    }
    tempted.ends_well().await;
}

/// Who is missing from the list and cannot be read is no evidence of anything, and fails nobody else's sync.
#[tokio::test]
async fn a_missing_person_who_cannot_be_read_stays_as_before() {
    let world = World::new(company(&["ana", "bo", "cy"])).await;
    let _operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    let ana = world.id_of("ana@acme.example");
    world.google.delete_user(&ana).unwrap();
    world.google.advance_clock(Duration::from_hours(21 * 24));
    let bo = json!({"suspended": true});
    world.google.patch_user("bo@acme.example", bo).unwrap();
    let fault = Fault {
        path_prefix: Some(GET.to_owned()),
        ..Fault::named("forbidden")
    };
    world.google.add_fault(fault).unwrap();
    world.sync().await;
    let object = world.until_synced().await;
    let roll = world.roll().await;
    assert!(roll.ends_with("ana, 1003 bo (Suspended), 1004 cy"), "{roll}");
    let problems = &users(&object).problems;
    let told: Vec<_> = problems
        .iter()
        .map(|problem| (&*problem.user, &*problem.reason))
        .collect();
    assert_eq!(told, [(ana.as_str(), "NotReadable")]);
    assert!(problems[0].message.contains("acme-1002"), "{problems:?}");

    world.google.clear_faults();
    world.sync().await;
    let roll = world.roll().await;
    assert!(roll.contains("ana (Deleted), 1003 bo (Suspended)"), "{roll}");
    world.finish().await;
}

/// One entry of the list has no address: its person keeps what there is, and everybody else is served.
#[tokio::test]
async fn a_person_whose_entry_cannot_be_used_is_told_and_keeps_the_extension() {
    let world = World::new(company(&["ana", "bo", "cy"])).await;
    let _operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    let ana = world.id_of("ana@acme.example");
    let renamed = json!({"name": {"givenName": "Robert", "familyName": "Example"}});
    world.google.patch_user("bo@acme.example", renamed).unwrap();
    let mut page: Vec<_> = ["admin", "ana", "bo", "cy"]
        .iter()
        .map(|name| world.google.user(&format!("{name}@acme.example")).unwrap())
        .collect();
    page[1].as_object_mut().unwrap().remove("primaryEmail");
    let broken = Fault {
        method: Some("users.list".to_owned()),
        body: Some(json!({"kind": "admin#directory#users", "users": page})),
        ..Fault::default()
    };
    world.google.add_fault(broken).unwrap();
    let before = world.extension_of(&ana).await.unwrap();
    let object = world.sync().await;
    let problems = &users(&object).problems;
    let told: Vec<_> = problems
        .iter()
        .map(|problem| (&*problem.user, &*problem.reason))
        .collect();
    assert_eq!(told, [(ana.as_str(), "Unreadable")]);
    assert!(problems[0].message.contains("primaryEmail"), "{problems:?}");
    assert_eq!(world.extension_of(&ana).await.unwrap(), before);
    let bo = world.extension_of(&world.id_of("bo@acme.example")).await.unwrap();
    assert_eq!(bo.spec.user.unwrap().first_name.as_deref(), Some("Robert"));
    world.finish().await;
}

/// The first list is answered as it should be; the next one is that of deleted users.
fn list_passes() -> Fault {
    Fault {
        path_prefix: Some(LIST.to_owned()),
        delay_ms: Some(0),
        count: Some(1),
        ..Fault::default()
    }
}

#[tokio::test]
async fn a_person_whom_google_lists_is_not_deleted_whatever_another_list_says() {
    let tempted = Tempted::with_people(40).await;
    let world = &tempted.world;
    world.google.clear_faults();
    let users = listed(world, None).await["users"].clone();
    // Only the really deleted person is missing from the list; the list of deleted users holds everybody else.
    let lie = Fault {
        count: Some(1),
        ..answer(json!({"kind": "admin#directory#users", "users": users}))
    };
    arm(world, [list_passes(), lie]);
    assert_eq!(attempt(world, &tempted.operator).await, "success");
    let changed: BTreeSet<String> = picture(world)
        .await
        .into_iter()
        .filter(|(name, kept)| tempted.before.get(name) != Some(kept))
        .map(|(name, _)| name)
        .collect();
    let expected: BTreeSet<String> = tempted.suspended.union(&tempted.deleted).cloned().collect();
    assert_eq!(changed, expected);
    tempted.world.finish().await;
}
