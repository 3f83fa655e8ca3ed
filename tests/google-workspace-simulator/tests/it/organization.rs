//! Domains, aliases, custom schemas, roles and their assignments.

use google_workspace_simulator::Switches;
use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::support::*;

const CUSTOMER: &str = "/admin/directory/v1/customer/my_customer";

async fn get(acme: &Acme, scope: &str, path: &str) -> Value {
    let token = acme.token_for(&DELEGATED, Some(ADMIN), &[scope]).await;
    let (status, body) = acme.get_as(&token, path).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

#[tokio::test]
async fn domains_are_listed_and_one_of_them_is_the_primary_one() {
    let acme = Acme::start().await;
    let body = get(&acme, DOMAIN_READONLY, &format!("{CUSTOMER}/domains")).await;
    assert_eq!(body["kind"], "admin#directory#domains");
    assert_eq!(
        column(&body, "domains", "domainName"),
        ["acme.example", "other.example"]
    );
    let primary: Vec<_> = [0, 1].map(|at| body["domains"][at]["isPrimary"].clone()).into();
    assert_eq!(primary, [json!(true), json!(false)]);
    assert!(
        body["domains"][0]["creationTime"]
            .as_str()
            .unwrap()
            .parse::<i64>()
            .is_ok()
    );
    let one = get(
        &acme,
        DOMAIN_READONLY,
        &format!("{CUSTOMER}/domains/OTHER.example"),
    )
    .await;
    assert_eq!(one, body["domains"][1]);
    let masked = get(
        &acme,
        DOMAIN_READONLY,
        &format!("{CUSTOMER}/domains?fields=domains(verified)"),
    )
    .await;
    assert_eq!(
        masked,
        json!({"domains": [{"verified": true}, {"verified": true}]})
    );
    let none = get(&acme, DOMAIN_READONLY, &format!("{CUSTOMER}/domainaliases")).await;
    assert!(none.get("domainAliases").is_none());
    let token = acme.token_for(&DELEGATED, Some(ADMIN), &[DOMAIN_READONLY]).await;
    for (path, status, expected) in [
        ("customer/my_customer/domains/globex.example", 404, "notFound"),
        ("customer/C0stranger/domains", 403, "forbidden"),
        ("customer/acme/domains", 400, "invalid"),
        ("customer/my_customer/schemas", 403, "insufficientPermissions"),
    ] {
        let (got, body) = acme.get_as(&token, &format!("/admin/directory/v1/{path}")).await;
        assert_eq!((got.as_u16(), reason(&body)), (status, expected), "{path}");
    }
}

#[tokio::test]
async fn aliases_of_people_and_groups_are_listed() {
    let acme = Acme::start_with(grouped_company()).await;
    for scope in [ALIAS_READONLY, USER_READONLY] {
        let body = get(&acme, scope, "/admin/directory/v1/users/z@acme.example/aliases").await;
        assert_eq!(body["kind"], "admin#directory#aliases");
        let alias = &body["aliases"][0];
        assert_eq!(
            (
                &alias["alias"],
                &alias["primaryEmail"],
                &alias["id"],
                &alias["kind"]
            ),
            (
                &json!("z@acme.example"),
                &json!("zoe@acme.example"),
                &json!("101"),
                &json!("admin#directory#alias")
            )
        );
    }
    let none = get(&acme, ALIAS_READONLY, "/admin/directory/v1/users/100/aliases").await;
    assert!(none.get("aliases").is_none(), "{none}");
    let group = get(&acme, GROUP_READONLY, "/admin/directory/v1/groups/gsales/aliases").await;
    assert_eq!(column(&group, "aliases", "alias"), ["vertrieb@acme.example"]);
    let token = acme.token_for(&DELEGATED, Some(ADMIN), &[ALIAS_READONLY]).await;
    for (key, status, message) in [
        ("999", 404, "Resource Not Found: userKey"),
        ("all@acme.example", 400, "Type not supported: userKey"),
    ] {
        let (got, body) = acme
            .get_as(&token, &format!("/admin/directory/v1/users/{key}/aliases"))
            .await;
        assert_eq!(
            (got.as_u16(), &body["error"]["message"]),
            (status, &json!(message)),
            "{key}"
        );
    }
}

#[tokio::test]
async fn who_watches_aliases_is_told_of_them_and_of_nothing_else() {
    let acme = Acme::start().await;
    let mut receiver = Receiver::start().await;
    acme.sim.set_switches(Switches {
        insecure_webhooks: true,
        ..Switches::default()
    });
    let token = acme.token_for(&DELEGATED, Some(ADMIN), &[ALIAS_READONLY]).await;
    for event in ["add", "delete"] {
        let path = format!("/admin/directory/v1/users/zoe@acme.example/aliases/watch?event={event}");
        let channel = json!({"id": event, "type": "web_hook", "address": receiver.url, "token": "t"});
        let request = acme.http.post(acme.url(&path)).bearer_auth(&token).json(&channel);
        let (status, body) = answer(request).await;
        assert_eq!(status, 200, "{body}");
        let watched = body["resourceUri"].as_str().unwrap();
        assert!(watched.contains("/users/101/aliases?event="), "{watched}");
        assert_eq!(receiver.next().await.state(), "sync");
    }
    acme.sim
        .patch_user("102", json!({"aliases": ["b@acme.example"]}))
        .unwrap();
    acme.sim.patch_user("101", json!({"suspended": true})).unwrap();
    acme.sim
        .patch_user("101", json!({"aliases": ["y@acme.example"]}))
        .unwrap();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let message = receiver.next().await;
        let body = message.json();
        assert_eq!(
            (&body["kind"], &body["id"]),
            (&json!("admin#directory#alias"), &json!("101"))
        );
        seen.push(format!("{} {}", message.state(), body["alias"].as_str().unwrap()));
    }
    seen.sort();
    assert_eq!(seen, ["add y@acme.example", "delete z@acme.example"]);
    let path = "/admin/directory/v1/users/101/aliases/watch?event=update";
    let request = acme
        .http
        .post(acme.url(path))
        .bearer_auth(&token)
        .json(&json!({}));
    assert_eq!(answer(request).await.0, 400, "an alias is not updated");
}

#[tokio::test]
async fn schemas_are_declared_or_implied_by_what_people_have() {
    let mut seed = company();
    seed.schemas = vec![
        json!({"schemaName": "Hr", "schemaId": "hr==", "displayName": "Personnel", "fields": [
        {"fieldName": "grade", "fieldType": "INT64", "numericIndexingSpec": {"minValue": 1}}]}),
    ];
    let acme = Acme::start_with(seed).await;
    let body = get(&acme, SCHEMA_READONLY, &format!("{CUSTOMER}/schemas")).await;
    assert_eq!(body["kind"], "admin#directory#schemas");
    assert_eq!(column(&body, "schemas", "schemaName"), ["Hr", "Tel"]);
    assert_eq!(body["schemas"][0]["displayName"], "Personnel");
    let grade = &body["schemas"][0]["fields"][0];
    assert_eq!(
        (&grade["fieldType"], &grade["multiValued"]),
        (&json!("INT64"), &json!(false))
    );
    let site = &body["schemas"][1]["fields"][0];
    assert_eq!(
        (&site["fieldName"], &site["fieldType"]),
        (&json!("site"), &json!("STRING"))
    );
    acme.sim
        .patch_user(
            "102",
            json!({"customSchemas": {"Tel": {"pins": [{"value": 7}], "vip": true}}}),
        )
        .unwrap();
    for key in ["Tel", body["schemas"][1]["schemaId"].as_str().unwrap()] {
        let key: String = url::form_urlencoded::byte_serialize(key.as_bytes()).collect();
        let one = get(&acme, SCHEMA_READONLY, &format!("{CUSTOMER}/schemas/{key}")).await;
        let mut names = column(&one, "fields", "fieldName");
        names.sort();
        assert_eq!(names, ["pins", "site", "vip"]);
    }
    let token = acme.token_for(&DELEGATED, Some(ADMIN), &[SCHEMA_READONLY]).await;
    assert_eq!(
        acme.get_as(&token, &format!("{CUSTOMER}/schemas/Fax")).await.0,
        404
    );
}

#[tokio::test]
async fn roles_are_listed_and_assigned_to_whoever_has_the_flag() {
    let acme = Acme::start().await;
    acme.sim
        .patch_user("101", json!({"isDelegatedAdmin": true}))
        .unwrap();
    let roles = get(&acme, ROLE_READONLY, &format!("{CUSTOMER}/roles")).await;
    assert_eq!(roles["kind"], "admin#directory#roles");
    let names = column(&roles, "items", "roleName");
    assert!(
        names.contains(&"_SEED_ADMIN_ROLE".to_owned()) && names.len() >= 4,
        "{names:?}"
    );
    let role = |name: &str| {
        let items = roles["items"].as_array().unwrap();
        let found = items.iter().find(|role| role["roleName"] == name).unwrap();
        found["roleId"].as_str().unwrap().to_owned()
    };
    let one = get(
        &acme,
        ROLE_READONLY,
        &format!("{CUSTOMER}/roles/{}", role("_SEED_ADMIN_ROLE")),
    )
    .await;
    assert_eq!(one["isSuperAdminRole"], true);

    let path = format!("{CUSTOMER}/roleassignments");
    let body = get(&acme, ROLE_READONLY, &path).await;
    let mut found: Vec<(String, String)> = body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            (
                item["assignedTo"].as_str().unwrap().into(),
                item["roleId"].as_str().unwrap().into(),
            )
        })
        .collect();
    found.sort();
    let expected = [
        ("100", "_SEED_ADMIN_ROLE"),
        ("101", "_USER_MANAGEMENT_ADMIN_ROLE"),
        (ROLE.seed.client_id.as_str(), "Directory reader"),
    ];
    assert_eq!(found, expected.map(|(who, name)| (who.to_owned(), role(name))));
    for (query, expected) in [
        ("userKey=zoe@acme.example".to_owned(), "101"),
        (
            format!("userKey={}", ROLE.seed.client_id),
            ROLE.seed.client_id.as_str(),
        ),
        (format!("roleId={}", role("_SEED_ADMIN_ROLE")), "100"),
        ("userKey=102".to_owned(), ""),
    ] {
        let body = get(&acme, ROLE_READONLY, &format!("{path}?{query}")).await;
        assert_eq!(
            column(&body, "items", "assignedTo").join(" "),
            expected,
            "{query}"
        );
    }
    let mut seen = Vec::new();
    let mut page = String::new();
    loop {
        let body = get(&acme, ROLE_READONLY, &format!("{path}?maxResults=2{page}")).await;
        seen.extend(column(&body, "items", "roleAssignmentId"));
        let Some(token) = body["nextPageToken"].as_str() else {
            break;
        };
        page = format!("&pageToken={token}");
    }
    assert_eq!(seen.len(), 3);
    let one = get(&acme, ROLE_READONLY, &format!("{path}/{}", seen[0])).await;
    assert_eq!(one["roleAssignmentId"], seen[0]);
    let token = acme.token_for(&DELEGATED, Some(ADMIN), &[ROLE_READONLY]).await;
    for (path, status) in [
        (format!("{CUSTOMER}/roles/1"), 404),
        (format!("{path}/1"), 404),
        (format!("{path}?roleId=1"), 404),
        (format!("{path}?userKey=nobody@acme.example"), 404),
        (format!("{path}?maxResults=201"), 400),
    ] {
        assert_eq!(acme.get_as(&token, &path).await.0, status, "{path}");
    }
}
