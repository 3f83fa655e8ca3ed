//! `dialplane approve`: lets the removals of a held plan through, exactly those and once.

use std::error::Error;
use std::fmt::Write as _;
use std::process::ExitCode;

use kube::ResourceExt;
use serde_json::json;

use super::integration::{self, Target, condition};
use super::output::{Table, note, plain, print, say};
use super::program::Outcome;
use crate::api::conditions::REMOVALS_HELD;
use crate::api::names::ANNOTATION_APPROVE_REMOVALS;
use crate::api::status::PlanStatus;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    integration: integration::Which,
    /// Hash of the plan to approve. If omitted, the plan is shown, and nothing is approved.
    hash: Option<String>,
    /// Approve the held plan, regardless of its hash.
    #[arg(short, long, conflicts_with = "hash")]
    yes: bool,
}

#[tokio::main(flavor = "current_thread")]
pub(super) async fn execute(args: &Args) -> Outcome {
    let target = args.integration.find().await?;
    target.not_deleted()?;
    let plan = held(&target)?;
    if let Some(hash) = args.hash.as_deref().filter(|hash| *hash != plan.hash) {
        let (name, command) = (target.full_name(), target.command("approve"));
        return Err(format!(
            "{hash} is not the plan that {name} holds, which is {}. The plan may have changed since you read it. Show it with: {command}",
            plan.hash
        )
        .into());
    }
    print(&shown(plan))?;
    if args.hash.is_none() && !args.yes {
        say(&format!(
            "Approve exactly this plan with: {} {}",
            target.command("approve"),
            plan.hash
        ))?;
        return Ok(ExitCode::FAILURE);
    }
    approve(&target, plan).await
}

async fn approve(target: &Target, plan: &PlanStatus) -> Outcome {
    let (name, hash) = (target.full_name(), &plan.hash);
    if target.object.annotations().get(ANNOTATION_APPROVE_REMOVALS) == Some(hash) {
        say(&format!("{name} plan {hash} is already approved"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let approval = json!({"metadata": {"annotations": {ANNOTATION_APPROVE_REMOVALS: hash}}});
    target.patch(approval).await?;
    say(&format!("{name} plan {hash} approved"))?;
    if target.object.spec.suspend {
        note(&format!(
            "note: {name} is suspended. The approval takes effect after it is resumed, unless the plan has changed by then."
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// The plan whose removals wait.
fn held(target: &Target) -> Result<&PlanStatus, Box<dyn Error>> {
    let waits = condition(&target.object, REMOVALS_HELD).is_some_and(|held| held.status == "True");
    let plan = target
        .object
        .status
        .as_ref()
        .and_then(|status| status.plan.as_ref());
    if let Some(plan) = plan.filter(|_| waits) {
        return Ok(plan);
    }
    let name = target.full_name();
    let why = if target.object.spec.dry_run {
        format!(
            "{name} holds no removals: spec.dryRun is true, so no changes are made. Show the plan with: {}",
            target.command("plan")
        )
    } else {
        format!("{name} holds no removals: there is no plan to approve")
    };
    Err(why.into())
}

/// The plan as far as the status has room for it.
fn shown(plan: &PlanStatus) -> String {
    let counts = plan.counts;
    let mut table = Table::new(&["CHANGE", "EXTENSION", "USER", "REASON"]);
    for sample in &plan.samples {
        table.row([&sample.change, &sample.extension, &sample.user, &sample.reason]);
    }
    let mut text = table.text();
    let removals = counts.disable + counts.delete + counts.release;
    let shown = i64::try_from(plan.samples.len()).unwrap_or(i64::MAX);
    let total = removals + counts.create + counts.update;
    if total > shown {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "... and {} more", total - shown);
    }
    let _ = writeln!(
        text,
        "Held: {} to disable, {} to delete, {} to release. Hash: {}",
        counts.disable,
        counts.delete,
        counts.release,
        plain(&plan.hash)
    );
    text
}
