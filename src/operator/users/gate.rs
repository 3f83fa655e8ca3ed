//! The one gate before every write, with what the operator knows: see [`crate::sync::gate`].

use super::memory::UsersMemory;
use super::tenancy;
use crate::api::conditions::{self, REMOVALS_HELD};
use crate::api::integration::Users;
use crate::api::reasons;
use crate::operator::engine::context::Context;
use crate::operator::engine::due;
use crate::operator::engine::fault::{Fault, Identity};
use crate::operator::engine::subject::Subject;
use crate::sync::gate::{Circumstances, May, OnePerson, may_act};
use crate::sync::person::Person;

/// `spec.users`, when the integration is at work. A fault says what keeps it from that; `None` means that nobody asks for it.
pub fn at_work<'s>(ctx: &Context, subject: &'s Subject) -> Result<Option<&'s Users>, Fault> {
    if subject.is_deleted() {
        return Ok(None);
    }
    if subject.object.spec.suspend {
        let text = "spec.suspend is true: Dialplane reads and changes nothing. To resume, set spec.suspend to false.";
        return Err(Fault::declared(reasons::SUSPENDED, text));
    }
    let Some(users) = subject.users() else {
        return Ok(None);
    };
    tenancy::check(ctx, subject)?;
    Ok(Some(users))
}

/// What a sync may do, which proves the organization and judges removals by itself.
pub fn sync(ctx: &Context, subject: &Subject) -> May {
    may_act(&circumstances(ctx, subject, None))
}

/// What may be done about extensions of people who are switched off, which is judged like the removals of a sync.
pub fn switched_off(subject: &Subject) -> May {
    may_act(&Circumstances {
        is_at_work: !subject.is_deleted() && !subject.object.spec.suspend,
        is_dry_run: subject.object.spec.dry_run,
        one_person: None,
    })
}

/// What may be done for one person without a sync. `found` is Google's description of the person, if it has one.
pub fn one_person(ctx: &Context, subject: &Subject, identity: &Identity, found: Option<&Person>) -> May {
    let one = subject
        .users()
        .map(|users| of_one_person(ctx, subject, users, identity, found));
    may_act(&circumstances(ctx, subject, one))
}

fn circumstances(ctx: &Context, subject: &Subject, one_person: Option<OnePerson>) -> Circumstances {
    Circumstances {
        is_at_work: at_work(ctx, subject).is_ok_and(|users| users.is_some()),
        is_dry_run: subject.object.spec.dry_run,
        one_person,
    }
}

fn of_one_person(
    ctx: &Context,
    subject: &Subject,
    users: &Users,
    identity: &Identity,
    found: Option<&Person>,
) -> OnePerson {
    let memory = UsersMemory::of(ctx, subject);
    let notes = ctx.memory(&subject.uid).notes().clone();
    let status = notes.status_of(&subject.object);
    let held = status.and_then(|status| conditions::get(&status.conditions, REMOVALS_HELD));
    let is_carried_out = due::synced_generation(subject, &notes) == Some(subject.generation());
    let (kept, customer) = ctx.extensions.with(&subject.key, |tenant| {
        let kept = tenant.index.kept(&subject.name).readable();
        (kept, tenant.index.customer_of(&subject.name))
    });
    let answered = found.and_then(|person| person.customer_id.as_deref());
    OnePerson {
        is_settled: due::schedule(users).is_ok() && is_carried_out,
        is_held: held.is_some(),
        is_proved: memory.is_proved_for(identity) || (answered.is_some() && answered == customer.as_deref()),
        removed: memory.removed(),
        kept,
        limit: users.lifecycle.removal_limit,
    }
}
