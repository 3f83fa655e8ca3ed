//! The scenarios that every directory sync has to survive, as a table: each row says what happens at Google, in Kubernetes
//! and to the operator, what has to be there afterwards, and what may be written on the way.
//!
//! The rows stand in one file per subject. [`row`] has their words, [`picture`] the form of the expected state and of the
//! expected writes; each row plays in a namespace and a Workspace of its own ([`scene`]). Unless its end says something
//! else, a row ends with a sync in which nothing changed and nothing is written but the acknowledgement.
//!
//! [`LIST`] is the whole list, with what is not covered, and why. A test holds it against the rows. What other tests go
//! into more deeply has its row here all the same.
#![allow(clippy::too_many_lines, reason = "a table is as long as it has rows")]

mod credentials;
mod large;
mod lifecycle;
mod numbers;
mod operators;
mod people;
mod picture;
mod reads;
mod row;
mod scene;
mod schedule;
mod scope;

use std::collections::BTreeSet;

/// Where a scenario of the list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Covered {
    /// It has rows.
    Rows,
    /// It has a test of its own: it is too large for a row, or needs no operator.
    Alone,
    /// Not yet, for this reason.
    Not(&'static str),
}

use Covered::{Alone, Not, Rows};

/// Every scenario.
const LIST: &[(&str, Covered)] = &[
    ("empty users key", Rows),
    ("empty users list", Rows),
    ("short read (30 % missing) for three runs", Rows),
    ("single user missing but get returns active", Rows),
    ("412 on get", Rows),
    ("user in showDeleted", Rows),
    ("suspend", Rows),
    ("archive", Rows),
    ("delete", Rows),
    ("undelete", Rows),
    ("primary e-mail rename", Rows),
    ("domain rename", Rows),
    ("two users same externalId", Rows),
    ("externalId missing", Rows),
    ("OU removed", Rows),
    ("OU renamed", Rows),
    ("group deleted", Rows),
    ("nested group cycle", Rows),
    ("nested external group 403", Rows),
    ("CUSTOMER member", Rows),
    ("alias as member", Rows),
    ("403 rate, 429, 503 at every page", Rows),
    ("cycling token", Rows),
    ("token expiry mid-run", Rows),
    ("refresh revoked mid-run", Rows),
    ("secret rotated", Rows),
    ("wrong Workspace", Rows),
    ("API disabled", Rows),
    ("insufficient role", Rows),
    (large::SCENARIO, Alone),
    // crate::scale has it, with the progress that it shows and the syncs that follow.
    ("10,000 first sync", Alone),
    ("operator killed mid-write", Rows),
    ("two replicas", Rows),
    ("clock skew", Rows),
    // What the operator makes of it is in crate::schedule.
    (schedule::SCENARIO, Alone),
    ("number pool exhausted", Rows),
    ("adoption on and off", Rows),
    ("manual edit of a locked field", Rows),
    ("manual delete", Rows),
    ("pause with and without deletion", Rows),
    ("disconnect retain and delete", Rows),
    ("two GWIs same tenant", Rows),
    ("two tenants same org", Rows),
    ("guard trip then approve", Rows),
    ("guard trip then heal", Rows),
    (
        "welcome mail once across restarts",
        Not("the resource has the field, the operator does not send mail yet"),
    ),
    ("consumer acknowledgement missing", Rows),
    ("PE hand-created with a colliding number", Rows),
    ("photo changed / too large", Rows),
    ("unicode and zero-width names", Rows),
    ("leading-zero numbers", Rows),
];

#[test]
fn every_scenario_has_a_row_or_a_reason() {
    let rows = [
        credentials::rows(),
        lifecycle::adoption(),
        lifecycle::by_hand(),
        lifecycle::ends(),
        lifecycle::guard(),
        numbers::rows(),
        operators::rows(),
        people::names(),
        people::photos(),
        people::states(),
        reads::answers(),
        reads::pages(),
        scope::groups(),
        scope::units(),
    ];
    let played: BTreeSet<_> = rows.iter().flatten().map(|row| row.scenario).collect();
    let listed = |wanted: Covered| {
        let found = LIST.iter().filter(move |(_, covered)| *covered == wanted);
        found.map(|(scenario, _)| *scenario).collect::<BTreeSet<_>>()
    };
    assert_eq!(played, listed(Rows));
    for (scenario, covered) in LIST {
        if let Not(reason) = covered {
            dialplane_test_harness::say(&format!("not covered: {scenario}: {reason}"));
        }
    }
}
