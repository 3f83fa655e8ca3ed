//! A program with Google's Go client, built once and kept outside the tree.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::cache::{Cached, run};

/// Builds the program, unless it was built before from the same files, and gives the command that runs it.
pub(super) fn prepare(sources: &Path) -> Command {
    let mut files: Vec<_> = fs::read_dir(sources)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let files: Vec<String> = files
        .iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    let cached = Cached::open("google-client-go", files.iter().map(String::as_str));
    let program = cached.path("client");
    if !cached.has("client") {
        eprintln!("building Google's Go client in {}", cached.directory.display());
        // No toolchain is fetched, as for the control plane: the one that is there has to do.
        let mut build = Command::new("go");
        build
            .env("GOTOOLCHAIN", "local")
            .env("CGO_ENABLED", "0")
            .env("GOWORK", "off")
            .current_dir(sources)
            .args(["build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o"])
            .arg(&program)
            .arg(".");
        assert!(
            run(&mut build),
            "go build failed; Go 1.26 or newer is needed, see CONTRIBUTING.md"
        );
        cached.complete("client");
    }
    Command::new(program)
}
