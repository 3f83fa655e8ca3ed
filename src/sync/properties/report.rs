//! What a run did, for those who judge it.

use crate::sync::gate::Withheld;
use crate::sync::number::Number;
use crate::sync::person::PersonId;
use crate::sync::plan::{Change, Claim, Content, Planned};
use crate::sync::quarantine::Entry;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Complete,
    Held,
    /// A dry run.
    Planned,
    /// It may do nothing.
    Idle,
    /// The declaration names what Google does not have.
    Stopped,
    Short,
    /// The list was empty.
    Nobody,
    /// The directory is that of another organization.
    Foreign,
    /// Somebody else was faster again and again.
    Overtaken,
    Failed,
    /// The process ended.
    Crashed,
}

/// What a run did.
#[derive(Clone, Debug)]
pub struct Report {
    pub end: End,
    /// Written that takes nothing away, in order.
    pub written: Vec<Planned>,
    /// Planned removals of a complete read.
    pub removals: Vec<Planned>,
    /// Removals that were carried out.
    pub removed: Vec<Planned>,
    /// Missing people about whom Google was asked.
    pub asked: Vec<PersonId>,
    /// Addresses of people who could not be served as the declaration asks.
    pub reported: Vec<String>,
    /// Numbers that were put into quarantine, and for whom.
    pub freed: Vec<(Number, Entry)>,
    /// How many extensions the integration kept when the guard judged.
    pub kept: usize,
    /// Identifies the removals.
    pub hash: String,
    /// Writes that came too late because somebody else was faster.
    pub conflicts: usize,
    /// Why one person lost nothing that they would have.
    pub withheld: Option<Withheld>,
    /// The extension that an administrator changed meanwhile.
    pub meddled: Option<Number>,
    /// Which approval was given.
    pub approval: Option<String>,
}

/// How somebody came to a number.
pub enum Taken<'a> {
    /// It was free.
    New(Number, &'a Planned),
    /// With an extension that was there before.
    Bound(&'a PersonId),
    /// Somebody's second extension went.
    Left(Number),
}

impl Report {
    /// Of a run that has done nothing yet.
    pub fn new(approval: Option<String>) -> Self {
        Self {
            end: End::Complete,
            written: Vec::new(),
            removals: Vec::new(),
            removed: Vec::new(),
            asked: Vec::new(),
            reported: Vec::new(),
            freed: Vec::new(),
            kept: 0,
            hash: String::new(),
            conflicts: 0,
            withheld: None,
            meddled: None,
            approval,
        }
    }

    /// Of two runs, one after the other.
    pub fn then(self, next: Self) -> Self {
        Self {
            written: [self.written, next.written].concat(),
            removed: [self.removed, next.removed].concat(),
            asked: [self.asked, next.asked].concat(),
            freed: [self.freed, next.freed].concat(),
            conflicts: self.conflicts + next.conflicts,
            meddled: self.meddled.or(next.meddled),
            ..next
        }
    }

    /// What was made.
    pub fn made(&mut self, planned: Planned) {
        match planned.change {
            Change::Create | Change::Update => self.written.push(planned),
            Change::Disable | Change::Delete | Change::Release => self.removed.push(planned),
        }
    }

    pub fn created(&self) -> impl Iterator<Item = &Planned> {
        self.written
            .iter()
            .filter(|planned| planned.change == Change::Create)
    }

    /// Every number that was taken, in this order: by a creation, by a change of number, or with an extension that was there.
    pub fn steps(&self) -> impl Iterator<Item = Taken<'_>> {
        let moved = self.removed.iter().filter_map(|planned| match planned.content {
            Content::Move { to, .. } => Some(Taken::New(to, planned)),
            Content::Nothing => Some(Taken::Left(planned.number)),
            _ => None,
        });
        let written = self.written.iter().filter_map(|planned| match planned.change {
            Change::Create => Some(Taken::New(planned.number, planned)),
            _ if planned.claim == Claim::Unowned => Some(Taken::Bound(&planned.person)),
            _ => None,
        });
        written.chain(moved)
    }

    /// Whether a hand-made extension was bound to the person.
    pub fn adopted(&self, number: Number, person: &PersonId) -> bool {
        self.written.iter().chain(&self.removed).any(|planned| {
            planned.number == number && planned.person == *person && planned.claim == Claim::Unowned
        })
    }
}
