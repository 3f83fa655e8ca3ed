//! Many people, killed operators, and two operators at once.

mod changes;
mod first_sync;
mod operators;
mod outages;

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use dialplane::api::conditions::READY;
use dialplane::api::{GoogleWorkspaceIntegration, PbxExtension};
use dialplane_test_harness::world::wait_for;
use futures::StreamExt;
use google_workspace_simulator::generate;
use kube::api::ListParams;
use kube::core::PartialObjectMeta;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, ResourceExt};
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use crate::world::{NAME, PATIENCE, World, condition, user_id};

/// Enough for thousands of creations on two busy cores.
const LONG: Duration = PATIENCE.saturating_mul(4);
/// Page size of the operator's reads.
const PAGE: usize = 500;

/// Everybody has exactly one extension, in the directory's order from 1001 on, and there is nothing else.
async fn assert_served(world: &World, people: usize) {
    assert_served_from(world, people, 1_001).await;
}

/// The same from another number on.
async fn assert_served_from(world: &World, people: usize, first: u32) {
    let mut directory: Vec<_> = generate::directory(people)
        .users
        .iter()
        .map(|user| (text(user, "primaryEmail"), text(user, "id")))
        .collect();
    directory.sort();
    let expected = directory
        .into_iter()
        .zip(first..)
        .map(|((_, id), number)| (number.to_string(), id));
    let objects = world
        .extensions()
        .list(&ListParams::default())
        .await
        .unwrap()
        .items;
    assert_eq!(objects.len(), people);
    let found = objects.iter().map(|it| {
        assert_eq!(it.name_any(), format!("acme-{}", it.spec.number));
        (it.spec.number.clone(), user_id(it).unwrap_or_default().to_owned())
    });
    assert_eq!(
        found.collect::<BTreeMap<_, _>>(),
        expected.collect::<BTreeMap<_, _>>()
    );
}

fn text(user: &Value, field: &str) -> String {
    user[field].as_str().unwrap().to_owned()
}

async fn until_synced(world: &World) -> GoogleWorkspaceIntegration {
    until(world, LONG, |object| {
        let ready = condition(object, READY);
        ready.is_some_and(|it| it.status == "True" && it.observed_generation == object.metadata.generation)
    })
    .await
}

async fn until(
    world: &World,
    patience: Duration,
    wanted: impl FnMut(&GoogleWorkspaceIntegration) -> bool,
) -> GoogleWorkspaceIntegration {
    wait_for(&world.integrations(), NAME, wanted, patience).await
}

/// How many extensions have been created, as a watch sees it.
struct Created {
    count: watch::Receiver<usize>,
    _watching: AbortOnDropHandle<()>,
}

impl Created {
    fn watch(world: &World) -> Self {
        let (sender, count) = watch::channel(0);
        let api: Api<PartialObjectMeta<PbxExtension>> =
            Api::namespaced(world.client.clone(), &world.namespace);
        let watching = tokio::spawn(async move {
            let mut names = HashSet::new();
            let mut objects = watcher(api, watcher::Config::default())
                .default_backoff()
                .applied_objects()
                .boxed();
            while let Some(object) = objects.next().await {
                let Ok(object) = object else { continue };
                names.insert(object.name_any());
                sender.send_replace(names.len());
            }
        });
        Self {
            count,
            _watching: AbortOnDropHandle::new(watching),
        }
    }

    async fn reaches(&mut self, wanted: usize) {
        let reached = self.count.wait_for(|count| *count >= wanted);
        tokio::time::timeout(LONG, reached)
            .await
            .unwrap_or_else(|_| panic!("never {wanted} extensions"))
            .unwrap();
    }
}
