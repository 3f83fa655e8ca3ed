//! When the operator works and when it does not: Manual, Automatic, suspended, switched off, started again, limited to
//! some namespaces; and how kubectl shows it.

mod anew;
mod automatic;
mod kubectl;
mod manual;
mod namespaces;
mod off;

use std::collections::BTreeMap;

use dialplane::api::GoogleWorkspaceIntegration;
use dialplane::api::names::ANNOTATION_SYNC_REQUESTED_AT;
use dialplane_test_harness::AuditMark;
use dialplane_test_harness::kstatus::{Status, kstatus};
use serde_json::{Value, json};

use crate::world::{NAME, World, condition};

const LIST: &str = "/admin/directory/v1/users";

fn manual() -> Value {
    json!({"users": {"syncMode": "Manual", "schedule": null}})
}

fn hire(world: &World, name: &str) -> String {
    let user = json!({
        "primaryEmail": format!("{name}@acme.example"),
        "name": {"givenName": name, "familyName": "New"},
    });
    let user = world.google.create_user(user).unwrap();
    user["id"].as_str().unwrap().to_owned()
}

async fn ask(world: &World, token: &str) {
    world.annotate(ANNOTATION_SYNC_REQUESTED_AT, token).await;
}

/// What the operator wrote since a mark, but for what it says about other integrations than `acme`.
async fn writes(world: &World, since: AuditMark) -> BTreeMap<String, usize> {
    let ours = world.asked_by_operator(since).await.writes();
    let about_others = |resource: &str, name: &str| {
        resource == "events" || (resource == "googleworkspaceintegrations" && name != NAME)
    };
    ours.filter(|entry| !about_others(&entry.resource, &entry.name))
        .counts()
}

fn reason<'a>(object: &'a GoogleWorkspaceIntegration, kind: &str) -> Option<(&'a str, &'a str)> {
    condition(object, kind).map(|found| (found.status.as_str(), found.reason.as_str()))
}

fn times(object: &GoogleWorkspaceIntegration) -> (Option<jiff::Timestamp>, Option<jiff::Timestamp>) {
    let users = object
        .status
        .as_ref()
        .and_then(|status| status.users.clone())
        .unwrap_or_default();
    (
        users.last_sync_time.map(|time| time.0),
        users.next_sync_time.map(|time| time.0),
    )
}

fn verdict(object: &GoogleWorkspaceIntegration) -> Status {
    kstatus(&serde_json::to_value(object).unwrap())
}
