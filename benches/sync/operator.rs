//! The operator, from its first sync to one that finds nothing to do, and started anew.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use dialplane::api::{GoogleWorkspaceIntegration, PbxExtension, conditions};
use dialplane_test_harness::world::try_wait_for;
use dialplane_test_harness::{Operator, say};
use google_workspace_simulator::{Options, Seed, Simulator, Switches, keys};
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::{ListParams, PostParams};
use serde_json::json;

use crate::process::{Busy, Meter, cpu_seconds, of, own, peak_mib, show};
use crate::profile::Checks;
use crate::stage::{Rules, Stage};

const PATIENCE: Duration = Duration::from_hours(2);
/// How long the API server is watched during a first sync, and for how many people that is the first sync and nothing else.
const PROFILE_SECONDS: u32 = 10;
const PROFILE_PEOPLE: usize = 10_000;
pub(crate) const SCOPE: &str = "https://www.googleapis.com/auth/admin.directory.user.readonly";

/// What the operator's syncs cost.
pub(crate) struct Synced {
    people: usize,
    first: Duration,
    cpu: Vec<(&'static str, f64)>,
    others: f64,
    peak: f64,
    server_peak: f64,
    checks: Option<Checks>,
    quiet: Quiet,
    restarted: f64,
    restart: Duration,
    version: String,
}

/// A sync that finds nothing to do.
struct Quiet {
    seconds: f64,
    cpu: f64,
    google_calls: f64,
    kubernetes_writes: f64,
}

/// Lets an operator serve that many people; with the objects that it made, if they are wanted.
pub(crate) async fn measure(people: usize, wanted: bool) -> Result<(Synced, Vec<PbxExtension>)> {
    let stage = Stage::set(Rules::Ours).await?;
    let google = google(&stage, people, &[SCOPE]).await?;
    let start = || {
        Operator::builder(env!("CARGO_BIN_EXE_dialplane"))
            .kubeconfig(&stage.kubeconfig)
            .google_endpoint(google.url())
            .namespace(&stage.namespace)
            .spawn()
    };
    let mut operator = start().await?;
    let identity = operator.identity().context("the operator has ended")?;
    let mut processes = stage.plane.processes();
    let server = processes.iter().find(|(name, _)| *name == "kube-apiserver");
    let server = server.map(|(_, identity)| *identity).context("no API server")?;
    processes.extend([("operator", identity), ("simulator", own()?)]);
    let (meter, busy) = (Meter::start(processes)?, Busy::start()?);
    let began = Instant::now();
    declare(&stage).await?;
    let ready = async {
        until_ready(&stage)
            .await
            .map(|()| (began.elapsed(), meter.stop()))
    };
    let (ready, profile) = tokio::join!(ready, profile(&stage, people));
    let (first, cpu) = ready?;
    let cpu = cpu?;
    let others = busy.others(&cpu)?;
    let checks = profile?.as_deref().map(Checks::read).transpose()?;
    say(&format!(
        "first sync of {people} people: {:.1} s, peak memory {:.0} MiB",
        first.as_secs_f64(),
        peak_mib(identity)?
    ));
    let quiet = quiet(&operator, || cpu_seconds(identity)).await?;
    let peak = peak_mib(identity)?;

    let server_peak = peak_mib(server)?;

    operator.kill9();
    let began = Instant::now();
    let operator = start().await?;
    let restart = began.elapsed();
    let restarted = peak_mib(operator.identity().context("the operator has ended")?)?;
    let version = stage.client.apiserver_version().await?.git_version;
    let synced = Synced {
        people,
        first,
        cpu,
        others,
        peak,
        server_peak,
        checks,
        quiet,
        restarted,
        restart,
        version,
    };
    let objects = if wanted {
        objects(&stage, people).await?
    } else {
        Vec::new()
    };
    Ok((synced, objects))
}

/// A directory, and a Secret with a key for it.
pub(crate) async fn google(stage: &Stage, people: usize, scopes: &[&str]) -> Result<Simulator> {
    let mut seed = Seed {
        generate: people,
        ..Seed::default()
    };
    let email = "dialplane@acme-voice.iam.gserviceaccount.com";
    let (key, mut account) = keys::service_account(email, "104497032270219758213", "acme-voice")?;
    account.delegated_scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    seed.add_service_account(account);
    let secret: Secret = serde_json::from_value(json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": "google-key"}, "stringData": {"key.json": key.to_string()},
    }))?;
    let secrets: Api<Secret> = Api::namespaced(stage.client.clone(), &stage.namespace);
    secrets.create(&PostParams::default(), &secret).await?;
    Simulator::start(Options {
        seed,
        switches: Switches::strict(),
        ..Options::default()
    })
    .await
}

/// What the API server does in the middle of a first sync.
async fn profile(stage: &Stage, people: usize) -> Result<Option<Vec<u8>>> {
    if people < PROFILE_PEOPLE {
        return Ok(None);
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    stage.plane.cpu_profile(PROFILE_SECONDS).await.map(Some)
}

async fn declare(stage: &Stage) -> Result<()> {
    let integration: GoogleWorkspaceIntegration = serde_json::from_value(json!({
        "apiVersion": "dialplane.io/v1alpha1", "kind": "GoogleWorkspaceIntegration",
        "metadata": {"name": "acme"},
        "spec": {
            "tenant": {"name": "acme"},
            "google": {"credentials": {"serviceAccount": {"secretRef": {"name": "google-key"}, "subject": "admin@acme.example"}}},
            "users": {"enabled": true, "syncMode": "Automatic", "schedule": {"interval": "30s"}, "numbering": {"start": "1000000"}},
        },
    }))?;
    integrations(stage)
        .create(&PostParams::default(), &integration)
        .await?;
    Ok(())
}

pub(crate) fn integrations(stage: &Stage) -> Api<GoogleWorkspaceIntegration> {
    Api::namespaced(stage.client.clone(), &stage.namespace)
}

async fn until_ready(stage: &Stage) -> Result<()> {
    let ready = |object: &GoogleWorkspaceIntegration| {
        let status = object.status.as_ref();
        let ready = status.and_then(|status| conditions::get(&status.conditions, conditions::READY));
        ready.is_some_and(|ready| ready.status == "True")
    };
    try_wait_for(&integrations(stage), "acme", ready, PATIENCE)
        .await
        .map(drop)
}

/// Waits for the next sync by interval and measures it.
async fn quiet(operator: &Operator, cpu: impl Fn() -> Result<f64>) -> Result<Quiet> {
    let before = Counters::of(operator).await?;
    let used = cpu()?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let now = Counters::of(operator).await?;
        if now.syncs > before.syncs {
            return Ok(Quiet {
                seconds: now.seconds - before.seconds,
                cpu: cpu()? - used,
                google_calls: now.google_calls - before.google_calls,
                kubernetes_writes: now.writes - before.writes,
            });
        }
        ensure!(Instant::now() < deadline, "no second sync:\n{}", operator.log());
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// What the operator counts itself.
struct Counters {
    syncs: f64,
    seconds: f64,
    google_calls: f64,
    writes: f64,
}

impl Counters {
    async fn of(operator: &Operator) -> Result<Self> {
        let text = operator.metrics().await?;
        let sum = |name: &str| -> f64 {
            let samples = text
                .lines()
                .filter_map(|line| line.strip_prefix("dialplane_")?.strip_prefix(name));
            samples
                .filter_map(|rest| rest.rsplit(' ').next()?.parse::<f64>().ok())
                .sum()
        };
        Ok(Self {
            syncs: sum("syncs_total"),
            seconds: sum("sync_duration_seconds_sum"),
            google_calls: sum("google_requests_total"),
            writes: sum("kubernetes_writes_total"),
        })
    }
}

/// The objects as they were sent: without what the API server added.
async fn objects(stage: &Stage, people: usize) -> Result<Vec<PbxExtension>> {
    let api: Api<PbxExtension> = Api::namespaced(stage.client.clone(), &stage.namespace);
    let mut objects = Vec::with_capacity(people);
    let mut params = ListParams::default().limit(1000);
    loop {
        let page = api.list(&params).await?;
        objects.extend(page.items.into_iter().map(|object| {
            let mut bare =
                PbxExtension::new(object.metadata.name.as_deref().unwrap_or_default(), object.spec);
            bare.metadata.labels = object.metadata.labels;
            bare
        }));
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => params = params.continue_token(&token),
            None => break,
        }
    }
    ensure!(
        objects.len() == people,
        "{} extensions of {people} people",
        objects.len()
    );
    Ok(objects)
}

impl Synced {
    /// Creations per second, from the declaration to `Ready`.
    #[allow(clippy::cast_precision_loss, reason = "figures for people")]
    pub(crate) fn speed(&self) -> f64 {
        self.people as f64 / self.first.as_secs_f64()
    }

    /// Milliseconds of CPU of one process for each creation.
    #[allow(clippy::cast_precision_loss, reason = "figures for people")]
    pub(crate) fn cpu_per_creation(&self, process: &str) -> f64 {
        1000.0 * of(&self.cpu, process) / self.people as f64
    }

    /// By the API server's own profile how much more CPU it needs for our rules and locks.
    pub(crate) fn checks(&self) -> f64 {
        self.checks.map_or(f64::NAN, Checks::factor)
    }

    /// The operator's, in MiB.
    pub(crate) fn peak(&self) -> f64 {
        self.peak
    }

    pub(crate) fn print(&self) {
        println!("  Kubernetes {}", self.version);
        println!(
            "  first sync        {:7.2} s  {:6.0} creations/s  CPU: {}; others {:.0}% of the machine",
            self.first.as_secs_f64(),
            self.speed(),
            show(&self.cpu),
            self.others,
        );
        if let Some(checks) = self.checks {
            println!(
                "  API server        {:.1}% of its CPU for the rules of the CRD, {:.1}% for the locks: {:.3} times what it needs without",
                checks.rules,
                checks.policies,
                checks.factor()
            );
        }
        let Quiet {
            seconds,
            cpu,
            google_calls,
            kubernetes_writes,
        } = self.quiet;
        println!(
            "  sync of no change {seconds:7.2} s  {google_calls} calls to Google, {kubernetes_writes} writes to Kubernetes  CPU: operator {cpu:.2} s"
        );
        println!(
            "  operator's peak memory {:.0} MiB, the API server's {:.0} MiB; a restart with the same extensions takes {:.2} s and {:.0} MiB",
            self.peak,
            self.server_peak,
            self.restart.as_secs_f64(),
            self.restarted
        );
    }
}
