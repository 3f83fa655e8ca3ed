//! members.list, members.get and members.hasMember.

use google_workspace_simulator::{Fault, Switches};
use serde_json::{Value, json};

use crate::support::*;

const SALES: &str = "/admin/directory/v1/groups/sales@acme.example";
const PHONES: &str = "/admin/directory/v1/groups/gphones";

#[tokio::test]
async fn members_are_listed_by_address_with_their_roles_types_and_states() {
    let acme = Acme::start_with(grouped_company()).await;
    for key in ["sales@acme.example", "vertrieb@acme.example", "gsales"] {
        let (status, body) = acme
            .get(&format!("/admin/directory/v1/groups/{key}/members"))
            .await;
        assert_eq!(
            (status.as_u16(), &body["kind"]),
            (200, &json!("admin#directory#members")),
            "{key}"
        );
        let rows: Vec<Value> = body["members"]
            .as_array()
            .unwrap()
            .iter()
            .map(|member| {
                json!([
                    member["email"],
                    member["role"],
                    member["type"],
                    member["status"],
                    member["kind"]
                ])
            })
            .collect();
        let kind = "admin#directory#member";
        assert_eq!(
            rows,
            [
                json!(["ann@home.example", "MEMBER", "USER", null, kind]),
                json!(["Bob@acme.example", "OWNER", "USER", "ACTIVE", kind]),
                json!(["carl@other.example", "MANAGER", "USER", "SUSPENDED", kind]),
                json!(["zoe@acme.example", "MEMBER", "USER", "ACTIVE", kind]),
            ],
            "{key}"
        );
    }
    let (_, body) = acme
        .get(&format!("{PHONES}/members?fields=members(id,type,status)"))
        .await;
    assert_eq!(
        body,
        json!({"members": [
        {"id": "104", "type": "USER", "status": "ARCHIVED"}, {"id": "gforeign", "type": "GROUP"}, {"id": "gsales", "type": "GROUP", "status": "ACTIVE"}]})
    );
    let (_, body) = acme
        .get("/admin/directory/v1/groups/gall/members?fields=members(id,email,type,role)")
        .await;
    assert_eq!(
        body,
        json!({"members": [{"id": "C01acme42", "type": "CUSTOMER", "role": "MEMBER"}]}),
        "no address"
    );
    let (_, body) = acme
        .get("/admin/directory/v1/groups/gempty/members?fields=kind,members")
        .await;
    assert_eq!(body, json!({"kind": "admin#directory#members"}));
}

#[tokio::test]
async fn roles_and_pages_narrow_the_list() {
    let acme = Acme::start_with(grouped_company()).await;
    for (query, expected) in [
        ("roles=OWNER", "102"),
        ("roles=OWNER,MANAGER", "102 103"),
        (
            "roles=MEMBER,OWNER&maxResults=2&fields=members,nextPageToken",
            "ann 102",
        ),
    ] {
        let (_, body) = acme.get(&format!("{SALES}/members?{query}")).await;
        let ids: Vec<_> = body["members"]
            .as_array()
            .unwrap()
            .iter()
            .map(|member| {
                if member["email"] == "ann@home.example" {
                    "ann"
                } else {
                    member["id"].as_str().unwrap()
                }
            })
            .collect();
        assert_eq!(ids.join(" "), expected, "{query}");
    }
    let (_, first) = acme.get(&format!("{SALES}/members?maxResults=3")).await;
    let token = first["nextPageToken"].as_str().unwrap();
    let (_, last) = acme
        .get(&format!("{SALES}/members?maxResults=3&pageToken={token}"))
        .await;
    assert_eq!(
        (column(&last, "members", "id"), last.get("nextPageToken")),
        (vec!["101".to_owned()], None)
    );
    let (status, _) = acme
        .get(&format!("{PHONES}/members?maxResults=3&pageToken={token}"))
        .await;
    assert_eq!(status, 400, "a token is good for one group");
    for query in [
        "roles=BOSS",
        "maxResults=0",
        "includeDerivedMembership=maybe",
        "pageToken=x",
        "fields=members(name)",
    ] {
        let (status, body) = acme.get(&format!("{SALES}/members?{query}")).await;
        assert_eq!((status.as_u16(), reason(&body)), (400, "invalid"), "{query}");
    }
}

#[tokio::test]
async fn derived_members_come_beside_their_groups_and_may_be_missing() {
    let acme = Acme::start_with(grouped_company()).await;
    // A circle must not lead round for ever.
    acme.sim
        .add_member("gsales", json!({"email": "phones@acme.example"}))
        .unwrap();
    let path = format!("{PHONES}/members?includeDerivedMembership=true");
    let (_, body) = acme.get(&path).await;
    let all = [
        "ann@home.example",
        "Bob@acme.example",
        "carl@other.example",
        "dora@acme.example",
        "partners@home.example",
        "phones@acme.example",
        "Sales@acme.example",
        "zoe@acme.example",
    ];
    assert_eq!(column(&body, "members", "email"), all);
    let (_, page) = acme.get(&format!("{path}&maxResults=5")).await;
    let token = page["nextPageToken"].as_str().unwrap();
    let (_, rest) = acme.get(&format!("{path}&maxResults=5&pageToken={token}")).await;
    assert_eq!(column(&rest, "members", "email"), all[5..]);
    acme.sim.set_switches(Switches {
        incomplete_derived_membership: true,
        ..Switches::default()
    });
    let (_, body) = acme.get(&path).await;
    assert_eq!(
        column(&body, "members", "email").len(),
        6,
        "the field sees fewer than there are"
    );
    let (_, direct) = acme.get(&format!("{PHONES}/members")).await;
    assert_eq!(
        column(&direct, "members", "email").len(),
        3,
        "the direct list is right"
    );
}

#[tokio::test]
async fn foreign_and_absent_groups_are_told_apart() {
    let acme = Acme::start_with(grouped_company()).await;
    for (key, status, expected, message) in [
        (
            "partners@home.example",
            403,
            "forbidden",
            "Not Authorized to access this resource/api",
        ),
        (
            "gforeign",
            403,
            "forbidden",
            "Not Authorized to access this resource/api",
        ),
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
    ] {
        let (got, body) = acme
            .get(&format!("/admin/directory/v1/groups/{key}/members"))
            .await;
        assert_eq!(
            (got.as_u16(), reason(&body), &body["error"]["message"]),
            (status, expected, &json!(message)),
            "{key}"
        );
    }
}

#[tokio::test]
async fn one_member_is_found_by_id_address_and_alias() {
    let acme = Acme::start_with(grouped_company()).await;
    for key in ["101", "zoe@acme.example", "Z@acme.example"] {
        let (status, body) = acme.get(&format!("{SALES}/members/{key}")).await;
        assert_eq!(
            (status.as_u16(), &body["id"], &body["delivery_settings"]),
            (200, &json!("101"), &json!("ALL_MAIL")),
            "{key}"
        );
    }
    assert_eq!(
        acme.get(&format!("{PHONES}/members/vertrieb@acme.example"))
            .await
            .1["id"],
        "gsales"
    );
    assert_eq!(
        acme.get("/admin/directory/v1/groups/gall/members/C01acme42?fields=type")
            .await
            .1,
        json!({"type": "CUSTOMER"})
    );
    for key in ["100", "nobody@acme.example", "nobody@home.example"] {
        let (status, body) = acme.get(&format!("{SALES}/members/{key}")).await;
        assert_eq!(
            (status.as_u16(), &body["error"]["message"]),
            (404, &json!("Resource Not Found: memberKey")),
            "{key}"
        );
    }
}

#[tokio::test]
async fn has_member_looks_into_nested_groups_but_only_for_this_organization() {
    let acme = Acme::start_with(grouped_company()).await;
    for (group, key, expected) in [
        ("gsales", "zoe@acme.example", true),
        ("gsales", "100", false),
        ("gphones", "101", true),
        ("gphones", "sales@acme.example", true),
        ("gall", "dora@acme.example", true),
        ("gall", "gsales", false),
    ] {
        let (status, body) = acme
            .get(&format!("/admin/directory/v1/groups/{group}/hasMember/{key}"))
            .await;
        assert_eq!(
            (status.as_u16(), body),
            (200, json!({"isMember": expected})),
            "{group} {key}"
        );
    }
    for (group, key, status, message) in [
        ("gphones", "ann@home.example", 400, "Invalid Input: memberKey"),
        ("gsales", "ann@home.example", 400, "Invalid Input: memberKey"),
        ("gsales", "carl@other.example", 400, "Invalid Input: memberKey"),
        ("gsales", "103", 400, "Invalid Input: memberKey"),
        ("gphones", "103", 400, "Invalid Input: memberKey"),
        ("gall", "103", 400, "Invalid Input: memberKey"),
        ("gsales", "999", 404, "Resource Not Found: memberKey"),
        ("gsales", "nobody@home.example", 400, "Invalid Input: memberKey"),
        (
            "gsales",
            "nobody@acme.example",
            404,
            "Resource Not Found: memberKey",
        ),
        ("nothing", "101", 404, "Resource Not Found: groupKey"),
    ] {
        let (got, body) = acme
            .get(&format!("/admin/directory/v1/groups/{group}/hasMember/{key}"))
            .await;
        assert_eq!(
            (got.as_u16(), &body["error"]["message"]),
            (status, &json!(message)),
            "{group} {key}"
        );
    }
}

#[tokio::test]
async fn outsiders_have_ids_like_people_and_foreign_groups_like_groups() {
    let acme = Acme::start().await;
    let added = |member: Value| acme.sim.add_member("team@acme.example", member).unwrap();
    let person = added(json!({"email": "guest@home.example"}));
    let id = person["id"].as_str().unwrap();
    assert!(
        id.len() == 21 && id.bytes().all(|byte| byte.is_ascii_digit()),
        "{id}"
    );
    let group = added(json!({"email": "guests@home.example", "type": "GROUP"}));
    assert_eq!(group["id"].as_str().unwrap().len(), 16);
    let path = format!("/admin/directory/v1/groups/team@acme.example/members/{id}");
    assert_eq!(acme.get(&path).await.1["email"], "guest@home.example");
}

#[tokio::test]
async fn memberships_follow_the_people() {
    let acme = Acme::start_with(grouped_company()).await;
    acme.sim
        .patch_user(
            "101",
            json!({"primaryEmail": "adams@acme.example", "archived": true}),
        )
        .unwrap();
    let (_, body) = acme.get(&format!("{SALES}/members")).await;
    assert_eq!(
        column(&body, "members", "email")[0],
        "adams@acme.example",
        "in the order of the new address"
    );
    assert_eq!(body["members"][0]["status"], "ARCHIVED");
    acme.sim.delete_user("102").unwrap();
    let ids = |body: &Value| column(body, "members", "id").join(" ");
    let (_, body) = acme.get(&format!("{SALES}/members")).await;
    assert!(!ids(&body).contains("102"), "a deleted person is no member");
    assert_eq!(acme.get(SALES).await.1["directMembersCount"], "3");
    assert_eq!(acme.get(&format!("{SALES}/members/102")).await.0, 404);
    acme.sim.undelete_user("102").unwrap();
    assert!(
        ids(&acme.get(&format!("{SALES}/members")).await.1).contains("102"),
        "and is one again when restored"
    );
}

#[tokio::test]
async fn each_of_four_scopes_reads_members_and_faults_hit_them_by_name() {
    let acme = Acme::start_with(grouped_company()).await;
    let token = acme.token_for(&DELEGATED, Some(ADMIN), &[MEMBER_READONLY]).await;
    let users = acme
        .token_for(
            &DELEGATED,
            Some(ADMIN),
            &[USER_READONLY, CLOUD_PLATFORM, ORG_UNIT_READONLY],
        )
        .await;
    for (path, method) in [
        ("members", "List"),
        ("members/101", "Get"),
        ("hasMember/101", "HasMember"),
    ] {
        let path = format!("{SALES}/{path}");
        assert_eq!(acme.get_as(&token, &path).await.0, 200, "{path}");
        let (status, body) = acme.get_as(&users, &path).await;
        assert_eq!(status, 403);
        let named = body["error"]["details"][0]["metadata"]["method"]
            .as_str()
            .unwrap();
        assert!(named.ends_with(&format!("DirectoryMembers.{method}")), "{named}");
    }
    acme.sim
        .add_fault(Fault {
            method: Some("members.list".into()),
            count: Some(1),
            ..Fault::named("shortPage")
        })
        .unwrap();
    let (_, body) = acme.get(&format!("{SALES}/members")).await;
    assert_eq!(column(&body, "members", "id").len(), 2);
    acme.sim
        .add_fault(Fault {
            method: Some("members.hasMember".into()),
            ..Fault::named("quotaExceeded")
        })
        .unwrap();
    assert_eq!(
        reason(&acme.get(&format!("{SALES}/hasMember/101")).await.1),
        "quotaExceeded"
    );
    assert_eq!(acme.get(&format!("{SALES}/members/101")).await.0, 200);
}
