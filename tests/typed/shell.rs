//! One shell, as somebody has it open beside the page: what is exported in one block is there in the next.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// For one command, on two busy cores.
const PATIENCE: Duration = Duration::from_mins(5);
const END: &str = "--typed-and-done--";

pub(crate) struct Shell {
    _process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

/// What a command printed, errors among it as a terminal shows them, and how it ended.
#[derive(Debug)]
pub(crate) struct Came {
    pub(crate) text: String,
    pub(crate) code: i32,
}

impl Shell {
    pub(crate) async fn open(folder: &Path, env: &[(&str, String)]) -> Result<Self> {
        let mut process = Command::new("bash")
            .args(["--noprofile", "--norc"])
            .current_dir(folder)
            // Those of whoever runs the test are not the reader's.
            .env_remove("KUBECONFIG")
            .env_remove("DIALPLANE_GOOGLE_ENDPOINT")
            .env_remove("MAKEFLAGS")
            .envs(env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("start bash")?;
        let mut shell = Self {
            input: process.stdin.take().context("no standard input")?,
            output: BufReader::new(process.stdout.take().context("no standard output")?).lines(),
            _process: process,
        };
        shell.write("exec 2>&1\n").await?;
        Ok(shell)
    }

    /// Types it and waits for its end.
    pub(crate) async fn run(&mut self, command: &str) -> Result<Came> {
        // The shell's own input is this test's.
        self.write(&format!(
            "{{ {command}\n}} </dev/null\nprintf '\\n%s %s\\n' '{END}' \"$?\"\n"
        ))
        .await?;
        let mut text = String::new();
        let until_its_end = async {
            while let Some(line) = self.output.next_line().await? {
                if let Some(code) = line.strip_prefix(END) {
                    return Ok(code.trim().parse()?);
                }
                text.push_str(&line);
                text.push('\n');
            }
            bail!("the shell has ended")
        };
        let ended: Result<i32> = tokio::time::timeout(PATIENCE, until_its_end)
            .await
            .unwrap_or_else(|_| bail!("it does not end"));
        let code = ended.with_context(|| format!("$ {command}\n{text}"))?;
        Ok(Came { text, code })
    }

    async fn write(&mut self, text: &str) -> Result<()> {
        self.input.write_all(text.as_bytes()).await.context("type")
    }
}
