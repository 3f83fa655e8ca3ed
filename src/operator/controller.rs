//! Turns what the watches see into looks at integrations.
//!
//! A look follows a change of the generation, of our annotations or of the finalizers, and due times. Our own status
//! writes cause none, or the operator would wake itself for ever.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use futures::{Stream, StreamExt, future, stream};
use kube::ResourceExt;
use kube::runtime::controller::{self, Action, Controller};
use kube::runtime::reflector::store::Writer;
use kube::runtime::reflector::{ObjectRef, Store};
use kube::runtime::{PredicateConfig, WatchStreamExt};

use crate::api::GoogleWorkspaceIntegration;
use crate::api::names::{ANNOTATION_APPROVE_REMOVALS, ANNOTATION_SYNC_REQUESTED_AT};
use crate::operator::engine::context::Context;
use crate::operator::engine::place::Place;
use crate::operator::engine::pulse::{BEAT, Heart, Pulse};
use crate::operator::engine::readiness::Readiness;
use crate::operator::extensions::watch;
use crate::operator::reconcile::reconcile;

/// What no integration can be called.
const HEARTBEAT: &str = "-";

/// Runs until the process is asked to end, and then until the looks that have begun are over.
pub async fn run(
    ctx: Arc<Context>,
    place: Place,
    store: Store<GoogleWorkspaceIntegration>,
    writer: Writer<GoogleWorkspaceIntegration>,
    wake: impl Stream<Item = ObjectRef<GoogleWorkspaceIntegration>> + Send + 'static,
) {
    let objects = watch::events(&ctx, &place)
        .reflect(writer)
        .applied_objects()
        .predicate_filter(
            |object: &GoogleWorkspaceIntegration| Some(inputs(object)),
            PredicateConfig::default(),
        );
    let shutdown = ctx.shutdown.clone();
    let heart = Arc::new(
        ctx.slot::<Pulse>()
            .of("controller", format!("the controller of {place}")),
    );
    let beats = beats(ctx.slot(), place.clone(), Arc::clone(&heart));
    let beating = Arc::clone(&heart);
    let is_ending = ctx.shutdown.clone();
    Controller::for_stream(objects, store)
        // Each look is a task of its own, however many there are: a tenant whose Google is slow holds up nobody. What they
        // share is bounded where it is used: writes in turns, and requests to the API server.
        .with_config(controller::Config::default().concurrency(0))
        .reconcile_on(stream::select(wake, beats))
        .graceful_shutdown_on(async move { shutdown.cancelled().await })
        .run(reconcile, |_, _, _| Action::await_change(), ctx)
        .for_each(move |result| {
            match result {
                Err(controller::Error::ObjectNotFound(reference)) if reference.name == HEARTBEAT => {
                    beating.beat();
                }
                // An object that was deleted while its look was queued.
                Ok(_) | Err(controller::Error::ObjectNotFound(_)) => {}
                Err(error) => tracing::warn!(%error, "the watch of the controller failed and restarts"),
            }
            future::ready(())
        })
        .await;
    if is_ending.is_cancelled() {
        heart.rest();
    }
}

/// Go through the whole queue as looks do, and say by coming out at its end that the queue moves. They begin when the queue does:
/// when the watch has shown what is there, which may be late. (A second waiter on the store would take the wake-up of the first.)
fn beats(
    readiness: Arc<Readiness>,
    place: Place,
    heart: Arc<Heart>,
) -> impl Stream<Item = ObjectRef<GoogleWorkspaceIntegration>> + Send + 'static {
    let listed = async move {
        while !readiness.is_filled::<GoogleWorkspaceIntegration>(&place) {
            tokio::time::sleep(BEAT).await;
        }
        heart.beat();
        stream::unfold((), async |()| {
            tokio::time::sleep(BEAT).await;
            Some((ObjectRef::new(HEARTBEAT), ()))
        })
    };
    stream::once(listed).flatten()
}

/// What a look depends on.
fn inputs(object: &GoogleWorkspaceIntegration) -> u64 {
    let annotations = object.annotations();
    let mut hasher = DefaultHasher::new();
    object.metadata.generation.hash(&mut hasher);
    object.finalizers().hash(&mut hasher);
    for key in [ANNOTATION_SYNC_REQUESTED_AT, ANNOTATION_APPROVE_REMOVALS] {
        annotations.get(key).hash(&mut hasher);
    }
    hasher.finish()
}
