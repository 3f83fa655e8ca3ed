//! Requests to the API server: every one has a deadline, and a write is made again where that may help.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use k8s_openapi::api::core::v1::ObjectReference;
use kube::api::{PatchParams, PostParams};
use kube::runtime::events::{Event, Recorder, Reporter};
use kube::{Client, Error, ResourceExt};

use crate::api::names::{FIELD_MANAGER, LABEL_MANAGED_BY, MANAGED_BY};

/// How long one request may take. The API server gives up after 60 seconds at the latest.
const DEADLINE: Duration = Duration::from_secs(30);
/// The pause before the second attempt at a write; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// How often a write is made again when its outcome stays unclear or other writers keep coming first.
const REPETITIONS: usize = 5;

/// Gives a request up that is not answered in time.
pub async fn within<T>(request: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::time::timeout(DEADLINE, request)
        .await
        .unwrap_or_else(|_| Err(timed_out()))
}

/// Records an event. Events are help, not state: one that cannot be written is logged, and nothing waits for another try.
///
/// Each has a recorder of its own: one that lives on counts an event of the same reason up, for six minutes, and so repeats the
/// words of the first one, for example the hash of a plan that is not held any more. We record changes only, and no loops.
pub async fn record(client: &Client, reporter: &Reporter, event: &Event, about: &ObjectReference) {
    let recorder = Recorder::new(client.clone(), reporter.clone());
    if let Err(error) = within(recorder.publish(event, about)).await {
        tracing::warn!(%error, reason = event.reason, "failed to record an event");
    }
}

/// How we create: under our name.
pub fn creating() -> PostParams {
    PostParams {
        field_manager: Some(FIELD_MANAGER.to_owned()),
        ..PostParams::default()
    }
}

/// How we merge-patch: under our name.
pub fn patching() -> PatchParams {
    PatchParams {
        field_manager: Some(FIELD_MANAGER.to_owned()),
        ..PatchParams::default()
    }
}

/// The attempts at one write, with growing pauses between them:
///
/// ```ignore
/// let mut attempts = Attempts::default();
/// while attempts.next().await {
///     match within(request).await {
///         Ok(done) => return Ok(done),
///         Err(error) => attempts.failed(error)?,
///     }
/// }
/// Err(attempts.given_up())
/// ```
pub struct Attempts {
    pauses: ExponentialBackoff,
    begun: bool,
    last: Option<Error>,
}

impl Default for Attempts {
    fn default() -> Self {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(FIRST_PAUSE)
            .with_factor(2.0)
            .with_max_times(REPETITIONS);
        Self {
            pauses: pauses.build(),
            begun: false,
            last: None,
        }
    }
}

impl Attempts {
    /// Whether there is another attempt; waits until it is time for it.
    pub async fn next(&mut self) -> bool {
        if !std::mem::replace(&mut self.begun, true) {
            return true;
        }
        let Some(pause) = self.pauses.next() else {
            return false;
        };
        tokio::time::sleep(pause).await;
        true
    }

    /// An attempt failed. Hands the error back when another attempt cannot get around it.
    pub fn failed(&mut self, error: Error) -> Result<(), Error> {
        if !may_pass(&error) {
            return Err(error);
        }
        self.again(error);
        Ok(())
    }

    /// An attempt failed for a reason that another one gets around.
    pub fn again(&mut self, error: Error) {
        self.last = Some(error);
    }

    /// Whether the last attempt may have been carried out although it failed.
    pub fn is_unclear(&self) -> bool {
        self.last.as_ref().is_some_and(is_unclear)
    }

    /// The error of the last attempt, when there is no further one.
    pub fn given_up(self) -> Error {
        self.last.unwrap_or_else(timed_out)
    }
}

/// Whether the request may have been carried out all the same, or may be if it is made again.
pub fn is_unclear(error: &Error) -> bool {
    match error {
        Error::Api(status) => status.code >= 500 || status.code == 429,
        Error::HyperError(_) | Error::Service(_) | Error::ReadEvents(_) => true,
        _ => false,
    }
}

/// The words of an API server that does not take this object, whoever writes it: its schema, a policy, a webhook or a quota
/// refuses it. That somebody may not write such objects at all is another matter, and so is a namespace that goes.
pub fn refusal(error: &Error) -> Option<&str> {
    let Error::Api(status) = error else { return None };
    let by_webhook =
        status.message.contains("admission webhook") && status.message.contains("denied the request");
    let refuses = status.is_invalid()
        || by_webhook
        || status.is_forbidden() && !is_right_missing(error) && !is_terminating(error);
    refuses.then_some(status.message.as_str())
}

/// Whether an object has Dialplane's label. What has not is never written, whatever its name is.
pub fn is_managed<K: ResourceExt>(object: &K) -> bool {
    object.labels().get(LABEL_MANAGED_BY).map(String::as_str) == Some(MANAGED_BY)
}

/// Whether RBAC keeps us from it: `User "…" cannot create resource "…"`.
pub fn is_right_missing(error: &Error) -> bool {
    matches!(error, Error::Api(status) if status.is_forbidden()
        && status.message.contains("User \"") && status.message.contains("\" cannot "))
}

/// Whether the namespace is being deleted.
pub fn is_terminating(error: &Error) -> bool {
    let Error::Api(status) = error else { return false };
    let causes = status.details.iter().flat_map(|details| &details.causes);
    status.is_forbidden()
        && causes
            .into_iter()
            .any(|cause| cause.reason == "NamespaceTerminating")
}

/// Another writer came first, or the outcome is unknown.
fn may_pass(error: &Error) -> bool {
    let overtaken = matches!(error, Error::Api(status) if status.is_conflict() || status.is_not_found());
    overtaken || is_unclear(error)
}

fn timed_out() -> Error {
    Error::Service("the API server did not respond in time".into())
}

#[cfg(test)]
mod tests {
    use kube::core::Status;
    use tokio::time::Instant;

    use super::*;

    fn refused(code: u16, reason: &str) -> Error {
        Error::Api(Box::new(Status::failure("no", reason).with_code(code)))
    }

    #[tokio::test(start_paused = true)]
    async fn an_unanswered_request_is_given_up() {
        let began = Instant::now();
        let result: Result<(), Error> = within(std::future::pending()).await;
        assert!(is_unclear(&result.unwrap_err()), "it may have been carried out");
        assert_eq!(began.elapsed(), DEADLINE);
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_end_after_growing_pauses() {
        let mut attempts = Attempts::default();
        let mut pauses = Vec::new();
        let mut before = Instant::now();
        while attempts.next().await {
            pauses.push(before.elapsed().as_millis() / 100);
            before = Instant::now();
            assert_eq!(attempts.is_unclear(), pauses.len() > 1);
            attempts.failed(refused(503, "ServiceUnavailable")).unwrap();
        }
        assert_eq!(pauses, [0, 1, 2, 4, 8, 16], "tenths of a second");
        assert!(matches!(attempts.given_up(), Error::Api(status) if status.code == 503));
    }

    #[test]
    fn only_what_another_attempt_may_get_around_is_made_again() {
        let cases = [
            (refused(409, "Conflict"), true, false),
            (refused(404, "NotFound"), true, false),
            (refused(429, "TooManyRequests"), true, true),
            (refused(500, "InternalError"), true, true),
            (refused(504, "Timeout"), true, true),
            (timed_out(), true, true),
            (refused(403, "Forbidden"), false, false),
            (refused(409, "AlreadyExists"), false, false),
            (refused(422, "Invalid"), false, false),
        ];
        for (error, again, unclear) in cases {
            let text = error.to_string();
            let mut attempts = Attempts::default();
            assert_eq!(attempts.failed(error).is_ok(), again, "{text}");
            assert_eq!(attempts.is_unclear(), unclear, "{text}");
        }
    }
}
