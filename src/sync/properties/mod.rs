//! Properties of whole histories: random directories, declarations, reads and hands of administrators.

use proptest::prelude::*;

mod directory;
mod episodes;
mod events;
mod extensions;
mod hands;
mod histories;
mod interleaved;
mod ledger;
mod liveness;
mod operator;
mod order;
mod patches;
mod reading;
mod report;
mod server;
mod settings;
mod world;
mod writes;

/// So many cases that all properties together take seconds without optimisation; `PROPTEST_CASES` asks for more.
fn cases(cases: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    ProptestConfig {
        cases: if asked { default.cases } else { cases },
        ..default
    }
}
