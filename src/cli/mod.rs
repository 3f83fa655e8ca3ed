//! The command line: one file per subcommand.

mod crds;
mod run;

use clap::{Parser, Subcommand};

/// Keeps one PBX extension per Google Workspace user.
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
    /// Print the CustomResourceDefinitions as YAML.
    Crds(crds::Args),
}

impl Cli {
    /// Carries the command out.
    pub fn execute(self) -> Result<(), Box<dyn std::error::Error>> {
        match self.command {
            Command::Run(args) => run::execute(args),
            Command::Crds(args) => crds::execute(&args),
        }
    }
}
