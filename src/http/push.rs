//! Google's notifications, from whoever claims to be Google.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};

use super::served::Served;
use crate::operator::realtime::{Claim, Verdict};

/// Google's bodies have a few hundred bytes.
const LARGEST_BODY: usize = 16 * 1024;
/// A body that takes longer is not Google's.
const BODY_TIME: Duration = Duration::from_secs(5);
/// No header that we read is longer.
const LARGEST_HEADER: usize = 1024;

/// Answers at once: nothing is asked of anybody before the request has proved where it comes from, and not while it waits
/// for an answer either. A body is read only then.
pub(super) async fn receive(
    State(served): State<Served>,
    Path(uid): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> StatusCode {
    let verdict = judge(&served, &uid, &headers, body).await;
    served.push.metrics.notified(verdict.as_str());
    match verdict {
        Verdict::Accepted | Verdict::Sync | Verdict::Duplicate => StatusCode::OK,
        // The same for every channel that is not there and every token that is not its own.
        Verdict::Rejected => StatusCode::NOT_FOUND,
        Verdict::Malformed => StatusCode::BAD_REQUEST,
    }
}

async fn judge(served: &Served, uid: &str, headers: &HeaderMap, body: Body) -> Verdict {
    let Some(admission) = served.push.admit(&claim(uid, headers)) else {
        return Verdict::Rejected;
    };
    match tokio::time::timeout(BODY_TIME, to_bytes(body, LARGEST_BODY)).await {
        Ok(Ok(body)) => served.push.take(admission, &body),
        _ => Verdict::Malformed,
    }
}

/// What a request says about itself. A header that is missing, far too long or no text counts as empty.
pub(super) fn claim<'a>(uid: &'a str, headers: &'a HeaderMap) -> Claim<'a> {
    let bytes = |name: &str| {
        let value = headers.get(name).map_or(&[][..], |value| value.as_bytes());
        if value.len() > LARGEST_HEADER { &[] } else { value }
    };
    let text = |name: &str| std::str::from_utf8(bytes(name)).unwrap_or_default();
    Claim {
        uid,
        channel: text("x-goog-channel-id"),
        token: bytes("x-goog-channel-token"),
        resource: text("x-goog-resource-id"),
        state: text("x-goog-resource-state"),
        number: text("x-goog-message-number"),
    }
}
