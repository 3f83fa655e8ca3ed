//! Google's Node client, installed once and kept outside the tree.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::cache::{Cached, apt_get, run};

const PACKAGE: &str = include_str!("../../clients/node/package.json");
const LOCK: &str = include_str!("../../clients/node/package-lock.json");
/// The oldest Node that the pinned client works with. Debian 12 has this one.
const OLDEST: u32 = 18;

/// Installs the client, unless it was installed before, and gives a command that runs a script with it.
pub(super) fn prepare(script: &Path) -> Command {
    let cached = Cached::open("google-client-node", [PACKAGE, LOCK]);
    if version().is_none_or(|found| found < OLDEST) {
        assert!(
            apt_get(&["nodejs", "npm"]) && version().is_some_and(|found| found >= OLDEST),
            "please install Node {OLDEST} or newer with npm"
        );
    }
    if !cached.has("modules") {
        eprintln!(
            "installing Google's Node client in {}",
            cached.directory.display()
        );
        fs::write(cached.path("package.json"), PACKAGE).unwrap();
        fs::write(cached.path("package-lock.json"), LOCK).unwrap();
        let mut install = Command::new("npm");
        install
            .current_dir(&cached.directory)
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        assert!(run(&mut install), "npm ci failed");
        cached.complete("modules");
    }
    let mut command = Command::new("node");
    command.env("NODE_PATH", cached.path("node_modules")).arg(script);
    command
}

/// The first number of Node's version; nothing when Node or npm is missing.
fn version() -> Option<u32> {
    let answer = |program: &str| {
        let output = Command::new(program)
            .arg("--version")
            .stdin(Stdio::null())
            .output()
            .ok()?;
        String::from_utf8(output.stdout).ok()
    };
    answer("npm")?;
    answer("node")?.strip_prefix('v')?.split('.').next()?.parse().ok()
}
