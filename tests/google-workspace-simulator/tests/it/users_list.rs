//! users.list: parameters, order, paging, masks, deleted people, search.

use std::time::Duration;

use google_workspace_simulator::{Seed, generate};
use serde_json::{Value, json};

use crate::support::*;

const LIST: &str = "/admin/directory/v1/users";
const MINE: (&str, &str) = ("customer", "my_customer");

#[tokio::test]
async fn bad_parameters_get_googles_errors() {
    let acme = Acme::start().await;
    let cases = [
        ("", 400, "badRequest", "Bad Request"),
        (
            "customer=C0stranger",
            403,
            "forbidden",
            "Not Authorized to access this resource/api",
        ),
        ("customer=acme", 400, "invalid", "Invalid Customer Id"),
        ("domain=stranger.example", 404, "notFound", "Domain not found."),
        (
            "domain=globex.example",
            403,
            "forbidden",
            "Not Authorized to access this resource/api",
        ),
        (
            "customer=my_customer&pageToken=made-up",
            400,
            "invalid",
            "Invalid Input",
        ),
        (
            "customer=my_customer&maxResults=501",
            400,
            "invalid",
            "Invalid Input",
        ),
        (
            "customer=my_customer&maxResults=0",
            400,
            "invalid",
            "Invalid Input",
        ),
        (
            "customer=my_customer&maxResults=ten",
            400,
            "invalid",
            "Invalid Input",
        ),
        ("customer=my_customer&orderBy=id", 400, "invalid", "Invalid Input"),
        (
            "customer=my_customer&sortOrder=up",
            400,
            "invalid",
            "Invalid Input",
        ),
        (
            "customer=my_customer&projection=all",
            400,
            "invalid",
            "Invalid Input",
        ),
        (
            "customer=my_customer&viewType=all",
            400,
            "invalid",
            "Invalid Input",
        ),
        (
            "customer=my_customer&event=rename",
            400,
            "invalid",
            "Invalid Input",
        ),
        ("customer=my_customer&alt=media", 400, "invalid", "Invalid Input"),
        (
            "customer=my_customer&quotaUser=12345678901234567890123456789012345678901",
            400,
            "invalid",
            "Invalid Input",
        ),
        (
            "customer=my_customer&customFieldMask=Tel",
            400,
            "invalid",
            "Invalid Input",
        ),
        (
            "customer=my_customer&query=surname%3Dx",
            400,
            "invalid",
            "Invalid query",
        ),
        (
            "customer=my_customer&query=orgUnitPath%3D/&viewType=domain_public",
            400,
            "invalid",
            "Invalid query",
        ),
        (
            "customer=my_customer&fields=users(id,surname)",
            400,
            "invalid",
            "Invalid field selection surname",
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
async fn order_and_domain_decide_who_comes_first() {
    let acme = Acme::start().await;
    let cases: [(&[(&str, &str)], &str); 9] = [
        (&[MINE], "0002030401"),
        (&[("customer", "C01acme42")], "0002030401"),
        (&[("domain", "ACME.example")], "00020401"),
        (&[("domain", "other.example")], "03"),
        (&[MINE, ("sortOrder", "DESCENDING")], "0002030401"),
        (
            &[MINE, ("orderBy", "email"), ("sortOrder", "DESCENDING")],
            "0104030200",
        ),
        (&[MINE, ("orderBy", "familyName")], "0100040203"),
        (
            &[MINE, ("orderBy", "givenName"), ("sortOrder", "ASCENDING")],
            "0002030401",
        ),
        (&[MINE, ("maxResults", "2")], "0002"),
    ];
    for (query, expected) in cases {
        assert_eq!(acme.ids(query).await, expected, "{query:?}");
    }
}

#[tokio::test]
async fn queries_arrive_with_plus_and_with_percent() {
    let acme = Acme::start().await;
    for encoded in [
        "orgUnitPath%3D%27%2FSales+%26+Co%27",
        "orgUnitPath='/Sales%20%26%20Co'",
        "orgUnitPath%3d%27/Sales%20%26%20Co%27+isSuspended=false",
    ] {
        let (status, body) = acme
            .get(&format!("{LIST}?customer=my_customer&query={encoded}"))
            .await;
        assert_eq!((status.as_u16(), ids(&body).as_str()), (200, "0201"), "{encoded}");
    }
    assert_eq!(acme.ids(&[MINE, ("query", "familyName='O\\'Brien'")]).await, "02");
    assert_eq!(acme.ids(&[MINE, ("query", "isSuspended=true")]).await, "03");
    assert_eq!(acme.ids(&[MINE, ("query", "email:z*")]).await, "01");
}

#[tokio::test]
async fn an_empty_result_has_no_users_key() {
    let acme = Acme::start().await;
    for query in ["query=email:nobody*", "showDeleted=true"] {
        let (status, body) = acme.get(&format!("{LIST}?customer=my_customer&{query}")).await;
        assert_eq!(status, 200);
        assert_eq!(
            body.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["etag", "kind"],
            "{query}"
        );
    }
    let (_, body) = acme
        .get(&format!(
            "{LIST}?customer=my_customer&query=email:nobody*&fields=nextPageToken,users(id)"
        ))
        .await;
    assert_eq!(
        body,
        json!({}),
        "a mask without kind leaves nothing of an empty page"
    );
}

#[tokio::test]
async fn masks_and_projections_choose_fields() {
    let acme = Acme::start().await;
    let page = |query: &'static str| {
        let acme = &acme;
        async move {
            acme.get(&format!("{LIST}?customer=my_customer&query=email:zoe*&{query}"))
                .await
                .1
        }
    };
    assert_eq!(
        page("fields=users(id,name/givenName),nextPageToken").await,
        json!({"users": [{"id": "101", "name": {"givenName": "Zoë"}}]})
    );
    assert_eq!(
        page("fields=kind").await,
        json!({"kind": "admin#directory#users"})
    );
    let schemas = |page: Value| page["users"][0].get("customSchemas").cloned();
    assert_eq!(schemas(page("projection=basic").await), None);
    assert_eq!(
        schemas(page("projection=full").await),
        Some(json!({"Tel": {"site": "HQ"}, "Hr": {"grade": 3}}))
    );
    assert_eq!(
        schemas(page("projection=custom&customFieldMask=Hr,None").await),
        Some(json!({"Hr": {"grade": 3}}))
    );
    assert_eq!(schemas(page("projection=custom").await), None);
    assert_eq!(
        schemas(page("projection=full&viewType=domain_public").await),
        None
    );
    assert_eq!(
        page("projection=full&fields=users/customSchemas/Tel").await,
        json!({"users": [{"customSchemas": {"Tel": {"site": "HQ"}}}]})
    );
}

async fn page(acme: &Acme, query: &str) -> (u16, Value) {
    let (status, body) = acme.get(&format!("{LIST}?{query}")).await;
    (status.as_u16(), body)
}

#[tokio::test]
async fn page_tokens_are_bound_to_their_list() {
    let acme = Acme::start().await;
    let (_, first) = page(&acme, "customer=my_customer&maxResults=2").await;
    assert_eq!(ids(&first), "0002");
    let token = first["nextPageToken"].as_str().unwrap();
    let (_, second) = page(
        &acme,
        &format!("customer=my_customer&maxResults=2&pageToken={token}&fields=users(id),nextPageToken"),
    )
    .await;
    assert_eq!(ids(&second), "0304");
    let (_, last) = page(
        &acme,
        &format!(
            "customer=my_customer&maxResults=2&pageToken={}",
            second["nextPageToken"].as_str().unwrap()
        ),
    )
    .await;
    assert_eq!((ids(&last).as_str(), last.get("nextPageToken")), ("01", None));

    for other in [
        "customer=C01acme42&maxResults=2",
        "customer=my_customer&maxResults=3",
        "domain=acme.example&maxResults=2",
        "customer=my_customer&maxResults=2&query=isSuspended%3Dfalse",
        "customer=my_customer&maxResults=2&orderBy=email",
        "customer=my_customer&maxResults=2&showDeleted=true",
        "customer=my_customer&maxResults=2&projection=full",
    ] {
        let (status, body) = page(&acme, &format!("{other}&pageToken={token}")).await;
        assert_eq!((status, reason(&body)), (400, "invalid"), "{other}");
    }
}

#[tokio::test]
async fn slow_reads_end_with_503_and_old_tokens_with_400() {
    let acme = Acme::start().await;
    let (_, first) = page(&acme, "customer=my_customer&maxResults=2").await;
    let next = format!(
        "customer=my_customer&maxResults=2&pageToken={}",
        first["nextPageToken"].as_str().unwrap()
    );
    let (status, body) = acme
        .control("POST", "/_simulator/clock", r#"{"advance": "59m"}"#)
        .await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(page(&acme, &next).await.0, 200);
    for (advance, expected, why) in [(120, 503, "backendError"), (72 * 3600, 400, "invalid")] {
        acme.sim.advance_clock(Duration::from_secs(advance));
        let token = acme.token_for(&DELEGATED, Some(ADMIN), &[USER_READONLY]).await;
        let (status, body) = acme.get_as(&token, &format!("{LIST}?{next}")).await;
        assert_eq!((status.as_u16(), reason(&body)), (expected, why));
    }
}

#[tokio::test]
async fn reading_goes_on_where_it_was_when_people_come_and_go() {
    let acme = Acme::start().await;
    let (_, first) = page(&acme, "customer=my_customer&maxResults=2").await;
    acme.sim.delete_user("102").unwrap();
    acme.sim
        .create_user(json!({"primaryEmail": "aaa@acme.example", "id": "105"}))
        .unwrap();
    acme.sim
        .create_user(json!({"primaryEmail": "cab@acme.example", "id": "106"}))
        .unwrap();
    let (_, second) = page(
        &acme,
        &format!(
            "customer=my_customer&maxResults=2&pageToken={}",
            first["nextPageToken"].as_str().unwrap()
        ),
    )
    .await;
    assert_eq!(ids(&second), "0603", "nobody is skipped and nobody comes twice");
}

#[tokio::test]
async fn deleted_people_are_listed_for_20_days() {
    let acme = Acme::start().await;
    acme.sim.delete_user("zoe@acme.example").unwrap();
    assert_eq!(acme.ids(&[MINE]).await, "00020304");
    let (_, body) = acme
        .get(&format!("{LIST}?customer=my_customer&showDeleted=true"))
        .await;
    let entry = body["users"][0].as_object().unwrap();
    assert_eq!(
        entry.keys().collect::<Vec<_>>(),
        ["deletionTime", "etag", "id", "kind", "primaryEmail"]
    );
    assert_eq!(
        (&entry["id"], &entry["primaryEmail"]),
        (&json!("101"), &json!("zoe@acme.example"))
    );
    assert_eq!(acme.ids(&[MINE, ("showDeleted", "false")]).await, "00020304");

    let days = |days: u64| Duration::from_secs(days * 86_400);
    acme.sim.advance_clock(days(19));
    let token = acme.token_for(&DELEGATED, Some(ADMIN), &[USER_READONLY]).await;
    let deleted = format!("{LIST}?customer=my_customer&showDeleted=true");
    assert_eq!(ids(&acme.get_as(&token, &deleted).await.1), "01");
    acme.sim.advance_clock(days(1));
    let token = acme.token_for(&DELEGATED, Some(ADMIN), &[USER_READONLY]).await;
    assert_eq!(ids(&acme.get_as(&token, &deleted).await.1), "");
    assert!(acme.sim.undelete_user("101").is_err(), "gone for good");
}

#[tokio::test]
async fn a_large_directory_is_read_page_by_page() {
    let mut seed: Seed = generate::directory(2345);
    seed.add_service_account(DELEGATED.seed.clone());
    let acme = Acme::start_with(seed).await;
    let (mut read, mut token) = (std::collections::HashSet::new(), String::new());
    loop {
        let (status, body) = page(
            &acme,
            &format!("customer=my_customer&maxResults=500&prettyPrint=false{token}"),
        )
        .await;
        assert_eq!(status, 200);
        read.extend(
            body["users"]
                .as_array()
                .unwrap()
                .iter()
                .map(|user| user["id"].as_str().unwrap().to_owned()),
        );
        let Some(next) = body["nextPageToken"].as_str() else {
            break;
        };
        token = format!("&pageToken={next}");
    }
    assert_eq!((read.len(), acme.sim.requests().len()), (2345, 5));
}
