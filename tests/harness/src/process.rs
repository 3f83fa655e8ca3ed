//! Child processes that never outlive their reason.

use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{OnceLock, mpsc};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};

/// What a child process is tied to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tether {
    /// It is killed when this process ends, however this process ends.
    #[default]
    Parent,
    /// It lives on in a session of its own; who starts it keeps its identity and ends it later.
    Detached,
}

/// What to start, and where its output goes.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) name: &'static str,
    pub(crate) path: PathBuf,
    pub(crate) args: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) log: PathBuf,
}

/// A process as the kernel knows it: the number alone may be given to another process later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Identity {
    /// The process id.
    pub pid: i32,
    /// When it started, in clock ticks since the machine did (field 22 of proc(5)'s stat).
    pub started: u64,
}

impl Identity {
    /// The identity of the process that has this id now; none when there is no such process or it has ended
    /// and nobody has collected its status yet.
    pub fn of(pid: i32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The second field is the program's name in parentheses and may hold anything, blanks included.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let state = fields.next()?;
        let started = fields.nth(18)?.parse().ok()?;
        (!matches!(state, "Z" | "X")).then_some(Self { pid, started })
    }

    /// Whether this very process still runs.
    pub fn is_alive(self) -> bool {
        Self::of(self.pid) == Some(self)
    }

    /// Asks the process to end, waits up to `patience`, then kills it.
    pub fn end(self, patience: Duration) {
        for (signal, patience) in [(Signal::TERM, patience), (Signal::KILL, Duration::from_secs(5))] {
            if !self.is_alive() {
                return;
            }
            if let Some(pid) = Pid::from_raw(self.pid) {
                // Fails only when the process has just ended.
                let _ = kill_process(pid, signal);
            }
            let deadline = Instant::now() + patience;
            while self.is_alive() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
}

/// A running child.
#[derive(Debug)]
pub(crate) struct Process {
    name: &'static str,
    child: Child,
    log: PathBuf,
    tether: Tether,
}

impl Process {
    /// Starts the program with both its outputs appended to its log.
    pub(crate) fn start(program: &Program, tether: Tether) -> anyhow::Result<Self> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(&program.log)
            .with_context(|| format!("open {}", program.log.display()))?;
        let mut command = match tether {
            // setpriv(1) sets the parent-death signal and then becomes the program.
            Tether::Parent => {
                let mut command = Command::new("setpriv");
                command.args(["--pdeathsig", "KILL"]).process_group(0);
                command
            }
            Tether::Detached => Command::new("setsid"),
        };
        command
            .arg(&program.path)
            .args(&program.args)
            // Everything they talk to is on this machine.
            .envs([
                ("NO_PROXY", "127.0.0.1,localhost"),
                ("no_proxy", "127.0.0.1,localhost"),
            ])
            .envs(program.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let child = spawn(command).with_context(|| {
            format!(
                "start {} (it needs setpriv and setsid of util-linux)",
                program.path.display()
            )
        })?;
        Ok(Self {
            name: program.name,
            child,
            log: program.log.clone(),
            tether,
        })
    }

    pub(crate) fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).unwrap_or(i32::MAX)
    }

    /// The exit status when it has ended.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    pub(crate) fn kill(&mut self) {
        // Fails only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Sends SIGTERM; the caller waits for the end.
    pub(crate) fn terminate(&self) -> anyhow::Result<()> {
        let pid = Pid::from_raw(self.pid()).context("a process without an id")?;
        kill_process(pid, Signal::TERM).with_context(|| format!("send SIGTERM to {}", self.name))
    }

    /// An error that says what happened to this process and shows the end of its log.
    pub(crate) fn failure(&mut self, what: &str) -> anyhow::Error {
        let state = self
            .ended()
            .map_or("still runs".to_owned(), |status| format!("ended with {status}"));
        anyhow::anyhow!(
            "{} {what} ({state}); its log ends with:\n{}",
            self.name,
            tail(&self.log)
        )
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.tether == Tether::Parent {
            self.kill();
        }
    }
}

/// The last 60 lines of a log, or the whole of a short one.
pub(crate) fn tail(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}

type Job = (Command, mpsc::Sender<std::io::Result<Child>>);

/// Starts the command from the one thread that lives as long as the process: Linux sends the parent-death signal
/// when the *thread* that started the child ends, and the test runner ends a thread per test.
fn spawn(command: Command) -> anyhow::Result<Child> {
    static SPAWNER: OnceLock<mpsc::Sender<Job>> = OnceLock::new();
    let spawner = SPAWNER.get_or_init(|| {
        let (jobs, inbox) = mpsc::channel::<Job>();
        std::thread::spawn(move || {
            for (mut command, answer) in inbox {
                // Nobody waits for the answer only when the asking test has already failed.
                let _ = answer.send(command.spawn());
            }
        });
        jobs
    });
    let (answer, result) = mpsc::channel();
    spawner
        .send((command, answer))
        .ok()
        .context("the thread that starts processes has ended")?;
    Ok(result
        .recv()
        .context("the thread that starts processes has ended")??)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper(dir: &Path) -> Program {
        Program {
            name: "sleep",
            path: "sleep".into(),
            args: vec!["600".into()],
            env: Vec::new(),
            log: dir.join("log"),
        }
    }

    #[test]
    fn a_tethered_process_survives_its_thread_and_ends_with_its_value() {
        let dir = tempfile::tempdir().unwrap();
        let program = sleeper(dir.path());
        let process = std::thread::spawn(move || Process::start(&program, Tether::Parent).unwrap())
            .join()
            .unwrap();
        let identity = Identity::of(process.pid()).unwrap();
        assert!(identity.is_alive());
        drop(process);
        assert!(!identity.is_alive());
    }

    #[test]
    fn a_detached_process_lives_on_until_it_is_ended() {
        let dir = tempfile::tempdir().unwrap();
        let process = Process::start(&sleeper(dir.path()), Tether::Detached).unwrap();
        let identity = Identity::of(process.pid()).unwrap();
        drop(process);
        assert!(identity.is_alive());
        identity.end(Duration::from_secs(5));
        assert!(!identity.is_alive());
    }

    #[test]
    fn another_start_time_is_another_process() {
        let own = Identity::of(i32::try_from(std::process::id()).unwrap()).unwrap();
        assert!(own.is_alive());
        assert!(
            !Identity {
                started: own.started + 1,
                ..own
            }
            .is_alive()
        );
    }
}
