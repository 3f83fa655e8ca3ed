//! The hands of the driver in this model: they read and write one entry at a time, so that two operators can run at once, and so
//! that each of them can end between any two writes.

use std::collections::HashSet;

use super::directory::{Directory, id};
use super::extensions::is_kept_by;
use super::reading::{Fault, Item};
use super::report::{End, Report};
use super::run::Run;
use super::server::{Event, Server};
use crate::api::PbxExtension;
use crate::sync::driver::{Foreign, Task, freed};
use crate::sync::guard::{self, Whose};
use crate::sync::index::{Digest, Names, TenantIndex};
use crate::sync::person::{Person, PersonId};
use crate::sync::plan::Planned;

/// What is around an operator.
pub struct Around<'a> {
    pub server: &'a mut Server,
    pub directory: &'a mut Directory,
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

    /// How many extensions an integration keeps, as far as is known here.
    pub fn kept(&self, integration: &str) -> usize {
        self.index.kept_by(integration).count()
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
            Task::Confirm(leavers) => run.confirm(&leavers, around.directory),
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
        let policy = run.driver.planner().policy();
        let whose = Whose {
            tenant: &policy.tenant,
            uid: &run.uid,
        };
        run.report.hash = guard::hash(removals, whose);
        run.report.removals = removals.to_vec();
        run.report.kept = server
            .objects()
            .values()
            .filter(|object| is_kept_by(object, &policy.integration))
            .count();
    }
}
