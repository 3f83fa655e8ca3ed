//! One request on its way through the proxy, and what goes wrong with it there.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use futures::stream;
use hyper::body::Incoming;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::call::Call;
use super::fault::{Action, Armed, Faults, Moment, Refusal};
use super::upstream::Upstream;
use super::view::{Filter, Views};
use crate::process::Identity;

/// How many pieces a trickling answer comes in.
const PIECES: u32 = 20;

/// A request that went through.
#[derive(Debug, Clone)]
pub struct Passed {
    /// What it asked.
    pub call: Call,
    /// The HTTP status that the API server answered with; none when it never heard of the request.
    pub code: Option<u16>,
    /// Whether a fault struck it.
    pub struck: bool,
}

/// What all connections share.
#[derive(Debug)]
pub(super) struct Passage {
    upstream: Mutex<Upstream>,
    connections: Mutex<CancellationToken>,
    operator: Mutex<Option<Identity>>,
    log: Mutex<Vec<Passed>>,
    pub(super) faults: Faults,
    pub(super) views: Arc<Views>,
}

/// How the passage of one request ends.
enum End {
    Answer(Response<Body>),
    /// The operator gets a connection reset.
    Reset,
}

impl Passage {
    pub(super) fn to(upstream: Upstream) -> Self {
        Self {
            upstream: Mutex::new(upstream),
            connections: Mutex::default(),
            operator: Mutex::default(),
            log: Mutex::default(),
            faults: Faults::default(),
            views: Arc::default(),
        }
    }

    /// From now on requests go there; connections that are open end.
    pub(super) fn lead_to(&self, upstream: Upstream) {
        *locked(&self.upstream) = upstream;
        self.close_connections();
    }

    pub(super) fn close_connections(&self) {
        std::mem::take(&mut *locked(&self.connections)).cancel();
    }

    /// Cancelled when all connections are to end.
    pub(super) fn connections(&self) -> CancellationToken {
        locked(&self.connections).clone()
    }

    pub(super) fn aim_at(&self, operator: Option<Identity>) {
        *locked(&self.operator) = operator;
    }

    pub(super) fn log(&self) -> Vec<Passed> {
        locked(&self.log).clone()
    }

    /// Answers a request, or resets its connection and never returns.
    pub(super) async fn pass(
        &self,
        request: Request<Incoming>,
        reset: CancellationToken,
    ) -> Result<Response<Body>, Infallible> {
        let end = self.travel(request).await.unwrap_or_else(|error| {
            // What an API server behind a load balancer looks like when it is down.
            let refusal = Refusal::of(503);
            tracing::debug!(%error, "the API server does not answer");
            End::Answer(refused(&refusal))
        });
        match end {
            End::Answer(answer) => Ok(answer),
            End::Reset => {
                reset.cancel();
                std::future::pending().await
            }
        }
    }

    async fn travel(&self, request: Request<Incoming>) -> anyhow::Result<End> {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(Body::new(body), usize::MAX).await?.to_vec();
        let call = Call::read(&parts.method, &parts.uri, &body);
        let striking = self.faults.striking(&call);
        let entry = self.enter(&call, !striking.is_empty());
        for armed in &striking {
            if let Some(end) = self.strike(armed, Moment::Before).await {
                return Ok(end);
            }
        }
        let upstream = locked(&self.upstream).clone();
        let answer = upstream
            .send(parts.method, &parts.uri, parts.headers, body)
            .await?;
        self.answered(entry, answer.status().as_u16());
        if call.verb == "watch" && answer.status().is_success() {
            return Ok(End::Answer(watch(answer, self.views.filter(&call.resource))));
        }
        let (status, headers) = (answer.status(), kept(answer.headers()));
        let content = answer.bytes().await?;
        let mut response = Response::new(Body::from(content.clone()));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        for armed in &striking {
            if let Some(end) = self.strike(armed, Moment::After).await {
                return Ok(end);
            }
            match &armed.fault.action {
                Action::Truncate => *response.body_mut() = truncated(&content),
                Action::Trickle(time) => *response.body_mut() = trickle(&content, *time),
                _ => {}
            }
        }
        Ok(End::Answer(response))
    }

    /// Lets happen what is to happen at this moment. What comes of it ends the passage, if anything does.
    async fn strike(&self, armed: &Armed, now: Moment) -> Option<End> {
        let action = &armed.fault.action;
        if action.moment() != now {
            return None;
        }
        // The process is gone, or stands still, before anybody is told.
        if let Action::Signal(_, signal) = action {
            self.signal(*signal);
        }
        armed.fire();
        match action {
            Action::Delay(_, pause) => tokio::time::sleep(*pause).await,
            Action::Hold(_) => armed.released().await,
            Action::Answer(_, refusal) => return Some(End::Answer(refused(refusal))),
            Action::Reset(_) => return Some(End::Reset),
            Action::Signal(..) | Action::Truncate | Action::Trickle(_) => {}
        }
        None
    }

    pub(super) fn signal(&self, signal: Signal) {
        let target = *locked(&self.operator);
        if let Some(pid) = target
            .filter(|identity| identity.is_alive())
            .and_then(|identity| Pid::from_raw(identity.pid))
        {
            // Fails only when it has just ended.
            let _ = kill_process(pid, signal);
        }
    }

    fn enter(&self, call: &Call, struck: bool) -> usize {
        let mut log = locked(&self.log);
        log.push(Passed {
            call: call.clone(),
            code: None,
            struck,
        });
        log.len() - 1
    }

    fn answered(&self, entry: usize, code: u16) {
        if let Some(passed) = locked(&self.log).get_mut(entry) {
            passed.code = Some(code);
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The headers that speak of the answer and not of its connection.
fn kept(headers: &axum::http::HeaderMap) -> axum::http::HeaderMap {
    let mut headers = headers.clone();
    for connection in [
        header::TRANSFER_ENCODING,
        header::CONNECTION,
        header::CONTENT_LENGTH,
    ] {
        headers.remove(connection);
    }
    headers
}

fn refused(refusal: &Refusal) -> Response<Body> {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": format!("fault: {}", refusal.reason), "reason": refusal.reason, "code": refusal.code,
    });
    let mut response = Response::new(Body::from(status.to_string()));
    *response.status_mut() = StatusCode::from_u16(refusal.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    if let Some(seconds) = refusal.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

fn truncated(content: &Bytes) -> Body {
    let half = content.slice(..content.len() / 2);
    let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    Body::from_stream(stream::iter([Ok(half), Err(broken)]))
}

fn trickle(content: &Bytes, time: std::time::Duration) -> Body {
    let size = content.len().div_ceil(PIECES as usize).max(1);
    let pieces: VecDeque<Bytes> = content.chunks(size).map(Bytes::copy_from_slice).collect();
    let pieces = stream::unfold(pieces, move |mut pieces| async move {
        let piece = pieces.pop_front()?;
        tokio::time::sleep(time / PIECES).await;
        Some((Ok::<_, Infallible>(piece), pieces))
    });
    Body::from_stream(pieces)
}

/// A watch has no end; each of its lines is an event.
struct Watch {
    answer: reqwest::Response,
    filter: Filter,
    rest: Vec<u8>,
    ready: VecDeque<Vec<u8>>,
    closes: bool,
}

fn watch(answer: reqwest::Response, filter: Filter) -> Response<Body> {
    let (status, headers) = (answer.status(), kept(answer.headers()));
    let state = Watch {
        answer,
        filter,
        rest: Vec::new(),
        ready: VecDeque::new(),
        closes: false,
    };
    let lines = stream::try_unfold(state, |mut state| async {
        Ok::<_, reqwest::Error>(state.next().await?.map(|line| (line, state)))
    });
    let mut response = Response::new(Body::from_stream(lines));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

impl Watch {
    async fn next(&mut self) -> Result<Option<Bytes>, reqwest::Error> {
        loop {
            if let Some(mut line) = self.ready.pop_front() {
                line.push(b'\n');
                return Ok(Some(line.into()));
            }
            if self.closes {
                return Ok(None);
            }
            tokio::select! {
                chunk = self.answer.chunk() => if let Some(chunk) = chunk? {
                    self.take(&chunk);
                } else {
                    let rest = self.filter.flush();
                    self.ready.extend(rest);
                    self.closes = true;
                },
                released = self.filter.released() => self.ready.extend(released),
            }
        }
    }

    fn take(&mut self, chunk: &[u8]) {
        self.rest.extend_from_slice(chunk);
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let mut line: Vec<u8> = self.rest.drain(..=end).collect();
            line.pop();
            let passed = self.filter.take(line);
            self.ready.extend(passed.lines);
            if passed.closes {
                self.closes = true;
                return;
            }
        }
    }
}
