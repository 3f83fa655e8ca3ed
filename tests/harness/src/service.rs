//! Processes that outlive the command that started them: each has a record, so that the next command finds it,
//! uses it again or ends it.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::process::{Identity, Process, Program, Tether};

/// How long a service may take until it answers, and how long it may take to end before it is killed.
const PATIENCE: Duration = Duration::from_mins(1);

/// A program to keep running.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its name: of its record and of its log.
    pub name: &'static str,
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its environment, beside the inherited one.
    pub env: Vec<(String, String)>,
    /// Answers with success once the service can be used.
    pub ready_url: String,
}

/// The records of one stack: `<dir>/pid/<name>`, with logs in `<dir>/log/<name>.log`.
#[derive(Debug, Clone)]
pub struct Services {
    dir: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Record {
    #[serde(flatten)]
    identity: Identity,
    /// Changes when the program, its arguments or its environment do.
    stamp: u64,
}

impl Services {
    /// The records below this directory, which is made when it is not there.
    pub fn new(dir: &Path) -> anyhow::Result<Self> {
        for part in ["pid", "log"] {
            fs::create_dir_all(dir.join(part)).with_context(|| format!("create {}", dir.display()))?;
        }
        Ok(Self {
            dir: dir.to_path_buf(),
        })
    }

    /// Whether the process of this record runs.
    pub fn is_alive(&self, name: &str) -> bool {
        self.record(name).is_some_and(|record| record.identity.is_alive())
    }

    /// Leaves the service alone when it runs as described and answers; (re)starts it otherwise and waits until it
    /// answers. True when it was started.
    pub async fn ensure(&self, service: &Service) -> anyhow::Result<bool> {
        let stamp = stamp(service);
        if let Some(record) = self.record(service.name)
            && record.stamp == stamp
            && record.identity.is_alive()
            && answers(&service.ready_url).await
        {
            return Ok(false);
        }
        self.end(service.name);
        let program = Program {
            name: service.name,
            path: service.program.clone(),
            args: service.args.clone(),
            env: service.env.clone(),
            log: self.dir.join("log").join(format!("{}.log", service.name)),
        };
        let mut process = Process::start(&program, Tether::Detached)?;
        if let Some(identity) = Identity::of(process.pid()) {
            self.write(service.name, &Record { identity, stamp })?;
        }
        let deadline = Instant::now() + PATIENCE;
        while process.ended().is_none() {
            if answers(&service.ready_url).await {
                return Ok(true);
            }
            if Instant::now() > deadline {
                let error = process.failure("does not answer");
                self.end(service.name);
                return Err(error);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.end(service.name);
        Err(process.failure("did not start"))
    }

    /// Records a process that somebody else started.
    pub fn adopt(&self, name: &str, identity: Identity) -> anyhow::Result<()> {
        self.write(name, &Record { identity, stamp: 0 })
    }

    /// Ends the process of this record, if it runs, and removes the record. True when it ran.
    pub fn end(&self, name: &str) -> bool {
        let alive = self.record(name).filter(|record| record.identity.is_alive());
        if let Some(record) = &alive {
            record.identity.end(PATIENCE / 4);
        }
        // Not there when the service never ran.
        let _ = fs::remove_file(self.path(name));
        alive.is_some()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join("pid").join(name)
    }

    fn record(&self, name: &str) -> Option<Record> {
        serde_json::from_slice(&fs::read(self.path(name)).ok()?).ok()
    }

    fn write(&self, name: &str, record: &Record) -> anyhow::Result<()> {
        let path = self.path(name);
        fs::write(&path, serde_json::to_vec(record)?).with_context(|| format!("write {}", path.display()))
    }
}

/// A new build of the same program is another service.
fn stamp(service: &Service) -> u64 {
    let mut hash = DefaultHasher::new();
    (&service.program, &service.args, &service.env).hash(&mut hash);
    fs::metadata(&service.program)
        .and_then(|file| file.modified())
        .ok()
        .hash(&mut hash);
    hash.finish()
}

async fn answers(url: &str) -> bool {
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(5))
        .no_proxy()
        .build();
    let Ok(client) = client else { return false };
    client
        .get(url)
        .send()
        .await
        .is_ok_and(|answer| answer.status().is_success())
}
