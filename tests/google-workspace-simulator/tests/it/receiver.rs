//! A small server that notifications are delivered to.

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::TcpListener as StdListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;
use tokio::sync::mpsc;

/// Longer than any delivery takes; a message that is not there by then does not come.
const PATIENCE: Duration = Duration::from_secs(20);

/// What was delivered.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Delivery {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn state(&self) -> &str {
        self.header("x-goog-resource-state")
    }

    pub(crate) fn number(&self) -> u64 {
        self.header("x-goog-message-number").parse().unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A receiver that answers 200, or what it was told to answer next.
pub(crate) struct Receiver {
    pub(crate) url: String,
    deliveries: mpsc::UnboundedReceiver<Delivery>,
    answers: Arc<Mutex<VecDeque<u16>>>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/google", listener.local_addr().unwrap());
        let (sender, deliveries) = mpsc::unbounded_channel();
        let answers = Arc::<Mutex<VecDeque<u16>>>::default();
        let next = Arc::clone(&answers);
        let receive = move |headers: HeaderMap, body: Bytes| async move {
            let status = next.lock().unwrap().pop_front().unwrap_or(200);
            // The test may have ended.
            let _ = sender.send(Delivery { headers, body });
            StatusCode::from_u16(status).unwrap()
        };
        let app = Router::new().route("/google", post(receive));
        tokio::spawn(async { axum::serve(listener, app).await });
        Self {
            url,
            deliveries,
            answers,
        }
    }

    /// What the next deliveries are answered with.
    pub(crate) fn answer(&self, statuses: &[u16]) {
        self.answers.lock().unwrap().extend(statuses);
    }

    pub(crate) async fn next(&mut self) -> Delivery {
        tokio::time::timeout(PATIENCE, self.deliveries.recv())
            .await
            .expect("a notification comes")
            .unwrap()
    }

    /// The states of the next deliveries.
    pub(crate) async fn states(&mut self, count: usize) -> Vec<String> {
        let mut states = Vec::new();
        for _ in 0..count {
            states.push(self.next().await.state().to_owned());
        }
        states
    }

    /// What has been delivered and not been looked at.
    pub(crate) fn delivered(&mut self) -> Option<Delivery> {
        self.deliveries.try_recv().ok()
    }
}

/// Answers one HTTPS request with a certificate that nobody vouches for, and tells what it was sent. A client that does
/// not trust the certificate makes it tell nothing.
pub(crate) fn self_signed() -> (String, std::thread::JoinHandle<Option<String>>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let listener = StdListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "https://localhost:{}/google",
        listener.local_addr().unwrap().port()
    );
    let served = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), stream);
        let mut request = vec![0; 8192];
        let length = stream.read(&mut request).ok()?;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .ok()?;
        stream.flush().ok()?;
        (length > 0).then(|| String::from_utf8_lossy(&request[..length]).into_owned())
    });
    (url, served)
}
