//! A Python environment with Google's own client libraries, made once and kept outside the tree.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const REQUIREMENTS: &str = include_str!("../requirements.txt");

/// How to run Python with the requirements installed.
pub(crate) struct Python {
    interpreter: PathBuf,
    packages: Option<PathBuf>,
}

impl Python {
    /// Prepares the environment, or takes the one that was prepared before. The directory is `DIALPLANE_CACHE`, else
    /// `~/.cache/dialplane`.
    pub(crate) fn prepare() -> Self {
        let directory = directory();
        fs::create_dir_all(&directory).unwrap();
        // Another test binary may be preparing the same directory.
        let lock = File::create(directory.join("lock")).unwrap();
        lock.lock().unwrap();
        let (environment, packages) = (directory.join("venv"), directory.join("packages"));
        if directory.join("complete-packages").exists() {
            return Self {
                interpreter: "python3".into(),
                packages: Some(packages),
            };
        }
        let in_environment = Self {
            interpreter: environment.join("bin/python"),
            packages: None,
        };
        if directory.join("complete-venv").exists() {
            return in_environment;
        }
        eprintln!("preparing Google's Python clients in {}", directory.display());
        let requirements = directory.join("requirements.txt");
        fs::write(&requirements, REQUIREMENTS).unwrap();
        let requirements = requirements.to_str().unwrap();
        if make_environment(&environment) {
            let pip = [
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "-r",
                requirements,
            ];
            assert!(
                run(Command::new(&in_environment.interpreter).args(pip)),
                "pip install failed"
            );
            fs::write(directory.join("complete-venv"), "").unwrap();
            return in_environment;
        }
        let target = packages.to_str().unwrap();
        let pip = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--target",
            target,
            "-r",
            requirements,
        ];
        assert!(
            run(Command::new("python3").args(pip)),
            "neither a virtual environment nor pip --target works"
        );
        fs::write(directory.join("complete-packages"), "").unwrap();
        Self {
            interpreter: "python3".into(),
            packages: Some(packages),
        }
    }

    /// A command that runs a script.
    pub(crate) fn command(&self, script: &Path) -> Command {
        let mut command = Command::new(&self.interpreter);
        command.arg(script);
        if let Some(packages) = &self.packages {
            command.env("PYTHONPATH", packages);
        }
        command
    }
}

fn directory() -> PathBuf {
    let home =
        || PathBuf::from(std::env::var_os("HOME").expect("HOME or DIALPLANE_CACHE")).join(".cache/dialplane");
    let cache = std::env::var_os("DIALPLANE_CACHE").map_or_else(home, PathBuf::from);
    let mut hasher = DefaultHasher::new();
    REQUIREMENTS.hash(&mut hasher);
    cache.join(format!("python-{:016x}", hasher.finish()))
}

/// `python3 -m venv` misses its package on a fresh Debian; then it is installed where that is allowed.
fn make_environment(at: &Path) -> bool {
    let venv = || run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(at));
    if venv() {
        return true;
    }
    let packages = [
        "install",
        "-y",
        "--no-install-recommends",
        "python3",
        "python3-venv",
        "python3-pip",
    ];
    run(Command::new("apt-get").arg("update")) && run(Command::new("apt-get").args(packages)) && venv()
}

fn run(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
