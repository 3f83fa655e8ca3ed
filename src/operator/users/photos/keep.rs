//! One photo, written or removed: first the ConfigMap, then what the extension says about it. When this is cut short in
//! between, the extension still says the old thing, and the next look does both again.

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{DeleteParams, ObjectMeta, Patch, PatchParams, Preconditions};
use kube::{Api, Error, Resource, ResourceExt};
use serde_json::json;

use super::described::{KEY, described, name};
use crate::api::extension::Photo;
use crate::api::names::{FIELD_MANAGER, LABEL_GOOGLE_USER_ID, LABEL_MANAGED_BY, LABEL_TENANT, MANAGED_BY};
use crate::google::directory;
use crate::operator::engine::context::Context;
use crate::operator::engine::index::{Expected, TenantKey};
use crate::operator::engine::kubernetes::{Attempts, is_managed, patching, refusal, within};
use crate::operator::users::job::Job;
use crate::sync::index::{Digest, kept, photo_mark};
use crate::sync::number::Number;
use crate::sync::person::PersonId;
use crate::sync::stored::{Extension, Stored};

/// Whose photo it is, and where it belongs.
#[derive(Clone, Debug)]
pub struct Target {
    /// The person.
    pub person: PersonId,
    /// The number of the person's extension.
    pub number: Number,
    /// Whether the extension says anything about a photo.
    pub has_photo: bool,
}

/// How it ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is as it ought to be.
    Done,
    /// The extension is no longer this person's, or no longer ours.
    Outdated,
    /// The API server does not accept it.
    Rejected(String),
    /// The ConfigMap of this name is somebody else's.
    Foreign(String),
}

/// Keeps a photo, with the mark that it has in Google's record of the person.
pub async fn put(job: &Job<'_>, target: &Target, etag: &str, photo: directory::Photo) -> Result<Kept, Error> {
    let wanted = described(&job.subject.key.tenant, target.number, photo.mime_type, etag);
    Work::of(job, target)
        .carry_out(Some((&wanted, &photo.bytes)))
        .await
}

/// Removes a photo.
pub async fn remove(job: &Job<'_>, target: &Target) -> Result<Kept, Error> {
    Work::of(job, target).carry_out(None).await
}

struct Work<'a> {
    ctx: &'a Context,
    key: &'a TenantKey,
    integration: &'a str,
    target: &'a Target,
}

impl<'a> Work<'a> {
    fn of(job: &Job<'a>, target: &'a Target) -> Self {
        Self {
            ctx: job.ctx,
            key: &job.subject.key,
            integration: &job.subject.name,
            target,
        }
    }

    fn maps(&self) -> Api<ConfigMap> {
        Api::namespaced(self.ctx.client.clone(), &self.key.namespace)
    }

    fn map_name(&self) -> String {
        name(&self.key.tenant, self.target.number)
    }

    async fn carry_out(&self, wanted: Option<(&Photo, &[u8])>) -> Result<Kept, Error> {
        let mut attempts = Attempts::default();
        let mut stored_for = None;
        while attempts.next().await {
            let Some((found, read)) = self.look().await? else {
                return Ok(Kept::Outdated);
            };
            if wanted.is_some() && stored_for.is_none() && self.is_foreign().await? {
                return Ok(Kept::Foreign(self.map_name()));
            }
            let result = async {
                if stored_for != found.uid() {
                    match wanted {
                        Some((_, bytes)) => self.store(&found, bytes).await?,
                        None => self.discard().await?,
                    }
                    stored_for = found.uid();
                }
                self.point(&found, &read, wanted.map(|(photo, _)| photo)).await
            };
            match result.await {
                Ok(()) => return Ok(Kept::Done),
                Err(error) => {
                    if let Some(words) = refusal(&error) {
                        self.unexpect();
                        return Ok(Kept::Rejected(words.to_owned()));
                    }
                    attempts.failed(error).inspect_err(|_| self.unexpect())?;
                }
            }
        }
        Err(attempts.given_up())
    }

    /// The extension as it is now, if it is still this person's and ours.
    async fn look(&self) -> Result<Option<(Stored, Extension)>, Error> {
        let name = format!("{}-{}", self.key.tenant, self.target.number);
        let api = self.ctx.extensions_api(&self.key.namespace);
        let Some(found) = within(api.get_opt(&name)).await? else {
            return Ok(None);
        };
        let read = match found.read() {
            Ok(read) => read,
            Err(why) => {
                self.ctx.extensions.close(&found, why);
                return Ok(None);
            }
        };
        let is_right = |digest: &Digest| {
            digest.person.as_ref() == Some(&self.target.person)
                && digest.integration.as_deref() == Some(self.integration)
        };
        let digest = self.ctx.extensions.digest(&found, &read);
        Ok(digest
            .is_some_and(|digest| is_right(&digest))
            .then_some((found, read)))
    }

    /// Whether somebody else's object has the name. It is not overwritten.
    async fn is_foreign(&self) -> Result<bool, Error> {
        let found = within(self.maps().get_metadata_opt(&self.map_name())).await?;
        Ok(found.is_some_and(|found| !is_managed(&found)))
    }

    /// Puts the image into its ConfigMap: one request, whether there is one already or not. The extension owns it, so that
    /// Kubernetes collects it when the extension is gone. It names no integration, because an extension may change hands.
    async fn store(&self, owner: &Stored, bytes: &[u8]) -> Result<(), Error> {
        let labels = [
            (LABEL_MANAGED_BY, MANAGED_BY),
            (LABEL_TENANT, self.key.tenant.as_str()),
            (LABEL_GOOGLE_USER_ID, self.target.person.as_str()),
        ];
        let map = ConfigMap {
            metadata: ObjectMeta {
                name: Some(self.map_name()),
                labels: Some(
                    labels
                        .map(|(key, value)| (key.to_owned(), value.to_owned()))
                        .into(),
                ),
                owner_references: owner.owner_ref(&()).map(|owner| vec![owner]),
                ..ObjectMeta::default()
            },
            binary_data: Some([(KEY.to_owned(), ByteString(bytes.to_vec()))].into()),
            ..ConfigMap::default()
        };
        self.ctx.metrics.wrote("patch", "ConfigMap");
        let params = PatchParams::apply(FIELD_MANAGER).force();
        let api = self.maps();
        within(api.patch_metadata(&self.map_name(), &params, &Patch::Apply(map)))
            .await
            .map(drop)
    }

    /// Deletes the ConfigMap, unless it is somebody else's.
    async fn discard(&self) -> Result<(), Error> {
        let (api, name) = (self.maps(), self.map_name());
        let Some(found) = within(api.get_metadata_opt(&name)).await? else {
            return Ok(());
        };
        if !is_managed(&found) {
            return Ok(());
        }
        let exactly = Preconditions {
            uid: found.uid(),
            resource_version: None,
        };
        self.ctx.metrics.wrote("delete", "ConfigMap");
        match within(api.delete(&name, &DeleteParams::default().preconditions(exactly))).await {
            Err(Error::Api(status)) if status.is_not_found() => Ok(()),
            other => other.map(drop),
        }
    }

    /// Makes the extension say what it ought to about the photo, if it is still as it was found.
    async fn point(&self, found: &Stored, read: &Extension, wanted: Option<&Photo>) -> Result<(), Error> {
        let number = self.target.number;
        let expected = Expected::View(kept(read.view.hash(), photo_mark(wanted)));
        let extensions = &self.ctx.extensions;
        extensions.with(self.key, |tenant| tenant.expect(number, expected));
        if read.photo.as_ref() == wanted {
            return Ok(());
        }
        let patch = json!({
            "metadata": {"resourceVersion": found.resource_version()},
            "spec": {"user": {"photo": wanted}},
        });
        self.ctx.metrics.wrote("patch", "PbxExtension");
        let api = self.ctx.extensions_api(&self.key.namespace);
        let updated = within(api.patch(&found.name_any(), &patching(), &Patch::Merge(patch))).await?;
        extensions.wrote(&updated);
        Ok(())
    }

    fn unexpect(&self) {
        let extensions = &self.ctx.extensions;
        extensions.with(self.key, |tenant| tenant.unexpect(self.target.number));
    }
}

#[cfg(test)]
mod tests;
