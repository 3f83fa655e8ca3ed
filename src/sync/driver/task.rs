//! What a run is given, and what it asks for.

use super::leavers::Leavers;
use crate::sync::gate::May;
use crate::sync::person::PersonId;
use crate::sync::plan::Planned;

/// Under which terms a run acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What the gate lets it do.
    pub may: May,
    /// `metadata.uid` of the integration.
    pub uid: String,
    /// The hash that somebody approved.
    pub approval: Option<String>,
    /// Somebody who is declared to be in scope was not found: it may be any of those who are not named any more, and they stay
    /// until the declaration has been corrected.
    pub misses_somebody: bool,
}

/// Whom a run looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Everybody, from the whole list. It has somebody in it.
    List,
    /// Everybody who may be in scope, one by one.
    Candidates,
    /// One person, whom Google has described or called deleted. Nobody is missing.
    OnePerson,
}

/// What a run needs done next. Every change that it handed out has been made before it is asked for that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Only to make its changes.
    Change,
    /// To ask Google about each of them: they have an extension, and were not in the list.
    AccountFor(Vec<PersonId>),
    /// To ask Google about this person again: somebody else was faster at their extension.
    LookAgain(PersonId),
    /// To make sure that these people left the scope.
    Confirm(Leavers),
    /// To put the numbers of [`leaving`](super::Driver::leaving) into quarantine.
    Quarantine,
    /// To tell what is not done.
    Show(Shown),
    /// To give up: somebody else changes this person's extension again and again.
    Overtaken(PersonId),
    /// To give up: the list is empty.
    Nobody,
    /// Nothing more.
    Nothing,
}

/// Removals that are not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// These.
    pub removals: Vec<Planned>,
    /// Identifies exactly them.
    pub hash: String,
    /// How many would have been allowed, when they wait for an approval.
    pub held: Option<usize>,
}

/// The credentials read another organization than the one that the extensions come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// The one that the extensions come from.
    pub before: String,
    /// The one that answers now.
    pub now: String,
}
