//! Keeps the index filled: one watch of `PbxExtension` objects per watched namespace, or one for all of them.

use std::pin::pin;
use std::time::Duration;

use futures::{Stream, StreamExt};
use k8s_openapi::NamespaceResourceScope;
use kube::api::Api;
use kube::core::DeserializeGuard;
use kube::runtime::WatchStreamExt;
use kube::runtime::reflector::ObjectRef;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Resource, ResourceExt};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::break_glass::BreakGlass;
use super::expiry::Expiry;
use crate::api::names::LABEL_INTEGRATION;
use crate::api::{GoogleWorkspaceIntegration, PbxExtension};
use crate::operator::engine::context::Context;
use crate::operator::engine::index::{self, Deviation, Sighting};
use crate::operator::engine::place::Place;
use crate::operator::engine::readiness::{Readiness, Sight};
use crate::sync::stored::Stored;

/// How long events are left to gather after our own writes were told. A first sync is told each of its creations; waking up for
/// every one costs more than reading it.
const GATHER: Duration = Duration::from_millis(20);
/// After a change that is not ours nothing is left to gather for so long: another operator may be at work, and what we do not know
/// yet of its creations becomes second extensions.
const ALONE: Duration = Duration::from_secs(10);
/// The most events that are taken before others have their turn.
const BATCH: usize = 256;

/// Feeds the index for ever. `watch` is the number of this watch.
pub async fn extensions(ctx: &Context, watch: usize, place: &Place) {
    let mut batches = pin!(told::<PbxExtension, Stored>(ctx, place).ready_chunks(BATCH));
    let mut break_glass = BreakGlass::default();
    let mut expiry = Expiry::default();
    let mut last_of_others: Option<Instant> = None;
    while let Some(batch) = batches.next().await {
        let mut changes = false;
        // What fails has been told already.
        for event in batch.into_iter().flatten() {
            changes = matches!(event, Event::Apply(_) | Event::Delete(_));
            match &event {
                Event::InitApply(object) | Event::Apply(object) => expiry.saw(ctx, object),
                Event::Delete(object) => expiry.gone(object),
                Event::Init | Event::InitDone => {}
            }
            if take(ctx, watch, place, event, &mut break_glass) {
                last_of_others = Some(Instant::now());
            }
        }
        if changes && last_of_others.is_none_or(|at| at.elapsed() > ALONE) {
            tokio::time::sleep(GATHER).await;
        }
    }
}

/// Takes an event in. Whether it tells of something that we have not done ourselves.
fn take(
    ctx: &Context,
    watch: usize,
    place: &Place,
    event: Event<Stored>,
    break_glass: &mut BreakGlass,
) -> bool {
    let known = &ctx.extensions;
    let mut by_hand = |object: &Stored, deviation: Option<Deviation>| {
        if let Some(deviation) = &deviation {
            break_glass.saw(ctx, object, deviation);
        }
        told_of(deviation)
    };
    let sightings = match event {
        Event::Init => {
            known.list_begins(watch);
            Vec::new()
        }
        Event::InitApply(object) => told_of(known.listed(watch, &object)),
        Event::InitDone => known.list_ends(watch, |namespace| place.covers(namespace)),
        Event::Apply(object) => by_hand(&object, known.applied(&object)),
        Event::Delete(object) => {
            let mut sightings = by_hand(&object, known.removed(&object));
            break_glass.gone(&object);
            wake_leaving(ctx, &object);
            let gone = index::place(&object).map(|(key, number)| Sighting::Gone(key, number));
            sightings.extend(gone);
            sightings
        }
    };
    let of_others = !sightings.is_empty();
    for sighting in sightings {
        ctx.saw(sighting);
    }
    of_others
}

fn told_of(deviation: Option<Deviation>) -> Vec<Sighting> {
    deviation.map(Sighting::Deviation).into_iter().collect()
}

/// The deletion of an integration goes on when one of its extensions is gone.
fn wake_leaving(ctx: &Context, extension: &Stored) {
    let (Some(namespace), Some(integration)) =
        (extension.namespace(), extension.labels().get(LABEL_INTEGRATION))
    else {
        return;
    };
    let reference = ObjectRef::new(integration).within(&namespace);
    let is_leaving = |object: &GoogleWorkspaceIntegration| object.metadata.deletion_timestamp.is_some();
    if ctx.latest(&reference).is_some_and(|object| is_leaving(&object)) {
        ctx.wake(&reference);
    }
}

/// A watch of a kind in this place. One object that does not decode must not hide all others: it is logged and left out.
pub fn events<K>(
    ctx: &Context,
    place: &Place,
) -> impl Stream<Item = Result<Event<K>, watcher::Error>> + Send + use<K>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
    K: Clone + std::fmt::Debug + DeserializeOwned + Send + 'static,
{
    told::<K, DeserializeGuard<K>>(ctx, place)
        .filter_map(|event| std::future::ready(event.map(readable).transpose()))
}

/// A watch of a kind, decoded as `D`, which tells how it goes.
fn told<K, D>(
    ctx: &Context,
    place: &Place,
) -> impl Stream<Item = Result<Event<D>, watcher::Error>> + Send + use<K, D>
where
    K: Resource<DynamicType = ()>,
    D: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
    D: Clone + std::fmt::Debug + DeserializeOwned + Send + 'static,
{
    let api: Api<D> = place.api(ctx.watching.clone());
    let sight = ctx.slot::<Readiness>().watch::<K>(place);
    watcher(api, watcher::Config::default())
        .default_backoff()
        .inspect(move |event| match event {
            Ok(Event::InitDone) => sight.filled(),
            Ok(_) => {}
            Err(error) => failed(&sight, error),
        })
}

/// A watch that fails for the same reason again and again is told about once.
fn failed(sight: &Sight, error: &watcher::Error) {
    if sight.failed(error) {
        tracing::warn!(%error, kind = sight.kind(), namespace = sight.namespace(), "a watch failed and restarts; check that the CRDs and the RBAC of the chart are installed");
    }
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
    tracing::warn!(%kind, name, error = %invalid.error, "ignored an object that cannot be read; if the operator is older than its CRDs, upgrade it");
    None
}
