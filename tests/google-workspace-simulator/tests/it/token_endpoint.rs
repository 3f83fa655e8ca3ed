//! The jwt-bearer grant: the order of checks, delegation, and accounts that act as themselves.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use google_workspace_simulator::ServiceAccountSeed;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::support::*;

const WINDOW: &str = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.";

fn unsigned(header: &Value, claims: &Value, signature: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", part(header), part(claims))
}

#[tokio::test]
async fn checks_are_made_in_googles_order() {
    let acme = Acme::start().await;
    let good = claims(&DELEGATED, Some(ADMIN), &[USER_READONLY]);
    let rs256 = json!({"alg": "RS256", "typ": "JWT"});
    let now = Timestamp::now().as_second();
    // Every row repairs the fault of the row before and keeps all the later ones, so that the order shows.
    let mut spoiled = json!({"iss": "nobody@acme-phones.iam.gserviceaccount.com", "scope": "", "aud": "https://example.com", "sub": "nobody"});
    let mut rows: Vec<(&str, String, &str, &str)> = vec![
        (
            "password",
            "x".into(),
            "unsupported_grant_type",
            "Invalid grant_type: password",
        ),
        (GRANT, String::new(), "invalid_request", "Bad Request"),
        (GRANT, "a.b".into(), "invalid_request", "Bad Request"),
        (GRANT, "!.!.!".into(), "invalid_request", "Bad Request"),
        (GRANT, "W10.W10.W10".into(), "invalid_request", "Bad Request"),
        (
            GRANT,
            unsigned(&json!({"alg": "none"}), &spoiled, "c2ln"),
            "invalid_grant",
            "Invalid JWT Signature.",
        ),
        (
            GRANT,
            unsigned(&json!({"alg": "HS256"}), &good, "c2ln"),
            "invalid_grant",
            "Invalid JWT Signature.",
        ),
        (
            GRANT,
            unsigned(&rs256, &good, "c2ln"),
            "invalid_grant",
            "Invalid JWT Signature.",
        ),
        (
            GRANT,
            assertion(&ROLE, &good),
            "invalid_grant",
            "Invalid JWT Signature.",
        ),
        (
            GRANT,
            assertion(&DELEGATED, &spoiled),
            "invalid_grant",
            "Invalid grant: account not found",
        ),
    ];
    spoiled["iss"] = good["iss"].clone();
    rows.push((
        GRANT,
        assertion(&DELEGATED, &spoiled),
        "invalid_grant",
        "Invalid JWT: iat (issued at) is not set.",
    ));
    spoiled["iat"] = (now - 7200).into();
    rows.push((
        GRANT,
        assertion(&DELEGATED, &spoiled),
        "invalid_grant",
        "Invalid JWT: exp (expiration time) is not set.",
    ));
    spoiled["exp"] = (now + 60).into();
    rows.push((GRANT, assertion(&DELEGATED, &spoiled), "invalid_grant", WINDOW));
    spoiled["iat"] = (now + 900).into();
    rows.push((GRANT, assertion(&DELEGATED, &spoiled), "invalid_grant", WINDOW));
    spoiled["iat"] = now.to_string().into();
    rows.push((
        GRANT,
        assertion(&DELEGATED, &spoiled),
        "invalid_scope",
        "Invalid OAuth scope or ID token audience provided.",
    ));
    spoiled["scope"] = "https://www.googleapis.com/auth/nonsense".into();
    rows.push((
        GRANT,
        assertion(&DELEGATED, &spoiled),
        "invalid_grant",
        "Invalid JWT: Failed audience check.",
    ));
    spoiled["aud"] = acme.url("/token").into();
    rows.push((
        GRANT,
        assertion(&DELEGATED, &spoiled),
        "invalid_request",
        "Invalid impersonation &quot;sub&quot; field: nobody",
    ));
    for (grant_type, assertion, error, description) in rows {
        let (status, body) = acme
            .ask_token(&[("grant_type", grant_type), ("assertion", &assertion)])
            .await;
        assert_eq!(
            (status.as_u16(), &body),
            (400, &json!({"error": error, "error_description": description}))
        );
    }
    let mut early = good.clone();
    early["iat"] = (now + 290).into();
    early["exp"] = (now + 3600).to_string().into();
    let (status, body) = acme
        .ask_token(&[
            ("grant_type", GRANT),
            ("assertion", &assertion(&DELEGATED, &early)),
        ])
        .await;
    assert_eq!(
        status, 200,
        "300 seconds of skew and digit strings are accepted: {body}"
    );
    assert!(body["access_token"].as_str().unwrap().starts_with("ya29."));
    assert_eq!(
        (&body["expires_in"], &body["token_type"]),
        (&json!(3599), &json!("Bearer"))
    );
    assert!(body.get("refresh_token").is_none());
}

async fn refusal(acme: &Acme, subject: &str, scopes: &[&str]) -> (u16, String) {
    let assertion = assertion(&DELEGATED, &claims(&DELEGATED, Some(subject), scopes));
    let (status, body) = acme
        .ask_token(&[("grant_type", GRANT), ("assertion", &assertion)])
        .await;
    (
        status.as_u16(),
        format!(
            "{}/{}",
            body["error"].as_str().unwrap_or("none"),
            body["error_description"].as_str().unwrap_or_default()
        ),
    )
}

#[tokio::test]
async fn delegation_errors_say_what_is_wrong() {
    let acme = Acme::start().await;
    let devices = "https://www.googleapis.com/auth/admin.directory.device.mobile.readonly";
    let parent = "https://www.googleapis.com/auth/admin.directory.user";
    let unregistered = "unauthorized_client/Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.";
    let cases = [
        (
            "ann@stranger.example",
            &[USER_READONLY][..],
            400,
            "unauthorized_client/Unauthorized client or scope in request.",
        ),
        (ADMIN, &[devices], 401, unregistered),
        (ADMIN, &[parent], 401, unregistered),
        (
            ADMIN,
            &[USER_READONLY, devices],
            400,
            "access_denied/Requested client not authorized",
        ),
        (
            "nobody@acme.example",
            &[USER_READONLY],
            400,
            "invalid_grant/Invalid email or User ID",
        ),
        (
            "carl@other.example",
            &[USER_READONLY],
            400,
            "invalid_account/Forbidden",
        ),
        (
            "not an address",
            &[USER_READONLY],
            400,
            "invalid_request/Invalid impersonation &quot;sub&quot; field: not an address",
        ),
    ];
    for (subject, scopes, status, expected) in cases {
        assert_eq!(
            refusal(&acme, subject, scopes).await,
            (status, expected.to_owned()),
            "{subject} {scopes:?}"
        );
    }
    // Without any registration the client is unknown; registering it repairs that at once.
    let withdrawn = ServiceAccountSeed {
        delegated_scopes: Vec::new(),
        ..DELEGATED.seed.clone()
    };
    acme.sim.put_service_account(withdrawn).unwrap();
    assert_eq!(
        refusal(&acme, ADMIN, &[USER_READONLY]).await,
        (401, unregistered.to_owned())
    );
    acme.sim.put_service_account(DELEGATED.seed.clone()).unwrap();
    acme.token_for(&DELEGATED, Some("z@acme.example"), &[USER_READONLY])
        .await;
}

#[tokio::test]
async fn an_unrecognised_scope_without_subject_gets_an_id_token_only() {
    let acme = Acme::start().await;
    let scopes = [USER_READONLY, "https://www.googleapis.com/auth/nonsense"];
    let assertion = assertion(&ROLE, &claims(&ROLE, None, &scopes));
    let (status, body) = acme
        .ask_token(&[("grant_type", GRANT), ("assertion", &assertion)])
        .await;
    assert_eq!(status, 200);
    assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["id_token"]);
    let claims: Value =
        jsonwebtoken::dangerous::insecure_decode_claims(body["id_token"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&claims["iss"], &claims["email"]),
        (
            &json!("https://accounts.google.com"),
            &json!(ROLE.seed.client_email)
        )
    );
}

#[tokio::test]
async fn an_account_with_a_role_reads_its_own_customer_but_not_my_customer() {
    let acme = Acme::start().await;
    let token = acme
        .token_for(&ROLE, None, &[USER_READONLY, CUSTOMER_READONLY])
        .await;
    let invalid = json!({"error": {"code": 400, "message": "Invalid Input", "errors": [{"message": "Invalid Input", "domain": "global", "reason": "invalid"}]}});
    for path in [
        "/admin/directory/v1/users?customer=my_customer",
        "/admin/directory/v1/customers/my_customer",
    ] {
        let (status, body) = acme.get_as(&token, path).await;
        assert_eq!((status.as_u16(), &body), (400, &invalid), "{path}");
    }
    for path in [
        "/admin/directory/v1/users?customer=C01acme42",
        "/admin/directory/v1/users?domain=acme.example",
        "/admin/directory/v1/users/100",
        "/admin/directory/v1/customers/C01acme42",
    ] {
        assert_eq!(acme.get_as(&token, path).await.0, 200, "{path}");
    }
    acme.sim
        .put_service_account(ServiceAccountSeed {
            admin_role: false,
            ..ROLE.seed.clone()
        })
        .unwrap();
    for path in [
        "/admin/directory/v1/users?customer=C01acme42",
        "/admin/directory/v1/users/100?viewType=domain_public",
        "/admin/directory/v1/customers/C01acme42",
    ] {
        let (status, body) = acme.get_as(&token, path).await;
        assert_eq!((status.as_u16(), reason(&body)), (403, "forbidden"), "{path}");
    }
}

#[tokio::test]
async fn access_tokens_expire_by_the_simulators_clock() {
    let acme = Acme::start().await;
    let path = "/admin/directory/v1/users/100";
    acme.sim.advance_clock(std::time::Duration::from_secs(3500));
    assert_eq!(acme.get(path).await.0, 200);
    acme.sim.advance_clock(std::time::Duration::from_secs(100));
    let (status, body) = acme.get(path).await;
    assert_eq!((status.as_u16(), reason(&body)), (401, "authError"));
    // A fresh assertion is judged by the real clock, which its signer shares.
    let token = acme.token_for(&DELEGATED, Some(ADMIN), &[USER_READONLY]).await;
    assert_eq!(acme.get_as(&token, path).await.0, 200);
}

#[tokio::test]
async fn the_log_shows_the_granted_scopes_and_never_a_token() {
    let acme = Acme::start().await;
    acme.token_for(&DELEGATED, Some(ADMIN), &[USER_READONLY]).await;
    let path = format!(
        "/admin/directory/v1/users/100?fields=id&access_token={}",
        acme.token
    );
    assert_eq!(acme.http.get(acme.url(&path)).send().await.unwrap().status(), 200);
    let seen = acme.sim.requests();
    assert_eq!(
        (seen[0].path.as_str(), &seen[0].scopes, seen[0].status),
        ("/token", &vec![USER_READONLY.to_owned()], 200)
    );
    assert_eq!(
        (seen[1].query.as_str(), seen[1].scopes.len()),
        ("fields=id", READ_SCOPES.len())
    );
}
