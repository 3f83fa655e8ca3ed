//! Every write a crash point: what people do is done once undisturbed, its writes and events are recorded, and for each of them a
//! plan is made in which something goes wrong just there. Whatever goes wrong, in the end everything is as in the undisturbed run.
//!
//! The method is Sieve's (Sun et al., OSDI 2022). `make test` runs a sample, `make test-long` all plans (`DIALPLANE_PLANS=all`).
//! `DIALPLANE_PLANS_SEED` repeats a sample; with another text in `DIALPLANE_PLANS`, those plans run whose names contain it.

mod diary;
mod outcome;
mod plan;
mod stage;
mod workloads;

use std::collections::BTreeSet;
use std::time::Duration;

use dialplane_test_harness::fault_proxy::Signal;
use dialplane_test_harness::say;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;

use self::outcome::Outcome;
use self::plan::{Plan, Plans, generate};
use self::stage::Stage;
use self::workloads::Workload;
use crate::world::counts;

/// How many plans of each workload a run of all tests carries out.
const SAMPLE: usize = 1;
/// How long everything may take to be as it ought to be, once nothing goes wrong any more.
const PATIENCE: Duration = Duration::from_mins(1);
/// What an operator may have more than in the undisturbed run: connections that were replaced, in KiB and numbers.
const MORE_MEMORY: u64 = 8 * 1024;
const MORE_DESCRIPTORS: usize = 8;

/// The undisturbed run of a workload.
struct Reference {
    outcome: Outcome,
    noise: BTreeSet<String>,
    plans: Plans,
    writes: usize,
    usage: Option<stage::Usage>,
}

async fn undisturbed(workload: &Workload) -> (Stage, Outcome) {
    let mut stage = Stage::set((workload.directory)()).await;
    stage.begin().await;
    (workload.run)(&stage).await;
    quiet(&stage).await;
    let outcome = stage.outcome().await;
    (stage, outcome)
}

async fn reference(workload: &Workload) -> Reference {
    let (first, outcome) = undisturbed(workload).await;
    let broken = first.diary.broken_promises().await;
    assert_eq!(broken, Vec::<String>::new(), "{} undisturbed", workload.name);
    let (writes, usage) = (first.writes(), first.usage());
    let plans = generate(&writes, &first.diary.read().await);
    first.finish().await;
    let (second, again) = undisturbed(workload).await;
    second.finish().await;
    Reference {
        noise: outcome.noise(&again),
        outcome,
        plans,
        writes: writes.len(),
        usage,
    }
}

/// Three more syncs write nothing, where there is something to sync.
async fn quiet(stage: &Stage) {
    let world = &stage.world;
    for object in world
        .integrations()
        .list(&kube::api::ListParams::default())
        .await
        .unwrap()
    {
        if !object.spec.users.as_ref().is_some_and(|users| users.enabled) {
            continue;
        }
        let name = object.metadata.name.unwrap_or_default();
        let mark = world.audit.mark().await;
        for _ in 0..3 {
            let token = world.request_sync_of(&name).await;
            world
                .until_other(&name, |object| {
                    crate::world::handled(object) == Some(token.as_str())
                })
                .await;
        }
        let mut writes = world.writes(mark).await;
        writes.remove("patch googleworkspaceintegrations/status");
        assert_eq!(writes, counts::<0>([]), "three syncs without a change write");
    }
}

/// Carries one plan out. What is wrong afterwards, one line each.
async fn carry_out(workload: &Workload, plan: &Plan, reference: &Reference) -> Vec<String> {
    let mut stage = Stage::set((workload.directory)()).await;
    let trouble = plan.arrange(&stage);
    stage.begin().await;
    (workload.run)(&stage).await;
    let mut wrong = Vec::new();
    let arranged = if trouble.is_finished() {
        trouble.await.ok()
    } else {
        trouble.abort();
        None
    };
    stage.proxy.end_all();
    // Its last write may have been the one after which it was to stand still.
    stage.proxy.signal(Signal::CONT);
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let settled = tokio::time::timeout_at(deadline, settle(&stage)).await;
    if settled.is_err() {
        wrong.push(format!("not settled after {} s", PATIENCE.as_secs()));
    } else {
        quiet(&stage).await;
    }
    let outcome = stage.outcome().await;
    wrong.extend(outcome.differences(&reference.outcome, &reference.noise));
    wrong.extend(stage.diary.broken_promises().await);
    let expected = 1 + arranged.map_or(0, |arranged| arranged.kills);
    if stage.starts() > expected {
        wrong.push(format!(
            "the operator was started {} times instead of {expected}",
            stage.starts()
        ));
    }
    if let (Some(now), Some(then)) = (stage.usage(), &reference.usage) {
        if now.memory > then.memory + MORE_MEMORY {
            wrong.push(format!("{} KiB of memory instead of {}", now.memory, then.memory));
        }
        if now.descriptors > then.descriptors + MORE_DESCRIPTORS {
            wrong.push(format!(
                "{} descriptors instead of {}",
                now.descriptors, then.descriptors
            ));
        }
    }
    stage.finish().await;
    wrong
}

/// One more sync of everything that syncs: whatever went wrong is over, and mended.
async fn settle(stage: &Stage) {
    for object in stage
        .world
        .integrations()
        .list(&kube::api::ListParams::default())
        .await
        .unwrap()
    {
        if object.spec.users.as_ref().is_some_and(|users| users.enabled) {
            let name = object.metadata.name.unwrap_or_default();
            let token = stage.world.request_sync_of(&name).await;
            stage
                .world
                .until_other(&name, |object| {
                    crate::world::handled(object) == Some(token.as_str())
                })
                .await;
        }
    }
}

/// Runs a workload and as many of its plans as are wanted.
async fn examine(workload: &Workload) {
    let reference = reference(workload).await;
    let kept = &reference.plans.kept;
    let chosen = chosen(workload, kept);
    say(&format!(
        "{}: {} writes, {} plans, {} of them different, {} carried out",
        workload.name,
        reference.writes,
        reference.plans.all,
        kept.len(),
        chosen.len(),
    ));
    let mut failed = Vec::new();
    for plan in chosen {
        let wrong = carry_out(workload, plan, &reference).await;
        if !wrong.is_empty() {
            failed.push(format!("{}: {plan}:\n  {}", workload.name, wrong.join("\n  ")));
        }
    }
    assert!(
        failed.is_empty(),
        "{} plans failed; DIALPLANE_PLANS=\"<name of the plan>\" repeats one:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

/// All plans, those with a name that is asked for, or a sample.
fn chosen<'a>(workload: &Workload, plans: &'a [Plan]) -> Vec<&'a Plan> {
    if let Ok(wanted) = std::env::var("DIALPLANE_PLANS") {
        let all = plans.iter();
        return all
            .filter(|plan| wanted == "all" || format!("{}: {plan}", workload.name).contains(&wanted))
            .collect();
    }
    let seed = std::env::var("DIALPLANE_PLANS_SEED")
        .ok()
        .and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or_else(rand::random::<u64>);
    say(&format!("{}: DIALPLANE_PLANS_SEED={seed}", workload.name));
    let mut random = StdRng::seed_from_u64(seed);
    let all: Vec<&Plan> = plans.iter().collect();
    all.choose_multiple(&mut random, SAMPLE).copied().collect()
}
