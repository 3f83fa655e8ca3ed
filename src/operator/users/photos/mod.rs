//! Photos, each in a ConfigMap beside the extension: asked for only when Google's mark of the photo has changed.
//!
//! They come after everything else, because Google gives them one by one. Nothing that is wrong with a photo fails a sync
//! or keeps anything else from its person.

mod keep;
mod round;

use std::collections::HashMap;

pub use self::round::fulfil;
use super::job::Job;
use crate::api::extension::{ConfigMapKeyRef, Photo};
use crate::google::directory::Mime;
use crate::operator::engine::index::Tenant;
use crate::sync::desired::{Policy, Standing};
use crate::sync::index::photo_mark;
use crate::sync::number::Number;
use crate::sync::numbering::Wanted;
use crate::sync::person::{Person, PersonId};

/// The key of the image in its ConfigMap.
const KEY: &str = "photo";
/// Types that an image may have.
const TYPES: [Mime; 5] = [Mime::Jpeg, Mime::Png, Mime::Gif, Mime::Bmp, Mime::Tiff];
/// A photo that is of no use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// Google's mark of that photo.
    etag: String,
    /// Reason and message of what is wrong with it; `None` when Google has no photo in spite of the mark.
    problem: Option<(&'static str, String)>,
}

/// People whose extension does not show the photo that it ought to. Those who are right take no memory.
#[derive(Debug, Default)]
pub struct Wishes(HashMap<PersonId, Wish>);

#[derive(Debug)]
struct Wish {
    /// The address, for problems.
    user: String,
    /// Google's mark of the photo that ought to be there; `None` for none.
    etag: Option<String>,
    /// Somebody changed what the extension says about the photo, and nobody knows what else.
    anew: bool,
}

impl Wishes {
    /// Looks at a person whom Google described. Call it before what is found becomes what is expected.
    pub fn note(&mut self, policy: &Policy, person: &Person, tenant: &Tenant) {
        let etag = person.photo_etag.as_deref().filter(|_| policy.profile.photo);
        let digest = tenant.index.of_person(&person.id);
        let tenant_name = &policy.tenant;
        let anew = digest.is_some_and(|digest| {
            let before = tenant.expected_photo(digest);
            etag.is_some()
                && before
                    .is_some_and(|mark| mark != digest.photo && is(mark, tenant_name, digest.number, etag))
        });
        let right = match digest {
            None => etag.is_none(),
            Some(digest) => {
                let moves = matches!(person.number, Wanted::Number(number) if number != digest.number);
                !anew && is(digest.photo, tenant_name, digest.number, etag) && (!moves || etag.is_none())
            }
        };
        if right
            || matches!(
                policy.standing(person),
                Standing::Outside(_) | Standing::Absent(_)
            )
        {
            return;
        }
        let wish = Wish {
            user: person.email.clone(),
            etag: etag.map(str::to_owned),
            anew,
        };
        self.0.insert(person.id.clone(), wish);
    }

    /// Everybody has been seen: photos that are switched off go from all extensions, also of people who are not described
    /// any more, and what is remembered of people who are gone is forgotten.
    pub fn everybody(&mut self, job: &Job<'_>, has_seen: impl Fn(&PersonId) -> bool) {
        let memory = job.ctx.memory(&job.subject.uid);
        if job.users.profile.photo {
            memory.photos().retain(|person, _| has_seen(person));
            return;
        }
        memory.photos().clear();
        job.ctx.extensions.with(&job.subject.key, |tenant| {
            let shown = tenant
                .index
                .kept_by(&job.subject.name)
                .filter(|digest| digest.photo != 0);
            for person in shown.filter_map(|digest| digest.person.as_ref()) {
                self.0.entry(person.clone()).or_insert_with(|| Wish {
                    user: person.to_string(),
                    etag: None,
                    anew: false,
                });
            }
        });
    }
}

/// Whether a mark is that of the photo with this etag, of whatever type.
fn is(mark: u32, tenant: &str, number: Number, etag: Option<&str>) -> bool {
    let Some(etag) = etag else { return mark == 0 };
    let of = |mime: &Mime| photo_mark(Some(&described(tenant, number, *mime, etag)));
    mark != 0 && TYPES.iter().any(|mime| of(mime) == mark)
}

/// Name of the ConfigMap.
fn name(tenant: &str, number: Number) -> String {
    format!("{tenant}-{number}-photo")
}

/// What an extension says about its person's photo.
fn described(tenant: &str, number: Number, mime: Mime, etag: &str) -> Photo {
    Photo {
        config_map_ref: ConfigMapKeyRef {
            name: name(tenant, number),
            key: KEY.to_owned(),
        },
        mime_type: mime.as_str().to_owned(),
        etag: etag.to_owned(),
    }
}
