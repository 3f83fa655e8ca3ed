//! Groups and the groups inside them, read from Google.

use std::collections::{HashSet, VecDeque};

use futures::stream::{FuturesUnordered, StreamExt};
use futures::{Stream, pin_mut};

use super::job::Job;
use crate::google::directory::{MemberKind, MemberPage};
use crate::google::{self, Cause};
use crate::operator::engine::fault::Fault;
use crate::sync::groups::{GroupGraph, Roster};
use crate::sync::person::PersonId;

/// Questions in flight; the client's rate limit applies on top.
const CONCURRENCY: usize = 8;

/// What was read of groups.
#[derive(Debug, Default)]
pub struct Walked {
    /// Who is in which.
    pub graph: GroupGraph,
    /// Groups that were asked for by name and that Google does not have.
    pub missing: Vec<String>,
    /// Groups of other organizations inside them: nobody in them is one of ours.
    pub foreign: i64,
}

/// Reads these groups and the groups inside them, each once.
pub async fn walk(job: &Job<'_>, roots: HashSet<String>) -> Result<Walked, Fault> {
    let roots: HashSet<_> = roots.into_iter().map(|group| group.to_lowercase()).collect();
    let mut walked = Walked::default();
    let mut known = roots.clone();
    let mut queue: VecDeque<_> = roots.iter().cloned().collect();
    let mut asked = FuturesUnordered::new();
    loop {
        while asked.len() < CONCURRENCY
            && let Some(group) = queue.pop_front()
        {
            asked.push(async move {
                let answer = roster(job, &group).await;
                (group, answer)
            });
        }
        let Some((group, answer)) = asked.next().await else {
            return Ok(walked);
        };
        match answer {
            Ok(Some(roster)) => {
                queue.extend(
                    roster
                        .groups
                        .iter()
                        .filter(|inside| known.insert((*inside).clone()))
                        .cloned(),
                );
                walked.graph.insert(group, roster);
            }
            Ok(None) if roots.contains(&group) => walked.missing.push(group),
            // Gone since the group that it is in was read.
            Ok(None) => {}
            Err(error) if error.cause() == Cause::GroupNotReadable && !roots.contains(&group) => {
                walked.foreign += 1;
            }
            Err(error) => return Err(Fault::google(error, job.identity)),
        }
    }
}

async fn roster(job: &Job<'_>, group: &str) -> Result<Option<Roster>, google::Error> {
    job.directory.settle_limit(&job.everybody()).await?;
    let Some(pages) = job.directory.members(group).await? else {
        return Ok(None);
    };
    read_roster(pages).await.map(Some)
}

async fn read_roster(
    pages: impl Stream<Item = Result<MemberPage, google::Error>>,
) -> Result<Roster, google::Error> {
    pin_mut!(pages);
    let mut roster = Roster::default();
    while let Some(page) = pages.next().await {
        for member in page?.members {
            match member.kind {
                MemberKind::Group => roster.groups.push(member.email.unwrap_or(member.id)),
                MemberKind::Customer => roster.everyone = true,
                // Somebody of another organization is in no list of ours.
                MemberKind::User | MemberKind::External | MemberKind::Unknown => {
                    roster.people.push(PersonId::new(member.id));
                }
            }
        }
    }
    Ok(roster)
}
