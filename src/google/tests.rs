//! The whole client against small servers that misbehave in ways that no faithful Google would.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    http::{self, HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use futures::{StreamExt as _, TryStreamExt as _, future::join_all};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use url::Url;

use super::{
    directory::{Event, NewChannel, UserId, UserPage},
    *,
};

mod channels;
mod groups;
mod people;
mod photos;

const CANARY: &str = "canary-token";
const CHANNEL_CANARY: &str = "canary of the channel";

/// One request as the server saw it.
#[derive(Debug, Clone)]
struct Seen {
    method: http::Method,
    path: String,
    query: String,
    headers: HeaderMap,
    body: String,
}

impl Seen {
    fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn parameter(&self, name: &str) -> Option<String> {
        let text = if self.path == "/token" {
            &self.body
        } else {
            &self.query
        };
        let mut pairs = url::form_urlencoded::parse(text.as_bytes());
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }
}

/// A server whose answers are a function of the request and of how many came before it on the same path.
struct Google {
    url: Url,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Google {
    async fn start(answer: impl Fn(&Seen, usize) -> Response + Clone + Send + Sync + 'static) -> Self {
        let seen = Arc::new(Mutex::new(Vec::<Seen>::new()));
        let log = Arc::clone(&seen);
        let handler = async move |method: http::Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let request = Seen {
                method,
                path: uri.path().to_owned(),
                query: uri.query().unwrap_or_default().to_owned(),
                headers,
                body: String::from_utf8(body.to_vec()).unwrap(),
            };
            let before = {
                let mut log = log.lock().unwrap();
                let before = log.iter().filter(|other| other.path == request.path).count();
                log.push(request.clone());
                before
            };
            answer(&request, before)
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let router: Router = Router::new().fallback(handler);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, seen }
    }

    fn paths(&self) -> Vec<String> {
        self.seen
            .lock()
            .unwrap()
            .iter()
            .map(|seen| seen.path.clone())
            .collect()
    }

    fn count(&self, path: &str) -> usize {
        self.paths().iter().filter(|other| *other == path).count()
    }
}

fn json_answer(json: &Value) -> Response {
    json_status(200, json)
}

fn json_status(status: u16, json: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    let head = [(header::CONTENT_TYPE, "application/json; charset=UTF-8")];
    (status, head, json.to_string()).into_response()
}

/// A token answer, numbered so that tokens can be told apart.
fn token(number: usize) -> Response {
    json_answer(
        &json!({"access_token": format!("{CANARY}-{number}"), "expires_in": 3599, "token_type": "Bearer"}),
    )
}

fn failure(status: u16, reason: &str, message: &str) -> Response {
    let item = json!({"message": message, "domain": "global", "reason": reason});
    json_status(
        status,
        &json!({"error": {"code": status, "message": message, "errors": [item]}}),
    )
}

fn channel() -> NewChannel {
    NewChannel {
        id: "c-1".to_owned(),
        address: Url::parse("https://pbx.example/hook").unwrap(),
        token: SecretString::from(CHANNEL_CANARY),
        ttl: Duration::from_hours(6),
    }
}

fn empty_page() -> Response {
    json_answer(&json!({"kind": "admin#directory#users"}))
}

fn somebody(id: &str) -> Response {
    json_answer(&json!({"kind": "admin#directory#user", "id": id, "primaryEmail": "ana@acme.com"}))
}

fn quick(tries: u32) -> Tuning {
    Tuning {
        retry: RetryPolicy {
            tries,
            first_delay: Duration::from_millis(1),
            max_delay: Duration::from_millis(1),
        },
        ..Tuning::default()
    }
}

fn key() -> ServiceAccountKey {
    ServiceAccountKey::parse(&testing::key_file()).unwrap()
}

fn client(url: &Url, tuning: Tuning) -> Client {
    Client::new(Endpoints::overridden(url).unwrap(), tuning, Arc::new(())).unwrap()
}

fn delegated(client: &Client) -> Directory {
    client.directory(
        key(),
        Some("it@acme.com".to_owned()),
        "C01",
        &[DIRECTORY_USERS_SCOPE],
    )
}

async fn read(directory: &Directory) -> Result<Vec<UserPage>, Error> {
    directory.pages(UserList::default()).try_collect().await
}

/// A server that answers every question for a token, and whatever else with `answer`.
async fn google(answer: impl Fn(&Seen, usize) -> Response + Clone + Send + Sync + 'static) -> Google {
    Google::start(move |seen, n| {
        if seen.path == "/token" {
            token(n)
        } else {
            answer(seen, n)
        }
    })
    .await
}

fn shape(error: &Error) -> (Class, Cause) {
    (error.class(), error.cause())
}

/// An answer, and what it means.
type Retryable = (fn() -> Response, Class, Cause);

/// Answers that are worth another try, and how they are told when they stay.
fn retryable() -> Vec<Retryable> {
    vec![
        (
            || failure(503, "backendError", "Service unavailable. Please try again"),
            Class::Transient,
            Cause::GoogleUnavailable,
        ),
        (
            || failure(500, "backendError", "Backend Error"),
            Class::Transient,
            Cause::GoogleUnavailable,
        ),
        (
            || (StatusCode::BAD_GATEWAY, "<!DOCTYPE html>").into_response(),
            Class::Transient,
            Cause::GoogleUnavailable,
        ),
        (
            || StatusCode::REQUEST_TIMEOUT.into_response(),
            Class::Transient,
            Cause::GoogleUnavailable,
        ),
        (
            || failure(400, "failedPrecondition", "Precondition check failed."),
            Class::Transient,
            Cause::GoogleUnavailable,
        ),
        (
            || failure(401, "required", "Login Required"),
            Class::Reauth,
            Cause::TokenRejected,
        ),
        (
            || failure(403, "quotaExceeded", "Request rate higher than configured."),
            Class::RateLimited,
            Cause::RateLimited,
        ),
        (
            || failure(429, "rateLimitExceeded", "Rate Limit Exceeded"),
            Class::RateLimited,
            Cause::RateLimited,
        ),
        (|| "{".into_response(), Class::Transient, Cause::IncompleteRead),
        (|| "{}".into_response(), Class::Transient, Cause::IncompleteRead),
        (
            || "<!DOCTYPE html>".into_response(),
            Class::Transient,
            Cause::IncompleteRead,
        ),
    ]
}

fn id(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

/// Everything that an error can show to anybody.
fn shown(error: &Error) -> String {
    let chain = std::iter::successors(std::error::Error::source(error), |inner| inner.source());
    let mut texts = vec![format!("{error} {error:?}")];
    texts.extend(chain.map(|inner| format!("{inner} {inner:?}")));
    texts.join(" ")
}

#[tokio::test]
async fn requests_are_what_google_asks_for() {
    let google = Google::start(|seen, n| {
        if seen.path == "/token" {
            token(n)
        } else {
            empty_page()
        }
    })
    .await;
    let directory = delegated(&client(&google.url, quick(1)));
    read(&directory).await.unwrap();
    let list = UserList {
        customer: Some("C01".to_owned()),
        domain: Some("acme.com".to_owned()),
        deleted: true,
    };
    directory.pages(list).try_collect::<Vec<_>>().await.unwrap();

    let seen = google.seen.lock().unwrap().clone();
    // The key file's own token_uri was not asked, and the token was kept.
    assert_eq!(
        google.paths(),
        ["/token", "/admin/directory/v1/users", "/admin/directory/v1/users"]
    );
    assert_eq!(
        seen[0].parameter("grant_type").as_deref(),
        Some("urn:ietf:params:oauth:grant-type:jwt-bearer")
    );
    assert_eq!(seen[0].parameter("assertion").unwrap().split('.').count(), 3);
    assert_eq!(seen[0].query, "");
    for request in &seen {
        let agent = concat!("dialplane/", env!("CARGO_PKG_VERSION"), " (gzip)");
        assert_eq!(request.header(header::USER_AGENT), agent);
        assert_eq!(request.header(header::ACCEPT_ENCODING), "gzip");
    }
    assert_eq!(
        seen[1].header(header::AUTHORIZATION),
        format!("Bearer {CANARY}-0")
    );
    assert_eq!(seen[1].parameter("customer").as_deref(), Some("my_customer"));
    assert_eq!(seen[1].parameter("maxResults").as_deref(), Some("500"));
    assert_eq!(seen[1].parameter("prettyPrint").as_deref(), Some("false"));
    assert_eq!(seen[1].parameter("showDeleted"), None);
    assert_eq!(seen[1].parameter("pageToken"), None);
    let fields = seen[1].parameter("fields").unwrap();
    assert!(
        fields.starts_with("kind,nextPageToken,users(id,primaryEmail,") && !fields.contains(' '),
        "{fields}"
    );
    assert_eq!(seen[2].parameter("customer"), None);
    assert_eq!(seen[2].parameter("domain").as_deref(), Some("acme.com"));
    assert_eq!(seen[2].parameter("showDeleted").as_deref(), Some("true"));
}

#[tokio::test]
async fn a_token_belongs_to_a_key_and_a_subject() {
    let google = Google::start(|seen, n| {
        if seen.path == "/token" {
            token(n)
        } else {
            empty_page()
        }
    })
    .await;
    let client = client(&google.url, quick(1));
    for _ in 0..2 {
        read(&delegated(&client)).await.unwrap();
    }
    assert_eq!(google.count("/token"), 1);
    let other = client.clone().directory(
        key(),
        Some("hr@acme.com".to_owned()),
        "C01",
        &[DIRECTORY_USERS_SCOPE],
    );
    read(&other).await.unwrap();
    assert_eq!(google.count("/token"), 2);
    let itself = client.directory(key(), None, "C01", &[DIRECTORY_USERS_SCOPE]);
    let list = UserList {
        customer: Some("C01".to_owned()),
        ..UserList::default()
    };
    itself.pages(list).try_collect::<Vec<_>>().await.unwrap();
    assert_eq!(google.count("/token"), 3);
}

#[tokio::test]
async fn callers_share_one_token_request() {
    let google = Google::start(|seen, n| match seen.path.as_str() {
        "/token" => token(n),
        _ => somebody(seen.path.rsplit('/').next().unwrap()),
    })
    .await;
    let directory = delegated(&client(&google.url, quick(1)));
    let users = join_all((0..8).map(|n| {
        let directory = directory.clone();
        tokio::spawn(async move { directory.user(&id(&n.to_string())).await })
    }));
    assert!(
        users
            .await
            .into_iter()
            .all(|user| user.unwrap().unwrap().is_some())
    );
    assert_eq!(google.count("/token"), 1);
}

#[tokio::test]
async fn callers_share_one_token_failure() {
    let google = Google::start(|_, _| {
        json_status(
            400,
            &json!({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}),
        )
    })
    .await;
    let directory = delegated(&client(&google.url, quick(1)));
    let id = id("1");
    let users = join_all((0..8).map(|_| directory.user(&id))).await;
    for user in users {
        let error = user.unwrap_err();
        assert_eq!((error.class(), error.cause()), (Class::Reauth, Cause::InvalidKey));
    }
    assert_eq!(google.paths(), ["/token"]);
    // A later call asks again: somebody may have mended it.
    assert!(directory.user(&id).await.is_err());
    assert_eq!(google.count("/token"), 2);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends() {
    let google = Google::start(|seen, n| match seen.path.as_str() {
        "/token" => json_answer(&json!({"access_token": format!("{CANARY}-{n}"), "expires_in": "0"})),
        _ => empty_page(),
    })
    .await;
    let directory = delegated(&client(&google.url, quick(1)));
    read(&directory).await.unwrap();
    read(&directory).await.unwrap();
    assert_eq!(google.count("/token"), 2);
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_for_all() {
    let google = Google::start(|seen, n| match seen.path.as_str() {
        "/token" => token(n),
        _ if seen.header(header::AUTHORIZATION).ends_with("-0") => {
            failure(401, "authError", "Invalid Credentials")
        }
        path => somebody(path.rsplit('/').next().unwrap()),
    })
    .await;
    let directory = delegated(&client(&google.url, quick(1)));
    let users = join_all((0..8).map(|n| {
        let directory = directory.clone();
        async move { directory.user(&id(&n.to_string())).await }
    }));
    assert!(users.await.into_iter().all(|user| user.unwrap().is_some()));
    assert_eq!(google.count("/token"), 2);
}

#[tokio::test]
async fn a_token_that_stays_refused_needs_a_person() {
    for reason in ["authError", "required"] {
        let google = Google::start(move |seen, n| match seen.path.as_str() {
            "/token" => token(n),
            _ => failure(401, reason, &format!("echo {CANARY}-{n}")),
        })
        .await;
        let error = read(&delegated(&client(&google.url, quick(6))))
            .await
            .unwrap_err();
        assert_eq!(
            (error.class(), error.cause()),
            (Class::Reauth, Cause::TokenRejected)
        );
        assert_eq!(error.status(), Some(401));
        assert_eq!(
            google.paths(),
            [
                "/token",
                "/admin/directory/v1/users",
                "/token",
                "/admin/directory/v1/users"
            ]
        );
    }
}

#[tokio::test]
async fn a_token_answer_without_a_token_is_an_error() {
    for (body, class, cause, tries) in [
        (
            json!({"id_token": "eyJ.canary.x"}),
            Class::BadRequest,
            Cause::Unexpected,
            1,
        ),
        (
            json!({"access_token": ""}),
            Class::BadRequest,
            Cause::Unexpected,
            1,
        ),
        (
            json!({"access_token": "canary\nX-Evil: 1"}),
            Class::BadRequest,
            Cause::Unexpected,
            1,
        ),
        (
            json!({"access_token": {"canary": 1}}),
            Class::BadRequest,
            Cause::Unexpected,
            1,
        ),
        (json!(["canary"]), Class::Transient, Cause::IncompleteRead, 3),
    ] {
        let google = Google::start(move |_, _| json_answer(&body)).await;
        let error = read(&delegated(&client(&google.url, quick(3))))
            .await
            .unwrap_err();
        assert_eq!((error.class(), error.cause()), (class, cause));
        assert!(!shown(&error).contains("canary"), "{error:?}");
        assert_eq!(google.count("/token"), tries);
    }
}

#[tokio::test]
async fn tries_for_a_token_do_not_multiply() {
    let google = Google::start(|_, _| json_status(503, &json!({"error": "temporarily_unavailable"}))).await;
    let error = read(&delegated(&client(&google.url, quick(3))))
        .await
        .unwrap_err();
    assert_eq!(
        (error.class(), error.cause()),
        (Class::Transient, Cause::GoogleUnavailable)
    );
    assert_eq!(google.paths(), ["/token", "/token", "/token"]);
}

#[tokio::test]
async fn what_google_asked_to_wait_is_told() {
    let google = Google::start(|seen, n| match seen.path.as_str() {
        "/token" => token(n),
        _ => (
            [(header::RETRY_AFTER, "120")],
            failure(429, "rateLimitExceeded", "Slow down"),
        )
            .into_response(),
    })
    .await;
    let directory = delegated(&client(&google.url, quick(1)));
    let error = read(&directory).await.unwrap_err();
    assert_eq!(error.class(), Class::RateLimited);
    assert_eq!(error.retry_after(), Some(Duration::from_mins(2)));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let google = Google::start(|seen, n| match seen.path.as_str() {
        "/token" => token(n),
        "/elsewhere" => empty_page(),
        _ => (StatusCode::FOUND, [(header::LOCATION, "/elsewhere")]).into_response(),
    })
    .await;
    let error = read(&delegated(&client(&google.url, quick(3))))
        .await
        .unwrap_err();
    assert_eq!((error.class(), error.status()), (Class::BadRequest, Some(302)));
    assert_eq!(google.paths(), ["/token", "/admin/directory/v1/users"]);
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let google = Google::start(|seen, n| match seen.path.as_str() {
        "/token" => token(n),
        _ => " ".repeat(16 * 1024 * 1024 + 1).into_response(),
    })
    .await;
    let error = read(&delegated(&client(&google.url, quick(3))))
        .await
        .unwrap_err();
    assert_eq!(
        (error.class(), error.cause()),
        (Class::BadRequest, Cause::IncompleteRead)
    );
    assert_eq!(google.count("/admin/directory/v1/users"), 1);
}

#[tokio::test]
async fn a_broken_page_is_read_again() {
    let google = Google::start(|seen, n| match (seen.path.as_str(), n) {
        ("/token", n) => token(n),
        (_, 0) => r#"{"kind":"admin#directory#users","users":[{"id":"1","#.into_response(),
        (_, 1) => "{}".into_response(),
        _ => json_answer(&json!({"users": [{"id": "1", "primaryEmail": "ana@acme.com"}]})),
    })
    .await;
    let pages = read(&delegated(&client(&google.url, quick(3)))).await.unwrap();
    assert_eq!(pages[0].users.len(), 1);
    assert_eq!(google.count("/admin/directory/v1/users"), 3);
}

#[tokio::test]
async fn an_answer_that_stays_empty_is_no_empty_directory() {
    let google = Google::start(|seen, n| {
        if seen.path == "/token" {
            token(n)
        } else {
            "{}".into_response()
        }
    })
    .await;
    let error = read(&delegated(&client(&google.url, quick(2))))
        .await
        .unwrap_err();
    assert_eq!(
        (error.class(), error.cause()),
        (Class::Transient, Cause::IncompleteRead)
    );
}

#[tokio::test]
async fn an_error_ends_the_stream() {
    let google = Google::start(|seen, n| match (seen.path.as_str(), n) {
        ("/token", n) => token(n),
        (_, 0) => json_answer(&json!({"users": [], "nextPageToken": "two"})),
        _ => failure(400, "invalid", "Invalid Input"),
    })
    .await;
    let pages: Vec<_> = delegated(&client(&google.url, quick(2)))
        .pages(UserList::default())
        .collect()
        .await;
    assert!(pages[0].is_ok());
    assert!(pages[1].is_err());
    assert_eq!(pages.len(), 2);
}

#[tokio::test]
async fn a_user_is_gone_only_when_google_says_so() {
    let google = Google::start(|seen, n| match seen.path.as_str() {
        "/token" => token(n),
        "/admin/directory/v1/users/1" | "/admin/directory/v1/users/6" => somebody("1"),
        "/admin/directory/v1/users/2" => failure(404, "notFound", "Resource Not Found: userKey"),
        "/admin/directory/v1/users/3" => (StatusCode::NOT_FOUND, "<!DOCTYPE html>").into_response(),
        "/admin/directory/v1/users/4" => StatusCode::NOT_FOUND.into_response(),
        "/admin/directory/v1/users/5" => failure(404, "notFound", "Domain not found"),
        "/admin/directory/v1/users/7" => json_answer(&json!({"id": "7"})),
        "/admin/directory/v1/users/8" => "{}".into_response(),
        "/admin/directory/v1/users/9" => failure(403, "forbidden", "Resource Not Found: userKey"),
        _ => failure(410, "notFound", "Resource Not Found: userKey"),
    })
    .await;
    let directory = delegated(&client(&google.url, quick(1)));
    assert_eq!(
        directory.user(&id("1")).await.unwrap().unwrap().primary_email,
        "ana@acme.com"
    );
    assert_eq!(directory.user(&id("2")).await.unwrap(), None);
    for other in ["3", "4", "5", "6", "7", "8", "9", "10"] {
        assert!(directory.user(&id(other)).await.is_err(), "{other}");
    }
}

#[tokio::test]
async fn my_customer_is_refused_without_a_call() {
    let google = Google::start(|_, _| empty_page()).await;
    let directory = client(&google.url, quick(3)).directory(key(), None, "C01", &[DIRECTORY_USERS_SCOPE]);
    for customer in [None, Some("my_customer"), Some("MY_CUSTOMER")] {
        let list = UserList {
            customer: customer.map(str::to_owned),
            ..UserList::default()
        };
        let error = directory.pages(list).try_collect::<Vec<_>>().await.unwrap_err();
        assert_eq!(
            (error.class(), error.cause()),
            (Class::Misconfigured, Cause::MyCustomerNotAllowed)
        );
        assert!(error.to_string().contains("without a subject"));
    }
    assert_eq!(google.paths(), [""; 0]);
}

/// Answers every connection with these bytes and hangs up.
async fn raw_server(answer: &'static [u8]) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = socket.read(&mut request).await;
            let _ = socket.write_all(answer).await;
            let _ = socket.shutdown().await;
        }
    });
    url
}

#[tokio::test]
async fn broken_connections_are_told_apart() {
    for (answer, cause) in [
        (&b""[..], Cause::GoogleUnavailable),
        (b"nonsense\r\n\r\n", Cause::GoogleUnavailable),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"access_token\":\"can",
            Cause::IncompleteRead,
        ),
        (
            b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 6\r\n\r\ncanary",
            Cause::IncompleteRead,
        ),
    ] {
        let url = raw_server(answer).await;
        let error = read(&delegated(&client(&url, quick(2)))).await.unwrap_err();
        assert_eq!(
            (error.class(), error.cause()),
            (Class::Transient, cause),
            "{error}"
        );
        assert!(!shown(&error).contains("canary"), "{error:?}");
    }
}

#[tokio::test]
async fn nobody_at_home() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let error = read(&delegated(&client(&url, quick(1)))).await.unwrap_err();
    assert_eq!(
        (error.class(), error.cause()),
        (Class::Transient, Cause::GoogleUnavailable)
    );
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    // Accepted by the kernel's backlog, answered by nobody.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let tuning = Tuning {
        deadlines: Deadlines {
            call: Duration::from_millis(50),
            ..Deadlines::default()
        },
        ..quick(2)
    };
    let error = read(&delegated(&client(&url, tuning))).await.unwrap_err();
    assert_eq!(
        (error.class(), error.cause()),
        (Class::Transient, Cause::GoogleUnavailable)
    );
    assert!(error.to_string().contains("no response within 50ms"), "{error}");
}

#[derive(Default)]
struct Counted(Mutex<Vec<(Method, Outcome)>>);

impl Observer for Counted {
    fn call(&self, method: Method, outcome: Outcome, _: Duration) {
        self.0.lock().unwrap().push((method, outcome));
    }
}

#[tokio::test]
async fn the_observer_sees_every_exchange() {
    let google = Google::start(|seen, n| match (seen.path.as_str(), n) {
        ("/token", n) => token(n),
        ("/admin/directory/v1/users", 0) => failure(503, "backendError", "Try again"),
        ("/admin/directory/v1/users", 1) => "{".into_response(),
        ("/admin/directory/v1/users", _) => empty_page(),
        _ => failure(404, "notFound", "Resource Not Found: userKey"),
    })
    .await;
    let observer = Arc::new(Counted::default());
    let endpoints = Endpoints::overridden(&google.url).unwrap();
    let client = Client::new(endpoints, quick(3), Arc::<Counted>::clone(&observer)).unwrap();
    let directory = delegated(&client);
    read(&directory).await.unwrap();
    directory.user(&id("1")).await.unwrap();
    let seen = observer.0.lock().unwrap().clone();
    assert_eq!(
        seen,
        [
            (Method::Token, Outcome::Ok),
            (Method::UsersList, Outcome::Failed(Class::Transient)),
            (Method::UsersList, Outcome::Failed(Class::Transient)),
            (Method::UsersList, Outcome::Ok),
            // An answer to the question, though not the hoped-for one.
            (Method::UsersGet, Outcome::Ok),
        ]
    );
}

/// Every answer repeats the whole request, secrets and all, in an error of any shape.
#[tokio::test]
async fn no_secret_comes_out() {
    for shape in 0..5 {
        for status in [200_u16, 400, 401, 403, 404, 429, 500] {
            for echo_at_token in [true, false] {
                let google = Google::start(move |seen, n| {
                    if seen.path == "/token" && !echo_at_token {
                        return token(n);
                    }
                    let assertion = seen.parameter("assertion").unwrap_or_default();
                    let sent = seen.header(header::AUTHORIZATION);
                    let echo =
                        format!("you sent '{assertion}' '{sent}' at https://x.example/?token={assertion}");
                    let status = StatusCode::from_u16(status).unwrap();
                    let body = match shape {
                        0 => json!({"error": {"code": 1, "message": echo, "errors": [{"reason": echo}]}})
                            .to_string(),
                        1 => json!({"error": echo, "error_description": echo}).to_string(),
                        2 => format!("<html>{echo}</html>"),
                        3 => format!("quota {echo}"),
                        _ => json!({"kind": echo, "users": echo}).to_string(),
                    };
                    (status, body).into_response()
                })
                .await;
                let directory = delegated(&client(&google.url, quick(1)));
                let mut texts = vec![format!("{directory:?}")];
                texts.extend(read(&directory).await.err().map(|error| shown(&error)));
                texts.extend(directory.user(&id("1")).await.err().map(|error| shown(&error)));
                assert_eq!(texts.len(), 3);
                texts.extend(errors_of_the_rest(&directory).await.iter().map(shown));
                let assertions: Vec<String> = google
                    .seen
                    .lock()
                    .unwrap()
                    .iter()
                    .filter_map(|seen| seen.parameter("assertion"))
                    .collect();
                assert!(texts.len() >= 7 && !assertions.is_empty());
                for text in texts {
                    assert!(
                        !text.contains(CANARY) && !text.contains("eyJ"),
                        "{shape} {status}: {text}"
                    );
                    assert!(!text.contains("?token"), "{shape} {status}: {text}");
                    for part in assertions.iter().flat_map(|assertion| assertion.split('.')) {
                        assert!(!text.contains(part), "{shape} {status}: {text}");
                    }
                }
            }
        }
    }
}

/// What every further method ends in.
async fn errors_of_the_rest(directory: &Directory) -> Vec<Error> {
    let list = UserList::default();
    let channel = channel();
    [
        directory.user_by_address("ana@acme.com").await.err(),
        directory.members("sales@acme.com").await.err(),
        directory.org_units("C01").await.err(),
        directory.photo(&id("1")).await.err(),
        directory.watch(&list, Event::Add, &channel).await.err(),
        directory.stop("c-1", "r-1").await.err(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn debug_of_everything_is_redacted() {
    let url = Url::parse("http://127.0.0.1:1").unwrap();
    let client = client(&url, quick(1));
    let directory = delegated(&client);
    let text = format!("{client:?} {directory:?} {:?}", key());
    for line in testing::private_key().lines() {
        assert!(!text.contains(line), "{text}");
    }
}
