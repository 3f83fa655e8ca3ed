//! What the kernel says about a process.

use std::fs;

use anyhow::{Context as _, Result};
use dialplane_test_harness::process::Identity;

/// Linux reports CPU time to programs in hundredths of a second on every architecture that matters (`USER_HZ`).
const TICKS: f64 = 100.0;

/// Seconds of CPU, user and system, since the process began.
pub(crate) fn cpu_seconds(process: Identity) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.pid))?;
    let (_, fields) = stat.rsplit_once(')').context("no stat")?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks = ticks.map(str::parse::<f64>).sum::<Result<f64, _>>()?;
    Ok(ticks / TICKS)
}

/// The most memory that it ever had, in MiB.
pub(crate) fn peak_mib(process: Identity) -> Result<f64> {
    field(&process.pid.to_string(), "VmHWM")
}

/// The memory of this process, in MiB.
pub(crate) fn own_mib() -> Result<f64> {
    field("self", "VmRSS")
}

fn field(process: &str, name: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line
        .and_then(|line| line.split_whitespace().nth(1))
        .with_context(|| format!("no {name}"))?;
    Ok(kib.parse::<f64>()? / 1024.0)
}

/// As the first core calls itself.
pub(crate) fn cpu_model() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    info.lines()
        .find_map(|line| line.strip_prefix("model name"))
        .and_then(|line| line.split_once(':'))
        .map_or_else(|| "unknown CPU".to_owned(), |(_, model)| model.trim().to_owned())
}

/// CPU time of several processes since a moment.
pub(crate) struct Meter(Vec<(&'static str, Identity, f64)>);

impl Meter {
    /// Begins now.
    pub(crate) fn start(processes: Vec<(&'static str, Identity)>) -> Result<Self> {
        processes
            .into_iter()
            .map(|(name, identity)| Ok((name, identity, cpu_seconds(identity)?)))
            .collect::<Result<_>>()
            .map(Self)
    }

    /// Seconds by process.
    pub(crate) fn stop(&self) -> Result<Vec<(&'static str, f64)>> {
        self.0
            .iter()
            .map(|(name, identity, before)| Ok((*name, cpu_seconds(*identity)? - before)))
            .collect()
    }
}

/// How busy the whole machine was since a moment.
pub(crate) struct Busy {
    used: f64,
    all: f64,
}

impl Busy {
    /// Begins now.
    pub(crate) fn start() -> Result<Self> {
        let stat = fs::read_to_string("/proc/stat")?;
        let line = stat.lines().next().context("an empty /proc/stat")?;
        let fields = line.split_whitespace().skip(1).map(str::parse::<f64>);
        // user nice system idle iowait irq softirq steal; guests are in user already.
        let fields = fields.take(8).collect::<Result<Vec<_>, _>>()?;
        let all: f64 = fields.iter().sum();
        let idle: f64 = fields.iter().skip(3).take(2).sum();
        Ok(Self {
            used: (all - idle) / TICKS,
            all: all / TICKS,
        })
    }

    /// What was used by others than these processes, in percent of the machine.
    pub(crate) fn others(&self, ours: &[(&str, f64)]) -> Result<f64> {
        let now = Self::start()?;
        let ours: f64 = ours.iter().map(|(_, seconds)| seconds).sum();
        Ok(100.0 * (now.used - self.used - ours).max(0.0) / (now.all - self.all))
    }
}

/// The seconds of one process.
pub(crate) fn of(seconds: &[(&str, f64)], process: &str) -> f64 {
    let found = seconds.iter().find(|(name, _)| *name == process);
    found.map_or(f64::NAN, |(_, seconds)| *seconds)
}

/// This process: the simulator and the loader are in it.
pub(crate) fn own() -> Result<Identity> {
    let pid = i32::try_from(std::process::id())?;
    Identity::of(pid).context("no such process")
}

/// `operator 1.2 s, kube-apiserver 3.4 s`.
pub(crate) fn show(seconds: &[(&str, f64)]) -> String {
    let each = seconds
        .iter()
        .map(|(name, seconds)| format!("{name} {seconds:.2} s"));
    each.collect::<Vec<_>>().join(", ")
}
