//! The directory of a stack, and the control plane in it.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use dialplane_test_harness::{ControlPlane, ControlPlaneOptions, Services, Tether, free_port, say};

/// In the order in which they start; they end the other way round.
const CONTROL_PLANE: [&str; 3] = ["etcd", "kube-apiserver", "kube-controller-manager"];
pub(crate) const SIMULATOR: &str = "google-workspace-simulator";
pub(crate) const OPERATOR: &str = "dialplane";

/// One stack: `.run` of the repository, usually.
pub(crate) struct Stack {
    dir: PathBuf,
    pub(crate) services: Services,
}

impl Stack {
    pub(crate) fn open(dir: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(dir.join("bin")).with_context(|| format!("create {}", dir.display()))?;
        let dir = dir.canonicalize()?;
        Ok(Self {
            services: Services::new(&dir)?,
            dir,
        })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The control plane of this stack, started unless all of it runs and answers.
    pub(crate) async fn control_plane(&self) -> anyhow::Result<ControlPlane> {
        let dir = self.path("control-plane");
        let control_plane = match self.running(&dir).await {
            Some(control_plane) => {
                say("the control plane runs already");
                control_plane
            }
            None => self.start(&dir).await?,
        };
        let assets = control_plane.assets();
        self.link("kubectl", &assets.kubectl)?;
        self.link("helm", &assets.helm)?;
        self.link_to(&self.path("kubeconfig"), control_plane.kubeconfig())?;
        for component in CONTROL_PLANE {
            let log = control_plane.component_log(component);
            self.link_to(&self.path("log").join(format!("{component}.log")), &log)?;
        }
        Ok(control_plane)
    }

    async fn running(&self, dir: &Path) -> Option<ControlPlane> {
        if !CONTROL_PLANE.iter().all(|name| self.services.is_alive(name)) {
            return None;
        }
        ControlPlane::attach(dir).await.ok()
    }

    async fn start(&self, dir: &Path) -> anyhow::Result<ControlPlane> {
        for name in CONTROL_PLANE.iter().rev() {
            self.services.end(name);
        }
        say("starting etcd, kube-apiserver and kube-controller-manager");
        let options = ControlPlaneOptions {
            controller_manager: true,
            durable: true,
            dir: Some(dir.to_path_buf()),
            tether: Tether::Detached,
            records: Some(self.services.clone()),
            ..Default::default()
        };
        let control_plane = ControlPlane::start(options).await?;
        say(&format!("Kubernetes answers at {}", control_plane.url()));
        Ok(control_plane)
    }

    /// Leaves this program in the directory, so that what it starts can be ended without building it again, also
    /// after `cargo clean`.
    pub(crate) fn keep_program(&self) -> anyhow::Result<()> {
        let own = std::env::current_exe().context("find the own program")?;
        let (kept, unfinished) = (self.path("local-stack"), self.path(".local-stack"));
        // Left by a command that was interrupted, or not there.
        let _ = fs::remove_file(&unfinished);
        // A second name for the same file costs nothing, but needs the same file system.
        fs::hard_link(&own, &unfinished)
            .or_else(|_| fs::copy(&own, &unfinished).map(drop))
            .and_then(|()| fs::rename(&unfinished, &kept))
            .with_context(|| format!("keep {}", kept.display()))
    }

    /// A program that was built together with this one, linked into `bin/`.
    pub(crate) fn sibling(&self, name: &str) -> anyhow::Result<PathBuf> {
        let own = std::env::current_exe().context("find the own program")?;
        let program = own.with_file_name(name);
        ensure!(
            program.is_file(),
            "{} is not built; `make quickstart` builds it",
            program.display()
        );
        self.link(name, &program)?;
        Ok(program)
    }

    /// The same program once more, under the name by which kubectl finds its plugin.
    pub(crate) fn plugin(&self, program: &Path) -> anyhow::Result<()> {
        self.link(&format!("kubectl-{OPERATOR}"), program)
    }

    fn link(&self, name: &str, target: &Path) -> anyhow::Result<()> {
        self.link_to(&self.path("bin").join(name), target)
    }

    /// Makes the link anew; a rename is never seen half done.
    fn link_to(&self, link: &Path, target: &Path) -> anyhow::Result<()> {
        let unfinished = self.path(".link");
        // Left by a command that was interrupted, or not there.
        let _ = fs::remove_file(&unfinished);
        symlink(target, &unfinished).with_context(|| format!("link {}", link.display()))?;
        fs::rename(&unfinished, link).with_context(|| format!("link {}", link.display()))
    }

    /// The URL in this file while its service runs or the port is free, so that what people noted stays good; a new
    /// one otherwise.
    pub(crate) fn endpoint(&self, file: &str, service: &str) -> anyhow::Result<String> {
        let path = self.path(file);
        let last = fs::read_to_string(&path).ok().map(|text| text.trim().to_owned());
        let usable = |endpoint: &String| {
            self.services.is_alive(service)
                || TcpListener::bind(endpoint.trim_start_matches("http://")).is_ok()
        };
        if let Some(endpoint) = last.filter(usable) {
            return Ok(endpoint);
        }
        let endpoint = format!("http://127.0.0.1:{}", free_port()?);
        fs::write(&path, format!("{endpoint}\n")).with_context(|| format!("write {}", path.display()))?;
        Ok(endpoint)
    }

    /// The line that makes a shell look at this stack.
    pub(crate) fn way_in(&self) -> String {
        let here = std::env::current_dir().ok();
        let below = here.and_then(|here| self.dir.strip_prefix(here).ok());
        let dir = match below {
            Some(below) if below.as_os_str().is_empty() => "$PWD".to_owned(),
            Some(below) => format!("$PWD/{}", below.display()),
            None => self.dir.display().to_string(),
        };
        format!("export PATH=\"{dir}/bin:$PATH\" KUBECONFIG=\"{dir}/kubeconfig\"")
    }

    /// Ends everything, what depends on others first.
    pub(crate) fn down(&self) {
        let ended: Vec<&str> = [OPERATOR, SIMULATOR]
            .into_iter()
            .chain(CONTROL_PLANE.into_iter().rev())
            .filter(|name| self.services.end(name))
            .collect();
        if ended.is_empty() {
            say("nothing was running");
        } else {
            say(&format!("ended {}", ended.join(", ")));
        }
    }
}

/// Prints what a person asked to see.
pub(crate) fn show(text: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{}", text.trim_end()).context("write to standard output")
}
