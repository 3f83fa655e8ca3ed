//! Why a run stops early: the declaration changed, or the process has been asked to end.

use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Fuse};

use super::context::Context;
use super::subject::Subject;

/// A run stopped before its end because of something that is no fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted;

/// Ends when a run should.
pub type Signal<'a> = Fuse<BoxFuture<'a, Interrupted>>;

/// How often the watched object is compared with the one that the run works for. A look at memory, not at the server.
const PERIOD: Duration = Duration::from_millis(200);

/// The signal for work on this integration.
pub fn signal<'a>(ctx: &'a Context, subject: &'a Subject) -> Signal<'a> {
    wait(ctx, subject).boxed().fuse()
}

async fn wait(ctx: &Context, subject: &Subject) -> Interrupted {
    let reference = subject.reference();
    loop {
        tokio::select! {
            () = ctx.shutdown.cancelled() => return Interrupted,
            () = tokio::time::sleep(PERIOD) => {}
        }
        // A spec change, a suspension and a deletion all raise the generation.
        let latest = ctx.latest(&reference);
        if latest.is_none_or(|object| object.metadata.generation != subject.object.metadata.generation) {
            return Interrupted;
        }
    }
}
