//! People who have no extension yet, and people who ought to have another number.

use crate::api::reasons;

use super::{Change, Claim, Content, Planned, Planner, Problem, RENUMBERED, Step, changing};
use crate::sync::allocate::Unavailable;
use crate::sync::desired::Standing;
use crate::sync::index::{Digest, TenantIndex};
use crate::sync::number::Number;
use crate::sync::numbering::Choice;
use crate::sync::person::Person;

impl Planner {
    /// Somebody in scope without extension: an assigned or adopted one, or a new one.
    pub(super) fn newcomer(&mut self, person: &Person, standing: Standing, index: &TenantIndex) -> Step {
        if let Some(number) = self.numbers.assigned(person) {
            return self.assigned(person, standing, number, index);
        }
        if let Some(opaque) = index.opaque_with(person.addresses()) {
            return self.barred(person.email.clone(), opaque);
        }
        let mut namesakes = index.unmanaged_with(person.addresses());
        namesakes.retain(|digest| !self.numbers.is_given(digest.number));
        if !namesakes.is_empty() {
            return self.namesake(person, standing, &namesakes);
        }
        match self.numbers.choose(person, index) {
            Choice::New { number, exact } => {
                self.instead(person, exact, index);
                self.create(person, standing, number, exact)
            }
            refused => self.refuse(person.email.clone(), &refused, true),
        }
    }

    /// Tells of somebody who gets a number of the range because the one that is theirs cannot be had.
    fn instead(&mut self, person: &Person, exact: bool, index: &TenantIndex) {
        if !exact
            && let Some(wanted) = self.numbers.wanted(person)
            && let Err(why) = self.numbers.claim(wanted, &person.id, index)
        {
            self.refuse(person.email.clone(), &Choice::Taken(wanted, why), false);
        }
    }

    fn create(&mut self, person: &Person, standing: Standing, number: Number, exact: bool) -> Step {
        Step::Write(Box::new(Planned {
            change: Change::Create,
            number,
            person: person.id.clone(),
            user: person.email.clone(),
            reason: "New",
            content: Content::View(self.policy.view(person, standing, None, None)),
            claim: if exact { Claim::Exactly } else { Claim::Own },
            generation: 0,
        }))
    }

    /// The declaration says which extension is the person's.
    fn assigned(&mut self, person: &Person, standing: Standing, number: Number, index: &TenantIndex) -> Step {
        if let Some(opaque) = index.opaque(number) {
            return self.barred(person.email.clone(), opaque);
        }
        let tenant = &self.policy.tenant;
        let (reason, message) = match index.get(number) {
            None => (
                "PendingAssignment",
                format!(
                    "spec.users.numbering.assignments assigns {number} to this user, but PbxExtension {tenant}-{number} does not exist. Create it with spec.tenant {tenant} and spec.number \"{number}\"."
                ),
            ),
            Some(digest)
                if digest.integration.is_none()
                    && digest.person.is_none()
                    && self.numbers.give(number, &person.id) =>
            {
                return self.bind(person, standing, digest, "Assigned");
            }
            Some(_) => (
                "NumberConflict",
                format!(
                    "spec.users.numbering.assignments assigns {number} to this user, but PbxExtension {tenant}-{number} belongs to another user or integration. Assign another number."
                ),
            ),
        };
        self.problem(person.email.clone(), reason, message, true)
    }

    /// Extensions that no integration keeps have one of the person's addresses.
    fn namesake(&mut self, person: &Person, standing: Standing, namesakes: &[&Digest]) -> Step {
        let tenant = &self.policy.tenant;
        let names: Vec<_> = namesakes
            .iter()
            .map(|digest| format!("{tenant}-{}", digest.number))
            .collect();
        let names = names.join(", ");
        let one_name = |digest: &Digest| format!("PbxExtension {tenant}-{}", digest.number);
        let message = match namesakes {
            [one] if !self.policy.lifecycle.adopt_by_email => format!(
                "{} is unmanaged and has an e-mail address of this user. To adopt it for this user, set spec.users.lifecycle.adoptByEmail to true. Otherwise change or delete it.",
                one_name(one)
            ),
            [one] if one.person.is_some() => format!(
                "{} has an e-mail address of this user, but belongs to another Google user. Remove its spec.google, or change or delete it.",
                one_name(one)
            ),
            [one] => {
                let wanted = self.numbers.wanted(person);
                let Some(wanted) = wanted.filter(|wanted| *wanted != one.number) else {
                    self.numbers.give(one.number, &person.id);
                    return self.bind(person, standing, one, "Adopted");
                };
                format!(
                    "{} has an e-mail address of this user, but the property of the user contains {wanted}. Correct the property in Google, or delete that extension.",
                    one_name(one)
                )
            }
            _ => format!(
                "{names} are unmanaged, and each has an e-mail address of this user. Leave the address in only one of them."
            ),
        };
        self.problem(person.email.clone(), "EmailConflict", message, true)
    }

    fn bind(&mut self, person: &Person, standing: Standing, digest: &Digest, reason: &'static str) -> Step {
        let view = self.policy.view(person, standing, None, Some(digest));
        let enabled = view.spec.enabled;
        let planned = Planned {
            reason,
            claim: Claim::Unowned,
            ..changing(
                person.id.clone(),
                person.email.clone(),
                digest,
                Content::View(view),
            )
        };
        self.place(planned, digest, enabled)
    }

    /// Somebody in scope who has an extension: its details, and its number.
    pub(super) fn keep(
        &mut self,
        person: &Person,
        standing: Standing,
        digest: &Digest,
        index: &TenantIndex,
    ) -> Step {
        if let Some(complaint) = self.numbers.complaint(person) {
            self.refuse(person.email.clone(), &complaint, false);
        }
        let wanted = self.numbers.wanted(person);
        let Some(to) = wanted.filter(|wanted| *wanted != digest.number) else {
            return self.change(person, standing, None, digest);
        };
        if !self.is_ours(digest) {
            let tenant = &self.policy.tenant;
            let message = format!(
                "The property of the user contains {to}, but the user already has the unmanaged PbxExtension {tenant}-{}. To give the user {to}, delete that extension or remove its spec.google.",
                digest.number
            );
            return self.problem(person.email.clone(), "NumberConflict", message, false);
        }
        match self.numbers.claim(to, &person.id, index) {
            Ok(()) => self.renumbered(person, standing, to, digest),
            Err(Unavailable::Taken) if index.is_taken(to) && self.numbers.give(to, &person.id) => {
                let moving = self.moving(person, standing, to, digest);
                self.wishes.push(moving);
                self.change(person, standing, None, digest)
            }
            Err(why) => {
                self.refuse(person.email.clone(), &Choice::Taken(to, why), false);
                self.change(person, standing, None, digest)
            }
        }
    }

    /// Somebody whose number changes. Whatever gives them something does not wait for that.
    fn renumbered(&mut self, person: &Person, standing: Standing, to: Number, digest: &Digest) -> Step {
        let moving = self.moving(person, standing, to, digest);
        let takes =
            digest.enabled && matches!(&moving.content, Content::Move { view, .. } if !view.spec.enabled);
        self.removals.push(moving);
        if takes {
            return Step::Nothing;
        }
        self.change(person, standing, None, digest)
    }

    fn moving(&self, person: &Person, standing: Standing, to: Number, digest: &Digest) -> Planned {
        let view = self.policy.view(person, standing, None, Some(digest));
        Planned {
            change: Change::Delete,
            reason: RENUMBERED,
            ..changing(
                person.id.clone(),
                person.email.clone(),
                digest,
                Content::Move { to, view },
            )
        }
    }

    /// Plans a creation again whose number turned out to be somebody else's.
    pub fn renumber(&mut self, mut planned: Planned, index: &TenantIndex) -> Step {
        if let Content::Move { to, .. } = planned.content {
            let taken = Choice::Taken(to, Unavailable::Taken);
            return self.refuse(planned.user, &taken, false);
        }
        let exact = planned.claim == Claim::Exactly;
        match self
            .numbers
            .another(&planned.person, planned.number, exact, index)
        {
            Choice::New { number, .. } => {
                if exact {
                    let taken = Choice::Taken(planned.number, Unavailable::Taken);
                    self.refuse(planned.user.clone(), &taken, false);
                }
                planned.number = number;
                planned.claim = Claim::Own;
                Step::Write(Box::new(planned))
            }
            refused => self.refuse(planned.user, &refused, true),
        }
    }

    pub(super) fn refuse(&mut self, user: String, choice: &Choice, unserved: bool) -> Step {
        let property = "the property that spec.users.numbering.property specifies";
        let (reason, message) = match choice {
            Choice::New { .. } => return Step::Nothing,
            Choice::Missing => ("NumberMissing", format!(
                "The user has no value in {property}. Enter a number of 3 to 13 digits in Google, or set spec.users.numbering.fallback to Automatic."
            )),
            Choice::Invalid(why) => ("NumberInvalid", format!(
                "The user's value in {property} is not a valid number: {why}. Enter a number of 3 to 13 digits in Google."
            )),
            Choice::Taken(number, Unavailable::Taken) => ("NumberConflict", format!(
                "The user should have {number}, but another extension has it. Correct the number of one of the two users in Google, or delete the extension if it is unused."
            )),
            Choice::Taken(number, Unavailable::Quarantined(until)) => ("NumberConflict", format!(
                "The user should have {number}, but it is in quarantine for its previous user until {until}. Enter another number in Google, or wait."
            )),
            Choice::Exhausted(range) => ("NumbersExhausted", format!(
                "No number is free in {} to {}. Raise spec.users.numbering.end, or delete unused extensions.",
                range.first, range.last,
            )),
            Choice::Full(capacity) => (reasons::CAPACITY_EXCEEDED, format!(
                "There are {capacity} extensions already, and spec.users.capacity allows no more. Raise it if the license of the phone system allows it, delete unused extensions, or take users out of scope."
            )),
            Choice::Unassigned => ("PendingAssignment",
                "This user has no entry in spec.users.numbering.assignments, and source is Manual. Add an entry for an extension that was created in advance.".to_owned()),
        };
        self.problem(user, reason, message, unserved)
    }

    pub(super) fn problem(
        &mut self,
        user: String,
        reason: &'static str,
        message: String,
        unserved: bool,
    ) -> Step {
        self.problems.push(Problem {
            user,
            reason,
            message,
            unserved,
        });
        Step::Nothing
    }
}
