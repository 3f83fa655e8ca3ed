//! The running simulator.

use std::fmt;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use crate::clock::lock;
use crate::connection::{Connections, Scissors};
use crate::directory::photos::Photo;
use crate::faults::Fault;
use crate::hold::Hold;
use crate::options::Options;
use crate::requests::SeenRequest;
use crate::seed::ServiceAccountSeed;
use crate::switches::Switches;
use crate::workspace::{Shared, Workspace};
use crate::{api, control, front};

/// How long connections that are open when the simulator ends may take to notice.
const GRACE: Duration = Duration::from_millis(200);

/// A running simulator. It ends when this is dropped.
///
/// It runs on a thread and a runtime of its own, so that it outlives the runtime that started it.
pub struct Simulator {
    workspace: Shared,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Simulator {
    /// Starts a simulator and waits until it listens. Fails on a bad seed or an address that cannot be listened on.
    pub async fn start(options: Options) -> Result<Self> {
        let (started, ready) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("google-workspace-simulator".to_owned())
            .spawn(move || run(options, started, stopped))
            .context("starting the simulator's thread")?;
        let workspace = ready.await.context("the simulator ended while it started")??;
        Ok(Self {
            workspace,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where the simulator is reached, `http://ADDRESS:PORT` without a trailing slash.
    pub fn url(&self) -> &str {
        &self.workspace.origin
    }

    /// Every request that reached one of Google's paths, oldest first (the last 200,000).
    pub fn requests(&self) -> Vec<SeenRequest> {
        lock(&self.workspace.requests).all()
    }

    /// Forgets the requests seen so far.
    pub fn clear_requests(&self) {
        lock(&self.workspace.requests).clear();
    }

    /// Adds a person and answers with the resource as Google would show it.
    pub fn create_user(&self, user: Value) -> Result<Value> {
        Ok(self.workspace.create_user(user)?)
    }

    /// Changes a person (by id, address or alias) with a JSON merge patch and answers with the resource.
    #[allow(clippy::needless_pass_by_value)] // callers write `json!({...})`
    pub fn patch_user(&self, key: &str, patch: Value) -> Result<Value> {
        Ok(self.workspace.patch_user(key, &patch)?)
    }

    /// Deletes a person (by id, address or alias); 20 days long the person can be listed as deleted and restored.
    pub fn delete_user(&self, key: &str) -> Result<()> {
        Ok(self.workspace.delete_user(key)?)
    }

    /// Restores a deleted person, by id only, and answers with the resource.
    pub fn undelete_user(&self, id: &str) -> Result<Value> {
        self.patch_user(id, json!({ "deletionTime": null }))
    }

    /// A living person's whole resource, by id, address or alias.
    pub fn user(&self, key: &str) -> Option<Value> {
        self.workspace.user(key)
    }

    /// Gives a person a photo of a type such as `image/jpeg`, as it is, and answers with the `UserPhoto` resource.
    pub fn put_photo(&self, key: &str, mime_type: &str, picture: &[u8]) -> Result<Value> {
        let photo = Photo::new(mime_type, picture.to_vec())?;
        Ok(self.workspace.put_photo(key, photo)?)
    }

    /// Gives a person a photo, malformed at will, from a `UserPhoto` resource with `photoData`.
    #[allow(clippy::needless_pass_by_value)] // callers write `json!({...})`
    pub fn put_photo_resource(&self, key: &str, photo: Value) -> Result<Value> {
        let photo = Photo::from_resource(&photo)?;
        Ok(self.workspace.put_photo(key, photo)?)
    }

    /// Takes a person's photo away.
    pub fn delete_photo(&self, key: &str) -> Result<()> {
        Ok(self.workspace.delete_photo(key)?)
    }

    /// Adds a group (a `Group` resource) and answers with it as Google would show it.
    pub fn create_group(&self, group: Value) -> Result<Value> {
        Ok(self.workspace.create_group(group)?)
    }

    /// Changes a group (by id, address or alias) with a JSON merge patch and answers with the resource.
    #[allow(clippy::needless_pass_by_value)] // callers write `json!({...})`
    pub fn patch_group(&self, key: &str, patch: Value) -> Result<Value> {
        Ok(self.workspace.patch_group(key, &patch)?)
    }

    /// Deletes a group (by id, address or alias).
    pub fn delete_group(&self, key: &str) -> Result<()> {
        Ok(self.workspace.delete_group(key)?)
    }

    /// Adds a member (a `Member` resource with `email` or `id`) to a group and answers with it. Unlike Google the simulator
    /// lets groups be members of each other in a circle.
    pub fn add_member(&self, group: &str, member: Value) -> Result<Value> {
        Ok(self.workspace.add_member(group, member)?)
    }

    /// Takes a member (by id, address or alias) out of a group.
    pub fn remove_member(&self, group: &str, member: &str) -> Result<()> {
        Ok(self.workspace.remove_member(group, member)?)
    }

    /// Adds an organizational unit (an `OrgUnit` resource with `name` and its parent, or with `orgUnitPath`).
    #[allow(clippy::needless_pass_by_value)] // callers write `json!({...})`
    pub fn create_org_unit(&self, unit: Value) -> Result<Value> {
        Ok(self.workspace.create_org_unit(&unit)?)
    }

    /// Renames, moves or describes an organizational unit (by id or path); the units and people below it follow.
    #[allow(clippy::needless_pass_by_value)] // callers write `json!({...})`
    pub fn patch_org_unit(&self, key: &str, patch: Value) -> Result<Value> {
        Ok(self.workspace.patch_org_unit(key, &patch)?)
    }

    /// Removes an organizational unit (by id or path) that nobody and nothing is in.
    pub fn delete_org_unit(&self, key: &str) -> Result<()> {
        Ok(self.workspace.delete_org_unit(key)?)
    }

    /// The open channels of users.watch in the order of their ids: `Channel` resources without the token, with `event` and
    /// the number of the last message.
    pub fn channels(&self) -> Vec<Value> {
        self.workspace.channels.list(self.workspace.clock.now())
    }

    /// What is switched.
    pub fn switches(&self) -> Switches {
        self.workspace.switches()
    }

    /// Switches.
    pub fn set_switches(&self, switches: Switches) {
        self.workspace.set_switches(switches);
    }

    /// Arms a fault. Fails on one that could never work, such as an unknown reason.
    pub fn add_fault(&self, fault: Fault) -> Result<()> {
        lock(&self.workspace.faults).add(fault, None)
    }

    /// Holds the requests that a fault concerns until the returned value goes, and lets the fault strike then: one that
    /// says nothing else leaves the real answer, of the moment of the release. Fails as [`Self::add_fault`] does.
    pub fn hold(&self, fault: Fault) -> Result<Hold> {
        let (hold, gate) = Hold::new();
        let fault = Fault {
            delay_ms: fault.delay_ms.or(Some(0)),
            ..fault
        };
        lock(&self.workspace.faults).add(fault, Some(gate))?;
        Ok(hold)
    }

    /// Disarms all faults.
    pub fn clear_faults(&self) {
        lock(&self.workspace.faults).clear();
    }

    /// Moves the clock that access tokens, page tokens and deleted people expire by.
    pub fn advance_clock(&self, by: Duration) {
        self.workspace.clock.advance(by);
    }

    /// Enables or disables an API (`admin.googleapis.com`) in every Cloud project.
    pub fn set_api(&self, service: &str, enabled: bool) -> Result<()> {
        self.workspace.set_api(service, enabled)
    }

    /// Adds a service account, or replaces the one of the same address.
    pub fn put_service_account(&self, account: ServiceAccountSeed) -> Result<()> {
        self.workspace.put_service_account(account)
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // Fails only when the thread has ended already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the simulator's thread panicked");
        }
    }
}

/// The body of the simulator's thread: reports when it listens, or why it does not, and serves until it is told to stop.
fn run(options: Options, started: oneshot::Sender<Result<Shared>>, stopped: oneshot::Receiver<()>) {
    let runtime = match Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = started.send(Err(error.into()));
            return;
        }
    };
    match prepare(&runtime, options) {
        Ok((workspace, listener)) => {
            let served = api::router(workspace.clone()).merge(control::router(workspace.clone()));
            let app = front::router(served);
            if started.send(Ok(workspace)).is_ok() {
                runtime.block_on(serve(app, listener, stopped));
            }
        }
        // When nobody waits any more, nobody needs the reason.
        Err(error) => drop(started.send(Err(error))),
    }
    runtime.shutdown_timeout(GRACE);
}

fn prepare(runtime: &Runtime, options: Options) -> Result<(Shared, TcpListener)> {
    let listener = runtime
        .block_on(TcpListener::bind(options.listen))
        .with_context(|| format!("listening on {}", options.listen))?;
    let origin = format!("http://{}", listener.local_addr()?);
    Ok((Shared::new(Workspace::new(options, origin)?), listener))
}

async fn serve(app: Router, listener: TcpListener, stopped: oneshot::Receiver<()>) {
    let service = app.into_make_service_with_connect_info::<Scissors>();
    tokio::select! {
        served = async { axum::serve(Connections(listener), service).await } => {
            if let Err(error) = served {
                tracing::error!(%error, "the simulator stopped serving");
            }
        }
        _ = stopped => {}
    }
}
