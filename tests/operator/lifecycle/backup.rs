//! A namespace that was lost, and comes back from a backup.

use kube::ResourceExt;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use serde_json::json;

use crate::world::{NAME, World, company, user_id};

/// What a backup tool does: the objects as they were, made anew. The declaration comes back suspended, so that nobody is served
/// before everything is there.
#[tokio::test]
async fn a_restored_backup_gives_everybody_their_number_back_and_nobody_a_second_one() {
    let world = World::new(company(&["ana", "bo", "cy"])).await;
    let mut operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    // Numbers that nobody would get now.
    world
        .google
        .delete_user(&world.id_of("ana@acme.example"))
        .unwrap();
    world
        .change(json!({"users": {"lifecycle": {"onDeleted": "Delete"}}}))
        .await;
    world.until_synced().await;
    assert_eq!(world.roll().await, "1001 admin, 1003 bo, 1004 cy");
    let before = world.all().await;
    let integration = world.integrations().get(NAME).await.unwrap();
    assert!(operator.terminate().await.unwrap().success());

    let none = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    world
        .integrations()
        .patch(NAME, &PatchParams::default(), &none)
        .await
        .unwrap();
    world
        .integrations()
        .delete(NAME, &DeleteParams::default())
        .await
        .unwrap();
    let (delete, all) = (DeleteParams::default(), ListParams::default());
    world.extensions().delete_collection(&delete, &all).await.unwrap();
    let _operator = world.operator().await;

    let mut restored = integration.clone();
    restored.metadata = kube::api::ObjectMeta {
        name: Some(NAME.to_owned()),
        annotations: integration.metadata.annotations.clone(),
        ..Default::default()
    };
    restored.status = None;
    restored.spec.suspend = true;
    let params = PostParams::default();
    world.integrations().create(&params, &restored).await.unwrap();
    world.until_ready("False", "Suspended").await;
    // Newcomers come first in the directory, and would get the numbers of the others.
    world
        .google
        .create_user(crate::world::colleague("aaron"))
        .unwrap();
    for extension in before.values().rev() {
        let mut extension = extension.clone();
        extension.metadata = kube::api::ObjectMeta {
            name: Some(extension.name_any()),
            labels: extension.metadata.labels.clone(),
            ..Default::default()
        };
        world.extensions().create(&params, &extension).await.unwrap();
    }
    world.change(json!({"suspend": false})).await;
    world.until_synced().await;
    let after = world.all().await;
    assert_eq!(after.len(), before.len() + 1);
    for (number, extension) in &before {
        assert_eq!(user_id(&after[number]), user_id(extension), "{number}");
        assert_eq!(after[number].spec, extension.spec, "{number}");
    }
    world.finish().await;
}
