//! The hands of the driver in this model: they read and write one entry at a time, so that two operators can run at once, and so
//! that each of them can end between any two writes.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use super::directory::{DOMAINS, Directory, PEOPLE, domain_of, id};
use super::extensions::is_kept;
use super::reading::{Fault, Item, Reading, Trouble, items};
use super::report::{End, Report};
use super::server::{Event, Server};
use super::settings::{INTEGRATION, Settings, TENANT};
use crate::api::PbxExtension;
use crate::sync::allocate::Allocator;
use crate::sync::desired::Policy;
use crate::sync::driver::{Doubt, Driver, Extent, Foreign, Leavers, Said, Task, Terms, freed};
use crate::sync::gate::May;
use crate::sync::guard::{self, Whose};
use crate::sync::index::{Digest, Names, TenantIndex};
use crate::sync::number::Number;
use crate::sync::numbering::Numbers;
use crate::sync::person::{Person, PersonId};
use crate::sync::plan::{Content, Planned, Planner};
use crate::sync::quarantine::{self, Quarantine};
use crate::sync::scope::Selection;
use crate::sync::view::View;

/// What is around an operator.
pub struct Around<'a> {
    pub server: &'a mut Server,
    pub directory: &'a mut Directory,
}

/// A run that is going on.
pub struct Run {
    pub(super) driver: Driver,
    pub(super) reading: Reading,
    pub(super) report: Report,
    /// So many writes were begun.
    pub(super) writes: usize,
    items: VecDeque<Item>,
    queue: VecDeque<Planned>,
    uid: String,
    is_over: bool,
}

impl Run {
    /// Starts a sync.
    pub fn begin(
        server: &Server,
        directory: &Directory,
        settings: &Settings,
        reading: &Reading,
        terms: Terms,
    ) -> Self {
        let short = match &reading.fault {
            Fault::ShortGroup(group, mask, _) => Some((*group, mask)),
            _ => None,
        };
        let policy = settings.policy_of(directory, short);
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
        Self::new(
            server,
            settings,
            reading.clone(),
            policy,
            (extent, narrow),
            items,
            terms,
        )
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

    fn doubt(&mut self, doubt: &Result<(), Doubt>) {
        match doubt {
            Ok(()) => {}
            Err(Doubt::Short(_)) => self.end(End::Short),
            Err(Doubt::Vanished) => self.end(End::Failed),
        }
    }
}

/// One process of the operator.
#[derive(Debug, Default)]
pub struct Operator {
    pub(super) index: TenantIndex,
    pub(super) own_deletions: HashSet<u64>,
    names: Names,
    watched: usize,
}

impl Operator {
    /// A process that has just listed the extensions.
    pub fn start(server: &Server) -> Self {
        let mut operator = Self {
            watched: server.events.len(),
            ..Self::default()
        };
        for object in server.objects().values() {
            operator.learn(object);
        }
        operator
    }

    pub(super) fn learn(&mut self, object: &PbxExtension) {
        self.index.upsert(Digest::of(object, &mut self.names).unwrap());
    }

    /// How many extensions our integration keeps, as far as is known here.
    pub fn kept(&self) -> usize {
        self.index.kept_by(INTEGRATION).count()
    }

    /// Takes in at most so many further events of the watch.
    pub fn watch(&mut self, server: &Server, limit: usize) {
        for event in server.events.iter().skip(self.watched).take(limit) {
            self.watched += 1;
            match event {
                Event::Put(object) => self.learn(object),
                Event::Left(..) => {}
                Event::Gone(number, version) => {
                    let older = self
                        .index
                        .get(*number)
                        .is_some_and(|digest| digest.version < *version);
                    if older && self.own_deletions.contains(version) {
                        // An event from before the deletion came in after it.
                        self.index.remove(*number);
                    } else if older {
                        self.index.remove_by_hand(*number);
                    }
                }
            }
        }
    }

    /// A run begins, and reads the quarantine.
    pub fn reads_quarantine(&mut self) {
        let told = self.index.left_by_others();
        self.index.forget_left(&told);
    }

    /// Hands in one person, whom Google describes or calls deleted.
    pub fn look_at(&mut self, run: &mut Run, person: &PersonId, found: Option<&Person>) {
        match found {
            Some(found) => self.listed(run, found),
            None => run.driver.absent(person, &mut self.index),
        }
    }

    /// Does the next thing; `false` when the run is over.
    pub fn step(&mut self, run: &mut Run, around: &mut Around<'_>) -> bool {
        let problems = run.driver.problems().into_iter();
        run.report.reported.extend(problems.map(|problem| problem.user));
        let shown = run.driver.shown();
        assert!(run.driver.only_plans() || shown.is_empty());
        run.queue.extend(run.driver.changes());
        if run.is_over {
            return false;
        }
        let has_room = run.queue.len() <= run.reading.lag && !run.items.is_empty();
        if !has_room && let Some(planned) = run.queue.pop_front() {
            assert!(!run.driver.only_plans(), "a dry run writes {planned:?}");
            self.write(run, planned, around.server);
        } else if let Some(item) = run.items.pop_front() {
            self.read(run, item, around);
        } else {
            self.go_on(run, around);
        }
        true
    }

    /// From here to the end.
    pub fn finish(&mut self, mut run: Run, around: &mut Around<'_>) -> Report {
        while self.step(&mut run, around) {}
        run.report()
    }

    fn read(&mut self, run: &mut Run, item: Item, around: &mut Around<'_>) {
        match item {
            Item::Failure => run.end(End::Failed),
            Item::Unreadable(person) => run.driver.unreadable(person),
            Item::Change(index, change) => around.directory.change(index, change),
            Item::Listed(person) => self.listed(run, &person),
            Item::Again(index) => {
                if let Some(person) = around.directory.find(&id(index)) {
                    self.listed(run, person);
                }
            }
        }
    }

    fn listed(&mut self, run: &mut Run, person: &Person) {
        if let Err(Foreign { .. }) = run.driver.listed(person, &self.index) {
            run.end(End::Foreign);
        }
    }

    fn go_on(&mut self, run: &mut Run, around: &mut Around<'_>) {
        match run.driver.next(&mut self.index) {
            Task::Change => {}
            Task::AccountFor(missing) => self.account_for(run, missing, around),
            Task::LookAgain(person) => match around.directory.find(&person) {
                Some(found) => run.driver.again(found, &self.index),
                None => run.driver.absent(&person, &mut self.index),
            },
            Task::Confirm(leavers) => confirm(run, &leavers, around.directory),
            Task::Quarantine => Self::leave(run, around.server),
            Task::Show(shown) => {
                Self::note_removals(run, &shown.removals, around.server);
                assert_eq!(run.report.hash, shown.hash);
                run.end(if run.driver.only_plans() {
                    End::Planned
                } else {
                    End::Held
                });
            }
            Task::Overtaken(_) => run.end(End::Overtaken),
            Task::Nobody => run.end(End::Nobody),
            Task::Nothing => {
                run.report.withheld = run.driver.withheld();
                run.end(End::Complete);
            }
        }
    }

    fn account_for(&mut self, run: &mut Run, missing: Vec<PersonId>, around: &mut Around<'_>) {
        for person in missing {
            if matches!(run.reading.fault, Fault::NoEvidence) {
                return run.end(End::Failed);
            }
            run.report.asked.push(person.clone());
            // Another organization has nobody by this id.
            let is_foreign = matches!(run.reading.fault, Fault::Foreign);
            match around.directory.find(&person).filter(|_| !is_foreign) {
                None => run.driver.absent(&person, &mut self.index),
                Some(found) => {
                    if run.driver.found(found, &self.index).is_err() {
                        return run.end(End::Short);
                    }
                }
            }
        }
    }

    /// Numbers that become free are put into quarantine before the first removal.
    fn leave(run: &mut Run, server: &mut Server) {
        let removals = run.driver.leaving().to_vec();
        for (number, entry) in freed(&removals, server.now) {
            server.leave(number, &entry);
            run.report.freed.push((number, entry));
        }
        if run.report.removals.is_empty() {
            Self::note_removals(run, &removals, server);
        }
    }

    fn note_removals(run: &mut Run, removals: &[Planned], server: &Server) {
        let numbers: HashSet<_> = removals.iter().map(|planned| planned.number).collect();
        assert_eq!(numbers.len(), removals.len(), "removed twice: {removals:?}");
        let whose = Whose {
            tenant: TENANT,
            uid: &run.uid,
        };
        run.report.hash = guard::hash(removals, whose);
        run.report.removals = removals.to_vec();
        run.report.kept = server.objects().values().filter(|object| is_kept(object)).count();
    }

    /// Hands every extension that is kept over to the administrators.
    pub fn release(&mut self, server: &mut Server) {
        let kept: Vec<Number> = self
            .index
            .kept_by(INTEGRATION)
            .map(|digest| digest.number)
            .collect();
        for number in kept {
            let current = View::of(&server.objects()[&number]);
            let target = Content::Release.target(&current).unwrap();
            let patched = server.patch(number, &target.patch_from(&current).unwrap());
            self.learn(&patched);
        }
    }
}

/// Reads the groups again, and asks about each person, as Google answers.
fn confirm(run: &mut Run, leavers: &Leavers, directory: &Directory) {
    if matches!(run.reading.fault, Fault::GroupVanishes) && !leavers.groups().is_empty() {
        return run.end(End::Failed);
    }
    let short = match &run.reading.fault {
        Fault::ShortGroup(group, mask, true) => Some((*group, told(*mask, directory))),
        _ => None,
    };
    let short = short.as_ref().map(|(group, mask)| (*group, mask));
    let groups = leavers.groups().iter();
    let again: Vec<_> = groups
        .map(|group| directory.expand(group.parse().unwrap(), short))
        .collect();
    run.doubt(&leavers.compare(&again));
    for question in leavers.questions() {
        let person = directory.find(question.person);
        let index = (0..PEOPLE).find(|index| id(*index) == *question.person);
        let said = match (person, index) {
            (Some(person), _) if domain_of(person) != DOMAINS[0] => Said::NotTold,
            (Some(_), Some(index)) if directory.is_member(question.group.parse().unwrap(), index) => Said::In,
            (Some(_), Some(_)) => Said::Out,
            _ => Said::Gone,
        };
        run.doubt(&said.confirms(question.number));
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

/// A run without limits.
pub fn everything(uid: &str) -> Terms {
    Terms {
        may: May::Everything,
        uid: uid.to_owned(),
        approval: None,
        misses_somebody: false,
    }
}

/// Whether this is the write with which something goes wrong.
pub(super) fn is_due(trouble: Trouble, write: usize) -> bool {
    match trouble {
        Trouble::Crashes(at) | Trouble::Loses(at) | Trouble::Meddles(at, _) => at == write,
        Trouble::None | Trouble::Refuses(_) => false,
    }
}
