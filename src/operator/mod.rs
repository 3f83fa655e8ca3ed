//! The imperative shell: watches, looks at integrations, and writes what the pure core planned.

mod controller;
mod engine;
mod extensions;
mod finalize;
mod reconcile;
mod status;
mod users;

pub use self::engine::pulse::Pulse;
pub use self::engine::readiness::Readiness;
pub use self::engine::{fault, metrics};
pub use self::users::{preview, realtime};

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use futures::stream::{self, Stream};
use kube::Client;
use kube::runtime::events::Reporter;
use kube::runtime::reflector;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use self::engine::context::{Context, Parts};
use self::engine::feature::{Feature, Features};
use self::engine::metrics::Metrics;
use self::engine::place::Place;
use self::extensions::expiry::Lasting;
use self::status::written::StatusMetrics;
use self::users::companion::{self, Companions};
use self::users::feature::Users;
use self::users::metrics::UsersMetrics;
use self::users::photos::Photos;
use self::users::realtime::{Listening, Push, Realtime};
use self::users::repairs;
use crate::api::names::FIELD_MANAGER;
use crate::api::{GoogleWorkspaceIntegration, PbxExtension};
use crate::google;

/// Every feature of an integration, in the order in which they settle and are described.
const FEATURES: &[&dyn Feature] = &[&Users, &Realtime];
/// What goes along with a sync of users, in this order.
const COMPANIONS: &[companion::Make] = &[|| Box::new(Listening), || Box::<Photos>::default()];

/// An operator that is ready to run.
pub struct Operator {
    /// Kubernetes, for requests that are answered at once or not at all.
    pub client: Client,
    /// Kubernetes, for watches, which may be silent for long.
    pub watching: Client,
    /// Google.
    pub google: google::Client,
    /// For Prometheus.
    pub metrics: Arc<Metrics>,
    /// Google's notifications, shared with the HTTP server.
    pub push: Arc<Push>,
    /// How long the annotation of a break-glass stays.
    pub break_glass: Duration,
    /// Namespaces to work in; none means all.
    pub namespaces: Vec<String>,
    /// Set when the process is asked to end.
    pub shutdown: CancellationToken,
    /// Which watches show what is there, shared with the HTTP server.
    pub readiness: Readiness,
    /// Which loops turn, shared with the HTTP server.
    pub pulse: Pulse,
}

impl Operator {
    /// Runs until the process is asked to end, and writes that were begun are done.
    pub async fn run(self) {
        let places = Place::of(&self.namespaces);
        let (sightings, seen) = mpsc::unbounded_channel();
        let (wakers, woken): (Vec<_>, Vec<_>) = places.iter().map(|_| mpsc::unbounded_channel()).unzip();
        let (stores, writers): (Vec<_>, Vec<_>) = places.iter().map(|_| reflector::store()).unzip();
        let reporter = Reporter {
            controller: FIELD_MANAGER.to_owned(),
            instance: None,
        };
        let ctx = Context::new(Parts {
            reporter,
            client: self.client,
            watching: self.watching,
            google: self.google,
            metrics: self.metrics,
            shutdown: self.shutdown.clone(),
            integrations: stores.clone(),
            wakers: places.iter().cloned().zip(wakers).collect(),
            sightings,
        });
        for place in &places {
            self.readiness.watch::<PbxExtension>(place);
            self.readiness.watch::<GoogleWorkspaceIntegration>(place);
        }
        let ctx = Arc::new(furnished(
            ctx,
            self.push,
            self.readiness,
            self.pulse,
            self.break_glass,
        ));

        let watches = places.iter().cloned().enumerate().map(|(number, place)| {
            let ctx = Arc::clone(&ctx);
            AbortOnDropHandle::new(tokio::spawn(async move {
                extensions::watch::extensions(&ctx, number, &place).await;
            }))
        });
        let _watches: Vec<_> = watches.collect();
        let controllers = places
            .into_iter()
            .enumerate()
            .zip(stores)
            .zip(writers)
            .zip(woken)
            .map(|((((number, place), store), writer), woken)| {
                let ctx = Arc::clone(&ctx);
                async move {
                    if listed(&ctx, number).await {
                        controller::run(ctx, place, store, writer, stream_of(woken)).await;
                    }
                }
            });
        tokio::join!(
            join_all(controllers),
            repairs::serve(Arc::clone(&ctx), seen),
            realtime::serve(Arc::clone(&ctx))
        );
    }
}

/// Waits until every extension of a place is known, and nothing is decided in it before: a number that we do not know of would
/// look free. Other places go on meanwhile. `false` when the process ends first.
async fn listed(ctx: &Context, watch: usize) -> bool {
    while !ctx.extensions.is_listed(watch) {
        tokio::select! {
            () = ctx.shutdown.cancelled() => return false,
            () = tokio::time::sleep(Duration::from_millis(50)) => {}
        }
    }
    true
}

/// Gives the features their places, and the state that they share with others.
fn furnished(
    ctx: Context,
    push: Arc<Push>,
    readiness: Readiness,
    pulse: Pulse,
    break_glass: Duration,
) -> Context {
    let metrics = Arc::new(UsersMetrics::default());
    ctx.metrics.register(|ours| metrics.register(ours));
    let status = Arc::new(StatusMetrics::default());
    ctx.metrics.register(|ours| status.register(ours));
    ctx.put(status);
    ctx.metrics.register(|ours| push.metrics.register(ours));
    ctx.metrics.register(|ours| readiness.register(ours));
    ctx.put(Arc::new(readiness));
    ctx.metrics.register(|ours| pulse.register(ours));
    ctx.put(Arc::new(pulse));
    ctx.put(metrics);
    ctx.put(push);
    ctx.put(Arc::new(Lasting(break_glass)));
    ctx.put(Arc::new(Features(FEATURES)));
    ctx.put(Arc::new(Companions(COMPANIONS)));
    ctx
}

fn stream_of<T>(receiver: mpsc::UnboundedReceiver<T>) -> impl Stream<Item = T> {
    stream::unfold(receiver, |mut receiver| async move {
        Some((receiver.recv().await?, receiver))
    })
}
