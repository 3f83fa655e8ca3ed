//! One look at one integration: the list of its steps.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use kube::runtime::controller::Action;

use crate::api::GoogleWorkspaceIntegration;
use crate::api::integration::Users;
use crate::api::reasons;
use crate::operator::engine::context::{Context, Pause};
use crate::operator::engine::credentials;
use crate::operator::engine::due::{self, Due};
use crate::operator::engine::fault::{Area, Fault, Identity, Kind, RECHECK_CLUSTER};
use crate::operator::engine::subject::{Subject, Tried};
use crate::operator::finalize::{self, Ending};
use crate::operator::status::draft::Draft;
use crate::operator::status::progress::Progress;
use crate::operator::status::{publish, written};
use crate::operator::users::job::{Job, Stop};
use crate::operator::users::metrics::UsersMetrics;
use crate::operator::users::pipe;
use crate::operator::users::report::Report;
use crate::operator::users::{gate, outcome, property, switched_off};
use crate::sync::schedule;

/// The longest pause between two attempts after failures that pass by themselves.
const LONGEST_PAUSE: Duration = Duration::from_mins(10);
/// The first of those pauses; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(5);

/// The first pause of a deletion that waits.
const FIRST_LOOK: Duration = Duration::from_secs(1);

/// How a look ended well.
enum Outcome {
    /// The object is gone.
    Gone,
    /// It goes when its extensions are gone; this says what for they wait.
    Terminating(String),
    /// The declaration asks for nothing, and for nothing but removals that were made or wait.
    Disabled(Option<Box<Report>>),
    /// Nothing is due yet; look again after this time, if at all.
    Idle(Option<Duration>),
    /// A sync reached its end.
    Synced(Box<(Report, Identity)>),
}

/// What a look found out on its way, for the status of a failure.
#[derive(Default)]
struct Trail {
    identity: Option<Identity>,
    tried: Tried,
    /// Somebody wished for a sync before this one began.
    was_wanted: bool,
}

/// Looks at one integration, and always says in its status what came of it.
pub async fn reconcile(
    object: Arc<GoogleWorkspaceIntegration>,
    ctx: Arc<Context>,
) -> Result<Action, Infallible> {
    let subject = Subject::new(object);
    let memory = ctx.memory(&subject.uid);
    let _working = memory.work.lock().await;
    let mut trail = Trail {
        tried: subject.tried(),
        ..Trail::default()
    };
    let began = Instant::now();
    let outcome = steps(&ctx, &subject, &mut trail).await;
    if outcome.is_err() && trail.was_wanted {
        memory.notes().full_sync_wanted = true;
    }
    let action = match outcome {
        Ok(Outcome::Gone) => Action::await_change(),
        Ok(Outcome::Terminating(message)) => terminating(&ctx, &subject, &message).await,
        Ok(Outcome::Idle(wait)) => idle(&ctx, &subject, wait).await,
        Ok(Outcome::Disabled(removals)) => disabled(&ctx, &subject, removals.as_deref()).await,
        Ok(Outcome::Synced(synced)) => succeeded(&ctx, &subject, &synced.0, &synced.1, began).await,
        Err(Stop::Interrupted(_)) => Action::requeue(Duration::ZERO),
        Err(Stop::Fault(fault)) => failed(&ctx, &subject, fault, trail, began).await,
    };
    Ok(action)
}

async fn steps(ctx: &Context, subject: &Subject, trail: &mut Trail) -> Result<Outcome, Stop> {
    for feature in ctx.features() {
        feature.settle(ctx, subject).await;
    }
    if subject.is_deleted() {
        return Ok(match finalize::run(ctx, subject).await? {
            Ending::Gone => Outcome::Gone,
            Ending::Waiting(message) => Outcome::Terminating(message),
        });
    }
    finalize::ensure(ctx, subject).await?;
    let Some(users) = gate::at_work(ctx, subject)? else {
        let removals = Box::pin(switched_off::settle(ctx, subject)).await?;
        return Ok(Outcome::Disabled(removals.map(Box::new)));
    };
    let schedule = due::schedule(users)?;
    let now = Timestamp::now();
    let notes = ctx.memory(&subject.uid).notes().clone();
    match due::decide(subject, users, &schedule, &notes, now) {
        Due::Now => {}
        Due::OnRequest { answered: true } => return Ok(Outcome::Idle(None)),
        Due::OnRequest { answered: false } => return Err(awaiting_request(subject).into()),
        Due::In(wait) => {
            // A paused attempt may go on as soon as somebody has changed the Secret, which nobody tells us.
            let tried = notes.pause.as_ref().and_then(|pause| pause.tried.secret.clone());
            let Some(version) = tried else {
                return Ok(Outcome::Idle(Some(wait)));
            };
            let file = credentials::read(ctx, subject).await;
            if file.is_ok_and(|file| file.version == version) {
                return Ok(Outcome::Idle(Some(wait.min(RECHECK_CLUSTER))));
            }
        }
    }
    // Whoever wishes for a sync from now on means the next one.
    trail.was_wanted = std::mem::take(&mut ctx.memory(&subject.uid).notes().full_sync_wanted);
    let file = credentials::read(ctx, subject).await?;
    trail.tried.secret = Some(file.version.clone());
    let (directory, identity) = credentials::open(ctx, subject, &file)?;
    let directory = property::projected(directory, users)?;
    let identity = trail.identity.insert(identity);
    let job = Job::new(ctx, subject, users, identity, &directory)?;
    let progress = Progress::begin(ctx, subject).await;
    let report = pipe::synchronise(&job, progress).await?;
    Ok(Outcome::Synced(Box::new((report, identity.clone()))))
}

/// The deletion waits for others. It is looked at again later and later, and at once when one of its extensions is gone.
async fn terminating(ctx: &Context, subject: &Subject, message: &str) -> Action {
    let now = Timestamp::now();
    let memory = ctx.memory(&subject.uid);
    let wait = growing(FIRST_LOOK, &mut memory.notes().failures);
    let mut draft = Draft::new(ctx, subject, now);
    draft.progressing(reasons::TERMINATING, message);
    publish(ctx, subject, draft, Action::requeue(wait)).await
}

/// Users are switched off. What the API server did not let go is tried again later and later: nobody tells us when it would.
async fn disabled(ctx: &Context, subject: &Subject, removals: Option<&Report>) -> Action {
    let now = Timestamp::now();
    let memory = ctx.memory(&subject.uid);
    let wait = if removals.is_some_and(|report| report.counts.conflicts > 0) {
        Some(growing(FIRST_PAUSE, &mut memory.notes().failures))
    } else {
        memory.notes().failures = 0;
        None
    };
    let mut draft = Draft::new(ctx, subject, now);
    outcome::disabled(&mut draft, removals, subject.object.spec.dry_run);
    let action = requeue(ctx, subject, wait, now);
    publish(ctx, subject, draft, action).await
}

/// No sync is due; features may have changed.
async fn idle(ctx: &Context, subject: &Subject, wait: Option<Duration>) -> Action {
    let now = Timestamp::now();
    let action = requeue(ctx, subject, wait, now);
    let draft = Draft::new(ctx, subject, now);
    if draft.status.observed_generation != subject.generation() {
        return action; // whoever looks at this generation first tells about it
    }
    publish(ctx, subject, draft, action).await
}

/// Looks again when the sync or any feature wants it first.
fn requeue(ctx: &Context, subject: &Subject, wait: Option<Duration>, now: Timestamp) -> Action {
    let features = ctx
        .features()
        .filter_map(|feature| feature.next_look(ctx, subject, now));
    features
        .chain(wait)
        .min()
        .map_or_else(Action::await_change, Action::requeue)
}

fn awaiting_request(subject: &Subject) -> Fault {
    Fault::waiting(
        Area::Declaration,
        reasons::AWAITING_MANUAL_SYNC,
        format!(
            "No sync was requested for this generation, and syncMode is Manual. Request a sync: kubectl -n {} annotate gwi {} --overwrite dialplane.io/sync-requested-at=\"$(date -u +%FT%TZ)\".",
            subject.key.namespace, subject.name,
        ),
    )
}

async fn succeeded(
    ctx: &Context,
    subject: &Subject,
    report: &Report,
    identity: &Identity,
    began: Instant,
) -> Action {
    let now = Timestamp::now();
    let automatic = subject.users().filter(|users| users.is_automatic());
    // Read before the sync began, so that a fault is none here.
    let schedule = automatic.and_then(|users| due::schedule(users).ok());
    let next = schedule.map(|schedule| schedule.next(now, rand::random()));
    outcome::account(ctx, subject, report, now, began.elapsed());
    {
        let memory = ctx.memory(&subject.uid);
        let mut notes = memory.notes();
        notes.synced_generation = Some(subject.generation());
        notes.next_sync = next;
        notes.failures = 0;
        notes.pause = None;
    }
    let mut draft = Draft::new(ctx, subject, now);
    outcome::synced(&mut draft, report, identity, subject.object.spec.dry_run, next);
    draft.handled(subject.pending_request(None));
    let wait = next.map(|next| schedule::until(next, now));
    let action = requeue(ctx, subject, wait, now);
    publish(ctx, subject, draft, action).await
}

/// The one place that turns a fault into conditions, an event, a metric and the time of the next look.
async fn failed(ctx: &Context, subject: &Subject, mut fault: Fault, trail: Trail, began: Instant) -> Action {
    let now = Timestamp::now();
    let wait = pause(ctx, subject, &fault, trail.tried, now);
    if fault.area != Area::Declaration {
        let source = fault.source.as_ref().map(tracing::field::display);
        tracing::warn!(integration = subject.name, namespace = subject.key.namespace, reason = fault.reason, error = %fault, source, "a sync failed");
        ctx.slot::<UsersMetrics>()
            .sync_ended(fault.reason, began.elapsed());
    }
    let answered = matches!(fault.kind, Kind::Stalled(_)) && fault.area != Area::Declaration;
    let automatic = subject.users().is_some_and(Users::is_automatic);
    if answered && !automatic && !subject.is_deleted() {
        fault
            .message
            .push_str(" Then request a sync again, with a new value of dialplane.io/sync-requested-at.");
    }
    let mut draft = Draft::new(ctx, subject, now);
    draft.faulted(&fault, trail.identity.as_ref());
    if answered {
        draft.handled(subject.pending_request(None));
    }
    let action = requeue(ctx, subject, wait, now);
    publish(ctx, subject, draft, action).await
}

/// Remembers a failure, and says when to look again.
fn pause(ctx: &Context, subject: &Subject, fault: &Fault, tried: Tried, now: Timestamp) -> Option<Duration> {
    if fault.area == Area::Declaration {
        return matches!(fault.kind, Kind::Stalled(Some(_))).then_some(RECHECK_CLUSTER);
    }
    let memory = ctx.memory(&subject.uid);
    let mut notes = memory.notes();
    let wait = match fault.kind {
        Kind::Waiting | Kind::Stalled(None) => return None,
        Kind::Stalled(Some(recheck)) => recheck,
        Kind::Transient => growing(FIRST_PAUSE, &mut notes.failures),
    };
    notes.pause = now.checked_add(wait).ok().map(|until| Pause { until, tried });
    Some(wait.min(RECHECK_CLUSTER))
}

/// A pause that is about twice as long as the one before.
fn growing(first: Duration, before: &mut u32) -> Duration {
    let longest = first
        .saturating_mul(2_u32.saturating_pow(*before))
        .min(LONGEST_PAUSE);
    *before = before.saturating_add(1);
    longest.mul_f64(rand::random_range(0.5..1.0))
}

async fn publish(ctx: &Context, subject: &Subject, draft: Draft, action: Action) -> Action {
    match publish::publish(ctx, subject, draft).await {
        Ok(()) => {
            written::succeeded(ctx, subject);
            action
        }
        Err(error) => {
            written::failed(ctx, subject, &error).await;
            Action::requeue(FIRST_PAUSE)
        }
    }
}
