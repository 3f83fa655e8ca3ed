//! `dialplane suspend` and `dialplane resume`.

use std::process::ExitCode;

use serde_json::json;

use super::integration;
use super::output::{note, say};
use super::program::Outcome;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    integration: integration::Which,
}

#[tokio::main(flavor = "current_thread")]
pub(super) async fn execute(args: &Args, suspend: bool) -> Outcome {
    let target = args.integration.find().await?;
    target.not_deleted()?;
    let name = target.full_name();
    if target.object.spec.suspend == suspend {
        let state = if suspend {
            "is already suspended"
        } else {
            "is not suspended"
        };
        say(&format!("{name} {state}"))?;
        return Ok(ExitCode::SUCCESS);
    }
    target.patch(json!({"spec": {"suspend": suspend}})).await?;
    let done = if suspend {
        "suspended: the operator makes no changes, and the extensions stay unchanged"
    } else {
        "resumed"
    };
    say(&format!("{name} {done}"))?;
    note(
        "note: if a GitOps tool manages this object, it reverts spec.suspend. Change it in the repository instead.",
    );
    Ok(ExitCode::SUCCESS)
}
