//! One planned change, carried out.
//!
//! Creating the object is the claim of its number: POST, and a 409 means "read it back: is it mine?". A change of an
//! object carries its resourceVersion and is made only if its spec is still the one that was planned for.

use kube::api::{DeleteParams, Patch, Preconditions};
use kube::{Api, Error, Resource, ResourceExt};

use crate::operator::engine::context::Context;
use crate::operator::engine::index::{Expected, Tenant, TenantKey};
use crate::operator::engine::kubernetes::{Attempts, creating, is_unclear, patching, refusal, within};
use crate::sync::index::{kept, photo_mark};
use crate::sync::number::Number;
use crate::sync::person::PersonId;
use crate::sync::plan::{Change, Claim, Content, Planned};
use crate::sync::stored::{Extension, Stored};
use crate::sync::view::View;

/// What the phone system's administrators keep in an extension's spec.
const ADMINISTRATORS: [&str; 3] = ["voicemail", "sip", "signIn"];

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

/// What is there under a name.
enum Look {
    /// The person's extension.
    Theirs(Box<(Stored, Extension)>),
    /// None, or somebody else's.
    Gone,
    /// One that cannot be read.
    Opaque,
}

fn generation(found: &Stored) -> i64 {
    found.meta().generation.unwrap_or_default()
}

struct Target<'a> {
    ctx: &'a Context,
    key: &'a TenantKey,
    api: &'a Api<Stored>,
    name: &'a str,
    planned: &'a Planned,
}

impl Target<'_> {
    async fn create(&self, view: &View) -> Result<Applied, Error> {
        let number = self.planned.number;
        let object = Stored::new(view, &self.key.tenant, &number.to_string()).map_err(Error::SerdeError)?;
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
        let Look::Theirs(theirs) = self.look().await? else {
            return Ok(Applied::Outdated);
        };
        let (old, _) = *theirs;
        if generation(&old) != self.planned.generation {
            return Ok(Applied::Outdated);
        }
        let others = ADMINISTRATORS
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), old.field(name)?)));
        let object = Stored::beside(view, &self.key.tenant, &to.to_string(), others.collect())
            .map_err(Error::SerdeError)?;
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
    async fn claim(&self, object: &Stored, view: &View) -> Result<Applied, Error> {
        let mut attempts = Attempts::default();
        while attempts.next().await {
            self.ctx.metrics.wrote("create", "PbxExtension");
            let error = match within(self.api.create(&creating(), object)).await {
                Ok(created) => {
                    self.ctx.extensions.wrote(&created);
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
        if tenant.index.opaque_of(&self.planned.person).is_some() {
            return Some(Applied::Outdated);
        }
        let digest = tenant.index.of_person(&self.planned.person)?;
        let (number, kept) = (digest.number, digest.kept());
        if digest.view != view.hash() {
            return Some(Applied::Outdated);
        }
        tenant.expect(number, Expected::View(kept));
        Some(Applied::Already)
    }

    fn claimed(&self, found: &Stored, view: &View) -> Applied {
        let person = Some(&self.planned.person);
        match self.ctx.extensions.wrote(found) {
            Some(digest) if digest.person.as_ref() != person => Applied::NumberTaken,
            Some(digest) if digest.terminating => Applied::Terminating(found.finalizers().to_vec()),
            Some(digest) if digest.view == view.hash() => Applied::Done,
            Some(_) => Applied::Outdated,
            None => {
                let number = self.planned.number;
                let theirs = |tenant: &mut Tenant| {
                    let opaque = tenant.index.opaque(number);
                    opaque.is_some_and(|opaque| opaque.person.as_ref() == person)
                };
                if self.ctx.extensions.with(self.key, theirs) {
                    Applied::Outdated
                } else {
                    Applied::NumberTaken
                }
            }
        }
    }

    async fn update(&self) -> Result<Applied, Error> {
        let mut attempts = Attempts::default();
        while attempts.next().await {
            let Look::Theirs(theirs) = self.look().await? else {
                return Ok(Applied::Outdated);
            };
            let (found, read) = *theirs;
            let current = read.view;
            let photo = photo_mark(read.photo.as_ref());
            let Some(target) = self.planned.content.target(&current) else {
                return self.delete().await;
            };
            let Some(mut patch) = target.patch_from(&current) else {
                self.expect(Expected::View(kept(target.hash(), photo)));
                return Ok(found_done(&attempts));
            };
            if generation(&found) != self.planned.generation {
                return Ok(Applied::Outdated);
            }
            self.expect(Expected::View(kept(target.hash(), photo)));
            patch["metadata"]["resourceVersion"] = found.resource_version().into();
            self.ctx.metrics.wrote("patch", "PbxExtension");
            match within(self.api.patch(self.name, &patching(), &Patch::Merge(patch))).await {
                Ok(updated) => {
                    self.ctx.extensions.wrote(&updated);
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
            let (found, _) = match self.look().await? {
                Look::Theirs(theirs) => *theirs,
                Look::Gone => return Ok(found_done(&attempts)),
                Look::Opaque => return Ok(Applied::Outdated),
            };
            if found.meta().deletion_timestamp.is_some() {
                self.expect(Expected::Gone);
                return Ok(found_done(&attempts));
            }
            if generation(&found) != self.planned.generation {
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
    fn goes(&self, held: Option<Stored>) {
        let held = held.filter(|held| !held.finalizers().is_empty());
        let digest = held.and_then(|held| self.ctx.extensions.digest(&held, &held.read().ok()?));
        let number = self.planned.number;
        self.ctx.extensions.with(self.key, |tenant| match digest {
            Some(digest) => tenant.index.upsert(digest),
            None => tenant.deleted(number),
        });
    }

    /// The object as it is now, if it is still this person's.
    async fn look(&self) -> Result<Look, Error> {
        let Some(found) = within(self.api.get_opt(self.name)).await? else {
            // Deleted by somebody else, or by a request of ours whose answer was lost: the watch will say so, too.
            let number = self.planned.number;
            self.ctx
                .extensions
                .with(self.key, |tenant| tenant.index.remove_by_hand(number));
            return Ok(Look::Gone);
        };
        let read = match found.read() {
            Ok(read) => read,
            Err(why) => {
                self.ctx.extensions.close(&found, why);
                return Ok(Look::Opaque);
            }
        };
        let digest = self.ctx.extensions.digest(&found, &read);
        let theirs = digest.is_some_and(|digest| {
            let unowned = digest.integration.is_none() && digest.person.is_none();
            let person = digest.person.clone().unwrap_or_else(PersonId::nobody);
            self.ctx
                .extensions
                .with(self.key, |tenant| tenant.index.upsert(digest));
            person == self.planned.person || unowned && self.planned.claim == Claim::Unowned
        });
        Ok(if theirs {
            Look::Theirs(Box::new((found, read)))
        } else {
            Look::Gone
        })
    }

    fn expect(&self, expected: Expected) {
        let number = self.planned.number;
        self.ctx
            .extensions
            .with(self.key, |tenant| tenant.expect(number, expected));
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
