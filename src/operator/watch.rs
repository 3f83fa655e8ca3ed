//! Keeps the index filled: one watch of `PbxExtension` objects per watched namespace, or one for all of them.

use futures::StreamExt;
use kube::api::Api;
use kube::core::DeserializeGuard;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Event, watcher};

use super::context::Context;
use crate::api::PbxExtension;

/// Where an operator works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Every namespace.
    Everywhere,
    /// One namespace.
    Namespace(String),
}

impl Place {
    /// One place per named namespace; everywhere when none is named.
    pub fn of(namespaces: &[String]) -> Vec<Self> {
        if namespaces.is_empty() {
            return vec![Self::Everywhere];
        }
        namespaces.iter().cloned().map(Self::Namespace).collect()
    }

    /// The objects of a kind in this place.
    pub fn api<K>(&self, client: kube::Client) -> Api<K>
    where
        K: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        match self {
            Self::Everywhere => Api::all(client),
            Self::Namespace(namespace) => Api::namespaced(client, namespace),
        }
    }

    /// Whether a namespace belongs to it.
    pub fn covers(&self, namespace: &str) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Namespace(own) => own == namespace,
        }
    }
}

/// Feeds the index for ever. `watch` is the number of this watch.
pub async fn extensions(ctx: &Context, watch: usize, place: &Place) {
    // One object that does not decode must not hide all others.
    let api: Api<DeserializeGuard<PbxExtension>> = place.api(ctx.client.clone());
    let mut events = watcher(api, watcher::Config::default()).default_backoff().boxed();
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => take(ctx, watch, place, event),
            Err(error) => {
                tracing::warn!(%error, "the watch of PbxExtension objects failed; it begins again. Are the CRDs and the RBAC of the chart installed?")
            }
        }
    }
}

fn take(ctx: &Context, watch: usize, place: &Place, event: Event<DeserializeGuard<PbxExtension>>) {
    let index = &ctx.extensions;
    let deviations = match event {
        Event::Init => {
            index.list_begins(watch);
            Vec::new()
        }
        Event::InitApply(object) => decoded(object)
            .and_then(|object| index.listed(watch, &object))
            .into_iter()
            .collect(),
        Event::InitDone => index.list_ends(watch, |namespace| place.covers(namespace)),
        Event::Apply(object) => decoded(object)
            .and_then(|object| index.applied(&object))
            .into_iter()
            .collect(),
        Event::Delete(object) => decoded(object)
            .and_then(|object| index.removed(&object))
            .into_iter()
            .collect(),
    };
    for deviation in deviations {
        ctx.deviated(deviation);
    }
}

fn decoded(object: DeserializeGuard<PbxExtension>) -> Option<PbxExtension> {
    match object.0 {
        Ok(object) => Some(object),
        Err(invalid) => {
            let name = invalid.metadata.name.as_deref().unwrap_or_default();
            tracing::warn!(name, error = %invalid.error, "ignored a PbxExtension that cannot be read");
            None
        }
    }
}
