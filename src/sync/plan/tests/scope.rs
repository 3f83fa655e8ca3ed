//! People who leave the scope, and who is asked about when only those in scope are read.

use super::*;
use crate::sync::groups::{GroupGraph, Roster};
use crate::sync::scope::{Scope, Selection, Unit};

const PLANS: [OnOutOfScope; 3] = [OnOutOfScope::Disable, OnOutOfScope::Delete, OnOutOfScope::Release];

fn leaving(on_out_of_scope: OnOutOfScope) -> Policy {
    policy_with(|policy| policy.lifecycle.on_out_of_scope = on_out_of_scope)
}

fn guest() -> Says {
    Listed(ana_with(|ana| ana.guest = Some(true)))
}

fn of_another_integration(object: PbxExtension) -> PbxExtension {
    let mut object = object;
    object.metadata.labels = Some(View::labels_of("acme", "other", "1"));
    object
}

#[test]
fn leaving_the_scope() {
    let [disable, delete, release] = PLANS.map(leaving);
    for there in [on(), off(Suspended), off(Deleted), off(OutOfScope), off(None)] {
        let (is_on, reason) = (
            there.as_ref().unwrap().spec.enabled,
            there.as_ref().unwrap().spec.disabled_reason,
        );
        let disabled = match (is_on, reason) {
            (true, _) => "later: Disable 1001 OutOfScope: off OutOfScope",
            (false, Some(OutOfScope)) => "",
            (false, _) => "Update 1001 OutOfScope: off OutOfScope",
        };
        check(&disable, vec![(there.clone(), guest(), disabled)]);
        check(
            &delete,
            vec![(there.clone(), guest(), "later: Delete 1001 OutOfScope: gone")],
        );
        check(
            &release,
            vec![(there, guest(), "later: Release 1001 OutOfScope: released")],
        );
    }
    for policy in [disable, delete, release] {
        let rows = vec![
            (None, guest(), ""),
            (on().map(released), guest(), ""),
            (off(OutOfScope).map(released), guest(), ""),
            (on().map(of_another_integration), guest(), ""),
            // Back in scope, whatever became of it.
            (off(OutOfScope), Listed(ana()), "Update 1001 Active: on"),
            (on().map(released), Listed(ana()), "Update 1001 Bound: on"),
            (
                off(OutOfScope).map(released),
                Listed(ana()),
                "Update 1001 Active: on",
            ),
        ];
        check(&policy, rows);
    }
}

#[test]
fn leaving_the_scope_counts_before_being_suspended() {
    let both = || {
        Listed(ana_with(|ana| {
            ana.guest = Some(true);
            ana.suspended = Some(true);
        }))
    };
    for plan in PLANS {
        let policy = policy_with(|policy| {
            policy.lifecycle.on_out_of_scope = plan;
            policy.lifecycle.on_suspended = WhileInactive::Delete;
        });
        let expected = match plan {
            OnOutOfScope::Disable => "later: Disable 1001 OutOfScope: off OutOfScope",
            OnOutOfScope::Delete => "later: Delete 1001 OutOfScope: gone",
            OnOutOfScope::Release => "later: Release 1001 OutOfScope: released",
        };
        check(&policy, vec![(on(), both(), expected)]);
    }
}

/// A planner that reads only people who may be in scope: Bo, by his id, by a group or by the domain.
fn narrow(policy: &Policy) -> Vec<Planner> {
    let by_id = Selection {
        people: [(id("2"), "bo@acme.com".to_owned())].into(),
        ..Selection::default()
    };
    let mut graph = GroupGraph::default();
    let roster = Roster {
        people: vec![id("2")],
        ..Roster::default()
    };
    graph.insert("sales@acme.com".into(), roster);
    let by_group = Selection {
        groups: vec![graph.expand("sales@acme.com")],
        ..Selection::default()
    };
    let scopes = [
        Scope {
            include: Some(by_id),
            ..Scope::default()
        },
        Scope {
            include: Some(by_group),
            ..Scope::default()
        },
        Scope {
            domain: Some("other.com".into()),
            ..Scope::default()
        },
    ];
    scopes
        .map(|scope| {
            let policy = Policy {
                scope: Arc::new(scope),
                ..policy.clone()
            };
            let allocator = Allocator::new(
                Range::parse("1001", Some("1999")).unwrap(),
                Quarantine::default(),
                at(NOW),
            );
            Planner::new(policy, Numbers::new(Source::Automatic, allocator), true)
        })
        .into()
}

fn check_narrow(rows: Vec<(Policy, Option<PbxExtension>, Says, &'static str)>) {
    for (policy, there, says, expected) in rows {
        for mut planner in narrow(&policy) {
            let row = format!(
                "{:?} {says:?} {policy:?}",
                there.as_ref().map(|object| &object.spec)
            );
            assert_eq!(run_with(&mut planner, there.clone(), &says), expected, "{row}");
        }
    }
}

fn found() -> Says {
    Found(ana())
}

/// Out of scope, and goes so many seconds from now.
#[expect(clippy::unnecessary_wraps, reason = "a cell of the tables below")]
fn waits(seconds: i64) -> Option<PbxExtension> {
    let mut object = extension("1001", &ana(), false, Some(OutOfScope));
    object.spec.remove_after = Some(at(NOW + seconds).to_string());
    Some(object)
}

#[test]
fn whoever_is_not_read_is_asked_about_until_their_extension_is_dealt_with() {
    let disabled = "later: Disable 1001 OutOfScope: off OutOfScope";
    let deleted = "later: Disable 1001 Deleted: only off Deleted";
    let forget = policy_with(|policy| policy.lifecycle.on_deleted = OnDeleted::Delete);
    check_narrow(vec![
        (policy(), on(), found(), disabled),
        (policy(), on(), IsDeleted, deleted),
        (
            policy(),
            off(Suspended),
            found(),
            "Update 1001 OutOfScope: off OutOfScope",
        ),
        (
            policy(),
            off(None),
            found(),
            "Update 1001 OutOfScope: off OutOfScope",
        ),
        (policy(), off(OutOfScope), found(), "not asked"),
        (policy(), off(Deleted), found(), "not asked"),
        (policy(), on().map(released), found(), "not asked"),
        (policy(), on().map(of_another_integration), found(), "not asked"),
        // Left over from a policy that deleted it: the date goes.
        (policy(), waits(5), found(), "Update 1001 Changed: off OutOfScope"),
        // Who is deleted later has to go too, and that nobody tells.
        (forget.clone(), off(OutOfScope), found(), ""),
        (
            forget,
            off(OutOfScope),
            IsDeleted,
            "later: Delete 1001 Deleted: gone",
        ),
    ]);
}

#[test]
fn whoever_is_not_read_leaves_like_anybody_else() {
    let patient = policy_with(|policy| {
        policy.lifecycle.on_out_of_scope = OnOutOfScope::Delete;
        policy.lifecycle.grace_period = crate::api::GoDuration::new("60s");
    });
    let [_, delete, release] = PLANS.map(leaving);
    let gone = "later: Delete 1001 OutOfScope: gone";
    let handed_over = "later: Release 1001 OutOfScope: released";
    let waiting = "later: Disable 1001 OutOfScope: off OutOfScope until +60";
    check_narrow(vec![
        (delete.clone(), on(), found(), gone),
        (delete.clone(), off(OutOfScope), found(), gone),
        (release.clone(), on(), found(), handed_over),
        (release.clone(), off(OutOfScope), found(), handed_over),
        // Deleted, restored and out of scope by then: nobody tells that either.
        (release.clone(), off(Deleted), found(), handed_over),
        (release, off(Deleted), IsDeleted, ""),
        (delete.clone(), off(Deleted), found(), gone),
        (delete, off(Deleted), IsDeleted, ""),
        (patient.clone(), on(), found(), waiting),
        (
            patient.clone(),
            off(OutOfScope),
            found(),
            "Update 1001 Changed: off OutOfScope until +60",
        ),
        (patient.clone(), waits(5), found(), "not asked"),
        (patient.clone(), waits(0), found(), gone),
        (
            patient,
            waits(-5),
            IsDeleted,
            "Update 1001 Deleted: only off Deleted",
        ),
    ]);
}

#[test]
fn in_a_complete_list_everybody_out_of_scope_is_missing_for_a_reason() {
    for (there, says, expected) in [
        (
            off(OutOfScope),
            IsDeleted,
            "Update 1001 Deleted: only off Deleted",
        ),
        (off(Deleted), IsDeleted, "not asked"),
        (off(OutOfScope), Found(ana()), "short read, 1001"),
    ] {
        check(&policy(), vec![(there, says, expected)]);
    }
}

#[test]
fn whoever_is_in_scope_and_not_read_proves_a_short_read_of_a_narrow_list_too() {
    for mut planner in narrow(&policy()) {
        let bo = Person {
            email: "bo@other.com".into(),
            ..person("2", "bo")
        };
        let there = index([extension("1001", &bo, true, None)]);
        assert_eq!(planner.missing(&there), [id("2")]);
        assert_eq!(
            planner.found(&bo, &there),
            Err(ShortRead {
                number: Some(number("1001"))
            })
        );
    }
}

#[test]
fn selectors_decide_about_whoever_is_read() {
    let sales = Selection {
        units: vec![Unit {
            declared: "/Sales".into(),
            path: "/Sales".into(),
        }],
        ..Selection::default()
    };
    let herself = Selection {
        people: [(id("1"), "ana@acme.com".to_owned())].into(),
        ..Selection::default()
    };
    let included = policy_with(|policy| Arc::make_mut(&mut policy.scope).include = Some(sales.clone()));
    let excluded = policy_with(|policy| {
        Arc::make_mut(&mut policy.scope).include = Some(sales.clone());
        Arc::make_mut(&mut policy.scope).exclude = herself.clone();
    });
    let at = |path: &str| Listed(ana_with(|ana| ana.org_unit_path = Some(path.into())));
    let mut there = on().unwrap();
    there.spec.google.as_mut().unwrap().org_unit_path = Some("/Sales".into());
    let there = || Some(there.clone());
    let gone = "later: Disable 1001 OutOfScope: off OutOfScope";
    check(
        &included,
        vec![
            (None, at("/Sales/Berlin"), "Create 1001 New: on"),
            (None, at("/Salesforce"), ""),
            (there(), at("/Sales"), ""),
            (there(), at("/Support"), gone),
        ],
    );
    check(
        &excluded,
        vec![(None, at("/Sales"), ""), (there(), at("/Sales"), gone)],
    );
}
