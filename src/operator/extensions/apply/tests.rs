//! Answers that are lost, late or somebody else's, from a scripted API server over real HTTP.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use kube::Client;
use kube::runtime::events::{Recorder, Reporter};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::*;
use crate::api::extension::{DisabledReason, ExtensionUser};
use crate::google;
use crate::operator::engine::context::Parts;
use crate::operator::engine::metrics::Metrics;
use crate::sync::number::Number;
use crate::sync::plan::Claim;
use crate::sync::view::KeptSpec;

const NAME: &str = "acme-1001";
const ANA: &str = "100000000000000000001";
const BO: &str = "100000000000000000002";

/// What the server answers, one after the other, and what it was asked.
#[derive(Clone, Default)]
pub(in crate::operator) struct Script {
    answers: Arc<Mutex<VecDeque<(Method, u16, Value)>>>,
    seen: Arc<Mutex<Vec<(Method, Value)>>>,
}

impl Script {
    fn then(self, method: Method, code: u16, body: Value) -> Self {
        self.answers.lock().unwrap().push_back((method, code, body));
        self
    }

    fn create(self, code: u16, body: Value) -> Self {
        self.then(Method::POST, code, body)
    }

    pub(in crate::operator) fn get(self, code: u16, body: Value) -> Self {
        self.then(Method::GET, code, body)
    }

    pub(in crate::operator) fn patch(self, code: u16, body: Value) -> Self {
        self.then(Method::PATCH, code, body)
    }

    fn delete(self, code: u16, body: Value) -> Self {
        self.then(Method::DELETE, code, body)
    }

    /// The bodies of the requests with this method.
    fn sent(&self, method: &Method) -> Vec<Value> {
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
pub(in crate::operator) struct Desk {
    pub(in crate::operator) ctx: Context,
    pub(in crate::operator) key: TenantKey,
    script: Script,
    _server: AbortOnDropHandle<()>,
}

impl Desk {
    pub(in crate::operator) async fn before(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(Script::respond).with_state(script.clone());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        let client = Client::try_from(kube::Config::new(url.parse().unwrap())).unwrap();
        let metrics = Arc::new(Metrics::default());
        let google = google::Client::new(
            google::Endpoints::default(),
            google::Tuning::default(),
            metrics.clone(),
        );
        let reporter = Reporter {
            controller: FIELD_MANAGER.to_owned(),
            instance: None,
        };
        let ctx = Context::new(Parts {
            recorder: Recorder::new(client.clone(), reporter),
            watching: client.clone(),
            client,
            google: google.unwrap(),
            metrics,
            shutdown: CancellationToken::new(),
            integrations: Vec::new(),
            wakers: Vec::new(),
            deviations: mpsc::unbounded_channel().0,
        });
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

    async fn apply(&self, planned: &Planned) -> Applied {
        let applied = apply(&self.ctx, &self.key, planned).await.unwrap();
        assert!(
            self.script.answers.lock().unwrap().is_empty(),
            "requests that were not made"
        );
        applied
    }

    pub(in crate::operator) fn sent(&self, method: &Method) -> Vec<Value> {
        self.script.sent(method)
    }

    /// Whose extension has the number, as far as the index knows.
    fn owner(&self) -> Option<String> {
        self.ctx.extensions.with(&self.key, |tenant| {
            let digest = tenant.index.get(number())?;
            Some(digest.person.as_ref()?.to_string())
        })
    }
}

fn number() -> Number {
    Number::parse("1001").unwrap()
}

fn view(person: &str, title: &str) -> View {
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

fn object_at(name_number: &str, view: View, generation: i64, version: u64) -> Value {
    let mut object = view.into_object("acme", name_number);
    let metadata = &mut object.metadata;
    metadata.namespace = Some("voice".to_owned());
    metadata.uid = Some("7f6e".to_owned());
    metadata.generation = Some(generation);
    metadata.resource_version = Some(version.to_string());
    serde_json::to_value(object).unwrap()
}

pub(in crate::operator) fn object(person: &str, title: &str, generation: i64, version: u64) -> Value {
    object_at("1001", view(person, title), generation, version)
}

pub(in crate::operator) fn refusal(code: u16, reason: &str) -> Value {
    json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure",
        "code": code, "reason": reason, "message": format!("{reason}, says the API server"),
    })
}

fn exists() -> Value {
    refusal(409, "AlreadyExists")
}

pub(in crate::operator) fn conflict() -> Value {
    refusal(409, "Conflict")
}

fn absent() -> Value {
    refusal(404, "NotFound")
}

fn broken() -> Value {
    refusal(500, "InternalError")
}

fn planned(change: Change, content: Content) -> Planned {
    Planned {
        change,
        number: number(),
        person: PersonId::new(ANA),
        user: "ana@acme.example".to_owned(),
        reason: "New",
        content,
        claim: Claim::Own,
        generation: i64::from(change != Change::Create),
    }
}

fn creation() -> Planned {
    planned(Change::Create, Content::View(view(ANA, "Engineer")))
}

fn update() -> Planned {
    planned(Change::Update, Content::View(view(ANA, "Director")))
}

fn deletion() -> Planned {
    planned(Change::Delete, Content::Nothing)
}

#[tokio::test]
async fn a_creation_is_the_claim() {
    let desk = Desk::before(Script::default().create(201, object(ANA, "Engineer", 1, 7))).await;
    assert!(matches!(desk.apply(&creation()).await, Applied::Done));
    assert_eq!(desk.sent(&Method::POST)[0]["metadata"]["name"], NAME);
    assert_eq!(desk.owner().as_deref(), Some(ANA));
}

#[tokio::test]
async fn a_name_that_exists_is_read_back() {
    let rows = [
        (object(ANA, "Engineer", 1, 7), "Done", ANA),
        (object(ANA, "Director", 1, 7), "Outdated", ANA),
        (object(BO, "Engineer", 1, 7), "NumberTaken", BO),
    ];
    for (found, expected, owner) in rows {
        let script = Script::default().create(409, exists()).get(200, found);
        let desk = Desk::before(script).await;
        assert_eq!(format!("{:?}", desk.apply(&creation()).await), expected);
        assert_eq!(desk.owner().as_deref(), Some(owner));
    }
}

#[tokio::test]
async fn a_creation_whose_answer_was_lost_is_not_made_twice() {
    let script = Script::default()
        .create(500, broken())
        .get(200, object(ANA, "Engineer", 1, 7));
    let desk = Desk::before(script).await;
    assert!(matches!(desk.apply(&creation()).await, Applied::Done));
    assert_eq!(desk.sent(&Method::POST).len(), 1);
}

#[tokio::test]
async fn a_creation_that_failed_is_made_again() {
    let script = Script::default()
        .create(500, broken())
        .get(404, absent())
        .create(201, object(ANA, "Engineer", 1, 7));
    let desk = Desk::before(script).await;
    assert!(matches!(desk.apply(&creation()).await, Applied::Done));
}

/// The client itself sends a request again after a 503 or 504; the second one meets what the first one made.
#[tokio::test]
async fn a_creation_that_was_sent_again_finds_itself() {
    let script = Script::default()
        .create(504, refusal(504, "Timeout"))
        .create(409, exists())
        .get(200, object(ANA, "Engineer", 1, 7));
    let desk = Desk::before(script).await;
    assert!(matches!(desk.apply(&creation()).await, Applied::Done));
}

#[tokio::test]
async fn an_object_that_the_server_refuses_says_why() {
    let desk = Desk::before(Script::default().create(422, refusal(422, "Invalid"))).await;
    let applied = desk.apply(&creation()).await;
    assert!(matches!(applied, Applied::Rejected(why) if why == "Invalid, says the API server"));
}

/// Another operator was faster, and gave the person another number.
#[tokio::test]
async fn nobody_is_served_twice() {
    for (title, expected) in [("Engineer", "Already"), ("Director", "Outdated")] {
        let desk = Desk::before(Script::default()).await;
        let other = serde_json::from_value(object_at("1002", view(ANA, title), 1, 7)).unwrap();
        desk.ctx.extensions.applied(&other);
        assert_eq!(format!("{:?}", desk.apply(&creation()).await), expected);
    }
}

#[tokio::test]
async fn an_update_that_lost_a_race_is_made_of_what_it_finds_then() {
    let script = Script::default()
        .get(200, object(ANA, "Engineer", 1, 7))
        .patch(409, conflict())
        .get(200, object(ANA, "Engineer", 1, 8))
        .patch(200, object(ANA, "Director", 2, 9));
    let desk = Desk::before(script).await;
    assert!(matches!(desk.apply(&update()).await, Applied::Done));
    let patches = desk.sent(&Method::PATCH);
    let versions: Vec<_> = patches
        .iter()
        .map(|patch| &patch["metadata"]["resourceVersion"])
        .collect();
    assert_eq!(versions, ["7", "8"]);
    assert_eq!(patches[1]["spec"], json!({"user": {"jobTitle": "Director"}}));
}

#[tokio::test]
async fn an_update_whose_answer_was_lost_finds_itself_done() {
    let script = Script::default()
        .get(200, object(ANA, "Engineer", 1, 7))
        .patch(500, broken())
        .get(200, object(ANA, "Director", 2, 8));
    let desk = Desk::before(script).await;
    assert!(matches!(desk.apply(&update()).await, Applied::Done));
}

/// Planned for a spec that is no longer there, or for a person whose extension it no longer is.
#[tokio::test]
async fn an_update_for_another_state_of_the_extension_is_not_made() {
    for found in [object(ANA, "Engineer", 2, 8), object(BO, "Engineer", 1, 8)] {
        let desk = Desk::before(Script::default().get(200, found)).await;
        assert!(matches!(desk.apply(&update()).await, Applied::Outdated));
    }
    let desk = Desk::before(Script::default().get(404, absent())).await;
    assert!(matches!(desk.apply(&update()).await, Applied::Outdated));
}

#[tokio::test]
async fn a_disabling_changes_nothing_else() {
    let script = Script::default()
        .get(200, object(ANA, "Engineer", 1, 7))
        .patch(200, object(ANA, "Engineer", 2, 8));
    let desk = Desk::before(script).await;
    let disabling = planned(
        Change::Disable,
        Content::State {
            reason: Some(DisabledReason::Deleted),
            remove_after: None,
        },
    );
    assert!(matches!(desk.apply(&disabling).await, Applied::Done));
    let expected = json!({
        "metadata": {"resourceVersion": "7"},
        "spec": {"enabled": false, "disabledReason": "Deleted"},
    });
    assert_eq!(desk.sent(&Method::PATCH), [expected]);
}

#[tokio::test]
async fn a_deletion_means_exactly_the_object_that_was_seen() {
    let gone = json!({"kind": "Status", "apiVersion": "v1", "status": "Success", "metadata": {}});
    let script = Script::default()
        .get(200, object(ANA, "Engineer", 1, 7))
        .delete(409, conflict())
        .get(200, object(ANA, "Engineer", 1, 8))
        .delete(200, gone);
    let desk = Desk::before(script).await;
    assert!(matches!(desk.apply(&deletion()).await, Applied::Done));
    let preconditions: Vec<_> = desk
        .sent(&Method::DELETE)
        .into_iter()
        .map(|body| body["preconditions"].clone())
        .collect();
    let exactly = |version: &str| json!({"uid": "7f6e", "resourceVersion": version});
    assert_eq!(preconditions, [exactly("7"), exactly("8")]);
    assert_eq!(desk.owner(), None);
}

#[tokio::test]
async fn a_deletion_whose_answer_was_lost_is_done() {
    let script = Script::default()
        .get(200, object(ANA, "Engineer", 1, 7))
        .delete(500, broken())
        .get(404, absent());
    let desk = Desk::before(script).await;
    assert!(matches!(desk.apply(&deletion()).await, Applied::Done));
}

#[tokio::test]
async fn an_extension_that_changed_hands_is_not_deleted() {
    let edited = Desk::before(Script::default().get(200, object(ANA, "Engineer", 2, 8))).await;
    assert!(matches!(edited.apply(&deletion()).await, Applied::Outdated));
    assert!(edited.sent(&Method::DELETE).is_empty());
    let somebody_elses = Desk::before(Script::default().get(200, object(BO, "Engineer", 1, 8))).await;
    assert!(matches!(
        somebody_elses.apply(&deletion()).await,
        Applied::Already
    ));
    assert!(somebody_elses.sent(&Method::DELETE).is_empty());
}
