//! People come, change, go and come back.

mod adoption;
mod backup;
mod changes;
mod grace;
mod leaving;
mod numbers;
mod out_of_scope;
mod restarts;
mod tenants;
mod terminating;

use dialplane::api::extension::DisabledReason;
use dialplane::api::{GoogleWorkspaceIntegration, PbxExtension};
use serde_json::Value;

use crate::world::{World, colleague, counts};

pub(crate) const PATCH: &str = "patch pbxextensions";
pub(crate) const CREATE: &str = "create pbxextensions";
pub(crate) const DELETE: &str = "delete pbxextensions";
/// The acknowledgement of a requested sync, or the counts of one that changed something: one patch for both.
pub(crate) const STATUS: &str = "patch googleworkspaceintegrations/status";

/// Declares the integration, and waits for the first sync.
pub(crate) async fn declare(world: &World, spec: Value) {
    world.declare(spec).await;
    world.until_synced().await;
}

/// What has to be in an extension to be served, or not.
pub(crate) fn state(extension: &PbxExtension) -> (&str, bool, Option<&'static str>) {
    let reason = extension.spec.disabled_reason.map(DisabledReason::as_str);
    (&extension.spec.number, extension.spec.enabled, reason)
}

/// Carries out one requested sync, and insists on these writes and no other but the status.
pub(crate) async fn sync_with<const N: usize>(
    world: &World,
    expected: [(&str, usize); N],
) -> GoogleWorkspaceIntegration {
    world.until_observed().await;
    let mark = world.audit.mark().await;
    let object = world.sync().await;
    let mut writes = world.writes(mark).await;
    // A sync that changes something may show its progress on a slow machine; one that changes nothing never does.
    let statuses = writes.remove(STATUS).unwrap_or_default();
    assert!(
        statuses == 1 || (statuses > 1 && N > 0),
        "{statuses} status patches"
    );
    assert_eq!(writes, counts(expected));
    object
}

/// A sync that changes nothing.
pub(crate) async fn quiet_sync(world: &World) {
    sync_with(world, []).await;
}

/// Somebody new in the directory; the id.
pub(crate) fn hire(world: &World, first_name: &str) -> String {
    let user = world.google.create_user(colleague(first_name)).unwrap();
    user["id"].as_str().unwrap().to_owned()
}

/// The extension of the person with this id, which must exist.
pub(crate) async fn extension(world: &World, id: &str) -> PbxExtension {
    world.extension_of(id).await.expect("an extension")
}
