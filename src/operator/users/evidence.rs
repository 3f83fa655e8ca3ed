//! Google's answer about each person who has an extension and was missing from the list: nobody is removed without one.

use std::collections::HashSet;

use futures::stream::{self, BoxStream, FuturesUnordered, StreamExt, TryStreamExt};

use super::group_walk::walk;
use super::job::{Job, LookUp};
use super::selectors;
use crate::api::reasons;
use crate::google::UserList;
use crate::google::directory::{Membership, UserId};
use crate::operator::engine::fault::{Area, Fault};
use crate::sync::driver::{Doubt, Leavers, Question, Said};
use crate::sync::person::{Person, PersonId};
use crate::sync::plan::ShortRead;
use crate::sync::scope::Scope;

/// Questions in flight; the client's rate limit applies on top.
const CONCURRENCY: usize = 4;

/// What Google says about somebody who was missing.
pub enum Answered {
    /// `None`: deleted, or nobody has that id any more.
    Told(PersonId, Box<Option<Person>>),
    /// It does not let us read the person: no evidence of anything.
    Refused(PersonId),
}

/// For each of them, and of two answers always the same one first, so that one short list is told in the same words however
/// often it is read. The list of deleted users answers for many with one call; the rest are asked for by id.
pub fn about<'a>(job: &'a Job<'a>, missing: Vec<PersonId>) -> BoxStream<'a, Result<Answered, Fault>> {
    let answers = async move {
        let deleted = deleted(job, &missing).await?;
        let (gone, unclear): (Vec<_>, Vec<_>) = missing.into_iter().partition(|id| deleted.contains(id));
        let gone = stream::iter(gone.into_iter().map(|id| Ok(Answered::Told(id, Box::new(None)))));
        let asked = stream::iter(unclear)
            .map(move |id| async move {
                Ok(match ask(job, &id).await? {
                    Some(answer) => Answered::Told(id, Box::new(answer)),
                    None => Answered::Refused(id),
                })
            })
            .buffered(CONCURRENCY);
        Ok(gone.chain(asked))
    };
    stream::once(answers).try_flatten().boxed()
}

/// Those of the missing whom Google lists as deleted in the last 20 days.
async fn deleted(job: &Job<'_>, missing: &[PersonId]) -> Result<HashSet<PersonId>, Fault> {
    let list = UserList {
        deleted: true,
        ..job.everybody()
    };
    let wanted: HashSet<&str> = missing.iter().map(PersonId::as_str).collect();
    let mut found = HashSet::new();
    let mut pages = std::pin::pin!(job.directory.pages(list));
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| Fault::google(error, job.identity))?;
        let users = page.users.iter().map(|user| user.id.as_str());
        // Of a deleted user Google promises little more than the id.
        let ids = users.chain(page.malformed.iter().filter_map(|entry| entry.id.as_deref()));
        found.extend(ids.filter(|id| wanted.contains(id)).map(PersonId::new));
    }
    Ok(found)
}

/// One person, by id: the answer, in which `None` means that Google has nobody by that id. No answer at all for an id that
/// Google could not have given, and for somebody of another organization: that is no evidence of anything.
pub async fn ask(job: &Job<'_>, id: &PersonId) -> Result<Option<Option<Person>>, Fault> {
    let Ok(user_id) = UserId::parse(id.as_str()) else {
        return Ok(None);
    };
    let answer = job.directory.user(&user_id).await;
    Ok(match job.looked_up(answer)? {
        LookUp::Foreign => None,
        // A deleted user may still be readable by id for a while; the deletion time says so.
        LookUp::There(user) if user.deletion_time.is_none() => Some(Some(job.person(*user))),
        LookUp::There(_) | LookUp::Gone => Some(None),
    })
}

/// Passes when Google confirms that those who are about to lose their extension are out of scope.
pub async fn confirm(job: &Job<'_>, scope: &Scope, leavers: &Leavers) -> Result<(), Fault> {
    if leavers.names_units() && !selectors::units_stay(job, scope).await? {
        return Err(Fault::transient(
            Area::Connection,
            reasons::INCOMPLETE_READ,
            "Organizational units of the scope were moved while the directory was read. Nothing was removed. Dialplane reads the directory again.",
        ));
    }
    let groups = leavers.groups();
    if groups.is_empty() {
        return Ok(());
    }
    let doubt = |doubt| doubtful(&job.subject.key.tenant, &doubt);
    let again = walk(job, groups.iter().cloned().collect()).await?;
    if !again.missing.is_empty() {
        return Err(doubt(Doubt::Vanished));
    }
    let groups: Vec<_> = groups.iter().map(|group| again.graph.expand(group)).collect();
    leavers.compare(&groups).map_err(doubt)?;
    let mut questions = leavers.questions();
    let mut answers = FuturesUnordered::new();
    loop {
        while answers.len() < CONCURRENCY
            && let Some(question) = questions.pop()
        {
            answers.push(async move { (question.number, is_member(job, question).await) });
        }
        let Some((number, answer)) = answers.next().await else {
            return Ok(());
        };
        answer?.confirms(number).map_err(doubt)?;
    }
}

async fn is_member(job: &Job<'_>, question: Question<'_>) -> Result<Said, Fault> {
    let Ok(user) = UserId::parse(question.person.as_str()) else {
        return Ok(Said::Out); // nobody of Google's
    };
    let answer = job.directory.has_member(question.group, &user).await;
    Ok(
        match answer.map_err(|error| Fault::google(error, job.identity))? {
            Membership::In => Said::In,
            Membership::Out => Said::Out,
            Membership::NotTold => Said::NotTold,
            Membership::Gone => Said::Gone,
        },
    )
}

fn doubtful(tenant: &str, doubt: &Doubt) -> Fault {
    match doubt {
        Doubt::Short(short) => short_read(tenant, short),
        Doubt::Vanished => vanished(),
    }
}

/// A group that is gone says nothing about who was in it.
fn vanished() -> Fault {
    Fault::transient(
        Area::Connection,
        reasons::INCOMPLETE_READ,
        "A group of the scope, or a user who left it, was deleted while the directory was read. Nothing was removed. Dialplane reads the directory again. If the problem persists, check that every group in spec.users.scope exists.",
    )
}

/// Names the extension, not the person: the message goes into the log too.
pub fn short_read(tenant: &str, short: &ShortRead) -> Fault {
    let whose = short.number.map_or_else(String::new, |number| {
        format!(", including the user of extension {tenant}-{number}")
    });
    Fault::transient(
        Area::Connection,
        reasons::INCOMPLETE_READ,
        format!(
            "Google's list of users is incomplete: existing users are missing{whose}. Nothing was removed. Dialplane reads the directory again with increasing delays. If the problem persists, check the subject's admin role and Google's status page.",
        ),
    )
}
