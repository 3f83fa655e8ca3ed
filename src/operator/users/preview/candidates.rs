//! Whom a group or an organizational unit would bring, and what they have already.

use std::sync::Arc;

use futures::StreamExt;
use serde::Serialize;

use super::explain::{Described, Present, described};
use super::plan::Preview;
use crate::api::integration::{Scope, Selectors};
use crate::operator::engine::fault::Fault;
use crate::operator::engine::subject::Subject;
use crate::operator::users::job::Job;
use crate::operator::users::reading::{self, Reading};
use crate::operator::users::selectors;
use crate::sync::person::Person;
use crate::sync::scope::Verdict;

/// So many people are read one by one; for more, the whole list is read.
const LOOKUPS: usize = 20;

/// Everybody in a group or unit who could have an extension, in the order of the directory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candidates {
    /// They.
    pub people: Vec<Candidate>,
    /// Entries of Google's list that could not be read: anybody may be meant.
    pub unreadable: usize,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// As Google describes them.
    #[serde(flatten)]
    pub person: Described,
    /// The extension that is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<Present>,
    /// Every address that leads to the person, in lower case.
    #[serde(skip)]
    pub addresses: Vec<String>,
}

impl Preview {
    /// Lists the people of these groups and units. Whom the declaration excludes, or has another domain than it asks for, is
    /// not among them.
    pub async fn candidates(mut self, of: Selectors) -> Result<Candidates, Fault> {
        let mut object = (*self.subject.object).clone();
        let mut users = object.spec.users.unwrap_or_default();
        let exclude = users.scope.and_then(|scope| scope.exclude);
        users.scope = Some(Scope {
            include: Some(of),
            exclude,
        });
        // What is asked of Google follows from the declaration.
        object.spec.users = Some(users.clone());
        self.subject = Subject::new(Arc::new(object));
        let (directory, identity) = self.open(&users).await?;
        let job = Job::new(&self.ctx, &self.subject, &users, &identity, &directory)?;
        let resolved = selectors::resolve(&job, LOOKUPS).await?;
        let reading = Reading::of(resolved, LOOKUPS);
        let scope = reading.scope;
        let mut found = Candidates::default();
        let mut take = |person: Person| {
            if scope.judge(&person) == Verdict::In {
                found.people.push(self.candidate(&person));
            }
        };
        if let Some(people) = reading.people {
            let mut people = people.read(&job);
            while let Some(person) = people.next().await {
                take(person?);
            }
        } else {
            let mut unreadable = 0;
            let mut pages = std::pin::pin!(reading::pages(&job));
            while let Some(page) = pages.next().await {
                let page = page.map_err(|error| Fault::google(error, &identity))?;
                unreadable += page.malformed.len();
                page.users.into_iter().for_each(|user| take(job.person(user)));
            }
            found.unreadable = unreadable;
        }
        Ok(found)
    }

    fn candidate(&self, person: &Person) -> Candidate {
        Candidate {
            person: described(person),
            extension: self.present(&person.id),
            addresses: person.addresses().cloned().collect(),
        }
    }
}
