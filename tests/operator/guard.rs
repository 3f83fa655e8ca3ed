//! Removals above the limit wait for an approval of exactly that plan; a dry run writes nothing.

mod approval;
mod dry_run;
mod hold;
mod one_person;

use std::collections::BTreeMap;

use dialplane::api::names::ANNOTATION_APPROVE_REMOVALS;
use dialplane::api::status::PlanStatus;
use dialplane::api::{GoogleWorkspaceIntegration, PbxExtension};
use dialplane_test_harness::kstatus::{Status, kstatus};
use dialplane_test_harness::{AuditMark, Operator};
use serde_json::{Value, json};

use crate::world::{ADMIN, World, condition, user_id};

/// Of thirty extensions ten percent are fewer than the minimum, so that five removals pass and six do not.
const PEOPLE: usize = 30;

/// A synchronised world of [`PEOPLE`], and the Google ids of those with an enabled extension, without the administrator.
async fn synced(spec: Value) -> (World, Operator, Vec<String>) {
    let world = World::with_people(PEOPLE).await;
    let operator = world.builder().arg("--google-tries=1").spawn().await.unwrap();
    world.declare(spec).await;
    world.until_synced().await;
    let active = active(&world).await;
    assert!(active.len() >= 25);
    (world, operator, active)
}

async fn active(world: &World) -> Vec<String> {
    let all = world.all().await.into_values();
    all.filter(|extension| extension.spec.enabled && email(extension) != ADMIN)
        .map(|extension| user_id(&extension).unwrap().to_owned())
        .collect()
}

fn email(extension: &PbxExtension) -> &str {
    extension
        .spec
        .user
        .as_ref()
        .and_then(|user| user.email.as_deref())
        .unwrap()
}

fn suspend(world: &World, ids: &[String], suspended: bool) {
    for id in ids {
        world
            .google
            .patch_user(id, json!({"suspended": suspended}))
            .unwrap();
    }
}

async fn approve(world: &World, hash: &str) {
    world.annotate(ANNOTATION_APPROVE_REMOVALS, hash).await;
}

fn plan(object: &GoogleWorkspaceIntegration) -> &PlanStatus {
    object.status.as_ref().unwrap().plan.as_ref().unwrap()
}

/// Waits until a plan is held, and checks that every part of the status says so.
async fn held(world: &World, removals: i64) -> GoogleWorkspaceIntegration {
    let object = world
        .until(|object| {
            let plan = object.status.as_ref().and_then(|status| status.plan.as_ref());
            plan.is_some_and(|plan| plan.counts.disable + plan.counts.delete == removals)
        })
        .await;
    let ready = condition(&object, "Ready").unwrap();
    assert_eq!(
        (ready.status.as_str(), ready.reason.as_str()),
        ("False", "RemovalsHeld")
    );
    for kind in ["RemovalsHeld", "Stalled"] {
        let condition = condition(&object, kind).unwrap_or_else(|| panic!("no {kind}"));
        assert_eq!(
            (condition.status.as_str(), &condition.message),
            ("True", &ready.message)
        );
    }
    assert_eq!(condition(&object, "UsersSynced").unwrap().status, "False");
    assert_eq!(condition(&object, "Authorized").unwrap().status, "True");
    assert_eq!(kstatus(&serde_json::to_value(&object).unwrap()), Status::Failed);
    let plan = plan(&object);
    assert!(
        plan.hash.len() == 16 && plan.hash.chars().all(|char| char.is_ascii_hexdigit()),
        "{}",
        plan.hash
    );
    let action = format!("dialplane.io/approve-removals={}", plan.hash);
    assert!(ready.message.contains(&action), "{}", ready.message);
    assert!(
        ready.message.starts_with(&removals.to_string()),
        "{}",
        ready.message
    );
    object
}

/// Which extensions are enabled, by Google's id.
async fn phones(world: &World) -> BTreeMap<String, bool> {
    let all = world.all().await.into_values();
    all.map(|extension| (user_id(&extension).unwrap().to_owned(), extension.spec.enabled))
        .collect()
}

async fn writes_of_extensions(world: &World, since: AuditMark) -> usize {
    let writes = world.writes(since).await;
    let of_extensions = writes.iter().filter(|(what, _)| what.ends_with(" pbxextensions"));
    of_extensions.map(|(_, count)| count).sum()
}
