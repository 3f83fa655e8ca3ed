//! An administrator goes through the locks. The tests' control plane has them switched off; the chart's tests hold them.

use dialplane::api::names::ANNOTATION_BREAK_GLASS;
use k8s_openapi::api::events::v1::Event;
use kube::api::DeleteParams;
use serde_json::json;

use crate::world::{NAME, World, poll};

async fn events(world: &World, count: usize) -> Vec<Event> {
    poll("the events of the break-glass", async || {
        let events = world.events("BreakGlass").await;
        (events.len() >= count).then_some(events)
    })
    .await
}

#[tokio::test]
async fn an_edit_and_a_deletion_under_break_glass_are_told_by_an_event_with_the_reason() {
    let world = World::with_people(3).await;
    let _operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    let reason = "ticket 4711: phone is abused";
    let edit = |number: &'static str| {
        let annotations = json!({"annotations": {ANNOTATION_BREAK_GLASS: reason}});
        world.edit(
            number,
            json!({"metadata": annotations, "spec": {"user": {"mobile": "1"}}}),
        )
    };
    edit("1001").await;
    let [event] = &events(&world, 1).await[..] else {
        panic!("more than one event")
    };
    assert_eq!(event.type_.as_deref(), Some("Warning"));
    assert_eq!(
        event.regarding.as_ref().unwrap().name.as_deref(),
        Some("acme-1001")
    );
    let note = event.note.as_deref().unwrap();
    assert!(note.contains(reason) && note.contains("audit log"), "{note}");
    world
        .until_extension("1001", |one| {
            one.spec
                .user
                .as_ref()
                .is_some_and(|user| user.mobile.as_deref() != Some("1"))
        })
        .await;
    // Only the annotation: nothing is changed, and nothing is to be told.
    world
        .edit(
            "1002",
            json!({"metadata": {"annotations": {ANNOTATION_BREAK_GLASS: reason}}}),
        )
        .await;
    world
        .extensions()
        .delete(&format!("{NAME}-1002"), &DeleteParams::default())
        .await
        .unwrap();
    let all = events(&world, 2).await;
    let names: Vec<_> = all
        .iter()
        .map(|event| event.regarding.as_ref().unwrap().name.clone().unwrap())
        .collect();
    assert_eq!(all.len(), 2, "{names:?}");
    assert!(names.contains(&"acme-1002".to_owned()), "{names:?}");
    world.finish().await;
}

#[tokio::test]
async fn a_break_glass_ends_by_itself() {
    let world = World::with_people(2).await;
    let builder = world.builder().arg("--break-glass-duration=2s");
    let _operator = builder.spawn().await.unwrap();
    world.declare(json!({})).await;
    world.until_synced().await;
    let reason = json!({"metadata": {"annotations": {ANNOTATION_BREAK_GLASS: "ticket 4711"}}});
    let ended = async || {
        world
            .until_extension("1001", |one| {
                let annotations = one.metadata.annotations.as_ref();
                annotations.is_none_or(|annotations| !annotations.contains_key(ANNOTATION_BREAK_GLASS))
            })
            .await;
    };
    world.edit("1001", reason.clone()).await;
    ended().await;
    // The next emergency has its own time.
    world.edit("1001", reason).await;
    ended().await;
    world.finish().await;
}
