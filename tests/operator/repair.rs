//! Extensions that somebody edited or deleted by hand, and objects that are not ours.

mod crowds;
mod deletions;
mod edits;

use dialplane::api::PbxExtension;
use dialplane_test_harness::Operator;
use kube::api::{DeleteParams, PostParams};
use serde_json::json;

use crate::world::{Asked, NAME, World, colleague, company, merge};

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

fn first_name(extension: &PbxExtension) -> Option<&str> {
    extension.spec.user.as_ref()?.first_name.as_deref()
}
