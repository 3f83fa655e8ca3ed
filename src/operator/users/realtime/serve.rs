//! Serves those who wait, one integration beside the other.

use std::sync::Arc;

use kube::runtime::reflector::ObjectRef;
use tokio::task::JoinSet;

use super::inbox::Work;
use super::push::Push;
use crate::api::GoogleWorkspaceIntegration;
use crate::api::conditions::{self, REMOVALS_HELD};
use crate::operator::engine::context::Context;
use crate::operator::engine::subject::Subject;
use crate::operator::users::cause::Cause;
use crate::operator::users::memory::UsersMemory;
use crate::operator::users::one_person;
use crate::sync::guard;

/// Serves everybody whom Google tells about, until the process ends and what was begun is done.
pub async fn serve(ctx: Arc<Context>) {
    let Some(mut bells) = ctx.slot::<Push>().bells() else {
        return;
    };
    let mut workers = JoinSet::new();
    loop {
        tokio::select! {
            () = ctx.shutdown.cancelled() => break,
            Some((uid, reference)) = bells.recv() => {
                workers.spawn(work(Arc::clone(&ctx), uid, reference));
            }
            Some(_) = workers.join_next() => {}
        }
    }
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
            (Some(Work::Person(person, expected)), Some(subject)) if !is_at_limit(&ctx, &subject) => {
                let cause = Cause::Notification(expected);
                if one_person::insist(&ctx, &reference, &person, cause)
                    .await
                    .is_err()
                {
                    want_sync(&ctx, &subject);
                }
            }
            (Some(_), Some(subject)) => {
                tokio::select! {
                    () = ctx.shutdown.cancelled() => return,
                    () = rates.crowds.until_ready() => {}
                }
                push.inboxes.disperse(&uid);
                want_sync(&ctx, &subject);
            }
            (None, _) => {}
        }
    }
}

/// Leaves the rest to a sync, which judges all removals together and shows those that are held.
fn want_sync(ctx: &Context, subject: &Subject) {
    ctx.memory(&subject.uid).notes().full_sync_wanted = true;
    ctx.wake(&subject.reference());
}

/// Whether people were removed one by one as often as one sync may, or removals wait for an approval. More of them is for a
/// sync to decide about, or one notification after the other would take everybody's phone.
fn is_at_limit(ctx: &Context, subject: &Subject) -> bool {
    let removed = UsersMemory::of(ctx, subject).removed();
    let status = ctx.memory(&subject.uid).notes().status.clone();
    let status = status.or_else(|| subject.object.status.clone());
    if status.is_some_and(|status| conditions::get(&status.conditions, REMOVALS_HELD).is_some()) {
        return true;
    }
    let Some(users) = subject.users().filter(|_| removed > 0) else {
        return false;
    };
    let kept = ctx
        .extensions
        .with(&subject.key, |tenant| tenant.index.kept_by(&subject.name).count());
    removed >= guard::allowed(kept, users.lifecycle.removal_limit)
}
