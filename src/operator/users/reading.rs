//! What is read of the directory: the whole list, or each of a few people when that takes fewer calls.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use futures::{Stream, future};

use super::evidence;
use super::job::Job;
use super::selectors::Resolved;
use crate::api::status::KnownUnit;
use crate::google;
use crate::google::directory::UserPage;
use crate::operator::engine::fault::Fault;
use crate::sync::person::{Person, PersonId};
use crate::sync::scope::{Scope, Selection};

/// Questions in flight; the client's rate limit applies on top.
const CONCURRENCY: usize = 8;

/// What a sync reads.
pub struct Reading {
    /// What decides about a person.
    pub scope: Arc<Scope>,
    /// The units of the scope.
    pub units: Vec<KnownUnit>,
    /// Groups of other organizations.
    pub foreign_groups: i64,
    /// Declared addresses that lead to nobody.
    pub absent: BTreeSet<String>,
    /// Everybody who may be in scope, with what is known already; `None` means the whole list.
    pub people: Option<People>,
}

/// People who are read one by one.
#[derive(Debug)]
pub struct People {
    wanted: Vec<PersonId>,
    known: HashMap<PersonId, Person>,
}

impl Reading {
    /// What takes fewer calls. `pages` is how many the whole list takes.
    pub fn of(resolved: Resolved, pages: usize) -> Self {
        let candidates = resolved.scope.include.as_ref().and_then(Selection::candidates);
        let known = resolved.people;
        let people = candidates
            .filter(|wanted| wanted.iter().filter(|id| !known.contains_key(*id)).count() <= pages)
            .map(|wanted| People { wanted, known });
        Self {
            scope: Arc::new(resolved.scope),
            units: resolved.units,
            foreign_groups: resolved.foreign_groups,
            absent: resolved.absent,
            people,
        }
    }

    /// Whether people who are out of scope are not read.
    pub fn is_narrow(&self) -> bool {
        self.people.is_some() || self.scope.domain.is_some()
    }
}

impl People {
    /// Reads them, in the order of the directory: by address. Who is not there is left out, as from a list.
    pub fn read<'a>(mut self, job: &'a Job<'a>) -> BoxStream<'a, Result<Person, Fault>> {
        let wanted = self
            .wanted
            .into_iter()
            .map(move |id| (self.known.remove(&id), id));
        let answers = stream::iter(wanted)
            .map(move |(known, id)| async move {
                match known {
                    Some(person) => Ok(Some(person)),
                    None => Ok(evidence::ask(job, &id).await?.flatten()),
                }
            })
            .buffer_unordered(CONCURRENCY)
            .filter_map(|answer| future::ready(answer.transpose()));
        let sorted = async move {
            let mut people: Vec<Person> = answers.try_collect().await?;
            people.sort_by(|one, other| one.email.cmp(&other.email));
            Ok(stream::iter(people.into_iter().map(Ok)))
        };
        stream::once(sorted).try_flatten().boxed()
    }
}

/// The pages of the whole list.
pub fn pages(job: &Job<'_>) -> impl Stream<Item = Result<UserPage, google::Error>> + use<> {
    job.directory.pages(job.everybody())
}
