//! What stands between an operator and the API server: passes everything on, and holds the requests that a test chose until
//! it lets them through. So an operator is caught in the middle of its work, however quick or slow the machine is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use futures::stream;
use kube::config::Kubeconfig;
use tokio::sync::{Semaphore, watch};
use tokio_util::task::AbortOnDropHandle;

use crate::world::{World, within};

/// A gateway of one operator; requests that are held when it goes are answered with an error.
pub(crate) struct Gateway {
    inside: Arc<Inside>,
    held: watch::Receiver<usize>,
    kubeconfig: PathBuf,
    _dir: tempfile::TempDir,
    _serving: AbortOnDropHandle<()>,
}

struct Inside {
    server: String,
    http: reqwest::Client,
    chosen: fn(&Method, &str) -> bool,
    permits: Semaphore,
    held: watch::Sender<usize>,
}

impl Gateway {
    /// Holds the requests that are chosen by method and path, after so many of them.
    pub(crate) async fn start(world: &World, after: usize, chosen: fn(&Method, &str) -> bool) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let dir = tempfile::tempdir().unwrap();
        let kubeconfig = dir.path().join("kubeconfig");
        let mut config = Kubeconfig::read_from(world.kubeconfig()).unwrap();
        let cluster = config.clusters[0].cluster.as_mut().unwrap();
        let server = cluster.server.replace(url).unwrap();
        let authority = cluster.certificate_authority_data.take().unwrap();
        std::fs::write(&kubeconfig, serde_yaml::to_string(&config).unwrap()).unwrap();
        let (held, receiver) = watch::channel(0);
        let inside = Arc::new(Inside {
            server,
            http: client(&authority),
            chosen,
            permits: Semaphore::new(after),
            held,
        });
        let router = Router::new().fallback(pass).with_state(Arc::clone(&inside));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            inside,
            held: receiver,
            kubeconfig,
            _dir: dir,
            _serving: AbortOnDropHandle::new(serving),
        }
    }

    /// The operator's kubeconfig, with the gateway in the API server's place.
    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Waits until so many requests are held, or were until they were let through.
    pub(crate) async fn holds(&self, requests: usize) {
        let mut held = self.held.clone();
        let reached = held.wait_for(|held| *held >= requests);
        within("requests to be held", reached).await.unwrap();
    }

    /// Lets one more request through.
    pub(crate) fn let_one_through(&self) {
        self.inside.permits.add_permits(1);
    }
}

fn client(authority: &str) -> reqwest::Client {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    let authority = BASE64_STANDARD.decode(authority).unwrap();
    let authority = reqwest::Certificate::from_pem(&authority).unwrap();
    let builder = reqwest::Client::builder().no_proxy();
    builder.tls_certs_only([authority]).build().unwrap()
}

async fn pass(State(inside): State<Arc<Inside>>, request: Request) -> Response {
    if (inside.chosen)(request.method(), request.uri().path()) {
        let permit = if let Ok(permit) = inside.permits.try_acquire() {
            permit
        } else {
            inside.held.send_modify(|held| *held += 1);
            inside.permits.acquire().await.unwrap()
        };
        permit.forget();
    }
    forward(&inside, request).await.unwrap_or_else(|error| {
        let mut response = Response::new(Body::from(error.to_string()));
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        response
    })
}

/// Passes an answer on as it comes: that of a watch has no end.
async fn forward(inside: &Inside, request: Request) -> anyhow::Result<Response> {
    let (mut parts, body) = request.into_parts();
    parts.headers.remove(header::HOST);
    let body = axum::body::to_bytes(body, usize::MAX).await?;
    let answer = inside
        .http
        .request(parts.method, format!("{}{}", inside.server, parts.uri))
        .headers(parts.headers)
        .body(body)
        .send()
        .await?;
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    headers.remove(header::TRANSFER_ENCODING);
    headers.remove(header::CONNECTION);
    let chunks = stream::try_unfold(answer, |mut answer| async {
        Ok::<_, reqwest::Error>(answer.chunk().await?.map(|chunk| (chunk, answer)))
    });
    let mut response = Response::new(Body::from_stream(chunks));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}
