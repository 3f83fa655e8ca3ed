//! `dialplane completion`: a script for the shell.

use std::process::ExitCode;

use clap_complete::Shell;

use super::program::Outcome;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Shell for which the script is printed.
    #[arg(value_enum)]
    shell: Supported,
}

/// The shells that the scripts are tested in.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Supported {
    Bash,
    Zsh,
    Fish,
}

/// Writes the script that completes these commands.
pub(super) fn execute(args: &Args, mut commands: clap::Command) -> Outcome {
    let shell = match args.shell {
        Supported::Bash => Shell::Bash,
        Supported::Zsh => Shell::Zsh,
        Supported::Fish => Shell::Fish,
    };
    let mut script = Vec::new();
    // A shell completes the program that it runs, whatever kubectl calls it.
    clap_complete::generate(shell, &mut commands, "dialplane", &mut script);
    super::output::print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}
