//! Programs of others that are run against the simulator.

use std::path::Path;
use std::process::{Command, ExitStatus};

use google_workspace_simulator::Simulator;

/// What a program said, and how it ended.
pub(crate) struct Ran {
    pub(crate) told: String,
    pub(crate) errors: String,
    status: ExitStatus,
}

/// Prepares a program, which may take minutes, and runs it with the simulator's address and a folder of key files.
pub(crate) async fn run(
    prepare: impl FnOnce() -> Command + Send + 'static,
    sim: &Simulator,
    keys: &Path,
) -> Ran {
    let mut command = tokio::task::spawn_blocking(prepare).await.unwrap();
    command.arg(sim.url()).arg(keys);
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    println!("{told}");
    Ran {
        told,
        errors: String::from_utf8_lossy(&output.stderr).into_owned(),
        status: output.status,
    }
}

impl Ran {
    /// Fails with what it said unless it ended well.
    pub(crate) fn succeeded(&self) {
        assert!(self.status.success(), "{}\n{}", self.told, self.errors);
    }
}
