//! People by their address, and with more than usual.

use super::*;
use crate::google::directory::Projection;

const USERS: &str = "/admin/directory/v1/users";

#[tokio::test]
async fn a_person_is_found_by_any_address() {
    let google = google(|seen, _| match seen.path.trim_start_matches(USERS) {
        "/a.silva%2Bx%40acme.com" => somebody("1"),
        "/gone%40acme.com" => failure(404, "notFound", "Resource Not Found: userKey"),
        "/sales%40acme.com" => failure(400, "badRequest", "Type not supported: userKey"),
        "/bad%40acme.com" => failure(400, "invalid", "Invalid Input"),
        "/proxy%40acme.com" => (StatusCode::NOT_FOUND, "<!DOCTYPE html>").into_response(),
        "/other%40acme.com" => failure(404, "notFound", "Domain not found"),
        "/foreign%40acme.com" => failure(403, "forbidden", "Not Authorized to access this resource/api"),
        other => panic!("{other}"),
    })
    .await;
    let directory = delegated(&client(&google.url, quick(1)));
    let found = directory.user_by_address("a.silva+x@acme.com").await.unwrap();
    assert_eq!(found.unwrap().primary_email, "ana@acme.com");
    for nobody in ["gone@acme.com", "sales@acme.com", "other@acme.com"] {
        assert_eq!(directory.user_by_address(nobody).await.unwrap(), None, "{nobody}");
    }
    for (address, expected) in [
        ("bad@acme.com", (Class::BadRequest, Cause::Unexpected)),
        ("proxy@acme.com", (Class::BadRequest, Cause::Unexpected)),
        ("foreign@acme.com", (Class::Misconfigured, Cause::UserNotReadable)),
    ] {
        let error = directory.user_by_address(address).await.unwrap_err();
        assert_eq!(shape(&error), expected, "{address}");
    }
    // An id is no address, and neither is a way to another path.
    let before = google.paths().len();
    for nobody in [
        "",
        "104497032270219758212",
        "..",
        "a b@acme.com",
        "a@acme.com\r\nx",
        &"@".repeat(300),
    ] {
        assert_eq!(directory.user_by_address(nobody).await.unwrap(), None, "{nobody}");
    }
    assert_eq!(google.paths().len(), before);
}

#[tokio::test]
async fn a_person_by_address_fails_like_everything_else() {
    for (answer, class, cause) in retryable() {
        let google = google(move |_, n| if n == 0 { answer() } else { somebody("1") }).await;
        let directory = delegated(&client(&google.url, quick(2)));
        let user = directory.user_by_address("ana@acme.com").await.unwrap();
        assert_eq!(user.unwrap().id, id("1"), "{cause}");

        let google = super::google(move |_, _| answer()).await;
        let directory = delegated(&client(&google.url, quick(2)));
        let error = directory.user_by_address("ana@acme.com").await.unwrap_err();
        assert_eq!(shape(&error), (class, cause));
        assert_eq!(google.count(&format!("{USERS}/ana%40acme.com")), 2);
    }
}

/// Somebody with a custom schema and a secret, as a list and alone.
fn with_schema(seen: &Seen) -> Response {
    let user = json!({"id": "1", "primaryEmail": "ana@acme.com", "relations": [{"value": "canary"}],
        "customSchemas": {"PBX": {"number": "1234"}}});
    if seen.path == USERS {
        return json_answer(&json!({"kind": "admin#directory#users", "users": [user]}));
    }
    json_answer(&user)
}

#[tokio::test]
async fn a_projection_asks_for_more_and_keeps_it() {
    let google = google(|seen, _| with_schema(seen)).await;
    let usual = delegated(&client(&google.url, quick(1)));
    let more = usual
        .clone()
        .with_projection(Projection::new(["relations"], ["PBX", "HR"]).unwrap());
    for directory in [&usual, &more] {
        let kept = std::ptr::eq(directory, &raw const more);
        let listed = read(directory).await.unwrap().remove(0).users.remove(0);
        let by_id = directory.user(&id("1")).await.unwrap().unwrap();
        let by_address = directory.user_by_address("ana@acme.com").await.unwrap().unwrap();
        assert_eq!((&listed, &listed), (&by_id, &by_address));
        let resource = listed.resource.as_ref().map(|resource| {
            let json: Value = serde_json::from_str(resource.json()).unwrap();
            json["customSchemas"]["PBX"]["number"].clone()
        });
        assert_eq!(resource, kept.then_some(json!("1234")));
        assert!(!format!("{listed:?}").contains("canary"));
    }
    let seen = google.seen.lock().unwrap();
    let calls: Vec<_> = seen.iter().filter(|seen| seen.path != "/token").collect();
    assert_eq!(calls.len(), 6);
    for (n, call) in calls.iter().enumerate() {
        let more = n >= 3;
        let fields = call.parameter("fields").unwrap();
        assert_eq!(fields.contains(",relations,customSchemas"), more, "{fields}");
        assert_eq!(call.parameter("projection").as_deref(), more.then_some("custom"));
        assert_eq!(
            call.parameter("customFieldMask").as_deref(),
            more.then_some("HR,PBX")
        );
    }
}

#[tokio::test]
async fn the_deleted_are_asked_for_nothing_more() {
    let google = google(|seen, _| with_schema(seen)).await;
    let directory = delegated(&client(&google.url, quick(1)))
        .with_projection(Projection::new(["relations"], ["PBX"]).unwrap());
    let list = UserList {
        deleted: true,
        ..UserList::default()
    };
    let pages: Vec<UserPage> = directory.pages(list).try_collect().await.unwrap();
    assert_eq!(pages[0].users[0].resource, None);
    let seen = google.seen.lock().unwrap();
    assert_eq!(seen[1].parameter("projection"), None);
    assert!(!seen[1].parameter("fields").unwrap().contains("relations"));
}

#[tokio::test]
async fn a_resource_that_is_far_too_long_is_a_warning() {
    let google = google(|_, _| {
        let user = json!({"id": "1", "primaryEmail": "ana@acme.com", "notes": {"value": "x".repeat(70_000)}});
        json_answer(&json!({"users": [user, {"id": "2", "primaryEmail": "b@acme.com"}]}))
    })
    .await;
    let directory =
        delegated(&client(&google.url, quick(1))).with_projection(Projection::new(["notes"], []).unwrap());
    let users = read(&directory).await.unwrap().remove(0).users;
    assert_eq!(users[0].resource, None);
    assert_eq!(
        users[0].warnings[0].to_string(),
        "resource was ignored because it is too long"
    );
    assert!(users[1].resource.is_some() && users[1].warnings.is_empty());
}

#[tokio::test]
async fn a_token_belongs_to_its_scopes() {
    let google = google(|_, _| empty_page()).await;
    let client = client(&google.url, quick(1));
    let of = |scopes: &[&str]| client.directory(key(), Some("it@acme.com".to_owned()), "C01", scopes);
    for scopes in [
        &[DIRECTORY_USERS_SCOPE][..],
        &[DIRECTORY_USERS_SCOPE, DIRECTORY_GROUP_MEMBERS_SCOPE],
        &[DIRECTORY_GROUP_MEMBERS_SCOPE, DIRECTORY_USERS_SCOPE],
        &[DIRECTORY_ORG_UNITS_SCOPE],
    ] {
        read(&of(scopes)).await.unwrap();
    }
    let seen = google.seen.lock().unwrap();
    let asked: Vec<String> = seen.iter().filter_map(asserted_scopes).collect();
    let both = format!("{DIRECTORY_GROUP_MEMBERS_SCOPE} {DIRECTORY_USERS_SCOPE}");
    assert_eq!(asked, [DIRECTORY_USERS_SCOPE, &both, DIRECTORY_ORG_UNITS_SCOPE]);
}

fn asserted_scopes(seen: &Seen) -> Option<String> {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
    let assertion = seen.parameter("assertion")?;
    let claims = BASE64_URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    Some(claims["scope"].as_str()?.to_owned())
}

#[tokio::test]
async fn a_scope_that_is_not_delegated_is_named_as_such() {
    let google = Google::start(|_, _| {
        json_status(401, &json!({"error": "unauthorized_client", "error_description":
            "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested."}))
    })
    .await;
    let directory = client(&google.url, quick(3)).directory(
        key(),
        Some("it@acme.com".to_owned()),
        "C01",
        &[DIRECTORY_USERS_SCOPE, DIRECTORY_GROUP_MEMBERS_SCOPE],
    );
    let Err(error) = directory.members("sales@acme.com").await else {
        panic!("a token without a delegation")
    };
    assert_eq!(
        shape(&error),
        (Class::Misconfigured, Cause::DelegationScopesMissing)
    );
}
