//! A real control plane: etcd, kube-apiserver with RBAC and an audit log, and kube-controller-manager where asked.

mod access;
mod components;
mod kubeconfig;
mod layout;
mod readiness;
mod second;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use tokio::sync::OnceCell;

use crate::assets::Assets;
use crate::fail::OrFail as _;
use crate::ports;
use crate::process::{Identity, Process, Program, Tether};
use crate::reaper::ReapedDir;
use crate::service::Services;
use layout::{Layout, Ports};
pub use second::SecondApiServer;

/// What to start, and how long it lives.
#[derive(Debug, Clone, Default)]
pub struct ControlPlaneOptions {
    /// Start kube-controller-manager too: namespace deletion, garbage collection, default service accounts,
    /// aggregated cluster roles.
    pub controller_manager: bool,
    /// Write the audit log.
    pub audit: bool,
    /// Let etcd wait for the disk. Off, a crash of the machine loses data; needed for any claim about durability.
    pub durable: bool,
    /// Keep everything in this directory and take up what an earlier start left there; left out, a temporary
    /// directory that goes away with the value.
    pub dir: Option<PathBuf>,
    /// Whether the processes end with this one.
    pub tether: Tether,
    /// Where to record each process as it starts, so that whoever starts detached ones never loses sight of one.
    pub records: Option<Services>,
}

/// A running control plane. Its processes end with it (unless started detached), and with this process.
#[derive(Debug)]
pub struct ControlPlane {
    // Dropped in this order: the processes end before their directory goes.
    running: Mutex<Running>,
    assets: Assets,
    layout: Layout,
    ports: Ports,
    options: ControlPlaneOptions,
    admin: kube::Config,
    url: String,
    kubeconfig: PathBuf,
    _reaped: Option<ReapedDir>,
}

/// What this value started; nothing when it only joined a control plane.
#[derive(Debug, Default)]
struct Running {
    etcd: Option<Process>,
    api_server: Option<Process>,
    controller_manager: Option<Process>,
}

/// Files of a server's TLS.
pub(crate) struct ServerIdentity {
    pub(crate) authority: PathBuf,
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// How often a start is tried again with other ports when somebody else took one first.
const ATTEMPTS: u32 = 5;

impl ControlPlane {
    /// Starts a control plane and returns once it answers; the first start on a machine builds it, which takes
    /// minutes.
    pub async fn start(options: ControlPlaneOptions) -> anyhow::Result<Self> {
        let assets = prepare().await?;
        let reaped = options
            .dir
            .is_none()
            .then(|| ReapedDir::new("dialplane-control-plane-"))
            .transpose()?;
        let dir = options
            .dir
            .clone()
            .or_else(|| Some(reaped.as_ref()?.path().to_path_buf()));
        let layout = Layout::prepare(&dir.context("no directory")?)?;
        let mut attempt = 1;
        let (ports, running) = loop {
            let ports = layout.ports()?;
            match bring_up(&assets, &layout, ports, &options).await {
                Ok(running) => break (ports, running),
                Err(error) if attempt < ATTEMPTS && is_lost_race(&error) => attempt += 1,
                Err(error) => return Err(error),
            }
            layout.forget_ports()?;
        };
        Self::over(running, assets, layout, ports, options, reaped).await
    }

    /// Joins the control plane that an earlier process started detached in this directory; an error when it does
    /// not answer.
    pub async fn attach(dir: &Path) -> anyhow::Result<Self> {
        let assets = prepare().await?;
        let layout = Layout::prepare(dir)?;
        let ports = layout.last_ports().context("no control plane was started here")?;
        readiness::version(&layout, ports, assets.pinned).await?;
        let options = ControlPlaneOptions {
            dir: Some(dir.to_path_buf()),
            tether: Tether::Detached,
            ..Default::default()
        };
        Self::over(Running::default(), assets, layout, ports, options, None).await
    }

    async fn over(
        running: Running,
        assets: Assets,
        layout: Layout,
        ports: Ports,
        options: ControlPlaneOptions,
        reaped: Option<ReapedDir>,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            running: Mutex::new(running),
            admin: kubeconfig::config(&layout.admin_kubeconfig()).await?,
            url: ports.url(),
            kubeconfig: layout.admin_kubeconfig(),
            assets,
            layout,
            ports,
            options,
            _reaped: reaped,
        })
    }

    /// The control plane that all tests of this process share, with kube-controller-manager and the audit log;
    /// started by the first who asks. Tests keep apart by namespaces.
    pub async fn shared() -> Arc<Self> {
        static SHARED: OnceCell<Arc<ControlPlane>> = OnceCell::const_new();
        let start = async || {
            let options = ControlPlaneOptions {
                controller_manager: true,
                audit: true,
                ..Default::default()
            };
            Self::start(options).await.map(Arc::new)
        };
        Arc::clone(
            SHARED
                .get_or_try_init(start)
                .await
                .or_fail("start the control plane"),
        )
    }

    /// The path of the admin's kubeconfig.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// `https://127.0.0.1:<port>`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What the API server shows to its clients, and who vouches for it.
    pub(crate) fn server_identity(&self) -> ServerIdentity {
        ServerIdentity {
            authority: self.layout.pki("ca.crt"),
            certificate: self.layout.pki("apiserver.crt"),
            key: self.layout.pki("apiserver.key"),
        }
    }

    /// The programs that it runs, and kubectl and helm of the same build.
    pub fn assets(&self) -> &Assets {
        &self.assets
    }

    /// The log of a component: `etcd`, `kube-apiserver`, `kube-controller-manager`.
    pub fn component_log(&self, component: &str) -> PathBuf {
        self.layout.log(component)
    }

    /// Name and identity of every process that runs, in the order in which they started.
    pub fn processes(&self) -> Vec<(&'static str, Identity)> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        [
            ("etcd", running.etcd.as_ref()),
            ("kube-apiserver", running.api_server.as_ref()),
            ("kube-controller-manager", running.controller_manager.as_ref()),
        ]
        .into_iter()
        .filter_map(|(name, process)| Some((name, Identity::of(process?.pid())?)))
        .collect()
    }

    /// Kills the API server, as an outage does; etcd keeps the data.
    #[allow(clippy::unused_async, reason = "the pair of start_api_server")]
    pub async fn stop_api_server(&self) {
        let stopped = self
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .api_server
            .take();
        if let Some(mut process) = stopped {
            process.kill();
        }
    }

    /// Starts a second API server on the same etcd and returns once it answers.
    pub async fn second_api_server(&self) -> anyhow::Result<SecondApiServer> {
        let relay = second::Relay::to(self.ports.etcd_client).await?;
        let ports = Ports {
            etcd_client: relay.port,
            api_server: ports::free()?,
            ..self.ports
        };
        let program = components::second_api_server(&self.assets, &self.layout, ports, self.options.audit);
        let mut process = start_recorded(&program, &self.options)?;
        readiness::api_server(&mut process, &self.layout, ports).await?;
        Ok(SecondApiServer::new(process, ports.url(), relay))
    }

    /// Starts the API server again, on the same port and data, and returns once it answers.
    pub async fn start_api_server(&self) {
        let program = components::api_server(&self.assets, &self.layout, self.ports, self.options.audit);
        let mut process = start_recorded(&program, &self.options).or_fail("start kube-apiserver");
        readiness::api_server(&mut process, &self.layout, self.ports)
            .await
            .or_fail("wait for kube-apiserver");
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .api_server = Some(process);
    }
}

async fn prepare() -> anyhow::Result<Assets> {
    // Fails only when a provider is installed already, and then there is one.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    tokio::task::spawn_blocking(Assets::ensure)
        .await
        .context("build the control plane")?
}

async fn bring_up(
    assets: &Assets,
    layout: &Layout,
    ports: Ports,
    options: &ControlPlaneOptions,
) -> anyhow::Result<Running> {
    kubeconfig::write_admin(layout, ports)?;
    let start = |program| start_recorded(&program, options);
    let mut etcd = Guard::new(start(components::etcd(assets, layout, ports, options.durable))?);
    readiness::etcd(etcd.process(), ports).await?;
    let mut api_server = Guard::new(start(components::api_server(
        assets,
        layout,
        ports,
        options.audit,
    ))?);
    readiness::api_server(api_server.process(), layout, ports).await?;
    readiness::version(layout, ports, assets.pinned).await?;
    let controller_manager = if options.controller_manager {
        let mut process = Guard::new(start(components::controller_manager(assets, layout, ports))?);
        readiness::controller_manager(process.process(), layout, ports).await?;
        Some(process)
    } else {
        None
    };
    Ok(Running {
        etcd: Some(etcd.keep()),
        api_server: Some(api_server.keep()),
        controller_manager: controller_manager.map(Guard::keep),
    })
}

fn start_recorded(program: &Program, options: &ControlPlaneOptions) -> anyhow::Result<Process> {
    let process = Process::start(program, options.tether)?;
    if let Some(records) = &options.records
        && let Some(identity) = Identity::of(process.pid())
    {
        records.adopt(program.name, identity)?;
    }
    Ok(process)
}

/// Ends a process, a detached one too, when the start as a whole fails.
struct Guard(Option<Process>);

impl Guard {
    fn new(process: Process) -> Self {
        Self(Some(process))
    }

    fn process(&mut self) -> &mut Process {
        // Filled until `keep` consumes the guard.
        self.0
            .as_mut()
            .context("the guard is empty")
            .or_fail("use a process")
    }

    fn keep(mut self) -> Process {
        self.0
            .take()
            .context("the guard is empty")
            .or_fail("keep a process")
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(process) = &mut self.0 {
            process.kill();
        }
    }
}

fn is_lost_race(error: &anyhow::Error) -> bool {
    format!("{error:#}").contains("address already in use")
}
