//! The channels of one integration: opened, renewed and stopped.

use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use tokio::time::timeout;
use uuid::Uuid;

use super::push::Push;
use super::state::{Channels, Failure, Leaving, Open};
use super::url::PublicUrl;
use super::wanted::{Wanted, wanted};
use crate::api::conditions::{Decision, REALTIME_READY};
use crate::api::reasons;
use crate::api::status::PushChannel;
use crate::google::directory::{Event, NewChannel};
use crate::google::{self, Directory, UserList};
use crate::operator::engine::context::Context;
use crate::operator::engine::credentials;
use crate::operator::engine::fault::{Area, Fault, Identity, Kind};
use crate::operator::engine::subject::Subject;
use crate::sync::schedule;

/// What is watched. Being made an administrator changes nothing that an extension has.
const EVENTS: [Event; 4] = [Event::Add, Event::Delete, Event::Undelete, Event::Update];
/// Opening must not hold up the sync that follows.
const OPENING: Duration = Duration::from_secs(20);
/// Stopping must not hold up what follows, least of all a deletion: a channel that is not stopped ends by itself.
const STOPPING: Duration = Duration::from_secs(10);
/// How soon a refusal is followed by another try, and a failure that passes by itself; the latter doubles up to the former.
const AFTER_REFUSAL: Duration = Duration::from_mins(10);
const AFTER_FAILURE: Duration = Duration::from_secs(15);
/// Stops every channel, as far as that is possible in a short time.
pub async fn leave(ctx: &Context, subject: &Subject) {
    {
        let channels = ctx.memory(&subject.uid).slot::<Channels>();
        let mut state = channels.lock();
        state.adopt(subject);
        state.retire();
        state.failure = None;
    }
    stop(ctx, subject, None).await;
}

/// Whether channels that are wanted are missing or have to be renewed, and it may be tried now.
pub fn is_due(ctx: &Context, subject: &Subject, now: Timestamp) -> bool {
    let channels = ctx.memory(&subject.uid).slot::<Channels>();
    channels.lock().is_due(subject.generation(), now)
}

/// Opens or renews channels when that is due. Says whether there were none until now: what happened meanwhile has to be
/// read. A failure is told by the condition, and fails nothing else.
pub async fn keep(ctx: &Context, subject: &Subject, directory: &Directory, identity: &Identity) -> bool {
    let Wanted::On(url) = wanted(ctx, subject) else {
        return false;
    };
    let channels = ctx.memory(&subject.uid).slot::<Channels>();
    let now = Timestamp::now();
    let was_open = {
        let mut state = channels.lock();
        state.adopt(subject);
        if state
            .open
            .as_ref()
            .is_some_and(|open| !open.identity.is_same_account(identity))
        {
            state.retire();
            state.failure = None;
        }
        if let Some(open) = &mut state.open {
            open.directory = directory.clone(); // the key may be a newer one
        }
        state.open.as_ref().is_some_and(|open| open.ends_at() > now)
    };
    let mut anew = false;
    if is_due(ctx, subject, now) {
        let opened = open(ctx, subject, &url, directory, identity).await;
        anew = opened && !was_open;
    }
    stop(ctx, subject, Some(directory)).await;
    anew
}

/// Opens a channel for each event; all or none.
async fn open(
    ctx: &Context,
    subject: &Subject,
    url: &PublicUrl,
    directory: &Directory,
    identity: &Identity,
) -> bool {
    let whose = &subject.object.spec.google;
    let list = UserList {
        customer: Some(whose.customer_id.clone()),
        domain: whose.domain.clone(),
        deleted: false,
    };
    let opening = EVENTS.map(|event| watch(ctx, subject, url, directory, &list, event));
    let (mut opened, mut failure) = (Vec::new(), None);
    for result in join_all(opening).await {
        match result {
            Ok(channel) => opened.push(channel),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    let now = Timestamp::now();
    let channels = ctx.memory(&subject.uid).slot::<Channels>();
    if let Some(error) = failure {
        channels.lock().leave(opened, Some(directory));
        failed(ctx, subject, error.fault(identity));
        return false;
    }
    let mut state = channels.lock();
    state.retire();
    state.failure = None;
    let ends = opened
        .iter()
        .map(|channel| channel.expiration.0)
        .min()
        .unwrap_or(now);
    state.open = Some(Open {
        channels: opened,
        directory: directory.clone(),
        identity: identity.clone(),
        renew_at: renewal(now, ends, rand::random()),
    });
    true
}

/// Half to four fifths of the way to the end, by a random number from 0 to 1.
fn renewal(now: Timestamp, ends: Timestamp, share: f64) -> Timestamp {
    let wait = schedule::until(ends, now).mul_f64(0.5 + 0.3 * share.clamp(0.0, 1.0));
    now.checked_add(wait).unwrap_or(ends)
}

/// Why a channel was not opened.
enum NotOpened {
    Google(google::Error),
    TookTooLong,
}

impl NotOpened {
    fn fault(self, identity: &Identity) -> Fault {
        match self {
            Self::Google(error) => Fault::google(error, identity),
            Self::TookTooLong => Fault::transient(
                Area::Connection,
                reasons::GOOGLE_UNAVAILABLE,
                "Google did not open a notification channel in time. Dialplane retries. Scheduled syncs continue.",
            ),
        }
    }
}

async fn watch(
    ctx: &Context,
    subject: &Subject,
    url: &PublicUrl,
    directory: &Directory,
    list: &UserList,
    event: Event,
) -> Result<PushChannel, NotOpened> {
    // An id is never used again, not even after a channel was stopped.
    let id = Uuid::new_v4().to_string();
    let push = ctx.slot::<Push>();
    let registry = &push.registry;
    let channel = NewChannel {
        token: registry.add(&id, &subject.uid, subject.reference(), event),
        id,
        address: url.callback(&subject.uid),
        ttl: push.lifetime,
    };
    let answer = timeout(OPENING, directory.watch(list, event, &channel)).await;
    let opened = match answer {
        Ok(opened) => opened.map_err(NotOpened::Google),
        Err(_) => Err(NotOpened::TookTooLong),
    };
    match opened {
        Ok(opened) => {
            registry.confirm(&opened.id, &opened.resource_id);
            Ok(PushChannel {
                id: opened.id,
                resource_id: opened.resource_id,
                event: event.as_str().to_owned(),
                expiration: Time(opened.expiration),
            })
        }
        Err(error) => {
            registry.remove(&channel.id);
            Err(error)
        }
    }
}

/// Channels could not be opened: said in the condition, and tried again after a while.
pub fn failed(ctx: &Context, subject: &Subject, fault: Fault) {
    let now = Timestamp::now();
    let channels = ctx.memory(&subject.uid).slot::<Channels>();
    let mut state = channels.lock();
    let passes = fault.kind == Kind::Transient && fault.reason != reasons::PUSH_CALLBACK_REFUSED;
    let before = state
        .failure
        .as_ref()
        .map_or(AFTER_FAILURE / 2, |failure| failure.pause);
    let pause = if passes {
        (before * 2).min(AFTER_REFUSAL)
    } else {
        AFTER_REFUSAL
    };
    let wait = pause.mul_f64(rand::random_range(0.75..1.0));
    tracing::warn!(
        integration = subject.name,
        namespace = subject.key.namespace,
        reason = fault.reason,
        error = %fault,
        "failed to open notification channels; scheduled syncs continue"
    );
    state.failure = Some(Failure {
        decision: Decision::no(REALTIME_READY, fault.reason, fault.message),
        generation: subject.generation(),
        retry_at: now.checked_add(wait).unwrap_or(Timestamp::MAX),
        pause,
    });
}

/// Stops what is to be stopped. One try: what goes on in spite of it is refused by its token and ends by itself.
async fn stop(ctx: &Context, subject: &Subject, directory: Option<&Directory>) {
    let now = Timestamp::now();
    let channels = ctx.memory(&subject.uid).slot::<Channels>();
    let mut leaving = std::mem::take(&mut channels.lock().leaving);
    let push = ctx.slot::<Push>();
    for gone in &leaving {
        push.registry.remove(&gone.channel.id);
    }
    leaving.retain(|gone| gone.channel.expiration.0 > now);
    if leaving.is_empty() {
        return;
    }
    let stopping = async {
        let opened = match directory {
            Some(directory) => Some(directory.clone()),
            None if leaving.iter().all(|gone| gone.directory.is_some()) => None,
            None => reopened(ctx, subject).await,
        };
        let calls = leaving.iter().filter_map(|Leaving { channel, directory }| {
            let directory = directory.as_ref().or(opened.as_ref())?;
            Some(directory.stop(&channel.id, &channel.resource_id))
        });
        let results = join_all(calls).await;
        let stopped = results.iter().filter(|result| result.is_ok()).count();
        stopped == leaving.len()
    };
    if !timeout(STOPPING, stopping).await.unwrap_or(false) {
        tracing::warn!(
            integration = subject.name,
            namespace = subject.key.namespace,
            "failed to stop every notification channel; the others expire, and their notifications are rejected"
        );
    }
}

/// The directory, by the credentials as they are now.
async fn reopened(ctx: &Context, subject: &Subject) -> Option<Directory> {
    let file = credentials::read(ctx, subject).await.ok()?;
    credentials::open(ctx, subject, &file)
        .ok()
        .map(|(directory, _)| directory)
}

#[cfg(test)]
mod tests;
