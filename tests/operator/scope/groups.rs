//! Groups: who is in one, through which others, and what a wrong answer about them may do, which is nothing.

use google_workspace_simulator::Fault;
use serde_json::json;

use super::{declare, group, join, leave, of, office};
use crate::lifecycle::{CREATE, PATCH, quiet_sync, sync_with};
use crate::world::{condition, counts, message, users};

/// A circle of groups, whose members are owners, managers and aliases.
#[tokio::test]
async fn nested_groups_owners_managers_and_circles_count() {
    let world = office().await;
    let alias = json!({"aliases": ["charles@acme.example"]});
    world.google.patch_user("cy@acme.example", alias).unwrap();
    for name in ["sales", "emea", "berlin"] {
        group(&world, name, &[]);
    }
    let add = |to: &str, member| {
        world
            .google
            .add_member(&format!("{to}@acme.example"), member)
            .unwrap()
    };
    add("sales", json!({"email": "ana@acme.example", "role": "OWNER"}));
    add("emea", json!({"email": "bo@acme.example", "role": "MANAGER"}));
    add("berlin", json!({"email": "charles@acme.example"}));
    for (outer, inner) in [
        ("sales", "emea"),
        ("emea", "berlin"),
        ("berlin", "sales"),
        ("sales", "berlin"),
    ] {
        join(&world, outer, inner);
    }
    let _operator = world.operator().await;
    declare(&world, json!({"include": {"groups": ["Sales@acme.example"]}})).await;
    assert_eq!(world.roll().await, "1001 ana, 1002 bo, 1003 cy");
    world.mark().await;
    quiet_sync(&world).await;
    let expected = [("members.list", 3), ("users.list", 1)];
    assert_eq!(world.called(), counts(expected), "each group once");

    // Newcomers and leavers of an inner group.
    join(&world, "berlin", "dan");
    leave(&world, "emea", "bo");
    world.mark().await;
    sync_with(&world, [(CREATE, 1), (PATCH, 1)]).await;
    assert_eq!(
        world.roll().await,
        "1001 ana, 1002 bo (OutOfScope), 1003 cy, 1004 dan"
    );
    let expected = [("members.list", 6), ("users.list", 1), ("members.hasMember", 1)];
    assert_eq!(
        world.called(),
        counts(expected),
        "the groups are read again, and Google is asked about the leaver"
    );
    world.mark().await;
    quiet_sync(&world).await;
    assert_eq!(
        world.called(),
        counts([("members.list", 3), ("users.list", 1)]),
        "once"
    );
    world.finish().await;
}

#[tokio::test]
async fn the_whole_organization_in_a_group_means_everybody() {
    let world = office().await;
    group(&world, "phones", &["ana"]);
    group(&world, "all", &[]);
    let everybody = json!({"id": "C01acme42", "type": "CUSTOMER"});
    world.google.add_member("all@acme.example", everybody).unwrap();
    join(&world, "phones", "all");
    group(&world, "robots", &["bo"]);
    let _operator = world.operator().await;
    let groups = |name: &str| json!({"groups": [format!("{name}@acme.example")]});
    declare(
        &world,
        json!({"include": groups("phones"), "exclude": groups("robots")}),
    )
    .await;
    assert_eq!(
        world.roll().await,
        "1001 admin, 1002 ana, 1003 cy, 1004 dan, 1005 eve"
    );
    world.mark().await;
    quiet_sync(&world).await;
    assert_eq!(world.called(), counts([("members.list", 3), ("users.list", 1)]));
    world.finish().await;
}

/// One bad member does not end the run: what belongs to others is left out, and counted.
#[tokio::test]
async fn groups_and_members_of_others_are_left_out_and_counted() {
    let world = office().await;
    group(&world, "sales", &["ana", "guest@partner.example"]);
    let foreign = json!({"email": "team@partner.example", "type": "GROUP"});
    world.google.add_member("sales@acme.example", foreign).unwrap();
    let _operator = world.operator().await;
    declare(&world, json!({"include": {"groups": ["sales@acme.example"]}})).await;
    assert_eq!(world.roll().await, "1001 ana");
    world.mark().await;
    quiet_sync(&world).await;
    assert_eq!(world.called(), counts([("members.list", 2), ("users.list", 1)]));
    let object = world.until_synced().await;
    assert_eq!(
        users(&object).counts.skipped,
        5 + 2,
        "five colleagues, one guest, one group"
    );
    world.finish().await;
}

/// A group that is gone is not an empty one.
#[tokio::test]
async fn nobody_loses_a_phone_when_a_group_is_deleted() {
    let world = office().await;
    group(&world, "sales", &["ana", "bo"]);
    group(&world, "support", &["cy"]);
    let _operator = world.operator().await;
    let groups = ["sales@acme.example", "support@acme.example"];
    declare(&world, json!({"include": {"groups": groups}})).await;
    world.google.delete_group("sales@acme.example").unwrap();
    join(&world, "support", "dan");
    for _ in 0..2 {
        sync_with(&world, []).await;
    }
    let object = world.until_ready("False", "SelectorNotFound").await;
    let text = message(&object, "Stalled");
    assert!(
        text.contains("group sales@acme.example. Nothing was changed"),
        "{text}"
    );
    assert_eq!(world.roll().await, "1001 ana, 1002 bo, 1003 cy");

    group(&world, "sales", &["ana", "bo"]);
    sync_with(&world, [(CREATE, 1)]).await;
    let object = world.until_synced().await;
    assert!(condition(&object, "Stalled").is_none());
    assert_eq!(world.roll().await, "1001 ana, 1002 bo, 1003 cy, 1004 dan");

    // Renamed, the group is still found by its old address.
    let renamed = json!({"email": "sellers@acme.example"});
    world.google.patch_group("sales@acme.example", renamed).unwrap();
    quiet_sync(&world).await;
    assert_eq!(world.roll().await, "1001 ana, 1002 bo, 1003 cy, 1004 dan");
    world.finish().await;
}

#[tokio::test]
async fn an_emptied_group_takes_its_members_out_after_google_was_asked_about_each() {
    let world = office().await;
    group(&world, "sales", &["ana", "bo", "cy"]);
    group(&world, "support", &["dan"]);
    let _operator = world.operator().await;
    let groups = ["sales@acme.example", "support@acme.example"];
    declare(&world, json!({"include": {"groups": groups}})).await;
    for name in ["ana", "bo", "cy"] {
        leave(&world, "sales", name);
    }
    world.mark().await;
    sync_with(&world, [(PATCH, 3)]).await;
    let out = "1001 ana (OutOfScope), 1002 bo (OutOfScope), 1003 cy (OutOfScope), 1004 dan";
    assert_eq!(world.roll().await, out);
    // One member is left in scope; it takes one call to read that person, as it takes to read the list. Those who are
    // missing are asked for, and about each of the groups.
    let called = world.called();
    assert_eq!(called.get("members.hasMember"), Some(&6), "{called:?}");
    quiet_sync(&world).await;

    for name in ["ana", "bo", "cy"] {
        join(&world, "support", name);
    }
    sync_with(&world, [(PATCH, 3)]).await;
    assert_eq!(world.roll().await, "1001 ana, 1002 bo, 1003 cy, 1004 dan");
    world.finish().await;
}

/// A list of members that is short, for whatever reason: the members themselves prove it.
#[tokio::test]
async fn a_short_list_of_members_takes_nobody_out() {
    let world = office().await;
    group(&world, "sales", &["ana"]);
    group(&world, "emea", &["bo", "cy", "dan"]);
    join(&world, "sales", "emea");
    let _operator = world.operator().await;
    declare(&world, json!({"include": {"groups": ["sales@acme.example"]}})).await;
    let everybody = "1001 ana, 1002 bo, 1003 cy, 1004 dan";
    assert_eq!(world.roll().await, everybody);
    for (damage, group) in [
        ("emptyPage", "emea"),
        ("shortPage", "emea"),
        ("emptyPage", "sales"),
        ("shortPage", "sales"),
    ] {
        let mark = world.mark().await;
        let fault = Fault {
            method: Some("members.list".to_owned()),
            path_prefix: Some(format!("/admin/directory/v1/groups/{group}")),
            ..Fault::named(damage)
        };
        world.google.add_fault(fault).unwrap();
        world.request_sync().await;
        let object = world.until_ready("False", "IncompleteRead").await;
        let text = message(&object, "Ready");
        assert!(
            text.contains("Nothing was removed"),
            "{damage} of {group}: {text}"
        );
        world.google.clear_faults();
        world.sync().await;
        world.until_synced().await;
        assert_eq!(world.roll().await, everybody, "{damage} of {group}");
        let writes = world.writes(mark).await;
        assert_eq!(
            writes.keys().collect::<Vec<_>>(),
            ["patch googleworkspaceintegrations/status"]
        );
    }
    world.finish().await;
}

/// The group is there when its members are read, and gone when Google is asked about the one who left it.
#[tokio::test]
async fn a_group_that_vanishes_meanwhile_is_no_evidence() {
    let world = office().await;
    group(&world, "sales", &["ana", "bo"]);
    let _operator = world.operator().await;
    declare(&world, json!({"include": {"groups": ["sales@acme.example"]}})).await;
    leave(&world, "sales", "bo");
    let gone = json!({"error": {"code": 404, "message": "Resource Not Found: groupKey", "errors": [
        {"message": "Resource Not Found: groupKey", "domain": "global", "reason": "notFound"},
    ]}});
    let fault = Fault {
        method: Some("members.hasMember".to_owned()),
        status: Some(404),
        body: Some(gone),
        ..Fault::default()
    };
    world.google.add_fault(fault).unwrap();
    world.request_sync().await;
    world.until_ready("False", "IncompleteRead").await;
    assert_eq!(world.roll().await, "1001 ana, 1002 bo");
    world.google.clear_faults();
    world.sync().await;
    assert_eq!(world.roll().await, "1001 ana, 1002 bo (OutOfScope)");
    world.finish().await;
}

/// Emptying a large group is held like any other loss of many phones.
#[tokio::test]
async fn a_large_group_that_is_emptied_waits_for_an_approval() {
    let names = ["ana", "bo", "cy", "dan", "eve", "fay", "gil"];
    let world = of(&names).await;
    group(&world, "sales", &names);
    let _operator = world.operator().await;
    declare(&world, json!({"include": {"groups": ["sales@acme.example"]}})).await;
    let before = world.roll().await;
    names[1..].iter().for_each(|name| leave(&world, "sales", name));
    sync_with(&world, []).await;
    let object = world.until_ready("False", "RemovalsHeld").await;
    assert_eq!(world.roll().await, before);
    let plan = object.status.unwrap().plan.unwrap();
    assert_eq!(plan.counts.disable, 6);
    let sample = &plan.samples[0];
    let expected = ("Disable", "acme-1002", "bo@acme.example");
    assert_eq!(
        (
            sample.change.as_str(),
            sample.extension.as_str(),
            sample.user.as_str()
        ),
        expected
    );
    assert_eq!(
        sample.reason,
        "OutOfScope: the user is no longer in the scope of this integration"
    );
    world.annotate("dialplane.io/approve-removals", &plan.hash).await;
    world.until_synced().await;
    let roll = world.roll().await;
    assert!(roll.starts_with("1001 ana, 1002 bo (OutOfScope)"), "{roll}");
    assert_eq!(roll.matches("OutOfScope").count(), 6);
    world.finish().await;
}

/// One slow answer does not keep the other groups waiting.
#[tokio::test]
async fn groups_are_read_side_by_side() {
    let world = office().await;
    let names: Vec<_> = (10..40).map(|number| format!("team{number}")).collect();
    for name in &names {
        group(&world, name, &["ana"]);
    }
    let _operator = world.operator().await;
    let slow = "/admin/directory/v1/groups/team10";
    let fault = Fault {
        path_prefix: Some(slow.to_owned()),
        ..Fault::default()
    };
    let hold = world.google.hold(fault).unwrap();
    let addresses: Vec<_> = names.iter().map(|name| format!("{name}@acme.example")).collect();
    let others = async {
        world.until_called("members.list", 29).await;
        hold.release();
    };
    tokio::join!(declare(&world, json!({"include": {"groups": addresses}})), others);
    assert_eq!(world.roll().await, "1001 ana");
    assert_eq!(world.called().get("members.list"), Some(&30));
    let requests = world.google.requests();
    let mut groups = requests
        .iter()
        .filter(|request| request.path.contains("/groups/"));
    assert!(
        groups.next_back().unwrap().path.starts_with(slow),
        "the slow one is the last"
    );

    // Google's limit of calls is waited out.
    let fault = Fault {
        method: Some("members.list".to_owned()),
        count: Some(3),
        ..Fault::named("userRateLimitExceeded")
    };
    world.google.add_fault(fault).unwrap();
    world.mark().await;
    quiet_sync(&world).await;
    assert_eq!(world.called().get("members.list"), Some(&33));
    world.finish().await;
}
