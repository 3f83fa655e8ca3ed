//! An operator before a scripted API server, over real HTTP.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use kube::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use super::apply::{Applied, apply};
use crate::api::extension::ExtensionUser;
use crate::operator::engine::context::Context;
use crate::operator::engine::index::TenantKey;
use crate::operator::engine::testing::context;
use crate::sync::number::Number;
use crate::sync::plan::Planned;
use crate::sync::view::{KeptSpec, View};

/// What the server answers, one after the other, and what it was asked.
#[derive(Clone, Default)]
pub struct Script {
    answers: Arc<Mutex<VecDeque<(Method, u16, Value)>>>,
    seen: Arc<Mutex<Vec<(Method, Value)>>>,
}

impl Script {
    pub fn then(self, method: Method, code: u16, body: Value) -> Self {
        self.answers.lock().unwrap().push_back((method, code, body));
        self
    }

    pub fn create(self, code: u16, body: Value) -> Self {
        self.then(Method::POST, code, body)
    }

    pub fn get(self, code: u16, body: Value) -> Self {
        self.then(Method::GET, code, body)
    }

    pub fn patch(self, code: u16, body: Value) -> Self {
        self.then(Method::PATCH, code, body)
    }

    pub fn delete(self, code: u16, body: Value) -> Self {
        self.then(Method::DELETE, code, body)
    }

    /// The bodies of the requests with this method.
    pub fn sent(&self, method: &Method) -> Vec<Value> {
        let seen = self.seen.lock().unwrap();
        seen.iter()
            .filter(|(asked, _)| asked == method)
            .map(|(_, body)| body.clone())
            .collect()
    }

    #[expect(clippy::unused_async, reason = "axum's handlers are")]
    async fn respond(State(script): State<Self>, method: Method, uri: Uri, body: Bytes) -> Response {
        let body = serde_json::from_slice(&body).unwrap_or_default();
        script.seen.lock().unwrap().push((method.clone(), body));
        let Some((expected, code, answer)) = script.answers.lock().unwrap().pop_front() else {
            panic!("{method} {uri} was not expected")
        };
        assert_eq!(method, expected, "{uri}");
        (StatusCode::from_u16(code).unwrap(), axum::Json(answer)).into_response()
    }
}

/// An operator before a scripted API server.
pub struct Desk {
    pub ctx: Context,
    pub key: TenantKey,
    script: Script,
    _server: AbortOnDropHandle<()>,
}

impl Desk {
    pub async fn before(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(Script::respond).with_state(script.clone());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        let client = Client::try_from(kube::Config::new(url.parse().unwrap())).unwrap();
        let ctx = context(client);
        let key = TenantKey {
            namespace: "voice".to_owned(),
            tenant: "acme".to_owned(),
        };
        Self {
            ctx,
            key,
            script,
            _server: AbortOnDropHandle::new(server),
        }
    }

    pub async fn apply(&self, planned: &Planned) -> Applied {
        let applied = apply(&self.ctx, &self.key, planned).await.unwrap();
        assert!(
            self.script.answers.lock().unwrap().is_empty(),
            "requests that were not made"
        );
        applied
    }

    pub fn sent(&self, method: &Method) -> Vec<Value> {
        self.script.sent(method)
    }

    /// Whose extension has the number, as far as the index knows.
    pub fn owner(&self) -> Option<String> {
        self.ctx.extensions.with(&self.key, |tenant| {
            let digest = tenant.index.get(number())?;
            Some(digest.person.as_ref()?.to_string())
        })
    }
}

pub fn number() -> Number {
    Number::parse("1001").unwrap()
}

pub fn view(person: &str, title: &str) -> View {
    View {
        labels: View::labels_of("acme", "acme", person),
        spec: KeptSpec {
            enabled: true,
            user: Some(ExtensionUser {
                job_title: Some(title.to_owned()),
                ..ExtensionUser::default()
            }),
            ..KeptSpec::default()
        },
    }
}

pub fn object_at(name_number: &str, view: View, generation: i64, version: u64) -> Value {
    let mut object = view.into_object("acme", name_number);
    let metadata = &mut object.metadata;
    metadata.namespace = Some("voice".to_owned());
    metadata.uid = Some("7f6e".to_owned());
    metadata.generation = Some(generation);
    metadata.resource_version = Some(version.to_string());
    serde_json::to_value(object).unwrap()
}

pub fn object(person: &str, title: &str, generation: i64, version: u64) -> Value {
    object_at("1001", view(person, title), generation, version)
}

pub fn refusal(code: u16, reason: &str) -> Value {
    json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure",
        "code": code, "reason": reason, "message": format!("{reason}, says the API server"),
    })
}

pub fn exists() -> Value {
    refusal(409, "AlreadyExists")
}

pub fn conflict() -> Value {
    refusal(409, "Conflict")
}

pub fn absent() -> Value {
    refusal(404, "NotFound")
}

pub fn broken() -> Value {
    refusal(500, "InternalError")
}
