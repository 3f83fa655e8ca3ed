//! `dialplane crds`: the CRDs, generated from the types.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use super::program::Outcome;
use crate::api;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Write one file for each kind into this folder, instead of printing them.
    #[arg(long, value_name = "FOLDER")]
    output_dir: Option<PathBuf>,
}

pub(super) fn execute(args: &Args) -> Outcome {
    let mut stdout = std::io::stdout().lock();
    for crd in api::crds() {
        let (file, yaml) = api::crd_yaml(&crd)?;
        match &args.output_dir {
            Some(folder) => {
                std::fs::create_dir_all(folder)?;
                std::fs::write(folder.join(file), yaml)?;
            }
            None => write!(stdout, "---\n{yaml}")?,
        }
    }
    Ok(ExitCode::SUCCESS)
}
