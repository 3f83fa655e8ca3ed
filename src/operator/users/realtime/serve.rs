//! Serves those who wait, one integration beside the other.

use std::sync::Arc;

use kube::runtime::reflector::ObjectRef;
use tokio::task::JoinSet;

use super::inbox::{Rates, Work};
use super::push::Push;
use crate::api::GoogleWorkspaceIntegration;
use crate::operator::engine::context::Context;
use crate::operator::engine::pulse::{BEAT, Pulse};
use crate::operator::engine::subject::Subject;
use crate::operator::users::cause::Cause;
use crate::operator::users::one_person::{self, LeftToSync};
use crate::sync::gate::Withheld;

/// Serves everybody whom Google tells about, until the process ends and what was begun is done.
pub async fn serve(ctx: Arc<Context>) {
    let Some(mut bells) = ctx.slot::<Push>().bells() else {
        return;
    };
    let mut workers = JoinSet::new();
    let pulse = ctx.slot::<Pulse>();
    let heart = pulse.of("notifications", "the queue of notifications");
    let mut beats = tokio::time::interval(BEAT);
    loop {
        tokio::select! {
            () = ctx.shutdown.cancelled() => break,
            _ = beats.tick() => heart.beat(),
            Some((uid, reference)) = bells.recv() => {
                let heart = pulse.of("notifications", format!("the notifications about {reference}"));
                workers.spawn(heart.during(work(Arc::clone(&ctx), uid, reference)));
            }
            Some(_) = workers.join_next() => {}
        }
    }
    heart.rest();
    while workers.join_next().await.is_some() {}
}

/// Works on one inbox until it is empty.
async fn work(ctx: Arc<Context>, uid: String, reference: ObjectRef<GoogleWorkspaceIntegration>) {
    let push = ctx.slot::<Push>();
    while let Some(rates) = push.inboxes.rates(&uid) {
        // Whoever waits for the rate is told about again and again, and served once.
        tokio::select! {
            () = ctx.shutdown.cancelled() => return,
            () = rates.people.until_ready() => {}
        }
        let subject = ctx.latest(&reference).map(Subject::new);
        let subject = subject.filter(|subject| subject.uid == uid);
        match (push.inboxes.next(&uid), subject) {
            (_, None) => return push.forget(&uid),
            (Some(Work::Person(person, expected)), Some(subject)) => {
                let cause = Cause::Notification(expected);
                let wants_sync = match one_person::insist(&ctx, &reference, &person, cause).await {
                    Ok(withheld) => withheld.is_some_and(Withheld::calls_for_sync),
                    Err(LeftToSync) => true,
                };
                if wants_sync {
                    leave_to_sync(&ctx, &rates, &subject).await;
                }
            }
            (Some(Work::Crowd), Some(subject)) => {
                leave_to_sync(&ctx, &rates, &subject).await;
            }
            (None, _) => {}
        }
    }
}

/// Has everybody looked at, no more often than the shortest interval does.
async fn leave_to_sync(ctx: &Context, rates: &Rates, subject: &Subject) {
    tokio::select! {
        () = ctx.shutdown.cancelled() => return,
        () = rates.crowds.until_ready() => {}
    }
    ctx.slot::<Push>().inboxes.disperse(&subject.uid);
    one_person::want_sync(ctx, subject);
}
