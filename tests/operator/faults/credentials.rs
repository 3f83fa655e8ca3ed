//! The Secret, the key file in it, and the tokens that it opens.

use std::time::Duration;

use dialplane::api::conditions;
use google_workspace_simulator::{Fault, keys};
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::DeleteParams;
use serde_json::json;

use super::{CLIENT_ID, PEOPLE, Shown, of_directory, of_tokens, operator};
use crate::world::{World, condition, poll, syncs};

#[tokio::test]
async fn files_that_are_no_key_are_explained() {
    let (stranger, _) = keys::service_account(
        "dialplane@acme-voice.iam.gserviceaccount.com",
        CLIENT_ID,
        "acme-voice",
    )
    .unwrap();
    let client = json!({"installed": {"client_id": "1", "client_secret": "s"}}).to_string();
    let cases: [(&str, String, &str); 3] = [
        ("no JSON", "not a key".to_owned(), "not JSON"),
        ("the file of an OAuth client", client, "OAuth client"),
        (
            "somebody else's key",
            stranger.to_string(),
            "Invalid JWT Signature",
        ),
    ];
    let world = World::with_people(PEOPLE).await;
    let operator = operator(&world).await;
    let shown = Shown::refused("InvalidKey");
    let (_, first, _) = &cases[0];
    world.put_secret_data("key.json", first).await;
    world.declare(json!({})).await;
    for (what, file, explanation) in cases {
        world.put_secret_data("key.json", &file).await;
        world.sync().await;
        let secret = format!("Secret {}/google-key under the key key.json", world.namespace);
        let words = [explanation, "Create a new JSON key", secret.as_str()];
        let object = shown.on(&world, &operator, &words).await;
        assert!(
            condition(&object, "Stalled")
                .unwrap()
                .message
                .contains(explanation),
            "{what}"
        );
    }
    world.put_secret(&world.key).await;
    world.sync().await;
    shown.heals(&world).await;
    world.finish().await;
}

/// What `>` writes in the PowerShell of Windows.
#[tokio::test]
async fn a_key_file_in_utf_16_is_a_key_file() {
    let world = World::with_people(PEOPLE).await;
    let _operator = operator(&world).await;
    let text = format!("\u{feff}{}\r\n", world.key);
    let file: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    world.put_secret_data("key.json", file).await;
    world.declare(json!({})).await;
    world.until_synced().await;
    assert_eq!(world.all().await.len(), PEOPLE);
    world.finish().await;
}

#[tokio::test]
async fn a_key_that_is_deleted_at_google_shows_when_its_last_token_ends() {
    let world = World::with_people(PEOPLE).await;
    let operator = operator(&world).await;
    world.declare(json!({})).await;
    world.until_synced().await;
    let (_, mut other) = keys::service_account(&world.account.client_email, CLIENT_ID, "acme-voice").unwrap();
    other.delegated_scopes.clone_from(&world.account.delegated_scopes);
    world.google.put_service_account(other).unwrap();
    world.google.advance_clock(Duration::from_hours(2));
    world.request_sync().await;
    let shown = Shown::refused("InvalidKey");
    let secret = format!("{}/google-key", world.namespace);
    shown.on(&world, &operator, &[secret.as_str(), "JSON key"]).await;
    assert_eq!(world.all().await.len(), PEOPLE);
    world.google.put_service_account(world.account.clone()).unwrap();
    world.sync().await;
    shown.heals(&world).await;
    world.finish().await;
}

#[tokio::test]
async fn a_secret_that_is_missing_or_lacks_the_key_heals_when_it_is_put_right() {
    let world = World::with_people(PEOPLE).await;
    let operator = operator(&world).await;
    let secrets: Api<Secret> = Api::namespaced(world.client.clone(), &world.namespace);
    secrets
        .delete("google-key", &DeleteParams::default())
        .await
        .unwrap();
    world.declare(json!({})).await;
    let missing = Shown::refused("SecretNotFound");
    let name = format!("{}/google-key", world.namespace);
    let command = format!(
        "kubectl -n {} create secret generic google-key --from-file=key.json=",
        world.namespace
    );
    missing
        .on(&world, &operator, &[name.as_str(), command.as_str()])
        .await;

    // The Secret is not watched, and nothing is asked of the operator: it looks again by itself.
    world
        .put_secret_data("service-account.json", &world.key.to_string())
        .await;
    let lacking = Shown::refused("SecretKeyMissing");
    lacking
        .on(&world, &operator, &[name.as_str(), "key.json", "secretRef.key"])
        .await;
    // Whoever may not read the Secret does not learn from the status what is in it.
    let object = world.integrations().get(crate::world::NAME).await.unwrap();
    let status = serde_json::to_string(&object.status).unwrap();
    assert!(!status.contains("service-account.json"), "{status}");
    assert_eq!(world.google.requests(), [], "without a key Google is not called");
    world.put_secret(&world.key).await;
    world.sync().await;
    missing.heals(&world).await;
    lacking.heals(&world).await;
    world.finish().await;
}

#[tokio::test]
async fn tokens_that_google_refuses_are_renewed_once_and_then_reported() {
    let world = World::with_people(PEOPLE).await;
    let operator = operator(&world).await;
    world.declare(json!({})).await;
    world.until_synced().await;
    world.google.clear_requests();

    // An expired token is no fault: a new one is fetched.
    world.google.advance_clock(Duration::from_hours(2));
    world.sync().await;
    world.until_synced().await;
    assert_eq!(world.google_calls("/token"), 1);
    assert_eq!(syncs(&operator).await.keys().collect::<Vec<_>>(), ["success"]);

    world.google.clear_requests();
    world
        .google
        .add_fault(of_directory(Fault::named("authError")))
        .unwrap();
    world.request_sync().await;
    let shown = Shown::refused("TokenRejected");
    let secret = format!("{}/google-key", world.namespace);
    let words = ["401", world.account.client_email.as_str(), secret.as_str()];
    shown.on(&world, &operator, &words).await;
    assert_eq!(world.google_calls("/token"), 1);
    assert_eq!(world.google_calls("/admin/"), 2);
    world.google.clear_faults();
    world.sync().await;
    shown.heals(&world).await;
    world.finish().await;
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_told_until_it_is_set() {
    let world = World::with_people(PEOPLE).await;
    let operator = operator(&world).await;
    world
        .google
        .add_fault(of_tokens(Fault::named("invalidJwtWindow")))
        .unwrap();
    world.declare(json!({})).await;
    let shown = Shown {
        ends: conditions::RECONCILING,
        ..Shown::refused("ClockSkew")
    };
    shown.on(&world, &operator, &["clock", "NTP"]).await;
    world.request_sync().await;
    poll("a second try", async || {
        syncs(&operator)
            .await
            .get("ClockSkew")
            .filter(|count| **count > 1)
            .copied()
    })
    .await;
    world.google.clear_faults();
    world.sync().await;
    shown.heals(&world).await;
    world.finish().await;
}
