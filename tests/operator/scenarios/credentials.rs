//! Google does not know us, or not as it should.

use google_workspace_simulator::{Fault, Options, Simulator, Switches, keys};
use serde_json::json;

use super::row::{Row, of_list, play, row};
use super::scene::Scene;
use crate::world::company;

const THREE: &str = "1001 admin
    1002 ana
    1003 bo
    Ready Succeeded";

pub(super) fn rows() -> Vec<Row> {
    let seed = || company(&["ana", "bo"]);
    vec![
        row(
            "secret rotated",
            "the old key is revoked, and the new one is found in the Secret",
            seed(),
        )
        .serve(json!({}))
        .then(|scene| Box::pin(revoke(scene)))
        .dismiss("ana")
        .fails("InvalidKey")
        .stands(
            "1001 admin
                 1002 ana
                 1003 bo
                 not Ready InvalidKey Stalled Disconnected",
            "status 1",
        )
        .then(|scene| Box::pin(async { scene.world.put_secret(&scene.world.key).await }))
        .sync()
        .ends(
            "1001 admin
                 1002 ana off Deleted
                 1003 bo
                 Ready Succeeded",
            "patch 1, status 1",
        ),
        row(
            "wrong Workspace",
            "another organization answers, and nobody is compared with it",
            seed(),
        )
        .serve(json!({}))
        .kill()
        .then(|scene| Box::pin(another_workspace(scene)))
        .operator()
        .fails("WrongDomain")
        .stands(
            "1001 admin
                 1002 ana
                 1003 bo
                 not Ready WrongDomain Stalled Disconnected",
            "status 1",
        ),
        row("API disabled", "a person has to enable it", seed())
            .serve(json!({}))
            .google(|google| google.set_api("admin.googleapis.com", false))
            .fails("AdminSdkApiDisabled")
            .stands(
                "1001 admin
                 1002 ana
                 1003 bo
                 not Ready AdminSdkApiDisabled Stalled Disconnected",
                "status 1",
            )
            .google(|google| google.set_api("admin.googleapis.com", true))
            .sync()
            .ends(THREE, "status 1"),
        row(
            "insufficient role",
            "the subject is no administrator any more",
            seed(),
        )
        .serve(json!({}))
        .person("admin", json!({"isAdmin": false}))
        .fails("InsufficientAdminRole")
        .stands(
            "1001 admin
                 1002 ana
                 1003 bo
                 not Ready InsufficientAdminRole Stalled Disconnected",
            "status 1",
        )
        .person("admin", json!({"isAdmin": true}))
        .sync()
        .ends(THREE, "status 1"),
        row(
            "clock skew",
            "Google refuses the time of our token requests, until the clock is right",
            seed(),
        )
        .operator()
        .fault(Fault {
            path_prefix: Some("/token".to_owned()),
            ..Fault::named("invalidJwtWindow")
        })
        .declare(json!({}))
        .until("False", "ClockSkew")
        .stands(
            "not Ready ClockSkew Reconciling Disconnected",
            "integration 1, status 2",
        )
        .heal()
        .sync()
        .counting()
        .ends(THREE, "nothing"),
    ]
}

/// The key of the Secret is not the account's any more.
async fn revoke(scene: &mut Scene) {
    let (key, mut account) = keys::service_account(
        &scene.world.account.client_email,
        &scene.world.account.client_id,
        "acme-voice",
    )
    .unwrap();
    account
        .delegated_scopes
        .clone_from(&scene.world.account.delegated_scopes);
    scene.world.google.put_service_account(account).unwrap();
    // The token that is out there would be good for another hour.
    let rejected = Fault {
        count: Some(1),
        ..of_list("authError")
    };
    scene.world.google.add_fault(rejected).unwrap();
    scene.world.key = key;
    scene.count().await;
}

/// The credentials open another organization from now on, where everybody has the same address and another id.
async fn another_workspace(scene: &mut Scene) {
    let mut seed = company(&["ana", "bo"]);
    seed.customer.insert("id".to_owned(), json!("C02other"));
    seed.add_service_account(scene.world.account.clone());
    let options = Options {
        seed,
        switches: Switches::strict(),
        ..Options::default()
    };
    scene.world.google = Simulator::start(options).await.unwrap();
    scene.count().await;
}

#[tokio::test]
async fn credentials() {
    play(rows()).await;
}
