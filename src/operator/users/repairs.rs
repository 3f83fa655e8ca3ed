//! Who waits because their extension is not what it should be, and numbers that somebody may wait for: one queue and one worker
//! per integration, so that nobody waits for another tenant's people or for another tenant's Google.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kube::runtime::reflector::ObjectRef;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::cause::{CROWD, Cause};
use super::freed;
use super::one_person::{insist, want_sync};
use crate::api::GoogleWorkspaceIntegration;
use crate::api::integration::Users;
use crate::operator::engine::context::Context;
use crate::operator::engine::index::Sighting;
use crate::operator::engine::pulse::{BEAT, Pulse};
use crate::operator::engine::subject::Subject;
use crate::sync::number::Number;
use crate::sync::person::PersonId;

/// People sent here with no longer pause than this between them are looked at together: a crowd does not come at once.
const PAUSE: Duration = Duration::from_millis(500);
/// A crowd that goes on coming is not waited for longer.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

type Reference = ObjectRef<GoogleWorkspaceIntegration>;

/// Looks after everybody who is sent here, until the process ends and what was begun is done.
pub async fn serve(ctx: Arc<Context>, mut sightings: mpsc::UnboundedReceiver<Sighting>) {
    let queues = Arc::new(Queues::default());
    let mut workers = JoinSet::new();
    let pulse = ctx.slot::<Pulse>();
    let heart = pulse.of("repairs", "the queue of repairs");
    let mut beats = tokio::time::interval(BEAT);
    loop {
        tokio::select! {
            () = ctx.shutdown.cancelled() => break,
            _ = beats.tick() => heart.beat(),
            received = sightings.recv() => {
                let Some(sighting) = received else { break };
                for (integration, waiting) in concerned(&ctx, &sighting) {
                    if queues.put(&integration, waiting) {
                        let heart = pulse.of("repairs", format!("the repairs of {integration}"));
                        workers.spawn(heart.during(work(Arc::clone(&ctx), Arc::clone(&queues), integration)));
                    }
                }
            }
            Some(_) = workers.join_next() => {}
        }
    }
    heart.rest();
    while workers.join_next().await.is_some() {}
}

/// Whose queues a sighting goes into.
fn concerned(ctx: &Context, sighting: &Sighting) -> Vec<(Reference, Waiting)> {
    match sighting {
        Sighting::Deviation(deviation) => {
            let integration = ObjectRef::new(&deviation.integration).within(&deviation.key.namespace);
            vec![(integration, Waiting::person(deviation.person.clone()))]
        }
        Sighting::Gone(key, number) => {
            let integrations = freed::of_tenant(ctx, key).into_iter();
            integrations
                .map(|integration| (integration, Waiting::number(*number)))
                .collect()
        }
    }
}

/// Works on one queue until it is empty.
async fn work(ctx: Arc<Context>, queues: Arc<Queues>, integration: Reference) {
    loop {
        tokio::select! {
            () = ctx.shutdown.cancelled() => return,
            () = gather(&queues, &integration) => {}
        }
        let Some(waiting) = queues.take(&integration) else {
            return;
        };
        look_after(&ctx, &integration, waiting.people).await;
        freed::hand_on(&ctx, &integration, &waiting.numbers).await;
    }
}

/// Waits for those who come close behind.
async fn gather(queues: &Queues, integration: &Reference) {
    let end = Instant::now() + LONGEST_WAIT;
    let mut known = queues.waiting(integration);
    while known > 0 && Instant::now() < end {
        tokio::time::sleep(PAUSE).await;
        let waiting = queues.waiting(integration);
        if waiting == known {
            return;
        }
        known = waiting;
    }
}

async fn look_after(ctx: &Context, integration: &Reference, people: HashSet<PersonId>) {
    let latest = ctx.latest(integration).map(Subject::new);
    let automatic = latest.filter(|subject| subject.users().is_some_and(Users::is_automatic));
    if people.len() > CROWD
        && let Some(subject) = &automatic
    {
        return want_sync(ctx, subject);
    }
    for person in people {
        // When that fails, the integration's own status says why, and its next sync looks at everybody.
        let served = insist(ctx, integration, &person, Cause::Deviation).await;
        let withheld = served.ok().flatten();
        if let (Some(subject), Some(why)) = (&automatic, withheld)
            && why.calls_for_sync()
        {
            want_sync(ctx, subject);
        }
    }
}

/// Who and what waits for one worker. Each is there once, so that it is never more than an integration has people and numbers.
#[derive(Debug, Default, PartialEq, Eq)]
struct Waiting {
    /// Their extension is not what it should be.
    people: HashSet<PersonId>,
    /// Nobody has them any more.
    numbers: HashSet<Number>,
}

impl Waiting {
    fn person(person: PersonId) -> Self {
        Self {
            people: HashSet::from([person]),
            ..Self::default()
        }
    }

    fn number(number: Number) -> Self {
        Self {
            numbers: HashSet::from([number]),
            ..Self::default()
        }
    }

    fn len(&self) -> usize {
        self.people.len() + self.numbers.len()
    }
}

/// What waits, by integration. An entry lives as long as its worker.
#[derive(Default)]
struct Queues(Mutex<HashMap<Reference, Waiting>>);

impl Queues {
    fn lock(&self) -> MutexGuard<'_, HashMap<Reference, Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has somebody wait. Whether a worker is needed, because there is none.
    fn put(&self, integration: &Reference, more: Waiting) -> bool {
        let mut queues = self.lock();
        let is_new = !queues.contains_key(integration);
        let waiting = queues.entry(integration.clone()).or_default();
        waiting.people.extend(more.people);
        waiting.numbers.extend(more.numbers);
        is_new
    }

    fn waiting(&self, integration: &Reference) -> usize {
        self.lock().get(integration).map_or(0, Waiting::len)
    }

    /// Takes everything that waits. When nothing does, the worker's time is over.
    fn take(&self, integration: &Reference) -> Option<Waiting> {
        let mut queues = self.lock();
        let waiting = queues.get_mut(integration)?;
        if waiting.len() == 0 {
            queues.remove(integration);
            return None;
        }
        Some(std::mem::take(waiting))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_has_one_worker_and_each_person_and_number_once() {
        let queues = Queues::default();
        let [acme, beta] = ["acme", "beta"].map(|name| ObjectRef::new(name).within("phones"));
        let ana = || Waiting::person(PersonId::new("1"));
        let number = || Waiting::number(Number::parse("1001").unwrap());
        assert!(queues.put(&acme, ana()));
        assert!(!queues.put(&acme, ana()), "one worker is enough");
        assert!(queues.put(&beta, ana()), "another tenant has its own");
        assert_eq!(queues.take(&acme), Some(ana()));
        assert!(!queues.put(&acme, number()), "the worker has not ended yet");
        assert!(!queues.put(&acme, number()));
        assert_eq!(queues.waiting(&acme), 1);
        assert!(!queues.put(&acme, ana()));
        assert_eq!(queues.waiting(&acme), 2);
        let both = Waiting {
            numbers: number().numbers,
            ..ana()
        };
        assert_eq!(queues.take(&acme), Some(both));
        assert_eq!(queues.take(&acme), None);
        assert!(queues.put(&acme, ana()), "the one before has ended");
        assert_eq!(queues.waiting(&beta), 1);
    }
}
