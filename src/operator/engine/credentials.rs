//! From a reference in the declaration to a directory that can be asked.

use k8s_openapi::api::core::v1::Secret;
use kube::{Api, ResourceExt};
use secrecy::SecretSlice;

use super::context::Context;
use super::fault::{Area, Fault, Identity};
use super::kubernetes::within;
use super::subject::Subject;
use crate::api::reasons;
use crate::google::{Directory, ServiceAccountKey};

/// The key file as it stands in the Secret now.
pub struct KeyFile {
    content: SecretSlice<u8>,
    /// `uid` and `resourceVersion`: tells whether somebody has changed the Secret.
    pub version: String,
}

/// Reads the key file. Secrets are read by name when they are needed, never listed or watched.
pub async fn read(ctx: &Context, subject: &Subject) -> Result<KeyFile, Fault> {
    let reference = &subject.object.spec.google.credentials.service_account.secret_ref;
    let namespace = &subject.key.namespace;
    let api: Api<Secret> = Api::namespaced(ctx.client.clone(), namespace);
    let found = within(api.get_opt(&reference.name))
        .await
        .map_err(|error| Fault::kubernetes("read a Secret", error))?;
    let Some(secret) = found else {
        return Err(Fault::stalled(
            Area::Authorization,
            reasons::SECRET_NOT_FOUND,
            format!(
                "Secret {namespace}/{} does not exist. Create it with the service account's key file: kubectl -n {namespace} create secret generic {} --from-file={}=./key.json.",
                reference.name, reference.name, reference.key,
            ),
        ));
    };
    let version = format!(
        "{}/{}",
        secret.uid().unwrap_or_default(),
        secret.resource_version().unwrap_or_default()
    );
    let bytes = secret.data.and_then(|mut data| data.remove(&reference.key));
    let Some(bytes) = bytes else {
        return Err(Fault::stalled(
            Area::Authorization,
            reasons::SECRET_KEY_MISSING,
            format!(
                "Secret {namespace}/{} has no key {}. Store the service account's key file under {}, or set spec.google.credentials.serviceAccount.secretRef.key to the key that contains it.",
                reference.name, reference.key, reference.key,
            ),
        ));
    };
    Ok(KeyFile {
        content: bytes.0.into(),
        version,
    })
}

/// The directory that the credentials open, and who we are to Google.
pub fn open(ctx: &Context, subject: &Subject, file: &KeyFile) -> Result<(Directory, Identity), Fault> {
    use secrecy::ExposeSecret as _;
    let google = &subject.object.spec.google;
    let declared = &google.credentials.service_account;
    let mut identity = Identity {
        secret: format!(
            "Secret {}/{} under the key {}",
            subject.key.namespace, declared.secret_ref.name, declared.secret_ref.key
        ),
        account: String::new(),
        client_id: None,
        subject: declared.subject.clone(),
        customer: google.customer_id.clone(),
        domain: google.domain.clone(),
        epoch: google.authorization_epoch,
        scopes: scopes(ctx, subject),
    };
    let key = ServiceAccountKey::from_file(file.content.expose_secret())
        .map_err(|error| Fault::google(error, &identity))?;
    key.client_email().clone_into(&mut identity.account);
    identity.client_id = key.client_id().map(str::to_owned);
    let subject = declared.subject.clone();
    let directory = ctx
        .google
        .directory(key, subject, &google.customer_id, &identity.scopes);
    Ok((directory, identity))
}

/// The OAuth scopes that the declared features need, and no more.
fn scopes(ctx: &Context, subject: &Subject) -> Vec<&'static str> {
    let mut scopes = Vec::new();
    for scope in ctx.features().flat_map(|feature| feature.scopes(subject)) {
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    scopes
}
