//! The stack behind `make quickstart` and `make stop`: a local Kubernetes, a simulated Google Workspace and the
//! operator, left running after the command that started them.

mod first_look;
mod google;
mod operator;
mod stack;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use dialplane_test_harness::{Assets, repository, say};

use stack::{Stack, show};

#[derive(Parser)]
#[command(about = "A local Kubernetes, a simulated Google Workspace and the operator")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Where everything of the stack is kept.
    #[arg(long, global = true, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Build etcd, kube-apiserver, kube-controller-manager, kubectl and helm, unless they are there.
    Build,
    /// Print the path of one of these programs.
    Path {
        /// etcd, kube-apiserver, kube-controller-manager, kubectl or helm.
        program: String,
    },
    /// Start what does not run, and leave it running.
    Up {
        /// Only the control plane, to run the operator by hand.
        #[arg(long)]
        only_control_plane: bool,
    },
    /// End everything that `up` started. The data stay.
    Down,
}

#[tokio::main]
async fn main() -> ExitCode {
    let finished = tokio::select! {
        finished = run(Arguments::parse()) => finished,
        // What is half started ends with the future; what runs has a record.
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
    };
    match finished {
        Ok(()) => ExitCode::SUCCESS,
        // Without the backtrace that anyhow adds: whoever reads this wants the cause and the remedy.
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let dir = arguments.dir.unwrap_or_else(|| repository().join(".run"));
    match arguments.command {
        Command::Build => {
            for program in assets().await?.programs() {
                say(&format!("ready: {}", program.display()));
            }
        }
        Command::Path { program } => {
            let assets = assets().await?;
            let found = assets
                .programs()
                .into_iter()
                .find(|path| path.ends_with(&program));
            show(
                &found
                    .with_context(|| format!("{program} is none of the programs"))?
                    .display()
                    .to_string(),
            )?;
        }
        Command::Up { only_control_plane } => {
            let stack = Stack::open(&dir)?;
            stack.keep_program()?;
            let control_plane = stack.control_plane().await?;
            if only_control_plane {
                say(&stack.way_in());
                return Ok(());
            }
            let google = google::ensure(&stack).await?;
            operator::ensure(&stack, &control_plane, &google).await?;
            first_look::first_look(&stack, &control_plane, &google).await?;
        }
        Command::Down => Stack::open(&dir)?.down(),
    }
    Ok(())
}

async fn assets() -> anyhow::Result<Assets> {
    tokio::task::spawn_blocking(Assets::ensure)
        .await
        .context("build the control plane")?
}
