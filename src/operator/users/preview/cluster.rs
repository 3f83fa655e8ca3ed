//! The cluster as a preview sees it: read once, never written.

use std::sync::Arc;

use kube::api::{Api, ListParams};
use kube::core::DeserializeGuard;
use kube::runtime::events::Reporter;
use kube::runtime::reflector::{self, Store};
use kube::runtime::watcher::Event;
use kube::{Client, Resource, ResourceExt};
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::api::GoogleWorkspaceIntegration;
use crate::api::names::FIELD_MANAGER;
use crate::google;
use crate::operator::engine::context::{Context, Parts};
use crate::operator::engine::fault::Fault;
use crate::operator::engine::feature::Features;
use crate::operator::engine::kubernetes::within;
use crate::operator::engine::metrics::Metrics;
use crate::operator::users::feature::Users;
use crate::operator::users::report::Told;

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

/// An operator of its own, which nobody hears.
pub fn context(clients: &Clients, integrations: Store<GoogleWorkspaceIntegration>) -> Context {
    let reporter = Reporter {
        controller: FIELD_MANAGER.to_owned(),
        instance: None,
    };
    // Nobody listens: a preview changes nothing that could deviate from what it expects.
    let (sightings, _) = mpsc::unbounded_channel();
    let client = &clients.kubernetes;
    let ctx = Context::new(Parts {
        client: client.clone(),
        watching: client.clone(),
        google: clients.google.clone(),
        metrics: Arc::clone(&clients.metrics),
        reporter,
        shutdown: CancellationToken::new(),
        integrations: vec![integrations],
        wakers: Vec::new(),
        sightings,
    });
    ctx.put(Arc::new(Told::ALL));
    ctx.put(Arc::new(Features(&[&Users])));
    ctx
}

/// The integrations of the namespace; declared ones as they would be.
pub async fn integrations(
    clients: &Clients,
    namespace: &str,
    declared: &[GoogleWorkspaceIntegration],
    subject: &GoogleWorkspaceIntegration,
) -> Result<Store<GoogleWorkspaceIntegration>, Fault> {
    let (store, mut writer) = reflector::store();
    let mut put = |object: GoogleWorkspaceIntegration| writer.apply_watcher_event(&Event::Apply(object));
    let readable =
        |object: DeserializeGuard<GoogleWorkspaceIntegration>| object.0.into_iter().for_each(&mut put);
    list(&clients.kubernetes, namespace, "list integrations", readable).await?;
    let here = |object: &&GoogleWorkspaceIntegration| object.namespace().as_deref() == Some(namespace);
    declared
        .iter()
        .filter(here)
        .chain([subject])
        .cloned()
        .for_each(put);
    Ok(store)
}

/// Hands over every object of a kind, page by page. `doing` completes "failed to …".
pub async fn list<K>(
    client: &Client,
    namespace: &str,
    doing: &str,
    mut take: impl FnMut(K),
) -> Result<(), Fault>
where
    K: Resource<Scope = kube::core::NamespaceResourceScope, DynamicType = ()>,
    K: Clone + std::fmt::Debug + DeserializeOwned,
{
    let api: Api<K> = Api::namespaced(client.clone(), namespace);
    let mut params = ListParams::default().limit(PAGE);
    loop {
        let page = within(api.list(&params)).await;
        let page = page.map_err(|error| Fault::kubernetes(doing, error))?;
        let next = page.metadata.continue_.filter(|token| !token.is_empty());
        page.items.into_iter().for_each(&mut take);
        let Some(next) = next else { return Ok(()) };
        params = params.continue_token(&next);
    }
}
