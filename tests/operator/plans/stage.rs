//! What every plan runs on: a world, an operator behind the fault proxy, and somebody who starts the operator again when it dies.

use std::sync::Arc;
use std::time::Duration;

use dialplane_test_harness::fault_proxy::{Call, FaultProxy};
use dialplane_test_harness::process::Identity;
use dialplane_test_harness::{OperatorBuilder, say};
use google_workspace_simulator::Seed;
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::diary::Diary;
use super::outcome::{self, Outcome};
use crate::world::World;

/// What an operator may have more than in the undisturbed run, once everything is over.
pub(super) struct Usage {
    /// Resident memory in KiB.
    pub(super) memory: u64,
    /// Open files, sockets included.
    pub(super) descriptors: usize,
}

/// What a workload runs on.
pub(super) struct Stage {
    pub(super) world: World,
    pub(super) proxy: Arc<FaultProxy>,
    pub(super) diary: Diary,
    keeper: Option<Keeper>,
}

/// The operator that runs now, started again by a task whenever it has died.
struct Keeper {
    running: watch::Receiver<(usize, Option<Identity>)>,
    _task: AbortOnDropHandle<()>,
}

impl Stage {
    /// A world with this directory. The operator does not run yet.
    pub(super) async fn set(seed: Seed) -> Self {
        let world = World::new(seed).await;
        let proxy = FaultProxy::start(&world.plane).await.unwrap();
        Self {
            diary: Diary::of(&world).await,
            world,
            proxy: Arc::new(proxy),
            keeper: None,
        }
    }

    /// Starts the operator.
    pub(super) async fn begin(&mut self) {
        let kubeconfig = self.proxy.kubeconfig(self.world.kubeconfig()).unwrap();
        let builder = self.world.builder().kubeconfig(kubeconfig).without_waiting();
        let (sender, mut running) = watch::channel((0, None));
        let task = tokio::spawn(keep(builder, Arc::clone(&self.proxy), sender));
        // The sender lives as long as the task.
        let _ = running.wait_for(|(starts, _)| *starts > 0).await;
        self.keeper = Some(Keeper {
            running,
            _task: AbortOnDropHandle::new(task),
        });
    }

    /// How often the operator was started.
    pub(super) fn starts(&self) -> usize {
        self.keeper.as_ref().map_or(0, |keeper| keeper.running.borrow().0)
    }

    /// What the operator has now.
    pub(super) fn usage(&self) -> Option<Usage> {
        let (_, identity) = *self.keeper.as_ref()?.running.borrow();
        let pid = identity?.pid;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        Some(Usage {
            memory: memory.trim().trim_end_matches(" kB").parse().ok()?,
            descriptors: std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count(),
        })
    }

    /// The writes that the operator asked for through the proxy, without events and leases: those are no state.
    pub(super) fn writes(&self) -> Vec<Call> {
        let passed = self.proxy.log().into_iter().map(|passed| passed.call);
        passed
            .filter(|call| call.is_write() && !matches!(call.resource.as_str(), "events" | "leases"))
            .collect()
    }

    /// Everything as it is in the end, once it is quiet.
    pub(super) async fn outcome(&self) -> Outcome {
        outcome::of(&self.world, &self.diary).await
    }

    /// The end: the operator goes first, so that it writes nothing when others look.
    pub(super) async fn finish(mut self) {
        self.keeper = None;
        self.world.finish().await;
    }
}

async fn keep(
    builder: OperatorBuilder,
    proxy: Arc<FaultProxy>,
    running: watch::Sender<(usize, Option<Identity>)>,
) {
    for start in 1.. {
        let operator = match builder.clone().spawn().await {
            Ok(operator) => operator,
            Err(error) => {
                say(&format!("the operator does not start: {error:#}"));
                continue;
            }
        };
        let identity = operator.identity();
        proxy.aim_at(identity);
        running.send_replace((start, identity));
        while operator.identity().is_some() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        running.send_replace((start, None));
    }
}

/// A JSON object without what no two runs have in common.
pub(super) fn plain(mut object: Value) -> Value {
    if let Some(metadata) = object["metadata"].as_object_mut() {
        for field in [
            "uid",
            "resourceVersion",
            "creationTimestamp",
            "managedFields",
            "namespace",
        ] {
            metadata.remove(field);
        }
        if let Some(owners) = metadata.get_mut("ownerReferences").and_then(Value::as_array_mut) {
            for owner in owners {
                owner["uid"] = Value::Null;
            }
        }
    }
    object
}
