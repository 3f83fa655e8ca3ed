//! What a plan does about each transition of one person.

use super::*;

#[test]
fn lifecycle_by_default() {
    let renamed = ana_with(|ana| ana.first_name = Some("Anne".into()));
    let rows = vec![
        (None, Listed(ana()), "Create 1001 New: on"),
        (on(), Listed(ana()), ""),
        (on(), Listed(renamed), "Update 1001 Changed: on"),
        (on(), suspended(), "later: Disable 1001 Suspended: off Suspended"),
        (off(Suspended), suspended(), ""),
        (off(Suspended), Listed(ana()), "Update 1001 Active: on"),
        (on(), archived(), "later: Disable 1001 Archived: off Archived"),
        (off(Archived), archived(), ""),
        (off(Archived), Listed(ana()), "Update 1001 Active: on"),
        (off(Suspended), archived(), "Update 1001 Archived: off Archived"),
        // At a first sync, people who are not active get their number too.
        (None, suspended(), "Create 1001 New: off Suspended"),
        (None, archived(), "Create 1001 New: off Archived"),
        (on(), IsDeleted, "later: Disable 1001 Deleted: only off Deleted"),
        (off(Suspended), IsDeleted, "Update 1001 Deleted: only off Deleted"),
        (off(Deleted), IsDeleted, "not asked"),
        (off(Deleted), Listed(ana()), "Update 1001 Active: on"),
        (off(Deleted), suspended(), "Update 1001 Suspended: off Suspended"),
        (None, IsDeleted, "not asked"),
    ];
    check(&policy(), rows);
}

#[test]
fn delete_means_no_extension() {
    let policy = policy_with(|policy| {
        policy.lifecycle.on_suspended = WhileInactive::Delete;
        policy.lifecycle.on_archived = WhileInactive::Delete;
        policy.lifecycle.on_deleted = OnDeleted::Delete;
    });
    let rows = vec![
        (on(), suspended(), "later: Delete 1001 Suspended: gone"),
        (off(Suspended), suspended(), "later: Delete 1001 Suspended: gone"),
        (off(None), suspended(), "later: Delete 1001 Suspended: gone"),
        (None, suspended(), ""),
        (on(), archived(), "later: Delete 1001 Archived: gone"),
        (None, archived(), ""),
        (on(), IsDeleted, "later: Delete 1001 Deleted: gone"),
        // Nothing is settled: an extension that was disabled under another policy goes.
        (off(Deleted), IsDeleted, "later: Delete 1001 Deleted: gone"),
        (on().map(released), suspended(), ""),
        (on().map(released), IsDeleted, "not asked"),
    ];
    check(&policy, rows);
}

#[test]
fn ignore_means_active() {
    let policy = policy_with(|policy| {
        policy.lifecycle.on_suspended = WhileInactive::Ignore;
        policy.lifecycle.on_archived = WhileInactive::Ignore;
    });
    let rows = vec![
        (None, suspended(), "Create 1001 New: on"),
        (on(), suspended(), ""),
        (on(), archived(), ""),
        (off(Suspended), suspended(), "Update 1001 Active: on"),
    ];
    check(&policy, rows);
}

#[test]
fn out_of_scope_means_disabled_for_whoever_has_an_extension() {
    let guest = ana_with(|ana| ana.guest = Some(true));
    let rows = vec![
        (None, Listed(guest.clone()), ""),
        (
            on(),
            Listed(guest.clone()),
            "later: Disable 1001 OutOfScope: off OutOfScope",
        ),
        (off(OutOfScope), Listed(guest.clone()), ""),
        (off(OutOfScope), Listed(ana()), "Update 1001 Active: on"),
        (on().map(released), Listed(guest), ""),
    ];
    check(&policy(), rows);

    let policy = policy_with(|policy| Arc::make_mut(&mut policy.scope).domain = Some("acme.com".into()));
    let moved = || ana_with(|ana| ana.email = "ana@other.com".into());
    let rows = vec![
        (None, Listed(moved()), ""),
        (
            on(),
            Listed(moved()),
            "later: Disable 1001 OutOfScope: off OutOfScope",
        ),
        (
            on(),
            Found(moved()),
            "later: Disable 1001 OutOfScope: off OutOfScope",
        ),
        (
            off(Suspended),
            Found(moved()),
            "Update 1001 OutOfScope: off OutOfScope",
        ),
        (off(OutOfScope), Found(moved()), "not asked"),
        (off(OutOfScope), Listed(ana()), "Update 1001 Active: on"),
        (None, Listed(ana()), "Create 1001 New: on"),
    ];
    check(&policy, rows);
}

#[test]
fn unknown_is_not_no() {
    let unknown = || {
        Listed(ana_with(|ana| {
            ana.suspended = None;
            ana.archived = None;
            ana.guest = None;
        }))
    };
    let rows = vec![
        (None, unknown(), "Create 1001 New: on"),
        (on(), unknown(), ""),
        (off(Suspended), unknown(), ""),
        (off(Archived), unknown(), ""),
        (off(None), unknown(), ""),
    ];
    check(&policy(), rows);
}

#[test]
fn what_an_administrator_switched_off_stays_off() {
    let renamed = ana_with(|ana| ana.first_name = Some("Anne".into()));
    let rows = vec![
        (off(None), Listed(ana()), ""),
        (off(None), Listed(renamed), "Update 1001 Changed: off by hand"),
        (off(None), suspended(), ""),
        (off(None), archived(), ""),
        (off(None), IsDeleted, "Update 1001 Deleted: only off Deleted"),
        (
            off(None).map(released),
            Listed(ana()),
            "Update 1001 Bound: off by hand",
        ),
    ];
    check(&policy(), rows);
}

#[test]
fn a_released_extension_is_bound_again_under_its_number() {
    let former = on().map(|mut object| {
        object.metadata.labels = Some(View::labels_of("acme", "former", "1"));
        object
    });
    let rows = vec![
        (on().map(released), Listed(ana()), "Update 1001 Bound: on"),
        (
            off(Suspended).map(released),
            Listed(ana()),
            "Update 1001 Active: on",
        ),
        (
            off(Suspended).map(released),
            suspended(),
            "Update 1001 Bound: off Suspended",
        ),
        (
            on().map(released),
            suspended(),
            "later: Disable 1001 Suspended: off Suspended",
        ),
        // Only one integration at a time serves the people of a tenant: the other one is a former one.
        (former, Listed(ana()), "Update 1001 Bound: on"),
    ];
    check(&policy(), rows);
}
