//! A Python environment with Google's own client libraries, made once and kept outside the tree.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cache::{Cached, apt_get, run};

const REQUIREMENTS: &str = include_str!("../requirements.txt");

/// How to run Python with the requirements installed.
pub(crate) struct Python {
    interpreter: PathBuf,
    packages: Option<PathBuf>,
}

impl Python {
    /// Prepares the environment, or takes the one that was prepared before.
    pub(crate) fn prepare() -> Self {
        Self::with(REQUIREMENTS)
    }

    /// The same with other requirements.
    pub(crate) fn with(requirements: &str) -> Self {
        let cached = Cached::open("python", [requirements]);
        let (environment, packages) = (cached.path("venv"), cached.path("packages"));
        let in_environment = Self {
            interpreter: environment.join("bin/python"),
            packages: None,
        };
        let beside = Self {
            interpreter: "python3".into(),
            packages: Some(packages.clone()),
        };
        if cached.has("packages") {
            return beside;
        }
        if cached.has("venv") {
            return in_environment;
        }
        eprintln!("preparing Python packages in {}", cached.directory.display());
        let file = cached.path("requirements.txt");
        fs::write(&file, requirements).unwrap();
        let install = |interpreter: &Path, target: Option<&Path>| {
            let mut pip = Command::new(interpreter);
            pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
            if let Some(target) = target {
                pip.arg("--target").arg(target);
            }
            run(pip.arg("-r").arg(&file))
        };
        if make_environment(&environment) {
            assert!(install(&in_environment.interpreter, None), "pip install failed");
            cached.complete("venv");
            return in_environment;
        }
        assert!(
            install(Path::new("python3"), Some(&packages)),
            "neither a virtual environment nor pip --target works"
        );
        cached.complete("packages");
        beside
    }

    /// A command that runs a script.
    pub(crate) fn command(&self, script: &Path) -> Command {
        let mut command = Command::new(&self.interpreter);
        // Compiled copies of the scripts would be left in the tree.
        command.arg("-B").arg(script);
        if let Some(packages) = &self.packages {
            command.env("PYTHONPATH", packages);
        }
        command
    }
}

/// `python3 -m venv` misses its package on a fresh Debian; then it is installed where that is allowed.
fn make_environment(at: &Path) -> bool {
    let venv = || run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(at));
    venv() || (apt_get(&["python3", "python3-venv", "python3-pip"]) && venv())
}
