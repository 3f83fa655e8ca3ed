//! What a finished command said.

use std::process::{Command, ExitStatus};

use anyhow::Context as _;

/// Standard output, standard error and exit status of a command that has ended.
#[derive(Debug, Clone)]
pub struct CommandOutput {
    /// Standard output, invalid UTF-8 replaced.
    pub stdout: String,
    /// Standard error, invalid UTF-8 replaced.
    pub stderr: String,
    /// The exit status.
    pub status: ExitStatus,
}

impl CommandOutput {
    /// Runs the command to its end, feeding `stdin` to it.
    pub(crate) fn of(mut command: Command, stdin: Option<&str>) -> anyhow::Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let input = match stdin {
            Some(text) => {
                let mut file = tempfile::tempfile().context("create a file for standard input")?;
                std::io::Write::write_all(&mut file, text.as_bytes())?;
                std::io::Seek::rewind(&mut file)?;
                file.into()
            }
            None => std::process::Stdio::null(),
        };
        let output = command
            .stdin(input)
            .output()
            .with_context(|| format!("run {program}"))?;
        Ok(Self {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            status: output.status,
        })
    }

    /// Whether the command ended with status 0.
    pub fn success(&self) -> bool {
        self.status.success()
    }

    /// Standard output of a command that must succeed; an error with everything it said otherwise.
    pub fn ok(self) -> anyhow::Result<String> {
        anyhow::ensure!(self.success(), "{}\n{}{}", self.status, self.stdout, self.stderr);
        Ok(self.stdout)
    }
}
