//! How a change is carried out, against the API server of the model.

use super::directory::id;
use super::extensions::person_of;
use super::hands::{self, Hand, Stranger};
use super::operator::Operator;
use super::reading::Trouble;
use super::report::End;
use super::run::Run;
use super::server::Server;
use crate::api::PbxExtension;
use crate::sync::number::Number;
use crate::sync::plan::{Change, Claim, Content, Planned};
use crate::sync::view::View;

/// How a change ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Applied {
    Done,
    Already,
    NumberTaken,
    Outdated,
    Rejected,
}

/// The process, or the run, ends here.
struct CutOff;

impl Operator {
    /// Carries a change out, and tells the driver how it ended.
    pub(super) fn write(&mut self, run: &mut Run, planned: Planned, server: &mut Server) {
        let Ok(applied) = self.apply(run, &planned, server) else {
            return;
        };
        run.report.conflicts += usize::from(!matches!(applied, Applied::Done | Applied::Rejected));
        match applied {
            Applied::Done => run.report.made(planned),
            Applied::Already => {}
            Applied::NumberTaken => run.driver.number_taken(planned, &self.index),
            Applied::Outdated => run.driver.outdated(planned.person),
            Applied::Rejected => run.report.reported.push(planned.user),
        }
    }

    fn apply(&mut self, run: &mut Run, planned: &Planned, server: &mut Server) -> Result<Applied, CutOff> {
        match (planned.change, &planned.content) {
            (Change::Create, Content::View(view)) => {
                if let Some(digest) = self.index.of_person(&planned.person) {
                    let same = digest.view == view.hash();
                    return Ok(if same { Applied::Already } else { Applied::Outdated });
                }
                self.claim(run, planned, planned.number, view, server)
            }
            (_, Content::Nothing) => self.delete(run, planned, server),
            (_, Content::Move { to, view }) => {
                if !self.is_planned_for(planned, server) {
                    return Ok(Applied::Outdated);
                }
                match self.claim(run, planned, *to, view, server)? {
                    Applied::Done | Applied::Already => self.delete(run, planned, server),
                    other => Ok(other),
                }
            }
            _ => self.update(run, planned, server),
        }
    }

    /// Creating the object is the claim of its number.
    fn claim(
        &mut self,
        run: &mut Run,
        planned: &Planned,
        number: Number,
        view: &View,
        server: &mut Server,
    ) -> Result<Applied, CutOff> {
        if is_refused(run, planned) {
            return Ok(Applied::Rejected);
        }
        let loses = begin(run, number, planned, server)?;
        let tenant = run.policy().tenant;
        match server.create(view.clone().into_object(&tenant, &number.to_string())) {
            Ok(_) if loses => Err(lost(run, planned)),
            Ok(created) => {
                self.learn(&created);
                Ok(Applied::Done)
            }
            Err(there) => {
                self.learn(&there);
                Ok(match person_of(&there) {
                    Some(person) if person == planned.person && View::of(&there) == *view => Applied::Done,
                    Some(person) if person == planned.person => Applied::Outdated,
                    _ => Applied::NumberTaken,
                })
            }
        }
    }

    /// Changes an extension, unless it is another one by now than the change was planned for.
    fn update(&mut self, run: &mut Run, planned: &Planned, server: &mut Server) -> Result<Applied, CutOff> {
        let loses = begin(run, planned.number, planned, server)?;
        let Some(object) = self.look(planned, server) else {
            return Ok(Applied::Outdated);
        };
        let current = View::of(&object);
        let target = planned.content.target(&current).unwrap();
        let Some(patch) = target.patch_from(&current) else {
            return Ok(Applied::Already);
        };
        if object.metadata.generation != Some(planned.generation) {
            return Ok(Applied::Outdated);
        }
        if is_refused(run, planned) {
            return Ok(Applied::Rejected);
        }
        let patched = server.patch(planned.number, &patch);
        assert_eq!(View::of(&patched), target);
        if loses {
            return Err(lost(run, planned));
        }
        self.learn(&patched);
        Ok(Applied::Done)
    }

    fn delete(&mut self, run: &mut Run, planned: &Planned, server: &mut Server) -> Result<Applied, CutOff> {
        let loses = begin(run, planned.number, planned, server)?;
        let Some(object) = self.look(planned, server) else {
            return Ok(Applied::Already);
        };
        if object.metadata.generation != Some(planned.generation) {
            return Ok(Applied::Outdated);
        }
        if is_refused(run, planned) {
            return Ok(Applied::Rejected);
        }
        let version = server.delete(planned.number);
        self.own_deletions.insert(version);
        if loses {
            return Err(lost(run, planned));
        }
        self.index.remove(planned.number);
        Ok(Applied::Done)
    }

    /// The object as it is now, if it is still this person's.
    fn look(&mut self, planned: &Planned, server: &Server) -> Option<PbxExtension> {
        let Some(object) = server.objects().get(&planned.number) else {
            self.index.remove_by_hand(planned.number);
            return None;
        };
        self.learn(object);
        let person = person_of(object);
        let unowned = person.is_none() && planned.claim == Claim::Unowned;
        (unowned || person.as_ref() == Some(&planned.person)).then(|| object.clone())
    }

    fn is_planned_for(&mut self, planned: &Planned, server: &Server) -> bool {
        self.look(planned, server)
            .is_some_and(|object| object.metadata.generation == Some(planned.generation))
    }
}

fn is_refused(run: &Run, planned: &Planned) -> bool {
    matches!(run.reading.trouble, Trouble::Refuses(index) if planned.person == id(index))
}

fn lost(run: &mut Run, planned: &Planned) -> CutOff {
    run.report.made(planned.clone());
    run.end(End::Failed);
    CutOff
}

/// What happens just before a write; whether its answer is going to be lost.
fn begin(run: &mut Run, number: Number, planned: &Planned, server: &mut Server) -> Result<bool, CutOff> {
    let trouble = run.reading.trouble;
    let is_due = is_due(trouble, run.writes);
    run.writes += 1;
    match trouble {
        Trouble::Crashes(_) if is_due => {
            if let Content::Move { .. } = planned.content
                && number == planned.number
            {
                run.report.made(planned.clone()); // half of it
            }
            run.end(End::Crashed);
            Err(CutOff)
        }
        Trouble::Meddles(_, hand) if is_due => {
            meddle(hand, number, &run.policy().tenant, server);
            run.report.meddled = Some(number);
            Ok(false)
        }
        Trouble::Loses(_) => Ok(is_due),
        _ => Ok(false),
    }
}

/// An administrator is faster.
fn meddle(hand: Hand, number: Number, tenant: &str, server: &mut Server) {
    match hand {
        _ if !server.objects().contains_key(&number) => {
            let _ = server.create(hands::foreign(tenant, number, Stranger::Plain));
        }
        Hand::Delete => {
            server.delete(number);
        }
        edit => server.edit(number, |object| hands::edit(edit, object)),
    }
}

/// Whether this is the write with which something goes wrong.
fn is_due(trouble: Trouble, write: usize) -> bool {
    match trouble {
        Trouble::Crashes(at) | Trouble::Loses(at) | Trouble::Meddles(at, _) => at == write,
        Trouble::None | Trouble::Refuses(_) => false,
    }
}
