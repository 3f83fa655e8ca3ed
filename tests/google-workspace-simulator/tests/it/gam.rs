//! GAM, a program that thousands of administrators use, reads the simulated Workspace, and so does the client that it uses.

use std::path::Path;

use google_workspace_simulator::{Options, Seed, SeenRequest, Simulator};

use crate::programs;
use crate::python::Python;
use crate::support::*;

const REQUIREMENTS: &str = include_str!("../gam-requirements.txt");

/// Runs a script against a Workspace of 60 people, as a service account with a role, and answers with its requests.
async fn run(script: &str) -> Vec<SeenRequest> {
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
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(script);
    programs::run(
        move || Python::with(REQUIREMENTS).command(&script),
        &sim,
        directory.path(),
    )
    .await
    .succeeded();
    let requests = sim.requests();
    assert!(
        requests.iter().all(|seen| seen.path != "/token"),
        "it signs its own tokens"
    );
    requests
}

#[tokio::test]
async fn gam_reads_the_whole_workspace() {
    let requests = run("gam.py").await;
    assert!(requests.len() > 30, "{}", requests.len());
}

#[tokio::test]
async fn googles_client_sends_a_batch_and_a_get_in_a_post() {
    let requests = run("batch.py").await;
    let seen: Vec<u16> = requests.iter().map(|seen| seen.status).collect();
    assert_eq!(
        seen,
        [200, 200, 404, 200, 200],
        "the document, three calls, a list"
    );
}
