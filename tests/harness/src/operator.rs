//! The operator as a child process, as it runs in production: its own process, its own credentials.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use crate::ports;
use crate::process::{Identity, Process, Program, Tether, tail};
use crate::reaper::ReapedDir;
use anyhow::bail;

/// How long the operator may take until it is ready, and to end.
const PATIENCE: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(25);
/// How often a start is tried with another port when somebody else took the first.
const ATTEMPTS: u32 = 5;

/// How to start an operator; can be used again to start it anew or twice.
#[derive(Debug, Clone)]
pub struct OperatorBuilder {
    program: PathBuf,
    kubeconfig: Option<PathBuf>,
    google_endpoint: Option<String>,
    namespace: Option<String>,
    env: Vec<(String, String)>,
    args: Vec<String>,
    await_ready: bool,
}

impl OperatorBuilder {
    /// The identity that it uses towards the API server.
    #[must_use]
    pub fn kubeconfig(mut self, path: impl Into<PathBuf>) -> Self {
        self.kubeconfig = Some(path.into());
        self
    }

    /// Where Google is: the simulator's URL.
    #[must_use]
    pub fn google_endpoint(mut self, url: impl Into<String>) -> Self {
        self.google_endpoint = Some(url.into());
        self
    }

    /// The one namespace that it watches; all of them without.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// One more environment variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// One more argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Return from [`Self::spawn`] before it is ready: for an operator that is to be killed while it starts, or that
    /// has no API server yet.
    #[must_use]
    pub fn without_waiting(mut self) -> Self {
        self.await_ready = false;
        self
    }

    /// Starts it and returns once `/readyz` answers 200.
    pub async fn spawn(self) -> anyhow::Result<Operator> {
        let dir = ReapedDir::new("dialplane-operator-")?;
        let mut attempt = 1;
        loop {
            match self.attempt(&dir.path().join(format!("{attempt}.log"))).await {
                Ok((process, log, ports)) => {
                    return Ok(Operator {
                        process,
                        log,
                        ports,
                        _dir: dir,
                    });
                }
                Err(error) if attempt < ATTEMPTS && is_lost_race(&error) => attempt += 1,
                Err(error) => return Err(error),
            }
        }
    }

    async fn attempt(&self, log: &Path) -> anyhow::Result<(Process, PathBuf, Ports)> {
        let ports = Ports {
            http: ports::free()?,
            metrics: ports::free()?,
        };
        let program = Program {
            name: "the operator",
            path: self.program.clone(),
            args: self.arguments(ports),
            env: self.environment(),
            log: log.to_path_buf(),
        };
        let mut process = Process::start(&program, Tether::Parent)?;
        if self.await_ready {
            wait_ready(&mut process, ports.http).await?;
        }
        Ok((process, log.to_path_buf(), ports))
    }

    fn arguments(&self, ports: Ports) -> Vec<String> {
        let mut args = vec!["run".to_owned()];
        let mut set = |flag: &str, value: &str| args.extend([flag.to_owned(), value.to_owned()]);
        if let Some(url) = &self.google_endpoint {
            set("--google-endpoint", url);
        }
        if let Some(namespace) = &self.namespace {
            set("--namespace", namespace);
        }
        set("--http-address", &format!("127.0.0.1:{}", ports.http));
        set("--metrics-address", &format!("127.0.0.1:{}", ports.metrics));
        set("--log-format", "json");
        args.extend(self.args.iter().cloned());
        args
    }

    fn environment(&self) -> Vec<(String, String)> {
        let kubeconfig = self
            .kubeconfig
            .iter()
            .map(|path| ("KUBECONFIG".to_owned(), path.display().to_string()));
        kubeconfig.chain(self.env.iter().cloned()).collect()
    }
}

/// Where one operator listens.
#[derive(Debug, Clone, Copy)]
struct Ports {
    http: u16,
    metrics: u16,
}

/// A running operator; killed when the value goes, and with this process.
#[derive(Debug)]
pub struct Operator {
    process: Process,
    log: PathBuf,
    ports: Ports,
    _dir: ReapedDir,
}

impl Operator {
    /// Describes an operator of this binary: `env!("CARGO_BIN_EXE_dialplane")`.
    pub fn builder(program: impl Into<PathBuf>) -> OperatorBuilder {
        OperatorBuilder {
            program: program.into(),
            kubeconfig: None,
            google_endpoint: None,
            namespace: None,
            env: Vec::new(),
            args: Vec::new(),
            await_ready: true,
        }
    }

    /// Where its public HTTP server is: `http://127.0.0.1:<port>`.
    pub fn http_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.http)
    }

    /// Where its metrics are, and its probes once more.
    pub fn metrics_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.metrics)
    }

    /// The process, for what looks at it from outside (`/proc`).
    pub fn identity(&self) -> Option<Identity> {
        Identity::of(self.process.pid())
    }

    /// Everything it has written to standard output and standard error until now.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// The text of `/metrics`.
    pub async fn metrics(&self) -> anyhow::Result<String> {
        let answer = http()?
            .get(format!("{}/metrics", self.metrics_url()))
            .send()
            .await?;
        Ok(answer.error_for_status()?.text().await?)
    }

    /// Waits until `/readyz` answers 200; for an operator that was spawned without waiting.
    pub async fn ready(&mut self) -> anyhow::Result<()> {
        wait_ready(&mut self.process, self.ports.http).await
    }

    /// Ends it with SIGKILL, as the machine's death does; returns when it is dead.
    pub fn kill9(&mut self) {
        self.process.kill();
    }

    /// Asks it to end with SIGTERM, as the kubelet does, and waits for that.
    pub async fn terminate(&mut self) -> anyhow::Result<ExitStatus> {
        self.process.terminate()?;
        self.wait().await
    }

    /// Waits until it ends by itself.
    pub async fn wait(&mut self) -> anyhow::Result<ExitStatus> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.process.ended() {
                return Ok(status);
            }
            if Instant::now() > deadline {
                bail!(
                    "the operator does not end; its log ends with:\n{}",
                    tail(&self.log)
                );
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

async fn wait_ready(process: &mut Process, port: u16) -> anyhow::Result<()> {
    let http = http()?;
    let url = format!("http://127.0.0.1:{port}/readyz");
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        // Looked at before the answer: somebody else's server may be the one that took the port.
        if process.ended().is_some() {
            return Err(process.failure("did not start"));
        }
        if http
            .get(&url)
            .send()
            .await
            .is_ok_and(|answer| answer.status().is_success())
        {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(process.failure(&format!("was not ready within {} s", PATIENCE.as_secs())))
}

fn http() -> anyhow::Result<reqwest::Client> {
    Ok(reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .no_proxy()
        .build()?)
}

fn is_lost_race(error: &anyhow::Error) -> bool {
    let text = format!("{error:#}").to_lowercase();
    text.contains("address already in use") || text.contains("addrinuse")
}
