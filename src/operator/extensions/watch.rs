//! Keeps the index filled: one watch of `PbxExtension` objects per watched namespace, or one for all of them.

use std::pin::pin;

use futures::{Stream, StreamExt};
use k8s_openapi::NamespaceResourceScope;
use kube::Resource;
use kube::api::Api;
use kube::core::DeserializeGuard;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Event, watcher};
use serde::de::DeserializeOwned;

use super::break_glass::BreakGlass;
use crate::api::PbxExtension;
use crate::operator::engine::context::Context;
use crate::operator::engine::index::Deviation;
use crate::operator::engine::place::Place;

/// Feeds the index for ever. `watch` is the number of this watch.
pub async fn extensions(ctx: &Context, watch: usize, place: &Place) {
    let mut events = pin!(events(ctx.watching.clone(), place));
    let mut break_glass = BreakGlass::default();
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => take(ctx, watch, place, event, &mut break_glass),
            Err(error) => {
                tracing::warn!(%error, "the watch of PbxExtension objects failed; it begins again. Are the CRDs and the RBAC of the chart installed?");
            }
        }
    }
}

fn take(
    ctx: &Context,
    watch: usize,
    place: &Place,
    event: Event<PbxExtension>,
    break_glass: &mut BreakGlass,
) {
    let index = &ctx.extensions;
    let mut by_hand = |object: &PbxExtension, deviation: Option<Deviation>| {
        if let Some(deviation) = &deviation {
            break_glass.saw(ctx, object, deviation);
        }
        deviation.into_iter().collect()
    };
    let deviations = match event {
        Event::Init => {
            index.list_begins(watch);
            Vec::new()
        }
        Event::InitApply(object) => index.listed(watch, &object).into_iter().collect(),
        Event::InitDone => index.list_ends(watch, |namespace| place.covers(namespace)),
        Event::Apply(object) => by_hand(&object, index.applied(&object)),
        Event::Delete(object) => by_hand(&object, index.removed(&object)),
    };
    for deviation in deviations {
        ctx.deviated(deviation);
    }
}

/// A watch of a kind in this place. One object that does not decode must not hide all others: it is logged and left out.
pub fn events<K>(
    client: kube::Client,
    place: &Place,
) -> impl Stream<Item = Result<Event<K>, watcher::Error>> + Send + use<K>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
    K: Clone + std::fmt::Debug + DeserializeOwned + Send + 'static,
{
    let api: Api<DeserializeGuard<K>> = place.api(client);
    let guarded = watcher(api, watcher::Config::default()).default_backoff();
    guarded.filter_map(|event| std::future::ready(event.map(readable).transpose()))
}

fn readable<K: Resource<DynamicType = ()>>(event: Event<DeserializeGuard<K>>) -> Option<Event<K>> {
    Some(match event {
        Event::Init => Event::Init,
        Event::InitDone => Event::InitDone,
        Event::InitApply(object) => Event::InitApply(decoded(object)?),
        Event::Apply(object) => Event::Apply(decoded(object)?),
        Event::Delete(object) => Event::Delete(decoded(object)?),
    })
}

fn decoded<K: Resource<DynamicType = ()>>(object: DeserializeGuard<K>) -> Option<K> {
    let invalid = match object.0 {
        Ok(object) => return Some(object),
        Err(invalid) => invalid,
    };
    let kind = K::kind(&());
    let name = invalid.metadata.name.as_deref().unwrap_or_default();
    tracing::warn!(%kind, name, error = %invalid.error, "ignored an object that cannot be read: is the operator older than its CRDs?");
    None
}
