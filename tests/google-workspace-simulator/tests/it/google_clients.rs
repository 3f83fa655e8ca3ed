//! Google's own Python clients drive the simulator, and every answer is validated against Google's own schemas.

use std::path::Path;

use google_workspace_simulator::{Options, Simulator, generate};

use crate::programs;
use crate::python::Python;
use crate::support::*;

#[tokio::test]
async fn googles_own_clients_find_nothing_to_object_to() {
    let mut seed = generate::directory(650);
    seed.add_service_account(DELEGATED.seed.clone());
    seed.add_service_account(ROLE.seed.clone());
    let sim = Simulator::start(Options {
        seed,
        ..Options::default()
    })
    .await
    .unwrap();
    let directory = key_files(&sim);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/google_clients.py");
    programs::run(move || Python::prepare().command(&script), &sim, directory.path())
        .await
        .succeeded();

    let lists = sim
        .requests()
        .into_iter()
        .filter(|seen| seen.path == "/admin/directory/v1/users")
        .count();
    assert!(lists >= 10, "the script read through the simulator: {lists}");
}
