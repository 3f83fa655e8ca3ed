//! The control paths and their in-process twins.

use google_workspace_simulator::{Options, Seed, SeenRequest, Simulator};
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn wrong_control_requests_get_400_with_a_message() {
    let acme = Acme::start().await;
    let cases = [
        ("POST", "users", "{", 400, "not valid"),
        ("POST", "users", "[]", 400, "object"),
        ("POST", "users", "{\"name\": {}}", 400, "primaryEmail"),
        (
            "POST",
            "users",
            "{\"primaryEmail\": \"a@acme.example\", \"surname\": 1}",
            400,
            "user.surname",
        ),
        (
            "POST",
            "users",
            "{\"primaryEmail\": \"ZOE@acme.example\"}",
            409,
            "taken",
        ),
        ("PATCH", "users/101", "{\"id\": \"7\"}", 400, "id"),
        (
            "PATCH",
            "users/101",
            "{\"primaryEmail\": \"bob@acme.example\"}",
            409,
            "taken",
        ),
        (
            "PATCH",
            "users/101",
            "{\"deletionTime\": \"2026-01-01T00:00:00.000Z\"}",
            400,
            "deletionTime",
        ),
        ("PATCH", "users/999", "{}", 404, "999"),
        ("DELETE", "users/999", "", 404, "999"),
        ("POST", "faults", "{}", 400, "required"),
        (
            "POST",
            "faults",
            "{\"reason\": \"nope\"}",
            400,
            "serviceUnavailable",
        ),
        ("POST", "faults", "{\"pathprefix\": \"/\"}", 400, "pathPrefix"),
        ("POST", "faults", "{\"status\": \"503\"}", 400, "expected u16"),
        ("POST", "clock", "{\"advance\": \"soon\"}", 400, "soon"),
        ("POST", "clock", "{\"advance\": \"-5m\"}", 400, "negative"),
        ("POST", "clock", "{}", 400, "advance"),
        (
            "POST",
            "apis",
            "{\"service\": \"x\", \"enabled\": true}",
            400,
            "admin.googleapis.com",
        ),
        (
            "POST",
            "serviceAccounts",
            "{\"client_email\": \"x\"}",
            400,
            "client_id",
        ),
        (
            "POST",
            "faults",
            r#"{"method": "members.lists", "status": 500}"#,
            400,
            "members.list",
        ),
        ("POST", "groups", "[]", 400, "object"),
        ("POST", "groups", "{}", 400, "email"),
        (
            "POST",
            "groups",
            r#"{"email": "a@acme.example", "mail": 1}"#,
            400,
            "group.mail",
        ),
        ("POST", "groups", r#"{"email": "zoe@acme.example"}"#, 409, "taken"),
        (
            "POST",
            "groups",
            r#"{"email": "TEAM@acme.example"}"#,
            409,
            "taken",
        ),
        ("PATCH", "groups/team@acme.example", r#"{"id": "x"}"#, 400, "id"),
        (
            "PATCH",
            "groups/team@acme.example",
            r#"{"email": "z@acme.example"}"#,
            409,
            "taken",
        ),
        ("PATCH", "groups/nothing", "{}", 404, "nothing"),
        ("DELETE", "groups/nothing", "", 404, "nothing"),
        (
            "POST",
            "groups/nothing/members",
            r#"{"email": "zoe@acme.example"}"#,
            404,
            "nothing",
        ),
        (
            "POST",
            "groups/team@acme.example/members",
            r#"{"id": "101"}"#,
            409,
            "member already",
        ),
        ("POST", "groups/team@acme.example/members", "{}", 400, "email"),
        (
            "POST",
            "groups/team@acme.example/members",
            r#"{"id": "999"}"#,
            400,
            "email",
        ),
        (
            "DELETE",
            "groups/team@acme.example/members/100",
            "",
            404,
            "no such member",
        ),
        ("POST", "orgunits", "{}", 400, "name"),
        ("POST", "orgunits", r#"{"name": "x"}"#, 400, "parentOrgUnitPath"),
        (
            "POST",
            "orgunits",
            r#"{"name": "a/b", "parentOrgUnitPath": "/"}"#,
            400,
            "slash",
        ),
        (
            "POST",
            "orgunits",
            r#"{"name": "x", "parentOrgUnitPath": "/Nowhere"}"#,
            404,
            "/Nowhere",
        ),
        (
            "POST",
            "orgunits",
            r#"{"name": "EMEA", "parentOrgUnitPath": "/sales & co"}"#,
            409,
            "taken",
        ),
        (
            "POST",
            "orgunits",
            r#"{"orgUnitPath": "Sales"}"#,
            400,
            "/Sales/EMEA",
        ),
        ("POST", "orgunits", r#"{"name": 7}"#, 400, "not a string"),
        ("PATCH", "orgunits/id:nothing", "{}", 404, "nothing"),
        (
            "PATCH",
            "orgunits/Sales%20%26%20Co",
            r#"{"orgUnitPath": "/x"}"#,
            400,
            "cannot be set",
        ),
        (
            "PATCH",
            "orgunits/Sales%20%26%20Co",
            r#"{"parentOrgUnitPath": "/Sales & Co/EMEA"}"#,
            409,
            "below itself",
        ),
        ("PATCH", "orgunits/%2F", r#"{"name": "x"}"#, 400, "root"),
        (
            "DELETE",
            "orgunits/Sales%20%26%20Co",
            "",
            409,
            "1 people and 1 units",
        ),
        ("DELETE", "orgunits/%2F", "", 400, "root"),
        ("DELETE", "users/999/photo", "", 404, "999"),
        ("GET", "groups", "", 404, "POST groups/{key}/members"),
        ("GET", "faults", "", 404, "unknown control path"),
        ("POST", "nothing", "", 404, "unknown control path"),
    ];
    for (method, path, body, status, message) in cases {
        let (got, answer) = acme.control(method, &format!("/_simulator/{path}"), body).await;
        let error = answer["error"].as_str().unwrap_or_default();
        assert_eq!(got.as_u16(), status, "{method} {path} {body}: {answer}");
        assert!(error.contains(message), "{method} {path} {body}: {error}");
    }
    assert_eq!(
        acme.ids(&[("customer", "my_customer")]).await,
        "0002030401",
        "nothing was changed"
    );
}

#[tokio::test]
async fn people_are_created_changed_and_malformed_at_will() {
    let acme = Acme::start().await;
    let (status, made) = acme
        .control(
            "POST",
            "/_simulator/users",
            r#"{"primaryEmail": "eve@acme.example", "name": {"givenName": "Eve", "familyName": "Fox"}}"#,
        )
        .await;
    assert_eq!(
        (status.as_u16(), &made["name"]["fullName"], &made["suspended"]),
        (200, &json!("Eve Fox"), &json!(false))
    );
    let id = made["id"].as_str().unwrap();
    let patch = r#"{"suspended": true, "archived": null, "phones": {"value": 7}, "name": {"familyName": "Fox\u200b"}, "isMailboxSetup": "yes"}"#;
    assert_eq!(
        acme.control("PATCH", &format!("/_simulator/users/{id}"), patch)
            .await
            .0,
        200
    );
    let (_, seen) = acme.get(&format!("/admin/directory/v1/users/{id}")).await;
    assert_eq!(
        (&seen["phones"], &seen["isMailboxSetup"], seen.get("archived")),
        (&json!({"value": 7}), &json!("yes"), None)
    );
    assert_eq!(
        (&seen["suspensionReason"], &seen["name"]["givenName"]),
        (&json!("ADMIN"), &json!("Eve"))
    );
    assert_ne!(seen["etag"], made["etag"]);
    assert_eq!(acme.sim.user("EVE@acme.example").unwrap()["id"], id);
}

#[tokio::test]
async fn the_request_log_is_read_and_cleared() {
    let acme = Acme::start().await;
    acme.get("/admin/directory/v1/users?customer=my_customer&maxResults=2")
        .await;
    acme.get("/admin/directory/v1/users/a%40b").await;
    let (status, log) = acme.control("GET", "/_simulator/requests", "").await;
    assert_eq!(status, 200);
    let log: Vec<SeenRequest> = serde_json::from_value(log).unwrap();
    assert_eq!(log, acme.sim.requests());
    assert_eq!(
        (
            log[0].method.as_str(),
            log[0].path.as_str(),
            log[0].query.as_str(),
            log[0].status
        ),
        (
            "GET",
            "/admin/directory/v1/users",
            "customer=my_customer&maxResults=2",
            200
        )
    );
    assert_eq!(log[0].scopes, READ_SCOPES);
    assert_eq!(
        (log[1].path.as_str(), log[1].status),
        ("/admin/directory/v1/users/a%40b", 403)
    );
    assert_eq!(acme.control("DELETE", "/_simulator/requests", "").await.0, 204);
    assert!(acme.sim.requests().is_empty());
}

#[test]
fn a_simulator_outlives_the_runtime_that_started_it_and_ends_when_dropped() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let sim = runtime().block_on(Simulator::start(Options::default())).unwrap();
    let url = format!("{}/_simulator/requests", sim.url());
    let ask = || runtime().block_on(async { reqwest::Client::new().get(&url).send().await });
    assert_eq!(ask().unwrap().status(), 200);
    drop(sim);
    assert!(ask().unwrap_err().is_connect());
}

#[tokio::test]
async fn a_bad_start_says_why() {
    let seed = Seed {
        users: vec![json!({"primaryEmail": "nobody"})],
        ..Seed::default()
    };
    let error = Simulator::start(Options {
        seed,
        ..Options::default()
    })
    .await
    .unwrap_err();
    assert!(
        format!("{error:#}").contains("users[0]: primaryEmail"),
        "{error:#}"
    );
    let first = Simulator::start(Options::default()).await.unwrap();
    let listen = first.url().trim_start_matches("http://").parse().unwrap();
    let error = Simulator::start(Options {
        listen,
        ..Options::default()
    })
    .await
    .unwrap_err();
    assert!(
        format!("{error:#}").contains("listening on 127.0.0.1"),
        "{error:#}"
    );
}
