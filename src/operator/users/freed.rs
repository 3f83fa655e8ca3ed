//! Numbers that nobody has any more: who was reported to wait for one is served now, and not by the next sync of the schedule.

use std::collections::HashSet;

use kube::runtime::reflector::ObjectRef;

use super::gate;
use super::one_person::want_sync;
use crate::api::GoogleWorkspaceIntegration;
use crate::api::integration::Users;
use crate::api::reasons;
use crate::api::status::Problem;
use crate::operator::engine::context::Context;
use crate::operator::engine::index::TenantKey;
use crate::operator::engine::subject::Subject;
use crate::sync::gate::May;
use crate::sync::number::Number;

/// The integrations that serve a tenant.
pub fn of_tenant(ctx: &Context, key: &TenantKey) -> Vec<ObjectRef<GoogleWorkspaceIntegration>> {
    let all = ctx.in_namespace(&key.namespace).into_iter();
    all.filter(|object| object.spec.tenant.name == key.tenant)
        .map(|object| ObjectRef::from_obj(&*object))
        .collect()
}

/// Asks for one sync when the last one told of somebody who waits for one of these numbers, or for any number.
pub async fn hand_on(
    ctx: &Context,
    reference: &ObjectRef<GoogleWorkspaceIntegration>,
    freed: &HashSet<Number>,
) {
    let latest = || ctx.latest(reference).map(Subject::new);
    let Some(subject) = latest().filter(|_| !freed.is_empty()) else {
        return;
    };
    let memory = ctx.memory(&subject.uid);
    // A sync that is on its way may have met the extension still, and tells so only at its end.
    let _working = tokio::select! {
        () = ctx.shutdown.cancelled() => return,
        working = memory.work.lock() => working,
    };
    let Some(subject) = latest() else { return };
    let is_due = subject.users().is_some_and(Users::is_automatic)
        && gate::sync(ctx, &subject) == May::Everything
        && is_waited_for(ctx, &subject, freed);
    if is_due {
        want_sync(ctx, &subject);
    }
}

fn is_waited_for(ctx: &Context, subject: &Subject, freed: &HashSet<Number>) -> bool {
    let memory = ctx.memory(&subject.uid);
    let notes = memory.notes();
    let users = notes
        .status_of(&subject.object)
        .and_then(|status| status.users.as_ref());
    users.is_some_and(|users| users.problems.iter().any(|problem| waits(problem, freed)))
}

/// Whether this problem may be over when nobody has these numbers any more.
fn waits(problem: &Problem, freed: &HashSet<Number>) -> bool {
    match problem.reason.as_str() {
        reasons::CAPACITY_EXCEEDED | reasons::NUMBERS_EXHAUSTED => true,
        // They name the number, or the extension that is in the way.
        "NumberConflict" | "EmailConflict" | "Terminating" => {
            let words = problem.message.split(|letter: char| !letter.is_ascii_digit());
            words
                .filter_map(Number::parse)
                .any(|number| freed.contains(&number))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::plan::going;

    #[test]
    fn only_who_waits_for_the_number_or_for_any_is_a_reason_to_look() {
        let number = |text: &str| Number::parse(text).unwrap();
        let terminating = going("acme", number("2001"), None);
        let cases = [
            (
                "NumberConflict",
                "The user should have 2001, but another extension has it.",
                true,
            ),
            (
                "NumberConflict",
                "The user should have 2002, but another extension has it.",
                false,
            ),
            (
                "NumberConflict",
                "The user should have 12001, but another extension has it.",
                false,
            ),
            (
                "EmailConflict",
                "PbxExtension acme-2001 has an e-mail address of this user.",
                true,
            ),
            ("Terminating", &terminating, true),
            ("CapacityExceeded", "There are 500 extensions already.", true),
            ("NumbersExhausted", "No number is free in 1000 to 1999.", true),
            ("NumberInvalid", "2001 is no number.", false),
            ("Rejected", "acme-2001 is refused.", false),
        ];
        for (reason, message, expected) in cases {
            let problem = Problem {
                user: "ana@acme.com".to_owned(),
                reason: reason.to_owned(),
                message: message.to_owned(),
            };
            let freed = HashSet::from([number("2001"), number("3001")]);
            assert_eq!(waits(&problem, &freed), expected, "{reason}: {message}");
        }
    }
}
