//! Where the API server's CPU goes, by its own profiler: the CPU of two runs differs by more than our rules cost, the shares of
//! one run do not.

use std::io::Write as _;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// Where the rules of a CRD are evaluated.
const RULES: &str = "schema/cel.(*Validator).Validate";
/// Where admission policies are found and evaluated.
const POLICIES: &str = "policy/validating.(*Plugin).Validate";

/// What is checked beside the schema, in percent of the API server's CPU.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checks {
    pub(crate) rules: f64,
    pub(crate) policies: f64,
}

impl Checks {
    /// How much CPU the API server needs for each second that it would need without.
    pub(crate) fn factor(self) -> f64 {
        100.0 / (100.0 - self.rules - self.policies)
    }

    pub(crate) fn read(profile: &[u8]) -> Result<Self> {
        let mut file = tempfile::NamedTempFile::new()?;
        file.write_all(profile)?;
        let output = Command::new("go")
            .args([
                "tool",
                "pprof",
                "-top",
                "-cum",
                "-nodecount=100000",
                "-nodefraction=0",
            ])
            .arg(file.path())
            .output()
            .context("run go tool pprof")?;
        ensure!(
            output.status.success(),
            "go tool pprof: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(Self {
            rules: percent(&text, RULES)?,
            policies: percent(&text, POLICIES)?,
        })
    }
}

/// `flat flat% sum% cum cum% name`; a function that never ran has no line.
fn percent(table: &str, function: &str) -> Result<f64> {
    let line = table.lines().find(|line| line.ends_with(function));
    let Some(share) = line.and_then(|line| line.split_whitespace().nth(4)) else {
        return Ok(0.0);
    };
    share
        .trim_end_matches('%')
        .parse()
        .with_context(|| format!("no percentage: {share}"))
}
