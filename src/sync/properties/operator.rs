//! Runs a sync the way the operator does, one entry of the directory at a time, so that two of them can run at once.

use std::collections::{HashSet, VecDeque};

use jiff::SignedDuration;
use kube::ResourceExt;

use super::directory::Directory;
use super::reading::{Fault, Item, Reading, items};
use super::server::{Event, Server};
use super::settings::{INTEGRATION, Settings, TENANT};
use crate::api::PbxExtension;
use crate::api::integration::RemovalLimit;
use crate::api::names::{LABEL_GOOGLE_USER_ID, LABEL_INTEGRATION, LABEL_MANAGED_BY, MANAGED_BY};
use crate::sync::allocate::Allocator;
use crate::sync::guard::{self, Verdict};
use crate::sync::index::{Digest, Names, TenantIndex};
use crate::sync::number::Number;
use crate::sync::numbering::{Numbers, Source};
use crate::sync::person::PersonId;
use crate::sync::plan::{Change, Content, Planned, Planner, Step};
use crate::sync::quarantine::{self, Entry, Quarantine};
use crate::sync::view::View;

/// Whether somebody approves the removals of a run that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approval {
    No,
    /// A hash of something else.
    Wrong,
    Exact,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    Complete,
    Held,
    Short,
    Failed,
}

/// What a run did.
#[derive(Clone, Debug)]
pub struct Report {
    pub end: End,
    /// Written at once, in order.
    pub written: Vec<Planned>,
    /// Planned removals of a complete read.
    pub removals: Vec<Planned>,
    /// Those that were carried out.
    pub removed: Vec<Planned>,
    /// Missing people about whom Google was asked.
    pub asked: Vec<PersonId>,
    /// Addresses of people for whom there was no number.
    pub unnumbered: Vec<String>,
    /// Identifies the removals.
    pub hash: String,
    /// Writes that the API server refused because somebody else was faster.
    pub conflicts: usize,
}

impl Report {
    pub fn created(&self) -> impl Iterator<Item = &Planned> {
        self.written
            .iter()
            .filter(|planned| planned.change == Change::Create)
    }
}

/// A sync that is going on.
pub struct Run {
    planner: Planner,
    items: VecDeque<Item>,
    evidence: bool,
    report: Report,
    quarantine: SignedDuration,
}

impl Run {
    /// Starts a sync.
    pub fn begin(server: &Server, directory: &Directory, settings: &Settings, reading: &Reading) -> Self {
        let mut quarantine = Quarantine::default();
        for (number, text) in &server.quarantine {
            quarantine.insert(*number, quarantine::from_text(text).unwrap());
        }
        let allocator = Allocator::new(settings.range, quarantine, server.now);
        Self {
            planner: Planner::new(
                settings.policy(),
                Numbers::new(Source::Automatic, allocator),
                settings.domain.is_some(),
            ),
            items: items(directory, settings.domain.as_deref(), reading),
            evidence: !matches!(reading.fault, Fault::NoEvidence),
            report: Report {
                end: End::Complete,
                written: Vec::new(),
                removals: Vec::new(),
                removed: Vec::new(),
                asked: Vec::new(),
                unnumbered: Vec::new(),
                hash: String::new(),
                conflicts: 0,
            },
            quarantine: SignedDuration::from_hours(settings.quarantine_hours),
        }
    }
}

/// One process of the operator.
#[derive(Debug, Default)]
pub struct Operator {
    index: TenantIndex,
    names: Names,
    watched: usize,
    own_deletions: HashSet<u64>,
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

    fn learn(&mut self, object: &PbxExtension) {
        self.index.upsert(Digest::of(object, &mut self.names).unwrap());
    }

    /// Takes in at most so many further events of the watch.
    pub fn watch(&mut self, server: &Server, limit: usize) {
        for event in server.events.iter().skip(self.watched).take(limit) {
            self.watched += 1;
            match event {
                Event::Put(object) => self.learn(object),
                Event::Gone(number, version) => {
                    let older = self
                        .index
                        .get(*number)
                        .is_some_and(|digest| digest.version < *version);
                    if older && !self.own_deletions.contains(version) {
                        self.index.remove_by_hand(*number);
                    }
                }
            }
        }
    }

    /// Handles one entry; `false` when there is none left.
    pub fn step(&mut self, run: &mut Run, server: &mut Server) -> bool {
        match run.items.pop_front() {
            None => return false,
            Some(Item::Failure) => {
                run.report.end = End::Failed;
                run.items.clear();
            }
            Some(Item::Unreadable(person)) => run.planner.unreadable(person),
            Some(Item::Listed(person)) => {
                let step = run.planner.listed(&person, &self.index);
                self.take(run, step, server);
            }
        }
        true
    }

    /// After the last entry: evidence about the missing, the guard, removals.
    pub fn finish(
        &mut self,
        mut run: Run,
        server: &mut Server,
        directory: &Directory,
        limit: RemovalLimit,
        approval: Approval,
    ) -> Report {
        assert!(run.items.is_empty());
        if run.report.end == End::Complete {
            run.report.end = self.ask(&mut run, server, directory);
        }
        if run.report.end != End::Complete {
            return run.report;
        }
        let removals = run.planner.removals(&self.index);
        let numbers: HashSet<_> = removals.iter().map(|planned| planned.number).collect();
        assert_eq!(numbers.len(), removals.len(), "removed twice: {removals:?}");
        let mut report = run.report;
        let kept = self.index.kept_by(INTEGRATION).count();
        let hash = guard::hash(&removals, TENANT);
        let approval = match approval {
            Approval::No => None,
            Approval::Wrong => Some("0123456789abcdef".to_owned()),
            Approval::Exact => Some(hash.clone()),
        };
        match guard::judge(&removals, TENANT, kept, limit, approval.as_deref()) {
            Verdict::Held { .. } => report.end = End::Held,
            Verdict::Proceed => {
                for planned in &removals {
                    if self.write(planned, server, run.quarantine) {
                        report.removed.push(planned.clone());
                    } else {
                        report.conflicts += 1;
                    }
                }
            }
        }
        (report.removals, report.hash) = (removals, hash);
        report
    }

    fn ask(&mut self, run: &mut Run, server: &mut Server, directory: &Directory) -> End {
        for person in run.planner.missing(&self.index) {
            if !run.evidence {
                return End::Failed;
            }
            run.report.asked.push(person.clone());
            let step = match directory.find(&person) {
                None => run.planner.deleted(&person, &self.index),
                Some(found) => match run.planner.found(found, &self.index) {
                    Ok(step) => step,
                    Err(_) => return End::Short,
                },
            };
            self.take(run, step, server);
        }
        End::Complete
    }

    fn take(&mut self, run: &mut Run, mut step: Step, server: &mut Server) {
        loop {
            match step {
                Step::Nothing => {
                    let problems = run.planner.problems().into_iter();
                    return run.report.unnumbered.extend(problems.map(|problem| problem.user));
                }
                Step::Write(planned) if planned.change == Change::Create => {
                    let Content::View(view) = planned.content.clone() else {
                        panic!("a creation without content")
                    };
                    let object = view.into_object(TENANT, &planned.number.to_string());
                    match server.create(object) {
                        Ok(created) => {
                            self.learn(&created);
                            return run.report.written.push(*planned);
                        }
                        Err(there) => {
                            self.learn(&there);
                            run.report.conflicts += 1;
                            if person_of(&there).as_ref() == Some(&planned.person) {
                                return;
                            }
                            step = run.planner.renumber(*planned, &self.index);
                        }
                    }
                }
                Step::Write(planned) => {
                    if self.write(&planned, server, run.quarantine) {
                        run.report.written.push(*planned);
                    } else {
                        run.report.conflicts += 1;
                    }
                    return;
                }
            }
        }
    }

    /// Carries out a change of an extension, unless it is another one by now than the change was planned for.
    fn write(&mut self, planned: &Planned, server: &mut Server, quarantine: SignedDuration) -> bool {
        let Some(object) = server.objects().get(&planned.number) else {
            return false;
        };
        let same = person_of(object).as_ref() == Some(&planned.person);
        if !same || object.metadata.generation != Some(planned.generation) {
            return false;
        }
        let current = View::of(object);
        let Some(target) = planned.content.target(&current) else {
            self.delete(planned, server, quarantine);
            return true;
        };
        let Some(patch) = target.patch_from(&current) else {
            return false; // somebody else did the same
        };
        let patched = server.patch(planned.number, &patch);
        assert_eq!(View::of(&patched), target);
        self.learn(&patched);
        true
    }

    fn delete(&mut self, planned: &Planned, server: &mut Server, quarantine: SignedDuration) {
        let entry = Entry {
            person: planned.person.clone(),
            until: server.now + quarantine,
        };
        server
            .quarantine
            .insert(planned.number, quarantine::to_text(&entry));
        self.own_deletions.insert(server.delete(planned.number));
        self.index.remove(planned.number);
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
            let mut target = current.clone();
            target.labels.clear();
            let patched = server.patch(number, &target.patch_from(&current).unwrap());
            self.learn(&patched);
        }
    }
}

/// Whose extension it is, read apart from the code under test.
pub fn person_of(object: &PbxExtension) -> Option<PersonId> {
    let identity = object.spec.google.as_ref().map(|google| &google.user_id);
    let label = || {
        let labels = object.labels();
        let kept = labels.get(LABEL_MANAGED_BY)? == MANAGED_BY && labels.contains_key(LABEL_INTEGRATION);
        labels.get(LABEL_GOOGLE_USER_ID).filter(|_| kept)
    };
    identity.or_else(label).map(|id| PersonId::new(id.as_str()))
}
