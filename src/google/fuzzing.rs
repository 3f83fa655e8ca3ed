//! The checks of what Google sends, and of key files.
#![allow(
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a check fails by a panic"
)]

use std::time::Duration;

use jiff::Timestamp;
use secrecy::ExposeSecret as _;

pub use super::directory::fuzzing::{directory, members, users};

use super::auth::{ServiceAccountKey, granted};
use super::classify::{self, Asked};
use super::error::{Cause, Class, Error};
use super::text::{is_invisible, is_spelling};

/// No error may repeat it.
const CANARY: &str = "c4n4ry";
/// Stands in a key file where the private key belongs.
const KEY: &str = "@KEY@";

/// The bytes are a key file, with the mark `@KEY@` for a private key. It is taken or explained, and neither shows the key.
pub fn key_file(input: &[u8], private_key: &str) {
    let escaped = private_key.replace('\n', "\\n");
    let file = match str::from_utf8(input) {
        Ok(text) => text.replace(KEY, &escaped).into_bytes(),
        Err(_) => input.to_vec(),
    };
    let shown = match ServiceAccountKey::from_file(&file) {
        Ok(key) => {
            let email = key.client_email();
            assert!(email.len() <= 254 && email.contains('@'), "{email}");
            assert!(email.bytes().all(|byte| byte.is_ascii_graphic()), "{email}");
            let signed = key.assertion(Some("a@b.example"), "scope", Timestamp::UNIX_EPOCH);
            assert_eq!(
                signed.map(|jwt| jwt.expose_secret().split('.').count()).ok(),
                Some(3)
            );
            format!("{key:?}").replace(email, "")
        }
        Err(error) => {
            assert_eq!(
                (error.class(), error.cause()),
                (Class::Misconfigured, Cause::InvalidKey)
            );
            format!("{error} {error:?}")
        }
    };
    assert!(!shown.contains(CANARY), "{shown}");
    let mut lines = private_key.lines().filter(|line| line.len() > 40);
    assert!(lines.all(|line| !shown.contains(line)), "the key is shown");
}

/// The bytes are a 200 answer of the token endpoint.
pub fn tokens(input: &[u8]) {
    match granted::read(input) {
        Ok(granted) => {
            let token = granted.secret.expose_secret();
            assert!(!token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()));
            assert!(granted.lifetime <= Duration::from_hours(24));
        }
        Err(error) => {
            assert_eq!(error.status(), Some(200));
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains(CANARY), "{shown}");
        }
    }
}

/// The bytes are what was asked and the status (`members 403`), a line feed, and the body of an answer that is not a 200.
pub fn errors(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (first, body) = text.split_once('\n').unwrap_or_default();
    let (what, status) = first.split_once(' ').unwrap_or_default();
    let status: u16 = status.parse().unwrap_or(400);
    let asked = Asked {
        my_customer_as_itself: what == "customer",
        members: what == "members",
        user: what == "user",
    };
    let of_api = classify::api(status, body, asked);
    of_an_answer(&of_api, status);
    of_a_disabled_api(&of_api);
    for impersonating in [false, true] {
        let error = classify::token(status, body, impersonating);
        of_an_answer(&error, status);
        // Seen only inside the client, which renews the token: there is none yet.
        assert_ne!(error.class(), Class::AuthExpired);
        assert!(error.activation().is_none());
    }
    if ["userKey", "groupKey", "photo"]
        .iter()
        .any(|key| classify::says_gone(body, key))
    {
        let error = classify::api(404, body, asked);
        assert_eq!((error.class(), error.cause()), (Class::NotFound, Cause::NotFound));
        assert!(!classify::says_no_domain(body));
    }
    assert!(!(classify::says_no_member_key(body) && classify::says_no_user(body)));
}

/// One line, bounded, and nothing in it that looks like a secret.
fn of_an_answer(error: &Error, status: u16) {
    let shown = error.to_string();
    assert_eq!(error.status(), Some(status));
    assert!(shown.chars().count() <= 400, "{shown}");
    let hidden = |char: char| is_invisible(char) && !is_spelling(char);
    assert!(!shown.contains(hidden), "{shown:?}");
    for secret in ["ya29.", "eyJ", "GOCSPX-", "-----BEGIN"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    let runs = shown.split(|char: char| !(char.is_ascii_alphanumeric() || "+/_=-".contains(char)));
    assert!(runs.map(str::len).all(|length| length < 48), "{shown}");
    if error.class() == Class::RateLimited {
        assert_eq!(error.cause(), Cause::RateLimited);
    }
}

/// What is shown to an administrator as a link leads to Google.
fn of_a_disabled_api(error: &Error) {
    assert_eq!(
        error.activation().is_some(),
        error.cause() == Cause::AdminSdkApiDisabled
    );
    let Some(activation) = error.activation() else {
        return;
    };
    if let Some(url) = &activation.url {
        let host = url.host_str().unwrap_or_default();
        assert!(
            url.scheme() == "https" && host.starts_with("console.") && host.ends_with(".google.com"),
            "{url}"
        );
        assert!(
            url.port().is_none() && url.username().is_empty() && url.password().is_none(),
            "{url}"
        );
    }
    if let Some(project) = &activation.project {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte);
        assert!(
            (1..=64).contains(&project.len()) && project.bytes().all(plain),
            "{project}"
        );
    }
}
