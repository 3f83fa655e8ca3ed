//! What every call passes: path, credentials, scope, the API switch, rights, compression.

use reqwest::header;
use serde_json::json;

use crate::support::*;

const LIST: &str = "/admin/directory/v1/users?customer=my_customer";

#[tokio::test]
async fn unknown_paths_and_wrong_verbs_are_html_404() {
    let acme = Acme::start().await;
    let requests = [
        acme.request("/admin/directory/v1/nothing<x>"),
        acme.request("/oauth2/token"),
        acme.request("/token"),
        acme.request("/"),
        acme.http.post(acme.url(LIST)).bearer_auth(&acme.token),
        acme.http
            .delete(acme.url("/admin/directory/v1/users/101"))
            .bearer_auth(&acme.token),
    ];
    for request in requests {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 404, "{}", response.url());
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "text/html; charset=UTF-8"
        );
        let text = response.text().await.unwrap();
        assert!(
            text.starts_with("<!DOCTYPE html>") && !text.contains("<x>"),
            "{text}"
        );
    }
    assert!(acme.sim.user("101").is_some());
}

#[tokio::test]
async fn missing_and_bad_credentials_are_told_apart() {
    let acme = Acme::start().await;
    let response = acme.http.get(acme.url(LIST)).send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(
        response.headers()[header::WWW_AUTHENTICATE],
        "Bearer realm=\"https://accounts.google.com/\""
    );
    let body: serde_json::Value = response.json().await.unwrap();
    assert_eq!(reason(&body), "required");
    assert_eq!(body["error"]["details"][0]["reason"], "CREDENTIALS_MISSING");
    assert_eq!(
        body["error"]["details"][0]["metadata"]["method"],
        "ccc.hosted.frontend.directory.v1.DirectoryUsers.List"
    );

    let response = acme
        .http
        .get(acme.url(LIST))
        .bearer_auth("ya29.nonsense")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(
        response.headers()[header::WWW_AUTHENTICATE],
        "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\""
    );
    let body: serde_json::Value = response.json().await.unwrap();
    assert_eq!(
        body,
        json!({"error": {"code": 401,
        "message": "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        "errors": [{"message": "Invalid Credentials", "domain": "global", "reason": "authError", "location": "Authorization", "locationType": "header"}],
        "status": "UNAUTHENTICATED"}})
    );
}

#[tokio::test]
async fn scopes_are_enforced_per_method() {
    let acme = Acme::start().await;
    let cloud = acme.token_for(&DELEGATED, Some(ADMIN), &[CLOUD_PLATFORM]).await;
    let customer = acme
        .token_for(&DELEGATED, Some(ADMIN), &[CUSTOMER_READONLY])
        .await;
    assert_eq!(
        acme.get_as(&cloud, LIST).await.0,
        200,
        "users.list accepts cloud-platform"
    );
    assert_eq!(
        acme.get_as(&customer, "/admin/directory/v1/customers/my_customer")
            .await
            .0,
        200
    );
    let refused = [
        (&cloud, "/admin/directory/v1/users/100", "DirectoryUsers.Get"),
        (
            &cloud,
            "/admin/directory/v1/customers/my_customer",
            "DirectoryCustomers.Get",
        ),
        (&customer, LIST, "DirectoryUsers.List"),
    ];
    for (token, path, method) in refused {
        let response = acme
            .http
            .get(acme.url(path))
            .bearer_auth(token)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 403, "{path}");
        let challenge = response.headers()[header::WWW_AUTHENTICATE]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(
            challenge.contains("error=\"insufficient_scope\", scope=\"https://www.googleapis.com/auth/"),
            "{challenge}"
        );
        let body: serde_json::Value = response.json().await.unwrap();
        assert_eq!(
            body,
            json!({"error": {"code": 403, "message": "Request had insufficient authentication scopes.",
            "errors": [{"message": "Insufficient Permission", "domain": "global", "reason": "insufficientPermissions"}],
            "status": "PERMISSION_DENIED",
            "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "domain": "googleapis.com",
                "metadata": {"service": "admin.googleapis.com", "method": format!("ccc.hosted.frontend.directory.v1.{method}")}}]}})
        );
    }
}

#[tokio::test]
async fn the_api_can_be_switched_off_and_on() {
    let acme = Acme::start().await;
    let off = r#"{"service": "admin.googleapis.com", "enabled": false}"#;
    assert_eq!(acme.control("POST", "/_simulator/apis", off).await.0, 204);
    let (status, body) = acme.get(LIST).await;
    assert_eq!(status, 403);
    let url =
        "https://console.developers.google.com/apis/api/admin.googleapis.com/overview?project=104497032270";
    let message = format!(
        "Admin SDK API has not been used in project 104497032270 before or it is disabled. Enable it by visiting {url} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry."
    );
    assert_eq!(
        body,
        json!({"error": {"code": 403, "message": message,
        "errors": [{"message": message, "domain": "usageLimits", "reason": "accessNotConfigured", "extendedHelp": "https://console.developers.google.com"}],
        "status": "PERMISSION_DENIED",
        "details": [{"@type": "type.googleapis.com/google.rpc.Help", "links": [{"description": "Google developers console API activation", "url": url}]},
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED", "domain": "googleapis.com",
             "metadata": {"service": "admin.googleapis.com", "consumer": "projects/104497032270"}}]}})
    );
    acme.sim.set_api("admin.googleapis.com", true).unwrap();
    assert_eq!(acme.get(LIST).await.0, 200);
}

#[tokio::test]
async fn only_administrators_read_the_administrators_view() {
    let acme = Acme::start().await;
    let token = acme
        .token_for(
            &DELEGATED,
            Some("zoe@acme.example"),
            &[USER_READONLY, CUSTOMER_READONLY],
        )
        .await;
    for path in [
        LIST,
        "/admin/directory/v1/users/101",
        "/admin/directory/v1/customers/my_customer",
    ] {
        let (status, body) = acme.get_as(&token, path).await;
        assert_eq!(status, 403, "{path}");
        assert_eq!(
            body,
            json!({"error": {"code": 403, "message": "Not Authorized to access this resource/api",
            "errors": [{"message": "Not Authorized to access this resource/api", "domain": "global", "reason": "forbidden"}]}})
        );
    }
    let (status, body) = acme
        .get_as(&token, &format!("{LIST}&viewType=domain_public"))
        .await;
    assert_eq!(status, 200);
    assert!(
        body["users"][0].get("name").is_some() && body["users"][0].get("isAdmin").is_none(),
        "{body}"
    );
    assert_eq!(
        acme.get_as(&token, "/admin/directory/v1/users/101?viewType=domain_public")
            .await
            .0,
        200
    );

    acme.sim
        .patch_user("zoe@acme.example", json!({"isDelegatedAdmin": true}))
        .unwrap();
    assert_eq!(
        acme.get_as(&token, LIST).await.0,
        200,
        "a delegated administrator may"
    );
    acme.sim
        .patch_user("zoe@acme.example", json!({"suspended": true}))
        .unwrap();
    assert_eq!(
        acme.get_as(&token, LIST).await.0,
        401,
        "a suspended person's tokens die"
    );
}

#[tokio::test]
async fn answers_are_compressed_only_for_agents_that_say_gzip() {
    let acme = Acme::start().await;
    let raw = reqwest::Client::builder().no_gzip().build().unwrap();
    for (agent, encoding, compressed) in [
        ("dialplane (gzip)", "gzip", true),
        ("dialplane", "gzip", false),
        ("dialplane (gzip)", "identity", false),
    ] {
        let request = raw
            .get(acme.url(LIST))
            .bearer_auth(&acme.token)
            .header(header::USER_AGENT, agent)
            .header(header::ACCEPT_ENCODING, encoding);
        let response = request.send().await.unwrap();
        assert_eq!(
            response.headers().contains_key(header::CONTENT_ENCODING),
            compressed,
            "{agent} {encoding}"
        );
        let bytes = response.bytes().await.unwrap();
        assert_eq!(bytes.starts_with(&[0x1f, 0x8b]), compressed);
    }
    let client = reqwest::Client::builder()
        .user_agent("test (gzip)")
        .build()
        .unwrap();
    let (status, body) = answer(client.get(acme.url(LIST)).bearer_auth(&acme.token)).await;
    assert_eq!((status.as_u16(), ids(&body).as_str()), (200, "0002030401"));
}

#[tokio::test]
async fn headers_and_printing_are_googles() {
    let acme = Acme::start().await;
    let response = acme
        .request("/admin/directory/v1/users/100")
        .header(header::HOST, "admin.googleapis.com")
        .send()
        .await
        .unwrap();
    assert_eq!(
        response.headers()[header::CONTENT_TYPE],
        "application/json; charset=UTF-8"
    );
    assert_eq!(response.headers()[header::SERVER], "ESF");
    assert_eq!(response.headers()[header::CACHE_CONTROL], "private");
    let pretty = response.text().await.unwrap();
    assert!(pretty.starts_with("{\n  \""), "{pretty}");
    let compact = acme
        .request("/admin/directory/v1/users/100?prettyPrint=false")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(!compact.contains('\n'));
}
