//! Properties of whole histories: random directories, declarations, reads and hands of administrators.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

mod approvals;
mod causes;
mod directory;
mod ending;
mod episodes;
mod estate;
mod events;
mod extensions;
mod hands;
mod histories;
mod interleaved;
mod ledger;
mod liveness;
mod memory;
mod operator;
mod order;
mod patches;
mod play;
mod reading;
mod report;
mod run;
mod server;
mod settings;
mod stopped;
mod tenancies;
mod units;
mod world;
mod writes;

/// What a change is tested with, the same each time: who makes it can see the failure again. New histories are what nights are for.
const SEED: u64 = 20_261_127;

/// So many cases that all properties together take seconds without optimisation; `PROPTEST_CASES` asks for more, and for others.
fn cases(cases: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    if asked {
        return default;
    }
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(SEED),
        ..default
    }
}
