//! users.get and customers.get: keys, renames, deletion, undeletion.

use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn a_person_is_found_by_id_address_and_alias() {
    let acme = Acme::start().await;
    for key in [
        "101",
        "zoe@acme.example",
        "ZOE%40ACME.example",
        "z@acme.example",
        "zoe@acme.example.test-google-a.com",
    ] {
        let (status, body) = acme.get(&format!("/admin/directory/v1/users/{key}")).await;
        assert_eq!(
            (status.as_u16(), &body["id"], &body["primaryEmail"]),
            (200, &json!("101"), &json!("zoe@acme.example")),
            "{key}"
        );
    }
    let (_, body) = acme.get("/admin/directory/v1/users/101?fields=id,aliases").await;
    assert_eq!(body, json!({"id": "101", "aliases": ["z@acme.example"]}));
}

#[tokio::test]
async fn absent_people_groups_and_strangers_are_told_apart() {
    let acme = Acme::start().await;
    let cases = [
        ("999", 404, "notFound", "Resource Not Found: userKey"),
        (
            "nobody@acme.example",
            404,
            "notFound",
            "Resource Not Found: userKey",
        ),
        (
            "team@acme.example",
            400,
            "badRequest",
            "Type not supported: userKey",
        ),
        (
            "ann@stranger.example",
            403,
            "forbidden",
            "Not Authorized to access this resource/api",
        ),
        (
            "101?fields=surname",
            400,
            "invalid",
            "Invalid field selection surname",
        ),
    ];
    for (key, status, expected, message) in cases {
        let (got, body) = acme.get(&format!("/admin/directory/v1/users/{key}")).await;
        assert_eq!((got.as_u16(), reason(&body)), (status, expected), "{key}");
        assert!(
            body["error"]["message"].as_str().unwrap().contains(message),
            "{key}: {body}"
        );
    }
}

#[tokio::test]
async fn a_rename_keeps_the_id_and_the_old_address_still_leads_there() {
    let acme = Acme::start().await;
    let (status, _) = acme
        .control(
            "PATCH",
            "/_simulator/users/101",
            r#"{"primaryEmail": "zoe.miller@acme.example", "name": {"familyName": "Miller"}}"#,
        )
        .await;
    assert_eq!(status, 200);
    let (_, body) = acme.get("/admin/directory/v1/users/zoe@acme.example").await;
    assert_eq!(
        (&body["id"], &body["primaryEmail"]),
        (&json!("101"), &json!("zoe.miller@acme.example"))
    );
    assert_eq!(
        (&body["name"]["fullName"], &body["aliases"]),
        (
            &json!("Zoë Miller"),
            &json!(["z@acme.example", "zoe@acme.example"])
        )
    );
    assert_eq!(
        acme.ids(&[("customer", "my_customer"), ("orderBy", "familyName")])
            .await,
        "0004010203"
    );
}

#[tokio::test]
async fn deletion_is_404_and_undeletion_by_id_brings_the_person_back() {
    let acme = Acme::start().await;
    let before = acme.sim.user("101").unwrap();
    assert_eq!(
        acme.control("DELETE", "/_simulator/users/z@acme.example", "")
            .await
            .0,
        204
    );
    for key in ["101", "zoe@acme.example", "z@acme.example"] {
        let (status, body) = acme.get(&format!("/admin/directory/v1/users/{key}")).await;
        assert_eq!((status.as_u16(), reason(&body)), (404, "notFound"), "{key}");
    }
    let undelete = r#"{"deletionTime": null}"#;
    assert_eq!(
        acme.control("PATCH", "/_simulator/users/zoe@acme.example", undelete)
            .await
            .0,
        404,
        "never by address"
    );
    assert_eq!(
        acme.control("PATCH", "/_simulator/users/101", r#"{"suspended": true}"#)
            .await
            .0,
        404,
        "deleted people do not change"
    );
    let (status, restored) = acme.control("PATCH", "/_simulator/users/101", undelete).await;
    assert_eq!(status, 200);
    assert_ne!(restored["etag"], before["etag"]);
    let (_, body) = acme
        .get("/admin/directory/v1/users/z@acme.example?projection=full")
        .await;
    assert_eq!(body["customSchemas"], before["customSchemas"]);
    assert!(body.get("deletionTime").is_none());
    assert_eq!(
        acme.ids(&[("customer", "my_customer"), ("showDeleted", "true")])
            .await,
        ""
    );
}

#[tokio::test]
async fn the_customer_is_read_by_its_administrators() {
    let acme = Acme::start().await;
    let (status, body) = acme.get("/admin/directory/v1/customers/my_customer").await;
    assert_eq!(status, 200);
    assert_eq!(
        (&body["kind"], &body["id"], &body["customerDomain"]),
        (
            &json!("admin#directory#customer"),
            &json!("C01acme42"),
            &json!("acme.example")
        )
    );
    assert_eq!(
        acme.get("/admin/directory/v1/customers/C01acme42?fields=id")
            .await
            .1,
        json!({"id": "C01acme42"})
    );
    let (status, body) = acme.get("/admin/directory/v1/customers/C0stranger").await;
    assert_eq!(
        (status.as_u16(), &body["error"]["message"]),
        (404, &json!("Customer doesn't exist"))
    );
}
