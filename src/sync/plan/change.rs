//! One change of a plan.

use crate::api::extension::DisabledReason;
use crate::sync::desired::date;
use crate::sync::index::TenantIndex;
use crate::sync::number::Number;
use crate::sync::person::PersonId;
use crate::sync::view::View;

/// What is done to an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// Deleted.
    Delete,
    /// Disabled.
    Disable,
    /// Handed over to the administrators of the phone system.
    Release,
    /// Created.
    Create,
    /// Updated, bound to its person, or enabled again.
    Update,
}

impl Change {
    /// The word that stands in the status.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "Delete",
            Self::Disable => "Disable",
            Self::Release => "Release",
            Self::Create => "Create",
            Self::Update => "Update",
        }
    }
}

/// What is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Everything that we keep.
    View(View),
    /// Only whether the extension is enabled, and when it goes: Google no longer describes the person.
    State {
        /// Why it is disabled; `None` enables it.
        reason: Option<DisabledReason>,
        /// When it goes, in seconds since 1970.
        remove_after: Option<i64>,
    },
    /// The person moves to another number: an extension with that number is created like this, then the old one goes.
    Move {
        /// The new number.
        to: Number,
        /// What the new extension looks like.
        view: View,
    },
    /// Our labels go, and the date of a deletion that nobody is going to make. Everything else stays.
    Release,
    /// Nothing: the object goes.
    Nothing,
}

impl Content {
    /// What an extension looks like afterwards; `None` when it goes.
    pub fn target(&self, current: &View) -> Option<View> {
        let mut view = current.clone();
        match self {
            Self::View(view) => return Some(view.clone()),
            Self::State { reason, remove_after } => {
                view.spec.enabled = reason.is_none();
                view.spec.disabled_reason = *reason;
                view.spec.remove_after = remove_after.and_then(date);
            }
            Self::Release => {
                view.labels.clear();
                view.spec.remove_after = None;
            }
            Self::Move { .. } | Self::Nothing => return None,
        }
        Some(view)
    }
}

/// What a change has to find in order to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The person's own extension; or, for a new one, any number that is free.
    Own,
    /// For a new one: this number or none.
    Exactly,
    /// An extension that is nobody's, and becomes the person's.
    Unowned,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// What is done.
    pub change: Change,
    /// To which extension.
    pub number: Number,
    /// Whose it is.
    pub person: PersonId,
    /// The person's address; the id when Google no longer gives one.
    pub user: String,
    /// Why, one word.
    pub reason: &'static str,
    /// What is written.
    pub content: Content,
    /// What it has to find.
    pub claim: Claim,
    /// `metadata.generation` of the extension that the change was planned for; 0 for one that is not there yet.
    pub generation: i64,
}

impl Planned {
    /// The number to which the person moves.
    pub fn moves_to(&self) -> Option<Number> {
        match self.content {
            Content::Move { to, .. } => Some(to),
            _ => None,
        }
    }

    /// The change as it can be made now: one of an extension that this run has made itself is planned for what was made.
    /// `None` when that is not there.
    pub fn ready(mut self, index: &TenantIndex) -> Option<Self> {
        if self.generation == 0 && self.change != Change::Create {
            let made = index.get(self.number)?;
            self.generation = made.generation;
            return (made.person.as_ref() == Some(&self.person)).then_some(self);
        }
        Some(self)
    }

    /// What is left of a removal that is withheld: the person's details, in an extension that stays in service as it is.
    pub fn in_service(self, index: &TenantIndex) -> Option<Self> {
        let digest = index.get(self.number)?;
        let Content::View(mut view) = self.content else {
            return None;
        };
        view.spec.enabled = digest.enabled;
        view.spec.disabled_reason = digest.reason;
        view.spec.remove_after = digest.remove_after.and_then(date);
        if view.hash() == digest.view {
            return None;
        }
        Some(Self {
            change: Change::Update,
            reason: "Changed",
            content: Content::View(view),
            ..self
        })
    }
}

/// Why a second extension goes.
pub const DUPLICATE: &str = "Duplicate";
/// Why an extension goes whose person has, or is about to have, one with another number.
pub const RENUMBERED: &str = "Renumbered";

/// People whose extension these removals delete, and not because they have another one.
pub fn leavers(removals: &[Planned]) -> impl Iterator<Item = &PersonId> {
    let deleted = removals.iter().filter(|planned| planned.change == Change::Delete);
    deleted
        .filter(|planned| ![DUPLICATE, RENUMBERED].contains(&planned.reason))
        .map(|planned| &planned.person)
}

/// A person who could not be served as the declaration asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The person's address.
    pub user: String,
    /// What is wrong, one word.
    pub reason: &'static str,
    /// What is wrong and what to do, for people.
    pub message: String,
    /// Whether the person is without an extension because of it.
    pub unserved: bool,
}
