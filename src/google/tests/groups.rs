//! Members of groups, and organizational units.

use super::*;
use crate::google::directory::{MemberKind, MemberPage, OrgUnit};

const MEMBERS: &str = "/admin/directory/v1/groups/sales%40acme.com/members";
const NOT_AUTHORIZED: &str = "Not Authorized to access this resource/api";

/// Page `n` of `pages`, with one member.
fn page(seen: &Seen, pages: usize) -> Response {
    let n: usize = seen
        .parameter("pageToken")
        .map_or(0, |token| token.parse().unwrap());
    let mut page = json!({
        "kind": "admin#directory#members",
        "members": [{"id": n.to_string(), "email": format!("{n}@acme.com"), "type": "USER"}],
    });
    if n + 1 < pages {
        page["nextPageToken"] = json!((n + 1).to_string());
    }
    json_answer(&page)
}

async fn members(directory: &Directory, group: &str) -> Result<Option<Vec<MemberPage>>, Error> {
    match directory.members(group).await? {
        Some(pages) => pages.try_collect().await.map(Some),
        None => Ok(None),
    }
}

#[tokio::test]
async fn members_are_read_page_by_page() {
    let google = google(|seen, _| page(seen, 3)).await;
    let directory = delegated(&client(&google.url, quick(1)));
    let pages = members(&directory, "sales@acme.com").await.unwrap().unwrap();
    let ids: Vec<_> = pages.iter().map(|page| page.members[0].id.as_str()).collect();
    assert_eq!(ids, ["0", "1", "2"]);
    assert_eq!(google.count(MEMBERS), 3);
    let seen = google.seen.lock().unwrap();
    for (request, token) in seen[1..].iter().zip([None, Some("1"), Some("2")]) {
        assert_eq!(request.parameter("maxResults").as_deref(), Some("200"));
        assert_eq!(
            request.parameter("fields").as_deref(),
            Some("kind,nextPageToken,members(id,email,type)")
        );
        assert_eq!(request.parameter("pageToken").as_deref(), token);
        for never in ["roles", "includeDerivedMembership"] {
            assert_eq!(request.parameter(never), None);
        }
    }
}

#[tokio::test]
async fn pages_are_fetched_only_when_asked_for() {
    let google = google(|seen, _| page(seen, 3)).await;
    let directory = delegated(&client(&google.url, quick(1)));
    let pages = directory.members("sales@acme.com").await.unwrap().unwrap();
    let mut pages = Box::pin(pages);
    assert!(pages.try_next().await.unwrap().is_some());
    assert_eq!(google.count(MEMBERS), 1);
    assert!(pages.try_next().await.unwrap().is_some());
    assert_eq!(google.count(MEMBERS), 2);
}

#[tokio::test]
async fn a_group_is_named_by_anything_that_is_one_part_of_a_path() {
    let google = google(|_, _| json_answer(&json!({"kind": "admin#directory#members"}))).await;
    let directory = delegated(&client(&google.url, quick(1)));
    for (group, path) in [
        ("01abc", "01abc"),
        ("a+b@acme.com", "a%2Bb%40acme.com"),
        ("../users", "..%2Fusers"),
        ("a/b?c#d%", "a%2Fb%3Fc%23d%25"),
        ("é@acme.com", "%C3%A9%40acme.com"),
    ] {
        let pages = members(&directory, group).await.unwrap().unwrap();
        assert_eq!(pages, [MemberPage::default()]);
        let expected = format!("/admin/directory/v1/groups/{path}/members");
        assert_eq!(google.paths().last(), Some(&expected));
    }
    let before = google.paths().len();
    for group in ["", ".", "..", "a b@acme.com", "a\n", &"x".repeat(255)] {
        assert_eq!(members(&directory, group).await.unwrap(), None, "{group}");
    }
    assert_eq!(google.paths().len(), before);
}

#[tokio::test]
async fn a_missing_group_is_no_empty_group() {
    for (answer, absent) in [
        (failure(404, "notFound", "Resource Not Found: groupKey"), true),
        (failure(404, "notFound", "Resource Not Found: userKey"), false),
        (failure(404, "notFound", "Not Found"), false),
        (failure(404, "notFound", "Domain not found"), false),
        ((StatusCode::NOT_FOUND, "<!DOCTYPE html>").into_response(), false),
        (StatusCode::NOT_FOUND.into_response(), false),
    ] {
        let (status, body) = (answer.status(), body_of(answer).await);
        let google = google(move |_, _| (status, body.clone()).into_response()).await;
        let result = members(&delegated(&client(&google.url, quick(1))), "sales@acme.com").await;
        assert_eq!(result.is_ok(), absent);
        assert_eq!(result.ok(), absent.then_some(None));
    }
    // Once it was there, its absence is news, not an empty rest.
    let google = google(|seen, n| match n {
        0 => page(seen, 3),
        _ => failure(404, "notFound", "Resource Not Found: groupKey"),
    })
    .await;
    let error = members(&delegated(&client(&google.url, quick(1))), "sales@acme.com")
        .await
        .unwrap_err();
    assert_eq!(shape(&error), (Class::NotFound, Cause::NotFound));
}

async fn body_of(answer: Response) -> Bytes {
    axum::body::to_bytes(answer.into_body(), usize::MAX)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_foreign_group_is_told_apart_from_missing_rights() {
    let google = google(|seen, _| {
        if seen.path.contains("foreign") {
            return failure(403, "forbidden", NOT_AUTHORIZED);
        }
        if seen.path.contains("scope") {
            return failure(403, "insufficientPermissions", "Insufficient Permission");
        }
        failure(403, "accessNotConfigured", "Access Not Configured.")
    })
    .await;
    let directory = delegated(&client(&google.url, quick(3)));
    for (group, cause) in [
        ("foreign@else.example", Cause::GroupNotReadable),
        ("scope@acme.com", Cause::DelegationScopesMissing),
        ("api@acme.com", Cause::AdminSdkApiDisabled),
    ] {
        let error = members(&directory, group).await.unwrap_err();
        assert_eq!(shape(&error), (Class::Misconfigured, cause), "{group}");
    }
    let error = read(&directory).await.unwrap_err();
    assert_eq!(error.cause(), Cause::AdminSdkApiDisabled);
    assert_eq!(google.paths().len(), 5, "nothing was tried again");
}

#[tokio::test]
async fn every_retryable_error_is_bridged_on_every_page() {
    for (answer, class, cause) in retryable() {
        for at in 0..3 {
            let google = google(move |seen, n| if n == at { answer() } else { page(seen, 3) }).await;
            let directory = delegated(&client(&google.url, quick(2)));
            let pages = members(&directory, "sales@acme.com").await.unwrap().unwrap();
            assert_eq!(pages.len(), 3, "{cause} {at}");
            assert_eq!(google.count(MEMBERS), 4, "{cause} {at}");

            let google = super::google(move |seen, n| if n >= at { answer() } else { page(seen, 3) }).await;
            let directory = delegated(&client(&google.url, quick(2)));
            let error = members(&directory, "sales@acme.com").await.unwrap_err();
            assert_eq!(shape(&error), (class, cause), "{at}");
            assert_eq!(google.count(MEMBERS), at + 2, "{cause} {at}");
        }
    }
}

#[tokio::test]
async fn a_loop_of_member_pages_is_noticed() {
    let google = google(|seen, _| {
        let next = if seen.parameter("pageToken").as_deref() == Some("a") {
            "b"
        } else {
            "a"
        };
        json_answer(&json!({"kind": "admin#directory#members", "nextPageToken": next}))
    })
    .await;
    let error = members(&delegated(&client(&google.url, quick(1))), "sales@acme.com")
        .await
        .unwrap_err();
    assert_eq!(shape(&error), (Class::Transient, Cause::IncompleteRead));
    assert!(error.to_string().contains("list of members does not end"));
    assert!(google.count(MEMBERS) < 5);
}

#[tokio::test]
async fn a_bad_member_costs_nobody_else() {
    let google = google(|_, _| {
        json_answer(&json!({"members": [null, {"id": "1", "type": "USER"}, {"email": "x@acme.com"}, {"id": "C01", "type": "CUSTOMER"}]}))
    })
    .await;
    let pages = members(&delegated(&client(&google.url, quick(1))), "sales@acme.com")
        .await
        .unwrap()
        .unwrap();
    let kinds: Vec<_> = pages[0].members.iter().map(|member| member.kind).collect();
    assert_eq!(kinds, [MemberKind::User, MemberKind::Customer]);
    assert_eq!(pages[0].malformed, 2);
}

const UNITS: &str = "/admin/directory/v1/customer/C01/orgunits";

fn units() -> Response {
    json_answer(&json!({"kind": "admin#directory#orgUnits", "organizationUnits": [
        {"orgUnitId": "id:0", "orgUnitPath": "/"},
        {"orgUnitId": "id:1", "orgUnitPath": "Sales", "parentOrgUnitId": "id:0", "parentOrgUnitPath": "/"},
    ]}))
}

#[tokio::test]
async fn organizational_units_are_read_in_one_call() {
    let google = google(|_, _| units()).await;
    let directory = delegated(&client(&google.url, quick(1)));
    let root = OrgUnit {
        id: "id:0".to_owned(),
        path: "/".to_owned(),
        parent_id: None,
        parent_path: None,
    };
    let sales = OrgUnit {
        id: "id:1".to_owned(),
        path: "/Sales".to_owned(),
        parent_id: Some("id:0".to_owned()),
        parent_path: Some("/".to_owned()),
    };
    assert_eq!(directory.org_units("C01").await.unwrap(), [root, sales]);
    assert_eq!(google.paths(), ["/token", UNITS]);
    let seen = google.seen.lock().unwrap();
    assert_eq!(seen[1].parameter("type").as_deref(), Some("allIncludingParent"));
    assert!(
        seen[1]
            .parameter("fields")
            .unwrap()
            .starts_with("kind,organizationUnits(")
    );
    assert_eq!(seen[1].parameter("pageToken"), None);
}

#[tokio::test]
async fn organizational_units_fail_like_everything_else() {
    for (answer, class, cause) in retryable() {
        let google = google(move |_, n| if n == 0 { answer() } else { units() }).await;
        let directory = delegated(&client(&google.url, quick(2)));
        assert_eq!(directory.org_units("C01").await.unwrap().len(), 2, "{cause}");
        assert_eq!(google.count(UNITS), 2, "{cause}");

        let google = super::google(move |_, _| answer()).await;
        let directory = delegated(&client(&google.url, quick(2)));
        let error = directory.org_units("C01").await.unwrap_err();
        assert_eq!(shape(&error), (class, cause));
        assert_eq!(google.count(UNITS), 2, "{cause}");
    }
    for (status, reason, message, expected) in [
        (
            400,
            "invalid",
            "Invalid Customer Id",
            (Class::BadRequest, Cause::WrongDomain),
        ),
        (
            403,
            "forbidden",
            NOT_AUTHORIZED,
            (Class::Misconfigured, Cause::InsufficientAdminRole),
        ),
        (
            404,
            "notFound",
            "Customer doesn't exist",
            (Class::NotFound, Cause::WrongDomain),
        ),
        (
            404,
            "notFound",
            "Org unit not found",
            (Class::NotFound, Cause::NotFound),
        ),
    ] {
        let google = google(move |_, _| failure(status, reason, message)).await;
        let error = delegated(&client(&google.url, quick(2)))
            .org_units("C01")
            .await
            .unwrap_err();
        assert_eq!(shape(&error), expected);
        assert_eq!(google.count(UNITS), 1);
    }
}

#[tokio::test]
async fn units_of_nobody_are_refused_without_a_call() {
    let google = google(|_, _| units()).await;
    let itself = client(&google.url, quick(1)).directory(key(), None, "C01", &[DIRECTORY_ORG_UNITS_SCOPE]);
    let error = itself.org_units("my_customer").await.unwrap_err();
    assert_eq!(error.cause(), Cause::MyCustomerNotAllowed);
    for customer in ["", "..", "C 1"] {
        let error = itself.org_units(customer).await.unwrap_err();
        assert_eq!(
            shape(&error),
            (Class::BadRequest, Cause::WrongDomain),
            "{customer}"
        );
    }
    assert_eq!(google.paths(), [""; 0]);
    assert_eq!(itself.org_units("C01").await.unwrap().len(), 2);
}
