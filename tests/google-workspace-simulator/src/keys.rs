//! Service-account keys for tests and the quickstart.

use anyhow::{Context, Result};
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::seed::ServiceAccountSeed;

/// Makes a service account: the key file that Google lets people download, and the seed entry that knows its public half.
///
/// The key is a fresh RSA key of 2048 bits. The entry has no delegated scope and no admin role; set what the test needs.
/// `client_id` is numeric, as an administrator would register it for domain-wide delegation.
pub fn service_account(email: &str, client_id: &str, project: &str) -> Result<(Value, ServiceAccountSeed)> {
    let key =
        KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).context("generating an RSA key")?;
    let public_key_pem = key.public_key_pem();
    let key_file = json!({
        "type": "service_account",
        "project_id": project,
        "private_key_id": key_id(&public_key_pem),
        "private_key": unix_lines(&key.serialize_pem()),
        "client_email": email,
        "client_id": client_id,
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
        "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
        "client_x509_cert_url":
            format!("https://www.googleapis.com/robot/v1/metadata/x509/{}", email.replace('@', "%40")),
        "universe_domain": "googleapis.com",
    });
    let account = ServiceAccountSeed {
        client_email: email.to_owned(),
        client_id: client_id.to_owned(),
        public_key_pem: unix_lines(&public_key_pem),
        delegated_scopes: Vec::new(),
        admin_role: false,
    };
    Ok((key_file, account))
}

/// Google's key ids are 40 hexadecimal digits.
fn key_id(public_key_pem: &str) -> String {
    let digest = format!("{:x}", Sha256::digest(public_key_pem));
    digest[..40].to_owned()
}

fn unix_lines(pem: &str) -> String {
    pem.replace("\r\n", "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_file_has_googles_shape_and_its_seed_is_valid() {
        let (key, account) = service_account("sync@p.iam.gserviceaccount.com", "1066", "p").unwrap();
        account.validate().unwrap();
        assert_eq!(key["private_key_id"].as_str().unwrap().len(), 40);
        assert!(
            key["private_key"]
                .as_str()
                .unwrap()
                .starts_with("-----BEGIN PRIVATE KEY-----\n")
        );
        assert_eq!(
            key["client_x509_cert_url"],
            "https://www.googleapis.com/robot/v1/metadata/x509/sync%40p.iam.gserviceaccount.com"
        );
    }
}
