//! Organizational units, which are followed by id.

use serde_json::json;

use super::{change, declare, office, place, problems, unit};
use crate::lifecycle::{CREATE, PATCH, quiet_sync, sync_with};
use crate::world::{World, condition, counts, message, within};

/// Ana and Bo in Sales and below it, Cy in a unit whose name only begins alike, the others at the top.
async fn sales() -> World {
    let world = office().await;
    for path in ["/Sales", "/Sales/EMEA", "/Salesforce"] {
        unit(&world, path);
    }
    for (name, path) in [("ana", "/Sales"), ("bo", "/Sales/EMEA"), ("cy", "/Salesforce")] {
        place(&world, name, path);
    }
    world
}

fn rename(world: &World, path: &str, name: &str) {
    world.google.patch_org_unit(path, json!({"name": name})).unwrap();
}

/// The declared units as the status keeps them: path and id.
async fn known(world: &World) -> Vec<(String, String)> {
    let object = world.until_synced().await;
    let units = object.status.unwrap().users.unwrap().organizational_units;
    units.into_iter().map(|unit| (unit.path, unit.id)).collect()
}

fn scope(paths: &[&str]) -> serde_json::Value {
    json!({"include": {"organizationalUnits": paths}})
}

/// The Admin console shows two spaces as one, and some characters not at all.
#[tokio::test]
async fn a_unit_is_found_by_the_path_that_google_shows_unless_two_look_alike() {
    let world = office().await;
    for path in ["/Sales  Team", "/Sup\u{200b}port", "/Ware house", "/Ware  house"] {
        unit(&world, path);
    }
    for (name, path) in [
        ("ana", "/Sales  Team"),
        ("bo", "/Sup\u{200b}port"),
        ("cy", "/Ware  house"),
    ] {
        place(&world, name, path);
    }
    let _operator = world.operator().await;
    declare(&world, scope(&["/Sales Team", "/Support", "/Ware  house"])).await;
    assert_eq!(world.roll().await, "1001 ana, 1002 bo, 1003 cy");
    world
        .change(json!({"users": {"scope": scope(&["/Ware\u{a0}house"])}}))
        .await;
    let object = world.until_ready("False", "SelectorNotFound").await;
    assert!(message(&object, "Ready").contains("/Ware\u{a0}house"));
    world.finish().await;
}

#[tokio::test]
async fn a_unit_means_what_is_below_it_and_not_what_is_called_alike() {
    let world = sales().await;
    let _operator = world.operator().await;
    declare(&world, scope(&["/Sales"])).await;
    assert_eq!(world.roll().await, "1001 ana, 1002 bo");
    world.mark().await;
    quiet_sync(&world).await;
    assert_eq!(world.called(), counts([("orgunits.list", 1), ("users.list", 1)]));

    // People move between units.
    place(&world, "cy", "/Sales/EMEA");
    place(&world, "ana", "/");
    sync_with(&world, [(CREATE, 1), (PATCH, 1)]).await;
    assert_eq!(world.roll().await, "1001 ana (OutOfScope), 1002 bo, 1003 cy");

    change(
        &world,
        json!({"include": null, "exclude": {"organizationalUnits": ["/Sales"]}}),
    )
    .await;
    let expected = "1001 ana, 1002 bo (OutOfScope), 1003 cy (OutOfScope), 1004 admin, 1005 dan, 1006 eve";
    assert_eq!(world.roll().await, expected);
    let root = json!({"organizationalUnits": ["/"]});
    change(
        &world,
        json!({"include": root, "exclude": {"organizationalUnits": ["/Sales/EMEA"]}}),
    )
    .await;
    assert_eq!(world.roll().await, expected);
    change(&world, json!({"exclude": null})).await;
    assert_eq!(
        world.roll().await,
        "1001 ana, 1002 bo, 1003 cy, 1004 admin, 1005 dan, 1006 eve"
    );
    world.finish().await;
}

#[tokio::test]
async fn a_unit_that_is_renamed_or_moved_is_followed() {
    let world = sales().await;
    let mut operator = world.operator().await;
    declare(&world, scope(&["/Sales"])).await;
    let before = known(&world).await;
    assert_eq!(before[0].0, "/Sales");

    rename(&world, "/Sales", "Revenue");
    sync_with(&world, [(PATCH, 2)]).await; // the path stands in each extension
    assert_eq!(world.roll().await, "1001 ana, 1002 bo");
    quiet_sync(&world).await;
    assert_eq!(known(&world).await, before, "by the declared path");

    // The status alone remembers, after a restart.
    operator.kill9();
    let _operator = world.operator().await;
    unit(&world, "/Europe");
    let moved = json!({"parentOrgUnitPath": "/Europe"});
    world.google.patch_org_unit("/Revenue", moved).unwrap();
    sync_with(&world, [(PATCH, 2)]).await;
    assert_eq!(world.roll().await, "1001 ana, 1002 bo");
    let ana = world.extensions().get("acme-1001").await.unwrap();
    let path = ana.spec.google.unwrap().org_unit_path;
    assert_eq!(path.as_deref(), Some("/Europe/Revenue"));
    assert_eq!(known(&world).await, before);
    world.finish().await;
}

/// Who is in the unit that has the declared path now is in scope; who is in the one that had it goes, under the limit.
#[tokio::test]
async fn a_renamed_unit_whose_old_path_another_unit_has_now_is_not_followed() {
    let world = sales().await;
    let _operator = world.operator().await;
    let limit = json!({"percent": 0, "minimum": 1});
    let spec = json!({"scope": scope(&["/Sales"]), "lifecycle": {"removalLimit": limit}});
    crate::lifecycle::declare(&world, json!({"users": spec})).await;
    assert_eq!(world.roll().await, "1001 ana, 1002 bo");
    let before = known(&world).await;

    rename(&world, "/Sales", "Revenue");
    rename(&world, "/Salesforce", "Sales");
    let mark = world.mark().await;
    world.request_sync().await;
    let object = world.until_ready("False", "RemovalsHeld").await;
    // Nobody waits for the approval who is to get something.
    assert_eq!(world.roll().await, "1001 ana, 1002 bo, 1003 cy");
    assert_eq!(world.writes(mark).await.get(CREATE), Some(&1));
    let plan = object.status.unwrap().plan.unwrap();
    assert_eq!((plan.counts.disable, plan.counts.delete), (2, 0));

    world.annotate("dialplane.io/approve-removals", &plan.hash).await;
    let now = known(&world).await;
    assert_eq!(now[0].0, "/Sales");
    assert_ne!(now, before, "the other unit's id");
    let gone = "1001 ana (OutOfScope), 1002 bo (OutOfScope), 1003 cy";
    assert_eq!(world.roll().await, gone);
    quiet_sync(&world).await;

    // It has given the path back, and is the one that is meant.
    rename(&world, "/Sales", "Salesforce");
    rename(&world, "/Revenue", "Sales");
    sync_with(&world, [(PATCH, 3)]).await;
    assert_eq!(world.roll().await, "1001 ana, 1002 bo, 1003 cy (OutOfScope)");
    assert_eq!(known(&world).await, before);
    world.finish().await;
}

#[tokio::test]
async fn nobody_loses_a_phone_when_a_unit_is_deleted() {
    let world = sales().await;
    let _operator = world.operator().await;
    declare(&world, scope(&["/Sales", "/Salesforce"])).await;
    let before = world.roll().await;
    assert_eq!(before, "1001 ana, 1002 bo, 1003 cy");
    place(&world, "cy", "/");
    world.google.delete_org_unit("/Salesforce").unwrap();
    sync_with(&world, []).await;
    let object = world.until_ready("False", "SelectorNotFound").await;
    let text = message(&object, "Ready");
    assert!(
        text.contains("organizational unit /Salesforce. Nothing was changed"),
        "{text}"
    );
    assert_eq!(world.roll().await, before);

    // Made again, it is the unit that is meant, although it has another id.
    unit(&world, "/Salesforce");
    sync_with(&world, [(PATCH, 1)]).await;
    let object = world.until_synced().await;
    assert!(condition(&object, "Stalled").is_none());
    assert_eq!(world.roll().await, "1001 ana, 1002 bo, 1003 cy (OutOfScope)");
    world.finish().await;
}

/// The units are read, then one of them moves, then the list shows everybody somewhere else.
#[tokio::test]
async fn a_unit_that_moves_while_the_directory_is_read_takes_nobody_out() {
    let world = sales().await;
    let _operator = world.operator().await;
    declare(&world, scope(&["/Sales"])).await;
    unit(&world, "/Europe");
    world.sync().await;
    let hold = world.hold("users.list", 0);
    let mark = world.mark().await;
    world.request_sync().await;
    within("the list of users", hold.reached(1)).await;
    assert_eq!(world.called(), counts([("orgunits.list", 1)]));
    for (path, name) in [("/Europe", "Asia"), ("/Sales", "Europe")] {
        world.google.patch_org_unit(path, json!({"name": name})).unwrap();
    }
    hold.release();
    let object = world.until_ready("False", "IncompleteRead").await;
    let text = message(&object, "Ready");
    assert!(
        text.contains("Organizational units of the scope were moved"),
        "{text}"
    );
    world.sync().await;
    assert_eq!(world.roll().await, "1001 ana, 1002 bo");
    let writes = world.writes(mark).await;
    assert_eq!(writes.get(PATCH), Some(&2), "{writes:?}");
    world.finish().await;
}

/// A unit that was not there when the units were read says nothing about who is in it.
#[tokio::test]
async fn a_unit_that_nobody_knows_takes_nobody_out_and_brings_nobody_in() {
    let world = sales().await;
    let _operator = world.operator().await;
    declare(&world, scope(&["/Sales"])).await;
    assert_eq!(world.roll().await, "1001 ana, 1002 bo");
    unit(&world, "/Europe");
    let hold = world.hold("users.list", 0);
    let mark = world.mark().await;
    let token = world.request_sync().await;
    within("the list of users", hold.reached(1)).await;
    let moved = json!({"parentOrgUnitPath": "/Europe"});
    world.google.patch_org_unit("/Sales", moved).unwrap();
    hold.release();
    let object = world.until_handled(&token).await;
    let unknown = [
        "ana@acme.example IncompleteRead",
        "bo@acme.example IncompleteRead",
    ];
    assert_eq!(problems(&object), unknown);
    assert_eq!(world.writes(mark).await.get(PATCH), None);
    let object = sync_with(&world, [(PATCH, 2)]).await;
    assert_eq!(problems(&object), [""; 0]);
    assert_eq!(world.roll().await, "1001 ana, 1002 bo");
    world.finish().await;
}
