//! Tokens that a service account signs itself.

use google_workspace_simulator::Switches;
use serde_json::{Value, json};

use crate::support::*;

const LIST: &str = "/admin/directory/v1/users?customer=C01acme42";

/// Good claims of an account, to be spoiled.
fn own_claims(account: &Account) -> Value {
    let mut own = claims(account, Some(&account.seed.client_email), &[]);
    own["aud"] = "https://admin.googleapis.com/".into();
    own.as_object_mut().unwrap().remove("scope");
    own
}

#[tokio::test]
async fn an_account_with_a_role_needs_no_token_endpoint() {
    let acme = Acme::start().await;
    let token = assertion(&ROLE, &own_claims(&ROLE));
    assert_eq!(ids(&acme.get_as(&token, LIST).await.1), "0002030401");
    let paths = [
        "/admin/directory/v1/groups?customer=C01acme42",
        "/admin/directory/v1/customer/C01acme42/roles",
    ];
    for path in paths {
        assert_eq!(
            acme.get_as(&token, path).await.0,
            200,
            "for the whole API: {path}"
        );
    }
    let mine = LIST.replace("C01acme42", "my_customer");
    assert_eq!(
        acme.get_as(&token, &mine).await.0,
        400,
        "it belongs to no customer"
    );

    let scoped = own_claims(&ROLE);
    let scoped = assertion(
        &ROLE,
        &json!({"scope": GROUP_READONLY, "iss": scoped["iss"], "sub": scoped["sub"],
        "iat": scoped["iat"], "exp": scoped["exp"]}),
    );
    assert_eq!(acme.get_as(&scoped, paths[0]).await.0, 200);
    assert_eq!(
        reason(&acme.get_as(&scoped, LIST).await.1),
        "insufficientPermissions"
    );
    assert!(acme.sim.requests().iter().all(|seen| seen.path != "/token"));

    acme.sim.set_switches(Switches {
        refuse_self_signed_tokens: true,
        ..Switches::default()
    });
    assert_eq!(reason(&acme.get_as(&token, LIST).await.1), "authError");
}

#[tokio::test]
async fn without_a_role_it_opens_nothing_and_spoiled_it_is_none() {
    let acme = Acme::start().await;
    let delegated = assertion(&DELEGATED, &own_claims(&DELEGATED));
    let (status, body) = acme.get_as(&delegated, LIST).await;
    assert_eq!((status.as_u16(), reason(&body)), (403, "forbidden"));

    let now = own_claims(&ROLE)["iat"].as_i64().unwrap();
    let spoiled = [
        ("aud", json!("https://calendar.googleapis.com/")),
        ("aud", json!(AUDIENCE)),
        ("sub", json!(ADMIN)),
        ("sub", json!(null)),
        ("iss", json!("nobody@acme-phones.iam.gserviceaccount.com")),
        ("iss", json!(DELEGATED.seed.client_email)),
        ("exp", json!(now + 3700)),
        ("exp", json!(now - 1)),
        ("iat", json!(null)),
    ];
    for (claim, value) in spoiled {
        let mut bad = own_claims(&ROLE);
        bad[claim] = value.clone();
        let (status, body) = acme.get_as(&assertion(&ROLE, &bad), LIST).await;
        assert_eq!(
            (status.as_u16(), reason(&body)),
            (401, "authError"),
            "{claim} {value}"
        );
    }
    let good = assertion(&ROLE, &own_claims(&ROLE));
    let (message, _) = good.rsplit_once('.').unwrap();
    for bad in [
        message.to_owned(),
        format!("{message}."),
        format!("{message}.AAAA"),
        "a.b.c".to_owned(),
    ] {
        assert_eq!(acme.get_as(&bad, LIST).await.0, 401, "{bad}");
    }
}
