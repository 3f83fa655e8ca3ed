//! People who are about to lose their extension because they left the scope. Who is in the list with another domain or unit is
//! out by Google's own word; who is missing from a group's members might have been left out of that list. So the groups are
//! read a second time, and if they are few, Google is asked about each of them, too; of more, a person has approved the plan.

use crate::api::extension::DisabledReason;
use crate::sync::groups::Membership;
use crate::sync::number::Number;
use crate::sync::person::PersonId;
use crate::sync::plan::{Planned, Planner, ShortRead};

/// At most so many are asked about people who left a group: each costs a call.
const QUESTIONS: usize = 100;

/// What has to be confirmed before they leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leavers {
    /// Those whom no selector names any more, and their extensions.
    unnamed: Vec<(Number, PersonId)>,
    /// The groups by which they may have been named.
    groups: Vec<String>,
    names_units: bool,
}

/// Whether somebody is a member of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question<'a> {
    /// The number of the person's extension.
    pub number: Number,
    /// The person.
    pub person: &'a PersonId,
    /// The group.
    pub group: &'a str,
}

/// Google's answer to a [`Question`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// A member.
    In,
    /// No member.
    Out,
    /// Google does not say it of people with an address in another domain than the group's.
    NotTold,
    /// There is no such group, or no such person.
    Gone,
}

/// Why nobody leaves in this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Somebody is a member after all.
    Short(ShortRead),
    /// A group that is gone says nothing about who was in it.
    Vanished,
}

impl Leavers {
    /// Those among these removals; `None` when nothing has to be confirmed.
    pub(super) fn of(planner: &Planner, removals: &[Planned]) -> Option<Self> {
        let out = DisabledReason::OutOfScope.as_str();
        let leavers = || removals.iter().filter(|planned| planned.reason == out);
        leavers().next()?;
        let scope = &planner.policy().scope;
        let groups = scope.include.iter().flat_map(|include| &include.groups);
        let mut found = Self {
            unnamed: leavers()
                .filter(|planned| planner.is_unnamed(&planned.person))
                .map(|planned| (planned.number, planned.person.clone()))
                .collect(),
            groups: groups.map(|group| group.name().to_owned()).collect(),
            names_units: scope.names_units(),
        };
        if found.unnamed.is_empty() {
            found.groups.clear();
        }
        (found.names_units || !found.groups.is_empty()).then_some(found)
    }

    /// Whether the organizational units have to be where they were when the scope was read.
    pub fn names_units(&self) -> bool {
        self.names_units
    }

    /// The groups that have to be read again, by address.
    pub fn groups(&self) -> &[String] {
        &self.groups
    }

    /// Passes when the groups, read again, name nobody of them.
    pub fn compare(&self, again: &[Membership]) -> Result<(), Doubt> {
        let mut people = self.unnamed.iter();
        let member = people.find(|(_, person)| again.iter().any(|group| group.contains(person)));
        member.map_or(Ok(()), |(number, _)| Err(short(*number)))
    }

    /// What Google has to be asked besides.
    pub fn questions(&self) -> Vec<Question<'_>> {
        if self.unnamed.len() * self.groups.len() > QUESTIONS {
            return Vec::new();
        }
        self.unnamed
            .iter()
            .flat_map(|(number, person)| {
                self.groups.iter().map(move |group| Question {
                    number: *number,
                    person,
                    group,
                })
            })
            .collect()
    }
}

impl Said {
    /// Passes unless the answer leaves doubt whether the owner of this extension left.
    pub fn confirms(self, number: Number) -> Result<(), Doubt> {
        match self {
            // Of those who are not told of, the groups that were read again tell.
            Self::Out | Self::NotTold => Ok(()),
            Self::In => Err(short(number)),
            Self::Gone => Err(Doubt::Vanished),
        }
    }
}

fn short(number: Number) -> Doubt {
    Doubt::Short(ShortRead { number: Some(number) })
}
