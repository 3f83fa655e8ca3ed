//! A run: what it reads, what it has still to do, and what it did.

use std::collections::VecDeque;
use std::time::Duration;

use super::directory::{DOMAINS, Directory, PEOPLE, domain_of, id};
use super::reading::{Fault, Item, Reading, items};
use super::report::{End, Report};
use super::server::Server;
use super::settings::Settings;
use crate::api::status::KnownUnit;
use crate::sync::allocate::Allocator;
use crate::sync::desired::Policy;
use crate::sync::driver::{Doubt, Driver, Extent, Leavers, Said, Terms};
use crate::sync::gate::May;
use crate::sync::numbering::Numbers;
use crate::sync::plan::{Planned, Planner};
use crate::sync::quarantine::{self, Quarantine};
use crate::sync::scope::Selection;
use crate::sync::selectors::units_stay;

/// A run that is going on.
pub struct Run {
    pub(super) driver: Driver,
    pub(super) reading: Reading,
    pub(super) report: Report,
    /// So many writes were begun.
    pub(super) writes: usize,
    pub(super) items: VecDeque<Item>,
    pub(super) queue: VecDeque<Planned>,
    pub(super) uid: String,
    pub(super) is_over: bool,
    known: Vec<KnownUnit>,
}

impl Run {
    /// Starts a sync, and tells the units of the scope; none, when the scope names what is not there.
    pub fn begin(
        server: &Server,
        directory: &Directory,
        settings: &Settings,
        reading: &Reading,
        terms: Terms,
    ) -> Option<(Self, Vec<KnownUnit>)> {
        let short = match &reading.fault {
            Fault::ShortGroup(group, mask, _) => Some((*group, mask)),
            _ => None,
        };
        let (policy, units) = settings.policy_of(directory, short)?;
        let include = policy.scope.include.as_ref().filter(|_| reading.narrow);
        let candidates = include.and_then(Selection::candidates);
        let narrow = settings.domain.is_some() || candidates.is_some();
        let domain = settings.domain.as_deref();
        let items = items(directory, domain, candidates.as_deref(), reading);
        let extent = if candidates.is_some() {
            Extent::Candidates
        } else {
            Extent::List
        };
        let run = Self::new(
            server,
            settings,
            reading.clone(),
            policy,
            (extent, narrow),
            items,
            terms,
        );
        Some((run, units))
    }

    /// Starts to look after one person. The scope is the one of the last sync.
    pub fn of_one(server: &Server, settings: &Settings, policy: Policy, terms: Terms) -> Self {
        let reading = Reading::clean(&[], false);
        let items = VecDeque::new();
        Self::new(
            server,
            settings,
            reading,
            policy,
            (Extent::OnePerson, true),
            items,
            terms,
        )
    }

    fn new(
        server: &Server,
        settings: &Settings,
        reading: Reading,
        policy: Policy,
        (extent, narrow): (Extent, bool),
        items: VecDeque<Item>,
        terms: Terms,
    ) -> Self {
        let mut quarantine = Quarantine::default();
        for (number, text) in &server.quarantine {
            quarantine.insert(*number, quarantine::from_text(text, server.now).unwrap());
        }
        let hours = u64::try_from(settings.quarantine_hours).unwrap();
        let quarantine = quarantine.lasting(Duration::from_hours(hours));
        let allocator = Allocator::new(settings.range, quarantine, server.now);
        let planner = Planner::new(policy, Numbers::new(settings.source(), allocator), narrow);
        Self {
            report: Report::new(terms.approval.clone()),
            uid: terms.uid.clone(),
            driver: Driver::new(planner, terms, extent),
            reading,
            writes: 0,
            items,
            queue: VecDeque::new(),
            is_over: false,
            known: settings.known.clone(),
        }
    }

    pub(super) fn end(&mut self, end: End) {
        self.report.end = end;
        self.is_over = true;
    }

    /// What decides about a person.
    pub fn policy(&self) -> Policy {
        self.driver.planner().policy().clone()
    }

    /// What it did, when it is over.
    pub fn report(self) -> Report {
        assert!(self.is_over);
        self.report
    }

    /// Reads the groups again, and asks about each person, as Google answers.
    pub fn confirm(&mut self, leavers: &Leavers, directory: &Directory) {
        let scope = &self.driver.planner().policy().scope;
        if leavers.names_units() && !units_stay(scope, &directory.units.listed(&self.known)) {
            return self.end(End::Failed);
        }
        if matches!(self.reading.fault, Fault::GroupVanishes) && !leavers.groups().is_empty() {
            return self.end(End::Failed);
        }
        let short = match &self.reading.fault {
            Fault::ShortGroup(group, mask, true) => Some((*group, told(*mask, directory))),
            _ => None,
        };
        let short = short.as_ref().map(|(group, mask)| (*group, mask));
        let groups = leavers.groups().iter();
        let again: Vec<_> = groups
            .map(|group| directory.expand(group.parse().unwrap(), short))
            .collect();
        self.doubt(&leavers.compare(&again));
        for question in leavers.questions() {
            let person = directory.find(question.person);
            let index = (0..PEOPLE).find(|index| id(*index) == *question.person);
            let said = match (person, index) {
                (Some(person), _) if domain_of(person) != DOMAINS[0] => Said::NotTold,
                (Some(_), Some(index)) if directory.is_member(question.group.parse().unwrap(), index) => {
                    Said::In
                }
                (Some(_), Some(_)) => Said::Out,
                _ => Said::Gone,
            };
            self.doubt(&said.confirms(question.number));
        }
    }

    fn doubt(&mut self, doubt: &Result<(), Doubt>) {
        match doubt {
            Ok(()) => {}
            Err(Doubt::Short(_)) => self.end(End::Short),
            Err(Doubt::Vanished) => self.end(End::Failed),
        }
    }
}

/// A run without limits.
pub fn everything(uid: &str) -> Terms {
    Terms {
        may: May::Everything,
        uid: uid.to_owned(),
        approval: None,
        misses_somebody: false,
    }
}

/// Those of them of whom Google tells whether they are members: of others a list that is wrong twice cannot be known.
fn told(mask: [bool; PEOPLE], directory: &Directory) -> [bool; PEOPLE] {
    let is_told = |index: usize| {
        let person = directory.find(&id(index));
        person.is_none_or(|person| domain_of(person) == DOMAINS[0])
    };
    std::array::from_fn(|index| mask[index] && is_told(index))
}
