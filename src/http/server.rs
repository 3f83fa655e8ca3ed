//! An HTTP server for whoever can reach a port: nobody holds a connection, a request or memory for long, and not many of them.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::timeout::TimeoutLayer;

/// After an `accept` that failed, such as for want of file descriptors.
const PAUSE: Duration = Duration::from_secs(1);

/// What one server grants.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Open connections. Further ones wait outside, with the kernel.
    pub(super) connections: usize,
    /// For the head of a request, from the connection or the request before: idle connections end by it, too.
    pub(super) head: Duration,
    /// Bytes of the head of a request.
    pub(super) head_bytes: usize,
    /// Header fields of a request.
    pub(super) fields: usize,
    /// For the answer to a request, its body included.
    pub(super) request: Duration,
    /// How long a connection lives, whatever it does: a client that does not read its answer ends by it.
    pub(super) life: Duration,
    /// For answers that have begun, at the end of a connection or of the process.
    pub(super) drain: Duration,
}

/// Right for probes, scrapes and Google's notifications, which are small and answered at once.
pub(super) const SMALL: Limits = Limits {
    connections: 256,
    head: Duration::from_secs(5),
    head_bytes: 16 * 1024,
    fields: 64,
    request: Duration::from_secs(10),
    life: Duration::from_mins(1),
    drain: Duration::from_secs(5),
};

/// Serves until `end`, and then what has begun, for the time that the limits grant.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    end: impl Future<Output = ()>,
) {
    let router = router.layer(TimeoutLayer::with_status_code(
        StatusCode::REQUEST_TIMEOUT,
        limits.request,
    ));
    let seats = Arc::new(Semaphore::new(limits.connections));
    let ending = CancellationToken::new();
    let connections = TaskTracker::new();
    let mut end = pin!(end);
    loop {
        let next = async {
            // Nobody closes it.
            let seat = Arc::clone(&seats).acquire_owned().await.ok()?;
            Some((accept(&listener).await, seat))
        };
        let (stream, seat) = tokio::select! {
            () = &mut end => break,
            next = next => match next {
                Some(next) => next,
                None => break,
            },
        };
        let (router, ending) = (router.clone(), ending.clone());
        connections.spawn(async move {
            connection(stream, router, limits, ending).await;
            drop(seat);
        });
    }
    drop(listener);
    ending.cancel();
    connections.close();
    connections.wait().await;
}

async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                sleep(PAUSE).await;
            }
        }
    }
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    router: Router,
    limits: Limits,
    ending: CancellationToken,
) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(limits.head_bytes)
        .max_headers(limits.fields)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    // How a stranger's connection ends is nobody's business.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = ending.cancelled() => {}
        () = sleep(limits.life) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(limits.drain, connection).await;
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;

    use super::*;

    const LONG: Duration = Duration::from_hours(1);
    const SHORT: Duration = Duration::from_millis(100);

    /// Limits that nobody reaches.
    const NONE: Limits = Limits {
        head: LONG,
        request: LONG,
        life: LONG,
        drain: LONG,
        ..SMALL
    };

    struct Served {
        address: SocketAddr,
        end: oneshot::Sender<()>,
        serving: JoinHandle<()>,
    }

    async fn served(limits: Limits) -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new()
            .route("/", get(async || "ok"))
            .route("/never", get(std::future::pending::<&str>))
            .route("/large", get(async || "x".repeat(64 << 20)));
        let (end, ended) = oneshot::channel();
        let serving = tokio::spawn(async move {
            serve(listener, router, limits, async { drop(ended.await) }).await;
        });
        Served {
            address,
            end,
            serving,
        }
    }

    async fn sent(served: &Served, head: &str) -> TcpStream {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }

    /// Everything until the server closes the connection; never, for a server that does not.
    async fn rest(mut stream: TcpStream) -> String {
        let mut answer = Vec::new();
        let read = timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
        // A reset ends it, too.
        let _ = read.expect("the server keeps the connection");
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[tokio::test]
    async fn a_head_that_does_not_come_ends_the_connection() {
        let limits = Limits { head: SHORT, ..NONE };
        let served = served(limits).await;
        for head in ["", "GET / HT", "GET / HTTP/1.1\r\nhost: x\r\nslow: "] {
            assert_eq!(rest(sent(&served, head).await).await, "", "{head}");
        }
        // Nor does anybody keep one open after an answer.
        let answer = rest(sent(&served, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").await).await;
        assert!(
            answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok"),
            "{answer}"
        );
    }

    #[tokio::test]
    async fn a_head_that_is_too_large_is_refused() {
        let served = served(NONE).await;
        let long = format!(
            "GET / HTTP/1.1\r\nhost: x\r\nlong: {}\r\n\r\n",
            "x".repeat(64 * 1024)
        );
        let many = format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(100));
        for head in [long, many] {
            let answer = rest(sent(&served, &head).await).await;
            assert!(
                answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
                "{answer}"
            );
        }
    }

    #[tokio::test]
    async fn an_answer_that_takes_too_long_is_given_up() {
        let limits = Limits {
            request: SHORT,
            ..NONE
        };
        let served = served(limits).await;
        let head = "GET /never HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        let answer = rest(sent(&served, head).await).await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    }

    #[tokio::test]
    async fn a_client_that_does_not_read_its_answer_is_left() {
        let limits = Limits {
            connections: 1,
            life: SHORT,
            drain: SHORT,
            ..NONE
        };
        let served = served(limits).await;
        let _deaf = sent(&served, "GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await;
        let next = sent(&served, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        assert!(rest(next).await.ends_with("ok"), "its place is free again");
    }

    #[tokio::test]
    async fn further_connections_wait_for_a_place() {
        let limits = Limits {
            connections: 2,
            ..NONE
        };
        let served = served(limits).await;
        let held = [sent(&served, "GET").await, sent(&served, "GET").await];
        let mut third = sent(&served, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        let mut first = [0];
        assert!(
            timeout(Duration::from_millis(300), third.read(&mut first))
                .await
                .is_err()
        );
        drop(held);
        assert_eq!(third.read(&mut first).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn the_end_waits_for_nobody_for_ever() {
        let limits = Limits { drain: SHORT, ..NONE };
        let served = served(limits).await;
        let _held = [
            sent(&served, "").await,
            sent(&served, "GET / HT").await,
            sent(&served, "GET /never HTTP/1.1\r\nhost: x\r\n\r\n").await,
        ];
        // Answered after those three were accepted.
        let last = sent(&served, "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        assert!(rest(last).await.ends_with("ok"));
        served.end.send(()).unwrap();
        timeout(Duration::from_secs(20), served.serving)
            .await
            .unwrap()
            .unwrap();
    }
}
