//! Checks of a service account's signed assertion, in the order in which the real endpoint was seen to make them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value};

use crate::answers::TokenError;
use crate::seed::ServiceAccountSeed;

/// What the endpoint says of an assertion that is too old, too far ahead or too long-lived.
pub(crate) const OUT_OF_WINDOW: &str = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable \
    timeframe. Check your iat and exp values in the JWT claim.";

/// Seconds by which `iat` may lie in the future.
const SKEW: i64 = 300;
/// The longest life of an assertion, in seconds.
const LIFE: i64 = 3600;

/// Audiences that Google accepts for its token endpoint, whatever address it was reached at.
const AUDIENCES: &[&str] = &[
    "https://oauth2.googleapis.com/token",
    "https://www.googleapis.com/oauth2/v4/token",
    "https://accounts.google.com/o/oauth2/token",
];

/// An assertion whose signature, window and audience are good.
#[derive(Debug)]
pub(crate) struct Assertion {
    pub(crate) account: ServiceAccountSeed,
    /// Whom to act for; nothing when the account acts as itself.
    pub(crate) subject: Option<String>,
    /// Never empty.
    pub(crate) scopes: Vec<String>,
}

/// What an assertion is checked against.
pub(crate) struct Expected<'a> {
    /// Finds a service account by its address.
    pub(crate) account: &'a dyn Fn(&str) -> Option<ServiceAccountSeed>,
    /// The addresses under which this endpoint was reached, as audiences.
    pub(crate) own_audiences: &'a [String],
    /// The real time, in seconds: an assertion is judged by the clock that its signer shares.
    pub(crate) now: i64,
}

/// The API's own addresses, as audiences of a token that an account signs for itself.
const API_AUDIENCES: &[&str] = &["https://admin.googleapis.com/", "https://www.googleapis.com/"];

/// A token that an account signed itself, instead of one that the endpoint issued.
#[derive(Debug)]
pub(crate) struct SelfSigned {
    pub(crate) account: ServiceAccountSeed,
    /// Nothing when the token is for an API as a whole.
    pub(crate) scopes: Option<Vec<String>>,
}

/// Reads such a token; nothing for any other text, and for one that is not good any more. It acts for nobody but its account,
/// and is for one API (`aud`) or for scopes.
pub(crate) fn self_signed(
    text: &str,
    account: impl Fn(&str) -> Option<ServiceAccountSeed>,
    now: i64,
) -> Option<SelfSigned> {
    let (message, signature) = text.rsplit_once('.')?;
    let (header, claims) = message.split_once('.')?;
    let (header, claims) = (object(header)?, object(claims)?);
    let email = text_claim(&claims, "iss")?;
    let account = account(email)?;
    let genuine = text_claim(&header, "alg") == Some("RS256")
        && text_claim(&claims, "sub") == Some(email)
        && signed_by(&account, message, signature)
        && check_window(&claims, now).is_ok();
    if !genuine {
        return None;
    }
    let scopes = text_claim(&claims, "scope")
        .map(words)
        .filter(|scopes| !scopes.is_empty());
    let for_api = text_claim(&claims, "aud").is_some_and(|audience| API_AUDIENCES.contains(&audience));
    (scopes.is_some() || for_api).then_some(SelfSigned { account, scopes })
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Checks an assertion. The order decides which of several faults is reported.
pub(crate) fn check(text: &str, expected: &Expected<'_>) -> Result<Assertion, TokenError> {
    let malformed = || TokenError::new("invalid_request", "Bad Request");
    let mut parts = text.split('.');
    let (Some(header_part), Some(claims_part), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(malformed());
    };
    let header = object(header_part).ok_or_else(malformed)?;
    let claims = object(claims_part).ok_or_else(malformed)?;
    URL_SAFE_NO_PAD.decode(signature).map_err(|_| malformed())?;

    // Without a known issuer there is no key to check a signature with, so that an RS256 assertion of a stranger gets the
    // next error in the row.
    if header.get("alg").and_then(Value::as_str) != Some("RS256") {
        return Err(TokenError::invalid_grant("Invalid JWT Signature."));
    }
    let issuer = claims.get("iss").and_then(Value::as_str).unwrap_or_default();
    let account = (expected.account)(issuer)
        .ok_or_else(|| TokenError::invalid_grant("Invalid grant: account not found"))?;
    if !signed_by(
        &account,
        &text[..header_part.len() + 1 + claims_part.len()],
        signature,
    ) {
        return Err(TokenError::invalid_grant("Invalid JWT Signature."));
    }

    check_window(&claims, expected.now)?;
    let scopes = words(text_claim(&claims, "scope").unwrap_or_default());
    if scopes.is_empty() {
        return Err(TokenError::new(
            "invalid_scope",
            "Invalid OAuth scope or ID token audience provided.",
        ));
    }
    let audience = text_claim(&claims, "aud").unwrap_or_default();
    if !AUDIENCES.contains(&audience) && !expected.own_audiences.iter().any(|own| own == audience) {
        return Err(TokenError::invalid_grant("Invalid JWT: Failed audience check."));
    }
    let subject = text_claim(&claims, "sub").filter(|sub| !sub.is_empty() && *sub != account.client_email);
    Ok(Assertion {
        subject: subject.map(str::to_owned),
        scopes,
        account,
    })
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn text_claim<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

fn signed_by(account: &ServiceAccountSeed, message: &str, signature: &str) -> bool {
    DecodingKey::from_rsa_pem(account.public_key_pem.as_bytes())
        .and_then(|key| jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, Algorithm::RS256))
        .unwrap_or(false)
}

fn check_window(claims: &Map<String, Value>, now: i64) -> Result<(), TokenError> {
    let issued = seconds(claims, "iat")
        .ok_or_else(|| TokenError::invalid_grant("Invalid JWT: iat (issued at) is not set."))?;
    let expires = seconds(claims, "exp")
        .ok_or_else(|| TokenError::invalid_grant("Invalid JWT: exp (expiration time) is not set."))?;
    let reasonable = issued <= now.saturating_add(SKEW)
        && expires > now
        && expires >= issued
        && expires.saturating_sub(issued) <= LIFE;
    if reasonable {
        Ok(())
    } else {
        Err(TokenError::invalid_grant(OUT_OF_WINDOW))
    }
}

/// A moment in seconds; Google accepts a string of digits too.
#[allow(clippy::cast_possible_truncation)] // a fraction of a second does not matter, and the cast saturates
fn seconds(claims: &Map<String, Value>, name: &str) -> Option<i64> {
    match claims.get(name)? {
        Value::Number(number) => number
            .as_i64()
            .or_else(|| number.as_f64().map(|value| value as i64)),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
