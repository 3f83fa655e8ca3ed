//! Each person whom Google tells about is served, by one question and one write.

use dialplane::api::PbxExtension;
use dialplane::api::extension::DisabledReason;
use google_workspace_simulator::{Fault, Switches};
use serde_json::{Value, json};

use super::{CREATE, LIST, PATCH, STATUS, Scene, calls, count, get, insecure, nothing};
use crate::world::{NAME, colleague, company, condition, counts, merge, poll, user_id};

fn first_name(extension: &PbxExtension) -> Option<&str> {
    extension.spec.user.as_ref()?.first_name.as_deref()
}

/// What an administrator of Google does to somebody.
enum Act {
    Patch(Value),
    Delete,
    Undelete,
}

#[tokio::test]
async fn a_new_person_a_rename_a_suspension_a_deletion_and_an_undeletion_cost_one_question_and_one_write_each()
 {
    let scene = Scene::open(json!({})).await;
    let google = &scene.world.google;

    let mark = scene.mark().await;
    let zoe = google.create_user(colleague("zoe")).unwrap();
    let zoe = zoe["id"].as_str().unwrap();
    scene
        .world
        .until_extension("1005", |found| user_id(found) == Some(zoe))
        .await;
    scene.cost(mark, &[get(zoe)], counts([(CREATE, 1)])).await;

    let ana = scene.world.id_of("ana@acme.example");
    let steps = [
        (
            Act::Patch(json!({"primaryEmail": "anna@acme.example", "name": {"givenName": "Anna"}})),
            json!({"enabled": true, "user": {"firstName": "Anna"}}),
        ),
        (Act::Patch(json!({"suspended": true})), json!({"enabled": false})),
        (Act::Patch(json!({"suspended": false})), json!({"enabled": true})),
        (Act::Delete, json!({"enabled": false})),
        (Act::Undelete, json!({"enabled": true})),
        (
            Act::Patch(json!({"organizations": [{"title": "CEO", "primary": true}]})),
            json!({"user": {"jobTitle": "CEO"}}),
        ),
    ];
    for (act, wanted) in steps {
        let mark = scene.mark().await;
        match act {
            Act::Patch(patch) => drop(google.patch_user(&ana, patch).unwrap()),
            Act::Delete => google.delete_user(&ana).unwrap(),
            Act::Undelete => drop(google.undelete_user(&ana).unwrap()),
        }
        let reached = |extension: &PbxExtension| {
            let now = serde_json::to_value(&extension.spec).unwrap();
            let mut with = now.clone();
            merge(&mut with, wanted.clone());
            with == now
        };
        scene.world.until_extension("1002", reached).await;
        scene.cost(mark, &[get(&ana)], counts([(PATCH, 1)])).await;
        assert!(scene.ingress.told().iter().all(|told| told.answer == 200));
    }
    scene.world.finish().await;
}

#[tokio::test]
async fn what_changes_nothing_that_an_extension_has_costs_one_question() {
    let scene = Scene::open(json!({})).await;
    let mark = scene.mark().await;
    let ana = scene.world.id_of("ana@acme.example");
    let patch = json!({"includeInGlobalAddressList": false});
    scene.world.google.patch_user(&ana, patch).unwrap();
    scene.ingress.until_told(1).await;
    scene.cost(mark, &[get(&ana)], nothing()).await;
    scene.world.finish().await;
}

#[tokio::test]
async fn duplicates_and_messages_in_another_order_are_harmless() {
    let scene = Scene::open(json!({})).await;
    scene.world.google.set_switches(Switches {
        duplicate_notifications: true,
        reordered_notifications: true,
        ..insecure()
    });
    let mark = scene.mark().await;
    let google = &scene.world.google;
    let (ana, cy) = (
        scene.world.id_of("ana@acme.example"),
        scene.world.id_of("cy@acme.example"),
    );
    for name in ["One", "Two", "Three"] {
        google
            .patch_user(&ana, json!({"name": {"givenName": name}}))
            .unwrap();
    }
    google.delete_user(&cy).unwrap();
    google.undelete_user(&cy).unwrap();
    google.delete_user(&cy).unwrap();
    let told = scene.ingress.until_told(12).await;
    scene
        .world
        .until_extension("1002", |ana| first_name(ana) == Some("Three"))
        .await;
    scene.world.until_extension("1004", |cy| !cy.spec.enabled).await;
    // And once more everything, from the last to the first.
    google.set_switches(insecure());
    let before = scene
        .metric("dialplane_push_notifications_total{result=\"duplicate\"}")
        .await;
    for delivery in told.iter().rev() {
        assert_eq!(scene.ingress.deliver(delivery).await, 200);
    }
    let after = scene
        .metric("dialplane_push_notifications_total{result=\"duplicate\"}")
        .await;
    assert_eq!(after - before, u64::try_from(told.len()).unwrap());
    let bo = scene.caught_up().await;
    let writes = scene.world.writes(mark).await;
    // Each write, bo's among them, was one of these states: no order of messages makes another.
    assert!(writes[PATCH] <= 7 && writes.len() == 1, "{writes:?}");
    assert!(
        calls(&scene.world)
            .iter()
            .all(|call| [&ana, &bo, &cy].iter().any(|id| *call == get(id)))
    );
    let mark = scene.mark().await;
    scene.cost(mark, &[], nothing()).await;
    assert_eq!(first_name(&scene.world.all().await["1002"]), Some("Three"));
    assert!(!scene.world.all().await["1004"].spec.enabled);
    scene.world.finish().await;
}

#[tokio::test]
async fn an_answer_that_is_older_than_what_was_told_is_asked_for_again() {
    let scene = Scene::open(json!({})).await;
    let mark = scene.mark().await;
    // Google has just created the person, and a copy of the directory does not know it yet.
    let stale = Fault {
        method: Some("users.get".to_owned()),
        count: Some(1),
        body: Some(
            json!({"error": {"code": 404, "message": "Resource Not Found: userKey",
            "errors": [{"message": "Resource Not Found: userKey", "domain": "global", "reason": "notFound"}]}}),
        ),
        status: Some(404),
        ..Fault::default()
    };
    scene.world.google.add_fault(stale).unwrap();
    let zoe = scene.world.google.create_user(colleague("zoe")).unwrap();
    let zoe = zoe["id"].as_str().unwrap();
    scene
        .world
        .until_extension("1005", |found| user_id(found) == Some(zoe))
        .await;
    scene
        .cost(mark, &[get(zoe), get(zoe)], counts([(CREATE, 1)]))
        .await;
    scene.world.finish().await;
}

#[tokio::test]
async fn a_person_who_leaves_the_unit_of_the_scope_waits_for_the_sync() {
    let mut seed = company(&["bo", "cy"]);
    let mut ana = colleague("ana");
    ana["orgUnitPath"] = json!("/Sales");
    seed.users.push(ana);
    let scope = json!({"users": {"scope": {"exclude": {"organizationalUnits": ["/Left"]}}}});
    let left = json!({"name": "Left", "orgUnitPath": "/Left", "parentOrgUnitPath": "/"});
    seed.org_units.push(left);
    let scene = Scene::with(seed, scope).await;
    let mark = scene.mark().await;
    let ana = scene.world.id_of("ana@acme.example");
    scene
        .world
        .google
        .patch_user(&ana, json!({"orgUnitPath": "/Left"}))
        .unwrap();
    scene.ingress.until_told(1).await;
    scene.cost(mark, &[get(&ana)], nothing()).await;
    assert_eq!(scene.world.all().await.len(), 4);

    scene.world.sync().await;
    let ana = scene.world.extension_of(&ana).await.unwrap();
    assert_eq!(ana.spec.disabled_reason, Some(DisabledReason::OutOfScope));
    scene.world.finish().await;
}

#[tokio::test]
async fn a_crowd_becomes_one_sync() {
    let names: Vec<String> = (0..150).map(|number| format!("p{number:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let scene = Scene::with(company(&names), json!({})).await;
    let mark = scene.mark().await;
    // The first of them is served for as long as it takes to tell about the others.
    let hold = scene.world.hold("users.get", 0);
    for name in &names {
        let id = scene.world.id_of(&format!("{name}@acme.example"));
        scene
            .world
            .google
            .patch_user(&id, json!({"name": {"familyName": "Merged"}}))
            .unwrap();
    }
    scene.ingress.until_told(names.len()).await;
    hold.release();
    let changed = |extension: &PbxExtension| {
        extension.spec.user.as_ref().unwrap().last_name.as_deref() == Some("Merged")
    };
    poll("everybody's new name", async || {
        let all = scene.world.all().await;
        (all.values().filter(|extension| changed(extension)).count() == names.len()).then_some(())
    })
    .await;
    let asked = calls(&scene.world);
    assert_eq!(count(&scene.world, LIST), 1, "{asked:?}");
    assert!(asked.len() < names.len() / 2, "{} calls", asked.len());
    let writes = scene
        .world
        .until_written(mark, |writes| writes.contains_key(STATUS))
        .await;
    assert_eq!(writes[PATCH], names.len());
    scene.world.finish().await;
}

#[tokio::test]
async fn more_removals_than_a_sync_may_make_are_held_as_in_a_sync() {
    let limit = json!({"users": {"lifecycle": {"removalLimit": {"percent": 0, "minimum": 1}}}});
    let scene = Scene::open(limit).await;
    for name in ["ana", "bo", "cy"] {
        let id = scene.world.id_of(&format!("{name}@acme.example"));
        scene
            .world
            .google
            .patch_user(&id, json!({"suspended": true}))
            .unwrap();
    }
    let object = scene.world.until_ready("False", "RemovalsHeld").await;
    let held = condition(&object, "RemovalsHeld").unwrap();
    assert!(held.message.starts_with("2 extensions"), "{}", held.message);
    let disabled = scene
        .world
        .all()
        .await
        .into_values()
        .filter(|extension| !extension.spec.enabled);
    assert_eq!(disabled.count(), 1);
    assert_eq!(condition(&object, "RealtimeReady").unwrap().status, "True");
    assert_eq!(object.metadata.name.as_deref(), Some(NAME));
    scene.world.finish().await;
}
