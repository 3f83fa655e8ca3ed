//! The channels of one integration: opened, renewed and stopped.

use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use tokio::time::timeout;
use uuid::Uuid;

use super::url::PublicUrl;
use crate::api::GoogleWorkspaceIntegrationStatus;
use crate::api::conditions::{self, AUTHORIZED, Decision, REALTIME_READY};
use crate::api::integration::Users;
use crate::api::reasons;
use crate::api::status::PushChannel;
use crate::google::directory::{Event, NewChannel};
use crate::google::{self, Directory, UserList};
use crate::operator::engine::context::{Context, Memory};
use crate::operator::engine::fault::{Area, Fault, Identity, Kind};
use crate::operator::engine::subject::Subject;
use crate::operator::engine::{credentials, due};
use crate::operator::users::tenancy;
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
/// Whatever Google's clock says, channels are not renewed more often.
const SHORTEST_WAIT: Duration = Duration::from_secs(3);

/// What is known of an integration's channels. All of it can be lost, the tokens have to be.
#[derive(Default)]
pub struct State {
    /// Whether the channels of the operator before us were looked for in the status.
    adopted: bool,
    open: Option<Open>,
    /// To be stopped.
    leaving: Vec<Leaving>,
    failure: Option<Failure>,
}

struct Open {
    channels: Vec<PushChannel>,
    directory: Directory,
    identity: Identity,
    renew_at: Timestamp,
}

impl Open {
    fn ends_at(&self) -> Timestamp {
        let ends = self.channels.iter().map(|channel| channel.expiration.0);
        ends.min().unwrap_or(Timestamp::MIN)
    }
}

struct Leaving {
    channel: PushChannel,
    /// Who opened it, if it was us.
    directory: Option<Directory>,
}

struct Failure {
    decision: Decision,
    generation: i64,
    retry_at: Timestamp,
    pause: Duration,
}

/// Whether there should be channels.
enum Wanted {
    /// Nobody asks for them.
    Off,
    /// Something else comes first: why, and what to do.
    Blocked(&'static str, String),
    /// Yes, and they lead here.
    On(PublicUrl),
}

fn wanted(ctx: &Context, subject: &Subject) -> Wanted {
    let users = subject
        .users()
        .filter(|users| users.realtime && users.is_automatic());
    let Some(users) = users.filter(|_| !subject.is_deleted()) else {
        return Wanted::Off;
    };
    match (allowed(ctx, subject, users), ctx.push.public_url()) {
        (Err((reason, message)), _) => Wanted::Blocked(reason, message),
        (Ok(()), Some(url)) => Wanted::On(url.clone()),
        (Ok(()), None) => Wanted::Blocked(
            reasons::PUBLIC_URL_MISSING,
            "The operator has no public URL that Google could notify; the schedule goes on. Set the chart's publicUrl, or remove users.realtime and set users.schedule.interval, to 30s for example.".to_owned(),
        ),
    }
}

fn allowed(ctx: &Context, subject: &Subject, users: &Users) -> Result<(), (&'static str, String)> {
    if subject.object.spec.suspend {
        let text = "spec.suspend is true: no notifications are asked for. Set it to false to go on.";
        return Err((reasons::SUSPENDED, text.to_owned()));
    }
    if subject.object.spec.dry_run {
        let text = "spec.dryRun is true: no notifications are asked for. Set it to false to go on.";
        return Err((reasons::DRY_RUN, text.to_owned()));
    }
    let checked = tenancy::check(ctx, subject).and_then(|()| due::schedule(users).map(drop));
    checked.map_err(|fault| (fault.reason, fault.message))
}

fn lock(memory: &Memory) -> MutexGuard<'_, State> {
    memory.push.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The first look at an integration finds the channels of the operator before us. Their tokens are lost, so they are to
/// be stopped.
fn adopt(state: &mut State, subject: &Subject) {
    if std::mem::replace(&mut state.adopted, true) {
        return;
    }
    let users = subject
        .object
        .status
        .as_ref()
        .and_then(|status| status.users.as_ref());
    let known = users.into_iter().flat_map(|users| users.channels.iter().cloned());
    state.leaving.extend(known.map(|channel| Leaving {
        channel,
        directory: None,
    }));
}

/// Stops the channels of an integration that should have none. Call it first in every look.
pub async fn settle(ctx: &Context, subject: &Subject) {
    if !matches!(wanted(ctx, subject), Wanted::On(_)) {
        leave(ctx, subject).await;
    }
}

/// Stops every channel, as far as that is possible in a short time.
pub async fn leave(ctx: &Context, subject: &Subject) {
    let memory = ctx.memory(&subject.uid);
    {
        let mut state = lock(&memory);
        adopt(&mut state, subject);
        retire(&mut state);
        state.failure = None;
    }
    stop(ctx, subject, None).await;
}

/// What is open is to be stopped.
fn retire(state: &mut State) {
    if let Some(Open {
        channels, directory, ..
    }) = state.open.take()
    {
        let leaving = channels.into_iter().map(|channel| Leaving {
            channel,
            directory: Some(directory.clone()),
        });
        state.leaving.extend(leaving);
    }
}

/// Whether channels are missing or have to be renewed, and it may be tried now.
pub fn is_due(ctx: &Context, subject: &Subject, now: Timestamp) -> bool {
    if !matches!(wanted(ctx, subject), Wanted::On(_)) {
        return false;
    }
    let memory = ctx.memory(&subject.uid);
    let state = lock(&memory);
    let due = state.open.as_ref().is_none_or(|open| open.renew_at <= now);
    let pausing = state
        .failure
        .as_ref()
        .is_some_and(|failure| failure.generation == subject.generation() && failure.retry_at > now);
    due && !pausing
}

/// When to look at the channels again.
pub fn next_look(ctx: &Context, subject: &Subject, now: Timestamp) -> Option<Duration> {
    if !matches!(wanted(ctx, subject), Wanted::On(_)) {
        return None;
    }
    let memory = ctx.memory(&subject.uid);
    let state = lock(&memory);
    let next = match (&state.open, &state.failure) {
        (Some(open), Some(failure)) => Some(failure.retry_at.min(open.ends_at())),
        (Some(open), None) => Some(open.renew_at),
        (None, Some(failure)) => Some(failure.retry_at),
        (None, None) => None,
    };
    next.map(|next| schedule::until(next, now).max(SHORTEST_WAIT))
}

/// Opens or renews channels when that is due. Says whether there were none until now: what happened meanwhile has to be
/// read. A failure is told by the condition, and fails nothing else.
pub async fn keep(ctx: &Context, subject: &Subject, directory: &Directory, identity: &Identity) -> bool {
    let Wanted::On(url) = wanted(ctx, subject) else {
        return false;
    };
    let memory = ctx.memory(&subject.uid);
    let now = Timestamp::now();
    let was_open = {
        let mut state = lock(&memory);
        adopt(&mut state, subject);
        if state
            .open
            .as_ref()
            .is_some_and(|open| !is_same(&open.identity, identity))
        {
            retire(&mut state);
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

/// Whether both are the same account of the same organization, in the same epoch.
fn is_same(one: &Identity, other: &Identity) -> bool {
    let key = |identity: &Identity| {
        (
            identity.account.clone(),
            identity.client_id.clone(),
            identity.subject.clone(),
            identity.customer.clone(),
            identity.domain.clone(),
            identity.epoch,
        )
    };
    key(one) == key(other)
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
    let memory = ctx.memory(&subject.uid);
    if let Some(error) = failure {
        let leaving = opened.into_iter().map(|channel| Leaving {
            channel,
            directory: Some(directory.clone()),
        });
        lock(&memory).leaving.extend(leaving);
        failed(ctx, subject, error.fault(identity));
        return false;
    }
    let mut state = lock(&memory);
    retire(&mut state);
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
                "Google did not open a notification channel in time. It is tried again; the schedule goes on.",
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
    let registry = &ctx.push.registry;
    let channel = NewChannel {
        token: registry.add(&id, &subject.uid, subject.reference(), event),
        id,
        address: url.callback(&subject.uid),
        ttl: ctx.push.lifetime,
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
    let memory = ctx.memory(&subject.uid);
    let mut state = lock(&memory);
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
        "no notification channels; the schedule goes on"
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
    let memory = ctx.memory(&subject.uid);
    let mut leaving = std::mem::take(&mut lock(&memory).leaving);
    for gone in &leaving {
        ctx.push.registry.remove(&gone.channel.id);
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
            "could not stop every notification channel; it ends by itself, and nothing that it brings is taken"
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

/// Puts the channels and their condition into a status that is about to be written.
pub fn describe(ctx: &Context, subject: &Subject, status: &mut GoogleWorkspaceIntegrationStatus) {
    let now = Timestamp::now();
    let memory = ctx.memory(&subject.uid);
    let state = lock(&memory);
    if state.adopted {
        let open = state.open.iter().flat_map(|open| &open.channels);
        let leaving = state.leaving.iter().map(|gone| &gone.channel);
        let mut channels: Vec<_> = open.chain(leaving).cloned().collect();
        channels.sort_by(|one, other| one.event.cmp(&other.event).then_with(|| one.id.cmp(&other.id)));
        let count = state.open.as_ref().map_or(0, |open| open.channels.len());
        ctx.metrics.channels(&subject.key.namespace, &subject.name, count);
        if !channels.is_empty() || status.users.is_some() {
            status.users.get_or_insert_default().channels = channels;
        }
    }
    match decision(&wanted(ctx, subject), &state, status, now) {
        None => conditions::remove(&mut status.conditions, REALTIME_READY),
        Some(decision) => conditions::set(&mut status.conditions, decision, subject.generation(), now),
    }
}

fn decision(
    wanted: &Wanted,
    state: &State,
    status: &GoogleWorkspaceIntegrationStatus,
    now: Timestamp,
) -> Option<Decision> {
    match wanted {
        Wanted::Off => return None,
        Wanted::Blocked(reason, message) => return Some(Decision::no(REALTIME_READY, reason, message)),
        Wanted::On(_) => {}
    }
    let refused = conditions::get(&status.conditions, AUTHORIZED).filter(|found| found.status == "False");
    if let Some(refused) = refused {
        let reason = reasons::FAULTS.iter().find(|reason| **reason == refused.reason);
        let reason = reason.copied().unwrap_or(reasons::PROGRESSING);
        return Some(Decision::unknown(REALTIME_READY, reason, refused.message.clone()));
    }
    if state.open.as_ref().is_some_and(|open| open.ends_at() > now) {
        let text = "Google notifies Dialplane of new, changed, deleted and restored users.";
        return Some(Decision::yes(REALTIME_READY, reasons::LISTENING, text));
    }
    let failure = state.failure.as_ref().map(|failure| failure.decision.clone());
    Some(failure.unwrap_or_else(|| {
        let text = "The notification channels are opened when the next sync begins.";
        Decision::unknown(REALTIME_READY, reasons::PROGRESSING, text)
    }))
}

#[cfg(test)]
mod tests;
