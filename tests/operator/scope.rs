//! Who is in: users, groups and organizational units, as Google knows them at each sync.

mod absence;
mod budget;
mod groups;
mod rights;
mod units;
mod users;

use dialplane::api::GoogleWorkspaceIntegration;
use serde_json::{Value, json};

use crate::lifecycle;
use crate::world::{GROUPS, UNITS, World, company};

/// The administrator and five people, no group and no unit, and the right to read all three.
async fn office() -> World {
    of(&["ana", "bo", "cy", "dan", "eve"]).await
}

async fn of(first_names: &[&str]) -> World {
    let mut seed = company(first_names);
    seed.groups.clear();
    seed.org_units.clear();
    seed.users[0]["orgUnitPath"] = json!("/");
    let world = World::new(seed).await;
    world.delegate(&[GROUPS, UNITS]);
    world
}

/// Declares a scope, and waits for the first sync.
async fn declare(world: &World, scope: Value) {
    lifecycle::declare(world, json!({"users": {"scope": scope}})).await;
}

/// Changes the scope, and waits until it has been carried out.
async fn change(world: &World, scope: Value) -> GoogleWorkspaceIntegration {
    world.change(json!({"users": {"scope": scope}})).await;
    world.until_synced().await
}

/// A group with these members, by address.
fn group(world: &World, name: &str, members: &[&str]) {
    let address = format!("{name}@acme.example");
    world.google.create_group(json!({"email": address})).unwrap();
    for member in members {
        join(world, name, member);
    }
}

fn join(world: &World, group: &str, member: &str) {
    let (group, member) = (at_acme(group), json!({"email": at_acme(member)}));
    world.google.add_member(&group, member).unwrap();
}

fn leave(world: &World, group: &str, member: &str) {
    world
        .google
        .remove_member(&at_acme(group), &at_acme(member))
        .unwrap();
}

fn at_acme(name: &str) -> String {
    if name.contains('@') {
        name.to_owned()
    } else {
        format!("{name}@acme.example")
    }
}

/// A unit of this path.
fn unit(world: &World, path: &str) {
    world
        .google
        .create_org_unit(json!({"orgUnitPath": path}))
        .unwrap();
}

/// Puts somebody into a unit.
fn place(world: &World, name: &str, path: &str) {
    let path = json!({"orgUnitPath": path});
    world.google.patch_user(&at_acme(name), path).unwrap();
}

/// The problems in the status, each as address and reason.
fn problems(object: &GoogleWorkspaceIntegration) -> Vec<String> {
    let users = object.status.as_ref().unwrap().users.as_ref().unwrap();
    let problems = users.problems.iter();
    problems
        .map(|problem| format!("{} {}", problem.user, problem.reason))
        .collect()
}
