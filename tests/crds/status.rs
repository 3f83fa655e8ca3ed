//! The status: what a new object says, who may write what, and how writers share it.

use dialplane_test_harness::kstatus::{Status, condition, kstatus};
use serde_json::{Value, json};

use crate::samples::Kind;
use crate::server::Server;

/// Whether `kubectl wait` finds it ready, asked once without waiting.
fn is_ready(server: &Server, name: &str) -> bool {
    let args = ["wait", "--for=condition=Ready", "--timeout=0", name];
    server.kubectl(&args, &Value::Null).success()
}

fn ready(generation: i64) -> Value {
    json!({
        "observedGeneration": generation,
        "conditions": [{
            "type": "Ready", "status": "True", "reason": "Succeeded", "message": "Done.",
            "lastTransitionTime": "2026-11-21T08:00:04Z", "observedGeneration": generation,
        }],
    })
}

#[tokio::test]
async fn nobody_takes_a_new_or_changed_object_for_ready() {
    let server = Server::new().await;
    let created = server
        .create(Kind::Integration, &Kind::Integration.minimal())
        .await;
    let stored = server.get(Kind::Integration, "acme").await;
    for object in [&created, &stored] {
        assert_eq!(object["status"]["observedGeneration"], -1);
        assert_eq!(kstatus(object), Status::InProgress);
    }
    assert_eq!(stored["status"]["connection"], "Disconnected");
    assert!(!is_ready(&server, "gwi/acme"));

    let done = server.write_status(Kind::Integration, "acme", &ready(1)).await;
    assert_eq!(kstatus(&done), Status::Current);
    assert!(is_ready(&server, "gwi/acme"));

    let patch = [
        "patch",
        "gwi",
        "acme",
        "--type=merge",
        "--patch",
        r#"{"spec":{"dryRun":true}}"#,
    ];
    server.kubectl(&patch, &Value::Null).ok().unwrap();
    let changed = server.get(Kind::Integration, "acme").await;
    assert_eq!(changed["metadata"]["generation"], 2);
    assert_eq!(kstatus(&changed), Status::InProgress);
    assert!(!is_ready(&server, "gwi/acme"), "the status is about generation 1");
}

#[tokio::test]
async fn an_extension_that_no_phone_system_has_seen_is_in_progress() {
    let server = Server::new().await;
    let created = server.create(Kind::Extension, &Kind::Extension.full()).await;
    assert_eq!(created["status"], json!({"observedGeneration": -1}));
    assert_eq!(kstatus(&created), Status::InProgress);
}

#[tokio::test]
async fn spec_and_status_have_doors_of_their_own() {
    let server = Server::new().await;
    for kind in Kind::ALL {
        let mut object = kind.full();
        object["status"] = kind.full_status();
        let created = server.create(kind, &object).await;
        assert_eq!(
            created["status"]["observedGeneration"], -1,
            "a create wrote the status"
        );
        let name = created["metadata"]["name"].as_str().unwrap();

        let written = server.write_status(kind, name, &object["status"]).await;
        assert_eq!(written["status"], object["status"]);
        let generation = &written["metadata"]["generation"];
        assert_eq!(generation, 1, "a status write changed the generation");

        let mut both = written.clone();
        both["status"]["observedGeneration"] = 99.into();
        let replaced = server.try_replace(kind, &both).await.unwrap();
        assert_eq!(replaced["status"], written["status"]);

        let resource = match kind {
            Kind::Integration => ("gwi", json!({"dryRun": false})),
            Kind::Extension => ("pbxext", json!({"user": null})),
        };
        let patch = json!({"spec": resource.1, "status": {"observedGeneration": 3}}).to_string();
        let args = [
            "patch",
            resource.0,
            name,
            "--subresource=status",
            "--type=merge",
            "--patch",
            &patch,
        ];
        server.kubectl(&args, &Value::Null).ok().unwrap();
        let stored = server.get(kind, name).await;
        assert_eq!(stored["spec"], written["spec"], "a status write changed the spec");
        assert_eq!(stored["status"]["observedGeneration"], 3);
    }
}

/// Conditions are a map by type: each writer has its own, and takes away only those.
#[tokio::test]
async fn writers_share_the_conditions_by_type() {
    let server = Server::new().await;
    let condition_of = |kind: &str| {
        json!({
            "type": kind, "status": "True", "reason": "Succeeded", "message": "Done.",
            "lastTransitionTime": "2026-11-21T08:00:04Z",
        })
    };
    for kind in Kind::ALL {
        let created = server.create(kind, &kind.full()).await;
        let name = created["metadata"]["name"].as_str().unwrap();
        let types = |object: &Value| {
            let conditions = object["status"]["conditions"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let types: Vec<_> = conditions
                .iter()
                .map(|one| one["type"].as_str().unwrap().to_owned())
                .collect();
            types.join(" ")
        };
        let apply = async |manager: &str, kinds: &[&str]| {
            let conditions: Vec<_> = kinds.iter().map(|one| condition_of(one)).collect();
            let status = json!({"conditions": conditions});
            server.apply_status(kind, name, manager, &status).await
        };
        apply("dialplane", &["Ready", "Reconciling"]).await;
        let both = apply("phones", &["Provisioned"]).await;
        assert_eq!(types(&both), "Ready Reconciling Provisioned");
        let after = apply("dialplane", &["Ready"]).await;
        assert_eq!(types(&after), "Ready Provisioned");
        assert!(condition(&after, "Provisioned").is_some());
    }
}
