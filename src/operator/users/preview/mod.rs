//! What a sync would do, for people who ask before it happens: the operator's own steps on an index of its own, with
//! every write left out.
//!
//! There is no second way of planning here. The guards are the operator's too: what it would hold or refuse, a preview
//! holds or refuses.

mod explain;

use std::collections::BTreeMap;
use std::sync::Arc;

use kube::api::{Api, ListParams};
use kube::core::DeserializeGuard;
use kube::runtime::events::{Recorder, Reporter};
use kube::runtime::reflector::{self, Store};
use kube::runtime::watcher::Event;
use kube::{Client, Resource, ResourceExt};
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub use self::explain::{Described, Explanation};
use super::job::{Job, Stop};
use super::pipe;
use super::report::Told;
use super::tenancy;
use crate::api::names::FIELD_MANAGER;
use crate::api::reasons;
use crate::api::status::{Counts, PlanStatus, Problem};
use crate::api::{GoogleWorkspaceIntegration, PbxExtension};
use crate::google::{self, Directory};
use crate::operator::engine::context::{Context, Parts};
use crate::operator::engine::credentials;
use crate::operator::engine::fault::{Fault, Identity};
use crate::operator::engine::kubernetes::within;
use crate::operator::engine::metrics::Metrics;
use crate::operator::engine::subject::Subject;
use crate::operator::status::progress::Progress;

/// Objects that are asked for at once.
const PAGE: u32 = 500;

/// Whom a preview asks: with the rights of whoever runs it.
#[derive(Clone)]
pub struct Clients {
    /// Kubernetes.
    pub kubernetes: Client,
    /// Google.
    pub google: google::Client,
    /// What the Google client counts its calls in.
    pub metrics: Arc<Metrics>,
}

/// One integration, and the extensions of its namespace as they are now.
pub struct Preview {
    ctx: Context,
    subject: Subject,
    known: BTreeMap<String, Known>,
}

/// What is told of an extension that is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The name that phones show.
    pub display_name: Option<String>,
    /// Whether it is enabled.
    pub enabled: bool,
    /// Google's id of its owner.
    pub person: Option<String>,
    /// The primary address and the aliases of its owner.
    pub addresses: Vec<String>,
}

/// Everything that a sync would do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// What was read.
    pub counts: Counts,
    /// Every change, removals first.
    pub changes: PlanStatus,
    /// Everybody who could not be served.
    pub problems: Vec<Problem>,
    /// How many removals would wait for an approval, and how many are allowed.
    pub held: Option<(i64, usize)>,
    /// Whether exactly these removals are approved.
    pub approved: bool,
}

impl Preview {
    /// Looks at the namespace. `object` is the integration as it is or, for a change that nobody has made yet, as it would
    /// be; `declared` are further ones of that kind.
    pub async fn of(
        clients: &Clients,
        mut object: GoogleWorkspaceIntegration,
        declared: &[GoogleWorkspaceIntegration],
    ) -> Result<Self, Fault> {
        let namespace = object.namespace().unwrap_or_default();
        object.spec.dry_run = true;
        let integrations = integrations(clients, &namespace, declared, &object).await?;
        let ctx = context(clients, integrations);
        let mut known = BTreeMap::new();
        list(
            &clients.kubernetes,
            &namespace,
            "list extensions",
            |extension: PbxExtension| {
                ctx.extensions.applied(&extension);
                known.insert(extension.name_any(), Known::of(&extension));
            },
        )
        .await?;
        Ok(Self {
            ctx,
            subject: Subject::new(Arc::new(object)),
            known,
        })
    }

    /// An extension of the namespace, by name.
    pub fn known(&self, extension: &str) -> Option<&Known> {
        self.known.get(extension)
    }

    /// The whole plan.
    pub async fn plan(&self) -> Result<Plan, Fault> {
        let Some(users) = self.subject.users() else {
            return Ok(Plan::default());
        };
        let (directory, identity) = self.open().await?;
        let job = Job::new(&self.ctx, &self.subject, users, &identity, &directory)?;
        let progress = Progress::silent(&self.ctx, &self.subject);
        let report = pipe::synchronise(&job, progress).await.map_err(fault)?;
        let changes = report.plan.unwrap_or_default();
        let approved = self.subject.approval() == Some(changes.hash.as_str());
        Ok(Plan {
            counts: report.counts,
            changes,
            problems: report.problems,
            held: report.held,
            approved,
        })
    }

    /// The checks of every look at an integration, and the directory that its credentials open.
    async fn open(&self) -> Result<(Directory, Identity), Fault> {
        tenancy::check(&self.ctx, &self.subject)?;
        let file = credentials::read(&self.ctx, &self.subject).await?;
        credentials::open(&self.ctx, &self.subject, &file)
    }
}

impl Known {
    fn of(extension: &PbxExtension) -> Self {
        let spec = &extension.spec;
        let user = spec.user.clone().unwrap_or_default();
        Self {
            display_name: user.display_name,
            enabled: spec.enabled,
            person: spec.google.as_ref().map(|google| google.user_id.clone()),
            addresses: user.email.into_iter().chain(user.email_aliases).collect(),
        }
    }
}

fn context(clients: &Clients, integrations: Store<GoogleWorkspaceIntegration>) -> Context {
    let reporter = Reporter {
        controller: FIELD_MANAGER.to_owned(),
        instance: None,
    };
    // Nobody listens: a preview changes nothing that could deviate from what it expects.
    let (deviations, _) = mpsc::unbounded_channel();
    let client = &clients.kubernetes;
    let mut ctx = Context::new(Parts {
        client: client.clone(),
        watching: client.clone(),
        google: clients.google.clone(),
        metrics: Arc::clone(&clients.metrics),
        recorder: Recorder::new(client.clone(), reporter),
        shutdown: CancellationToken::new(),
        integrations: vec![integrations],
        wakers: Vec::new(),
        deviations,
    });
    ctx.told = Told::ALL;
    ctx
}

/// The integrations of the namespace; declared ones as they would be.
async fn integrations(
    clients: &Clients,
    namespace: &str,
    declared: &[GoogleWorkspaceIntegration],
    subject: &GoogleWorkspaceIntegration,
) -> Result<Store<GoogleWorkspaceIntegration>, Fault> {
    let (store, mut writer) = reflector::store();
    let mut put = |object: GoogleWorkspaceIntegration| writer.apply_watcher_event(&Event::Apply(object));
    list(&clients.kubernetes, namespace, "list integrations", &mut put).await?;
    let here = |object: &&GoogleWorkspaceIntegration| object.namespace().as_deref() == Some(namespace);
    declared
        .iter()
        .filter(here)
        .chain([subject])
        .cloned()
        .for_each(put);
    Ok(store)
}

/// Hands over every readable object of a kind, page by page. `doing` completes "failed to …".
async fn list<K>(client: &Client, namespace: &str, doing: &str, mut take: impl FnMut(K)) -> Result<(), Fault>
where
    K: Resource<Scope = kube::core::NamespaceResourceScope, DynamicType = ()>,
    K: Clone + std::fmt::Debug + DeserializeOwned,
{
    let api: Api<DeserializeGuard<K>> = Api::namespaced(client.clone(), namespace);
    let mut params = ListParams::default().limit(PAGE);
    loop {
        let page = within(api.list(&params)).await;
        let page = page.map_err(|error| Fault::kubernetes(doing, error))?;
        let next = page.metadata.continue_.filter(|token| !token.is_empty());
        page.items
            .into_iter()
            .filter_map(|object| object.0.ok())
            .for_each(&mut take);
        let Some(next) = next else { return Ok(()) };
        params = params.continue_token(&next);
    }
}

fn fault(stop: Stop) -> Fault {
    match stop {
        Stop::Fault(fault) => fault,
        Stop::Interrupted(_) => Fault::declared(
            reasons::KUBERNETES_UNAVAILABLE,
            "The integration changed while it was looked at. Try again.",
        ),
    }
}
