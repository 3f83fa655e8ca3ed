//! The check of notifications.
#![allow(
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a check fails by a panic"
)]

use std::collections::HashMap;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret as _;
use serde_json::value::RawValue;

use super::push::claim;
use crate::google::directory::UserId;
use crate::operator::realtime::{Push, Verdict};

/// Stands in a header where the channel's token belongs.
const TOKEN: &str = "@TOKEN@";

/// The bytes are a request: the last part of its path, its headers line by line, an empty line, and its body. One channel is open, of
/// the integration `u-1`: only its token lets a request in, a body is looked at only then, and nobody is served for what is no id.
pub fn push(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let (uid, lines) = head.split_once('\n').unwrap_or((head, ""));
    let (push, token) = Push::listening("u-1", "c-1", "r-1");
    let token = token.expose_secret();
    let mut headers = HeaderMap::new();
    for (name, value) in lines.lines().filter_map(|line| line.split_once(": ")) {
        let value = value.replace(TOKEN, token);
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    let claim = claim(uid, &headers);
    let Some(admission) = push.admit(&claim) else {
        let known = ("u-1", "c-1", "r-1", token.as_bytes());
        assert_ne!((claim.uid, claim.channel, claim.resource, claim.token), known);
        return;
    };
    assert_eq!(
        (claim.uid, claim.channel, claim.token),
        ("u-1", "c-1", token.as_bytes())
    );
    assert!(
        !format!("{admission:?} {push:?}").contains(token),
        "the token is shown"
    );
    let is_sync = admission.is_sync;
    assert_eq!(is_sync, claim.state == "sync");
    let first = push.take(admission, body.as_bytes());
    match first {
        Verdict::Sync => assert!(is_sync),
        Verdict::Accepted => {
            // Not as a `Value`: what cannot be read elsewhere in the body is none of our business.
            let fields: HashMap<String, &RawValue> = serde_json::from_str(body).unwrap_or_default();
            let id = fields
                .get("id")
                .and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
            assert!(id.is_some_and(|id| UserId::parse(&id).is_ok()), "{body}");
        }
        Verdict::Malformed => assert!(!is_sync),
        Verdict::Duplicate | Verdict::Rejected => panic!("{first:?} at once"),
    }
    let Some(again) = push.admit(&claim) else {
        panic!("the channel was open a moment ago");
    };
    let expected = if first == Verdict::Accepted {
        Verdict::Duplicate
    } else {
        first
    };
    assert_eq!(push.take(again, body.as_bytes()), expected);
}
