//! Real time: what Google tells is served without a sync, and what it does not tell costs nothing.

mod channels;
mod endpoint;
mod ingress;
mod people;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use dialplane::api::GoogleWorkspaceIntegration;
use dialplane_test_harness::{AuditMark, Operator};
use google_workspace_simulator::Switches;
use serde_json::{Value, json};

use self::ingress::Ingress;
use crate::world::{World, company, condition, counts, merge, poll};

const UNITS: &str = "https://www.googleapis.com/auth/admin.directory.orgunit.readonly";
const PATCH: &str = "patch pbxextensions";
const CREATE: &str = "create pbxextensions";
const STATUS: &str = "patch googleworkspaceintegrations/status";
const WATCH: &str = "POST /admin/directory/v1/users/watch";
const STOP: &str = "POST /admin/directory_v1/channels/stop";
const LIST: &str = "GET /admin/directory/v1/users";

/// The administrator (1001), ana (1002), bo (1003) and cy (1004), served by an operator that listens.
struct Scene {
    world: World,
    ingress: Ingress,
    operator: Operator,
}

impl Scene {
    /// No scheduled sync comes in the way: what is served is served because Google told.
    async fn open(spec: Value) -> Self {
        Self::with(company(&["ana", "bo", "cy"]), spec).await
    }

    async fn with(seed: google_workspace_simulator::Seed, spec: Value) -> Self {
        let world = World::new(seed).await;
        world.google.set_switches(insecure());
        let mut account = world.account.clone();
        account.delegated_scopes.push(UNITS.to_owned());
        world.google.put_service_account(account).unwrap();
        let ingress = Ingress::start().await;
        let operator = world
            .builder()
            .arg("--public-url")
            .arg(&ingress.url)
            .spawn()
            .await
            .unwrap();
        ingress.lead_to(&operator);
        let mut whole = realtime();
        merge(&mut whole, spec);
        world.declare(whole).await;
        world.until_synced().await;
        let scene = Self {
            world,
            ingress,
            operator,
        };
        scene.until_listening().await;
        scene
    }

    async fn until_listening(&self) -> GoogleWorkspaceIntegration {
        until_realtime(&self.world, "True", "Listening").await
    }

    /// Begins to count anew.
    async fn mark(&self) -> AuditMark {
        self.ingress.forget();
        self.world.mark().await
    }

    /// Insists on these calls to Google and these writes, and no others, for everything that was told since the mark.
    /// Whoever is told about next is served after them: bo's new name is, and is not among the expected.
    async fn cost(&self, mark: AuditMark, asked: &[String], writes: BTreeMap<String, usize>) {
        let bo = self.caught_up().await;
        let mut asked = asked.to_vec();
        asked.push(get(&bo));
        let mut writes = writes;
        *writes.entry(PATCH.to_owned()).or_default() += 1;
        let mut seen = calls(&self.world);
        seen.sort();
        asked.sort();
        assert_eq!(seen, asked);
        self.world.wrote(mark, writes).await;
    }

    /// Returns when everybody who was told about has been served, with bo's id: whose new name comes last.
    async fn caught_up(&self) -> String {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let bo = self.world.id_of("bo@acme.example");
        let name = format!("Barrier {}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.world
            .google
            .patch_user(&bo, json!({"name": {"givenName": name}}))
            .unwrap();
        let named = |name: &str| {
            let name = name.to_owned();
            move |bo: &dialplane::api::PbxExtension| {
                bo.spec.user.as_ref().unwrap().first_name.as_deref() == Some(name.as_str())
            }
        };
        self.world.until_extension("1003", named(&name)).await;
        bo
    }

    /// A sample of a metric.
    async fn metric(&self, sample: &str) -> u64 {
        metric(&self.operator, sample).await
    }
}

fn insecure() -> Switches {
    Switches {
        insecure_webhooks: true,
        ..Switches::strict()
    }
}

fn realtime() -> Value {
    json!({"users": {"realtime": true}})
}

/// The question about one person.
fn get(id: &str) -> String {
    format!("GET /admin/directory/v1/users/{id}")
}

/// What Google was asked for since the last mark, but for tokens.
fn calls(world: &World) -> Vec<String> {
    let requests = world.google.requests();
    let calls = requests.iter().filter(|request| request.path != "/token");
    calls
        .map(|request| format!("{} {}", request.method, request.path))
        .collect()
}

fn count(world: &World, call: &str) -> usize {
    calls(world).iter().filter(|seen| *seen == call).count()
}

/// Event and id of every channel that is open at Google.
fn open(world: &World) -> BTreeMap<String, String> {
    let channels = world.google.channels();
    let all: BTreeMap<_, _> = channels
        .iter()
        .map(|channel| (text(&channel["event"]), text(&channel["id"])))
        .collect();
    assert_eq!(
        all.len(),
        channels.len(),
        "two channels for one event: {channels:?}"
    );
    all
}

/// The same, as the status tells it.
fn listed(object: &GoogleWorkspaceIntegration) -> BTreeMap<String, String> {
    let users = object.status.as_ref().unwrap().users.as_ref();
    let channels = users.map(|users| users.channels.clone()).unwrap_or_default();
    channels
        .into_iter()
        .map(|channel| (channel.event, channel.id))
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn until_realtime(world: &World, status: &str, reason: &str) -> GoogleWorkspaceIntegration {
    world
        .until(|object| {
            condition(object, "RealtimeReady").is_some_and(|found| {
                found.status == status
                    && found.reason == reason
                    && found.observed_generation == object.metadata.generation
            })
        })
        .await
}

/// Waits until Google has no channel.
async fn until_stopped(world: &World) {
    poll("the end of the channels", async || {
        world.google.channels().is_empty().then_some(())
    })
    .await;
}

async fn metric(operator: &Operator, sample: &str) -> u64 {
    let text = operator.metrics().await.unwrap();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
    line.map_or(0, |value| value.parse().unwrap())
}

fn nothing() -> BTreeMap<String, usize> {
    counts([])
}
