//! The photos of one run: asked for, and handed on to be written, a bounded number at a time.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};

use super::described::is;
use super::keep::{self, Kept, Target};
use super::unusable::{Unusable, Unusables};
use super::wishes::Wish;
use crate::api::names::{LABEL_MANAGED_BY, MANAGED_BY};
use crate::api::reasons;
use crate::google::directory::{self, UserId};
use crate::google::{self, Cause, Class};
use crate::operator::engine::fault::Fault;
use crate::operator::engine::interrupt::Signal;
use crate::operator::status::progress::Progress;
use crate::operator::users::job::{Job, Stop};
use crate::operator::users::report::Report;
use crate::sync::person::PersonId;

/// Questions in flight; the client's rate limit applies on top.
const QUESTIONS: usize = 8;
/// Photos on their way into the cluster. No further one is asked for while so many are.
const WRITES: usize = 16;
/// After this many failures in a row it is not about single people any more, and the next sync goes on.
const FAILURES: usize = 8;
/// What can be done about a photo that is of no use.
const REMEDY: &str = "Set another photo (JPEG, PNG, GIF, BMP or TIFF) for this user in the Google account or in the Admin console. Until then, the photo of the extension stays unchanged.";

type Answer = Result<Option<directory::Photo>, google::Error>;
type Asked<'a> = BoxFuture<'a, (PersonId, Wish, Answer)>;
type Sent<'a> = BoxFuture<'a, (Wish, Result<Kept, kube::Error>)>;

/// Fetches, writes and removes photos until every wish is fulfilled, or turns out to be impossible.
pub async fn fulfil(
    job: &Job<'_>,
    wishes: Vec<(PersonId, Wish)>,
    report: &mut Report,
    progress: &mut Progress<'_>,
    stop: &mut Signal<'_>,
) -> Result<(), Stop> {
    if wishes.is_empty() {
        return Ok(());
    }
    let mut round = Round {
        job,
        unusable: job.ctx.memory(&job.subject.uid).slot(),
        report,
        waiting: wishes,
        questions: FuturesUnordered::new(),
        writes: FuturesUnordered::new(),
        failures: 0,
        written: 0,
    };
    let result = round.work(progress, stop).await;
    // What was sent is waited for, so that nothing is left half known.
    while round.writes.next().await.is_some() {}
    if round.written > 0 {
        tracing::info!(
            integration = job.subject.name,
            namespace = job.subject.key.namespace,
            photos = round.written,
            "photos were written or removed"
        );
    }
    result
}

struct Round<'a, 'r> {
    job: &'a Job<'a>,
    unusable: Arc<Unusables>,
    report: &'r mut Report,
    waiting: Vec<(PersonId, Wish)>,
    questions: FuturesUnordered<Asked<'a>>,
    writes: FuturesUnordered<Sent<'a>>,
    /// Of Google, in a row.
    failures: usize,
    written: usize,
}

impl Round<'_, '_> {
    async fn work(&mut self, progress: &mut Progress<'_>, stop: &mut Signal<'_>) -> Result<(), Stop> {
        let all = self.waiting.len();
        loop {
            while self.questions.len() < QUESTIONS
                && self.writes.len() < WRITES
                && let Some((person, wish)) = self.waiting.pop()
            {
                self.begin(person, wish);
            }
            if self.questions.is_empty() && self.writes.is_empty() {
                return Ok(());
            }
            let open = self.waiting.len() + self.questions.len() + self.writes.len();
            progress
                .tell(|| {
                    format!(
                        "The extensions are synced; {} of {all} photos are processed.",
                        all - open
                    )
                })
                .await;
            tokio::select! {
                biased;
                interrupted = &mut *stop => return Err(Stop::Interrupted(interrupted)),
                Some((wish, result)) = self.writes.next() => self.landed(&wish, result)?,
                Some((person, wish, answer)) = self.questions.next() => self.answered(person, wish, answer),
            }
        }
    }

    fn begin(&mut self, person: PersonId, wish: Wish) {
        let Some(target) = self.target(&person, &wish) else {
            return;
        };
        let Some(etag) = &wish.etag else {
            return self.remove(target, wish);
        };
        let known = self.unusable.lock().get(&person).cloned();
        match known.filter(|known| known.etag == *etag) {
            Some(Unusable { problem: None, .. }) if target.has_photo => self.remove(target, wish),
            Some(Unusable { problem: None, .. }) => {}
            Some(Unusable {
                problem: Some((reason, message)),
                ..
            }) => self.report.problem(&wish.user, reason, message),
            None => self.ask(person, wish),
        }
    }

    /// The person's extension, if it is ours and does not show what it ought to, now that everything else is done.
    fn target(&self, person: &PersonId, wish: &Wish) -> Option<Target> {
        let subject = self.job.subject;
        self.job.ctx.extensions.with(&subject.key, |tenant| {
            let digest = tenant.index.of_person(person)?;
            let ours = digest.integration.as_deref() == Some(subject.name.as_str());
            let right = is(
                digest.photo,
                &subject.key.tenant,
                digest.number,
                wish.etag.as_deref(),
            );
            (ours && (wish.anew || !right)).then(|| Target {
                person: person.clone(),
                number: digest.number,
                has_photo: digest.photo != 0,
            })
        })
    }

    fn ask(&self, person: PersonId, wish: Wish) {
        let Ok(user) = UserId::parse(person.as_str()) else {
            return; // no id that Google could have given
        };
        let directory = self.job.directory;
        self.questions
            .push(async move { (person, wish, directory.photo(&user).await) }.boxed());
    }

    fn remove(&self, target: Target, wish: Wish) {
        let job = self.job;
        self.writes
            .push(async move { (wish, keep::remove(job, &target).await) }.boxed());
    }

    fn answered(&mut self, person: PersonId, wish: Wish, answer: Answer) {
        let Some(etag) = wish.etag.clone() else { return };
        match answer {
            Ok(photo) => {
                self.failures = 0;
                let Some(target) = self.target(&person, &wish) else {
                    return; // changed by somebody else while Google was asked
                };
                let job = self.job;
                if let Some(photo) = photo {
                    self.unusable.lock().remove(&person);
                    self.writes
                        .push(async move { (wish, keep::put(job, &target, &etag, photo).await) }.boxed());
                } else {
                    self.of_no_use(person, etag, None);
                    if target.has_photo {
                        self.remove(target, wish);
                    }
                }
            }
            Err(error) => self.failed(person, &wish.user, etag, &error),
        }
    }

    fn failed(&mut self, person: PersonId, user: &str, etag: String, error: &google::Error) {
        let reason = match error.cause() {
            Cause::PhotoTooLarge => "PhotoTooLarge",
            Cause::PhotoUnreadable => "PhotoUnreadable",
            _ => return self.unanswered(user, error),
        };
        self.failures = 0;
        let message = format!("{error}. {REMEDY}");
        self.report.problem(user, reason, message.as_str());
        self.of_no_use(person, etag, Some((reason, message)));
    }

    /// Google did not give a photo, for a reason that need not be there the next time.
    fn unanswered(&mut self, user: &str, error: &google::Error) {
        let message = format!(
            "Google did not return this user's photo: {}. The photo of the extension stays unchanged, and the next sync retries.",
            error.to_string().trim_end_matches('.')
        );
        self.report.problem(user, "PhotoUnavailable", message);
        self.failures += 1;
        let for_everybody = matches!(
            error.class(),
            Class::RateLimited | Class::QuotaExhausted | Class::Reauth
        );
        if for_everybody || self.failures >= FAILURES {
            self.waiting.clear();
        }
    }

    fn of_no_use(&self, person: PersonId, etag: String, problem: Option<(&'static str, String)>) {
        self.unusable.lock().insert(person, Unusable { etag, problem });
    }

    fn landed(&mut self, wish: &Wish, result: Result<Kept, kube::Error>) -> Result<(), Stop> {
        match result.map_err(|error| Fault::kubernetes("store a photo", error))? {
            Kept::Done => self.written += 1,
            Kept::Outdated => {} // whoever changed the extension is followed by another look at the person
            Kept::Foreign(name) => self.report.problem(&wish.user, reasons::OBJECT_CONFLICT, format!(
                "ConfigMap {name} has the name that Dialplane needs for this user's photo, but not the label {LABEL_MANAGED_BY}: {MANAGED_BY}. Rename or delete it."
            )),
            Kept::Rejected(why) => self.report.problem(&wish.user, "Rejected", format!(
                "The API server rejects this user's photo: {why}. Set another photo in the Google account or in the Admin console."
            )),
        }
        Ok(())
    }
}
