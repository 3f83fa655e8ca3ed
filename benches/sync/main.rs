//! What a sync costs, from one run: `make bench`. It prints figures and never judges them.
//!
//! `DIALPLANE_BENCH_PEOPLE` sets how many people (10,000), `DIALPLANE_BENCH_ROUNDS` how often sync and loader are
//! measured (3), and `DIALPLANE_BENCH_LARGE` how many people one more sync has that is about memory (50,000; 0 for
//! none). Everything runs on this machine: etcd, the API server, the operator, and in the process of the bench
//! itself the Google simulator and the loader.
#![allow(clippy::print_stdout, reason = "figures for people")]

mod core;
mod loader;
mod operator;
mod process;
mod stage;

use std::env;

use anyhow::{Context as _, Result};
use dialplane_test_harness::say;

fn main() -> Result<()> {
    let people = setting("DIALPLANE_BENCH_PEOPLE", 10_000)?;
    let rounds = setting("DIALPLANE_BENCH_ROUNDS", 3)?;
    let large = setting("DIALPLANE_BENCH_LARGE", 50_000)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    conditions();
    core::print();
    let (mut syncs, mut loaders) = (Vec::new(), Vec::new());
    for round in 1..=rounds {
        // Each on a control plane of its own: the second to come would find a larger etcd and a warmer server.
        say(&format!("round {round} of {rounds}: {people} people"));
        let (sync, objects) = runtime.block_on(operator::measure(people))?;
        println!("\nRound {round}: {people} people");
        sync.print();
        let loader = runtime.block_on(loader::measure(objects))?;
        loader.print();
        syncs.push(sync.speed());
        loaders.push(loader.speed());
    }
    if rounds > 0 {
        let (sync, loader) = (median(syncs), median(loaders));
        println!(
            "\nMedian of the rounds: {sync:.0} creations/s, {:.0}% of the bare loader's {loader:.0}",
            100.0 * sync / loader
        );
    }
    if large > 0 {
        say(&format!("{large} people"));
        let (sync, _) = runtime.block_on(operator::measure(large))?;
        println!("\nA large directory: {large} people");
        sync.print();
    }
    Ok(())
}

/// The upper one of two.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn setting(name: &str, default: usize) -> Result<usize> {
    match env::var(name) {
        Ok(text) => text
            .parse()
            .with_context(|| format!("{name} is no number: {text}")),
        Err(_) => Ok(default),
    }
}

fn conditions() {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!(
        "dialplane {}, {cores} cores ({}), load before the start {}",
        env!("CARGO_PKG_VERSION"),
        process::cpu_model(),
        load.split(' ').next().unwrap_or_default(),
    );
}
