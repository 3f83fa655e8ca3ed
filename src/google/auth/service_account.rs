//! Service-account key files, and the assertions that they sign.

use std::{fmt, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::google::error::{Cause, Class, Error};

/// The audience that Google expects, also from clients that reach it by another address. A constant: a key
/// file's `token_uri` could make us sign assertions for somebody else.
const AUDIENCE: &str = "https://oauth2.googleapis.com/token";
/// Google refuses assertions that live longer.
const LIFETIME: SignedDuration = SignedDuration::from_hours(1);
/// Our clock may be ahead of Google's by this much without harm.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_secs(30);
/// Key files have about 2.3 kB.
const FILE_LIMIT: usize = 64 * 1024;

/// A service account and its private key, from the JSON key file that Google gives out.
///
/// Cheap to clone. Its `Debug` shows the account, never the key.
#[derive(Clone)]
pub struct ServiceAccountKey {
    inner: Arc<Inner>,
}

struct Inner {
    client_email: String,
    client_id: Option<String>,
    private_key_id: String,
    private_key: SecretString,
    fingerprint: [u8; 32],
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'a str>,
    scope: &'a str,
    aud: &'static str,
    iat: i64,
    exp: i64,
}

impl ServiceAccountKey {
    /// Reads a key file as it was stored: in UTF-8, or in UTF-16 with a byte order mark, which is what `>` writes in the
    /// PowerShell of Windows. See [`parse`](Self::parse).
    pub fn from_file(content: &[u8]) -> Result<Self, Error> {
        let text: Option<SecretString> = match content {
            [0xff, 0xfe, rest @ ..] => from_utf16(rest, u16::from_le_bytes),
            [0xfe, 0xff, rest @ ..] => from_utf16(rest, u16::from_be_bytes),
            _ => str::from_utf8(content).ok().map(SecretString::from),
        };
        let text = text.ok_or_else(|| {
            invalid("it is not UTF-8 text: store the file as it was downloaded, unpacked and unencrypted")
        })?;
        Self::parse(text.expose_secret())
    }

    /// Reads a key file and proves that its private key can sign.
    ///
    /// `token_uri` and the other addresses in the file are ignored. No error repeats a value of the file.
    pub fn parse(file: &str) -> Result<Self, Error> {
        let fields = object(file)?;
        check_kind(&fields)?;
        let private_key = required(&fields, "private_key")?;
        let private_key_id = required(&fields, "private_key_id")?;
        check_pem(private_key)?;
        let inner = Inner {
            client_email: client_email(&fields)?.to_owned(),
            client_id: optional(&fields, "client_id").map(str::to_owned),
            private_key_id: private_key_id.to_owned(),
            fingerprint: Sha256::new()
                .chain_update(private_key_id)
                .chain_update(private_key)
                .finalize()
                .into(),
            private_key: SecretString::from(private_key),
        };
        let key = Self {
            inner: Arc::new(inner),
        };
        // A damaged key shows only when it is used; better here than as Google's "Invalid JWT Signature."
        key.assertion(None, "", Timestamp::UNIX_EPOCH)?;
        Ok(key)
    }

    /// The account's address, `name@project.iam.gserviceaccount.com`.
    pub fn client_email(&self) -> &str {
        &self.inner.client_email
    }

    /// The number to enter for domain-wide delegation, if the file has it.
    pub fn client_id(&self) -> Option<&str> {
        self.inner.client_id.as_deref()
    }

    /// Tells keys (and what they call themselves) apart without showing them.
    pub(in crate::google) fn fingerprint(&self) -> [u8; 32] {
        self.inner.fingerprint
    }

    /// Signs an assertion for the jwt-bearer grant: as the account itself, or on behalf of `subject`.
    pub(in crate::google) fn assertion(
        &self,
        subject: Option<&str>,
        scope: &str,
        now: Timestamp,
    ) -> Result<SecretString, Error> {
        let issued = now - CLOCK_SLACK;
        let claims = Claims {
            iss: &self.inner.client_email,
            sub: subject,
            scope,
            aud: AUDIENCE,
            iat: issued.as_second(),
            exp: (issued + LIFETIME).as_second(),
        };
        let header = Header {
            kid: Some(self.inner.private_key_id.clone()),
            ..Header::new(Algorithm::RS256)
        };
        // The library's errors say nothing that helps, and are not promised to be free of key material.
        let pem = self.inner.private_key.expose_secret().as_bytes();
        EncodingKey::from_rsa_pem(pem)
            .and_then(|key| jsonwebtoken::encode(&header, &claims, &key))
            .map(SecretString::from)
            .map_err(|_| invalid("its private_key is damaged: it is not a valid RSA key"))
    }
}

impl fmt::Debug for ServiceAccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccountKey")
            .field("client_email", &self.inner.client_email)
            .finish_non_exhaustive()
    }
}

fn from_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<SecretString> {
    let (units, rest) = bytes.as_chunks::<2>();
    let text: Result<String, _> = char::decode_utf16(units.iter().copied().map(unit)).collect();
    text.ok().filter(|_| rest.is_empty()).map(SecretString::from)
}

fn invalid(problem: &str) -> Error {
    Error::new(
        Class::Misconfigured,
        Cause::InvalidKey,
        format!("the service account key cannot be used: {problem}"),
    )
}

fn object(file: &str) -> Result<Map<String, Value>, Error> {
    let text = file.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(invalid("it is empty"));
    }
    if text.len() > FILE_LIMIT {
        return Err(invalid("it is too long for a key file"));
    }
    if text.starts_with("-----BEGIN") {
        return Err(invalid(
            "it is only a private key; the complete JSON key file is needed",
        ));
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(invalid("it is JSON, but not an object")),
        // The error's own text may quote the file; its position does not.
        Err(_) if text.starts_with("ew") || text.starts_with("eyJ") => {
            Err(invalid("it is not JSON: it appears to be base64-encoded twice"))
        }
        Err(error) => Err(invalid(&format!(
            "it is not JSON (line {}, column {})",
            error.line(),
            error.column()
        ))),
    }
}

fn check_kind(fields: &Map<String, Value>) -> Result<(), Error> {
    if fields.contains_key("installed") || fields.contains_key("web") {
        return Err(invalid(
            "it is the file of an OAuth client; the JSON key of a service account is needed",
        ));
    }
    match optional(fields, "type") {
        Some("service_account") => {}
        Some("authorized_user") => {
            return Err(invalid(
                "it contains the credentials of a user; the JSON key of a service account is needed",
            ));
        }
        Some("external_account" | "external_account_authorized_user" | "impersonated_service_account") => {
            return Err(invalid(
                "it describes keyless credentials; the JSON key of a service account is needed",
            ));
        }
        Some(_) => return Err(invalid("its type is not service_account")),
        None => return Err(missing("type")),
    }
    match optional(fields, "universe_domain") {
        None | Some("googleapis.com") => Ok(()),
        Some(_) => Err(invalid("its universe_domain is not googleapis.com")),
    }
}

fn check_pem(private_key: &str) -> Result<(), Error> {
    let pem = private_key.trim();
    let whole = pem.starts_with("-----BEGIN PRIVATE KEY-----") && pem.ends_with("-----END PRIVATE KEY-----");
    match pem {
        _ if pem.contains("\\n") => Err(invalid(
            "its private_key has the characters \\n instead of line breaks: it was escaped twice",
        )),
        _ if whole => Ok(()),
        _ if pem.starts_with("-----BEGIN PRIVATE KEY-----") => Err(invalid(
            "its private_key ends early: the last line of the PEM is missing",
        )),
        _ => Err(invalid("its private_key is not a PKCS#8 PEM (BEGIN PRIVATE KEY)")),
    }
}

fn client_email(fields: &Map<String, Value>) -> Result<&str, Error> {
    let email = required(fields, "client_email")?;
    let plain = email.len() <= 254 && email.chars().all(|c| c.is_ascii_graphic());
    let parts = email.split_once('@');
    if plain && parts.is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty()) {
        return Ok(email);
    }
    Err(invalid("its client_email is not an e-mail address"))
}

fn optional<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    fields.get(name)?.as_str().filter(|value| !value.is_empty())
}

fn required<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<&'a str, Error> {
    optional(fields, name).ok_or_else(|| missing(name))
}

fn missing(name: &str) -> Error {
    invalid(&format!("the field {name} is missing or not a string"))
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
    use serde_json::json;

    use super::*;
    use crate::google::testing;

    fn claims(assertion: &SecretString) -> (Value, Value) {
        let parts: Vec<Value> = assertion
            .expose_secret()
            .split('.')
            .take(2)
            .map(|part| serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
            .collect();
        (parts[0].clone(), parts[1].clone())
    }

    #[test]
    fn an_assertion_is_what_google_asks_for() {
        let key = ServiceAccountKey::parse(&testing::key_file()).unwrap();
        let now: Timestamp = "2026-11-20T12:00:30Z".parse().unwrap();
        let assertion = key.assertion(Some("it@acme.com"), "scope", now).unwrap();
        let (header, body) = claims(&assertion);
        assert_eq!(
            header,
            json!({"alg": "RS256", "typ": "JWT", "kid": testing::KEY_ID})
        );
        let issued = "2026-11-20T12:00:00Z".parse::<Timestamp>().unwrap().as_second();
        assert_eq!(
            body,
            json!({"iss": testing::CLIENT_EMAIL, "sub": "it@acme.com", "scope": "scope",
                   "aud": "https://oauth2.googleapis.com/token", "iat": issued, "exp": issued + 3600})
        );
        let (_, body) = claims(&key.assertion(None, "scope", now).unwrap());
        assert_eq!(body.get("sub"), None);
    }

    #[test]
    fn a_key_file_says_who_it_is() {
        let key = ServiceAccountKey::parse(&format!("\u{feff}{}\n", testing::key_file())).unwrap();
        assert_eq!(key.client_email(), testing::CLIENT_EMAIL);
        assert_eq!(key.client_id(), Some(testing::CLIENT_ID));
    }

    /// A change to a good key file, and words of the error that it must give.
    type Damage = (fn(&mut Map<String, Value>), &'static str);

    #[test]
    fn damaged_files_are_explained() {
        let table: &[Damage] = &[
            (|f| drop(f.remove("type")), "the field type is missing"),
            (
                |f| drop(f.remove("client_email")),
                "the field client_email is missing",
            ),
            (
                |f| drop(f.remove("private_key_id")),
                "the field private_key_id is missing",
            ),
            (
                |f| drop(f.remove("private_key")),
                "the field private_key is missing",
            ),
            (
                |f| drop(f.insert("private_key".into(), json!(7))),
                "private_key is missing or not a string",
            ),
            (
                |f| drop(f.insert("private_key".into(), json!(""))),
                "private_key is missing",
            ),
            (
                |f| drop(f.insert("private_key".into(), json!("canary"))),
                "not a PKCS#8 PEM",
            ),
            (
                |f| {
                    let pem = "-----BEGIN RSA PRIVATE KEY-----\ncanary\n-----END RSA PRIVATE KEY-----\n";
                    f.insert("private_key".into(), json!(pem));
                },
                "not a PKCS#8 PEM",
            ),
            (
                |f| {
                    let pem = "-----BEGIN PRIVATE KEY-----\nY2FuYXJ5\n-----END PRIVATE KEY-----\n";
                    f.insert("private_key".into(), json!(pem));
                },
                "private_key is damaged",
            ),
            (
                |f| {
                    let pem = f["private_key"].as_str().unwrap();
                    let half = pem[..pem.len() / 2].to_owned();
                    f.insert("private_key".into(), json!(half));
                },
                "private_key ends early",
            ),
            (
                |f| {
                    let pem = f["private_key"].as_str().unwrap().replace('\n', "\\n");
                    f.insert("private_key".into(), json!(pem));
                },
                "escaped twice",
            ),
            (
                |f| drop(f.insert("type".into(), json!("authorized_user"))),
                "credentials of a user",
            ),
            (
                |f| drop(f.insert("type".into(), json!("external_account"))),
                "keyless",
            ),
            (
                |f| drop(f.insert("type".into(), json!("canary"))),
                "type is not service_account",
            ),
            (
                |f| drop(f.insert("client_email".into(), json!("canary"))),
                "client_email is not",
            ),
            (
                |f| drop(f.insert("universe_domain".into(), json!("canary"))),
                "universe_domain is not",
            ),
            (|f| drop(f.insert("web".into(), json!({}))), "OAuth client"),
            (|f| drop(f.insert("installed".into(), json!({}))), "OAuth client"),
        ];
        for (damage, expected) in table {
            let mut fields = object(&testing::key_file()).unwrap();
            damage(&mut fields);
            let error = ServiceAccountKey::parse(&Value::Object(fields).to_string()).unwrap_err();
            let text = format!("{error} {error:?}");
            assert!(text.contains(expected), "{expected}: {text}");
            assert!(!text.contains("canary") && !text.contains("Y2FuYXJ5"), "{text}");
            assert_eq!(
                (error.class(), error.cause()),
                (Class::Misconfigured, Cause::InvalidKey)
            );
        }
    }

    #[test]
    fn a_file_of_any_unicode_encoding_is_read() {
        let file = testing::key_file();
        let encoded = |mark: [u8; 2], bytes: fn(u16) -> [u8; 2]| {
            let text = file.encode_utf16().flat_map(bytes);
            mark.into_iter().chain(text).collect::<Vec<u8>>()
        };
        let marked = format!("\u{feff}{file}");
        for content in [
            file.as_bytes(),
            marked.as_bytes(),
            &encoded([0xff, 0xfe], u16::to_le_bytes),
            &encoded([0xfe, 0xff], u16::to_be_bytes),
        ] {
            ServiceAccountKey::from_file(content).unwrap();
        }
        let odd = [&encoded([0xff, 0xfe], u16::to_le_bytes)[..], b"x"].concat();
        for content in [&odd[..], &[0x80, 0x81], &[0xff, 0xfe, 0x00, 0xd8]] {
            let error = ServiceAccountKey::from_file(content).unwrap_err();
            assert!(error.to_string().contains("not UTF-8 text"), "{error}");
        }
    }

    #[test]
    fn other_files_are_explained() {
        for (file, expected) in [
            ("", "it is empty"),
            (" \n", "it is empty"),
            ("canary", "not JSON (line 1, column 1)"),
            ("{\"type\": canary}", "not JSON (line 1, column 10)"),
            ("[]", "not an object"),
            ("ewogICJ0eXBlIjogInNlcnZpY2VfYWNjb3VudCIK", "base64-encoded"),
            ("-----BEGIN PRIVATE KEY-----\ncanary", "only a private key"),
        ] {
            let error = ServiceAccountKey::parse(file).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
        let long = ServiceAccountKey::parse(&"x".repeat(FILE_LIMIT + 1)).unwrap_err();
        assert!(long.to_string().contains("too long"));
    }

    #[test]
    fn debug_shows_no_key() {
        let file = testing::key_file();
        let key = ServiceAccountKey::parse(&file).unwrap();
        assert_eq!(
            format!("{key:?}"),
            format!(
                "ServiceAccountKey {{ client_email: {:?}, .. }}",
                testing::CLIENT_EMAIL
            )
        );
    }
}
