//! Runs a sync the way the operator does, one entry of the directory at a time, so that two of them can run at once.

use std::collections::{HashSet, VecDeque};

use jiff::SignedDuration;

use super::directory::Directory;
use super::extensions::{is_kept, person_of};
use super::reading::{Fault, Item, Reading, items};
use super::server::{Event, Server};
use super::settings::{INTEGRATION, Settings, TENANT};
use crate::api::PbxExtension;
use crate::api::integration::RemovalLimit;
use crate::sync::allocate::Allocator;
use crate::sync::guard::{self, Verdict};
use crate::sync::index::{Digest, Names, TenantIndex};
use crate::sync::number::Number;
use crate::sync::numbering::Numbers;
use crate::sync::person::PersonId;
use crate::sync::plan::{Change, Claim, Content, Planned, Planner, Step};
use crate::sync::quarantine::{self, Entry, Quarantine};
use crate::sync::scope::Selection;
use crate::sync::view::View;

const WHOSE: guard::Whose<'_> = guard::Whose {
    tenant: TENANT,
    uid: "u-1",
};

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
    /// In the middle of a change of number.
    CutShort,
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
    /// Addresses of people who could not be served as the declaration asks.
    pub reported: Vec<String>,
    /// How many extensions the integration kept when the guard judged.
    pub kept: usize,
    /// Identifies the removals.
    pub hash: String,
    /// Writes that the API server refused because somebody else was faster.
    pub conflicts: usize,
}

/// How somebody came to a number.
pub enum Taken<'a> {
    /// It was free.
    New(Number, &'a Planned),
    /// With an extension that was there before.
    Bound(&'a PersonId),
}

impl Report {
    pub fn created(&self) -> impl Iterator<Item = &Planned> {
        self.written
            .iter()
            .filter(|planned| planned.change == Change::Create)
    }

    /// Every number that was taken, in this order: by a creation, by a change of number, or with an extension that was there.
    pub fn steps(&self) -> impl Iterator<Item = Taken<'_>> {
        let moved = self.removed.iter().filter_map(|planned| match planned.content {
            Content::Move { to, .. } => Some(Taken::New(to, planned)),
            _ => None,
        });
        let written = self.written.iter().filter_map(|planned| match planned.change {
            Change::Create => Some(Taken::New(planned.number, planned)),
            _ if matches!(planned.reason, "Adopted" | "Assigned") => Some(Taken::Bound(&planned.person)),
            _ => None,
        });
        written.chain(moved)
    }

    /// Whether a hand-made extension was bound to the person.
    pub fn adopted(&self, number: Number, person: &PersonId) -> bool {
        self.written.iter().chain(&self.removed).any(|planned| {
            planned.number == number
                && planned.person == *person
                && matches!(planned.reason, "Adopted" | "Assigned")
        })
    }
}

/// A sync that is going on.
pub struct Run {
    planner: Planner,
    items: VecDeque<Item>,
    evidence: bool,
    cut_short: bool,
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
        let policy = settings.policy(directory);
        let include = policy.scope.include.as_ref().filter(|_| reading.narrow);
        let candidates = include.and_then(Selection::candidates);
        let narrow = settings.domain.is_some() || candidates.is_some();
        Self {
            planner: Planner::new(policy, Numbers::new(settings.source(), allocator), narrow),
            items: items(
                directory,
                settings.domain.as_deref(),
                candidates.as_deref(),
                reading,
            ),
            cut_short: matches!(reading.fault, Fault::CutShort),
            evidence: !matches!(reading.fault, Fault::NoEvidence),
            report: Report {
                end: End::Complete,
                written: Vec::new(),
                removals: Vec::new(),
                removed: Vec::new(),
                asked: Vec::new(),
                reported: Vec::new(),
                kept: 0,
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
        run.report.kept = server.objects().values().filter(|object| is_kept(object)).count();
        let kept = self.index.kept_by(INTEGRATION).count();
        let hash = guard::hash(&removals, WHOSE);
        let approval = match approval {
            Approval::No => None,
            Approval::Wrong => Some("0123456789abcdef".to_owned()),
            Approval::Exact => Some(hash.clone()),
        };
        match guard::judge(&removals, WHOSE, kept, limit, approval.as_deref()) {
            Verdict::Held { .. } => run.report.end = End::Held,
            Verdict::Proceed => self.remove(&mut run, &removals, server),
        }
        (run.report.removals, run.report.hash) = (removals, hash);
        run.report
    }

    /// Numbers that become free are put into quarantine before the first removal.
    fn remove(&mut self, run: &mut Run, removals: &[Planned], server: &mut Server) {
        for planned in removals.iter().filter(|planned| planned.change == Change::Delete) {
            let entry = Entry {
                person: planned.person.clone(),
                until: server.now + run.quarantine,
            };
            server
                .quarantine
                .insert(planned.number, quarantine::to_text(&entry));
        }
        for planned in removals {
            let done = match &planned.content {
                Content::Move { to, view } => {
                    let claimed = self.claim(planned, *to, view, server);
                    if claimed && run.cut_short {
                        run.report.end = End::CutShort;
                        return;
                    }
                    if !claimed {
                        run.planner.renumber(planned.clone(), &self.index);
                    }
                    claimed && self.write(planned, server)
                }
                _ => self.write(planned, server),
            };
            if done {
                run.report.removed.push(planned.clone());
            } else {
                run.report.conflicts += 1;
            }
        }
    }

    /// The first half of a change of number.
    fn claim(&mut self, planned: &Planned, to: Number, view: &View, server: &mut Server) -> bool {
        let there = server.objects().get(&planned.number);
        if !there.is_some_and(|object| is_planned_for(object, planned)) {
            return false;
        }
        match server.create(view.clone().into_object(TENANT, &to.to_string())) {
            Ok(created) => {
                self.learn(&created);
                true
            }
            Err(there) => {
                self.learn(&there);
                person_of(&there).as_ref() == Some(&planned.person) && View::of(&there) == *view
            }
        }
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
                    return run.report.reported.extend(problems.map(|problem| problem.user));
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
                    if self.write(&planned, server) {
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
    fn write(&mut self, planned: &Planned, server: &mut Server) -> bool {
        let Some(object) = server.objects().get(&planned.number) else {
            return false;
        };
        if !is_planned_for(object, planned) {
            return false;
        }
        let current = View::of(object);
        let Some(target) = planned.content.target(&current) else {
            self.delete(planned, server);
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

    fn delete(&mut self, planned: &Planned, server: &mut Server) {
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
            let target = Content::Release.target(&current).unwrap();
            let patched = server.patch(number, &target.patch_from(&current).unwrap());
            self.learn(&patched);
        }
    }
}

/// Whether the extension is still the one that a change was planned for.
fn is_planned_for(object: &PbxExtension, planned: &Planned) -> bool {
    let person = person_of(object);
    let unowned = person.is_none() && planned.claim == Claim::Unowned;
    (unowned || person.as_ref() == Some(&planned.person))
        && object.metadata.generation == Some(planned.generation)
}
