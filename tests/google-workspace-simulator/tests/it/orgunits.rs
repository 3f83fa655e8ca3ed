//! orgunits.list and orgunits.get.

use google_workspace_simulator::Fault;
use serde_json::json;

use crate::support::*;

const UNITS: &str = "/admin/directory/v1/customer/my_customer/orgunits";

#[tokio::test]
async fn units_are_listed_by_depth_from_a_path_or_an_id() {
    let acme = Acme::start_with(grouped_company()).await;
    for (query, expected) in [
        ("", "/Büro #1|/Sales & Co"),
        ("type=children&orgUnitPath=/", "/Büro #1|/Sales & Co"),
        ("type=all", "/Büro #1|/Sales & Co|/Sales & Co/EMEA"),
        (
            "type=allIncludingParent",
            "/|/Büro #1|/Sales & Co|/Sales & Co/EMEA",
        ),
        ("orgUnitPath=/Sales+%26+Co", "/Sales & Co/EMEA"),
        ("orgUnitPath=sales%20%26%20co&type=all", "/Sales & Co/EMEA"),
        (
            "orgUnitPath=id:sales&type=allIncludingParent",
            "/Sales & Co|/Sales & Co/EMEA",
        ),
        ("orgUnitPath=id:emea", ""),
    ] {
        let (status, body) = acme.get(&format!("{UNITS}?{query}")).await;
        assert_eq!(
            (status.as_u16(), &body["kind"]),
            (200, &json!("admin#directory#orgUnits")),
            "{query}: {body}"
        );
        assert_eq!(
            column(&body, "organizationUnits", "orgUnitPath").join("|"),
            expected,
            "{query}"
        );
        assert_eq!(
            body.get("organizationUnits").is_none(),
            expected.is_empty(),
            "absent when empty: {query}"
        );
    }
    let (_, body) = acme
        .get(&format!("{UNITS}?fields=organizationUnits(orgUnitId)"))
        .await;
    assert_eq!(
        body,
        json!({"organizationUnits": [{"orgUnitId": "id:office"}, {"orgUnitId": "id:sales"}]})
    );
}

#[tokio::test]
async fn one_unit_is_found_by_path_without_slash_and_by_id() {
    let acme = Acme::start_with(grouped_company()).await;
    for key in ["Sales%20%26%20Co/EMEA", "Sales & Co%2FEMEA", "id:emea"] {
        let (status, mut body) = acme.get(&format!("{UNITS}/{key}")).await;
        assert_eq!(status, 200, "{key}: {body}");
        assert!(body.as_object_mut().unwrap().remove("etag").unwrap().is_string());
        assert_eq!(
            body,
            json!({"kind": "admin#directory#orgUnit", "name": "EMEA", "description": "Europe", "orgUnitPath": "/Sales & Co/EMEA",
            "orgUnitId": "id:emea", "parentOrgUnitPath": "/Sales & Co", "parentOrgUnitId": "id:sales", "blockInheritance": false})
        );
    }
    let (_, root) = acme.get(&format!("{UNITS}?type=allIncludingParent")).await;
    let root = &root["organizationUnits"][0];
    assert!(
        root.get("parentOrgUnitPath").is_none() && root.get("parentOrgUnitId").is_none(),
        "{root}"
    );
    let (_, by_id) = acme
        .get(&format!("{UNITS}/{}", root["orgUnitId"].as_str().unwrap()))
        .await;
    assert_eq!(by_id["orgUnitPath"], "/");
    assert_eq!(
        acme.get(&format!("{UNITS}/B%C3%BCro%20%231?fields=name")).await.1,
        json!({"name": "Büro #1"})
    );
}

#[tokio::test]
async fn absent_units_bad_keys_and_strangers_get_googles_errors() {
    let acme = Acme::start_with(grouped_company()).await;
    for (path, status, expected, message) in [
        (
            "my_customer/orgunits/Nowhere",
            404,
            "notFound",
            "Org unit not found",
        ),
        (
            "my_customer/orgunits/id:nowhere",
            404,
            "notFound",
            "Org unit not found",
        ),
        (
            "my_customer/orgunits//Sales",
            400,
            "invalid",
            "Invalid Input: INVALID_OU_ID",
        ),
        (
            "my_customer/orgunits/Sales/",
            400,
            "invalid",
            "Invalid Input: INVALID_OU_ID",
        ),
        (
            "my_customer/orgunits?orgUnitPath=/Nowhere",
            404,
            "notFound",
            "Org unit not found",
        ),
        ("my_customer/orgunits?type=some", 400, "invalid", "Invalid Input"),
        (
            "my_customer/orgunits?fields=organizationUnits(path)",
            400,
            "invalid",
            "Invalid field selection path",
        ),
        (
            "C0stranger/orgunits",
            403,
            "forbidden",
            "Not Authorized to access this resource/api",
        ),
        ("acme/orgunits", 400, "invalid", "Invalid Customer Id"),
    ] {
        let (got, body) = acme.get(&format!("/admin/directory/v1/customer/{path}")).await;
        assert_eq!(
            (got.as_u16(), reason(&body), &body["error"]["message"]),
            (status, expected, &json!(message)),
            "{path}"
        );
    }
}

#[tokio::test]
async fn scopes_rights_and_faults_hold_for_units_too() {
    let acme = Acme::start_with(grouped_company()).await;
    let groups = acme
        .token_for(&DELEGATED, Some(ADMIN), &[GROUP_READONLY, USER_READONLY])
        .await;
    for (path, method) in [(UNITS.to_owned(), "List"), (format!("{UNITS}/id:emea"), "Get")] {
        let (status, body) = acme.get_as(&groups, &path).await;
        let named = body["error"]["details"][0]["metadata"]["method"]
            .as_str()
            .unwrap();
        assert!(
            status == 403 && named.ends_with(&format!("DirectoryOrgunits.{method}")),
            "{body}"
        );
    }
    let plain = acme
        .token_for(&DELEGATED, Some("zoe@acme.example"), &[ORG_UNIT_READONLY])
        .await;
    assert_eq!(acme.get_as(&plain, UNITS).await.0, 403);
    let role = acme.token_for(&ROLE, None, &[ORG_UNIT_READONLY]).await;
    assert_eq!(
        acme.get_as(&role, UNITS).await.0,
        400,
        "my_customer is for people"
    );
    assert_eq!(
        acme.get_as(&role, "/admin/directory/v1/customer/C01acme42/orgunits")
            .await
            .0,
        200
    );
    acme.sim
        .add_fault(Fault {
            method: Some("orgunits.get".into()),
            ..Fault::named("serviceUnavailable")
        })
        .unwrap();
    assert_eq!(acme.get(&format!("{UNITS}/Sales%20%26%20Co/EMEA")).await.0, 503);
    assert_eq!(acme.get(UNITS).await.0, 200);
}
