//! The operator, the bare loader, and the loader without rules, in turns: each on a control plane of its own, because the
//! second to come would find a larger etcd and a warmer server.

use anyhow::Result;
use dialplane_test_harness::say;
use tokio::runtime::Runtime;

use crate::loader::{self, Loaded};
use crate::operator::{self, Synced};
use crate::stage::Rules;

const SERVER: &str = "kube-apiserver";

/// One turn of each.
struct Round {
    sync: Synced,
    loader: Loaded,
    bare: Loaded,
}

/// Measures and prints every round, and the medians of them.
pub(crate) fn measure(runtime: &Runtime, people: usize, number: usize) -> Result<()> {
    let mut rounds = Vec::with_capacity(number);
    for round in 1..=number {
        say(&format!("round {round} of {number}: {people} people"));
        let (sync, objects) = runtime.block_on(operator::measure(people, true))?;
        println!("\nRound {round}: {people} people");
        sync.print();
        let loader = runtime.block_on(loader::measure(&objects, Rules::Ours))?;
        loader.print();
        let bare = runtime.block_on(loader::measure(&objects, Rules::None))?;
        bare.print();
        rounds.push(Round { sync, loader, bare });
    }
    let of = |value: &dyn Fn(&Round) -> f64| median(rounds.iter().map(value).collect());
    println!("\nMedians of {number} rounds of {people} people");
    println!(
        "  {:.0} creations/s, {:.0}% of the bare loader's {:.0}",
        of(&|round| round.sync.speed()),
        100.0 * of(&|round| round.sync.speed() / round.loader.speed()),
        of(&|round| round.loader.speed()),
    );
    println!(
        "  operator {:.3} ms of CPU a creation, {:.2} times the loader's {:.3} ms; peak memory {:.1} MiB",
        of(&|round| round.sync.cpu_per_creation("operator")),
        of(&|round| round.sync.cpu_per_creation("operator") / round.loader.cpu_per_creation("loader")),
        of(&|round| round.loader.cpu_per_creation("loader")),
        of(&|round| round.sync.peak()),
    );
    println!(
        "  API server {:.3} ms of CPU a creation, {:.3} times the {:.3} ms without our rules and locks",
        of(&|round| round.loader.cpu_per_creation(SERVER)),
        of(&|round| round.loader.cpu_per_creation(SERVER) / round.bare.cpu_per_creation(SERVER)),
        of(&|round| round.bare.cpu_per_creation(SERVER)),
    );
    println!(
        "  API server by its own profile {:.3} times what it needs without our rules and locks",
        of(&|round| round.sync.checks()),
    );
    Ok(())
}

/// The upper one of two.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
