//! Notifications about changed users.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{json, value::RawValue};
use url::Url;

use super::{
    client::{Directory, success},
    fields::{Limit, Object, Reader, present},
    listing,
    users::UserList,
};
use crate::google::{
    classify::Asked,
    error::{Cause, Class, Error},
    observer::Method,
    transport::Answer,
};

/// What can happen to a user. Google takes one per channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Event {
    /// Created.
    Add,
    /// Deleted.
    Delete,
    /// Made an administrator.
    MakeAdmin,
    /// Brought back.
    Undelete,
    /// Changed.
    Update,
}

impl Event {
    /// Every event.
    pub const ALL: [Self; 5] = [
        Self::Add,
        Self::Delete,
        Self::MakeAdmin,
        Self::Undelete,
        Self::Update,
    ];

    /// Google's name, also in the header `X-Goog-Resource-State` of a notification.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Delete => "delete",
            Self::MakeAdmin => "makeAdmin",
            Self::Undelete => "undelete",
            Self::Update => "update",
        }
    }
}

/// A channel to open.
#[derive(Debug, Clone)]
pub struct NewChannel {
    /// At most 64 characters, and never used before.
    pub id: String,
    /// Where Google sends notifications; it must be `https`.
    pub address: Url,
    /// Proves to the receiver that Google sends them; at most 256 characters.
    pub token: SecretString,
    /// How long the channel is wanted. Google gives 2 hours when not asked, and at most 2 days.
    pub ttl: Duration,
}

/// A channel that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// As it was asked for.
    pub id: String,
    /// Google's name for what is watched; needed to stop the channel.
    pub resource_id: String,
    /// When it ends by itself, which may be sooner than asked for.
    pub expiration: Timestamp,
}

impl Directory {
    /// Has Google send notifications about the users of a customer or a domain (`deleted` means nothing here).
    ///
    /// A try whose answer is lost may have opened the channel; then the next one ends in
    /// [`Cause::ChannelIdNotUnique`]. The way out of that is always a new id.
    pub async fn watch(&self, list: &UserList, event: Event, channel: &NewChannel) -> Result<Channel, Error> {
        let (key, whose) = list.whose();
        if key == "customer" {
            self.check_customer(whose)?;
        }
        let url = self.url("users/watch");
        let query = [(key, whose), ("event", event.as_str()), ("prettyPrint", "false")];
        let body = json!({
            "id": channel.id,
            "type": "web_hook",
            "address": channel.address.as_str(),
            "token": channel.token.expose_secret(),
            "params": {"ttl": channel.ttl.as_secs().to_string()},
        });
        let request = || self.post(&url).query(&query).json(&body);
        let read = |answer: Answer, token: &SecretString| {
            let answer = answer.without(&channel.token);
            decode(&success(answer, token, Asked::default())?, &channel.id)
        };
        self.call(Method::UsersWatch, request, read).await
    }

    /// Ends a channel. One that Google does not know (any more) is as good as ended.
    pub async fn stop(&self, id: &str, resource_id: &str) -> Result<(), Error> {
        let url = self.channels_url("channels/stop");
        let body = json!({"id": id, "resourceId": resource_id});
        let read = |answer: Answer, token: &SecretString| match answer.status() {
            200..=299 => Ok(()),
            _ => match success(answer, token, Asked::default()) {
                Err(error) if is_gone(&error) => Ok(()),
                other => other.map(|_| ()),
            },
        };
        let request = || self.post(&url).query(&[("prettyPrint", "false")]).json(&body);
        self.call(Method::ChannelsStop, request, read).await
    }
}

/// Only in Google's own words: a gateway that does not know the path says nothing about the channel.
fn is_gone(error: &Error) -> bool {
    error.class() == Class::NotFound && error.cause() == Cause::NotFound
}

pub(super) fn decode(body: &[u8], id: &str) -> Result<Channel, Error> {
    let text = listing::text(body);
    let object: Object<'_> = serde_json::from_str(&text)
        .map_err(|_| Error::incomplete("Google's response about a channel is not complete JSON"))?;
    let mut reader = Reader::default();
    if reader.text(&object, "id", "id", Limit::Drop(64)).as_deref() != Some(id) {
        return Err(Error::incomplete(
            "Google returned another channel than the requested one",
        ));
    }
    let resource_id = reader
        .text(&object, "resourceId", "resourceId", Limit::Drop(512))
        .ok_or_else(|| Error::incomplete("Google's channel has no resource ID"))?;
    let expiration = present(&object, "expiration")
        .and_then(time)
        .ok_or_else(|| Error::incomplete("Google's channel has no expiration"))?;
    Ok(Channel {
        id: id.to_owned(),
        resource_id,
        expiration,
    })
}

/// Milliseconds since 1970. Google's schema says that they are a text, its samples show a number.
fn time(raw: &RawValue) -> Option<Timestamp> {
    Timestamp::from_millisecond(raw.get().trim_matches('"').parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn of(json: &Value) -> Result<Channel, Error> {
        decode(json.to_string().as_bytes(), "c-1")
    }

    #[test]
    fn a_channel_ends_at_a_number_or_a_text() {
        for expiration in [json!(1_700_000_000_123_i64), json!("1700000000123")] {
            let channel = of(&json!({
                "kind": "api#channel", "id": "c-1", "resourceId": "r/1=", "resourceUri": "https://x",
                "token": "canary", "expiration": expiration,
            }))
            .unwrap();
            assert_eq!(channel.id, "c-1");
            assert_eq!(channel.resource_id, "r/1=");
            assert_eq!(channel.expiration.as_millisecond(), 1_700_000_000_123);
        }
    }

    #[test]
    fn a_channel_that_cannot_be_kept_is_an_incomplete_answer() {
        let whole = json!({"id": "c-1", "resourceId": "r", "expiration": "1"});
        assert!(of(&whole).is_ok());
        for (key, value) in [
            ("id", json!("c-2")),
            ("id", json!(null)),
            ("resourceId", json!("")),
            ("resourceId", json!(7)),
            ("resourceId", json!("x".repeat(513))),
            ("expiration", json!("soon")),
            ("expiration", json!(null)),
            ("expiration", json!(1.5)),
            ("expiration", json!("99999999999999999999")),
            ("expiration", json!(i64::MAX)),
        ] {
            let mut json = whole.clone();
            json[key] = value;
            assert_eq!(of(&json).unwrap_err().cause(), Cause::IncompleteRead, "{json}");
            json.as_object_mut().unwrap().remove(key);
            assert_eq!(of(&json).unwrap_err().cause(), Cause::IncompleteRead, "{json}");
        }
        for body in ["", "[]", "<html>", "{}"] {
            assert!(decode(body.as_bytes(), "c-1").is_err(), "{body}");
        }
    }

    #[test]
    fn a_new_channel_hides_its_token() {
        let channel = NewChannel {
            id: "c-1".to_owned(),
            address: Url::parse("https://pbx.example/hook").unwrap(),
            token: SecretString::from("canary"),
            ttl: Duration::from_mins(1),
        };
        assert!(!format!("{channel:?}").contains("canary"));
    }

    proptest! {
        #[test]
        fn arbitrary_answers_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), json in super::super::arbitrary::json()) {
            let _ = decode(&bytes, "c-1");
            let _ = decode(json.as_bytes(), "c-1");
            let body = format!(r#"{{"id":"c-1","resourceId":{json},"expiration":{json}}}"#);
            let _ = decode(body.as_bytes(), "c-1");
        }
    }
}
