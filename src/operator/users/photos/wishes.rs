//! Whose extension does not show the photo that it ought to.

use std::collections::HashMap;

use super::described::is;
use super::unusable::Unusables;
use crate::operator::engine::index::Tenant;
use crate::operator::users::job::Job;
use crate::sync::desired::{Policy, Standing};

use crate::sync::person::{Person, PersonId, Wanted};

/// People whose extension does not show the photo that it ought to. Those who are right take no memory.
#[derive(Debug, Default)]
pub struct Wishes(HashMap<PersonId, Wish>);

/// What one extension ought to show.
#[derive(Debug)]
pub struct Wish {
    /// The address, for problems.
    pub user: String,
    /// Google's mark of the photo that ought to be there; `None` for none.
    pub etag: Option<String>,
    /// Somebody changed what the extension says about the photo, and nobody knows what else.
    pub anew: bool,
}

impl Wishes {
    /// Takes all of them out.
    pub fn take(&mut self) -> Vec<(PersonId, Wish)> {
        std::mem::take(&mut self.0).into_iter().collect()
    }

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
    pub fn everybody(&mut self, job: &Job<'_>, has_seen: &dyn Fn(&PersonId) -> bool) {
        let unusable = job.ctx.memory(&job.subject.uid).slot::<Unusables>();
        if job.users.profile.photo {
            unusable.lock().retain(|person, _| has_seen(person));
            return;
        }
        unusable.lock().clear();
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
