//! What the token endpoint grants.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;

use crate::google::error::{Cause, Class, Error};

/// What Google gives out, for an answer that does not say.
const USUAL_LIFETIME: u64 = 3_599;
/// Longer than any token of Google's lives.
const LONGEST_LIFETIME: u64 = 86_400;

/// A token, and how long it is good.
pub(in crate::google) struct Granted {
    pub(in crate::google) secret: SecretString,
    pub(in crate::google) lifetime: Duration,
}

/// Reads a 200 answer.
pub(in crate::google) fn read(body: &[u8]) -> Result<Granted, Error> {
    let broken =
        || Error::incomplete("Google's token endpoint returned an unreadable response").with_status(200);
    let body: Value = serde_json::from_slice(body).map_err(|_| broken())?;
    if !body.is_object() {
        return Err(broken());
    }
    let token = body
        .get("access_token")
        .and_then(Value::as_str)
        .unwrap_or_default();
    // Google answers with only an id_token when it does not know the scope.
    if token.is_empty() || !token.chars().all(|c| c.is_ascii_graphic()) {
        return Err(Error::new(
            Class::BadRequest,
            Cause::Unexpected,
            "Google's token endpoint returned no access token",
        )
        .with_status(200));
    }
    let lifetime = match body.get("expires_in") {
        Some(Value::String(text)) => text.parse().ok(),
        Some(number) => number.as_u64(),
        None => None,
    };
    Ok(Granted {
        secret: SecretString::from(token),
        lifetime: Duration::from_secs(lifetime.unwrap_or(USUAL_LIFETIME).min(LONGEST_LIFETIME)),
    })
}
