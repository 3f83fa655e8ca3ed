//! What people do with an integration, each as a function: later features add theirs.

use dialplane::api::names::ANNOTATION_APPROVE_REMOVALS;
use dialplane_test_harness::world::wait_gone;
use futures::future::LocalBoxFuture;
use google_workspace_simulator::{Seed, generate};
use kube::api::DeleteParams;
use serde_json::{Value, json};

use super::examine;
use super::stage::Stage;
use crate::world::{GROUPS, NAME, PATIENCE, UNITS, colleague, company, condition, merge, somebody};

/// Something that people do, on a directory of its own.
pub(super) struct Workload {
    pub(super) name: &'static str,
    pub(super) directory: fn() -> Seed,
    /// Ends when everything that was asked for is reached, as far as it will be.
    pub(super) run: for<'a> fn(&'a Stage) -> LocalBoxFuture<'a, ()>,
}

/// A test for each: what people do, on a directory of its own, with the plans that come of it.
macro_rules! workloads {
    ($($test:ident, $name:literal, $directory:expr, |$stage:ident| $run:expr;)*) => {
        $(#[tokio::test]
        async fn $test() {
            let workload = Workload {
                name: $name,
                directory: || $directory,
                run: |$stage| Box::pin($run),
            };
            examine(&workload).await;
        })*
    };
}

workloads! {
    a_first_sync, "first sync", generate::directory(500), |stage| first_sync(stage);
    a_mixed_day, "mixed day", staff(), |stage| mixed_day(stage);
    a_change_of_scope, "change of scope", staff(), |stage| change_of_scope(stage);
    a_renumbering, "renumbering", numbered_staff(), |stage| renumbering(stage);
    a_hold_and_its_approval, "hold and approve", staff(), |stage| hold_and_approve(stage);
    a_rotated_key, "rotated key", staff(), |stage| rotated_key(stage);
    a_newcomer_with_the_address_of_a_leaver, "same address", staff(), |stage| same_address(stage);
    a_deletion_that_retains, "deletion, Retain", staff(), |stage| deletion(stage, "Retain");
    a_deletion_that_deletes, "deletion, Delete", staff(), |stage| deletion(stage, "Delete");
    a_switch_to_off, "switched off", staff(), |stage| switched_off(stage);
    two_integrations_of_one_directory, "two integrations", staff(), |stage| two_integrations(stage);
}

/// The administrator, and these; whoever has a later name is hired later.
const STAFF: [&str; 12] = [
    "ana", "bo", "cy", "dee", "eli", "flo", "gus", "hal", "ida", "joe", "kim", "lou",
];

fn staff() -> Seed {
    company(&STAFF)
}

fn numbered_staff() -> Seed {
    let mut seed = staff();
    for (user, number) in seed.users.iter_mut().zip(2000..) {
        merge(user, employee(number));
    }
    seed
}

fn employee(number: i32) -> Value {
    json!({"externalIds": [{"type": "organization", "value": number.to_string()}]})
}

fn at(name: &str) -> String {
    format!("{name}@acme.example")
}

impl Stage {
    /// Changes somebody in Google.
    fn patch(&self, name: &str, patch: Value) {
        self.world.google.patch_user(&at(name), patch).unwrap();
    }

    /// From now on the operator may take this person's phone.
    fn leaves(&self, name: &str) {
        self.diary.leaves(&self.world.id_of(&at(name)));
    }
}

async fn first_sync(stage: &Stage) {
    stage.world.declare(json!({})).await;
    stage.world.until_synced().await;
}

async fn mixed_day(stage: &Stage) {
    const JPEG: &[u8] = b"\xff\xd8\xff\xe0 picture \xfb\xff\xbf";
    let world = &stage.world;
    world.google.put_photo(&at("ana"), "image/jpeg", JPEG).unwrap();
    world
        .declare(json!({"users": {"profile": {"photo": true}, "lifecycle": {"onDeleted": "Delete"}}}))
        .await;
    world.until_synced().await;
    world.google.create_user(colleague("mia")).unwrap();
    world
        .google
        .create_user(somebody("ned", json!({"suspended": true})))
        .unwrap();
    for name in ["bo", "cy"] {
        stage.leaves(name);
    }
    world.google.delete_user(&at("bo")).unwrap();
    stage.patch("cy", json!({"suspended": true}));
    stage.patch(
        "dee",
        json!({"name": {"givenName": "Deirdre", "familyName": "Renamed"}}),
    );
    stage.patch(
        "eli",
        json!({"organizations": [{"department": "Sales", "title": "Boss", "primary": true}]}),
    );
    world.google.put_photo(&at("flo"), "image/jpeg", JPEG).unwrap();
    world.google.delete_photo(&at("ana")).unwrap();
    world.sync().await;
    stage.patch("cy", json!({"suspended": false}));
    world.sync().await;
}

async fn change_of_scope(stage: &Stage) {
    let world = &stage.world;
    world.delegate(&[GROUPS, UNITS]);
    for (group, members) in [
        ("desk", &["ana", "bo", "cy", "dee"]),
        ("night", &["cy", "dee", "eli", "flo"]),
    ] {
        world
            .google
            .create_group(json!({"email": at(group), "name": group}))
            .unwrap();
        for member in members {
            world
                .google
                .add_member(&at(group), json!({"email": at(member)}))
                .unwrap();
        }
    }
    let scope = |group: &str, policy: &str| json!({"users": {"scope": {"include": {"groups": [at(group)]}}, "lifecycle": {"onOutOfScope": policy}}});
    world.declare(scope("desk", "Disable")).await;
    world.until_synced().await;
    for name in ["ana", "bo"] {
        stage.leaves(name);
    }
    world.change(scope("night", "Disable")).await;
    world.until_synced().await;
    world.change(scope("night", "Delete")).await;
    world.until_synced().await;
    world.change(scope("desk", "Delete")).await;
    for name in ["eli", "flo"] {
        stage.leaves(name);
    }
    world.until_synced().await;
}

async fn renumbering(stage: &Stage) {
    let world = &stage.world;
    let numbering = json!({"source": "Property", "property": "externalIds.#(type==\"organization\").value"});
    world.declare(json!({"users": {"numbering": numbering}})).await;
    world.until_synced().await;
    for (name, number) in [("ana", 2101), ("bo", 2003), ("cy", 2002), ("dee", 2104)] {
        stage.patch(name, employee(number));
    }
    // What two people exchange is free after the first sync.
    for _ in 0..3 {
        world.sync().await;
    }
}

async fn hold_and_approve(stage: &Stage) {
    let world = &stage.world;
    world
        .declare(json!({"users": {"lifecycle": {"removalLimit": {"minimum": 2}}}}))
        .await;
    world.until_synced().await;
    for name in ["ana", "bo", "cy"] {
        stage.patch(name, json!({"suspended": true}));
    }
    world.sync().await;
    let outdated = held(stage, 3).await;
    stage.patch("dee", json!({"suspended": true}));
    world.annotate(ANNOTATION_APPROVE_REMOVALS, &outdated).await;
    world.sync().await;
    let present = held(stage, 4).await;
    for name in ["ana", "bo", "cy", "dee"] {
        stage.leaves(name);
    }
    world.annotate(ANNOTATION_APPROVE_REMOVALS, &present).await;
    world.until_synced().await;
}

/// Waits until so many removals are held, and returns the hash of their plan.
async fn held(stage: &Stage, removals: i64) -> String {
    let object = stage
        .world
        .until(|object| {
            let plan = object.status.as_ref().and_then(|status| status.plan.as_ref());
            plan.is_some_and(|plan| plan.counts.disable == removals)
                && condition(object, "RemovalsHeld").is_some()
        })
        .await;
    let plan = object.status.and_then(|status| status.plan);
    plan.map(|plan| plan.hash).unwrap_or_default()
}

async fn rotated_key(stage: &Stage) {
    let world = &stage.world;
    world.declare(json!({})).await;
    world.until_synced().await;
    world.google.create_user(colleague("mia")).unwrap();
    let token = world.request_sync().await;
    world.put_secret(&json!({"type": "service_account"})).await;
    world.until_handled(&token).await;
    world.put_secret(&world.key).await;
    world.sync().await;
    world.until_synced().await;
}

async fn same_address(stage: &Stage) {
    let world = &stage.world;
    world
        .declare(json!({"users": {"lifecycle": {"onDeleted": "Delete"}}}))
        .await;
    world.until_synced().await;
    stage.leaves("ana");
    world.google.delete_user(&at("ana")).unwrap();
    let other = json!({"id": "118000000000000000001"});
    world.google.create_user(somebody("ana", other)).unwrap();
    world.sync().await;
    world.sync().await;
}

async fn deletion(stage: &Stage, policy: &str) {
    let world = &stage.world;
    world.declare(json!({"deletionPolicy": policy})).await;
    world.until_synced().await;
    world.google.create_user(colleague("mia")).unwrap();
    world.request_sync().await;
    stage.diary.all_may_leave();
    world
        .integrations()
        .delete(NAME, &DeleteParams::default())
        .await
        .unwrap();
    wait_gone(&world.integrations(), NAME, PATIENCE).await;
}

async fn switched_off(stage: &Stage) {
    let world = &stage.world;
    let limit = json!({"removalLimit": {"percent": 100}});
    world
        .declare(json!({"users": {"whenDisabled": "Delete", "lifecycle": limit}}))
        .await;
    world.until_synced().await;
    stage.diary.all_may_leave();
    world.change(json!({"users": {"enabled": false}})).await;
    crate::world::poll("no extension", async || {
        world.all().await.is_empty().then_some(())
    })
    .await;
    world.until_observed().await;
}

async fn two_integrations(stage: &Stage) {
    let world = &stage.world;
    let users = |names: &[&str]| {
        let addresses: Vec<String> = names.iter().map(|name| at(name)).collect();
        json!({"users": {"scope": {"include": {"users": addresses}}}})
    };
    world.declare(users(&["ana", "bo", "cy"])).await;
    let mut other = users(&["cy", "dee", "eli"]);
    merge(&mut other, json!({"tenant": {"name": "beta"}}));
    world.declare_as("beta", other).await;
    world.until_synced().await;
    world
        .until_other("beta", |object| {
            condition(object, "Ready").is_some_and(|ready| ready.status == "True")
        })
        .await;
    stage.leaves("bo");
    stage.patch("bo", json!({"suspended": true}));
    stage.patch("cy", json!({"name": {"familyName": "Renamed"}}));
    let theirs = world.request_sync_of("beta").await;
    world.sync().await;
    world
        .until_other("beta", |object| {
            crate::world::handled(object) == Some(theirs.as_str())
        })
        .await;
}
