//! Google's clients for Python, Go and Node do the same cases with the simulator; `clients/README.md` has the table.

mod go;
mod node;
mod table;

use std::path::{Path, PathBuf};
use std::process::Command;

use google_workspace_simulator::{Options, Simulator, Switches, generate};

use crate::programs;
use crate::python::Python;
use crate::support::*;

/// What the simulator must have answered: a part of the path, and a status. No program can report the cases without it.
const EVIDENCE: [(&str, u16); 21] = [
    ("/token", 200),
    ("/token", 400),
    ("/token", 401),
    ("/token", 503),
    ("/v1/users", 400),
    ("/v1/users", 403),
    ("/v1/users", 429),
    ("/v1/users", 503),
    ("/v1/users", 401),
    ("/v1/users/nobody", 404),
    ("/photos/thumbnail", 200),
    ("/photos/thumbnail", 404),
    ("/v1/groups", 200),
    ("/members", 200),
    ("/hasMember/", 200),
    ("/v1/customer/my_customer/orgunits", 200),
    ("/v1/customer/my_customer/orgunits/Nowhere", 404),
    ("/v1/users/watch", 200),
    ("/v1/users/watch", 400),
    ("/directory_v1/channels/stop", 204),
    ("/directory_v1/channels/stop", 404),
];

#[tokio::test]
async fn python_does_every_case() {
    let script = sources("python/main.py");
    does_every_case("Python", move || Python::prepare().command(&script)).await;
}

#[tokio::test]
async fn go_does_every_case() {
    does_every_case("Go", || go::prepare(&sources("go"))).await;
}

#[tokio::test]
async fn node_does_every_case() {
    does_every_case("Node", || node::prepare(&sources("node/main.js"))).await;
}

fn sources(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/clients")
        .join(path)
}

async fn does_every_case(client: &str, prepare: impl FnOnce() -> Command + Send + 'static) {
    let expected = table::expected(client);
    let mut seed = generate::directory(650);
    seed.add_service_account(DELEGATED.seed.clone());
    seed.add_service_account(ROLE.seed.clone());
    let sim = Simulator::start(Options {
        seed,
        switches: Switches {
            insecure_webhooks: true,
            ..Switches::default()
        },
        ..Options::default()
    })
    .await
    .unwrap();
    let keys = key_files(&sim);
    let ran = programs::run(prepare, &sim, keys.path()).await;
    assert_eq!(table::reported(&ran.told), expected, "{client}: {}", ran.errors);
    ran.succeeded();

    let log = sim.requests();
    for (path, status) in EVIDENCE {
        let answered = log
            .iter()
            .any(|seen| seen.path.contains(path) && seen.status == status);
        assert!(answered, "{client} reports what it did not do: {path} {status}");
    }
}
