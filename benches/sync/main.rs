//! What a sync costs: `make bench`. It prints figures and never judges them.
//!
//! `DIALPLANE_BENCH_PEOPLE` sets how many people (10,000), `DIALPLANE_BENCH_ROUNDS` how often sync and loaders are
//! measured in turns (3), and `DIALPLANE_BENCH_SIZES` how many people further syncs have, one after the other
//! (`50000`; for the whole envelope `10 1000 10000 100000 300000`). `DIALPLANE_BENCH_LARGE` is the same for one size, 0 for
//! none. `DIALPLANE_BENCH_TENANTS` is a number of tenants, half of whom are slow, dead or in their first sync: how soon the others
//! are served. Everything runs on this machine: etcd, the API server, the operator, and in the process of the bench itself the
//! Google simulator and the loader.
#![allow(clippy::print_stdout, reason = "figures for people")]

mod core;
mod loader;
mod operator;
mod process;
mod profile;
mod rounds;
mod stage;
mod tenants;

use std::env;

use anyhow::{Context as _, Result};
use dialplane_test_harness::say;

fn main() -> Result<()> {
    let people = setting("DIALPLANE_BENCH_PEOPLE", 10_000)?;
    let number = setting("DIALPLANE_BENCH_ROUNDS", 3)?;
    let large = setting("DIALPLANE_BENCH_LARGE", 50_000)?;
    let sizes = match env::var("DIALPLANE_BENCH_SIZES") {
        Ok(text) => parse_sizes(&text)?,
        Err(_) => vec![large],
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    conditions();
    core::print();
    if number > 0 {
        rounds::measure(&runtime, people, number)?;
    }
    let tenants = setting("DIALPLANE_BENCH_TENANTS", 0)?;
    if tenants > 0 {
        runtime.block_on(tenants::measure(tenants))?;
    }
    for size in sizes.into_iter().filter(|size| *size > 0) {
        say(&format!("{size} people"));
        let (sync, _) = runtime.block_on(operator::measure(size, false))?;
        println!("\nA directory of {size} people");
        sync.print();
    }
    Ok(())
}

fn parse_sizes(text: &str) -> Result<Vec<usize>> {
    let sizes = text.split([' ', ',']).filter(|size| !size.is_empty());
    sizes
        .map(|size| {
            size.parse()
                .with_context(|| format!("DIALPLANE_BENCH_SIZES: {size} is no number"))
        })
        .collect()
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
