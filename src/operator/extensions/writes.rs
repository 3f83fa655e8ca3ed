//! Changes on their way: a queue for each run, and a bounded number of them in flight for all runs together.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

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

/// Whose turn it is to write. Runs stand in one line, each of them once however much it has to write: a large tenant's
/// backlog does not stand before a small one's first write.
#[derive(Clone, Debug)]
pub struct Turns(Arc<Semaphore>);

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(CONCURRENCY)))
    }
}

type Turn = BoxFuture<'static, Result<OwnedSemaphorePermit, AcquireError>>;

/// The changes of one run. Whoever has sent some goes on calling [`next`](Self::next) until they have landed: those in flight
/// hold up others, too.
pub struct Writes<'a> {
    ctx: &'a Context,
    key: &'a TenantKey,
    waiting: VecDeque<Planned>,
    turns: Turns,
    /// Our place in the line.
    turn: Option<Turn>,
    in_flight: FuturesUnordered<BoxFuture<'a, Landed>>,
}

impl<'a> Writes<'a> {
    /// None yet.
    pub fn new(ctx: &'a Context, key: &'a TenantKey) -> Self {
        Self {
            ctx,
            key,
            waiting: VecDeque::new(),
            turns: Turns::clone(&ctx.slot()),
            turn: None,
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
        while !self.waiting.is_empty() {
            let turn = self
                .turn
                .get_or_insert_with(|| Arc::clone(&self.turns.0).acquire_owned().boxed());
            tokio::select! {
                biased;
                permit = turn => {
                    self.turn = None;
                    self.send(permit);
                }
                Some(landed) = self.in_flight.next() => return Some(landed),
            }
        }
        self.in_flight.next().await
    }

    fn send(&mut self, permit: Result<OwnedSemaphorePermit, AcquireError>) {
        let Some(planned) = self.waiting.pop_front() else {
            return;
        };
        let (ctx, key) = (self.ctx, self.key);
        self.in_flight.push(
            async move {
                let result = apply(ctx, key, &planned).await;
                drop(permit);
                (planned, result)
            }
            .boxed(),
        );
    }

    /// Waits for those that were sent, so that nothing is left half known; those that wait are dropped.
    pub async fn abandon(&mut self) {
        self.waiting.clear();
        self.turn = None;
        while self.in_flight.next().await.is_some() {}
    }
}
