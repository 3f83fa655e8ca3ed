//! users.watch, users.aliases.watch and channels.stop.

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use url::Url;

use super::asked::Asked;
use super::call::Refused;
use super::gate::Caller;
use super::methods;
use super::params::Params;
use super::users::{Listing, no_such_person};
use crate::answers::ApiError;
use crate::directory::draft::etag;
use crate::push::{Channel, Event, Watched, delivery};
use crate::schema;
use crate::workspace::{Shared, Workspace};

/// How long a channel lives when nothing is asked for.
const DEFAULT_LIFE: SignedDuration = SignedDuration::from_hours(2);
/// How long a channel may live.
const LONGEST_LIFE: SignedDuration = SignedDuration::from_hours(48);
/// The longest id, in characters.
const ID_LENGTH: usize = 64;
/// The longest token, in characters.
const TOKEN_LENGTH: usize = 256;

/// `POST admin/directory/v1/users/watch`
pub(crate) async fn watch(asked: Asked, body: Bytes) -> Response {
    match requested(&asked, &body) {
        Ok(channel) => open(&asked.workspace, &asked.params, channel).await,
        Err(refused) => refused.into_response(),
    }
}

/// `POST admin/directory/v1/users/{userKey}/aliases/watch`
pub(crate) async fn watch_aliases(asked: Asked, Path(key): Path<String>, body: Bytes) -> Response {
    match requested_of_aliases(&asked, &key, &body) {
        Ok(channel) => open(&asked.workspace, &asked.params, channel).await,
        Err(error) => error.into_response(),
    }
}

/// Opens a channel and answers with it.
async fn open(workspace: &Shared, params: &Params, channel: Channel) -> Response {
    let mut answer = channel.resource();
    if let Some(token) = &channel.token {
        answer["token"] = token.clone().into();
    }
    let id = channel.id.clone();
    match workspace.channels.open(channel) {
        Ok(opened) => {
            let synchronised = delivery::start(workspace, opened);
            if workspace.switches().sync_before_answer {
                // An error means that the simulator is ending.
                let _ = synchronised.await;
            }
            params.answer(&answer)
        }
        Err(_) => ApiError::classic(
            StatusCode::BAD_REQUEST,
            &format!("Channel id {id} not unique"),
            "channelIdNotUnique",
        )
        .into_response(),
    }
}

/// The channel that a request asks for.
fn requested(asked: &Asked, body: &Bytes) -> Result<Channel, Refused> {
    let caller = asked.admit(&methods::USERS_WATCH)?;
    // All parameters of users.list are judged as there; only the tenant and the event matter to a channel.
    let listing = Listing::from_params(&asked.params, &asked.workspace)?;
    let event = asked
        .params
        .one_of("event", &Event::NAMES)?
        .ok_or_else(|| ApiError::invalid_input().at("parameter", "event"))?;
    listing.check(&asked.workspace, &asked.params, &caller)?;
    let (tenant, watched) = match (asked.params.get("customer"), asked.params.get("domain")) {
        (_, Some(domain)) => (format!("domain={domain}"), Watched::Domain(domain.to_owned())),
        (customer, None) => (
            format!("customer={}", customer.unwrap_or_default()),
            Watched::Everybody,
        ),
    };
    let resource = format!("users?{tenant}&event={}", event.name());
    Ok(channel(
        &asked.workspace,
        body,
        caller,
        (event, watched),
        &resource,
    )?)
}

/// The channel that a request for a person's aliases asks for.
fn requested_of_aliases(asked: &Asked, key: &str, body: &Bytes) -> Result<Channel, ApiError> {
    let caller = asked.admit(&methods::USERS_ALIASES_WATCH)?;
    let event = asked
        .params
        .one_of("event", &Event::OF_ALIASES)?
        .ok_or_else(|| ApiError::invalid_input().at("parameter", "event"))?;
    caller.require_admin()?;
    let directory = asked.workspace.directory();
    let user = directory
        .find(key)
        .ok_or_else(|| no_such_person(&directory, key))?;
    let resource = format!("users/{}/aliases?event={}", user.id(), event.name());
    let watched = Watched::AliasesOf(user.id().into_owned());
    channel(&asked.workspace, body, caller, (event, watched), &resource)
}

/// A channel from the body of a request. `resource` is what is watched, as the path of a request.
fn channel(
    workspace: &Workspace,
    body: &Bytes,
    caller: Caller,
    (event, watched): (Event, Watched),
    resource: &str,
) -> Result<Channel, ApiError> {
    let given = given(body)?;
    let insecure = workspace.switches().insecure_webhooks;
    Ok(Channel {
        id: id(&given)?,
        address: address(&given, insecure)?,
        token: token(&given)?,
        expires: expiration(&given, workspace.clock.now())?,
        resource_id: etag(&resource).replace(['"', '/'], ""),
        resource_uri: format!("https://admin.googleapis.com/admin/directory/v1/{resource}&alt=json"),
        project: caller.project,
        client_id: caller.client_id,
        subject: caller.subject,
        event,
        watched,
    })
}

/// Reads a `Channel` resource and refuses fields that it does not have.
fn given(body: &Bytes) -> Result<Map<String, Value>, ApiError> {
    let parse_error = || ApiError::classic(StatusCode::BAD_REQUEST, "Parse Error", "parseError");
    let given: Map<String, Value> = serde_json::from_slice(body).map_err(|_| parse_error())?;
    match given.keys().find(|name| schema::CHANNEL.field(name).is_none()) {
        None => Ok(given),
        Some(unknown) => {
            let message =
                format!("Invalid JSON payload received. Unknown name \"{unknown}\": Cannot find field.");
            Err(ApiError::invalid(&message).with_status("INVALID_ARGUMENT"))
        }
    }
}

fn required(field: &str) -> ApiError {
    ApiError::classic(StatusCode::BAD_REQUEST, "Required", "required").at("parameter", field)
}

fn text<'a>(given: &'a Map<String, Value>, field: &str) -> Result<Option<&'a str>, ApiError> {
    match given.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text).filter(|text| !text.is_empty()).map(String::as_str)),
        Some(_) => Err(ApiError::invalid_input()),
    }
}

fn id(given: &Map<String, Value>) -> Result<String, ApiError> {
    let id = text(given, "id")?.ok_or_else(|| required("id"))?;
    // It goes into a header.
    if id.chars().count() > ID_LENGTH || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ApiError::invalid_input());
    }
    Ok(id.to_owned())
}

/// The type and the address. Whether the server can be trusted shows when something is sent there.
fn address(given: &Map<String, Value>, insecure: bool) -> Result<String, ApiError> {
    let kind = text(given, "type")?.ok_or_else(|| required("type"))?;
    if kind != "web_hook" {
        let message = format!("Channel type not supported: {kind}");
        return Err(ApiError::classic(
            StatusCode::BAD_REQUEST,
            &message,
            "push.channelTypeNotSupported",
        ));
    }
    let address = text(given, "address")?.ok_or_else(|| required("address"))?;
    let allowed = Url::parse(address)
        .is_ok_and(|url| url.has_host() && (url.scheme() == "https" || (insecure && url.scheme() == "http")));
    if allowed {
        return Ok(address.to_owned());
    }
    let message = format!("WebHook callback must be HTTPS: {address}");
    Err(ApiError::classic(
        StatusCode::BAD_REQUEST,
        &message,
        "push.webhookUrlNotHttps",
    ))
}

fn token(given: &Map<String, Value>) -> Result<Option<String>, ApiError> {
    let token = text(given, "token")?;
    let fits = |token: &str| {
        token.chars().count() <= TOKEN_LENGTH && token.bytes().all(|byte| (b' '..=b'~').contains(&byte))
    };
    if token.is_none_or(fits) {
        Ok(token.map(str::to_owned))
    } else {
        Err(ApiError::invalid_input())
    }
}

/// The more restrictive of what is asked for, in either way, and of what is allowed.
fn expiration(given: &Map<String, Value>, now: Timestamp) -> Result<Timestamp, ApiError> {
    let bad = || ApiError::invalid_input();
    let number = |value: &Value| {
        let text = value.as_str().map(str::to_owned);
        text.or_else(|| value.is_i64().then(|| value.to_string()))?
            .parse::<i64>()
            .ok()
    };
    let ttl = match given.get("params").and_then(|params| params.get("ttl")) {
        None => None,
        Some(value) => Some(number(value).filter(|seconds| *seconds > 0).ok_or_else(bad)?),
    };
    let until = match given.get("expiration") {
        None | Some(Value::Null) => None,
        Some(value) => {
            let at = number(value).and_then(|millis| Timestamp::from_millisecond(millis).ok());
            Some(at.filter(|at| *at > now).ok_or_else(bad)?)
        }
    };
    let asked = match (ttl, until) {
        (Some(seconds), _) => SignedDuration::from_secs(seconds).min(LONGEST_LIFE),
        (None, Some(_)) => LONGEST_LIFE,
        (None, None) => DEFAULT_LIFE,
    };
    let limit = now.saturating_add(asked).map_err(|_| bad())?;
    let expires = until.map_or(limit, |until| until.min(limit));
    // The answer says it in milliseconds.
    Timestamp::from_millisecond(expires.as_millisecond()).map_err(|_| bad())
}

/// `POST admin/directory_v1/channels/stop`
pub(crate) async fn stop(asked: Asked, body: Bytes) -> Response {
    match stopped(&asked, &body) {
        Ok(()) => (StatusCode::NO_CONTENT, [(header::SERVER, "ESF")]).into_response(),
        Err(error) => error.into_response(),
    }
}

fn stopped(asked: &Asked, body: &Bytes) -> Result<(), ApiError> {
    let caller = asked.admit(&methods::CHANNELS_STOP)?;
    let given = given(body)?;
    let id = text(&given, "id")?.ok_or_else(|| required("id"))?;
    let resource_id = text(&given, "resourceId")?.ok_or_else(|| required("resourceId"))?;
    let channel = asked
        .workspace
        .channels
        .find(&caller.project, id, asked.workspace.clock.now())
        .filter(|channel| channel.resource_id == resource_id && channel.client_id == caller.client_id);
    let Some(channel) = channel else {
        let message = format!("Channel '{id}' not found for project '{}'", caller.project);
        return Err(ApiError::not_found(&message));
    };
    check_owner(&channel, &caller)?;
    asked.workspace.channels.close(&channel);
    Ok(())
}

/// A person's channel is stopped by the same person only, a service account's own by anybody of the same client.
fn check_owner(channel: &Channel, caller: &Caller) -> Result<(), ApiError> {
    if channel.subject.is_none() || channel.subject == caller.subject {
        Ok(())
    } else {
        Err(ApiError::forbidden())
    }
}
