//! Google's answer about each person who has an extension and was missing from the list: nobody is removed without one.

use std::collections::HashSet;

use futures::future;
use futures::stream::{self, BoxStream, FuturesUnordered, StreamExt, TryStreamExt};

use super::group_walk::walk;
use super::job::{Job, LookUp};
use super::selectors;
use crate::api::extension::DisabledReason;
use crate::api::reasons;
use crate::google::UserList;
use crate::google::directory::{Membership, UserId};
use crate::operator::engine::fault::{Area, Fault};
use crate::sync::person::{Person, PersonId};
use crate::sync::plan::{Planned, Planner, ShortRead};
use crate::sync::scope::Scope;

/// Questions in flight; the client's rate limit applies on top.
const CONCURRENCY: usize = 4;
/// At most so many are asked about people who left a group: each costs a call.
const QUESTIONS: usize = 100;

/// For each of them, and of two answers always the same one first, so that one short list is told in the same words however
/// often it is read: `None` when Google calls the person deleted, or knows nobody by that id any more;
/// otherwise the person. The list of deleted users answers for many with one call; the rest are asked for by id.
pub fn about<'a>(
    job: &'a Job<'a>,
    missing: Vec<PersonId>,
) -> BoxStream<'a, Result<(PersonId, Option<Person>), Fault>> {
    let answers = async move {
        let deleted = deleted(job, &missing).await?;
        let (gone, unclear): (Vec<_>, Vec<_>) = missing.into_iter().partition(|id| deleted.contains(id));
        let gone = stream::iter(gone.into_iter().map(|id| Ok((id, None))));
        let asked = stream::iter(unclear)
            .map(move |id| async move { Ok(ask(job, &id).await?.map(|answer| (id, answer))) })
            .buffered(CONCURRENCY)
            .try_filter_map(|answered| future::ready(Ok(answered)));
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

/// Passes when Google confirms that those who are about to lose their extension are out of scope. Who is in the list with
/// another domain or unit is out by Google's own word; who is missing from a group's members might have been left out of
/// that list. So the groups are read a second time, and if they are few, Google is asked about each of them, too; of more,
/// a person has approved the plan.
pub async fn confirm(
    job: &Job<'_>,
    scope: &Scope,
    planner: &Planner,
    removals: &[Planned],
) -> Result<(), Fault> {
    let out = DisabledReason::OutOfScope.as_str();
    let leavers: Vec<&Planned> = removals.iter().filter(|planned| planned.reason == out).collect();
    if leavers.is_empty() {
        return Ok(());
    }
    if scope.names_units() && !selectors::units_stay(job, scope).await? {
        return Err(Fault::transient(
            Area::Connection,
            reasons::INCOMPLETE_READ,
            "Organizational units of the scope were moved while the directory was read. Nothing was removed, and it is read again.",
        ));
    }
    let groups: Vec<_> = scope.include.iter().flat_map(|include| &include.groups).collect();
    let mut unnamed = leavers;
    unnamed.retain(|planned| planner.is_unnamed(&planned.person));
    if groups.is_empty() || unnamed.is_empty() {
        return Ok(());
    }
    let names = groups.iter().map(|group| group.name().to_owned()).collect();
    let again = walk(job, names).await?;
    if !again.missing.is_empty() {
        return Err(vanished());
    }
    let groups: Vec<_> = groups
        .iter()
        .map(|group| again.graph.expand(group.name()))
        .collect();
    let is_member = |planned: &Planned| groups.iter().any(|group| group.contains(&planned.person));
    if let Some(planned) = unnamed.iter().copied().find(|planned| is_member(planned)) {
        let number = Some(planned.number);
        return Err(short_read(&job.subject.key.tenant, &ShortRead { number }));
    }
    if unnamed.len() * groups.len() > QUESTIONS {
        return Ok(());
    }
    let mut questions: Vec<_> = unnamed
        .into_iter()
        .flat_map(|planned| groups.iter().map(move |group| (planned, group.name())))
        .collect();
    let mut answers = FuturesUnordered::new();
    loop {
        while answers.len() < CONCURRENCY
            && let Some((planned, group)) = questions.pop()
        {
            answers.push(async move { (planned.number, is_member_of(job, group, &planned.person).await) });
        }
        let Some((number, answer)) = answers.next().await else {
            return Ok(());
        };
        match answer? {
            Membership::Out | Membership::NotTold => {}
            Membership::In => {
                let number = Some(number);
                return Err(short_read(&job.subject.key.tenant, &ShortRead { number }));
            }
            Membership::Gone => return Err(vanished()),
        }
    }
}

async fn is_member_of(job: &Job<'_>, group: &str, person: &PersonId) -> Result<Membership, Fault> {
    let Ok(user) = UserId::parse(person.as_str()) else {
        return Ok(Membership::Out); // nobody of Google's
    };
    let answer = job.directory.has_member(group, &user).await;
    answer.map_err(|error| Fault::google(error, job.identity))
}

/// A group that is gone says nothing about who was in it.
fn vanished() -> Fault {
    Fault::transient(
        Area::Connection,
        reasons::INCOMPLETE_READ,
        "A group of the scope, or somebody who left it, was deleted while the directory was read. Nothing was removed, and it is read again; if this stays, check that every group in spec.users.scope still exists.",
    )
}

/// Names the extension, not the person: the message goes into the log too.
pub fn short_read(tenant: &str, short: &ShortRead) -> Fault {
    let whose = short.number.map_or_else(String::new, |number| {
        format!(", the owner of extension {tenant}-{number} among them")
    });
    Fault::transient(
        Area::Connection,
        reasons::INCOMPLETE_READ,
        format!(
            "Google's list left out people who exist{whose}. Nothing was removed, and the directory is read again with growing pauses; if this stays, check the subject's admin role and Google's status page.",
        ),
    )
}
