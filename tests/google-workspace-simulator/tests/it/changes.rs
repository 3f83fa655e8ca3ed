//! Changes of groups, members and organizational units, by control request and in-process.

use serde_json::{Value, json};

use crate::support::*;

async fn unit_of(acme: &Acme, user: &str) -> Value {
    acme.get(&format!("/admin/directory/v1/users/{user}")).await.1["orgUnitPath"].take()
}

#[tokio::test]
async fn groups_are_made_renamed_and_deleted() {
    let acme = Acme::start_with(grouped_company()).await;
    let body = r#"{"email": "Support@acme.example", "name": "Support", "description": "Helps", "aliases": ["help@acme.example"]}"#;
    let (status, made) = acme.control("POST", "/_simulator/groups", body).await;
    assert_eq!(
        (status.as_u16(), &made["directMembersCount"]),
        (200, &json!("0")),
        "{made}"
    );
    let id = made["id"].as_str().unwrap();
    let path = format!("/admin/directory/v1/groups/{id}");
    assert_eq!(acme.get(&path).await.1, made);

    let member = r#"{"email": "support@acme.example", "role": "MANAGER"}"#;
    let (_, row) = acme
        .control("POST", "/_simulator/groups/gphones/members", member)
        .await;
    assert_eq!(
        (&row["id"], &row["type"], &row["role"]),
        (&json!(id), &json!("GROUP"), &json!("MANAGER"))
    );
    let (status, renamed) = acme
        .control(
            "PATCH",
            "/_simulator/groups/help@acme.example",
            r#"{"email": "desk@acme.example", "description": null}"#,
        )
        .await;
    assert_eq!(status, 200);
    assert_eq!(
        renamed["aliases"],
        json!(["help@acme.example", "Support@acme.example"])
    );
    assert!(renamed["etag"] != made["etag"] && renamed.get("description").is_none());
    for key in [
        "desk@acme.example",
        "support@acme.example",
        "help@acme.example",
        id,
    ] {
        assert_eq!(
            acme.get(&format!("/admin/directory/v1/groups/{key}")).await.1["id"],
            id,
            "{key}"
        );
    }
    let (_, members) = acme.get("/admin/directory/v1/groups/gphones/members").await;
    assert!(
        column(&members, "members", "email").contains(&"desk@acme.example".to_owned()),
        "{members}"
    );

    assert_eq!(
        acme.control("DELETE", &format!("/_simulator/groups/{id}"), "")
            .await
            .0,
        204
    );
    assert_eq!(acme.get(&path).await.0, 404);
    let (_, members) = acme.get("/admin/directory/v1/groups/gphones/members").await;
    assert!(
        !column(&members, "members", "id").contains(&id.to_owned()),
        "it is no member either"
    );
    acme.sim
        .create_user(json!({"primaryEmail": "help@acme.example"}))
        .expect("its addresses are free");
}

#[tokio::test]
async fn members_come_and_go_by_any_key() {
    let acme = Acme::start_with(grouped_company()).await;
    let members = "/_simulator/groups/empty@other.example/members";
    for (body, id, kind) in [
        (r#"{"email": "z@acme.example"}"#, "101", "USER"),
        (r#"{"id": "gsales", "role": "OWNER"}"#, "gsales", "GROUP"),
        (r#"{"id": "C01acme42"}"#, "C01acme42", "CUSTOMER"),
        (r#"{"email": "eve@home.example", "id": "777"}"#, "777", "USER"),
        (
            r#"{"email": "them@home.example", "id": "g777", "type": "GROUP"}"#,
            "g777",
            "GROUP",
        ),
    ] {
        let (status, row) = acme.control("POST", members, body).await;
        assert_eq!(
            (status.as_u16(), &row["id"], &row["type"]),
            (200, &json!(id), &json!(kind)),
            "{body}: {row}"
        );
    }
    assert_eq!(
        acme.get("/admin/directory/v1/groups/gempty").await.1["directMembersCount"],
        "5"
    );
    for key in [
        "zoe@acme.example",
        "vertrieb@acme.example",
        "C01acme42",
        "EVE@home.example",
        "g777",
    ] {
        assert_eq!(
            acme.control("DELETE", &format!("{members}/{key}"), "").await.0,
            204,
            "{key}"
        );
    }
    assert_eq!(
        acme.get("/admin/directory/v1/groups/gempty").await.1["directMembersCount"],
        "0"
    );
    acme.sim.remove_member("gsales", "101").unwrap();
    assert_eq!(
        acme.sim
            .patch_group("gsales", json!({"name": "Sellers"}))
            .unwrap()["directMembersCount"],
        "3"
    );
    acme.sim.delete_group("gsales").unwrap();
    let error = acme.sim.delete_group("gsales").unwrap_err().to_string();
    assert_eq!(error, "\"gsales\": no such group");
    assert_eq!(
        acme.sim
            .create_group(json!({"email": "sales@acme.example"}))
            .unwrap()["name"],
        "sales"
    );
}

#[tokio::test]
async fn units_are_made_below_a_path_or_an_id() {
    let acme = Acme::start_with(grouped_company()).await;
    for (body, path, parent) in [
        (
            r#"{"name": "APAC", "parentOrgUnitPath": "/Sales & Co", "description": "Asia"}"#,
            "/Sales & Co/APAC",
            "id:sales",
        ),
        (
            r#"{"name": "Desk", "parentOrgUnitId": "id:office"}"#,
            "/Büro #1/Desk",
            "id:office",
        ),
        (
            r#"{"orgUnitPath": "/Sales & Co/EMEA/North", "orgUnitId": "north"}"#,
            "/Sales & Co/EMEA/North",
            "id:emea",
        ),
    ] {
        let (status, made) = acme.control("POST", "/_simulator/orgunits", body).await;
        assert_eq!(
            (status.as_u16(), &made["orgUnitPath"], &made["parentOrgUnitId"]),
            (200, &json!(path), &json!(parent)),
            "{made}"
        );
        let seen = acme
            .get(&format!(
                "/admin/directory/v1/customer/my_customer/orgunits/{}",
                made["orgUnitId"].as_str().unwrap()
            ))
            .await;
        assert_eq!(seen.1, made);
    }
    assert_eq!(
        acme.control("DELETE", "/_simulator/orgunits/north", "").await.0,
        204
    );
    assert_eq!(
        acme.control("DELETE", "/_simulator/orgunits/id:north", "")
            .await
            .0,
        404
    );
    acme.sim
        .create_user(json!({"primaryEmail": "new@acme.example", "orgUnitPath": "/New/Deep"}))
        .unwrap();
    let (status, implied) = acme
        .get("/admin/directory/v1/customer/my_customer/orgunits/New/Deep")
        .await;
    assert_eq!(
        (status.as_u16(), &implied["parentOrgUnitPath"]),
        (200, &json!("/New")),
        "nobody is in a unit that is not there"
    );
}

#[tokio::test]
async fn a_renamed_or_moved_unit_takes_everything_below_along_and_keeps_its_id() {
    let acme = Acme::start_with(grouped_company()).await;
    acme.sim
        .create_user(json!({"primaryEmail": "near@acme.example", "orgUnitPath": "/Sales & Company"}))
        .unwrap();
    acme.sim.delete_user("102").unwrap();
    let before = acme.sim.user("101").unwrap();
    let (status, renamed) = acme
        .control("PATCH", "/_simulator/orgunits/sales", r#"{"name": "Trade"}"#)
        .await;
    assert_eq!(
        (status.as_u16(), &renamed["orgUnitId"], &renamed["orgUnitPath"]),
        (200, &json!("id:sales"), &json!("/Trade"))
    );
    assert_eq!(unit_of(&acme, "101").await, "/Trade/EMEA");
    assert_ne!(acme.sim.user("101").unwrap()["etag"], before["etag"]);
    assert_eq!(
        unit_of(&acme, "near@acme.example").await,
        "/Sales & Company",
        "a similar name is another unit"
    );
    assert_eq!(
        acme.sim.undelete_user("102").unwrap()["orgUnitPath"],
        "/Trade",
        "the deleted move as well"
    );

    let moved = acme
        .sim
        .patch_org_unit(
            "id:emea",
            json!({"parentOrgUnitPath": "/Büro #1", "name": "Europe", "description": null}),
        )
        .unwrap();
    assert_eq!(
        (
            &moved["orgUnitId"],
            &moved["orgUnitPath"],
            &moved["parentOrgUnitId"],
            &moved["description"]
        ),
        (
            &json!("id:emea"),
            &json!("/Büro #1/Europe"),
            &json!("id:office"),
            &json!("")
        )
    );
    assert_eq!(unit_of(&acme, "101").await, "/Büro #1/Europe");
    acme.sim
        .patch_org_unit("office", json!({"parentOrgUnitId": "id:sales"}))
        .unwrap();
    assert_eq!(unit_of(&acme, "101").await, "/Trade/Büro #1/Europe");
    let (_, all) = acme
        .get("/admin/directory/v1/customer/my_customer/orgunits?type=all")
        .await;
    assert_eq!(
        column(&all, "organizationUnits", "orgUnitPath"),
        [
            "/Sales & Company",
            "/Trade",
            "/Trade/Büro #1",
            "/Trade/Büro #1/Europe"
        ]
    );
    assert_eq!(
        acme.ids(&[("customer", "my_customer"), ("query", "orgUnitPath='/Trade'")])
            .await,
        "0201"
    );
    let again = acme
        .sim
        .create_org_unit(json!({"orgUnitPath": "/Sales & Co"}))
        .unwrap();
    assert_ne!(
        again["orgUnitId"], "id:sales",
        "the old path is free for another unit"
    );
    assert_eq!(unit_of(&acme, "102").await, "/Trade");
}
