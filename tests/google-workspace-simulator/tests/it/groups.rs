//! groups.list and groups.get.

use std::time::Duration;

use google_workspace_simulator::Fault;
use serde_json::json;

use crate::support::*;

const LIST: &str = "/admin/directory/v1/groups";

#[tokio::test]
async fn groups_are_listed_searched_and_ordered() {
    let acme = Acme::start_with(grouped_company()).await;
    let all = "all@acme.example empty@other.example phones@acme.example Sales@acme.example";
    for (query, expected) in [
        ("customer=my_customer", all),
        ("customer=C01acme42&orderBy=email&sortOrder=ASCENDING", all),
        (
            "customer=my_customer&orderBy=email&sortOrder=DESCENDING",
            "Sales@acme.example phones@acme.example empty@other.example all@acme.example",
        ),
        ("customer=my_customer&sortOrder=DESCENDING", all),
        ("domain=other.example", "empty@other.example"),
        ("userKey=zoe@acme.example", "Sales@acme.example"),
        ("userKey=102", "Sales@acme.example"),
        ("userKey=sales@acme.example", "phones@acme.example"),
        ("userKey=ann@home.example", "Sales@acme.example"),
        ("userKey=nobody@home.example", ""),
        ("userKey=100&domain=acme.example", ""),
        (
            "customer=my_customer&query=email%3Dvertrieb@acme.example",
            "Sales@acme.example",
        ),
        ("customer=my_customer&query=email:p*", "phones@acme.example"),
        (
            "customer=my_customer&query=name%3D'Sales+team'",
            "Sales@acme.example",
        ),
        (
            "customer=my_customer&query=memberKey%3DC01acme42",
            "all@acme.example",
        ),
        (
            "customer=my_customer&query=memberKey%3Dzoe@acme.example",
            "Sales@acme.example",
        ),
    ] {
        let (status, body) = acme.get(&format!("{LIST}?{query}")).await;
        assert_eq!(status, 200, "{query}: {body}");
        assert_eq!(column(&body, "groups", "email").join(" "), expected, "{query}");
        assert_eq!(body["kind"], "admin#directory#groups");
        assert_eq!(
            body.get("groups").is_none(),
            expected.is_empty(),
            "absent when empty: {query}"
        );
    }
}

#[tokio::test]
async fn bad_parameters_get_googles_errors() {
    let acme = Acme::start_with(grouped_company()).await;
    let cases = [
        ("", 400, "badRequest", "Bad Request"),
        (
            "customer=my_customer&userKey=101",
            400,
            "invalid",
            "Invalid Input",
        ),
        (
            "customer=C0stranger",
            403,
            "forbidden",
            "Not Authorized to access this resource/api",
        ),
        ("domain=stranger.example", 404, "notFound", "Domain not found."),
        ("userKey=999", 404, "notFound", "Resource Not Found: userKey"),
        (
            "userKey=nobody@acme.example",
            404,
            "notFound",
            "Resource Not Found: userKey",
        ),
        (
            "customer=my_customer&maxResults=0",
            400,
            "invalid",
            "Invalid Input",
        ),
        (
            "customer=my_customer&orderBy=name",
            400,
            "invalid",
            "Invalid Input",
        ),
        (
            "customer=my_customer&query=email:sales",
            400,
            "invalid",
            "Invalid query",
        ),
        (
            "customer=my_customer&query=color%3Dred",
            400,
            "invalid",
            "Invalid query",
        ),
        (
            "customer=my_customer&query=name:every*+memberKey%3DC01acme42",
            400,
            "invalid",
            "Invalid query",
        ),
        (
            "customer=my_customer&query=memberKey%3D101+email:s*",
            400,
            "invalid",
            "Invalid query",
        ),
        ("userKey=101&query=email:s*", 400, "invalid", "Invalid query"),
        (
            "domain=Globex.example",
            403,
            "forbidden",
            "Not Authorized to access this resource/api",
        ),
        (
            "customer=my_customer&fields=groups(id,size)",
            400,
            "invalid",
            "Invalid field selection size",
        ),
    ];
    for (query, status, expected, message) in cases {
        let (got, body) = acme.get(&format!("{LIST}?{query}")).await;
        assert_eq!(
            (got.as_u16(), reason(&body), &body["error"]["message"]),
            (status, expected, &json!(message)),
            "{query}"
        );
    }
}

#[tokio::test]
async fn pages_and_their_tokens_are_like_those_of_people() {
    let acme = Acme::start_with(grouped_company()).await;
    let path = format!("{LIST}?customer=my_customer&maxResults=3");
    let (_, first) = acme.get(&path).await;
    let token = first["nextPageToken"].as_str().unwrap();
    assert_eq!(first["groups"].as_array().unwrap().len(), 3);
    for (query, expected) in [
        ("customer=my_customer&maxResults=2", 400),
        ("domain=acme.example&maxResults=3", 400),
    ] {
        let (status, _) = acme.get(&format!("{LIST}?{query}&pageToken={token}")).await;
        assert_eq!(status, expected, "{query}");
    }
    let path = format!("{path}&pageToken={token}");
    let (_, last) = acme
        .get(&format!("{path}&fields=nextPageToken,groups(email,name)"))
        .await;
    assert_eq!(
        last,
        json!({"groups": [{"email": "Sales@acme.example", "name": "Sales team"}]})
    );
    acme.sim
        .advance_clock(Duration::from_hours(1) - Duration::from_secs(30));
    assert_eq!(acme.get(&path).await.0, 200);
    acme.sim.advance_clock(Duration::from_mins(1));
    let again = acme.token_for(&DELEGATED, Some(ADMIN), &READ_SCOPES).await;
    assert_eq!(
        acme.get_as(&again, &path).await.0,
        503,
        "a traversal may take 60 minutes"
    );
}

#[tokio::test]
async fn a_group_is_found_by_address_alias_and_id() {
    let acme = Acme::start_with(grouped_company()).await;
    for key in [
        "gsales",
        "sales@acme.example",
        "VERTRIEB%40acme.example",
        "sales@acme.example.test-google-a.com",
    ] {
        let (status, body) = acme.get(&format!("{LIST}/{key}")).await;
        assert_eq!(status, 200, "{key}");
        assert_eq!(body["id"], "gsales");
    }
    let (_, body) = acme.get(&format!("{LIST}/gsales")).await;
    assert_eq!(
        (
            &body["kind"],
            &body["directMembersCount"],
            &body["adminCreated"],
            &body["aliases"]
        ),
        (
            &json!("admin#directory#group"),
            &json!("4"),
            &json!(true),
            &json!(["vertrieb@acme.example"])
        )
    );
    assert_eq!(
        acme.get(&format!("{LIST}/gsales?fields=id,directMembersCount"))
            .await
            .1,
        json!({"id": "gsales", "directMembersCount": "4"})
    );
    for (key, status, expected, message) in [
        (
            "nobody@acme.example",
            404,
            "notFound",
            "Resource Not Found: groupKey",
        ),
        (
            "zoe@acme.example",
            404,
            "notFound",
            "Resource Not Found: groupKey",
        ),
        ("0999", 404, "notFound", "Resource Not Found: groupKey"),
        (
            "gforeign",
            403,
            "forbidden",
            "Not Authorized to access this resource/api",
        ),
        (
            "partners@home.example",
            403,
            "forbidden",
            "Not Authorized to access this resource/api",
        ),
    ] {
        let (got, body) = acme.get(&format!("{LIST}/{key}")).await;
        assert_eq!((got.as_u16(), reason(&body)), (status, expected), "{key}");
        assert!(
            body["error"]["message"].as_str().unwrap().contains(message),
            "{body}"
        );
    }
}

#[tokio::test]
async fn scopes_rights_the_api_switch_faults_and_the_log_hold_for_groups_too() {
    let acme = Acme::start_with(grouped_company()).await;
    let members = acme.token_for(&DELEGATED, Some(ADMIN), &[MEMBER_READONLY]).await;
    let list = format!("{LIST}?customer=my_customer");
    for (path, method) in [
        (list.as_str(), "DirectoryGroups.List"),
        ("/admin/directory/v1/groups/gsales", "DirectoryGroups.Get"),
    ] {
        let (status, body) = acme.get_as(&members, path).await;
        assert_eq!(
            (status.as_u16(), reason(&body)),
            (403, "insufficientPermissions"),
            "member scopes list no groups"
        );
        let named = body["error"]["details"][0]["metadata"]["method"]
            .as_str()
            .unwrap();
        assert!(named.ends_with(method), "{named}");
    }
    let plain = acme
        .token_for(&DELEGATED, Some("zoe@acme.example"), &[GROUP_READONLY])
        .await;
    assert_eq!(acme.get_as(&plain, &list).await.0, 403, "for administrators only");
    acme.sim.set_api("admin.googleapis.com", false).unwrap();
    assert_eq!(reason(&acme.get(&list).await.1), "accessNotConfigured");
    acme.sim.set_api("admin.googleapis.com", true).unwrap();
    let role = acme.token_for(&ROLE, None, &[GROUP_READONLY]).await;
    assert_eq!(
        acme.get_as(&role, &list).await.0,
        400,
        "my_customer is for people"
    );
    assert_eq!(
        acme.get_as(&role, &format!("{LIST}?customer=C01acme42")).await.0,
        200
    );

    acme.sim.clear_requests();
    acme.sim
        .add_fault(Fault {
            method: Some("groups.get".into()),
            ..Fault::named("backendError")
        })
        .unwrap();
    acme.sim
        .add_fault(Fault {
            method: Some("groups.list".into()),
            skip: 1,
            count: Some(1),
            ..Fault::named("emptyPage")
        })
        .unwrap();
    assert_eq!(acme.get(&format!("{LIST}/gsales")).await.0, 500);
    assert_eq!(
        acme.get(&format!("{LIST}/gsales/members")).await.0,
        200,
        "another method is spared"
    );
    let (_, first) = acme.get(&format!("{list}&maxResults=2")).await;
    assert_eq!(
        first["groups"].as_array().unwrap().len(),
        2,
        "skip spares the first page"
    );
    let token = first["nextPageToken"].as_str().unwrap();
    let (_, second) = acme.get(&format!("{list}&maxResults=2&pageToken={token}")).await;
    assert!(
        second.get("groups").is_none() && second.get("nextPageToken").is_none(),
        "{second}"
    );
    acme.sim
        .add_fault(Fault {
            method: Some("groups.list".into()),
            count: Some(1),
            ..Fault::named("pageTokenLoop")
        })
        .unwrap();
    let (_, looping) = acme.get(&list).await;
    let token = looping["nextPageToken"].as_str().unwrap();
    assert_eq!(
        acme.get(&format!("{list}&pageToken={token}")).await.1["groups"],
        looping["groups"]
    );
    let seen: Vec<u16> = acme.sim.requests().iter().map(|seen| seen.status).collect();
    assert_eq!(seen, [500, 200, 200, 200, 200, 200]);
}
