//! The command line: one file per subcommand.

mod approve;
mod candidates;
mod cluster;
mod completion;
mod crds;
mod explain;
mod failure;
mod google;
mod integration;
mod log;
mod output;
mod plan;
mod program;
mod run;
mod suspend;
mod sync;

#[cfg(any(fuzzing, test))]
pub use self::plan::fuzzing;

use std::error::Error;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use program::Outcome;

/// Manages one PBX extension for each Google Workspace user.
#[derive(Debug, Parser)]
#[command(name = "dialplane", version, about, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the operator.
    Run(run::Args),
    /// Show all changes that a sync would make, and the reasons. Writes nothing.
    Plan(plan::Args),
    /// Request a sync.
    Sync(sync::Args),
    /// Show the held removals, and approve them once.
    Approve(approve::Args),
    /// Show why a user has an extension or none.
    Explain(explain::Args),
    /// List the users of a group or an organizational unit, with their extensions.
    Candidates(candidates::Args),
    /// Suspend an integration after its current step.
    Suspend(suspend::Args),
    /// Resume a suspended integration.
    Resume(suspend::Args),
    /// Print the CustomResourceDefinitions as YAML.
    Crds(crds::Args),
    /// Print the completion script for a shell.
    Completion(completion::Args),
}

/// Carries the command line of this process out. Its exit codes are part of the manual: 1 means an error, also one of
/// usage, so that 2 and 3 of `plan` mean what they say.
pub fn main() -> ExitCode {
    let parsed = command()
        .try_get_matches()
        .and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            let is_error = error.use_stderr();
            // When nobody reads what is printed, there is nobody to tell about it.
            let _ = error.print();
            return if is_error {
                ExitCode::FAILURE
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    cli.execute().unwrap_or_else(|error| {
        report(error.as_ref());
        ExitCode::FAILURE
    })
}

/// Tells an error: in the log of the operator, on standard error otherwise.
fn report(error: &(dyn Error + 'static)) {
    if tracing::dispatcher::has_been_set() {
        tracing::error!(%error, "the command failed");
    } else if !output::is_broken_pipe(error) {
        output::error(&error.to_string());
    }
}

/// The commands, under the name by which they were called.
fn command() -> clap::Command {
    Cli::command().bin_name(program::name())
}

impl Cli {
    fn execute(self) -> Outcome {
        match self.command {
            Command::Run(args) => run::execute(args),
            Command::Plan(args) => plan::execute(&args),
            Command::Sync(args) => sync::execute(&args),
            Command::Approve(args) => approve::execute(&args),
            Command::Explain(args) => explain::execute(&args),
            Command::Candidates(args) => candidates::execute(&args),
            Command::Suspend(args) => suspend::execute(&args, true),
            Command::Resume(args) => suspend::execute(&args, false),
            Command::Crds(args) => crds::execute(&args),
            Command::Completion(args) => completion::execute(&args, command()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_are_sound() {
        command().debug_assert();
    }
}
