//! Changes on their way: a queue, and a bounded number of them in flight.

use std::collections::VecDeque;

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};

use super::apply::{Applied, apply};
use crate::operator::engine::context::Context;
use crate::operator::engine::index::TenantKey;
use crate::sync::plan::Planned;

/// Writes in flight. More do not make the API server faster, and would crowd out its other clients.
const CONCURRENCY: usize = 16;
/// No further page of people is asked for while this many changes wait.
const BACKLOG: usize = 500;

/// A change, and how it ended.
pub type Landed = (Planned, Result<Applied, kube::Error>);

/// The changes of one run.
pub struct Writes<'a> {
    ctx: &'a Context,
    key: &'a TenantKey,
    waiting: VecDeque<Planned>,
    in_flight: FuturesUnordered<BoxFuture<'a, Landed>>,
}

impl<'a> Writes<'a> {
    /// None yet.
    pub fn new(ctx: &'a Context, key: &'a TenantKey) -> Self {
        Self {
            ctx,
            key,
            waiting: VecDeque::new(),
            in_flight: FuturesUnordered::new(),
        }
    }

    /// Adds one.
    pub fn push(&mut self, planned: Planned) {
        self.waiting.push_back(planned);
    }

    /// Whether more may be planned already.
    pub fn has_room(&self) -> bool {
        self.waiting.len() < BACKLOG
    }

    /// Sends waiting ones, as many as may be in flight, and waits for one to end. `None` when there is none left. Nothing
    /// is lost when the wait is given up.
    pub async fn next(&mut self) -> Option<Landed> {
        while self.in_flight.len() < CONCURRENCY
            && let Some(planned) = self.waiting.pop_front()
        {
            let (ctx, key) = (self.ctx, self.key);
            self.in_flight.push(
                async move {
                    let result = apply(ctx, key, &planned).await;
                    (planned, result)
                }
                .boxed(),
            );
        }
        self.in_flight.next().await
    }

    /// Waits for those that were sent, so that nothing is left half known; those that wait are dropped.
    pub async fn abandon(&mut self) {
        self.waiting.clear();
        while self.in_flight.next().await.is_some() {}
    }
}
