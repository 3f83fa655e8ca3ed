//! From the declared scope to people, groups and units that exist: what Google is asked before the directory is read.
//!
//! A group or unit that does not exist ends the sync before anything is changed: a missing group is never an empty group. An
//! address that leads to nobody is a problem of its own.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use futures::pin_mut;
use futures::stream::{FuturesUnordered, StreamExt};

use super::group_walk::walk;
use super::job::{Job, LookUp};
use super::memory::UsersMemory;
use crate::api::integration::{Scope as DeclaredScope, Selectors};
use crate::api::reasons;
use crate::api::status::KnownUnit;
use crate::google::UserList;
use crate::google::directory::{self as google, as_shown};
use crate::operator::engine::fault::{Area, Fault, Kind, RECHECK_GOOGLE};
use crate::sync::person::{Person, PersonId};
use crate::sync::scope::Scope;
use crate::sync::selectors::{self, Found, OrgUnit, Units};

/// Questions in flight; the client's rate limit applies on top.
const CONCURRENCY: usize = 8;
/// So many users are looked up one by one; more of them only when the whole list takes as many calls.
const LOOKUPS: usize = 20;
/// At most so many missing selectors are named in a message.
const NAMED: usize = 5;

/// The declared scope, resolved.
#[derive(Debug, Default)]
pub struct Resolved {
    /// What decides about a person.
    pub scope: Scope,
    /// The declared units, with the ids by which they are found again.
    pub units: Vec<KnownUnit>,
    /// Declared addresses that lead to nobody, in lower case: what was to be said about one person is no reason to keep
    /// anything from all others.
    pub absent: BTreeSet<String>,
    /// People who were read on the way.
    pub people: HashMap<PersonId, Person>,
    /// Groups of other organizations inside the declared ones: nobody in them is one of ours.
    pub foreign_groups: i64,
}

/// Resolves the scope of an integration. `pages` is how many calls the whole list is known to take.
pub async fn resolve(job: &Job<'_>, pages: usize) -> Result<Resolved, Fault> {
    let domain = job.subject.object.spec.google.domain.clone();
    let declared = job.users.scope.clone().unwrap_or_default();
    let mut resolved = Resolved::default();
    let addresses = named(&declared, |selectors| &selectors.users);
    let people = users(job, addresses, pages, &mut resolved).await?;
    let roots = named(&declared, |selectors| &selectors.groups);
    let walked = walk(job, roots).await?;
    resolved.foreign_groups = walked.foreign;
    let paths = named(&declared, |selectors| &selectors.organizational_units);
    let units = if paths.is_empty() {
        None
    } else {
        Some(units(job).await?)
    };
    let found = Found {
        people: &people,
        groups: &walked.graph,
        units: units.as_ref(),
    };
    let found = selectors::resolve(domain, &declared, found);
    (resolved.scope, resolved.units) = found.map_err(|missing| not_found(&missing))?;
    Ok(resolved)
}

/// What is said about a declared address that leads to nobody.
pub fn nobody(address: &str) -> String {
    format!(
        "spec.users.scope lists {address}, but no user in Google has this address. Correct or remove it. While an address in include is missing, no user is moved out of scope for not being listed."
    )
}

/// The scope as the last sync of this declaration resolved it.
pub fn known(job: &Job<'_>) -> Option<Arc<Scope>> {
    UsersMemory::of(job.ctx, job.subject).scope(job.subject.generation())
}

/// Keeps a resolved scope for those who come one by one.
pub fn remember(job: &Job<'_>, scope: &Arc<Scope>, absent: &BTreeSet<String>) {
    let declared = job.users.scope.as_ref();
    let include = declared.and_then(|scope| scope.include.as_ref());
    let misses_somebody = include.is_some_and(|include| {
        let mut users = include.users.iter();
        users.any(|address| absent.contains(&address.to_lowercase()))
    });
    UsersMemory::of(job.ctx, job.subject).keep_scope(job.subject.generation(), scope, misses_somebody);
}

/// Whether the units of a scope are still where they were when it was resolved.
pub async fn units_stay(job: &Job<'_>, scope: &Scope) -> Result<bool, Fault> {
    Ok(selectors::units_stay(scope, &units(job).await?))
}

fn named<'a>(
    declared: &'a DeclaredScope,
    list: impl Fn(&'a Selectors) -> &'a Vec<String>,
) -> HashSet<String> {
    let selectors = declared.include.iter().chain(&declared.exclude);
    selectors
        .flat_map(|selectors| list(selectors).iter().cloned())
        .collect()
}

fn not_found(missing: &[String]) -> Fault {
    let more = match missing.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Fault {
        kind: Kind::Stalled(Some(RECHECK_GOOGLE)),
        ..Fault::stalled(
            Area::Sync,
            reasons::SELECTOR_NOT_FOUND,
            format!(
                "spec.users.scope lists entries that do not exist in Google: {}{more}. Nothing was changed. Correct spec.users.scope, or create them in the Admin console.",
                missing[..missing.len().min(NAMED)].join(", "),
            ),
        )
    }
}

/// The ids of users named by address. Somebody whom Google lists as deleted still counts as named.
async fn users(
    job: &Job<'_>,
    addresses: HashSet<String>,
    pages: usize,
    resolved: &mut Resolved,
) -> Result<HashMap<String, PersonId>, Fault> {
    let wanted: HashSet<_> = addresses.iter().map(|address| address.to_lowercase()).collect();
    let mut ids = if wanted.len() <= pages.max(LOOKUPS) {
        look_up(job, &wanted, resolved).await?
    } else {
        in_list(job, &wanted, false).await?
    };
    let unknown: HashSet<_> = wanted
        .into_iter()
        .filter(|address| !ids.contains_key(address))
        .collect();
    if !unknown.is_empty() {
        ids.extend(in_list(job, &unknown, true).await?);
    }
    let absent = unknown.into_iter().filter(|address| !ids.contains_key(address));
    resolved.absent.extend(absent);
    Ok(ids)
}

async fn look_up(
    job: &Job<'_>,
    wanted: &HashSet<String>,
    resolved: &mut Resolved,
) -> Result<HashMap<String, PersonId>, Fault> {
    let mut answers: FuturesUnordered<_> = FuturesUnordered::new();
    let mut waiting: Vec<_> = wanted.iter().cloned().collect();
    let mut ids = HashMap::new();
    loop {
        while answers.len() < CONCURRENCY
            && let Some(address) = waiting.pop()
        {
            answers.push(async move {
                let answer = job.directory.user_by_address(&address).await;
                (address, answer)
            });
        }
        let Some((address, answer)) = answers.next().await else {
            return Ok(ids);
        };
        let LookUp::There(user) = job.looked_up(answer)? else {
            continue;
        };
        let id = PersonId::new(user.id.as_str());
        ids.insert(address, id.clone());
        if user.deletion_time.is_none() {
            resolved.people.insert(id, job.person(*user));
        }
    }
}

async fn in_list(
    job: &Job<'_>,
    wanted: &HashSet<String>,
    deleted: bool,
) -> Result<HashMap<String, PersonId>, Fault> {
    let list = UserList {
        customer: Some(job.subject.object.spec.google.customer_id.clone()),
        domain: None,
        deleted,
    };
    let mut ids = HashMap::new();
    let pages = job.directory.pages(list);
    pin_mut!(pages);
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| Fault::google(error, job.identity))?;
        for user in &page.users {
            let named = user.addresses().filter(|address| wanted.contains(*address));
            ids.extend(named.map(|address| (address.clone(), PersonId::new(user.id.as_str()))));
        }
        // Of a deleted user Google promises little more than id and address.
        for entry in page.malformed {
            if let (Some(id), Some(address)) = (entry.id, entry.email.map(|email| email.to_lowercase()))
                && wanted.contains(&address)
            {
                ids.insert(address, PersonId::new(id));
            }
        }
    }
    Ok(ids)
}

/// The organizational units that there are, and those that are known from before.
async fn units(job: &Job<'_>) -> Result<Units, Fault> {
    let customer = &job.subject.object.spec.google.customer_id;
    let units = job.directory.org_units(customer).await;
    let units = units.map_err(|error| Fault::google(error, job.identity))?;
    let unit = |unit: google::OrgUnit| OrgUnit {
        id: unit.id,
        path: unit.path,
    };
    Ok(Units {
        all: units.into_iter().map(unit).collect(),
        known: job.known_units(),
        as_shown,
    })
}
