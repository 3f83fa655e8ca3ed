//! One person at a time: the way of an edit or a deletion by hand takes nothing away that a sync would not.

use std::time::Duration;

use dialplane::api::extension::DisabledReason;
use google_workspace_simulator::keys;
use kube::api::DeleteParams;
use serde_json::{Value, json};

use super::{approve, held, phones, plan, suspend, synced};
use crate::world::{World, company, user_id, within};

/// The number of the person with this id.
async fn number(world: &World, id: &str) -> String {
    world.extension_of(id).await.unwrap().spec.number
}

fn boss() -> Value {
    json!({"spec": {"user": {"jobTitle": "Boss"}}})
}

async fn until_corrected(world: &World, number: &str) {
    let is_right = |extension: &dialplane::api::PbxExtension| {
        let user = extension.spec.user.as_ref().unwrap();
        user.job_title.as_deref() != Some("Boss")
    };
    world.until_extension(number, is_right).await;
}

/// With a plan that waits, every hand edit would otherwise take one phone after the other.
#[tokio::test]
async fn an_edit_under_a_held_plan_is_corrected_and_takes_nobodys_phone() {
    let (world, _operator, active) = synced(json!({})).await;
    suspend(&world, &active[..8], true);
    world.sync().await;
    let hash = plan(&held(&world, 8).await).hash.clone();
    let before = phones(&world).await;
    for person in &active[..8] {
        let number = number(&world, person).await;
        world.edit(&number, boss()).await;
        until_corrected(&world, &number).await;
    }
    assert_eq!(phones(&world).await, before);
    // Deleted by hand, an extension comes back, of somebody who keeps the phone too.
    let number = number(&world, &active[9]).await;
    let name = format!("acme-{number}");
    let delete = DeleteParams::default();
    world.extensions().delete(&name, &delete).await.unwrap();
    world
        .until_extension(&number, |extension| extension.spec.enabled)
        .await;
    assert_eq!(phones(&world).await, before);
    assert_ne!(plan(&held(&world, 8).await).hash, String::new());
    // The corrections are changes of the objects, so what was looked at is no longer the plan.
    world.sync().await;
    let object = held(&world, 8).await;
    assert_ne!(plan(&object).hash, hash);
    approve(&world, &plan(&object).hash).await;
    world.until_synced().await;
    world.finish().await;
}

/// Credentials of another account answer now, perhaps of another organization: what they do not know is no evidence.
#[tokio::test]
async fn an_edit_takes_nothing_away_before_the_organization_is_proved() {
    let world = World::new(company(&["ana", "bo"])).await;
    let _operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    let ana = world.id_of("ana@acme.example");
    let number = number(&world, &ana).await;
    let email = "another@acme-voice.iam.gserviceaccount.com";
    let (key, mut account) = keys::service_account(email, "104497032270219758299", "acme-voice").unwrap();
    account
        .delegated_scopes
        .clone_from(&world.account.delegated_scopes);
    world.google.put_service_account(account).unwrap();
    world.put_secret(&key).await;
    // Nobody of that id, as another organization would say.
    world.google.delete_user(&ana).unwrap();
    world.google.advance_clock(Duration::from_hours(21 * 24));
    let hold = world.hold("users.list", 0);
    world.edit(&number, boss()).await;
    // It asks about the person, takes nothing away, and has everybody looked at.
    within("a list of users", hold.reached(1)).await;
    assert!(world.extension_of(&ana).await.unwrap().spec.enabled);
    hold.release();
    world
        .until_extension(&number, |extension| {
            extension.spec.disabled_reason == Some(DisabledReason::Deleted)
        })
        .await;
    world.finish().await;
}

/// A planned removal that finds another extension than the one that it was planned for is not done by that.
#[tokio::test]
async fn a_removal_that_somebody_overtakes_is_made_all_the_same() {
    let world = World::new(company(&["ana", "bo", "cy"])).await;
    let _operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    let [ana, bo, cy] = ["ana", "bo", "cy"].map(|name| world.id_of(&format!("{name}@acme.example")));
    let suspended = json!({"suspended": true});
    world.google.patch_user(&ana, suspended).unwrap();
    world.google.delete_user(&bo).unwrap();
    // The list has been read, and the removals are planned; about the deleted one Google is asked now.
    world.google.advance_clock(Duration::from_hours(21 * 24));
    let hold = world.hold("users.get", 0);
    let token = world.request_sync().await;
    within("the question about the deleted one", hold.reached(1)).await;
    for person in [&ana, &bo, &cy] {
        let number = number(&world, person).await;
        let pin = json!({"spec": {"voicemail": {"enabled": true}}});
        world.edit(&number, pin).await;
    }
    hold.release();
    world.until_handled(&token).await;
    let all = world.all().await;
    for extension in all.values() {
        let reason = match user_id(extension).unwrap() {
            id if id == ana => Some(DisabledReason::Suspended),
            id if id == bo => Some(DisabledReason::Deleted),
            _ => None,
        };
        assert_eq!(
            extension.spec.disabled_reason, reason,
            "{}",
            extension.spec.number
        );
        assert_eq!(extension.spec.enabled, reason.is_none());
    }
    assert_eq!(
        all.values()
            .filter(|extension| extension.spec.voicemail.is_some())
            .count(),
        3
    );
    world.finish().await;
}
