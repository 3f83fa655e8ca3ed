//! What stands between Google and the operator: passes notifications on, and remembers them.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use dialplane_test_harness::Operator;

use crate::world::poll;

/// A notification, and how the operator answered.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) answer: u16,
}

impl Delivery {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn state(&self) -> &str {
        self.header("x-goog-resource-state")
    }

    pub(crate) fn channel(&self) -> &str {
        self.header("x-goog-channel-id")
    }
}

#[derive(Debug, Default)]
struct Inside {
    /// The operator; none: notifications go nowhere, as when the cluster is cut off.
    target: Option<String>,
    seen: Vec<Delivery>,
}

/// The public URL of an operator that may change.
#[derive(Clone, Debug)]
pub(crate) struct Ingress {
    pub(crate) url: String,
    inside: Arc<Mutex<Inside>>,
    http: reqwest::Client,
}

impl Ingress {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/phones", listener.local_addr().unwrap());
        let inside = Arc::<Mutex<Inside>>::default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let ingress = Self { url, inside, http };
        let router = Router::new().fallback(pass).with_state(ingress.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        ingress
    }

    /// Notifications go to this operator from now on.
    pub(crate) fn lead_to(&self, operator: &Operator) {
        self.inside.lock().unwrap().target = Some(operator.http_url());
    }

    /// Notifications are answered with 200, and go nowhere.
    pub(crate) fn lead_nowhere(&self) {
        self.inside.lock().unwrap().target = None;
    }

    /// Everything that was delivered since the last [`Self::forget`].
    pub(crate) fn deliveries(&self) -> Vec<Delivery> {
        self.inside.lock().unwrap().seen.clone()
    }

    /// Those that tell about somebody.
    pub(crate) fn told(&self) -> Vec<Delivery> {
        let mut told = self.deliveries();
        told.retain(|delivery| delivery.state() != "sync");
        told
    }

    pub(crate) fn forget(&self) {
        self.inside.lock().unwrap().seen.clear();
    }

    /// Waits for so many notifications about somebody.
    pub(crate) async fn until_told(&self, count: usize) -> Vec<Delivery> {
        poll("notifications", async || {
            Some(self.told()).filter(|told| told.len() >= count)
        })
        .await
    }

    /// Delivers a notification once more, perhaps changed.
    pub(crate) async fn deliver(&self, delivery: &Delivery) -> u16 {
        let target = self.inside.lock().unwrap().target.clone().unwrap();
        self.send(&target, delivery).await
    }

    async fn send(&self, target: &str, delivery: &Delivery) -> u16 {
        let mut headers = delivery.headers.clone();
        for own in ["host", "content-length", "transfer-encoding"] {
            headers.remove(own);
        }
        let request = self
            .http
            .post(format!("{target}{}", delivery.path))
            .headers(headers)
            .body(delivery.body.clone());
        // An operator that is ending.
        request
            .send()
            .await
            .map_or(503, |answer| answer.status().as_u16())
    }
}

async fn pass(State(ingress): State<Ingress>, request: Request) -> StatusCode {
    let (parts, body) = request.into_parts();
    let mut delivery = Delivery {
        path: parts.uri.path().to_owned(),
        headers: parts.headers,
        body: axum::body::to_bytes(body, usize::MAX).await.unwrap(),
        answer: 200,
    };
    let target = ingress.inside.lock().unwrap().target.clone();
    if let Some(target) = target {
        delivery.answer = ingress.send(&target, &delivery).await;
    }
    let answer = StatusCode::from_u16(delivery.answer).unwrap();
    ingress.inside.lock().unwrap().seen.push(delivery);
    answer
}
