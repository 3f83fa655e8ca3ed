//! One planned change, carried out.
//!
//! Creating the object is the claim of its number: POST, and a 409 means "read it back: is it mine?". A change of an
//! object carries its resourceVersion and is made only if its spec is still the one that was planned for.

use kube::api::{DeleteParams, Patch, Preconditions};
use kube::{Api, Error, ResourceExt};

use crate::api::PbxExtension;
use crate::operator::engine::context::Context;
use crate::operator::engine::index::{Expected, Tenant, TenantKey};
use crate::operator::engine::kubernetes::{Attempts, creating, is_unclear, patching, refusal, within};
use crate::sync::index::{Digest, kept, photo_mark, photo_of};
use crate::sync::number::Number;
use crate::sync::person::PersonId;
use crate::sync::plan::{Change, Claim, Content, Planned};
use crate::sync::view::View;

/// How a change ended.
#[derive(Debug)]
pub enum Applied {
    /// It is done.
    Done,
    /// There was nothing to do: it is as planned already.
    Already,
    /// The number belongs to somebody else; another one is needed.
    NumberTaken,
    /// The extension is no longer the one that was planned for; the person has to be planned anew.
    Outdated,
    /// The API server does not accept the object.
    Rejected(String),
    /// The extension has been deleted and goes when these finalizers of others let it. Until then nobody can have it.
    Terminating(Vec<String>),
}

/// Carries one change out. An error means that nothing is known to be wrong with the change itself.
pub async fn apply(ctx: &Context, key: &TenantKey, planned: &Planned) -> Result<Applied, Error> {
    let api = ctx.extensions_api(&key.namespace);
    let name = format!("{}-{}", key.tenant, planned.number);
    let target = Target {
        ctx,
        key,
        api: &api,
        name: &name,
        planned,
    };
    match (planned.change, &planned.content) {
        (Change::Create, Content::View(view)) => target.create(view).await,
        (_, Content::Nothing) => target.delete().await,
        (_, Content::Move { to, view }) => target.renumber(*to, view).await,
        _ => target.update().await,
    }
}

struct Target<'a> {
    ctx: &'a Context,
    key: &'a TenantKey,
    api: &'a Api<PbxExtension>,
    name: &'a str,
    planned: &'a Planned,
}

impl Target<'_> {
    async fn create(&self, view: &View) -> Result<Applied, Error> {
        let number = self.planned.number;
        let object = view.clone().into_object(&self.key.tenant, &number.to_string());
        let served = self.ctx.extensions.with(self.key, |tenant| {
            let served = self.served_meanwhile(tenant, view);
            if served.is_none() {
                tenant.expect(number, Expected::View(view.hash()));
            }
            served
        });
        if let Some(served) = served {
            return Ok(served);
        }
        self.claim(&object, view).await
    }

    /// Claims the new number, then removes the old extension. What the phone system's administrators keep in the old one
    /// comes along. When this is cut short in between, the next run finds both and removes the old one.
    async fn renumber(&self, to: Number, view: &View) -> Result<Applied, Error> {
        let Some(old) = self.look().await? else {
            return Ok(Applied::Outdated);
        };
        if old.metadata.generation.unwrap_or_default() != self.planned.generation {
            return Ok(Applied::Outdated);
        }
        let mut object = view.clone().into_object(&self.key.tenant, &to.to_string());
        object.spec.voicemail = old.spec.voicemail;
        object.spec.sip = old.spec.sip;
        object.spec.sign_in = old.spec.sign_in;
        let claiming = Planned {
            number: to,
            content: Content::View(view.clone()),
            ..self.planned.clone()
        };
        let target = Target {
            name: &object.name_any(),
            planned: &claiming,
            ..*self
        };
        self.ctx
            .extensions
            .with(self.key, |tenant| tenant.expect(to, Expected::View(view.hash())));
        match target.claim(&object, view).await? {
            Applied::Done | Applied::Already => self.delete().await,
            other => Ok(other),
        }
    }

    /// Creating the object is the claim of its number.
    async fn claim(&self, object: &PbxExtension, view: &View) -> Result<Applied, Error> {
        let mut attempts = Attempts::default();
        while attempts.next().await {
            self.ctx.metrics.wrote("create", "PbxExtension");
            let error = match within(self.api.create(&creating(), object)).await {
                Ok(created) => {
                    self.keep(&created);
                    return Ok(Applied::Done);
                }
                Err(error) => error,
            };
            if let Some(words) = refusal(&error) {
                return Ok(self.rejected(words));
            }
            match &error {
                Error::Api(status) if status.is_already_exists() => {}
                unclear if is_unclear(unclear) => {}
                _ => {
                    self.unexpect();
                    return Err(error);
                }
            }
            // The claim may have been made, by us or by somebody else: the object itself says whose it is.
            if let Some(found) = within(self.api.get_opt(self.name)).await? {
                return Ok(self.claimed(&found, view));
            }
            attempts.again(error);
        }
        self.unexpect();
        Err(attempts.given_up())
    }

    /// Another operator may have served the person since the change was planned, and under another number.
    fn served_meanwhile(&self, tenant: &mut Tenant, view: &View) -> Option<Applied> {
        let digest = tenant.index.of_person(&self.planned.person)?;
        let (number, kept) = (digest.number, digest.kept());
        if digest.view != view.hash() {
            return Some(Applied::Outdated);
        }
        tenant.expect(number, Expected::View(kept));
        Some(Applied::Already)
    }

    fn claimed(&self, found: &PbxExtension, view: &View) -> Applied {
        let mine = self
            .keep(found)
            .is_some_and(|digest| digest.person.as_ref() == Some(&self.planned.person));
        if !mine {
            return Applied::NumberTaken;
        }
        if found.metadata.deletion_timestamp.is_some() {
            return Applied::Terminating(found.finalizers().to_vec());
        }
        if View::of(found) == *view {
            Applied::Done
        } else {
            Applied::Outdated
        }
    }

    async fn update(&self) -> Result<Applied, Error> {
        let mut attempts = Attempts::default();
        while attempts.next().await {
            let Some(found) = self.look().await? else {
                return Ok(Applied::Outdated);
            };
            let current = View::of(&found);
            let photo = photo_mark(photo_of(&found));
            let Some(target) = self.planned.content.target(&current) else {
                return self.delete().await;
            };
            let Some(mut patch) = target.patch_from(&current) else {
                self.expect(Expected::View(kept(target.hash(), photo)));
                return Ok(found_done(&attempts));
            };
            if found.metadata.generation.unwrap_or_default() != self.planned.generation {
                return Ok(Applied::Outdated);
            }
            self.expect(Expected::View(kept(target.hash(), photo)));
            patch["metadata"]["resourceVersion"] = found.resource_version().into();
            self.ctx.metrics.wrote("patch", "PbxExtension");
            match within(self.api.patch(self.name, &patching(), &Patch::Merge(patch))).await {
                Ok(updated) => {
                    self.keep(&updated);
                    return Ok(Applied::Done);
                }
                Err(error) => match refusal(&error) {
                    Some(words) => return Ok(self.rejected(words)),
                    None => attempts.failed(error)?,
                },
            }
        }
        Err(attempts.given_up())
    }

    async fn delete(&self) -> Result<Applied, Error> {
        let mut attempts = Attempts::default();
        while attempts.next().await {
            let Some(found) = self.look().await? else {
                return Ok(found_done(&attempts));
            };
            if found.metadata.deletion_timestamp.is_some() {
                self.expect(Expected::Gone);
                return Ok(found_done(&attempts));
            }
            if found.metadata.generation.unwrap_or_default() != self.planned.generation {
                return Ok(Applied::Outdated);
            }
            self.expect(Expected::Gone);
            let exactly = Preconditions {
                uid: found.uid(),
                resource_version: found.resource_version(),
            };
            let params = DeleteParams::default().preconditions(exactly);
            self.ctx.metrics.wrote("delete", "PbxExtension");
            match within(self.api.delete(self.name, &params)).await {
                Ok(answer) => {
                    self.goes(answer.left());
                    return Ok(Applied::Done);
                }
                Err(error) => match refusal(&error) {
                    Some(words) => return Ok(self.rejected(words)),
                    None => attempts.failed(error).inspect_err(|_| self.unexpect())?,
                },
            }
        }
        self.unexpect();
        Err(attempts.given_up())
    }

    /// An extension of ours has been deleted. It stays as long as a finalizer of somebody else holds it.
    fn goes(&self, held: Option<PbxExtension>) {
        let held = held.filter(|held| !held.finalizers().is_empty());
        let digest = held.and_then(|held| self.ctx.extensions.digest(&held));
        let number = self.planned.number;
        self.ctx.extensions.with(self.key, |tenant| match digest {
            Some(digest) => tenant.index.upsert(digest),
            None => tenant.deleted(number),
        });
    }

    /// The object as it is now, if it is still this person's.
    async fn look(&self) -> Result<Option<PbxExtension>, Error> {
        let Some(found) = within(self.api.get_opt(self.name)).await? else {
            // Deleted by somebody else, or by a request of ours whose answer was lost: the watch will say so, too.
            let number = self.planned.number;
            self.ctx
                .extensions
                .with(self.key, |tenant| tenant.index.remove_by_hand(number));
            return Ok(None);
        };
        let digest = self.ctx.extensions.digest(&found);
        let theirs = digest.is_some_and(|digest| {
            let unowned = digest.integration.is_none() && digest.person.is_none();
            let person = digest.person.clone().unwrap_or_else(PersonId::nobody);
            self.ctx
                .extensions
                .with(self.key, |tenant| tenant.index.upsert(digest));
            person == self.planned.person || unowned && self.planned.claim == Claim::Unowned
        });
        Ok(theirs.then_some(found))
    }

    fn expect(&self, expected: Expected) {
        let number = self.planned.number;
        self.ctx
            .extensions
            .with(self.key, |tenant| tenant.expect(number, expected));
    }

    /// Takes in the answer to our own write.
    fn keep(&self, object: &PbxExtension) -> Option<Digest> {
        let digest = self.ctx.extensions.digest(object)?;
        self.ctx
            .extensions
            .with(self.key, |tenant| tenant.wrote(digest.clone()));
        Some(digest)
    }

    fn unexpect(&self) {
        self.ctx
            .extensions
            .with(self.key, |tenant| tenant.unexpect(self.planned.number));
    }

    fn rejected(&self, message: &str) -> Applied {
        self.unexpect();
        Applied::Rejected(message.to_owned())
    }
}

/// The object is as planned without a write now: by an earlier attempt whose answer was lost, or by nobody of ours.
fn found_done(attempts: &Attempts) -> Applied {
    if attempts.is_unclear() {
        Applied::Done
    } else {
        Applied::Already
    }
}

#[cfg(test)]
mod tests;
