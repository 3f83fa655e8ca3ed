//! Support for the unit tests: a service account with a key of its own.

use std::sync::LazyLock;

use rcgen::{KeyPair, PKCS_RSA_SHA256};
use serde_json::json;

pub(crate) const CLIENT_EMAIL: &str = "sync@acme-voice.iam.gserviceaccount.com";
pub(crate) const CLIENT_ID: &str = "110123456789012345678";
pub(crate) const KEY_ID: &str = "0123456789abcdef0123456789abcdef01234567";

static PRIVATE_KEY: LazyLock<String> =
    LazyLock::new(|| KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap().serialize_pem());

pub(crate) fn private_key() -> &'static str {
    &PRIVATE_KEY
}

/// A key file as Google gives it out. Its `token_uri` is a trap.
pub(crate) fn key_file() -> String {
    json!({
        "type": "service_account",
        "project_id": "acme-voice",
        "private_key_id": KEY_ID,
        "private_key": private_key(),
        "client_email": CLIENT_EMAIL,
        "client_id": CLIENT_ID,
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "http://127.0.0.1:1/token",
        "universe_domain": "googleapis.com",
    })
    .to_string()
}
