//! A manifest goes in, extensions come out.

use dialplane::api::conditions;
use serde_json::json;

use crate::world::{World, condition, user_id};

#[tokio::test]
async fn a_manifest_becomes_one_extension_per_person() {
    let world = World::with_people(12).await;
    let _operator = world.operator().await;
    world.declare(json!({})).await;
    let object = world.until_synced().await;

    let extensions = world.all().await;
    let numbers: Vec<_> = extensions.keys().cloned().collect();
    assert_eq!(
        numbers,
        (1001..=1012).map(|number| number.to_string()).collect::<Vec<_>>()
    );
    for extension in extensions.values() {
        let user = world.google.user(user_id(extension).unwrap()).unwrap();
        let shown = extension.spec.user.as_ref().unwrap();
        assert_eq!(shown.email.as_deref(), user["primaryEmail"].as_str());
        assert_eq!(
            extension.spec.enabled,
            user["suspended"] == false && user["archived"] == false
        );
    }
    let status = object.status.as_ref().unwrap();
    assert_eq!(status.observed_generation, object.metadata.generation.unwrap());
    let counts = status.users.as_ref().unwrap().counts;
    assert_eq!((counts.read, counts.in_scope, counts.created), (12, 12, 12));
    assert_eq!(
        condition(&object, conditions::AUTHORIZED).unwrap().reason,
        "Verified"
    );
    world.finish().await;
}
