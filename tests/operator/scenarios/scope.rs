//! Who is in: units and groups that move, vanish, nest and hold more than people.

use google_workspace_simulator::{Fault, Seed};
use serde_json::{Value, json};

use super::row::{Row, play, row};
use crate::world::company;

/// Ana and bo are in Sales, cy is not.
fn seed() -> Seed {
    let mut seed = company(&["ana", "bo", "cy"]);
    seed.groups.clear();
    seed.org_units = vec![json!({"name": "Sales", "orgUnitPath": "/Sales", "parentOrgUnitPath": "/"})];
    for user in &mut seed.users {
        let email = user["primaryEmail"].as_str().unwrap_or_default();
        let unit = if email.starts_with("ana") || email.starts_with("bo") {
            "/Sales"
        } else {
            "/"
        };
        user["orgUnitPath"] = json!(unit);
    }
    seed
}

/// The same with a group of these members.
fn grouped(members: &Value) -> Seed {
    let mut seed = seed();
    seed.groups = vec![json!({"email": "sales@acme.example", "name": "Sales", "members": members})];
    seed
}

fn of_units() -> Value {
    json!({"users": {"scope": {"include": {"organizationalUnits": ["/Sales"]}}}})
}

fn of_group() -> Value {
    json!({"users": {"scope": {"include": {"groups": ["sales@acme.example"]}}}})
}

const TWO: &str = "1001 ana
    1002 bo
    Ready Succeeded";
const TWO_WITHOUT_SELECTOR: &str = "1001 ana
    1002 bo
    not Ready SelectorNotFound Stalled";

pub(super) fn units() -> Vec<Row> {
    vec![
        row("OU removed", "a unit that is gone is not an empty unit", seed())
            .serve(of_units())
            .google(|google| {
                for name in ["ana@acme.example", "bo@acme.example"] {
                    google.patch_user(name, json!({"orgUnitPath": "/"}))?;
                }
                google.delete_org_unit("/Sales")
            })
            .fails("SelectorNotFound")
            .asks("units 1")
            .ends(TWO_WITHOUT_SELECTOR, "status 1"),
        row("OU renamed", "the unit is followed by its id", seed())
            .serve(of_units())
            .google(|google| {
                google
                    .patch_org_unit("/Sales", json!({"name": "Revenue"}))
                    .map(drop)
            })
            .sync()
            .has("1001", "/spec/google/orgUnitPath", json!("/Revenue"))
            .ends(TWO, "patch 2, status 1"),
        row("OU renamed", "somebody who leaves it is out", seed())
            .serve(of_units())
            .google(|google| {
                google
                    .patch_user("ana@acme.example", json!({"orgUnitPath": "/"}))
                    .map(drop)
            })
            .sync()
            .ends(
                "1001 ana off OutOfScope
                 1002 bo
                 Ready Succeeded",
                "patch 1, status 1",
            ),
    ]
}

pub(super) fn groups() -> Vec<Row> {
    let two = || grouped(&json!([{"email": "ana@acme.example"}, {"email": "bo@acme.example"}]));
    let mut cycle = grouped(&json!([{"email": "ana@acme.example"}, {"email": "inner@acme.example"}]));
    cycle
        .groups
        .push(json!({"email": "inner@acme.example", "members": [
            {"email": "bo@acme.example", "role": "OWNER"}, {"email": "sales@acme.example"},
        ]}));
    let mut alias = grouped(&json!([{"email": "annie@acme.example"}]));
    for user in &mut alias.users {
        let annie = if user["primaryEmail"] == "ana@acme.example" {
            json!(["annie@acme.example"])
        } else {
            json!([])
        };
        user["aliases"] = annie;
    }
    vec![
        row(
            "group deleted",
            "a group that is gone is not an empty group",
            two(),
        )
        .serve(of_group())
        .google(|google| google.delete_group("sales@acme.example"))
        .fails("SelectorNotFound")
        .ends(TWO_WITHOUT_SELECTOR, "status 1"),
        row(
            "group deleted",
            "a member who left is asked about and is out",
            two(),
        )
        .serve(of_group())
        .google(|google| google.remove_member("sales@acme.example", "ana@acme.example"))
        .sync()
        .ends(
            "1001 ana off OutOfScope
                 1002 bo
                 Ready Succeeded",
            "patch 1, status 1",
        ),
        row("nested group cycle", "each group is read once", cycle)
            .operator()
            .declare(of_group())
            .ready()
            .stands(TWO, "create 2, integration 1, status 2")
            .sync()
            .asks("members 2, list 1")
            .ends(TWO, "status 1"),
        row(
            "nested external group 403",
            "it is left out, and everybody else is served",
            grouped(&json!([
                {"email": "ana@acme.example"},
                {"email": "bo@acme.example"},
                {"email": "partners@elsewhere.example", "type": "GROUP"},
            ])),
        )
        .serve(of_group())
        .then(|scene| {
            Box::pin(async {
                let object = scene.world.until_synced().await;
                let counts = object.status.unwrap().users.unwrap().counts;
                // The administrator, cy, and the group.
                assert_eq!(counts.skipped, 3, "{counts:?}");
            })
        })
        .ends(TWO, "nothing"),
        row(
            "nested external group 403",
            "a declared group that may not be read stops the sync",
            two(),
        )
        .serve(of_group())
        .fault(Fault {
            method: Some("members.list".to_owned()),
            ..Fault::named("forbidden")
        })
        .fails("InsufficientAdminRole")
        .stands(
            "1001 ana
             1002 bo
             not Ready InsufficientAdminRole Stalled Disconnected",
            "status 1",
        )
        .heal()
        .sync()
        .ends(TWO, "status 1"),
        row(
            "CUSTOMER member",
            "it means everybody",
            grouped(&json!([{"type": "CUSTOMER", "id": "C01acme42"}])),
        )
        .serve(of_group())
        .ends(
            "1001 admin
                 1002 ana
                 1003 bo
                 1004 cy
                 Ready Succeeded",
            "nothing",
        ),
        row(
            "alias as member",
            "a member by alias is the person",
            alias.clone(),
        )
        .serve(of_group())
        .ends(
            "1001 ana
                 Ready Succeeded",
            "nothing",
        ),
        row("alias as member", "so is a declared user by alias", alias)
            .serve(json!({"users": {"scope": {"include": {"users": ["annie@acme.example"]}}}}))
            .ends(
                "1001 ana
                 Ready Succeeded",
                "nothing",
            ),
    ]
}

#[tokio::test]
async fn units_in_scope() {
    play(units()).await;
}

#[tokio::test]
async fn groups_in_scope() {
    play(groups()).await;
}
