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
                "Secret {namespace}/{} does not exist. Create it with the service account's key file: kubectl -n {namespace} create secret generic {} --from-file={}=<key file>.",
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
                "Secret {namespace}/{} has no key {}. Put the service account's key file under {}, or name the right key in spec.google.credentials.serviceAccount.secretRef.key.",
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
    let organization = ctx
        .extensions
        .with(&subject.key, |tenant| tenant.index.customer_of(&subject.name));
    let limit = shared_by(&identity, organization.as_deref());
    let directory = ctx
        .google
        .directory(key, declared.subject.clone(), &limit, &identity.scopes);
    Ok((directory, identity))
}

/// What integrations share their limit of calls by: the organization. `my_customer` is another one for every account, so that
/// until an extension tells which one it is, only the same account shares it.
fn shared_by(identity: &Identity, organization: Option<&str>) -> String {
    match (identity.customer.as_str(), organization) {
        ("my_customer", Some(organization)) => organization.to_owned(),
        ("my_customer", None) => format!("{} {}", identity.account, identity.effective()),
        (customer, _) => customer.to_owned(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Google counts the calls of an organization, whoever makes them and whatever it is called in the declaration.
    #[test]
    fn integrations_of_one_organization_share_their_limit() {
        let identity = |customer: &str, subject: &str| Identity {
            secret: String::new(),
            account: "robot@acme.example".to_owned(),
            client_id: None,
            subject: Some(subject.to_owned()),
            customer: customer.to_owned(),
            domain: None,
            epoch: 1,
            scopes: Vec::new(),
        };
        let by_id = shared_by(&identity("C01", "ana@acme.example"), None);
        for (customer, subject) in [
            ("C01", "bo@acme.example"),
            ("my_customer", "ana@acme.example"),
            ("my_customer", "bo@acme.example"),
        ] {
            assert_eq!(shared_by(&identity(customer, subject), Some("C01")), by_id);
        }
        let unknown = |subject: &str| shared_by(&identity("my_customer", subject), None);
        assert_ne!(unknown("ana@acme.example"), unknown("ana@other.example"));
    }
}
