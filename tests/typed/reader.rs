//! Somebody who has a copy of this repository and follows a page.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use dialplane_test_harness::{Assets, repository};

use crate::cluster::Cluster;
use crate::compare::is_as_printed;
use crate::page::{Block, Note, Typed, blocks};
use crate::shell::Shell;

pub(crate) struct Reader {
    // Ended in this order.
    shell: Option<Shell>,
    cluster: Option<Cluster>,
    _stack: Stack,
    dir: tempfile::TempDir,
}

/// What `make quickstart` leaves running, when a page breaks off before its `make stop`.
struct Stack(PathBuf);

impl Drop for Stack {
    fn drop(&mut self) {
        let run = self.0.join(".run");
        // Nothing was started, or it was stopped.
        let _ = Command::new(run.join("local-stack"))
            .arg("down")
            .arg("--dir")
            .arg(&run)
            .output();
    }
}

impl Reader {
    pub(crate) fn new() -> Result<Self> {
        let dir = tempfile::tempdir()?;
        for file in ["Makefile", "charts", "crds", "examples", "tests", "docs"] {
            symlink(repository().join(file), dir.path().join(file))?;
        }
        fs::create_dir(dir.path().join("bin"))?;
        Ok(Self {
            shell: None,
            cluster: None,
            _stack: Stack(dir.path().to_path_buf()),
            dir,
        })
    }

    pub(crate) async fn read(mut self, page: &str) -> Result<()> {
        let text = fs::read_to_string(repository().join(page))?;
        let mut later = Vec::new();
        for block in blocks(&text).context(page.to_owned())? {
            if block.notes.contains(&Note::Later) {
                later.push(block);
                continue;
            }
            let mut due = Vec::new();
            if block.notes.contains(&Note::Now) {
                due.append(&mut later);
            }
            due.insert(0, block);
            for block in due {
                self.follow(&block)
                    .await
                    .with_context(|| format!("{page}, line {}", block.line))?;
            }
        }
        ensure!(later.is_empty(), "{page}: nothing says now");
        Ok(())
    }

    async fn follow(&mut self, block: &Block) -> Result<()> {
        let typed = block.typed()?;
        let mut codes = vec![0; typed.len()];
        for note in &block.notes {
            match note {
                Note::NotHere => return Ok(()),
                Note::Later | Note::Now => {}
                Note::NewCluster => self.new_cluster().await?,
                Note::Before(command) => {
                    let command = Typed {
                        command: command.clone(),
                        output: Vec::new(),
                    };
                    self.type_in(&command, 0).await?;
                }
                Note::Pod => self.cluster.as_mut().context("no cluster")?.run_pod().await?,
                Note::Exit(wanted) => codes.clone_from(wanted),
                Note::File(name) => fs::write(self.dir.path().join(name), format!("{}\n", block.text))?,
            }
        }
        ensure!(codes.len() == typed.len(), "one exit code for each command");
        for (typed, code) in typed.iter().zip(codes) {
            self.type_in(typed, code).await?;
        }
        Ok(())
    }

    async fn type_in(&mut self, typed: &Typed, code: i32) -> Result<()> {
        if self.shell.is_none() {
            self.shell = Some(Shell::open(self.dir.path(), &self.environment()?).await?);
        }
        let shell = self.shell.as_mut().context("no shell")?;
        let came = shell.run(&typed.command).await?;
        ensure!(
            came.code == code,
            "$ {}\nexit code {} instead of {code}:\n{}",
            typed.command,
            came.code,
            came.text
        );
        ensure!(
            typed.output.is_empty() || is_as_printed(&typed.output, &came.text),
            "$ {}\nthe page prints:\n{}\nwhat came:\n{}",
            typed.command,
            typed.output.join("\n"),
            came.text
        );
        Ok(())
    }

    /// Another cluster, and a new shell that looks at it.
    pub(crate) async fn new_cluster(&mut self) -> Result<()> {
        self.shell = None;
        self.cluster = None;
        self.cluster = Some(Cluster::start(self.dir.path()).await?);
        Ok(())
    }

    /// Installs the definitions.
    pub(crate) async fn crds(&mut self) -> Result<()> {
        let cluster = self.cluster.as_ref().context("no cluster")?;
        cluster.plane.install_crds().await;
        Ok(())
    }

    /// The programs that the reader has, and in a cluster of the reader's own the way to it.
    fn environment(&self) -> Result<Vec<(&'static str, String)>> {
        let operator = Path::new(env!("CARGO_BIN_EXE_dialplane"));
        let target = operator.ancestors().nth(2).context("no target directory")?;
        let local_stack = operator.with_file_name("local-stack");
        ensure!(
            local_stack.is_file(),
            "{} is not built: make programs",
            local_stack.display()
        );
        let text = |path: &Path| path.display().to_string();
        let bin = self.dir.path().join("bin");
        let mut env = vec![
            ("CARGO_TARGET_DIR", text(target)),
            // What `make quickstart` builds has been built for this test.
            ("CARGO", "true".to_owned()),
            ("KUBECACHEDIR", text(&self.dir.path().join("kubectl-cache"))),
            ("HELM_CACHE_HOME", text(&self.dir.path().join("helm-cache"))),
            ("HELM_CONFIG_HOME", text(&self.dir.path().join("helm-config"))),
            ("HELM_DATA_HOME", text(&self.dir.path().join("helm-data"))),
        ];
        if let Some(cluster) = &self.cluster {
            let assets: &Assets = cluster.plane.assets();
            for (name, program) in [
                ("kubectl", assets.kubectl.as_path()),
                ("helm", &assets.helm),
                ("dialplane", operator),
                ("kubectl-dialplane", operator),
            ] {
                if !bin.join(name).exists() {
                    symlink(program, bin.join(name))?;
                }
            }
            let path = std::env::var("PATH").unwrap_or_default();
            env.push(("PATH", format!("{}:{path}", bin.display())));
            env.push(("KUBECONFIG", text(cluster.plane.kubeconfig())));
            env.push(("DIALPLANE_GOOGLE_ENDPOINT", cluster.google.url().to_owned()));
        }
        Ok(env)
    }
}
