//! GAM, a program that thousands of administrators use, reads the simulated Workspace.

use std::path::Path;

use google_workspace_simulator::{Options, Seed, Simulator};

use crate::python::Python;
use crate::support::*;

const REQUIREMENTS: &str = include_str!("../gam-requirements.txt");

#[tokio::test]
async fn gam_reads_the_whole_workspace() {
    let mut seed = Seed {
        generate: 60,
        ..Seed::default()
    };
    seed.add_service_account(ROLE.seed.clone());
    let sim = Simulator::start(Options {
        seed,
        ..Options::default()
    })
    .await
    .unwrap();
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("role.json"), ROLE.key.to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gam.py");
    let mut command = tokio::task::spawn_blocking(|| Python::with(REQUIREMENTS))
        .await
        .unwrap()
        .command(&script);
    command.arg(sim.url()).arg(directory.path());
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    println!("{}", String::from_utf8_lossy(&output.stdout));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );

    let requests = sim.requests();
    assert!(
        requests.iter().all(|seen| seen.path != "/token"),
        "it signs its own tokens"
    );
    assert!(requests.len() > 30, "{}", requests.len());
}
